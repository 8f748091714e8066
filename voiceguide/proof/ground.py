"""How loud it is where nothing sounds but a bed, or a floor of noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from voiceguide.audio import Loop
from voiceguide.lengths import samples
from voiceguide.proof.making import in_decibels
from voiceguide.render import Blocks, Steady

_WINDOW = samples(0.4)
"""Samples over which a level is measured, as momentary loudness is."""


def ground_level(blocks: Blocks) -> float | None:
    """The loudest 400 ms of what sounds outside of the spans, in dBFS; None for digital silence.

    Of two channels, their mean is measured.
    """
    loops = {steady.loop.key: steady.loop for steady in _steadies(blocks)}
    sizes = {key: _loudest(loop) for key, loop in loops.items()}
    levels = [steady.gain * sizes[steady.loop.key] for steady in _steadies(blocks)]
    return in_decibels(max(levels)) if levels else None


def _steadies(blocks: Blocks) -> Iterator[Steady]:
    """The ground in each stretch between spans."""
    ground = blocks.ground
    if ground is None:
        return
    silent_from = 0
    for start, stop in (*blocks.spans, (blocks.length, blocks.length)):
        if silent_from < start:
            yield ground.at(silent_from)
        silent_from = stop


def _loudest(loop: Loop) -> float:
    """The root mean square of the loudest window of a loop, or of all of a shorter one."""
    mono = loop.samples.mean(axis=1, dtype=np.float64)
    width = min(_WINDOW, loop.length)
    around: npt.NDArray[np.float64] = np.concatenate([mono, mono[:width]])  # it is periodic
    sums = np.cumsum(np.pad(around**2, (1, 0)))
    return float(np.sqrt((sums[width:] - sums[:-width]).max() / width))
