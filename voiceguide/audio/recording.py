"""`Recording`: a sound as it came, from a file or from a caller, before anything is made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.audio.clip import Channels, Clip, Samples, find_sounding
from voiceguide.audio.decode import check_rate, decoded
from voiceguide.audio.levels import measured
from voiceguide.audio.resampling import resample
from voiceguide.errors import InputError
from voiceguide.lengths import SAMPLE_RATE

LONGEST = 900
"""Seconds: no sound that is played as it is may be longer."""

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


class Recording(Struct, frozen=True, eq=False):
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
            InputError: there are none, they are no numbers, or the rate is none of a sound.
        """
        check_rate(rate, name)
        if not samples.size:
            raise InputError(f"{name} is empty", "name one with a sound in it")
        if not np.isfinite(samples).all():
            raise InputError(f"{name} holds samples that are not numbers", "export it again")
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
            InputError: it is silent.
        """
        found = [find_sounding(channel, self.rate) for channel in self.samples.T]
        heard = [(onset, end) for onset, end in found if end > onset]
        if not heard:
            raise InputError(f"{self.name} is silent", "name one with a sound in it")
        start, stop = min(onset for onset, _ in heard), max(end for _, end in heard)
        hardly, length = round(_HARDLY * self.rate), len(self.samples)
        start, stop = start if start > hardly else 0, stop if length - stop > hardly else length
        return Recording(self.samples[start:stop], self.rate, self.name)


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


# ── sound files: found, checked, decoded ─────────────────────────────────────


def read_sound(path: Path) -> Clip:
    """Decode a sound file to a clip at `SAMPLE_RATE`, mixed down to mono, at the file's own level.

    Raises:
        InputError: as `read_recording` raises it.
    """
    return measured(read_recording(path).mono(), SAMPLE_RATE)


def read_recording(path: Path, longest: int = LONGEST, *, cut: bool = False) -> Recording:
    """Decode a sound file: WAV, FLAC, MP3, Ogg; and with PyAV or an ffmpeg, what those know.

    Of a file longer than `longest` seconds, the first `longest` seconds are read with `cut`.

    Raises:
        InputError: there is no such file, it cannot be decoded, is empty, is too large or longer
            than `longest`.
    """
    name = f"the sound file `{path.name}`"
    samples, rate = decoded(path, name, longest + 1, mixed_down)
    most = longest * rate
    if len(samples) > most and not cut:
        raise InputError(f"{name} is longer than {longest // 60} minutes", "use a piece of it")
    return Recording.of(samples[:most], rate, name)
