"""`Recording`: a checked sound from a file or a caller, before it is processed."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.audio.clip import Channels, Clip, Samples, find_sounding, resample, trim
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
from voiceguide.errors import InputError
from voiceguide.lengths import SAMPLE_RATE

LONGEST = 900
"""Longest sound that is played as it is, in seconds."""

_HARDLY = 0.02
"""Seconds of silence at either end that are not worth trimming."""

_SPARSE = 7
"""One sample in this many is enough to find an offset."""

_HALF = np.sqrt(0.5)
_TO_STEREO = {
    3: [(1, 0), (0, 1), (_HALF, _HALF)],
    4: [(1, 0), (0, 1), (_HALF, 0), (0, _HALF)],
    5: [(1, 0), (0, 1), (_HALF, _HALF), (_HALF, 0), (0, _HALF)],
    6: [(1, 0), (0, 1), (_HALF, _HALF), (0, 0), (_HALF, 0), (0, _HALF)],
}
"""The share of each channel in left and right, in the order of WAV and FLAC (left, right, centre,
low effects, back left, back right); the shares are those of ITU-R BS.775-3, annex 4."""


class Recording(Struct, frozen=True, eq=False):
    """A checked sound: not empty, all samples finite and within full scale."""

    samples: Channels
    rate: int
    """Hz."""
    name: str
    """What messages call it: ``the sound file `rain.flac` ``."""

    @classmethod
    def of(cls, samples: npt.NDArray[np.float32], rate: int, name: str) -> Recording:
        """Check samples of shape (n, channels), and mix down more than two channels.

        A sound that exceeds full scale is turned down to it.

        Raises:
            InputError: there are no samples, some are not numbers, or the rate is not in `RATES`.
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
        """The sound without its offset, the median, so that silence is at zero."""
        middle = np.median(self.samples[::_SPARSE], axis=0).astype(np.float32)
        return Recording(self.samples - middle, self.rate, self.name)

    def mono(self) -> Samples:
        """Its samples at `SAMPLE_RATE`, the mean of left and right."""
        return resample(self.samples.mean(axis=1, dtype=np.float32), self.rate, SAMPLE_RATE)

    def sounding(self) -> Recording:
        """The part from the first to the last sound on any channel; an InputError if it is silent.

        Silence shorter than `_HARDLY` stays: a sound that was cut as a loop must keep its length.
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
    """Keep one or two channels, mix three to six to stereo, and take the mean of more."""
    channels = samples.shape[1]
    if channels <= 2:
        return samples
    if channels not in _TO_STEREO:
        mean: Channels = samples.mean(axis=1, dtype=np.float32, keepdims=True)
        return mean
    parts = np.array(_TO_STEREO[channels], np.float32)
    mixed: npt.NDArray[np.float32] = np.matmul(samples, parts / parts.sum(axis=0))
    return mixed


# ── recordings of sound files ────────────────────────────────────────────────


def read_recording(path: Path, longest: int = LONGEST, *, cut: bool = False) -> Recording:
    """Decode a sound file: WAV, FLAC, MP3, Ogg; with PyAV or an ffmpeg, also their formats.

    With `cut`, only the first `longest` seconds of a longer file are read.

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
    """Read a sound file as a clip at `SAMPLE_RATE`, mixed down to mono, at the file's own level."""
    return measured(read_recording(path).mono(), SAMPLE_RATE)


# ── the user's own sounds as clips: trimmed, levelled against the voice, limited

# A chime is as loud as the library's own: its loudest 400 ms lie 6 LU below the voice. A sound that
# is played keeps the loudness that its author gave it, if that fits a session: a louder one is
# turned down to the voice's loudness, a softer one is brought up to 6 LU below it. Its loudest
# moment exceeds the voice by 3 LU at most.

BELOW_VOICE = 6.0
"""LU by which a chime lies below the voice, and a soft sound at most."""

MOST_OVER_VOICE = 3.0
"""LU by which any 400 ms of a sound may lie above the voice."""

MOST_RAISED = {"chime": 30.0, "sound": 12.0}
"""Largest gain in dB: a sound that needs more is mostly noise."""

_MOST_LIMITED = 3.0
"""dB by which a chime's peaks are limited, at most, to make it as loud as it should be."""

_RINGING = -60.0
"""dB relative to the loudest 5 ms at which a chime or sound has died away; lower than for words."""


def struck_clip(recording: Recording, voice: float) -> Clip:
    """Level a chime against a voice of `voice` LUFS; an InputError if it is silent."""
    samples = _trimmed(recording)
    gain = voice - BELOW_VOICE - momentary(samples, SAMPLE_RATE)
    room = CEILING - true_peak(samples) + _MOST_LIMITED
    return _clip(samples, min(gain, room, MOST_RAISED["chime"]))


def played_clip(recording: Recording, voice: float) -> Clip:
    """Level a played sound against a voice of `voice` LUFS; an InputError if it is silent."""
    samples = _trimmed(recording)
    level = loudness(samples, SAMPLE_RATE)
    gain = float(np.clip(level, voice - BELOW_VOICE, voice)) - level
    most = voice + MOST_OVER_VOICE - momentary(samples, SAMPLE_RATE)
    return _clip(samples, min(gain, most, MOST_RAISED["sound"]))


def _trimmed(recording: Recording) -> Samples:
    samples = trim(recording.centred().mono(), SAMPLE_RATE, _RINGING)
    # stereo may cancel out in mono, and a very short sound may be below the meter's gate
    if not np.isfinite(loudness(samples, SAMPLE_RATE)):
        raise InputError(f"{recording.name} is silent", "name one with a sound in it")
    return samples


def _clip(samples: Samples, gain: float) -> Clip:
    return measured(limit(amplify(samples, gain), SAMPLE_RATE), SAMPLE_RATE)


# ── sounds in memory: arrays, and the segments of pydub ──────────────────────


@runtime_checkable
class Segment(Protocol):
    """The attributes of pydub's `AudioSegment` that are read; pydub itself is not needed."""

    raw_data: bytes
    """Signed integers, little-endian, with the channels interleaved."""
    frame_rate: int
    channels: int
    sample_width: int
    """Bytes per sample."""


Array = npt.NDArray[np.generic]
SuppliedSound = Segment | Array | tuple[Array, int]
"""A sound in memory: a pydub `AudioSegment`; an array of shape (n,) or (n, channels) at 48 kHz, of
floats of full scale ±1.0 or of integers of any width; or an array with its rate in Hz."""


def recording_of(
    sound: SuppliedSound, name: str, longest: int = LONGEST, *, cut: bool = False
) -> Recording:
    """Make a recording of a sound in memory; with `cut`, only of its first `longest` seconds.

    Raises:
        InputError: it is not a sound, or longer than `longest` seconds.
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
    """Scale integers by the range of their type; unsigned ones have silence in the middle."""
    kind, bits = samples.dtype.kind, 8 * samples.dtype.itemsize
    if kind == "f":
        return samples.astype(np.float32)
    if kind not in "iu":
        raise InputError(f"{name} holds {samples.dtype}, not numbers", "use float32 or int16")
    scale = 2.0 ** (bits - 1)
    middle = scale if kind == "u" else 0.0
    return ((samples.astype(np.float64) - middle) / scale).astype(np.float32)
