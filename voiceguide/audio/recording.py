"""`Recording`: a sound as it came, from a file or from a caller, before anything is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.audio.clip import Channels, Clip, Samples, find_sounding, trim
from voiceguide.audio.decode import check_rate, decoded
from voiceguide.audio.levels import (
    CEILING,
    amplify,
    limit,
    loudness,
    measured,
    momentary,
    true_peak,
)
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


def read_sound(path: Path) -> Clip:
    """The same as a clip at `SAMPLE_RATE`, mixed down to mono, at the file's own level."""
    return measured(read_recording(path).mono(), SAMPLE_RATE)


# ── sounds of the user's own as clips: trimmed, levelled beside the voice, limited

# A chime is struck as loud as the library's own: its loudest 400 ms lie 6 LU below the voice. A
# sound that is played keeps what its author meant by soft and loud as far as it fits a session: it
# is turned down to the voice's loudness, or brought up to 6 LU below it, and is left alone between
# the two. Nothing that is loud for a moment alone exceeds the voice by more than 3 LU.

BELOW_VOICE = 6.0
"""LU that a chime lies below the voice, and a soft sound at most."""

MOST_OVER_VOICE = 3.0
"""LU that any 400 ms of a sound may lie above it."""

MOST_RAISED = {"chime": 30.0, "sound": 12.0}
"""dB: what needs more is noise for the most part."""

_MOST_LIMITED = 3.0
"""dB that a chime's peaks are turned down by, at most, to make it as loud as it should be."""

_RINGING = -60.0
"""dB below its loudest 5 ms, where a chime or a sound has died away: later than a word has."""


def struck_clip(recording: Recording, voice: float) -> Clip:
    """The clip of a chime beside a voice of so many LUFS; an InputError where it is silent."""
    samples = _trimmed(recording)
    gain = voice - BELOW_VOICE - momentary(samples, SAMPLE_RATE)
    room = CEILING - true_peak(samples) + _MOST_LIMITED
    return _clip(samples, min(gain, room, MOST_RAISED["chime"]))


def played_clip(recording: Recording, voice: float) -> Clip:
    """The same of a sound that is played."""
    samples = _trimmed(recording)
    level = loudness(samples, SAMPLE_RATE)
    gain = float(np.clip(level, voice - BELOW_VOICE, voice)) - level
    most = voice + MOST_OVER_VOICE - momentary(samples, SAMPLE_RATE)
    return _clip(samples, min(gain, most, MOST_RAISED["sound"]))


def _trimmed(recording: Recording) -> Samples:
    samples = trim(recording.centred().mono(), SAMPLE_RATE, _RINGING)
    # what is on both sides may cancel out in mono, and a moment of it may be below the meter
    if not np.isfinite(loudness(samples, SAMPLE_RATE)):
        raise InputError(f"{recording.name} is silent", "name one with a sound in it")
    return samples


def _clip(samples: Samples, gain: float) -> Clip:
    return measured(limit(amplify(samples, gain), SAMPLE_RATE), SAMPLE_RATE)


# ── sounds that a program hands in: arrays, and the segments of pydub ────────


@runtime_checkable
class Segment(Protocol):
    """What pydub's `AudioSegment` has; pydub itself is not needed to read one."""

    raw_data: bytes
    """Whole numbers, signed, little-endian, the channels of a moment beside each other."""
    frame_rate: int
    channels: int
    sample_width: int
    """Bytes of a number."""


Array = npt.NDArray[np.generic]
SuppliedSound = Segment | Array | tuple[Array, int]
"""A sound in memory: a pydub `AudioSegment`; an array of shape (n,) or (n, channels) at 48 kHz, of
floats of full scale ±1.0 or of whole numbers of any width; or such an array with its rate in Hz."""


def recording_of(
    sound: SuppliedSound, name: str, longest: int = LONGEST, *, cut: bool = False
) -> Recording:
    """A sound that a program hands in; with `cut`, of a longer one the first `longest` seconds.

    Raises:
        InputError: it is no sound, or longer than `longest` seconds.
    """
    if isinstance(sound, Segment):
        whole = np.frombuffer(sound.raw_data, f"<i{sound.sample_width}")
        samples, rate = whole.reshape(-1, sound.channels), sound.frame_rate
    else:
        samples, rate = _array(sound, name)
    check_rate(rate, name)
    most = longest * rate
    if len(samples) > most and not cut:
        raise InputError(f"{name} is longer than {longest // 60} minutes", "use a piece of it")
    return Recording.of(_as_floats(samples[:most], name), rate, name)


def _array(sound: Array | tuple[Array, int], name: str) -> tuple[Array, int]:
    array, rate = sound if isinstance(sound, tuple) else (sound, SAMPLE_RATE)
    if not isinstance(array, np.ndarray):
        help_ = "hand in a pydub AudioSegment, a numpy array, or an array and its rate in Hz"
        raise InputError(f"{name} is not a sound, but a {type(array).__name__}", help_)
    shaped = array[:, np.newaxis] if array.ndim == 1 else array
    if shaped.ndim != 2 or shaped.shape[1] > max(shaped.shape[0], 1):
        help_ = "its shape is (samples,) or (samples, channels)"
        raise InputError(f"{name} has the shape {array.shape}", help_)
    return shaped, int(rate)


def _as_floats(samples: Array, name: str) -> npt.NDArray[np.float32]:
    """Whole numbers by what their width can hold; unsigned ones have silence in the middle."""
    kind, bits = samples.dtype.kind, 8 * samples.dtype.itemsize
    if kind == "f":
        return samples.astype(np.float32)
    if kind not in "iu":
        raise InputError(f"{name} holds {samples.dtype}, not numbers", "use float32 or int16")
    scale = 2.0 ** (bits - 1)
    middle = scale if kind == "u" else 0.0
    return ((samples.astype(np.float64) - middle) / scale).astype(np.float32)
