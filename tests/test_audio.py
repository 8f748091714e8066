"""Making, measuring, trimming and levelling clips."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceguide.audio import ClipFacts
from voiceguide.audio.clip import (
    Clip,
    Samples,
    find_sounding,
    quantised,
    resample,
    resampled_length,
    trim,
    unquantised,
)
from voiceguide.audio.levels import CEILING, STRETCH, amplify, limit, loudness, measured, true_peak

RATE = 48_000


def tone(hertz: float, seconds: float, rate: int = RATE, peak: float = 0.5) -> Samples:
    """A sine."""
    times = np.arange(round(seconds * rate)) / rate
    return (peak * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def noise(seconds: float, peak: float = 0.3, seed: int = 1) -> Samples:
    """White noise, the same each time."""
    shape = np.random.default_rng(seed).uniform(-peak, peak, round(seconds * RATE))
    return shape.astype(np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


# ── resampling ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 44_101, 96_000])
def test_a_tone_stays_the_same_tone_at_another_rate(rate: int) -> None:
    """Every sample of a resampled tone is where the tone is, within 130 dB."""
    seconds = 1.5
    window = np.hanning(round(seconds * rate)).astype(np.float32)
    new = resample(tone(0.15 * rate, seconds, rate) * window, rate, RATE)
    times = np.arange(len(new)) / RATE
    swell = np.interp(times * rate, np.arange(len(window)), window)
    wanted = 0.5 * np.sin(2 * np.pi * 0.15 * rate * times) * swell
    assert np.abs(new - wanted)[50:-50].max() < 10 ** (-130 / 20)


def test_nothing_new_is_heard_above_the_old_limit() -> None:
    """No mirror image of a voice appears above half its old rate: it lies under -120 dB."""
    speech_like = np.random.default_rng(3).normal(0, 0.2, 22_050).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(resample(speech_like, 22_050, RATE) * np.hanning(RATE)))
    above = spectrum[round(11_500 / 24_000 * len(spectrum)) :]
    assert above.max() < spectrum.max() * 10 ** (-120 / 20)


@given(st.integers(0, 3000), st.sampled_from([8_000, 22_050, 44_100, 96_000]))
@settings(deadline=None)
def test_a_length_is_rounded_to_the_nearest_sample(count: int, rate: int) -> None:
    """The new length is the old one's duration, within half a sample."""
    new = resample(np.ones(count, np.float32), rate, RATE)
    assert len(new) == resampled_length(count, rate, RATE)
    assert abs(len(new) - count * RATE / rate) <= 0.5


def test_a_long_sound_is_resampled_in_pieces_without_a_seam() -> None:
    """A minute equals what is made of ten seconds of it, whose seams lie elsewhere."""
    long = np.random.default_rng(5).normal(0, 0.1, 8_000 * 65).astype(np.float32)
    whole = resample(long, 8_000, 16_000)
    around = slice(8_000 * 25 + 700, 8_000 * 35)
    part = resample(long[around], 8_000, 16_000)
    inner = whole[2 * around.start : 2 * around.stop] - part
    assert np.abs(inner[4_000:-4_000]).max() < 10 ** (-130 / 20)


# ── where the sound is ───────────────────────────────────────────────────────


@pytest.mark.parametrize("start", [0.0, 0.0013, 0.1, 0.3777])
@pytest.mark.parametrize("shape", [tone(440, 0.4), noise(0.4, 0.02), tone(3000, 0.01)])
def test_onset_and_end_are_found_to_the_sample(start: float, shape: Samples) -> None:
    """A sound between silences is found within half a millisecond at both ends."""
    onset, end = find_sounding(np.concatenate([silence(start), shape, silence(0.2)]), RATE)
    begins = round(start * RATE)
    assert 0 <= onset - begins < RATE * 0.0005
    assert 0 <= begins + len(shape) - end < RATE * 0.0005


def test_a_soft_beginning_is_part_of_the_sound() -> None:
    """A fricative 30 dB below its vowel, as in `three`, is where the word begins."""
    word = np.concatenate([silence(0.1), noise(0.1, 0.014), tone(200, 0.3), silence(0.1)])
    assert abs(find_sounding(word, RATE)[0] - 4_800) < 24


def test_a_noise_floor_is_not_the_sound() -> None:
    """Hiss 55 dB below the voice does not count as its beginning."""
    word = np.concatenate([silence(0.2), tone(200, 0.3), silence(0.2)])
    onset, end = find_sounding(word + noise(0.7, 0.0009), RATE)
    assert abs(onset - 9_600) < 24
    assert abs(end - 24_000) < 24


@pytest.mark.parametrize("quiet", [silence(0), silence(0.0001), silence(1), noise(0.1, 0.00001)])
def test_silence_has_no_sound_in_it(quiet: Samples) -> None:
    """Neither nothing nor what lies under -80 dBFS has an onset."""
    assert find_sounding(quiet, RATE) == (0, 0)


def test_a_silent_clip_counts_for_all_of_its_length() -> None:
    """An engine without sound still takes the time that it takes."""
    clip = measured(silence(0.5), RATE)
    assert (clip.onset, clip.end, clip.sounding) == (0, 24_000, 24_000)
    assert clip.loudness == -np.inf


# ── loudness ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
def test_the_meter_is_calibrated(rate: int) -> None:
    """A 997 Hz sine at full scale reads -3.01 LUFS, as BS.1770 says, at every rate."""
    assert loudness(tone(997, 5, rate, peak=1.0), rate) == pytest.approx(-3.01, abs=0.01)


def recursive(samples: Samples) -> float:
    """LUFS of a steady sound by BS.1770's two filters as they are printed, sample by sample."""
    shelf = (
        1.53512485958697,
        -2.69169618940638,
        1.19839281085285,
        -1.69065929318241,
        0.73248077421585,
    )
    high_pass = (1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621)
    filtered = [float(sample) for sample in samples]
    for b0, b1, b2, a1, a2 in (shelf, high_pass):
        x1 = x2 = y1 = y2 = 0.0
        for index, x in enumerate(filtered):
            y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
            x1, x2, y1, y2 = x, x1, y, y1
            filtered[index] = y
    return -0.691 + 10 * float(np.log10(np.mean(np.square(filtered[RATE // 2 :]))))


@pytest.mark.parametrize("hertz", [50, 120, 2_000, 10_000])
def test_the_weighting_is_that_of_the_recursive_filters(hertz: float) -> None:
    """In the frequency domain, low and high tones are weighted as by the standard's own filters."""
    steady = tone(hertz, 1.5)
    assert loudness(steady, RATE) == pytest.approx(recursive(steady), abs=0.02)


def test_pauses_do_not_make_it_quieter() -> None:
    """The gate leaves out what is silent, and what is 10 LU below the rest."""
    spoken = tone(440, 4)
    alone = loudness(spoken, RATE)
    with_pause = np.concatenate([spoken, silence(6), spoken * np.float32(0.05)])
    assert loudness(with_pause, RATE) == pytest.approx(alone, abs=0.5)


def test_a_short_word_is_measured_in_one_block() -> None:
    """200 ms read half as much power as 400 ms: as if silence followed."""
    difference = loudness(tone(997, 0.4), RATE) - loudness(tone(997, 0.2), RATE)
    assert difference == pytest.approx(3.01, abs=0.1)


def test_a_long_sound_is_metered_in_pieces_without_a_seam() -> None:
    """A steady tone of 7.35 s reads as one of 3 s does."""
    assert loudness(tone(60, 7.35), RATE) == pytest.approx(loudness(tone(60, 3), RATE), abs=0.02)


def test_nothing_is_as_loud_as_nothing() -> None:
    """Silence and no samples at all are minus infinity, not an error."""
    assert loudness(silence(1), RATE) == loudness(silence(0), RATE) == -np.inf
    assert true_peak(silence(1)) == true_peak(silence(0)) == -np.inf


def test_the_true_peak_lies_between_the_samples() -> None:
    """A quarter-rate sine whose samples all miss its crests by 3 dB is seen at 0 dBTP."""
    times = np.arange(RATE)
    missed = np.sin(np.pi / 2 * times + np.pi / 4).astype(np.float32) * np.hanning(RATE)
    assert 20 * np.log10(np.abs(missed).max()) == pytest.approx(-3.01, abs=0.01)
    assert true_peak(missed.astype(np.float32)) == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("rate", [22_050, RATE])
@given(seed=st.integers(0, 10_000), seconds=st.floats(0.01, 2.5))
@settings(deadline=None, max_examples=25)
def test_a_peak_is_that_of_the_whole_curve(rate: int, seed: int, seconds: float) -> None:
    """Looking near high samples alone gives what four times as many points everywhere give."""
    sound = resample(noise(seconds, 0.5, seed), 4 * rate // 5, rate)
    around = np.pad(sound, RATE)  # its curve rings on before and after it
    size = 1 << len(around).bit_length()  # more silence; any other size takes far longer
    points = 4 * np.fft.irfft(np.fft.rfft(around.astype(np.float64), size), 4 * size)
    assert true_peak(sound) == pytest.approx(20 * np.log10(np.abs(points).max()), abs=0.02)


def test_a_peak_across_two_stretches_is_seen() -> None:
    """A crest right after a stretch's last sample, which is low itself, is found."""
    crest = np.sinc(np.arange(2 * STRETCH) - STRETCH + 0.2).astype(np.float32)
    assert true_peak(crest) == pytest.approx(0, abs=0.15)  # half a decibel lower by its samples


# ── gain and limiter ─────────────────────────────────────────────────────────


@given(st.integers(0, 10_000), st.floats(-20, 30), st.floats(0.001, 0.5))
@settings(deadline=None, max_examples=40)
def test_nothing_passes_the_limiter(seed: int, gain: float, seconds: float) -> None:
    """However loud it is made, the true peak stays at the ceiling, and the length the same."""
    loud = amplify(resample(noise(seconds, 0.4, seed), 22_050, RATE), gain)
    limited = limit(loud, RATE)
    assert len(limited) == len(loud)
    assert true_peak(limited) <= CEILING + 0.01


def test_what_is_below_the_ceiling_is_not_touched() -> None:
    """The limiter changes no sample of a quiet sound."""
    quiet = tone(440, 0.5, peak=0.8)
    assert limit(quiet, RATE) is quiet


def test_the_limiter_acts_only_around_a_peak() -> None:
    """A single peak is turned down smoothly; 11 ms away nothing has changed."""
    sound = tone(300, 1, peak=0.2)
    sound[24_000:24_160] *= 6
    limited = limit(sound, RATE)
    changed = np.flatnonzero(limited != sound)
    assert 24_000 - 530 < changed[0] < 24_000
    assert 24_160 < changed[-1] < 24_160 + 530
    gain = limited[sound != 0] / sound[sound != 0]
    assert np.abs(np.diff(gain)).max() < 0.01


def test_gain_is_in_decibels() -> None:
    """6.02 dB double a sound."""
    sound = tone(440, 0.1)
    np.testing.assert_allclose(amplify(sound, 6.0206), 2 * sound, rtol=1e-4, atol=1e-12)


# ── the ends ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("before", [0.0, 0.004, 0.4])
@pytest.mark.parametrize("after", [0.0, 0.02, 0.6])
def test_the_ends_are_trimmed_to_a_lead_and_a_tail(before: float, after: float) -> None:
    """However much silence there was, 10 ms stay before the sound and 60 ms after it."""
    word = np.concatenate([silence(before), tone(300, 0.5), silence(after)])
    trimmed = trim(word, RATE)
    onset, end = find_sounding(trimmed, RATE)
    assert onset == pytest.approx(480, abs=24)
    assert len(trimmed) - end == pytest.approx(2_880, abs=24)


def test_a_clip_begins_and_ends_in_silence() -> None:
    """Even in the middle of a hiss, the first and last samples are zero: nothing clicks."""
    word = np.concatenate([noise(0.5, 0.001), tone(300, 0.5), noise(0.5, 0.001)])
    trimmed = trim(word, RATE)
    assert trimmed[0] == 0
    assert np.abs(trimmed[-8:]).max() < 1e-6
    assert np.abs(np.diff(trimmed[:240])).max() < 0.001


def test_the_sound_itself_is_not_faded() -> None:
    """Between onset and end every sample is as it was, but for an offset that is taken out."""
    word = np.concatenate([silence(0.1), tone(300, 0.5), silence(0.1)])
    onset, end = find_sounding(word, RATE)
    trimmed = trim(word + np.float32(0.002), RATE)
    kept = trimmed[480 : 480 + end - onset]
    np.testing.assert_allclose(kept, word[onset:end], rtol=0, atol=0.0005)


def test_silence_is_not_trimmed() -> None:
    """There is no sound to trim to."""
    assert len(trim(silence(0.3), RATE)) == 14_400


# ── for keeping ──────────────────────────────────────────────────────────────


@given(st.integers(0, 3_000), st.integers(0, 99), st.floats(0, 3))
@settings(deadline=None)
def test_kept_samples_come_back_exactly(count: int, seed: int, peak: float) -> None:
    """What comes back is what was rounded, to the bit, at any length and level."""
    whole = quantised(noise(1, peak, seed)[:count])
    again = unquantised(whole.tobytes())
    assert again.dtype == np.float32
    assert np.array_equal(quantised(again), whole)


def test_quantising_rounds_to_the_nearest_step() -> None:
    """No sample moves by more than half a step, and full scale is not wrapped around."""
    samples = np.array([0.1, -0.3, 1.5, -1.5, 0.00001], np.float32)
    assert quantised(samples) == pytest.approx([3276.8, -9830.4, 32767, -32768, 0.3], abs=0.5)


def test_facts_come_back_as_they_were() -> None:
    """What is known of a clip, silence included, is the same after it was kept."""
    for samples in (noise(0.1, 0.5, 1), np.zeros(0, np.float32), silence(0.1)):
        clip = Clip(samples, RATE, 3, len(samples), -np.inf)
        facts = ClipFacts.of(clip)
        assert ClipFacts.unpacked(facts.packed() + b"more") == facts
        assert (facts.length, facts.onset) == (len(samples), 3)
        assert facts.peak == (float(np.abs(samples).max()) if len(samples) else 0)
    other = ClipFacts.of(Clip(noise(0.1, 0.5, 2), RATE, 3, 4800, -20.0))
    assert other.digest != ClipFacts.of(Clip(noise(0.1, 0.5, 1), RATE, 3, 4800, -20.0)).digest
