"""The floor: noise far below hearing in the silences, so that headphones stay awake in them.

Bluetooth headphones, and amplifiers, fall asleep in digital silence, and wake up too late for the
words after it. The noise is one MP3 frame long, so that a frame of it can stand anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np

from voiceguide.audio import LOOP_UNIT, Loop
from voiceguide.lengths import SAMPLE_RATE, samples
from voiceguide.render.blocks import Span
from voiceguide.render.gain import Gain, Move
from voiceguide.render.spans import joined

LEVEL = -84.0
"""dBFS RMS: two of 32768 steps, 60 dB below the voice. Decoded from an MP3 it has lost 0.3 dB, and
its peaks stay below -77 dBFS."""

BAND = (40.0, 1000.0)
"""Hz, where ears are dull."""

FADE = samples(0.024)
"""Samples in which it comes and goes."""

CLEAR = samples(0.12)
"""Samples before a sound in which there is none: an encoder saves up what silence does not need,
and spends it on the first words."""

NEAR = samples(0.4)
"""Samples between sounds that are left without."""


@cache
def floor_loop() -> Loop:
    """One frame of noise: all partials of its band, in phases that keep the peaks low.

    The phases are those of M. R. Schroeder, "Synthesis of low-peak-factor signals and binary
    sequences with low autocorrelation", IEEE Transactions on Information Theory 16 (1970).
    """
    frequencies = np.fft.rfftfreq(LOOP_UNIT, 1 / SAMPLE_RATE)
    within = np.flatnonzero((frequencies >= BAND[0]) & (frequencies <= BAND[1]))
    order = np.arange(len(within))
    spectrum = np.zeros(len(frequencies), np.complex128)
    spectrum[within] = np.exp(1j * np.pi * order**2 / len(within))
    noise = np.fft.irfft(spectrum, LOOP_UNIT)
    noise *= 10 ** (LEVEL / 20) / np.sqrt(np.mean(noise**2))
    return Loop.of(noise.astype(np.float32)[:, None])


def floor_gain(sounding: Iterable[Span]) -> Gain:
    """The gain of the floor: one in silences, nothing from shortly before sounds to their end."""
    moves: list[Move] = []
    for start, stop in joined(sounding, NEAR):
        gone = start - CLEAR
        moves += (Move(gone - FADE, gone, 1.0, 0.0), Move(stop, stop + FADE, 0.0, 1.0))
    return Gain(tuple(moves))
