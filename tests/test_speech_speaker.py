"""`Speaker`: each text said once, kept, and the same wherever it comes from."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from voiceguide.audio import ClipFacts
from voiceguide.audio.clip import Clip
from voiceguide.audio.fingerprint import fingerprint
from voiceguide.engines import Utterance, Voice
from voiceguide.errors import MachineError, UsageError
from voiceguide.speech.pace import estimate, passage_for
from voiceguide.speech.speaker import Speaker, open_speaker
from voiceguide.store import Store

RATE = 22_050


class Humming:
    """An engine that hums for 50 ms a character, and remembers what it was asked for."""

    name = "humming"
    version = "1"
    at_once = 1

    def __init__(self, level: float = 0.1) -> None:
        self.said: list[str] = []
        self.closed = 0
        self._level = level

    def voices(self) -> Sequence[Voice]:
        return [Voice("hum", "en")]

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        self.said.append(text)
        times = np.arange(round(0.05 * len(text) * RATE)) / RATE
        hum = self._level * np.sin(2 * np.pi * 300 * times)
        return Utterance(hum.astype(np.float32), RATE)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def speaker(engine: Humming, store: Store | None = None, **more: object) -> Speaker:
    return Speaker(engine, "hum", store=store, **more)  # type: ignore[arg-type]  # any option


def clips(speaker: Speaker, texts: Sequence[str]) -> dict[str, Clip]:
    """The clips of some texts, all made in one batch."""
    speaker.prepare(texts)
    return {text: speaker.clip(text) for text in texts}


def same(one: Clip, other: Clip) -> bool:
    """Whether two clips are equal to the bit, in all they say of themselves too."""
    facts = [(c.rate, c.onset, c.end, c.loudness) for c in (one, other)]
    return facts[0] == facts[1] and np.array_equal(one.samples, other.samples)


def lines_said(engine: Humming) -> list[str]:
    """What was said but for the text that a voice's gain is measured on."""
    return [text for text in engine.said if text != passage_for("en").text]


# ── what is said ─────────────────────────────────────────────────────────────


def test_texts_are_said_as_they_are_read() -> None:
    """The engine gets words: normalised, and respelled."""
    engine = Humming()
    speaker(engine, say={"hip": "hyp"}).clip("Hold 30s: psoas & **hip** 🙂")
    assert lines_said(engine) == ["Hold thirty seconds: soh-us and hyp"]


def test_each_text_is_said_once() -> None:
    """Twice the same, or the same when read, is one utterance."""
    engine = Humming()
    ours = speaker(engine)
    ours.prepare(["Rest 5s.", "Rest 5 seconds.", "Rest 5s.", "Go."])
    ours.clip("Go.")
    ours.length_of("Rest 5s.")
    assert lines_said(engine) == ["Rest five seconds.", "Go."]


def test_a_length_is_that_of_the_sound() -> None:
    """From onset to end, not with the silence around it."""
    ours = speaker(Humming())
    clip = ours.clip("abcdefghij")
    assert ours.length_of("abcdefghij") == clip.sounding == pytest.approx(24_000, abs=50)
    assert len(clip.samples) > clip.sounding


def test_what_has_no_words_has_no_length() -> None:
    """A picture alone is a clip without samples, and the engine is not asked."""
    engine = Humming()
    ours = speaker(engine)
    clip = ours.clip("🙂")
    assert (len(clip.samples), ours.length_of(" "), clip.loudness) == (0, 0, -np.inf)
    assert engine.said == []


def test_progress_is_told() -> None:
    """After each text, the share that is done."""
    told: list[float] = []
    speaker(Humming()).prepare(["a", "b", "a", "c"], told.append)
    assert told == [1 / 3, 2 / 3, 1]


# ── levels ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("level", [0.02, 0.1, 0.9])
def test_a_quiet_voice_and_a_loud_one_come_out_alike(level: float) -> None:
    """Whatever an engine's own level, a long line is at -19 LUFS."""
    clip = speaker(Humming(level)).clip("A line of forty characters, more or less")
    assert clip.loudness == pytest.approx(-19, abs=0.2)


@pytest.mark.parametrize("target", [-24.0, -16.0])
def test_another_loudness_is_another_level_and_another_clip(store: Store, target: float) -> None:
    """A voice comes out as loud as asked, and is kept apart from the usual one."""
    text = "A line of forty characters, more or less"
    usual = Speaker(Humming(), "hum", store=store)
    other = Speaker(Humming(), "hum", store=store, loudness=target)
    assert usual.clip(text).loudness == pytest.approx(-19, abs=0.2)
    assert other.clip(text).loudness == pytest.approx(target, abs=0.2)
    assert usual.key(text) != other.key(text)


def test_a_whisper_is_not_blown_up() -> None:
    """A voice is turned up by 20 dB at most, and a line by 3 more: what is left is noise."""
    quiet = speaker(Humming(0.003)).clip("A line of forty characters, more or less")
    usual = speaker(Humming(0.03)).clip("A line of forty characters, more or less")
    assert usual.loudness - quiet.loudness == pytest.approx(54.25 - 23 - 19, abs=0.3)


class Uneven(Humming):
    """Hums some words much louder than others."""

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        said = super().speak(text, voice, words_a_minute)
        change = {"Q": 2.5, "S": 0.4}.get(text[:1], 1.0)
        return Utterance((said.samples * np.float32(change)), said.rate)


def test_a_sentence_is_brought_close_to_the_target() -> None:
    """One 8 dB too loud or too soft comes to 0.2 LU: `verify` allows 0.5 between two."""
    ours = speaker(Uneven())
    plain, loud, soft = (ours.clip(f"{letter} line of thirty characters.") for letter in "aQS")
    assert plain.loudness == pytest.approx(-19, abs=0.2)
    assert loud.loudness == pytest.approx(-19 + 0.2, abs=0.05)
    assert soft.loudness == pytest.approx(-19 - 0.2, abs=0.05)


def test_a_short_word_is_corrected_less() -> None:
    """Half a second too soft by 2 dB is turned up by a little more than one, and by 8 as far."""
    clip = speaker(Uneven()).clip("S bcdefgh")
    assert clip.loudness == pytest.approx(-19 - 0.8, abs=0.1)


# ── keeping ──────────────────────────────────────────────────────────────────


def test_kept_and_fresh_are_the_same_to_the_bit(store: Store) -> None:
    """A clip from the store equals the one just made, and the one made without a store."""
    texts = ["Left side.", "A longer line to say.", "🙂"]
    fresh = clips(speaker(Humming(), store), texts)
    again_engine = Humming()
    kept = clips(speaker(again_engine, store), texts)
    alone = clips(speaker(Humming()), texts)
    assert again_engine.said == []
    assert all(same(fresh[text], kept[text]) for text in texts)
    assert all(same(fresh[text], alone[text]) for text in texts)


def test_what_is_kept_of_a_text_is_found_without_reading_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules and lexicon are not even made ready; what is said otherwise is another text."""
    texts = ["Hold 30s.", "Rest.", "rest."]
    lengths = [speaker(Humming(), store).length_of(text) for text in texts]

    def unread(*_: object) -> str:
        raise AssertionError

    with monkeypatch.context() as patched:
        patched.setattr("voiceguide.speech.speaker.spoken_form", unread)
        patched.setattr("voiceguide.speech.speaker.Lexicon", unread)
        again = speaker(Humming(), store)
        again.prepare(texts)
        assert [again.length_of(text) for text in texts] == lengths
    longer = speaker(Humming(), store, say={"rest": "take some rest"})
    assert longer.length_of("Rest.") > lengths[1]


def test_the_order_of_the_texts_changes_nothing() -> None:
    """A voice's gain is measured on a text of its own, not on what happens to come first."""
    texts = ["Left side.", "A longer line to say.", "Go."]
    one, other = clips(speaker(Humming()), texts), clips(speaker(Humming()), texts[::-1])
    assert all(same(one[text], other[text]) for text in texts)


def test_a_damaged_clip_is_made_anew(store: Store) -> None:
    """What is broken in the store costs one utterance."""
    before = speaker(Humming(), store).clip("Rest.")
    for path in store.folder.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-3] + b"...")
    engine = Humming()
    assert same(speaker(engine, store).clip("Rest."), before)
    assert "Rest." in engine.said


@pytest.mark.parametrize("change", ["voice", "pace", "version", "name", "language"])
def test_another_voice_is_another_clip(store: Store, change: str) -> None:
    """Voice, pace, language, engine and its version are part of what a clip is kept under."""
    speaker(Humming(), store).clip("Rest.")
    engine = Humming()
    if change in ("version", "name"):
        setattr(engine, change, "other")
    voice = "other" if change == "voice" else "hum"
    language = "de" if change == "language" else "en"
    other = Speaker(engine, voice, language, 140 if change == "pace" else 130, store=store)
    other.clip("Rest.")
    assert "Rest." in engine.said


def test_a_key_names_a_sound() -> None:
    """Texts that are said alike have one key; another voice has another."""
    ours = speaker(Humming())
    assert ours.key("Hold 30s") == ours.key("Hold 30 seconds 🙂")
    assert ours.key("Hold 30s") != ours.key("Hold 31s")
    assert ours.identity in ours.key("x")
    assert ours.voice == "humming:hum"


# ── threads, failures, closing ───────────────────────────────────────────────


class Parallel(Humming):
    """Gains from two threads, and waits until both are there."""

    at_once = 2

    def __init__(self) -> None:
        super().__init__()
        self._both = threading.Barrier(2, timeout=60)

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        if text in ("text a", "text b"):
            self._both.wait()
        return super().speak(text, voice, words_a_minute)


def test_many_texts_are_said_by_two_threads() -> None:
    """An engine that gains from it is asked twice at once; the clips are the same."""
    texts = [f"text {letter}" for letter in "abcdefgh"]
    engine = Parallel()
    together = clips(speaker(engine), texts)
    alone = clips(speaker(Humming()), texts)
    assert sorted(lines_said(engine)) == texts
    assert all(same(together[text], alone[text]) for text in texts)


class Failing(Humming):
    """Fails on one text in the way that it is told to."""

    at_once = 2

    def __init__(self, failure: Exception | Utterance) -> None:
        super().__init__()
        self._failure = failure

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        if text == "bad" and isinstance(self._failure, Exception):
            raise self._failure
        if text == "bad" and isinstance(self._failure, Utterance):
            return self._failure
        return super().speak(text, voice, words_a_minute)


ROW = np.zeros(100, np.float32)


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (ZeroDivisionError("oops"), "failed on `bad`: ZeroDivisionError: oops"),
        (Utterance(np.zeros((2, 9), np.float32), RATE), "gave no mono samples"),
        (Utterance(np.zeros(9), RATE), "gave no mono samples"),  # type: ignore[arg-type]  # float64
        (Utterance(ROW * np.float32(np.nan), RATE), "gave samples that are not numbers"),
        (Utterance(ROW, 0), "gave a sample rate of 0 Hz"),
    ],
)
@pytest.mark.parametrize("texts", [["bad"], ["a", "b", "c", "bad", "d", "e"]])
def test_a_strangers_mistake_is_a_clear_error(
    failure: Exception | Utterance, message: str, texts: list[str]
) -> None:
    """Whatever a foreign engine raises or returns, the text is named and nothing hangs."""
    with pytest.raises(MachineError) as raised:
        speaker(Failing(failure)).prepare(texts)
    assert raised.value.message.startswith("the speech engine `humming` ")
    assert message in raised.value.message


def test_an_engines_own_error_is_passed_on() -> None:
    """It knows better what is wrong."""
    with pytest.raises(UsageError, match="no such voice"):
        speaker(Failing(UsageError("no such voice"))).clip("bad")


def test_closing_closes_the_engine() -> None:
    """By hand or at the end of `with`."""
    engine = Humming()
    with speaker(engine) as ours:
        ours.clip("Rest.")
    assert engine.closed == 1


# ── the built-in engines ─────────────────────────────────────────────────────


def test_the_default_voice_speaks() -> None:
    """Without a choice it is espeak, in the voice for the language."""
    with open_speaker(language="en") as english, open_speaker(language="de") as german:
        assert english.voice == "espeak:en-us"
        assert german.voice == "espeak:de"
        assert german.clip("Halte die Dehnung.").loudness == pytest.approx(-19, abs=0.5)


def test_the_silent_engine_lasts_as_long_as_the_guess() -> None:
    """No sound, but the length that `plan --estimate` counts with."""
    with open_speaker("silent") as silent:
        for text in ("Left side.", "Hold for 30s, and breathe.", "🙂"):
            clip = silent.clip(text)
            assert silent.length_of(text) == clip.sounding == estimate(text, 130)
            assert not clip.samples.any()


@pytest.mark.parametrize("voice", ["espeek", "espeak:klingon", "espeak:"])
def test_an_unknown_voice_is_a_usage_error(voice: str) -> None:
    """It is said before anything is spoken."""
    with pytest.raises(UsageError):
        open_speaker(voice)


def test_a_language_without_a_voice_is_a_usage_error() -> None:
    """Another language's voice would only make noise of it."""
    with pytest.raises(UsageError, match="no voice for the language `xx`"):
        open_speaker("espeak", "xx")


def test_facts_are_those_of_the_clip(store: Store) -> None:
    """What is gathered while a clip is made, its fingerprint too, is what the clip itself shows."""
    texts = ["Hum", "Hum for a while", "Hum on, " * 20]
    made = speaker(Humming(), store)
    again = speaker(Humming(), store)
    for text in texts:
        clip, facts = made.clip(text), made.facts(text)
        assert again.facts(text) == facts
        assert facts.fingerprint == fingerprint(clip, clip.sounding).packed()
        shown = ClipFacts.of(clip, fingerprint=facts.fingerprint)
        assert replace(facts, digest=shown.digest) == shown


def test_silence_has_no_fingerprint() -> None:
    """Nor does an empty text: `verify` looks for neither."""
    assert speaker(Humming(0.0)).facts("Hum").fingerprint == b""
    assert speaker(Humming()).facts("").fingerprint == b""
