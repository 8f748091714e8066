"""A sound by itself, played to its end."""

from __future__ import annotations

from threading import Event

import numpy as np
import numpy.typing as npt

from voiceguide.errors import MachineError
from voiceguide.lengths import in_seconds
from voiceguide.player.device import LATENCY, Output
from voiceguide.render import Block

PATIENCE = 3.0
"""Seconds that a device may take longer than the sound lasts."""


def play_once(sound: npt.NDArray[np.int16], output: Output, patience: float = PATIENCE) -> None:
    """Play a sound, mono, shape (n,), and close the device when it was heard.

    Raises:
        MachineError: the device does not start, or takes no sound.
    """
    rest = np.concatenate([sound, np.zeros(2 * LATENCY, np.int16)])  # what it still holds is heard
    taken = Event()

    def pull(count: int) -> Block:
        nonlocal rest
        block, rest = rest[:count], rest[count:]
        if not len(rest):
            taken.set()
        return np.concatenate([block, np.zeros(count - len(block), np.int16)])

    try:
        output.start(pull)
        if not taken.wait(in_seconds(len(rest)) + patience):
            problem = f"the sound device `{output.name}` takes no sound"
            raise MachineError(problem, "choose another one: `voiceguide doctor` lists them")
    finally:
        output.close()
