"""Short calls in carriers: an engine that drops or mangles them, with word times and without."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from voiceguide.audio.clip import find_sounding
from voiceguide.engines import NEURAL, Utterance, Voice
from voiceguide.engines.texts import is_call
from voiceguide.languages import Language
from voiceguide.speech.carrier import carried
from voiceguide.speech.speaker import Speaker

RATE = 22_050
WORD, GAP, PAUSE = 0.35, 0.03, 0.3
"""Seconds that a word sounds, and of silence after a word and after a sentence."""


class Neural:
    """Says every word as a tone of its own; of texts under four words it says next to nothing."""

    name = "neural"
    version = "1"
    kind = NEURAL

    def __init__(self, *, times: bool, pause: float = PAUSE, mangled: str = "") -> None:
        self.said: list[str] = []
        self._times = times
        self._pause = pause
        self._mangled = mangled

    def voices(self) -> Sequence[Voice]:
        return [Voice("one", "en")]

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        self.said.append(text)
        words = text.split()
        shortened = len(words) < 4 or self._mangled in words
        parts, spans, at = [np.zeros(2_000, np.float32)], [], 2_000
        for word in words:
            seconds = 0.06 if shortened else WORD
            parts += [tone(word, seconds)]
            spans.append((at, at + len(parts[-1])))
            gap = self._pause if word[-1] in ".,!?" else GAP
            parts.append(np.zeros(round(gap * RATE), np.float32))
            at = spans[-1][1] + len(parts[-1])
        samples = np.concatenate(parts)
        return Utterance(samples, RATE, tuple(spans) if self._times else None)

    def close(self) -> None:
        """Nothing to let go of."""


def pitch(word: str) -> float:
    """A word's own pitch in Hz, whatever points stand after it."""
    return 200 + 10 * (sum(map(ord, word.strip(".,!?").lower())) % 60)


def tone(word: str, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    times = np.arange(round(seconds * RATE)) / RATE
    rise = np.minimum(1, np.minimum(times, times[::-1]) / 0.01)
    wave: np.ndarray[tuple[int], np.dtype[np.float32]] = (
        0.2 * rise * np.sin(2 * np.pi * pitch(word) * times)
    ).astype(np.float32)
    return wave


def pitches(said: Utterance) -> list[float]:
    """The pitch of each tone in the sound, to 10 Hz."""
    loud = np.convolve(np.abs(said.samples), np.ones(221) / 221, "same") > 0.01
    edges = np.flatnonzero(np.diff(np.concatenate(([0], loud.astype(int), [0]))))
    found = []
    for start, stop in edges.reshape(-1, 2):
        piece = said.samples[start:stop] * np.hanning(stop - start)
        peak = np.abs(np.fft.rfft(piece, 1 << 16)).argmax()
        found.append(round(float(peak) * RATE / (1 << 16) / 10) * 10.0)
    return found


def say(engine: Neural, text: str, language: str = "en") -> Utterance:
    return carried(lambda full: engine.speak(full, "one", 130), text, language, 130)


@pytest.mark.parametrize("times", [True, False])
@pytest.mark.parametrize("call", ["Left side.", "Three.", "Rest.", "And release", "Switch sides!"])
def test_a_call_is_said_in_a_carrier_and_cut_out(times: bool, call: str) -> None:
    """The words of the call in their order, whole, and none of the carrier's."""
    engine = Neural(times=times)
    said = say(engine, call)
    assert pitches(said) == [round(pitch(word) / 10) * 10 for word in call.split()]
    onset, end = find_sounding(said.samples, said.rate)
    words = len(call.split())
    assert (end - onset) / RATE == pytest.approx(words * WORD + (words - 1) * GAP, abs=0.02)
    assert len(engine.said) == 1


def test_a_short_pause_is_no_hindrance_with_word_times() -> None:
    """Where a voice hardly pauses between sentences, its word times alone are used."""
    engine = Neural(times=True, pause=0.05)
    assert pitches(say(engine, "Left side.")) == [pitch("left"), pitch("side")]
    assert len(engine.said) == 1


def test_without_pauses_and_times_it_is_said_plainly() -> None:
    """Both orders of the carrier are tried; then the call is said alone, as without all this."""
    engine = Neural(times=False, pause=0.05)
    said = say(engine, "Left side.")
    first, second = Language("en").sentences["carrier"]
    tried = [f"{first} Left side. {second}", f"{second} Left side. {first}", "Left side."]
    assert engine.said == tried
    alone = Neural(times=False, pause=0.05).speak("Left side.", "one", 130)
    assert np.array_equal(said.samples, alone.samples)


@pytest.mark.parametrize("times", [True, False])
def test_what_is_mangled_in_the_carrier_too_is_refused(times: bool) -> None:
    """A tenth of the length that such words have is no word."""
    engine = Neural(times=times, mangled="side.")
    say(engine, "Left side.")
    assert engine.said[-1] == "Left side."
    assert len(engine.said) == 3


class Silencing(Neural):
    """Leaves the third word of everything silent, with its time."""

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        said = super().speak(text, voice, words_a_minute)
        place = text.split().index("Rest.")
        samples = said.samples.copy()
        start, stop = (said.words or self._spans(text))[place]
        samples[start:stop] *= 0.001
        return Utterance(samples, said.rate, said.words)

    def _spans(self, text: str) -> tuple[tuple[int, int], ...]:
        return Neural(times=True).speak(text, "one", 130).words or ()


@pytest.mark.parametrize("times", [True, False])
def test_a_dropped_call_is_noticed(times: bool) -> None:
    """Next to silence where the call should be is not taken for it."""
    engine = Silencing(times=times)
    say(engine, "Rest.")
    assert len(engine.said) == 3


class Lying(Neural):
    """Its word times are of no use."""

    spans: tuple[tuple[int, int], ...] = ()

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        said = super().speak(text, voice, words_a_minute)
        return Utterance(said.samples, said.rate, self.spans)


@pytest.mark.parametrize(
    "spans",
    [
        (),
        ((0, 9),) * 8,
        tuple((9 * n, 9 * n + 9) for n in range(8)),
        tuple((10**6 * n, 10**6 * n + 9) for n in range(8)),
        tuple((-9 * n, 9 - 9 * n) for n in range(8)),
    ],
)
def test_wrong_word_times_do_no_harm(spans: tuple[tuple[int, int], ...]) -> None:
    """Too few, out of order, or outside of the sound: the pauses tell where the call is."""
    engine = Lying(times=False)
    engine.spans = spans
    assert pitches(say(engine, "Left side.")) == [pitch("left"), pitch("side")]


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Three.", True),
        ("Left side", True),
        ("Now the left.", True),
        ("And now the left.", False),
        ("Rest, now.", False),
        ("Rest. Now.", False),
        ("3", True),
        ("...", False),
        ("", False),
    ],
)
def test_what_is_short(text: str, short: bool) -> None:
    """Three words at most, something to say, and no pause inside."""
    assert is_call(text) is short


def test_other_texts_and_languages_are_said_as_they_are() -> None:
    """What is long enough, and where there is no carrier."""
    engine = Neural(times=True)
    say(engine, "Breathe slowly, and let go.")
    say(engine, "Rest.", "xx")
    assert engine.said == ["Breathe slowly, and let go.", "Rest."]


def test_a_speaker_carries_for_neural_engines_alone() -> None:
    """An engine of another kind says `Three.` as it is."""
    neural, other = Neural(times=True), Neural(times=True)
    other.kind = "embedded"
    for engine in (neural, other):
        Speaker(engine, "one").clip("Three.")
    before, after = Language("en").sentences["carrier"]
    assert f"{before} Three. {after}" in neural.said
    assert "Three." not in neural.said
    assert "Three." in other.said


def test_a_carried_clip_is_the_same_again() -> None:
    """Two speakers make the same samples of it."""
    clips = [Speaker(Neural(times=True), "one").clip("Left side.") for _ in range(2)]
    assert np.array_equal(clips[0].samples, clips[1].samples)
    assert clips[0].onset == pytest.approx(480, abs=3)
