"""What the guide plays, remembered for some seconds, to be known again in what is heard."""

from __future__ import annotations

from threading import Lock

import numpy as np
import numpy.typing as npt

from voiceguide.lengths import SAMPLE_RATE
from voiceguide.player.device import Output, Pull
from voiceguide.player.hearing.segments import RATE
from voiceguide.render import Block

KEPT = 8 * RATE
"""Samples that are remembered."""

_STEP = SAMPLE_RATE // RATE
_TAPS = 24
_LOWPASS = np.hanning(_TAPS + 2)[1:-1] / np.hanning(_TAPS + 2).sum()
"""Enough against what lies above 8 kHz: the sound is compared with, not listened to."""

Sound = npt.NDArray[np.float32]


class Played:
    """The last seconds of what a device was given: mono, 16 kHz, full scale 1."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ring = np.zeros(KEPT, np.float32)
        self._count = 0
        self._before = np.zeros(_TAPS - 1, np.float32)
        self._phase = 0

    @property
    def count(self) -> int:
        """Samples that were given since the beginning."""
        return self._count

    def add(self, block: Block) -> None:
        """Remember the next samples at 48 kHz, shape (n,) or (n, channels)."""
        mono = block if block.ndim == 1 else block.mean(axis=1)
        stream = np.concatenate([self._before, mono.astype(np.float32) / 32768])
        self._before = stream[len(stream) - _TAPS + 1 :]
        low = np.convolve(stream, _LOWPASS, "valid")[self._phase :: _STEP]
        self._phase = (self._phase - len(mono)) % _STEP
        self._keep(low[-KEPT:].astype(np.float32))

    def _keep(self, sound: Sound) -> None:
        with self._lock:
            self._ring[np.arange(self._count, self._count + len(sound)) % KEPT] = sound
            self._count += len(sound)

    def between(self, start: int, stop: int) -> Sound:
        """The samples from `start` to `stop`; silence where they are unknown."""
        with self._lock:
            at = np.arange(start, stop)
            known = (at >= max(0, self._count - KEPT)) & (at < self._count)
            sound: Sound = np.where(known, self._ring[at % KEPT], 0).astype(np.float32)
            return sound


class Overheard:
    """A device whose samples are remembered as well."""

    def __init__(self, output: Output, played: Played) -> None:
        self._output = output
        self._played = played

    @property
    def name(self) -> str:
        """What the device is called."""
        return self._output.name

    def start(self, pull: Pull) -> None:
        """Begin to pull.

        Raises:
            MachineError: the device refuses to start.
        """

        def overheard(count: int) -> Block:
            block = pull(count)
            self._played.add(block)
            return block

        self._output.start(overheard)

    def close(self) -> None:
        """Stop, and let the device go."""
        self._output.close()
