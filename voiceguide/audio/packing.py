"""Samples as compact bytes, for keeping: FLAC of 16 bits, a third of the plain samples' size."""

from __future__ import annotations

import io

import numpy as np

from voiceguide.audio.clip import Samples

_FULL_SCALE = 32_768


def quantised(samples: Samples) -> Samples:
    """The samples rounded to what 16 bits can hold; what is beyond full scale is cut off."""
    scaled = np.rint(samples * np.float32(_FULL_SCALE))
    within: Samples = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1)
    return within / np.float32(_FULL_SCALE)


def packed(samples: Samples, rate: int) -> bytes:
    """The samples, rounded as by `quantised`, at `rate` Hz."""
    if not len(samples):
        return b""
    import soundfile

    file = io.BytesIO()
    whole = (quantised(samples) * np.float32(_FULL_SCALE)).astype(np.int16)
    soundfile.write(file, whole, rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def unpacked(kept: bytes) -> Samples:
    """The samples of `packed`, exactly as `quantised` gives them.

    Raises:
        ValueError: these bytes are no such samples.
    """
    if not kept:
        return np.zeros(0, np.float32)
    import soundfile

    try:
        whole, _ = soundfile.read(io.BytesIO(kept), dtype="int16")
    except soundfile.SoundFileError as error:
        raise ValueError("not packed samples") from error
    samples: Samples = whole.astype(np.float32) / np.float32(_FULL_SCALE)
    return samples
