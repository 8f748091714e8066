"""`ClipFacts`: what planning needs of a clip, without its samples and without numpy."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from voiceguide.audio.clip import Clip


class ClipFacts(Struct, frozen=True):
    """What is known of a clip without its samples; see `Clip` for what is named as there."""

    length: int
    """Samples in all."""
    onset: int
    end: int
    loudness: float
    peak: float
    """The greatest sample, full scale is 1."""
    sharpness: float
    """The largest second difference of neighbouring samples, full scale is 1."""
    digest: str
    """Equal digests mean equal samples."""

    @property
    def sounding(self) -> int:
        """Samples from the start of the sound to its end."""
        return self.end - self.onset

    @classmethod
    def of(cls, clip: Clip, content: bytes | None = None) -> ClipFacts:
        """What there is to know of a clip; `content` is what its samples follow from."""
        import numpy as np

        samples = clip.samples
        digest = hashlib.blake2b(samples.tobytes() if content is None else content, digest_size=16)
        return cls(
            len(samples),
            clip.onset,
            clip.end,
            clip.loudness,
            float(np.abs(samples).max(initial=0.0)),
            float(np.abs(np.diff(samples, 2)).max(initial=0.0)),
            digest.hexdigest(),
        )

    def packed(self) -> bytes:
        """All of it, `_FACTS.size` bytes."""
        numbers = (self.length, self.onset, self.end, self.loudness, self.peak, self.sharpness)
        return _FACTS.pack(*numbers, bytes.fromhex(self.digest))

    @classmethod
    def unpacked(cls, kept: bytes) -> ClipFacts:
        """The facts with which these bytes begin."""
        length, onset, end, loudness, peak, sharpness, digest = _FACTS.unpack_from(kept)
        return cls(length, onset, end, loudness, peak, sharpness, digest.hex())


_FACTS = struct.Struct("<3I3d16s")
FACTS_SIZE = _FACTS.size
"""Bytes."""
