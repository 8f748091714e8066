"""Piper, Kokoro and sherpa-onnx, with the libraries' own loading code on voices of a few kB."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from engine_contract import EngineContract, FailingContract, digest, seconds
from tiny_voices import (
    HOP,
    KOKORO_FRAMES,
    KOKORO_RATE,
    PIPER_FRAMES,
    PIPER_RATE,
    kokoro_files,
    piper_files,
    sherpa_files,
    sherpa_matcha_files,
    sherpa_pocket_files,
    sherpa_styled_files,
    sherpa_supertonic_files,
)

from voiceguide import engines
from voiceguide.engines import Engine, Utterance, Voice, find_voice, make
from voiceguide.engines.neural import engine as neural_engine
from voiceguide.engines.neural import kokoro, sessions
from voiceguide.engines.neural.engine import NATURAL_RATE, NeuralEngine
from voiceguide.engines.neural.kokoro import as_call, before_vowels, pieces
from voiceguide.errors import MachineError, UsageError
from voiceguide.installation import bring
from voiceguide.voices import find_installed, installed, remove
from voiceguide.voices.families import family_of, licence_of
from voiceguide.voices.installing import install_files

NEEDS = {"piper": "piper", "kokoro": "onnxruntime", "sherpa": "sherpa_onnx"}
"""What each engine's library is imported as."""


def need(*modules: str) -> None:
    """Skip where one is not installed; where everything is tested, that is a failure."""
    for module in modules:
        if importlib.util.find_spec(module) is None:
            if os.environ.get("CI"):
                pytest.fail(f"{module} is not installed")
            pytest.skip(f"{module} is not installed")


def made(engine: str, folder: Path) -> Path:
    """The files of a tiny voice for an engine."""
    folder.mkdir(parents=True, exist_ok=True)
    if engine == "piper":
        return piper_files(folder)
    if engine == "kokoro":
        return kokoro_files(folder)
    return sherpa_files(folder, phonemes=True)


@pytest.fixture
def voices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of voices of the test's own."""
    monkeypatch.setenv("VOICEGUIDE_VOICES", str(tmp_path / "voices"))
    return tmp_path


@pytest.fixture
def ready(voices: Path) -> Iterator[Callable[[str], NeuralEngine]]:
    """Makes an engine with one tiny voice; all are closed afterwards."""
    opened = []

    def engine(name: str) -> NeuralEngine:
        need("onnx", "piper", NEEDS[name])
        install_files(made(name, voices / name / "vits-en_US-tiny-low"), "en-us")
        found = make(name)
        assert isinstance(found, NeuralEngine)
        opened.append(found)
        return found

    yield engine
    for one in opened:
        one.close()


# ── what holds for every engine ──────────────────────────────────────────────


@pytest.fixture(scope="module", params=NEEDS)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Each engine, the same one for all tests of the contract: to start it takes longest."""
    name = request.param
    need("onnx", "piper", NEEDS[name])
    folder = tmp_path_factory.mktemp(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEGUIDE_VOICES", str(folder / "voices"))
        install_files(made(name, folder / "vits-en_US-tiny-low"), "en-us")
        with closing(make(name)) as engine:
            yield engine


class TestContract(EngineContract):
    """What holds for every engine."""


class TestFailing(FailingContract):
    """What a crash and a hang are told as."""

    @pytest.fixture
    def crashing(
        self, ready: Callable[[str], NeuralEngine], monkeypatch: pytest.MonkeyPatch
    ) -> Engine:
        """An engine whose library crashes when it speaks, and not when it reads."""
        _break(monkeypatch, "os.kill(os.getpid(), 9)")
        return ready("piper")

    @pytest.fixture
    def hanging(
        self, ready: Callable[[str], NeuralEngine], monkeypatch: pytest.MonkeyPatch
    ) -> Engine:
        """An engine whose library never comes back."""
        _break(monkeypatch, "time.sleep(99)")
        engine = ready("piper")
        monkeypatch.setattr(engine, "_seconds", 1)
        monkeypatch.setattr(neural_engine, "_CHARACTERS_A_SECOND", 1000)
        return engine


def _break(monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    """Let the child process do this in place of saying a text."""
    code = (
        "import json, os, sys, time; sys.path[:] = json.loads(sys.argv[1]);"
        "from voiceguide.engines.neural import child, piper as model;"
        f"model.PiperModel.say = lambda *_: {action};"
        "child.main(sys.argv[2], sys.argv[3])"
    )
    monkeypatch.setattr(neural_engine, "_START", code)


# ── length and words ─────────────────────────────────────────────────────────


def phonemes_of(said: Utterance, each: int) -> float:
    return len(said.samples) / each


@pytest.mark.parametrize("pace", [NATURAL_RATE // 2, NATURAL_RATE, NATURAL_RATE * 2])
def test_piper_is_as_long_as_its_length_scale_says(
    ready: Callable[[str], NeuralEngine], pace: int
) -> None:
    """`a` is five ids, with beginning, end and what stands between; each so many frames."""
    said = ready("piper").speak("[[a]]", "en_US-tiny-low", pace)
    frames = -(-PIPER_FRAMES * NATURAL_RATE // pace)
    assert said.rate == PIPER_RATE
    assert len(said.samples) == 5 * frames * HOP


@pytest.mark.parametrize("pace", [NATURAL_RATE, NATURAL_RATE * 2])
def test_kokoro_is_as_long_as_its_speed_says(
    ready: Callable[[str], NeuralEngine], pace: int
) -> None:
    """`a` is three tokens, with one at each end."""
    said = ready("kokoro").speak("[[a]]", "af_heart", pace)
    frames = -(-KOKORO_FRAMES * NATURAL_RATE // pace)
    assert said.rate == KOKORO_RATE
    assert len(said.samples) == 3 * frames * HOP


def test_a_call_of_kokoro_is_not_said_slowly(ready: Callable[[str], NeuralEngine]) -> None:
    """At half the speed, `a` alone is as long as at nine tenths; in a sentence it is twice as long
    as at the whole."""
    engine, slow = ready("kokoro"), NATURAL_RATE // 2 + 1
    frames = -(-KOKORO_FRAMES * 10 // 9)
    assert len(engine.speak("[[a]]", "af_heart", slow).samples) == 3 * frames * HOP
    sentence = "[[a]] [[a]] [[a]] [[a]]"
    lengths = [seconds(engine.speak(sentence, "af_heart", pace)) for pace in (slow, NATURAL_RATE)]
    assert lengths[0] == pytest.approx(2 * lengths[1], rel=0.02)


def test_the_first_word_of_a_call_is_stressed(ready: Callable[[str], NeuralEngine]) -> None:
    """`And rest.` is said with a stressed `and`, as written phonemes show; another `and` is not."""
    engine = ready("kokoro")
    phonemes = engine.transcribe("And rest.", "af_heart")
    assert as_call(phonemes) == f"ˈ{phonemes}"
    assert as_call("ɹˈɛst ænd ɹˈɛst.") == "ɹˈɛst ænd ɹˈɛst."
    call = engine.speak("And rest.", "af_heart", NATURAL_RATE)
    raw = engine.speak(f"[[ˈ{phonemes}]]", "af_heart", NATURAL_RATE)
    assert digest(call) == digest(raw)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("ˈsoʊæs", "sˈoʊæs"),
        ("ˌɪlioʊˈsoʊæs", "ˌɪlioʊsˈoʊæs"),
        ("ˈbʌdə koʊˈnɑːsənə", "bˈʌdə koʊnˈɑːsənə"),
        ("ˈstɹɛtʃ", "stɹˈɛtʃ"),
        ("sˈoʊæs", "sˈoʊæs"),
        ("ˈ t", "ˈ t"),
    ],
)
def test_a_stress_stands_right_before_its_vowel(written: str, said: str) -> None:
    """As espeak-ng writes it and the model learnt it, however it is written in a routine."""
    assert before_vowels(written) == said


def test_a_long_text_of_kokoro_is_said_in_pieces(ready: Callable[[str], NeuralEngine]) -> None:
    """The model takes 510 phonemes; a text of more loses none, and gets a pause where it is cut."""
    engine = ready("kokoro")
    sentence = "Left side left side left side. "
    one, many = (seconds(engine.speak(sentence * n, "af_heart", NATURAL_RATE)) for n in (1, 40))
    assert many > 39 * one
    assert list(pieces("ab cd. ef, gh ij", 9)) == ["ab cd.", "ef, gh ij"]
    assert list(pieces("ab cd, ef gh ij", 9)) == ["ab cd,", "ef gh ij"]
    assert list(pieces("abcdefgh ijkl", 5)) == ["abcde", "fgh", "ijkl"]


def test_words_are_where_their_tones_are(ready: Callable[[str], NeuralEngine]) -> None:
    """One span for each word, in order, none of them over a pause."""
    said = ready("piper").speak("Left side, [[a]] then rest. Good.", "en_US-tiny-low", 130)
    assert said.words is not None
    assert len(said.words) == 6
    flat = [at for span in said.words for at in span]
    assert flat == sorted(flat)
    assert flat[-1] <= len(said.samples)


def test_a_word_is_cut_out_whole(ready: Callable[[str], NeuralEngine]) -> None:
    """What stands at the span of `a` is the tone of `a`, as it is when said alone."""
    engine = ready("piper")
    inside = engine.speak("Left [[a]] side.", "en_US-tiny-low", NATURAL_RATE)
    assert inside.words is not None
    start, end = inside.words[1]
    assert (end - start) == 2 * PIPER_FRAMES * HOP
    tone = inside.samples[start : start + PIPER_FRAMES * HOP]
    spectrum = np.abs(np.fft.rfft(tone))
    heard = spectrum.argmax() * PIPER_RATE / len(tone)
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    assert heard == pytest.approx(100 + 20 * DEFAULT_PHONEME_ID_MAP["a"][0], abs=25)


def test_words_that_flow_together_are_not_guessed(ready: Callable[[str], NeuralEngine]) -> None:
    """espeak-ng says `of the` as one word: then nobody knows which span is which."""
    said = ready("piper").speak("The end of the hold.", "en_US-tiny-low", 130)
    assert said.words is None


def test_two_sentences_have_a_pause_between_them(ready: Callable[[str], NeuralEngine]) -> None:
    """Piper leaves none by itself; at half the pace it is twice as long."""
    engine = ready("piper")

    def pause(pace: int) -> float:
        said = engine.speak("[[a.]] [[a]]", "en_US-tiny-low", pace)
        silent = np.flatnonzero(said.samples == 0)
        return len(silent) / said.rate

    both = engine.speak("Left side. Left side.", "en_US-tiny-low", NATURAL_RATE)
    one = engine.speak("Left side.", "en_US-tiny-low", NATURAL_RATE)
    assert seconds(both) == pytest.approx(2 * seconds(one) + 0.3, abs=0.001)


def test_a_short_word_is_not_made_louder(ready: Callable[[str], NeuralEngine]) -> None:
    """Levelling is not the library's business: tones come as loud as the model makes them."""
    said = ready("piper").speak("Three.", "en_US-tiny-low", 130)
    assert 0.25 < np.abs(said.samples).max() < 0.4


# ── the same again ───────────────────────────────────────────────────────────


def test_noise_is_seeded_and_not_left_out(ready: Callable[[str], NeuralEngine]) -> None:
    """The tones have noise under them, and it is the same noise whatever was said before."""
    engine = ready("piper")
    first = engine.speak("[[a]]", "en_US-tiny-low", 130)
    engine.speak("Something else, and longer.", "en_US-tiny-low", 130)
    again = engine.speak("[[a]]", "en_US-tiny-low", 130)
    assert digest(first) == digest(again)
    ids = len(first.samples) // 5
    pads = first.samples[ids : 2 * ids], first.samples[3 * ids : 4 * ids]
    assert not np.array_equal(*pads)


def test_a_model_is_prepared_once_and_mended(
    ready: Callable[[str], NeuralEngine], voices: Path
) -> None:
    """The second process opens what the first has written; damaged, it is made again; with the
    voice, it goes. The sound is the same each time."""
    engine = ready("piper")
    heard = {digest(engine.speak("[[a]]", "en_US-tiny-low", 130))}
    (prepared,) = (voices / "voices" / "prepared").iterdir()
    written = prepared.stat().st_mtime_ns
    engine.close()
    heard.add(digest(engine.speak("[[a]]", "en_US-tiny-low", 130)))
    assert prepared.stat().st_mtime_ns == written
    engine.close()
    prepared.write_bytes(prepared.read_bytes()[:100])
    heard.add(digest(engine.speak("[[a]]", "en_US-tiny-low", 130)))
    assert prepared.stat().st_size > 100
    assert len(heard) == 1
    (here,) = installed("piper")
    remove(here)
    assert not prepared.exists()


def test_without_room_a_model_speaks_unprepared(
    ready: Callable[[str], NeuralEngine], voices: Path
) -> None:
    """Where nothing can be written, it is read as it is each time, and sounds the same."""
    engine = ready("piper")
    before = digest(engine.speak("[[a]]", "en_US-tiny-low", 130))
    shutil.rmtree(voices / "voices" / "prepared")
    (voices / "voices" / "prepared").write_text("in the way")
    engine.close()
    assert digest(engine.speak("[[a]]", "en_US-tiny-low", 130)) == before


def test_another_file_of_the_same_name_is_another_version(
    ready: Callable[[str], NeuralEngine], voices: Path
) -> None:
    """What was kept of the old voice is not taken for the new one's."""
    engine = ready("piper")
    before = engine.version
    voice = find_installed("en_US-tiny-low")
    assert voice is not None
    model = voice.file(".onnx")
    assert model is not None
    model.write_bytes(model.read_bytes() + b"\0")
    assert engine.version != before


# ── voices, speakers, phonemes ───────────────────────────────────────────────


def test_speakers_are_named_or_numbered(voices: Path) -> None:
    """`+7` is the speaker of that name, the second one; `+2` the third; `+1` has no such name."""
    need("onnx", "piper")
    (voices / "more").mkdir()
    install_files(piper_files(voices / "more", speakers=3))
    with closing(make("piper")) as engine:
        said = {
            name: digest(engine.speak("[[a]]", f"en_US-tiny-low{name}", 130))
            for name in ("", "+first", "+0", "+7", "+1", "+2")
        }
        assert said[""] == said["+first"] == said["+0"]
        assert said["+7"] == said["+1"]
        assert len(set(said.values())) == 3
        with pytest.raises(UsageError, match="no speaker `3`") as raised:
            engine.speak("[[a]]", "en_US-tiny-low+3", 130)
    assert raised.value.help == "there are `+0` to `+2`"


def test_one_speaker_has_no_other(ready: Callable[[str], NeuralEngine]) -> None:
    """A speaker of a voice that has none is a slip."""
    with pytest.raises(UsageError, match="no speaker `nine`") as raised:
        ready("piper").speak("Rest.", "en_US-tiny-low+nine", 130)
    assert raised.value.help == "it has one: leave out the `+`"
    with pytest.raises(UsageError, match="no speaker `1`"):
        ready("sherpa").speak("Rest.", "vits-en_US-tiny-low+1", 130)


def test_speakers_of_sherpa_are_numbered(voices: Path) -> None:
    """Each has a tone of its own."""
    need("onnx", "piper", "sherpa_onnx")
    folder = voices / "en_US-two"
    folder.mkdir()
    install_files(sherpa_files(folder, phonemes=True, speakers=2))
    with closing(make("sherpa")) as engine:
        first, second = (engine.speak("Rest.", f"en_US-two+{at}", 130) for at in (0, 1))
    assert digest(first) != digest(second)


def test_sherpa_says_the_words_of_a_lexicon(voices: Path) -> None:
    """`left` is four tones; a word that is not in the lexicon is left out."""
    need("onnx", "piper", "sherpa_onnx")
    folder = voices / "en_US-words"
    folder.mkdir()
    install_files(sherpa_files(folder, phonemes=False))
    with closing(make("sherpa")) as engine:
        one, two = (engine.speak(text, "en_US-words", 130) for text in ("left", "left rest"))
        assert seconds(two) > 1.5 * seconds(one) > 0.3
        assert digest(engine.speak("left zyx", "en_US-words", 130)) == digest(one)


@pytest.mark.parametrize("family", ["matcha", "kokoro", "kitten"])
def test_sherpa_takes_its_families(voices: Path, family: str) -> None:
    """Told apart by their files alone; each speaks, quicker where asked to, and the same again; of
    several speakers, each has a tone of its own."""
    need("onnx", "piper", "sherpa_onnx")
    folder = voices / "en_US-family"
    folder.mkdir()
    one = family == "matcha"
    install_files(sherpa_matcha_files(folder) if one else sherpa_styled_files(folder, family))
    (here,) = installed("sherpa")
    assert family_of([here.folder / name for name in here.files]) == family
    with closing(make("sherpa")) as engine:
        said = engine.speak("Rest on your left side.", "en_US-family", 130)
        assert digest(said) == digest(engine.speak("Rest on your left side.", "en_US-family", 130))
        quick = engine.speak("Rest on your left side.", "en_US-family", 260)
        assert seconds(quick) < 0.7 * seconds(said)
        if one:
            with pytest.raises(UsageError, match="no speaker `1`"):
                engine.speak("Rest.", "en_US-family+1", 130)
        else:
            other = engine.speak("Rest on your left side.", "en_US-family+1", 130)
            assert digest(other) != digest(said)


def test_sherpa_takes_supertonic(voices: Path) -> None:
    """Its parts are found by their names; its noise is seeded, its pace kept, and each of its
    speakers has a tone of its own."""
    need("onnx", "piper", "sherpa_onnx")
    folder = voices / "en_US-family"
    folder.mkdir()
    voice = install_files(sherpa_supertonic_files(folder))
    assert (voice.licence, len(voice.files)) == ("OpenRAIL-M", 7)
    with closing(make("sherpa")) as engine:
        said = engine.speak("Rest on your left side.", "en_US-family", 130)
        assert digest(said) == digest(engine.speak("Rest on your left side.", "en_US-family", 130))
        assert seconds(engine.speak("Rest on your left side.", "en_US-family", 260)) == (
            pytest.approx(seconds(said) / 2, rel=0.02)
        )
        other = engine.speak("Rest on your left side.", "en_US-family+1", 130)
        assert digest(other) != digest(said)
        with pytest.raises(UsageError, match="no speaker `2`"):
            engine.speak("Rest.", "en_US-family+2", 130)


def test_sherpa_takes_pocket_tts(voices: Path) -> None:
    """It sounds like the recording that is named, or the first; its noise is seeded."""
    need("onnx", "piper", "sherpa_onnx")
    folder = voices / "pocket"
    (folder / "test_wavs").mkdir(parents=True)
    sherpa_pocket_files(folder)
    (folder / "low.wav").replace(folder / "test_wavs" / "low.wav")
    voice = install_files(folder)
    assert (voice.licence, voice.language, len(voice.files)) == ("CC BY 4.0", "en", 9)
    with closing(make("sherpa")) as engine:
        said = engine.speak("Rest on your left side.", "pocket", 130)
        assert said.samples.any()
        assert digest(said) == digest(engine.speak("Rest on your left side.", "pocket+high", 130))
        assert seconds(engine.speak("Rest on your left side, and breathe.", "pocket", 130)) > (
            seconds(said)
        )
        assert digest(engine.speak("Rest on your left side.", "pocket+low", 130)) != digest(said)
        with pytest.raises(UsageError, match="no recording `loud`") as raised:
            engine.speak("Rest.", "pocket+loud", 130)
        assert raised.value.help == "there are `+high`, `+low`"
        for path in folder.rglob("*.wav"):
            path.unlink()
        install_files(folder)
        with pytest.raises(MachineError, match="no recording of a voice"):
            engine.speak("Rest.", "pocket", 130)


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("                    Apache License\n   Version 2.0, January 2004", "Apache-2.0"),
        ("BigScience Open RAIL-M License, dated August 18, 2022", "OpenRAIL-M"),
        ("Creative Commons Attribution-NonCommercial 4.0 International", "non-commercial"),
        ("Ask me.", "CC BY 4.0"),
    ],
)
def test_a_licence_beside_a_model_is_its_own(tmp_path: Path, text: str, licence: str) -> None:
    """What the folder's own text says counts before what the makers of its family say."""
    (tmp_path / "LICENSE").write_text(text, encoding="utf-8")
    assert licence_of([tmp_path / "LICENSE"], "pocket") == licence


def test_no_family_has_an_encoder_and_tokens(tmp_path: Path) -> None:
    """ZipVoice's files are taken for none of those that are known."""
    files = [tmp_path / name for name in ("encoder.onnx", "decoder.onnx", "tokens.txt")]
    assert family_of(files) is None


def test_sherpa_without_words_or_phonemes_is_refused(voices: Path) -> None:
    """Its library would crash on the first text."""
    need("onnx", "piper", "sherpa_onnx")
    folder = voices / "en_US-words"
    folder.mkdir()
    sherpa_files(folder, phonemes=False)
    (folder / "lexicon.txt").unlink()
    install_files(folder)
    with closing(make("sherpa")) as engine, pytest.raises(MachineError, match="no lexicon"):
        engine.speak("left", "en_US-words", 130)


def test_the_voices_of_kokoro_are_those_in_its_file(ready: Callable[[str], NeuralEngine]) -> None:
    """The best first, each with its language; those it cannot read to are left out."""
    found = ready("kokoro").voices()
    assert found == [
        Voice("af_heart", "en-us"),
        Voice("bf_emma", "en-gb"),
        Voice("af_sky", "en-us"),
    ]


def test_a_voice_of_kokoro_speaks_its_own_language(ready: Callable[[str], NeuralEngine]) -> None:
    """British words are read with British phonemes."""
    engine = ready("kokoro")
    assert engine.transcribe("half", "af_heart") == "hˈæf"
    assert engine.transcribe("half", "bf_emma") == "hˈɑːf"


@pytest.mark.parametrize(
    ("language", "text", "phonemes"),
    [
        ("en-us", "Side.", "sˈaɪd."),
        ("es", "Ocho.", "ˈotʃo."),
        ("fr", "Bonjour.", "bɔ\u0303ʒˈuʁ."),
        ("hi", "शांत", "ʃˈa\u0303t"),
        ("it", "Giù, pizza.", "dʒˈu, pˈitsːa."),
        ("pt-br", "Deite.", "dˈeɪtʃy."),
    ],
)
def test_each_language_of_the_model_has_its_phonemes(
    language: str, text: str, phonemes: str
) -> None:
    """Each of Kokoro's and of the natural voices' has those of espeak-ng, and the model has a
    number for each of them."""
    program = (
        "from voiceguide.engines.neural.kokoro import Phonemizer;"
        f" print(ascii(Phonemizer({language!r}).phonemes({text!r})))"
    )
    # espeak-ng is loaded in no process that others need
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ast.literal_eval(done.stdout) == phonemes
    assert set(phonemes) <= set(kokoro._TOKENS)
    spoken = {*kokoro.NATURAL_LANGUAGES.values(), *(tag for _, tag in kokoro._LANGUAGES.values())}
    assert language.partition("-")[0] in {tag.partition("-")[0] for tag in spoken}


@pytest.mark.parametrize(("engine", "voice"), [("piper", "en_US-tiny-low"), ("kokoro", "af_heart")])
def test_phonemes_are_said_as_written(
    ready: Callable[[str], NeuralEngine], engine: str, voice: str
) -> None:
    """What the engine makes of words, written in brackets, sounds like the words."""
    speaker = ready(engine)
    phonemes = speaker.transcribe("slowly", voice)
    assert phonemes == "slˈoʊli"
    plain = speaker.speak("Breathe slowly", voice, 130)
    raw = speaker.speak(f"Breathe [[{phonemes}]]", voice, 130)
    assert digest(plain) == digest(raw)


@pytest.mark.parametrize(("engine", "voice"), [("piper", "en_US-tiny-low"), ("kokoro", "af_heart")])
def test_an_unknown_phoneme_is_told(
    ready: Callable[[str], NeuralEngine], engine: str, voice: str
) -> None:
    """The libraries would leave it out without a word."""
    speaker = ready(engine)
    assert speaker.unknown_phoneme("soʊæs", voice) is None
    assert speaker.unknown_phoneme("soʊ∑æs x", voice) == "∑æs"
    with pytest.raises(UsageError, match="no phoneme at the start of `∑æs`"):
        speaker.speak("My [[soʊ∑æs]].", voice, 130)


def test_kokoro_has_bounds(ready: Callable[[str], NeuralEngine]) -> None:
    """Half and twice its own speed are what its model can do."""
    engine = ready("kokoro")
    for pace in (NATURAL_RATE // 2 - 1, NATURAL_RATE * 2 + 1):
        with pytest.raises(UsageError, match=f"cannot speak {pace} words a minute") as raised:
            engine.speak("Rest.", "af_heart", pace)
        assert "from about 78 to 314" in raised.value.help


@pytest.mark.slow
@pytest.mark.parametrize("text", ["s'" * 150, "a." * 25, "Left side. " + "s'" * 60])
def test_a_text_that_crashes_espeak_is_said_in_pieces(
    ready: Callable[[str], NeuralEngine], text: str
) -> None:
    """The phonemes are espeak-ng's, and so are its crashes: no line is lost by them."""
    said = ready("piper").speak(text, "en_US-tiny-low", 130)
    assert seconds(said) > 2


# ── what is missing or broken ────────────────────────────────────────────────


@pytest.mark.parametrize("name", NEEDS)
def test_without_its_package_the_way_out_is_pip(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is known, and says what brings it."""
    monkeypatch.setattr(neural_engine, "_version", lambda _package: None)
    assert name in engines.names()
    with pytest.raises(MachineError, match=f"`{name}` is not installed") as raised:
        make(name)
    assert raised.value.help == bring(name)


@pytest.mark.parametrize(
    ("name", "asked", "way_out"),
    [
        ("piper", "en_US-lessac-medium", "`voiceguide voices install en_US-lessac-medium`"),
        ("piper", "en_us-LESAC-medium", "`voiceguide voices install en_US-lessac-medium`"),
        ("kokoro", "af_heart", "`voiceguide voices install kokoro-v1.0`"),
        ("sherpa", "zzz", "`voiceguide voices --engine sherpa` lists them"),
    ],
)
def test_without_a_voice_the_way_out_is_to_install_one(
    voices: Path, name: str, asked: str, way_out: str
) -> None:
    """No voice is no error; asking for one that is not here is, and says how to come by it."""
    need(NEEDS[name])
    with closing(make(name)) as engine:
        assert list(engine.voices()) == []
        with pytest.raises(UsageError, match=f"has no voice `{asked}`") as raised:
            find_voice(engine, asked, "en")
        assert way_out in raised.value.help
        with pytest.raises(UsageError, match="no voice for the language `en`") as raised:
            find_voice(engine, None, "en")
        assert raised.value.help == f"`voiceguide voices --engine {name}` lists them"


def test_a_near_name_of_a_voice_here_is_suggested(ready: Callable[[str], NeuralEngine]) -> None:
    """Capitals do not matter, and a slip is put right."""
    engine = ready("piper")
    assert find_voice(engine, "EN_us-tiny-LOW+0", "en").name == "en_US-tiny-low+0"
    with pytest.raises(UsageError) as raised:
        find_voice(engine, "en_US-tony-low", "en")
    assert raised.value.help.startswith("did you mean `en_US-tiny-low`?")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "voice", "file", "content"),
    [
        ("piper", "en_US-tiny-low", "en_US-tiny-low.onnx", None),
        ("piper", "en_US-tiny-low", "en_US-tiny-low.onnx", b"<html>not found</html>"),
        ("piper", "en_US-tiny-low", "en_US-tiny-low.onnx.json", b"{"),
        ("piper", "en_US-tiny-low", "en_US-tiny-low.onnx.json", b"{}"),
        ("kokoro", "af_heart", "kokoro-tiny.onnx", None),
        ("kokoro", "af_heart", "voices-tiny.bin", b"PK"),
        ("sherpa", "vits-en_US-tiny-low", "model.onnx", None),
        ("sherpa", "vits-en_US-tiny-low", "tokens.txt", b"?"),
    ],
)
def test_broken_files_are_told(
    ready: Callable[[str], NeuralEngine], name: str, voice: str, file: str, content: bytes | None
) -> None:
    """Cut short, an error page, wrong JSON: the voice is named, and how to get it whole again."""
    engine = ready(name)
    (here,) = installed(name)
    path = here.folder / file
    path.write_bytes(content or path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MachineError) as raised:
        engine.speak("Rest.", voice, 130)
    assert here.name in raised.value.help or voice in raised.value.help
    assert "install it again: `voiceguide voices remove " in raised.value.help


def test_a_voice_half_removed_is_none(ready: Callable[[str], NeuralEngine]) -> None:
    """Where a file is missing there is no voice."""
    engine = ready("piper")
    (here,) = installed("piper")
    (here.folder / here.files[0]).unlink()
    assert list(engine.voices()) == []


def test_nothing_heavy_is_imported_to_list_voices(voices: Path) -> None:
    """The libraries are read by the child processes alone."""
    need("piper")
    code = (
        "import sys; from voiceguide.engines import make; e = make('piper'); e.voices(); e.version;"
        "print({'piper', 'onnxruntime', 'onnx', 'numpy'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


# ── spans of words ───────────────────────────────────────────────────────────


def test_spans_leave_out_what_is_no_sound() -> None:
    """A comma's pause belongs to no word; a hyphen within one does."""
    sounds = [("^", 0, 1), ("a", 1, 3), ("ˈ", 3, 4), (",", 4, 9), (" ", 9, 10), ("b", 10, 12)]
    assert sessions.word_spans(sounds) == [(1, 4), (10, 12)]
    assert sessions.word_spans([(" ", 0, 1), (".", 1, 2)]) == []


def test_spans_are_given_only_word_by_word() -> None:
    """Punctuation alone is no word."""
    spans = [(0, 1), (2, 3)]
    assert sessions.one_each(spans, "left — side.") == ((0, 1), (2, 3))
    assert sessions.one_each(spans, "on the left") is None
