"""The beds: as the script makes them, without a seam, calm, wide, and as loud as was asked for."""

from __future__ import annotations

import runpy
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from voiceguide.audio.levels import loudness, true_peak
from voiceguide.audio.loops import LOOP_UNIT, Loop, loop_of
from voiceguide.library import bed_file, bed_names, find_home

Reals = npt.NDArray[np.float64]

RATE = 48_000
NAMES = ("brown", "drone", "rain", "waves")
NOISES = ("brown", "rain", "waves")
MOST_BYTES = 4_000_000


@cache
def script() -> dict[str, Any]:
    return runpy.run_path(str(find_home("audio_assets") / "make_beds.py"))


@cache
def loop(name: str) -> Loop:
    """A bed as sessions have it."""
    path = bed_file(name)
    assert path
    return loop_of(path, -30.0, fade=script()["OVERLAP"])


def both(name: str) -> Reals:
    return loop(name).samples.astype(np.float64)


def in_decibels(power: Any) -> Any:
    return 10 * np.log10(power)


# ── as the script makes them ─────────────────────────────────────────────────


def test_the_script_makes_every_file_and_no_other() -> None:
    """The folder holds what the script makes, and its sizes are those of a few photographs."""
    files = list((find_home("audio_assets") / "beds").iterdir())
    assert {path.stem for path in files} == set(script()["BEDS"]) == bed_names() == set(NAMES)
    assert sum(path.stat().st_size for path in files) < MOST_BYTES


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_script_makes_the_bed_again(name: str) -> None:
    """The same minute comes out, sample for sample beside what Vorbis leaves out (12 dB below)."""
    made = script()["bed"](name)
    heard = both(name)
    assert made.shape == heard.shape
    gain = (made * heard).sum() / (made**2).sum()
    left_out = ((heard - gain * made) ** 2).sum()
    assert in_decibels(left_out / (heard**2).sum()) < -12
    for low in (80, 160, 320, 640, 1_280, 2_560):  # and no octave is louder or softer than made
        difference = in_decibels(octave(heard, low) / octave(gain * made, low))
        assert abs(difference) < 1, (low, difference)


def octave(samples: Reals, low: float) -> float:
    power = np.abs(np.fft.rfft(samples[:, 0])) ** 2
    seconds = len(samples) / RATE
    return float(power[round(low * seconds) : round(2 * low * seconds)].sum())


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_minute_of_whole_frames_in_stereo(name: str) -> None:
    """2,500 frames of an MP3, so that it can be stitched."""
    bed = loop(name)
    assert (bed.length, bed.channels) == (2_500 * LOOP_UNIT, 2)
    assert np.abs(bed.samples.mean(axis=0)).max() < 1e-6


# ── no seam ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", NAMES)
def test_there_is_no_step_where_it_begins_anew(name: str) -> None:
    """Value and slope go on: the largest second difference there is no larger than elsewhere."""
    around = np.concatenate([both(name), both(name)[:2]])
    bends = np.abs(np.diff(around, 2, axis=0)).max(axis=1)
    seam = bends[-4:].max()
    elsewhere = bends[:-4][: len(bends) // 4 * 4 - 4].reshape(-1, 4).max(axis=1)
    assert seam < np.quantile(elsewhere, 0.999)


@pytest.mark.parametrize("name", NAMES)
def test_the_spectrum_goes_on_where_it_begins_anew(name: str) -> None:
    """In every octave the 85 ms over the seam are within 4 deviations of all other 85 ms."""
    size = 4_096
    rolled = np.roll(both(name), size // 2, axis=0)  # the first stretch now lies over the seam
    stretches = rolled[: len(rolled) // size * size].reshape(-1, size, 2)
    windowed = np.fft.rfft(stretches * np.hanning(size)[:, None], axis=1)
    power = (np.abs(windowed) ** 2).sum(axis=2)
    edges = (np.array([60, 120, 240, 480, 960, 1_920, 3_840, 7_680]) * size) // RATE
    octaves = in_decibels(np.add.reduceat(power, edges, axis=1)[:, :-1])
    away = np.abs(octaves[0] - octaves.mean(axis=0)) / octaves.std(axis=0)
    assert away.max() < 4, away


# ── calm ─────────────────────────────────────────────────────────────────────


def likeness(signal: Reals) -> Reals:
    """How alike a periodic signal is to itself, by the lag: 1 at lag 0."""
    spectrum = np.fft.rfft(signal - signal.mean())
    found = np.fft.irfft(np.abs(spectrum) ** 2, len(signal))
    return np.asarray(found / found[0])


@pytest.mark.parametrize("name", NOISES)
def test_a_noise_never_repeats_itself_within_its_minute(name: str) -> None:
    """From a fifth of a second on, the sound is like itself at no lag."""
    alike = likeness(both(name)[:, 0])
    assert np.abs(alike[RATE // 5 : len(alike) // 2]).max() < 0.05


@pytest.mark.parametrize("name", NAMES)
def test_no_pulse_is_heard(name: str) -> None:
    """How its level goes repeats at no lag: neither a beat nor a figure comes again and again."""
    level = np.sqrt((both(name).reshape(-1, 2_400, 2) ** 2).mean(axis=(1, 2)))  # every 50 ms
    alike = likeness(level)
    assert alike[20 * 3 : len(alike) // 2].max() < 0.6


@pytest.mark.parametrize("name", NAMES)
def test_it_moves_slowly(name: str) -> None:
    """Its seconds differ, waves by more than the others, but nothing stands out."""
    seconds = in_decibels((both(name).reshape(60, RATE, 2) ** 2).mean(axis=(1, 2)))
    least, most = (4, 12) if name == "waves" else (1, 9)
    assert least < seconds.max() - seconds.min() < most
    assert np.abs(np.diff(np.append(seconds, seconds[0]))).max() < 5


@pytest.mark.parametrize("name", NAMES)
def test_its_peaks_are_modest(name: str) -> None:
    """No drop or crest is more than 18 dB above the bed, and none comes near full scale."""
    samples = both(name)
    assert in_decibels((samples**2).max() / (samples**2).mean()) < 18
    assert max(true_peak(channel) for channel in loop(name).samples.T) < -12


@pytest.mark.parametrize("name", NAMES)
def test_its_treble_is_soft(name: str) -> None:
    """What lies above 8 kHz is 15 dB below the whole at least."""
    power = np.abs(np.fft.rfft(both(name)[:, 0])) ** 2
    assert in_decibels(power[8_000 * 60 :].sum() / power.sum()) < -15


@pytest.mark.parametrize("name", NOISES)
def test_no_tone_stands_out_of_a_noise(name: str) -> None:
    """In bands of 12 Hz none is 4 dB above its neighbours, from 100 Hz to 12 kHz."""
    power = np.abs(np.fft.rfft(both(name)[:, 0])) ** 2
    bands = power[: len(power) // 720 * 720].reshape(-1, 720).mean(axis=1)
    around = np.convolve(bands, np.ones(9) / 9, "same")
    heard = slice(100 // 12, 12_000 // 12)
    assert in_decibels(bands[heard] / around[heard]).max() < 4


# ── wide, and as loud as was asked for ───────────────────────────────────────


@pytest.mark.parametrize("name", NAMES)
def test_one_loudspeaker_loses_nothing_of_it(name: str) -> None:
    """The mean of both sides is 3 dB softer at most, and its bass no softer at all."""
    samples = both(name)
    mono = samples.mean(axis=1, keepdims=True)
    assert in_decibels((mono**2).mean() / (samples**2).mean()) > -3
    assert in_decibels(octave(mono, 60) / octave(samples, 60)) == pytest.approx(0, abs=0.7)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_two_sides(name: str) -> None:
    """Left and right are as loud, and not the same."""
    left, right = both(name).T
    assert in_decibels((left**2).mean() / (right**2).mean()) == pytest.approx(0, abs=0.5)
    assert np.corrcoef(left, right)[0, 1] < 0.97


@pytest.mark.parametrize("name", NAMES)
def test_all_are_as_loud(name: str) -> None:
    """At -30 dB each reads -30 LUFS from a side, and so 3 LU more from both."""
    assert loudness(loop(name).samples, RATE) == pytest.approx(-30 + 3.01, abs=0.05)
