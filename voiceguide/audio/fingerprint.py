"""Fingerprint a sound in some hundred bytes, by which it is found again in a decoded file.

    clip ─band▶ 100 to 950 Hz, 12 kHz ─excerpts▶ signs, 2 a millisecond

A fingerprint keeps only the signs of a few excerpts of 64 ms, spread over the sound, each at the
loudest place of its part, and the sound's steepest rise. `voiceguide.proof.likeness` compares it
with a decoded file. Codecs keep waveforms best below 1 kHz.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.audio.clip import Clip, Samples, round_number
from voiceguide.lengths import SAMPLE_RATE, samples

DECIMATION = 4
"""Samples per step, 83 µs; a sound is tried at each step."""

BITS = 128
SPACING = 6
"""Signs per excerpt, and steps of 83 µs between two of them."""

EXCERPT = BITS * SPACING * DECIMATION
"""Samples per excerpt: 64 ms."""

UNIT = 48
"""Samples per millisecond; excerpts begin whole milliseconds after the sound."""

MARGIN = samples(0.05)
"""Samples on both sides of a stretch in which the band's filter settles."""

_LOW, _HIGH = 100.0, 950.0
"""Band in Hz: fundamentals and first formants, below half the rate of the signs."""

_MOST = 5
"""Most excerpts per sound."""

_LONGEST_LOOKED_AT = samples(30)
"""Samples of a longer sound that are fingerprinted, from its beginning."""

_ATTACK = samples(0.5)
"""Samples after a sound's beginning in which its steepest rise is searched."""

RISE = 48
"""Steps on each side of a rise: 4 ms."""

FAINT = 1e-6
"""-120 dBFS, of full scale 1; keeps divisors above zero in silence."""

Reals = npt.NDArray[np.float64]


class Excerpt(Struct, frozen=True):
    """The signs of 64 ms of a sound."""

    at: int
    """Samples after the sound's beginning, in whole milliseconds."""
    level: float
    """Mean absolute level in the band, in dBFS."""
    signs: bytes
    """128 bits; 1 means above zero."""

    @property
    def end(self) -> int:
        """The sample after the excerpt."""
        return self.at + EXCERPT


class Fingerprint(Struct, frozen=True):
    """The data by which a sound is found again."""

    attack: int
    """Samples from the sound's beginning to its steepest rise."""
    excerpts: tuple[Excerpt, ...]

    def packed(self) -> bytes:
        """Serialise the fingerprint for a store."""
        rows = (_ROW.pack(one.at, one.level, one.signs) for one in self.excerpts)
        return _ATTACK_AT.pack(self.attack) + b"".join(rows)

    @classmethod
    def unpacked(cls, kept: bytes) -> Fingerprint:
        """Read a fingerprint from `packed` bytes."""
        (attack,) = _ATTACK_AT.unpack_from(kept)
        rows = _ROW.iter_unpack(kept[_ATTACK_AT.size :])
        return cls(attack, tuple(Excerpt(*row) for row in rows))


_ATTACK_AT = struct.Struct("<i")
_ROW = struct.Struct(f"<id{BITS // 8}s")


def fingerprint(clip: Clip, within: int = _LONGEST_LOOKED_AT) -> Fingerprint:
    """Fingerprint a clip, or its first `within` samples."""
    within = min(within, _LONGEST_LOOKED_AT)  # keeps a long line out of memory
    heard = clip.samples[: clip.onset + within + EXCERPT + MARGIN]
    lead = -clip.onset % UNIT  # puts the beginning on a step
    steps = band(np.concatenate([np.zeros(lead, np.float32), heard]))
    begin = (clip.onset + lead) // DECIMATION
    length = min(clip.sounding, within) // DECIMATION
    places = _loudest_places(steps, begin, length)
    excerpts = tuple(_excerpt(steps, place, begin) for place in places)
    head = np.pad(steps[: begin + _ATTACK // DECIMATION], (4 * RISE, 0))
    attack = int(np.argmax(rises_of(head))) - 4 * RISE - begin
    return Fingerprint(attack * DECIMATION, excerpts)


# ── the band: filtering, excerpts, rises ─────────────────────────────────────


def band(samples: Samples) -> Reals:
    """Filter samples to the band at a quarter of the rate; the first sample stays in place."""
    steps = _thinned(samples)
    size = round_number(len(steps) + MARGIN // DECIMATION)
    frequencies = np.fft.rfftfreq(size, DECIMATION / SAMPLE_RATE)
    low = np.clip(2 * frequencies / _LOW - 1, 0, 1)
    high = np.clip((1.1 * _HIGH - frequencies) / (0.2 * _HIGH), 0, 1)
    filtered: Reals = np.fft.irfft(np.fft.rfft(steps, size) * low * high, size)
    return filtered[: len(steps)]


def _thinned(samples: Samples) -> Reals:
    """Keep every fourth sample, averaged with three on each side by triangular weights.

    That attenuates aliases in the band by 40 dB and more.
    """
    rows = samples[: len(samples) // DECIMATION * DECIMATION].reshape(-1, DECIMATION)
    after = rows @ np.array([4, 3, 2, 1], np.float32)
    before = rows @ np.array([0, 1, 2, 3], np.float32)
    after[1:] += before[:-1]
    thinned: Reals = after.astype(np.float64) / DECIMATION**2
    return thinned


def _loudest_places(steps: Reals, begin: int, length: int) -> list[int]:
    """Choose where excerpts are taken: as many as fit, each at the loudest place of its part."""
    size, unit = EXCERPT // DECIMATION, UNIT // DECIMATION
    count = max(1, min(_MOST, length // size))
    energy = np.cumsum(np.pad(steps, (1, size)) ** 2)
    places = []
    for part in range(count):
        start = begin + part * length // count // unit * unit
        stop = max(begin + (part + 1) * length // count - size, start)
        starts = np.arange(start, stop + 1, unit)
        gains = energy[starts + size] - energy[starts]
        places.append(int(starts[int(np.argmax(gains))]))
    return places


def _excerpt(steps: Reals, place: int, begin: int) -> Excerpt:
    taken = np.pad(steps[place:], (0, EXCERPT))[: EXCERPT // DECIMATION : SPACING]
    level = 20 * float(np.log10(np.abs(taken).mean() + FAINT))
    return Excerpt((place - begin) * DECIMATION, level, np.packbits(taken > 0).tobytes())


def rises_of(steps: Reals) -> Reals:
    """For each step, how much louder the 4 ms after it are than the 4 ms before it."""
    sums = np.cumsum(np.pad(np.abs(steps), (1, 0)))
    rises = np.zeros(len(steps))
    if len(steps) > 2 * RISE:
        inner = sums[2 * RISE :] - 2 * sums[RISE:-RISE] + sums[: -2 * RISE]
        rises[RISE : RISE + len(inner)] = inner
    return rises
