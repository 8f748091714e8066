"""The answer to a command that was understood: a tick, soft enough for a room that rests.

Somebody who lies on the floor with closed eyes cannot see that they were heard, and within a hold
neither a pause nor more time changes what sounds. So every command is answered, at once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.lengths import SAMPLE_RATE

_HERTZ = 880
_DECAY = 0.02
_LENGTH = 0.12
_PEAK = 0.06
"""Of full scale, -24 dBFS: well below a voice."""


def tick() -> npt.NDArray[np.int16]:
    """A struck tone that dies away within 0.1 s: mono, 48 kHz, shape (n,)."""
    seconds = np.arange(round(_LENGTH * SAMPLE_RATE)) / SAMPLE_RATE
    struck = np.minimum(seconds / 0.002, 1) * np.exp(-seconds / _DECAY)
    wave = np.sin(2 * np.pi * _HERTZ * seconds) * struck
    loud: npt.NDArray[np.int16] = np.rint(wave * _PEAK * 32767).astype(np.int16)
    return loud
