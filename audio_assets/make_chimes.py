"""Makes the chimes: FAMILY-ROLE.flac for every family and role, tick.flac and breath_*.flac.

    python audio_assets/make_chimes.py [FOLDER]

A chime is one or more strikes of an instrument, and an instrument is a set of partials, each a
decaying sine with a pitch, a strength and a decay of its own (additive synthesis). Nothing is
random and nothing is recorded, so the same files come out everywhere, and the sounds belong to
this project alone.

Where the pitches of the partials come from:

- bowl: the bending modes of a thin ring (R. D. Blevins, Formulas for Natural Frequency and Mode
  Shape, 1979): the n-th lies at n (n² - 1) / √(n² + 1), so 1 : 2.83 : 5.42 : 8.77 : 12.9. A bowl
  that was measured has 1 : 2.99 : 5.70 : 9.0 : 12.8, each mode a pair up to 0.8 % apart, which is
  heard as a slow beat (G. Essl and P. R. Cook, ICMC 2002).
- bell: hum, prime, tierce, quint, nominal and the partials above them, 1/2 : 1 : 6/5 : 3/2 : 2 :
  5/2 : 8/3 : 3 : 4 (T. D. Rossing and R. Perrin, Vibrations of Bells, Applied Acoustics 20, 1987).
- wood: a marimba's bar, cut so that its modes lie at 1 : 4 : 10 (N. H. Fletcher and T. D. Rossing,
  The Physics of Musical Instruments, 1998).
- tick: a short bar left as it is, 1 : 2.76 : 5.40 (the same book).

Strengths and decays follow what struck things have in common: high partials are weaker and die
first, and a softer mallet takes more of them away. They were set by looking at spectrograms.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

Samples = npt.NDArray[np.float64]
"""Mono, shape (n,), full scale is ±1.0."""

Pcm = npt.NDArray[np.int16]
"""Mono, shape (n,)."""

RATE = 48_000
"""Hz."""

LOUDNESS = -25.0
"""LUFS of the loudest 400 ms: 6 LU below the voice, which is levelled at -19 LUFS."""

REST_LOUDNESS = -26.0
TICK_LOUDNESS = -32.0
BREATH_LOUDNESS = -31.0
WAKE_LOUDNESS = -38.0
"""It wakes headphones, and nobody who rests."""

FADE_SHARE = 0.45
"""Of a chime's length: the last part of it, which fades to zero."""


@dataclass(frozen=True, slots=True)
class Partial:
    """One tone of an instrument."""

    ratio: float
    """To the instrument's pitch."""
    strength: float
    """Relative to the other partials."""
    decay: float
    """Seconds in which it falls by 60 dB."""
    beat: float = 0.0
    """Hz between the two tones that it is made of; 0 for a single tone."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """What is struck."""

    pitch: float
    """Hz."""
    partials: tuple[Partial, ...]
    attack: float
    """Seconds until a strike has its full strength."""
    ring: float
    """Seconds that the last strike of a chime is left to sound."""


@dataclass(frozen=True, slots=True)
class Strike:
    """One blow."""

    at: float
    """Seconds from the chime's beginning."""
    interval: float = 1.0
    """To the instrument's pitch."""
    strength: float = 1.0
    mallet: float = 4000.0
    """Hz: partials above it are weakened by 12 dB an octave; lower is softer."""


@dataclass(frozen=True, slots=True)
class Role:
    """What a chime is struck for."""

    strikes: tuple[Strike, ...]
    loudness: float = LOUDNESS
    tail: float = 1.0
    """How many times the instrument's `ring` the last strike is left to sound."""
    swell: float | None = None
    """Seconds until it has its full strength, in place of the instrument's attack."""
    length: float | None = None
    """Seconds that it lasts, in place of strikes and tail."""


# ── the instruments ──────────────────────────────────────────────────────────


def ring_mode(n: int) -> float:
    """The n-th bending mode of a thin ring, relative to the first, which has n = 2."""
    return _ring(n) / _ring(2)


def _ring(n: int) -> float:
    return float(n * (n * n - 1) / np.sqrt(n * n + 1))


BOWL = Instrument(
    pitch=261.63,
    partials=(
        Partial(ring_mode(2), 1.00, 6.0, beat=1.1),
        Partial(ring_mode(3), 0.60, 4.2, beat=1.7),
        Partial(ring_mode(4), 0.22, 2.6, beat=2.6),
        Partial(ring_mode(5), 0.09, 1.5, beat=3.4),
        Partial(ring_mode(6), 0.04, 0.8),
    ),
    attack=0.004,
    ring=3.0,
)

BELL = Instrument(
    pitch=587.33,
    partials=(
        Partial(1 / 2, 0.35, 4.5, beat=0.5),
        Partial(1, 0.80, 3.4, beat=0.8),
        Partial(6 / 5, 0.45, 2.8, beat=1.0),
        Partial(3 / 2, 0.16, 2.0),
        Partial(2, 1.00, 2.2, beat=1.4),
        Partial(5 / 2, 0.18, 1.3),
        Partial(8 / 3, 0.14, 1.2),
        Partial(3, 0.34, 1.1, beat=1.9),
        Partial(4, 0.20, 0.8),
    ),
    attack=0.0015,
    ring=2.6,
)

WOOD = Instrument(
    pitch=349.23,
    partials=(
        Partial(1, 1.00, 1.10),
        Partial(4, 0.50, 0.28),
        Partial(10, 0.25, 0.08),
    ),
    attack=0.001,
    ring=2.0,
)

BAR = Instrument(
    pitch=880.0,
    partials=(
        Partial(1, 1.00, 0.10),
        Partial(2.756, 0.30, 0.05),
        Partial(5.404, 0.08, 0.03),
    ),
    attack=0.001,
    ring=0.15,
)

REED = Instrument(
    pitch=392.0,
    partials=(Partial(1, 1.00, 0.60), Partial(2, 0.15, 0.30)),
    attack=0.006,
    ring=0.40,
)

FAMILIES: Mapping[str, Instrument] = {"bowl": BOWL, "bell": BELL, "wood": WOOD}

FOURTH, FIFTH, OCTAVE = 4 / 3, 3 / 2, 2.0

ROLES: Mapping[str, Role] = {
    # one clear strike
    "start": Role((Strike(0.0),)),
    # two, falling, unhurried
    "end": Role((Strike(0.0), Strike(0.5, 1 / FOURTH))),
    # two, rising, quick: the other side
    "switch": Role((Strike(0.0), Strike(0.25, FIFTH, 0.9))),
    # one, low and soft
    "rest": Role((Strike(0.0, 1 / FIFTH, mallet=600.0),), REST_LOUDNESS),
    # three, slow, the last one low
    "finish": Role((Strike(0.0), Strike(1.2), Strike(2.4, 1 / OCTAVE)), tail=1.5),
    # a swell, hardly heard, half a second before words that follow a long silence
    "wake": Role((Strike(0.0, 1 / FIFTH, mallet=600.0),), WAKE_LOUDNESS, swell=0.2, length=0.45),
}

TICK = Role((Strike(0.0, mallet=2000.0),), TICK_LOUDNESS)

BREATHS: Mapping[str, Role] = {
    # two tones each, near enough to be one: with eyes closed it is heard which way a breath goes
    "in": Role((Strike(0.0), Strike(0.14, FIFTH)), BREATH_LOUDNESS),
    "hold": Role((Strike(0.0, FOURTH), Strike(0.14, FOURTH)), BREATH_LOUDNESS),
    "out": Role((Strike(0.0, FIFTH), Strike(0.14)), BREATH_LOUDNESS),
}


# ── the sound ────────────────────────────────────────────────────────────────


def chimes() -> Iterator[tuple[str, Pcm]]:
    """Every chime's name, without the suffix, and its samples at 48 kHz."""
    for family, instrument in FAMILIES.items():
        for name, role in ROLES.items():
            yield f"{family}-{name}", chime(instrument, role)
    yield "tick", chime(BAR, TICK)
    for name, role in BREATHS.items():
        yield f"breath_{name}", chime(REED, role)


def chime(instrument: Instrument, role: Role) -> Pcm:
    """The strikes of `role` on `instrument`, faded, free of DC, at the role's loudness."""
    sound = _strikes(instrument, role) * _fade_out(_length(instrument, role))
    level = 10 ** ((role.loudness - momentary(sound)) / 20)
    return np.rint(_without_offset(sound * level) * 32768).astype(np.int16)


def _length(instrument: Instrument, role: Role) -> int:
    seconds = role.length or role.strikes[-1].at + role.tail * instrument.ring
    return round(seconds * RATE)


def _strikes(instrument: Instrument, role: Role) -> Samples:
    sound = np.zeros(_length(instrument, role))
    for strike in role.strikes:
        start = round(strike.at * RATE)
        attack = role.swell or instrument.attack
        sound[start:] += _strike(instrument, strike, attack, len(sound) - start)
    return sound


def _strike(instrument: Instrument, strike: Strike, attack: float, length: int) -> Samples:
    time = np.arange(length) / RATE
    pitch = instrument.pitch * strike.interval
    tones = sum(_tone(partial, pitch, strike.mallet, time) for partial in instrument.partials)
    return np.asarray(strike.strength * _attack(time, attack) * tones)


def _tone(partial: Partial, pitch: float, mallet: float, time: Samples) -> Samples:
    frequency = pitch * partial.ratio
    strength = partial.strength / (1 + (frequency / mallet) ** 2)
    decay = 10 ** (-3 * time / partial.decay)
    # unequal, so that the beat never silences the tone
    lower = 0.7 * np.sin(2 * np.pi * (frequency - partial.beat / 2) * time)
    upper = 0.3 * np.sin(2 * np.pi * (frequency + partial.beat / 2) * time)
    return np.asarray(strength * decay * (lower + upper))


def _attack(time: Samples, seconds: float) -> Samples:
    return np.asarray(_smooth(np.minimum(time / seconds, 1.0)))


def _fade_out(length: int) -> Samples:
    """Ones, then a fall to exactly zero at the last sample."""
    left = np.arange(length)[::-1] / (length * FADE_SHARE)
    return _smooth(np.minimum(left, 1.0))


def _smooth(share: Samples) -> Samples:
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * share))


def _without_offset(sound: Samples) -> Samples:
    """Takes the mean away by a slow swell, so that first and last sample stay zero."""
    swell = np.hanning(len(sound))
    return np.asarray(sound - swell * (sound.sum() / swell.sum()))


# ── the loudness ─────────────────────────────────────────────────────────────

# ITU-R BS.1770-4, tables 1 and 2: the two filters of the K weighting at 48 kHz
SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (1.0, -1.69065929318241, 0.73248077421585),
)
HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))


def momentary(sound: Samples) -> float:
    """The loudness of the loudest 400 ms in LUFS (ITU-R BS.1770-4, mono)."""
    window = RATE * 4 // 10
    energy = np.cumsum(np.concatenate(([0.0], _k_weighted(sound) ** 2, np.zeros(window))))
    power = (energy[window:] - energy[:-window]).max() / window
    return float(-0.691 + 10 * np.log10(power))


def _k_weighted(sound: Samples) -> Samples:
    size = 1 << (len(sound) + RATE).bit_length()
    turns = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    spectrum = np.fft.rfft(sound, size)
    for feed, back in (SHELF, HIGH_PASS):
        spectrum *= np.polyval(feed[::-1], turns) / np.polyval(back[::-1], turns)
    return np.fft.irfft(spectrum, size)[: len(sound)]


def main(folder: Path) -> None:
    """Write every chime into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, samples in chimes():
        soundfile.write(folder / f"{name}.flac", samples, RATE, subtype="PCM_16")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "chimes")
