"""Sounds that a program hands in: arrays, and the segments of pydub."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from voiceguide.audio.recording import LONGEST, Recording, SoundError, check_rate
from voiceguide.lengths import SAMPLE_RATE


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
Handed = Segment | Array | tuple[Array, int]
"""A sound in memory: a pydub `AudioSegment`; an array of shape (n,) or (n, channels) at 48 kHz, of
floats of full scale ±1.0 or of whole numbers of any width; or such an array with its rate in Hz."""


def recording_of(
    sound: Handed, name: str, longest: int = LONGEST, *, cut: bool = False
) -> Recording:
    """A sound that a program hands in; with `cut`, of a longer one the first `longest` seconds.

    Raises:
        SoundError: it is no sound, or longer than `longest` seconds.
    """
    if isinstance(sound, Segment):
        whole = np.frombuffer(sound.raw_data, f"<i{sound.sample_width}")
        samples, rate = whole.reshape(-1, sound.channels), sound.frame_rate
    else:
        samples, rate = _array(sound, name)
    check_rate(rate, name)
    most = longest * rate
    if len(samples) > most and not cut:
        raise SoundError(f"{name} is longer than {longest // 60} minutes", "use a piece of it")
    return Recording.of(_as_floats(samples[:most], name), rate, name)


def _array(sound: Array | tuple[Array, int], name: str) -> tuple[Array, int]:
    array, rate = sound if isinstance(sound, tuple) else (sound, SAMPLE_RATE)
    if not isinstance(array, np.ndarray):
        help_ = "hand in a pydub AudioSegment, a numpy array, or an array and its rate in Hz"
        raise SoundError(f"{name} is no sound, but a {type(array).__name__}", help_)
    shaped = array[:, np.newaxis] if array.ndim == 1 else array
    if shaped.ndim != 2 or shaped.shape[1] > max(shaped.shape[0], 1):
        help_ = "its shape is (samples,) or (samples, channels)"
        raise SoundError(f"{name} has the shape {array.shape}", help_)
    return shaped, int(rate)


def _as_floats(samples: Array, name: str) -> npt.NDArray[np.float32]:
    """Whole numbers by what their width can hold; unsigned ones have silence in the middle."""
    kind, bits = samples.dtype.kind, 8 * samples.dtype.itemsize
    if kind == "f":
        return samples.astype(np.float32)
    if kind not in "iu":
        raise SoundError(f"{name} holds {samples.dtype}, not numbers", "use float32 or int16")
    scale = 2.0 ** (bits - 1)
    middle = scale if kind == "u" else 0.0
    return ((samples.astype(np.float64) - middle) / scale).astype(np.float32)
