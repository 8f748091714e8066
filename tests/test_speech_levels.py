"""How loud lines come out, where their sound begins, and how they end: measured on the voice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from spoken_lines import CALLS, INSTRUCTIONS

from voiceguide.audio.clip import Clip, find_sounding, trim
from voiceguide.audio.levels import CEILING, loudness, true_peak
from voiceguide.engines import Utterance, make
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.settings import LOUDNESS
from voiceguide.speech.carrier import opened, spoken_clip
from voiceguide.speech.speaker import open_speaker

VOICES = ("espeak:en-us", "espeak:en-gb")
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
SOFT = (*NUMBERS, "Thigh", "Hold", "Fold", "Halfway", "Feel", "Soften", "Sit", "Finish", "The hip")


@pytest.fixture(scope="module", params=VOICES)
def clips(request: pytest.FixtureRequest) -> Iterator[Mapping[str, Clip]]:
    """All lines in one voice, at a calm pace."""
    with open_speaker(request.param) as speaker:
        yield {line: speaker.clip(line) for line in (*CALLS, *INSTRUCTIONS)}


def test_lines_are_equally_loud(clips: Mapping[str, Clip]) -> None:
    """Lines of normal length differ by less than 0.5 LU, around -19 LUFS."""
    levels = [clips[line].loudness for line in INSTRUCTIONS]
    assert max(levels) - min(levels) < 0.5
    assert np.mean(levels) == pytest.approx(LOUDNESS, abs=0.2)


def test_short_words_do_not_jump_out(clips: Mapping[str, Clip]) -> None:
    """A call is within 1 LU of the rest, and its loudest moment is no louder than a sentence's."""
    levels = [clips[line].loudness for line in CALLS]
    assert max(abs(level - LOUDNESS) for level in levels) < 1
    loudest_moments = [loudest_moment(clips[line]) for line in INSTRUCTIONS]
    assert max(loudest_moment(clips[line]) for line in CALLS) < np.mean(loudest_moments)


def loudest_moment(clip: Clip) -> float:
    """The level in dB of the loudest 400 ms."""
    powers = np.square(np.pad(clip.samples, 19_200).astype(np.float64))
    sums = np.cumsum(powers)
    return 10 * float(np.log10((sums[19_200:] - sums[:-19_200]).max()))


@pytest.mark.parametrize("seconds", [0.3, 0.6, 4.0])
@pytest.mark.parametrize("off", [-8.0, -5.0, -2.7, 0.0, 2.7, 8.0])
def test_a_voice_of_very_different_lines_is_levelled(seconds: float, off: float) -> None:
    """A line 8 dB too soft or too loud comes out within 1 LU; a sentence, as `verify` wants it."""
    time = np.arange(round(seconds * 24_000)) / 24_000
    partials = np.arange(1, 20)[:, None]
    voiced = (np.sin(2 * np.pi * 140 * partials * time) / partials).sum(axis=0)
    said = (0.05 * 10 ** (off / 20) * voiced).astype(np.float32)
    plain = Utterance((0.05 * voiced).astype(np.float32), 24_000)
    gain = LOUDNESS - loudness(trim(plain.samples, 24_000), 24_000)
    clip = opened(spoken_clip(Utterance(said, 24_000), gain, LOUDNESS))
    assert clip.loudness == pytest.approx(LOUDNESS, abs=1.0 if seconds < 1 else 0.25)
    assert loudness(clip.samples, SAMPLE_RATE) == pytest.approx(clip.loudness, abs=0.1)


def test_no_peak_is_above_the_ceiling(clips: Mapping[str, Clip]) -> None:
    """True peaks stay at -1.5 dBTP, rounding to 16 bits included."""
    assert max(true_peak(clip.samples) for clip in clips.values()) < CEILING + 0.02


def test_clips_begin_and_end_softly(clips: Mapping[str, Clip]) -> None:
    """A short lead and tail stand around every sound, and begin and end in silence."""
    for clip in clips.values():
        assert 400 <= clip.onset <= 560
        assert 2_000 <= len(clip.samples) - clip.end <= 3_100
        assert abs(clip.samples[0]) < 0.5 / 32_768  # nothing, in 16 bits
        assert np.abs(clip.samples[-4:]).max() < 0.0002


def test_no_offset_is_left(clips: Mapping[str, Clip]) -> None:
    """The mean of every clip is under -70 dBFS."""
    assert max(abs(float(clip.samples.mean())) for clip in clips.values()) < 10 ** (-70 / 20)


@pytest.mark.parametrize("voice", ["en-us", "en-gb", "en-us+f3"])
def test_the_onset_is_where_the_sound_begins(voice: str) -> None:
    """Soft fricatives too are found within half a millisecond of the first sample that sounds."""
    engine = make("espeak")
    for word in SOFT:
        said = engine.speak(f"{word}.", voice, 130)
        onset, _ = find_sounding(said.samples, said.rate)
        first = int(np.flatnonzero(np.abs(said.samples) > 1.5 / 32_768)[0])
        assert 0 <= (onset - first) / said.rate < 0.0005, word
    engine.close()


def test_the_clips_onset_is_the_engines_onset() -> None:
    """Trimming, levelling and rounding move the beginning of a word by less than 2 ms."""
    with open_speaker("espeak:en-us") as speaker:
        for word in NUMBERS:
            clip = speaker.clip(f"{word}.")
            assert clip.onset == pytest.approx(480, abs=96), word
