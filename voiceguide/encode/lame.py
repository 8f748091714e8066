"""Samples through one fresh LAME encoder: whole frames come out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

import lameenc
import numpy as np

from voiceguide.encode.frames import FRAME, Rate
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.render import Block

QUALITY = 3
"""LAME's `-q`: 0 is the best and slowest, 9 the worst; 2 and 3 are what it calls high quality."""


def encoded(blocks: Iterable[Block], rate: Rate) -> Iterator[bytes]:
    """The frames of all blocks, one after another, some at a time, as the encoder lets them go.

    The first frame begins 1105 samples before the first sample, as a decoder hears it, and its
    `main_data_begin` is 0.
    """
    encoder = _fresh_encoder(rate)
    rest = b""
    for block in blocks:
        rest += encoder.encode(block.tobytes())
        whole = len(rest) - len(rest) % rate.size
        yield rest[:whole]
        rest = rest[whole:]
    yield rest + encoder.flush()


@cache
def encoder_name() -> str:
    """Which LAME is at work, such as `LAME3.100`: it signs the room that it leaves in a frame."""
    silence = np.zeros(2 * FRAME, np.int16)
    signature = re.search(rb"LAME\d[\d.]*", b"".join(encoded([silence], Rate(64))))
    return signature[0].decode() if signature else "LAME"


def _fresh_encoder(rate: Rate) -> lameenc.Encoder:
    encoder = lameenc.Encoder()
    encoder.silence()  # it prints to standard output otherwise
    encoder.set_channels(1)
    encoder.set_in_sample_rate(SAMPLE_RATE)
    encoder.set_out_sample_rate(SAMPLE_RATE)  # LAME chooses a lower one at low bit rates otherwise
    encoder.set_bit_rate(rate.kbps)
    encoder.set_quality(QUALITY)
    return encoder
