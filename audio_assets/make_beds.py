"""Makes the beds: NAME.ogg for soft rain, slow waves, a warm drone and brown noise.

    python audio_assets/make_beds.py [FOLDER]

A bed is a minute that goes on for ever. Everything in it has that minute as its period, by the way
it is made: noises are spectra of a whole minute with random phases, tones and slow movements are
whole numbers of turns in it, and what is placed in time (a drop, a wave) goes on at the beginning
where it runs over the end. So there is no seam, and nothing to be faded over.

A minute would be recognised if something in it stood out. So nothing does: movements are sums of
turns that have no common measure but the minute itself (2, 3, 5, 7 … turns), and drops and waves
come at uneven times with uneven strengths. All chance is seeded, nothing is recorded, and the
sounds belong to this project alone.

Both channels carry the same low tones, as a room does, and differ above; so a bed is wide in
headphones, and one loudspeaker loses nothing of it.

A file holds its loop and then `OVERLAP` seconds of its beginning once more, because Ogg Vorbis does
not give back the very samples: a reader fades the one into the other.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

Samples = npt.NDArray[np.float64]
"""One channel of a loop, shape (LENGTH,), or any other row of numbers."""

Stereo = npt.NDArray[np.float64]
"""Shape (LENGTH, 2), full scale is ±1.0."""

RATE = 48_000
"""Hz."""

SECONDS = 60
"""One period: 2,500 frames of an MP3."""

LENGTH = SECONDS * RATE

OVERLAP = 0.25
"""Seconds of the beginning that a file holds again at its end."""

LEVEL = 0.06
"""Root mean square of what is stored, full scale ±1: leaves room for peaks."""

QUALITY = 0.45
"""Of Ogg Vorbis, from 0 to 1."""

FREQUENCIES: Samples = np.arange(LENGTH // 2 + 1) / SECONDS
"""Hz: every frequency that has a whole number of turns in a loop."""

TIME: Samples = np.arange(LENGTH) / RATE
"""Seconds."""

BASS = 180.0
"""Hz: below it both channels carry the same."""


# ── noises ───────────────────────────────────────────────────────────────────


def noise(chance: np.random.Generator, shape: Samples) -> Samples:
    """Noise whose spectrum has the strengths of `shape`, one for each of `FREQUENCIES`."""
    size = len(FREQUENCIES)
    spectrum = shape * (chance.standard_normal(size) + 1j * chance.standard_normal(size))
    spectrum[[0, -1]] = 0
    sound = np.fft.irfft(spectrum, LENGTH)
    return np.asarray(sound / np.sqrt(np.mean(sound**2)))


def wide_noise(chance: np.random.Generator, shape: Samples) -> Stereo:
    """The same noise on both sides below `BASS`, another one on each side above it."""
    share = 1 / (1 + (FREQUENCIES / BASS) ** 4)
    low, high = shape * np.sqrt(share), shape * np.sqrt(1 - share)
    both = noise(chance, low) * strength(low)
    sides = (noise(chance, high) * strength(high) for _ in range(2))
    sound = np.stack([both + side for side in sides], axis=1)
    return np.asarray(sound / np.sqrt(np.mean(sound**2)))


def strength(shape: Samples) -> float:
    """The root mean square of what has this spectrum, up to a factor common to all."""
    return float(np.sqrt(np.sum(shape**2)))


def band(low: float, high: float, slope: float = 0.0) -> Samples:
    """A spectrum between two frequencies in Hz, 12 dB an octave beyond them, `slope` within.

    `slope` is in dB an octave; -3 is pink, -6 is brown.
    """
    hertz = np.maximum(FREQUENCIES, 1.0)
    edges = 1 / np.sqrt((1 + (low / hertz) ** 4) * (1 + (hertz / high) ** 4))
    return np.asarray(edges * (hertz / 1000) ** (slope / 6.0206))


# ── slow movements ───────────────────────────────────────────────────────────


def movement(chance: np.random.Generator, turns: tuple[int, ...], decibels: float) -> Samples:
    """A gain that moves up and down by so many turns a loop, by about `decibels` at most."""
    phases = chance.uniform(0, 2 * np.pi, len(turns))
    spectrum = np.zeros(len(FREQUENCIES), complex)
    spectrum[list(turns)] = np.exp(1j * phases) / np.sqrt(turns)
    waves = np.fft.irfft(spectrum, LENGTH)
    return np.asarray(10 ** (decibels / 20 * waves / np.abs(waves).max()))


def moved(sound: Stereo, chance: np.random.Generator, decibels: float) -> Stereo:
    """The sound with a movement common to both channels, and a smaller one of each its own."""
    common = movement(chance, (2, 3, 5, 7), decibels)
    own = [movement(chance, (3, 4, 7, 11), decibels / 3) for _ in range(2)]
    return sound * np.stack([common * one for one in own], axis=1)


# ── the beds ─────────────────────────────────────────────────────────────────


def rain() -> Stereo:
    """Soft rain: a far hiss, and near drops in it."""
    chance = np.random.default_rng(1)
    hiss = moved(wide_noise(chance, band(350, 4_500, -3.5)), chance, 1.5)
    body = moved(wide_noise(chance, band(60, 350, -3)), chance, 1.5)
    near = drops(chance, 230, (900, 3_800), 0.35)
    far = drops(chance, 900, (1_400, 5_500), 0.2)
    return hiss + 0.45 * body + 0.55 * near + 0.5 * far


def drops(
    chance: np.random.Generator, a_second: int, hertz: tuple[float, float], spread: float
) -> Stereo:
    """Drops: short pings of uneven pitch, strength and place, `a_second` of them on average."""
    count = a_second * SECONDS
    pings = [ping(pitch) for pitch in np.geomspace(*hertz, 96)]
    longest = max(map(len, pings))
    sound = np.zeros((LENGTH + longest, 2))
    starts = chance.integers(0, LENGTH, count)
    kinds = chance.integers(0, len(pings), count)
    strengths = np.exp(spread * chance.standard_normal(count))
    places = chance.uniform(0.15, 0.85, count) * np.pi / 2
    sides = strengths[:, None] * np.stack([np.cos(places), np.sin(places)], axis=1)
    for start, kind, both in zip(starts, kinds, sides, strict=True):
        sound[start : start + len(pings[kind])] += pings[kind] * both
    sound[:longest] += sound[LENGTH:]
    return np.asarray(sound[:LENGTH] / np.sqrt(np.mean(sound[:LENGTH] ** 2)))


def ping(pitch: float) -> Samples:
    """What one drop sounds like, shape (n, 1): the higher, the shorter."""
    time = np.arange(round(35 / pitch * RATE)) / RATE
    sound = np.sin(2 * np.pi * pitch * time) * np.exp(-time * pitch / 5)
    return np.asarray(sound * np.minimum(time / 0.0006, 1))[:, None]


def waves() -> Stereo:
    """Slow waves on a beach: each swells, breaks and draws back; the sea goes on behind them."""
    chance = np.random.default_rng(2)
    sea = moved(wide_noise(chance, band(70, 500, -3)), chance, 2)
    swell = wide_noise(chance, band(90, 700, -2))
    surf = wide_noise(chance, band(250, 2_400, -3))
    foam = wide_noise(chance, band(1_200, 5_500, -3))
    breaking = breakers(chance)
    drawn = np.roll(breaking, round(0.9 * RATE), axis=0)
    whole: Stereo = (
        0.55 * sea
        + 0.9 * np.roll(breaking, -round(0.7 * RATE), axis=0) * swell
        + breaking**1.3 * surf
        + 0.42 * drawn**1.6 * foam
        + 0.08 * moved(foam, chance, 3)
    )
    return whole


def breakers(chance: np.random.Generator) -> Stereo:
    """How strong the waves are: eight in a loop, from 6 to 9 seconds apart, no two alike."""
    gaps = chance.uniform(6.2, 9.0, 8)
    times = np.cumsum(gaps / gaps.sum()) * SECONDS
    sound = np.zeros((LENGTH, 2))
    for at in times:
        rise, fall = chance.uniform(1.1, 1.7), chance.uniform(2.0, 3.2)
        loud, place = chance.uniform(0.6, 1.0), chance.uniform(0.3, 0.7) * np.pi / 2
        # by the nearest way round the loop, so that what runs over its end goes on at its beginning
        away = (TIME - at + SECONDS / 2) % SECONDS - SECONDS / 2
        shape = loud / (np.exp(-2 * away / rise) + np.exp(away / fall))
        sound += shape[:, None] * (np.cos(place), np.sin(place))
    return np.asarray(sound / sound.max())


NOTES = (65.4, 98.0, 130.8, 196.0, 261.6, 329.6)
"""Hz: C and G in two octaves, and above them C and E, all of them soft."""

STRENGTHS = (0.8, 1.0, 0.9, 0.6, 0.34, 0.16)


def drone() -> Stereo:
    """A warm drone: six notes, each of soft partials that come and go in their own time."""
    chance = np.random.default_rng(3)
    spectrum = np.zeros((len(FREQUENCIES), 2), complex)
    for pitch, loud in zip(NOTES, STRENGTHS, strict=True):
        for number in range(1, 7):
            add_partial(chance, spectrum, pitch * number, loud / number**1.8)
    tones = np.fft.irfft(spectrum, LENGTH, axis=0)
    air = wide_noise(chance, band(200, 1_400, -4))
    return np.asarray(tones / np.sqrt(np.mean(tones**2)) + 0.05 * moved(air, chance, 3))


def add_partial(
    chance: np.random.Generator,
    spectrum: npt.NDArray[np.complex128],
    pitch: float,
    loud: float,
) -> None:
    """Add a tone in Hz to a spectrum of shape (frequencies, 2).

    It is two tones, some turns of a loop apart: they beat slowly, otherwise on either side above
    `BASS`. What comes and goes by k turns is two more tones, k turns above and below.
    """
    turns = round(pitch * SECONDS)
    apart = int(chance.integers(2, 8))
    phase, other = np.exp(1j * chance.uniform(0, 2 * np.pi, 2))
    lead = np.exp(1j * np.array([-0.9, 0.9]) * (pitch > BASS))
    for slow, depth in ((0, 1.0), (2, 0.2), (3, 0.15), (5, 0.12)):
        turned = np.exp(1j * chance.uniform(0, 2 * np.pi))
        for away, way in ((slow, turned), (-slow, np.conj(turned))) if slow else ((0, 1.0),):
            spectrum[turns + away] += loud * depth * phase * way
            spectrum[turns + apart + away] += 0.45 * loud * depth * other * lead * way


def brown() -> Stereo:
    """Brown noise: 6 dB less with every octave, from the lowest tone that is heard."""
    chance = np.random.default_rng(4)
    return moved(wide_noise(chance, band(45, 9_000, -6)), chance, 1.0)


BEDS: Mapping[str, Callable[[], Stereo]] = {
    "rain": rain,
    "waves": waves,
    "drone": drone,
    "brown": brown,
}


# ── the files ────────────────────────────────────────────────────────────────


def beds() -> Iterator[tuple[str, Stereo]]:
    """Every bed's name and its loop."""
    return ((name, bed(name)) for name in BEDS)


def bed(name: str) -> Stereo:
    """One loop, free of an offset, each side of it at `LEVEL`."""
    sound = BEDS[name]()
    sound -= sound.mean(axis=0)
    return np.asarray(sound * (LEVEL / np.sqrt(np.mean(sound**2, axis=0))))


def write(path: Path, loop: Stereo) -> None:
    """Write a loop and its overlap."""
    whole = np.concatenate([loop, loop[: round(OVERLAP * RATE)]])
    options = {"format": "OGG", "subtype": "VORBIS", "compression_level": 1 - QUALITY}
    with soundfile.SoundFile(path, "w", RATE, 2, **options) as file:
        for start in range(0, len(whole), RATE):  # libsndfile overruns its stack on long writes
            file.write(whole[start : start + RATE])


def main(folder: Path) -> None:
    """Write every bed into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, loop in beds():
        write(folder / f"{name}.ogg", loop)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "beds")
