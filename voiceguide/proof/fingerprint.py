"""Fingerprint a sound in some hundred bytes, and find it again in a decoded file.

    clip ─band▶ 100 to 950 Hz, 12 kHz ─excerpts▶ signs, 2 a millisecond ─match▶ how late, how alike

A fingerprint keeps only the signs of a few excerpts of 64 ms, spread over the sound, each at the
loudest place of its part. Compared with a decoded file at every shift, they give the likeness:

    alike = sum(sign * heard) / sum(|heard|),    1 where all signs agree, about 0 by chance

This is polarity-coincidence correlation with one side left unclipped (after J. J. Faran and
R. Hills, "Correlators for signal reception", Harvard Acoustics Research Laboratory, 1952); it
depends little on a file's loudness and encoding. Codecs keep waveforms best below 1 kHz. Measured
on 700 sounds in MP3 of 32 and 64 kbps, Opus of 24 and AAC of 64: each was found at most 4 samples
from its place, and alike by 0.94 or more where nothing else sounds.

A bell's tone is periodic, so several shifts may fit. The fingerprint therefore also keeps the
sound's steepest rise, and the shift at which the file grows loud is chosen.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.audio.clip import Clip, Samples
from voiceguide.lengths import SAMPLE_RATE, samples

DECIMATION = 4
"""Samples per step, 83 µs; a sound is tried at each step."""

BITS = 128
_SPACING = 6
"""Signs per excerpt, and steps of 83 µs between two of them."""

EXCERPT = BITS * _SPACING * DECIMATION
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

_RISE = 48
"""Steps on each side of a rise: 4 ms."""

_DRIFT = 24
"""Steps, 2 ms, by which one excerpt may be early or late against the others: less than half a
period of most voices."""

_WEIGHT_OF_RISE = 0.1
"""Weight of the rise against the likeness: more than the difference between two periods of a bell's
tone (0.002), less than that between two words."""

_STEEPEST = 4.0
"""Largest rise that counts, as a multiple of the first excerpt's level: a tick's is three times,
and greater ones belong to other sounds."""

_DOUBT = 0.05
"""Penalty for a shift at the end of the reach, so that of two equal fits the one nearer to the
sound's time wins. At 20 ms of 150 it is 0.007."""

_FAINTER = 12.0
"""dB below the loudest excerpt; softer excerpts are not used to measure where a sound ends."""

_FAINT = 1e-6
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


class Match(Struct, frozen=True):
    """Where a sound was found, and how well it matches."""

    late: int
    """Samples after the expected place; negative if it is early."""
    alike: float
    """Likeness; 1 where every sign agrees."""
    louder: float
    """dB above the planned level."""
    drift: int
    """Samples by which its last excerpt is later than its first; faint ones do not count."""


def fingerprint(clip: Clip, within: int = _LONGEST_LOOKED_AT) -> Fingerprint:
    """Fingerprint a clip, or its first `within` samples."""
    within = min(within, _LONGEST_LOOKED_AT)  # keeps a long line out of memory
    heard = clip.samples[: clip.onset + within + EXCERPT + MARGIN]
    lead = -clip.onset % UNIT  # puts the beginning on a step
    steps = _band(np.concatenate([np.zeros(lead, np.float32), heard]))
    begin = (clip.onset + lead) // DECIMATION
    length = min(clip.sounding, within) // DECIMATION
    places = _loudest_places(steps, begin, length)
    excerpts = tuple(_excerpt(steps, place, begin) for place in places)
    head = np.pad(steps[: begin + _ATTACK // DECIMATION], (4 * _RISE, 0))
    attack = int(np.argmax(_rises(head))) - 4 * _RISE - begin
    return Fingerprint(attack * DECIMATION, excerpts)


def match(
    heard: Samples,
    expected: int,
    reach: int,
    print_: Fingerprint,
    busy: Iterable[tuple[int, int]] = (),
) -> Match:
    """Find a sound in `heard` that should begin within `reach` samples of `expected`.

    `heard` holds `MARGIN` and `reach` samples on both sides of the sound. `busy` are stretches in
    which something else sounds, in samples after the beginning; excerpts in them are left out, as
    long as any other remains.
    """
    excerpts = _clear(print_.excerpts, tuple(busy))
    loudest = max(one.level for one in excerpts)
    steps = _band(heard)
    first = (expected - reach) // DECIMATION
    shifts = 2 * reach // DECIMATION + 1
    parts = [_part(steps, first + one.at // DECIMATION, shifts) for one in excerpts]
    sizes = np.array([_sizes(part) for part in parts])
    agreeing = map(_agreeing, parts, excerpts)
    alike = np.array([sums / size for sums, size in zip(agreeing, sizes, strict=True)])
    mean = alike.mean(axis=0)
    rises = _rises(_part(steps, first + print_.attack // DECIMATION, shifts))[:shifts]
    best = _best(mean, rises / (_RISE * 10 ** (print_.excerpts[0].level / 20)))
    around = slice(max(0, best - _DRIFT), best + _DRIFT + 1)
    # a bed drowns faint excerpts, such as the soft beginning of "Three."
    sure = [i for i, one in enumerate(excerpts) if one.level >= loudest - _FAINTER]
    drift = int(np.argmax(alike[sure[-1], around])) - int(np.argmax(alike[sure[0], around]))
    late = (first + best) * DECIMATION - expected
    heard_sizes, planned = sizes[:, best] / BITS, sum(10 ** (one.level / 10) for one in excerpts)
    louder = 10 * float(np.log10(float(heard_sizes @ heard_sizes) / planned))
    return Match(late, float(mean[best]), louder, drift * DECIMATION)


def _clear(excerpts: tuple[Excerpt, ...], busy: tuple[tuple[int, int], ...]) -> tuple[Excerpt, ...]:
    clear = tuple(
        one
        for one in excerpts
        if not any(start < one.end and one.at < stop for start, stop in busy)
    )
    return clear or excerpts[:1]


# ── the band: filtering, excerpts and correlation ────────────────────────────


def _band(samples: Samples) -> Reals:
    """Filter samples to the band at a quarter of the rate; the first sample stays in place."""
    steps = _thinned(samples)
    size = _round_number(len(steps) + MARGIN // DECIMATION)
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


def _round_number(count: int) -> int:
    """Round `count` up to a small number times a power of two, which is fast to transform."""
    unit = 1 << max(0, count.bit_length() - 4)
    return -(-count // unit) * unit


def _loudest_places(steps: Reals, begin: int, length: int) -> list[int]:
    """Choose where excerpts are taken: as many as fit, each at the loudest place of its part."""
    size, unit = EXCERPT // DECIMATION, UNIT // DECIMATION
    count = max(1, min(_MOST, length // size))
    places = []
    for part in range(count):
        start = begin + part * length // count // unit * unit
        stop = max(begin + (part + 1) * length // count - size, start)
        starts = np.arange(start, stop + 1, unit)
        energy = np.cumsum(np.pad(steps, (1, size)) ** 2)
        gains = energy[starts + size] - energy[starts]
        places.append(int(starts[int(np.argmax(gains))]))
    return places


def _excerpt(steps: Reals, place: int, begin: int) -> Excerpt:
    taken = np.pad(steps[place:], (0, EXCERPT))[: EXCERPT // DECIMATION : _SPACING]
    level = 20 * float(np.log10(np.abs(taken).mean() + _FAINT))
    return Excerpt((place - begin) * DECIMATION, level, np.packbits(taken > 0).tobytes())


def _part(steps: Reals, first: int, shifts: int) -> Reals:
    """The steps that an excerpt covers at any of the shifts, padded with zeros."""
    count = shifts + EXCERPT // DECIMATION
    taken = steps[max(0, first) : max(0, first + count)]
    return np.pad(taken, (min(count, max(0, -first)), count))[:count]


def _agreeing(part: Reals, excerpt: Excerpt) -> Reals:
    """For each shift, the sum of the steps times their signs."""
    shifts = len(part) - EXCERPT // DECIMATION
    pattern = np.zeros(len(part))
    bits = np.unpackbits(np.frombuffer(excerpt.signs, np.uint8))
    pattern[: EXCERPT // DECIMATION : _SPACING] = bits.astype(np.float64) * 2 - 1
    size = _round_number(len(part))
    product = np.fft.rfft(part, size) * np.conj(np.fft.rfft(pattern, size))
    sums: Reals = np.fft.irfft(product, size)[:shifts]
    return sums


def _sizes(part: Reals) -> Reals:
    """For each shift, the sum of the absolute steps at its signs."""
    rows = np.abs(np.pad(part, (0, -len(part) % _SPACING))).reshape(-1, _SPACING)
    sums = np.cumsum(np.pad(rows, ((1, 0), (0, 0))), axis=0)
    sizes: Reals = (sums[BITS:] - sums[:-BITS]).reshape(-1)[: len(part) - EXCERPT // DECIMATION]
    return sizes + _FAINT


def _best(alike: Reals, rises: Reals) -> int:
    """Find the shift that fits best, first roughly, then exactly.

    Other sounds move a rise a little, so the rough search counts the greatest within 2 ms.
    """
    scale = min(max(float(rises.max()), _FAINT), _STEEPEST)
    around = np.pad(np.clip(rises / scale, 0, 1), _DRIFT)
    near = np.lib.stride_tricks.sliding_window_view(around, 2 * _DRIFT + 1).max(axis=1)
    away = np.abs(np.linspace(-1, 1, len(alike)))
    about = int(np.argmax(alike + _WEIGHT_OF_RISE * near - _DOUBT * away))
    first, last = max(0, about - _DRIFT), about + _DRIFT + 1
    steepest = max(float(rises[first:last].max()), _FAINT)
    exactly = alike[first:last] + _WEIGHT_OF_RISE * np.clip(rises[first:last] / steepest, 0, 1)
    return first + int(np.argmax(exactly))


def _rises(steps: Reals) -> Reals:
    """For each step, how much louder the 4 ms after it are than the 4 ms before it."""
    sums = np.cumsum(np.pad(np.abs(steps), (1, 0)))
    rises = np.zeros(len(steps))
    if len(steps) > 2 * _RISE:
        inner = sums[2 * _RISE :] - 2 * sums[_RISE:-_RISE] + sums[: -2 * _RISE]
        rises[_RISE : _RISE + len(inner)] = inner
    return rises
