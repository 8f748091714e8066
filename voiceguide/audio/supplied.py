"""Sounds of the user's own as clips: trimmed, levelled beside the voice, limited.

How loud they become. A chime is struck as loud as the library's own: its loudest 400 ms lie 6 LU
below the voice. A sound that is played keeps what its author meant by soft and loud as far as it
fits a session: it is turned down to the voice's loudness, or brought up to 6 LU below it, and is
left alone between the two. Nothing that is loud for a moment alone exceeds the voice by more than
3 LU.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from voiceguide.audio.clip import Clip, Samples, trim
from voiceguide.audio.decode import check_rate
from voiceguide.audio.levels import (
    CEILING,
    amplify,
    limit,
    loudness,
    measured,
    momentary,
    true_peak,
)
from voiceguide.audio.recording import LONGEST, Recording
from voiceguide.errors import InputError
from voiceguide.lengths import SAMPLE_RATE

# ── sounds of the user's own as clips: trimmed, levelled beside the voice, limited


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
    """The clip of a chime beside a voice of so many LUFS.

    Raises:
        InputError: it is silent.
    """
    samples = _trimmed(recording)
    gain = voice - BELOW_VOICE - momentary(samples, SAMPLE_RATE)
    room = CEILING - true_peak(samples) + _MOST_LIMITED
    return _clip(samples, min(gain, room, MOST_RAISED["chime"]))


def played_clip(recording: Recording, voice: float) -> Clip:
    """The clip of a sound that is played, beside a voice of so many LUFS.

    Raises:
        InputError: it is silent.
    """
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
