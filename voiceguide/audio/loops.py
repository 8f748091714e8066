"""Make a sound a `Loop`: cut to whole frames, its end cross-faded into its beginning, levelled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
from msgspec import Struct
from msgspec.structs import asdict, replace

from voiceguide.audio.clip import Channels, Samples, resample
from voiceguide.audio.levels import CEILING, NEAR_PEAK, Reals, loudness, true_peak
from voiceguide.audio.recording import Recording, read_recording
from voiceguide.errors import InputError
from voiceguide.lengths import SAMPLE_RATE

LOOP_UNIT = 1_152
"""Samples: the length of a loop is a multiple of this, one frame of an MP3 at 48 kHz."""


class LoopFacts(Struct, frozen=True):
    """What is known of a loop without its samples; equal keys mean equal samples."""

    key: str
    """A digest of the samples, and what was made of them."""
    length: int
    """Samples of one period."""
    channels: int
    """1 or 2."""
    peak: float
    """The greatest sample, full scale is 1."""
    loudest: float
    """The root mean square of the loudest 400 ms, of the mean of its channels; full scale is 1."""


class Loop(LoopFacts, frozen=True, eq=False, dict=True):
    """A bed: a periodic sound at 48 kHz, whose first sample follows on its last.

    Its samples are made when they are first asked for: an export with everything kept needs none.
    """

    make: Callable[[], Channels]

    @classmethod
    def of(cls, samples: Channels) -> Loop:
        """The loop of samples that are periodic already.

        Raises:
            ValueError: they have the wrong shape, type or length.
        """
        shape, kind = samples.shape, samples.dtype
        if len(shape) != 2 or shape[1] not in (1, 2) or kind != np.float32:
            raise ValueError(f"a loop has one or two channels of float32, not {shape} of {kind}")
        if not shape[0] or shape[0] % LOOP_UNIT:
            raise ValueError(f"a loop of {shape[0]} samples is not a whole number of {LOOP_UNIT}")
        digest = hashlib.blake2b(np.ascontiguousarray(samples).data, digest_size=20)
        key = f"{digest.hexdigest()}-{shape[1]}"
        peak = max(float(samples.max()), -float(samples.min()))
        return cls(key, shape[0], shape[1], peak, _loudest(samples), lambda: samples)

    @classmethod
    def known(cls, facts: LoopFacts, make: Callable[[], Channels]) -> Loop:
        """The loop of samples that `make` gives, of which the facts were kept."""
        return cls(**asdict(facts), make=make)

    @property
    def facts(self) -> LoopFacts:
        """What is known of it, for keeping."""
        return LoopFacts(self.key, self.length, self.channels, self.peak, self.loudest)

    @cached_property
    def samples(self) -> Channels:
        """One or two channels, left first; a whole number of `LOOP_UNIT`s."""
        return self.make()

    def read(self, start: int, stop: int) -> Channels:
        """What sounds in [start, stop), counted from where the loop was first begun."""
        return _read(self.samples, start, stop)

    def ready(self) -> Loop:
        """The same, its samples made: reading it takes no time any more."""
        assert self.samples.size
        return self

    def begun_at(self, sample: int) -> Loop:
        """The same from another sample on."""
        facts = replace(self.facts, key=f"{self.key} from {sample}")
        return Loop.known(facts, lambda: np.roll(self.samples, -sample, axis=0))

    def in_stereo(self) -> Loop:
        """The same with one channel on both sides."""
        if self.channels > 1:
            return self
        facts = replace(self.facts, key=f"{self.key} on both sides", channels=2)
        return Loop.known(facts, lambda: np.repeat(self.samples, 2, axis=1))


def _read(samples: Channels, start: int, stop: int) -> Channels:
    first, count = start % len(samples), stop - start
    if first + count <= len(samples):
        return samples[first : first + count]
    rounds, rest = divmod(first + count, len(samples))
    whole = [samples] * (rounds - 1)
    return np.concatenate([samples[first:], *whole, samples[:rest]])


_MOMENT = round(0.4 * SAMPLE_RATE)
"""Samples over which a level is measured, as for momentary loudness."""

_AT_ONCE = 1 << 16
"""Samples that are summed at once: the sums of a whole bed would take a hundred megabytes."""


def _loudest(samples: Channels) -> float:
    """The root mean square of its loudest moment, or of all of a shorter loop."""
    width = min(_MOMENT, len(samples))
    sums, highest = np.zeros(1), 0.0
    until = len(samples) + width  # it is periodic
    for start in range(0, until, _AT_ONCE):
        mono = in_mono(_read(samples, start, min(start + _AT_ONCE, until))).astype(np.float64)
        sums = np.concatenate([sums[:-1], np.cumsum(np.concatenate([sums[-1:], mono**2]))])
        highest = max(highest, float((sums[width:] - sums[:-width]).max(initial=0.0)))
        sums = sums[-width:]
    return float(np.sqrt(highest / width))


def in_mono(samples: Channels) -> Samples:
    """The mean of one or two channels; numpy's `mean` would reduce each pair separately."""
    if samples.shape[1] == 1:
        return samples[:, 0]
    mono: Samples = samples[:, 0] + samples[:, 1]
    mono *= np.float32(0.5)
    return mono


# ── any sound as a `Loop`: cut to whole frames, end cross-faded into beginning, levelled


LONGEST_LOOP = 300
"""Seconds: of a longer sound only the beginning is looped, to save memory."""

SHORTEST_LOOP = 1.0
"""Seconds of sound that a loop needs: a shorter one would rattle."""

CROSS_FADE = 3.0
"""Seconds of the cross-fade from end to beginning; at most a quarter of the sound."""

_LEEWAY = 1.0
"""Seconds by which a loop may be shortened for a better match; at most an eighth of it."""

_UNLIKE = -0.5
"""The lowest correlation that a fade compensates for: 3 dB of cancellation."""

_STEADY = 3.0
"""Seconds over which a loop is measured at least: the meter's blocks are 400 ms."""


def loop_of(sound: Path | Recording, level: float, *, fade: float = CROSS_FADE) -> Loop:
    """Make a loop of a sound file or a recording; an InputError if it cannot be looped.

    `level` is the loudness of a mono loop in LUFS: each channel of a stereo loop is as loud, and
    both together read 3.01 LU more. It is not reached if the peaks would exceed `CEILING`. `fade`
    is the seconds of the cross-fade from its end to its beginning.
    """
    whole = read_recording(sound, LONGEST_LOOP, cut=True) if isinstance(sound, Path) else sound
    recording = whole.centred().sounding()
    del whole  # a bed of minutes is large
    seconds = len(recording.samples) / recording.rate
    if seconds < SHORTEST_LOOP:
        message = f"{recording.name} is too short for a bed: {seconds:.2f}s of sound"
        raise InputError(message, f"use one of {SHORTEST_LOOP:g}s or more; a minute is good")
    samples = _at_session_rate(recording)
    del recording
    return Loop.of(_levelled(_periodic(samples, fade), level))


def _at_session_rate(recording: Recording) -> Channels:
    channels = (resample(channel, recording.rate, SAMPLE_RATE) for channel in recording.samples.T)
    return np.stack(tuple(channels), axis=1)


def _periodic(samples: Channels, fade: float) -> Channels:
    """Cut one period, in place; the samples after it are cross-faded into its beginning."""
    over = round(min(fade, len(samples) / SAMPLE_RATE / 4) * SAMPLE_RATE)
    samples -= _means(samples)
    length, alike = _likeliest(samples, over)
    period = samples[:length]
    rise, fall = _gains(over, alike)
    period[:over] *= rise
    period[:over] += samples[length : length + over] * fall
    period -= _means(period)
    return period


def _means(samples: Channels) -> Channels:
    """The offset of each channel."""
    return np.array([one.mean(dtype=np.float64) for one in samples.T], np.float32)


def _likeliest(samples: Channels, over: int) -> tuple[int, float]:
    """The length after which `over` samples are most like the beginning, and their correlation.

    Thus a tone that would meet itself in opposite phase is cut at another place.
    """
    mono = in_mono(samples)
    head = mono[:over]
    longest = (len(mono) - over) // LOOP_UNIT * LOOP_UNIT
    shortest = longest - min(round(_LEEWAY * SAMPLE_RATE), longest // 8)

    def likeness(length: int) -> float:
        tail = mono[length : length + over]
        power = np.sqrt(np.dot(head, head) * np.dot(tail, tail))
        return float(np.dot(head, tail) / power) if power else 0.0

    best = max(range(longest, shortest, -LOOP_UNIT), key=likeness)
    return best, likeness(best)


def _gains(count: int, alike: float) -> tuple[Channels, Channels]:
    """The gains that fade in and out, shape (count, 1), at constant power.

    For two sounds of equal power and correlation r, gains a and b give the power
    a² + b² + 2abr: a sine and a cosine, divided by its square root, keep it at one.
    """
    angle: Reals = (np.arange(count) + 0.5) / count * np.pi / 2
    whole = np.sqrt(1 + max(alike, _UNLIKE) * np.sin(2 * angle))
    rise, fall = np.sin(angle) / whole, np.cos(angle) / whole
    return rise[:, None].astype(np.float32), fall[:, None].astype(np.float32)


def _levelled(period: Channels, level: float) -> Channels:
    """Bring the period to a level in LUFS, in place."""
    times = -(-round(_STEADY * SAMPLE_RATE) // len(period))
    heard = np.tile(period, (times, 1)) if times > 1 else period
    of_a_side = loudness(heard, SAMPLE_RATE) - 10 * np.log10(period.shape[1])
    gain = level - of_a_side
    peak = max(-float(period.min()), float(period.max()))
    if peak / NEAR_PEAK * 10 ** (gain / 20) > 10 ** (CEILING / 20):  # else no true peak exceeds it
        gain = min(gain, CEILING - max(true_peak(channel) for channel in period.T))
    period *= np.float32(10 ** (gain / 20))
    return period
