"""`Recording`: a sound as it came, from a file or from a caller, before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voiceguide.audio.clip import Channels, Samples
from voiceguide.audio.resampling import resample
from voiceguide.audio.sounding import find_sounding
from voiceguide.errors import VoiceguideError
from voiceguide.lengths import SAMPLE_RATE

LONGEST = 900
"""Seconds: no sound that is played as it is may be longer."""

_RATES = range(1_000, 768_001)
"""Hz that a sound may have: what is outside is a broken header, not a sound."""

_HARDLY = 0.02
"""Seconds."""

_SPARSE = 7
"""One sample of so many is enough to find an offset."""

_HALF = np.sqrt(0.5)
_TO_STEREO = {
    3: [(1, 0), (0, 1), (_HALF, _HALF)],
    4: [(1, 0), (0, 1), (_HALF, 0), (0, _HALF)],
    5: [(1, 0), (0, 1), (_HALF, _HALF), (_HALF, 0), (0, _HALF)],
    6: [(1, 0), (0, 1), (_HALF, _HALF), (0, 0), (_HALF, 0), (0, _HALF)],
}
"""The part of each channel in left and right, for WAV's and FLAC's own orders (left, right, centre,
low effects, back left, back right); the parts are those of ITU-R BS.775-3, annex 4."""


class SoundError(VoiceguideError):
    """A sound that cannot be used; it names the sound's fault, its caller knows the place."""

    exit_code = 1


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A sound that was checked: some samples, all of them numbers, within full scale."""

    samples: Channels
    rate: int
    """Hz."""
    name: str
    """What messages call it: ``the sound file `rain.flac` ``."""

    @classmethod
    def of(cls, samples: npt.NDArray[np.float32], rate: int, name: str) -> Recording:
        """The recording of samples of shape (n, channels), with more than two channels mixed down.

        What goes beyond full scale is turned down to it.

        Raises:
            SoundError: there are none, they are no numbers, or the rate is none of a sound.
        """
        check_rate(rate, name)
        if not samples.size:
            raise SoundError(f"{name} is empty", "name one with a sound in it")
        if not np.isfinite(samples).all():
            raise SoundError(f"{name} holds samples that are no numbers", "export it anew")
        mixed = mixed_down(samples)
        peak = max(-float(mixed.min()), float(mixed.max()))
        return cls(mixed / np.float32(peak) if peak > 1 else mixed, rate, name)

    def centred(self) -> Recording:
        """The same without an offset: its median, so that what sounds does not move silence."""
        middle = np.median(self.samples[::_SPARSE], axis=0).astype(np.float32)
        return Recording(self.samples - middle, self.rate, self.name)

    def mono(self) -> Samples:
        """Its samples at `SAMPLE_RATE`, the mean of left and right."""
        return resample(self.samples.mean(axis=1, dtype=np.float32), self.rate, SAMPLE_RATE)

    def sounding(self) -> Recording:
        """The part of it in which there is sound, on either side.

        Silence shorter than `_HARDLY` stays: what is cut to a loop must keep its length.

        Raises:
            SoundError: it is silent.
        """
        found = [find_sounding(channel, self.rate) for channel in self.samples.T]
        heard = [(onset, end) for onset, end in found if end > onset]
        if not heard:
            raise SoundError(f"{self.name} is silent", "name one with a sound in it")
        start, stop = min(onset for onset, _ in heard), max(end for _, end in heard)
        hardly, length = round(_HARDLY * self.rate), len(self.samples)
        start, stop = start if start > hardly else 0, stop if length - stop > hardly else length
        return Recording(self.samples[start:stop], self.rate, self.name)


def check_rate(rate: int, name: str) -> None:
    """See to it that a rate in Hz is one that a sound may have.

    Raises:
        SoundError: it is not.
    """
    if rate not in _RATES:
        raise SoundError(f"{name} has a sample rate of {rate} Hz", "use one of 48000 Hz")


def mixed_down(samples: Channels) -> Channels:
    """One channel or two as they are; three to six as stereo; more as the mean of all."""
    channels = samples.shape[1]
    if channels <= 2:
        return samples
    if channels not in _TO_STEREO:
        mean: Channels = samples.mean(axis=1, dtype=np.float32, keepdims=True)
        return mean
    parts = np.array(_TO_STEREO[channels], np.float32)
    mixed: npt.NDArray[np.float32] = np.matmul(samples, parts / parts.sum(axis=0))
    return mixed
