"""The embedded voice at its best: calmer than raw, as clear, and stress where it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from spoken_lines import CALLS, INSTRUCTIONS

from voiceguide.audio.clip import Samples, find_sounding
from voiceguide.audio.levels import loudness
from voiceguide.engines import Utterance
from voiceguide.engines.espeak import EspeakEngine
from voiceguide.engines.espeak.phonemes import Tone, has_stress, with_commands, without_stress
from voiceguide.engines.espeak.voices import CALM, PLAIN, finished

RATE = 22_050
TAIL = 0.055
"""Seconds that the room adds."""


@pytest.fixture(scope="module")
def calm() -> Iterator[EspeakEngine]:
    made = EspeakEngine()
    yield made
    made.close()


@pytest.fixture(scope="module")
def raw() -> Iterator[EspeakEngine]:
    made = EspeakEngine(style=PLAIN)
    yield made
    made.close()


def harshness(said: Utterance) -> float:
    """The share of the energy above 5 kHz."""
    powers = np.square(np.abs(np.fft.rfft(said.samples.astype(np.float64))))
    high = np.fft.rfftfreq(len(said.samples), 1 / said.rate) > 5_000
    return float(powers[high].sum() / powers.sum())


def sounding(said: Utterance) -> tuple[float, float]:
    """Seconds at which the sound begins and ends."""
    onset, end = find_sounding(said.samples, said.rate)
    return onset / said.rate, end / said.rate


# ── the choice ───────────────────────────────────────────────────────────────


def test_it_is_less_harsh_than_raw(calm: EspeakEngine, raw: EspeakEngine) -> None:
    """Less than a third of the energy above 5 kHz is left, over all instructions."""
    shares = [
        np.mean([harshness(engine.speak(line, "en-us", 130)) for line in INSTRUCTIONS])
        for engine in (calm, raw)
    ]
    assert shares[0] < shares[1] / 3


def test_a_variant_of_ones_own_stays_as_it_is(calm: EspeakEngine, raw: EspeakEngine) -> None:
    """Only a voice without one gets ours; the finishing is for all."""
    ours, plain = (engine.speak("Rest.", "en-us+f3", 130) for engine in (calm, raw))
    assert np.array_equal(ours.samples, finished(plain.samples, RATE))
    named = calm.speak("Rest.", f"en-us+{CALM.variant}", 130)
    assert not np.array_equal(named.samples, calm.speak("Rest.", "en-us", 130).samples)


@pytest.mark.parametrize("voice", ["de", "fr-fr", "es", "it", "pt", "nl", "pl", "cmn", "hi"])
def test_other_languages_speak_so_too(calm: EspeakEngine, raw: EspeakEngine, voice: str) -> None:
    """The calm manner takes about as long as the raw one in every language."""
    text = "1, 2, 3, 4, 5."
    begin, end = sounding(calm.speak(text, voice, 130))
    plain_begin, plain_end = sounding(raw.speak(text, voice, 130))
    assert end - begin == pytest.approx(plain_end - plain_begin, rel=0.1)


# ── finishing ────────────────────────────────────────────────────────────────


def noise(seconds: float = 0.5) -> Samples:
    count = round(seconds * RATE)
    burst = np.random.default_rng(4).normal(0, 0.1, count).astype(np.float32)
    return np.concatenate((np.zeros(1_000, np.float32), burst))


def test_the_sound_begins_where_it_began() -> None:
    """No tap of the filter and no reflection comes more than a sample before the voice."""
    before, after = noise(), finished(noise(), RATE)
    assert not after[:999].any()
    assert abs(find_sounding(after, RATE)[0] - find_sounding(before, RATE)[0]) <= 2


def test_the_room_ends_within_the_sound_and_fades() -> None:
    """It is longer by the last reflection alone, and softer and softer until then."""
    before, after = noise(), finished(noise(), RATE)
    tail = after[len(before) :].astype(np.float64)
    assert len(tail) == round(TAIL * RATE)
    levels = [20 * np.log10(np.sqrt(np.square(part).mean())) for part in np.array_split(tail, 4)]
    assert all(later < earlier for earlier, later in pairwise(levels))
    assert levels[0] < -20 - 16  # the burst's own level, and the room below it
    assert levels[-1] < -20 - 40


def test_silence_stays_silence() -> None:
    """Digital, and of no length at all if there was none."""
    assert not finished(np.zeros(2_000, np.float32), RATE).any()
    assert len(finished(np.zeros(0, np.float32), RATE)) == 0


def test_the_room_is_no_tone() -> None:
    """Reflections at even distances would ring: no frequency below 4 kHz is changed by 4 dB."""
    impulse = np.zeros(1 << 15, np.float32)
    impulse[100] = 1
    response = 20 * np.log10(np.abs(np.fft.rfft(finished(impulse, RATE))))
    low = response[np.linspace(0, RATE / 2, len(response)) < 4_000]
    assert low.max() - low.min() < 4 + 1.3  # and what the soft edge takes at 4 kHz


def test_words_end_soon(calm: EspeakEngine, raw: EspeakEngine) -> None:
    """The room makes a call longer by less than a twentieth of a second."""
    ours = EspeakEngine(style=CALM)
    for line in CALLS:
        said = ours.speak(f"{line}", f"en-us+{CALM.variant}", 130)
        dry = raw.speak(f"{line}", f"en-us+{CALM.variant}", 130)
        assert -0.005 < sounding(said)[1] - sounding(dry)[1] < 0.05, line
    ours.close()


# ── stress ───────────────────────────────────────────────────────────────────


def test_a_stressed_word_is_slower_and_louder(calm: EspeakEngine) -> None:
    """`*slowly*` is longer and louder than `slowly`, and the same each time."""
    stressed = calm.speak("Breathe *slowly*.", "en-us", 130)
    plain = calm.speak("Breathe slowly.", "en-us", 130)
    length, usual = (end - begin for begin, end in map(sounding, (stressed, plain)))
    assert 1.1 < length / usual < 1.5
    louder = loudness(stressed.samples, RATE) - loudness(plain.samples, RATE)
    assert 0.5 < louder < 3
    again = calm.speak("Breathe *slowly*.", "en-us", 130)
    assert np.array_equal(stressed.samples, again.samples)


def test_what_follows_stress_is_as_before(calm: EspeakEngine) -> None:
    """The voice falls back: a long sentence is longer by no more than the stressed word's part."""
    rest = "and then come back to the middle of the mat, and lie down on your back for a while."
    plain, stressed = (
        calm.speak(f"{word} {rest}", "en-us", 130) for word in ("Slowly", "*Slowly*")
    )
    lengths = [end - begin for begin, end in map(sounding, (plain, stressed))]
    assert 0 < lengths[1] - lengths[0] < 0.35
    last = [np.square(said.samples[-2 * RATE :]).mean() for said in (plain, stressed)]
    assert 10 * np.log10(last[1] / last[0]) == pytest.approx(0, abs=1)


def test_stressed_phonemes_are_phonemes(calm: EspeakEngine) -> None:
    """A respelled word can be stressed; an asterisk among phonemes is one of them."""
    plain = calm.speak("the [[s'oU@s]] muscle", "en-us", 130)
    stressed = calm.speak("the *[[s'oU@s]]* muscle", "en-us", 130)
    assert len(stressed.samples) > len(plain.samples)
    assert not has_stress("[[p*a]]")
    assert has_stress("[[p*a]] *b*")
    assert without_stress("[[p*a]] *b*") == "[[p*a]] b"


def test_commands_come_in_pairs() -> None:
    """Each stress is set back, at the slowest rate and the highest pitch, too."""
    said = with_commands("a *b* c *d* e", Tone(100, 40))
    assert said.count("\x01") == 4 * 3
    assert said.startswith("a \x0180S\x0148P\x01120Ab\x01100S\x0140P\x01100A c")
    assert with_commands("*b*", Tone(80, 99)) == "\x0180S\x0199P\x01120Ab\x0180S\x0199P\x01100A"
