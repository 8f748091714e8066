"""The microphone, by miniaudio."""

from __future__ import annotations

from collections.abc import Generator
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt

from voiceguide.errors import MachineError
from voiceguide.installation import bring
from voiceguide.player.device import libraries_hushed

BUFFER = 60
"""Milliseconds of sound that come at a time: two frames of what is listened to."""

_NONE = "connect one, or allow this program to use it"


class Microphone:
    """The system's own choice of a microphone, open until it is closed: mono, 16 bit."""

    def __init__(self, rate: int) -> None:
        """Begin to record at so many Hz.

        Raises:
            MachineError: there is none, or miniaudio is not installed.
        """
        try:
            import miniaudio
        except ImportError:
            message = "a microphone needs the package miniaudio"
            raise MachineError(message, bring("live")) from None
        self._came: SimpleQueue[bytes] = SimpleQueue()
        try:
            with libraries_hushed():
                self._device: Any = miniaudio.CaptureDevice(
                    input_format=miniaudio.SampleFormat.SIGNED16,
                    nchannels=1,
                    sample_rate=rate,
                    buffersize_msec=BUFFER,
                    app_name="voiceguide",
                )
            if self._device.backend == "Null":  # miniaudio's way to say that there is none
                self._device.close()
                raise MachineError("there is no microphone", _NONE)
            self._receiver = _receiving(self._came)
            next(self._receiver)
            self._device.start(self._receiver)
        except miniaudio.MiniaudioError as error:
            raise MachineError(f"no microphone can be opened: {error.args[0]}", _NONE) from error

    def read(self, seconds: float) -> npt.NDArray[np.int16] | None:
        """What came in, waited for so many seconds at most: shape (n,); None where nothing did."""
        try:
            pieces = [self._came.get(timeout=seconds)]
        except Empty:
            return None
        while not self._came.empty():
            pieces.append(self._came.get())
        return np.frombuffer(b"".join(pieces), np.int16)

    def close(self) -> None:
        """Let the microphone go."""
        self._device.close()


def _receiving(came: SimpleQueue[bytes]) -> Generator[None, bytes, None]:
    while True:
        came.put(bytes((yield)))
