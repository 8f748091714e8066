"""A pace is words a minute in the sound, whatever engine speaks."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from voiceguide.audio.clip import find_sounding
from voiceguide.engines import Engine, Utterance, Voice, find_voice, make, names
from voiceguide.errors import MachineError, UsageError
from voiceguide.languages import languages
from voiceguide.speech.pace import ELSEWHERE, MEASURED_AT, calibrate, passage_for
from voiceguide.speech.speaker import Speaker
from voiceguide.store import Store
from voiceguide.voices.installing import install_files

NEURAL = {"piper": "piper", "kokoro": "onnxruntime", "sherpa": "sherpa_onnx"}
"""What each engine's library is imported as."""

CALM = 130
RATE = 22_050

PARAGRAPH = (
    "Sit down on a chair that does not roll, and place both feet on the floor. Let your hands rest "
    "on your legs. With your next breath in, grow a little taller, as if somebody were pulling you "
    "up by a thread. With your next breath out, let your shoulders drop. Now straighten your right "
    "leg, and pull your toes towards you until you feel the back of your leg. Do not lean back. "
    "Hold this for a moment, and lower the foot again. The other leg may feel quite different, and "
    "that is fine."
)
"""A calm one, which no figure in the program was chosen by."""


@pytest.fixture(params=[name for name in names() if name != "silent"])
def speaker(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Speaker]:
    """Each engine that runs here, at the calm pace, in its best English voice."""
    _provide(request.param, tmp_path, monkeypatch)
    try:
        engine = make(request.param)
        voice = find_voice(engine, None, "en").name
    except (MachineError, UsageError) as error:
        pytest.skip(error.message)
    with Speaker(engine, voice, "en", CALM, store=Store(tmp_path)) as made:
        yield made


def _provide(name: str, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """What the engine speaks with: flite as a program, and neural voices of a few kilobytes."""
    if name == "command":
        page = Path(__file__).parent.parent / "docs" / "VOICES.md"
        recipe = re.search(
            r"^\[command\.flite\]\n.*?(?=^```)", page.read_text("utf-8"), re.M | re.S
        )
        assert recipe
        (folder / "config.toml").write_text(recipe[0], encoding="utf-8")
        patch.setenv("VOICEGUIDE_CONFIG", str(folder / "config.toml"))
        if not shutil.which("flite"):
            assert not os.environ.get("CI"), "CI brings flite"
            pytest.skip("there is no flite here")
    if name in NEURAL and all(map(find_spec, ("onnx", "piper", NEURAL[name]))):
        import tiny_voices

        patch.setenv("VOICEGUIDE_VOICES", str(folder / "voices"))
        made = folder / "vits-en_US-tiny-low"
        made.mkdir()
        files: dict[str, Callable[[Path], Path]] = {
            "piper": tiny_voices.piper_files,
            "kokoro": tiny_voices.kokoro_files,
            "sherpa": lambda folder: tiny_voices.sherpa_files(folder, phonemes=True),
        }
        install_files(files[name](made), "en-us")


def minutes(speaker: Speaker, text: str) -> float:
    return speaker.length_of(text) / 48_000 / 60


@pytest.mark.slow
def test_calm_is_130_words_a_minute(speaker: Speaker) -> None:
    """Words of a written paragraph by the time it sounds, pauses included: within a tenth."""
    heard = len(PARAGRAPH.split()) / minutes(speaker, PARAGRAPH)
    assert heard == pytest.approx(CALM, rel=0.1)


@pytest.mark.slow
def test_every_engine_takes_as_long_for_the_passage(speaker: Speaker) -> None:
    """What they are compared on is said in the same time by all, within 3 %."""
    passage = passage_for("en")
    assert minutes(speaker, passage.text) * 60 == pytest.approx(passage.seconds, rel=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("voice", ["en-gb", "en-us+f3", "de", "fr-fr", "es", "it", "pt-br", "nl"])
@pytest.mark.parametrize("pace", [100, 160])
def test_so_does_every_voice_of_the_embedded_one(voice: str, pace: int) -> None:
    """In other languages, accents and variants, slowly and quickly."""
    language = voice[:2]
    passage = passage_for(language)
    with Speaker(make("espeak"), voice, language, pace) as made:
        seconds = minutes(made, passage.text) * 60
    assert seconds == pytest.approx(passage.seconds * CALM / pace, rel=0.035)


@pytest.mark.parametrize("language", sorted(languages()))
def test_a_passage_lasts_as_long_as_it_says(language: str) -> None:
    """The embedded voice is the measure: its pace is tested against words a minute."""
    with closing(make("espeak")) as engine:
        voice = find_voice(engine, None, language).name
        for passage, near in ((passage_for(language), 0.02), (ELSEWHERE, 0.2)):
            said = engine.speak(passage.text, voice, MEASURED_AT)
            onset, end = find_sounding(said.samples, said.rate)
            assert (end - onset) / said.rate == pytest.approx(passage.seconds, rel=near)


class Odd:
    """An engine whose own words a minute are something else: `seconds` tells, by what is asked."""

    name = "odd"
    version = "1"

    def __init__(self, seconds: Callable[[int], float]) -> None:
        self.said: list[tuple[str, int]] = []
        self._seconds = seconds

    @property
    def asked(self) -> list[int]:
        """The words a minute asked for, in order."""
        return [pace for _, pace in self.said]

    def voices(self) -> Sequence[Voice]:
        return [Voice("one", "en")]

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        self.said.append((text, words_a_minute))
        letters = len(passage_for("en").text)
        count = round(self._seconds(words_a_minute) * len(text) / letters * RATE)
        return Utterance(np.full(count, 0.1, np.float32), RATE)

    def close(self) -> None:
        """Nothing to let go of."""


def calibrated(engine: Engine, pace: int = CALM) -> int:
    """The pace that the engine is to be asked for."""
    found = calibrate(lambda text, asked: engine.speak(text, "one", asked), "en", pace, -19.0)
    return found.asked(pace)


@pytest.mark.parametrize(
    ("seconds", "pace", "tries"),
    [
        (lambda asked: 12.37 * 130 / asked, 130, 1),  # right as it is
        (lambda asked: 12.37 * 100 / asked, 100, 2),  # a third too quick
        (lambda asked: 12.37 * 190 / asked, 190, 2),  # too slow
        (lambda asked: 8 + 4.37 * 180 / asked, 180, 3),  # with long pauses that never change
        (lambda asked: 12.37 * (280 - asked) / 100, 180, 4),  # by another law: nearer each time
        (lambda _: 8.0, 130, 2),  # cannot change its pace: asked for what is wished
        (lambda asked: 12.37 * max(150, asked) / 100, 130, 2),  # slower the quicker it is asked
        (lambda asked: 12.37 * 1_000 / asked, 390, 2),  # hopelessly slow: asked for thrice as much
        (lambda asked: 12.37 * 30 / asked, 43, 2),  # hopelessly quick
    ],
)
def test_an_engine_is_asked_for_what_gives_the_pace(
    seconds: Callable[[int], float], pace: int, tries: int
) -> None:
    """In a few tries, no more than it needs, and nothing beyond a third and thrice the wish."""
    engine = Odd(seconds)
    assert calibrated(engine) == pytest.approx(pace, abs=4)
    assert len(engine.asked) == tries


def test_an_engine_that_refuses_the_correction_keeps_its_pace() -> None:
    """Slower than it can speak is as slow as it was asked first."""

    class Refusing(Odd):
        def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
            if words_a_minute < 120:
                raise UsageError("no slower than 120 words a minute")
            return super().speak(text, voice, words_a_minute)

    assert calibrated(Refusing(lambda asked: 12.37 * 100 / asked)) == 130
    with pytest.raises(UsageError, match="no slower"):
        calibrated(Refusing(lambda asked: 12.37 * 100 / asked), 100)


def test_silence_is_left_alone() -> None:
    """No sound has no pace and no loudness to correct."""
    found = calibrate(lambda *_: Utterance(np.zeros(9_000, np.float32), RATE), "en", CALM, -19.0)
    assert (found.gain, found.asked(CALM)) == (0.0, CALM)


def test_a_voice_is_measured_once(tmp_path: Path) -> None:
    """Another speaker finds what was measured in the store."""
    for _ in range(2):
        engine = Odd(lambda asked: 12.37 * 100 / asked)
        with Speaker(engine, "one", store=Store(tmp_path)) as made:
            made.length_of(f"Something that was never said before, {_}.")
    assert engine.asked == [100]


def test_other_paces_follow_from_the_one_that_was_measured(tmp_path: Path) -> None:
    """A voice that slows down towards the end of a session is not measured for each of its paces,
    and is right at all of them."""
    engine = Odd(lambda asked: 12.37 * 100 / asked)
    with Speaker(engine, "one", store=Store(tmp_path)) as made:
        eased = {pace: made.at_pace(pace) for pace in (126, 122, 118, 114, 110)}
        for pace, slower in eased.items():
            seconds = minutes(slower, "A text as any other.") * 60
            wished = 12.37 * CALM / pace * len("A text as any other.") / len(passage_for("en").text)
            assert seconds == pytest.approx(wished, rel=0.01)
    passage = [asked for text, asked in engine.said if text == passage_for("en").text]
    assert passage == [130, 100]


def test_a_pace_is_kept_apart_from_the_same_that_follows_from_another(tmp_path: Path) -> None:
    """What is measured at a pace may differ a little from what follows: both stay the same."""
    engine = Odd(lambda asked: 8 + 4.37 * 180 / asked)
    store = Store(tmp_path)
    followed = Speaker(engine, "one", "en", 130, store=store).at_pace(110)
    itself = Speaker(engine, "one", "en", 110, store=store)
    assert followed.key("Rest.") != itself.key("Rest.")
    before = followed.length_of("A line of some words."), itself.length_of("A line of some words.")
    again = Speaker(engine, "one", "en", 110, store=store).length_of("A line of some words.")
    assert before[0] != before[1] == again
