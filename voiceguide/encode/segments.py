"""pydub: a session as an `AudioSegment`, for programs that work with those.

pydub holds all of a sound in memory: an hour in one channel is 350 MB. Nothing of it is loaded
before it is asked for.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from voiceguide.encode.pcm import samples_of
from voiceguide.encode.track import Progress
from voiceguide.errors import MachineError
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.render import Blocks

if TYPE_CHECKING:
    from pydub import AudioSegment


def segment_of(blocks: Blocks, progress: Progress) -> AudioSegment:
    """A whole session as a segment: 48 kHz, 16 bit, one channel or two.

    Raises:
        MachineError: pydub is not installed.
    """
    segment = _audio_segment()
    pieces = []
    done = 0
    for block in samples_of(blocks, 0, blocks.length):
        pieces.append(np.asarray(block, "<i2").tobytes())
        done += len(block)
        progress(done / blocks.length)
    form = {"sample_width": 2, "frame_rate": SAMPLE_RATE, "channels": blocks.channels}
    return segment(data=b"".join(pieces), **form)


def check_pydub() -> None:
    """See to it that pydub is installed.

    Raises:
        MachineError: it is not.
    """
    if find_spec("pydub") is None:
        raise MachineError(
            "a segment needs the package pydub, which is not installed here",
            'bring it by `pip install "voiceguide[pydub]"`',
        )


def _audio_segment() -> Any:
    check_pydub()
    with warnings.catch_warnings():
        # a segment needs no ffmpeg
        warnings.filterwarnings("ignore", "Couldn't find ff", RuntimeWarning)
        # pydub uses the standard library's audioop as long as there is one, and `audioop-lts` then
        warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
        # in pydub's patterns, told once, when Python 3.12 and later compile them
        warnings.filterwarnings("ignore", ".*invalid escape sequence", SyntaxWarning)
        warnings.filterwarnings("ignore", ".*invalid escape sequence", DeprecationWarning)
        from pydub import AudioSegment
    return AudioSegment
