"""`Clip`: samples and their rate, made, measured, trimmed and levelled here. `Loop`: a bed.

Clips are mono; samples are float32, full scale ±1.0, rates in Hz, levels in dB. This module holds
what planning needs to know of a clip: without samples, and without numpy.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from voiceguide.audio.clip import Clip, Samples


class ClipFacts(Struct, frozen=True):
    """What is known of a clip without its samples; fields named as in `Clip` mean the same."""

    length: int
    """Samples in total."""
    onset: int
    end: int
    loudness: float
    peak: float
    """The largest absolute sample; full scale is 1."""
    sharpness: float
    """The largest absolute second difference of neighbouring samples; full scale is 1."""
    digest: str
    """Equal digests mean equal samples."""
    fingerprint: bytes = b""
    """A packed `Fingerprint` of the whole sound, 144 bytes at most; empty if none was made."""

    @property
    def sounding(self) -> int:
        """Samples from the start of the sound to its end."""
        return self.end - self.onset

    @classmethod
    def of(cls, clip: Clip, content: bytes | None = None, fingerprint: bytes = b"") -> ClipFacts:
        """The facts of a clip; `content` determines its samples and is digested in their place."""
        import numpy as np

        samples = clip.samples
        digest = hashlib.blake2b(samples.tobytes() if content is None else content, digest_size=16)
        return cls(
            len(samples),
            clip.onset,
            clip.end,
            clip.loudness,
            _largest(samples),
            _largest(np.diff(samples, 2)),
            digest.hexdigest(),
            fingerprint,
        )

    def packed(self) -> bytes:
        """The facts as `_FACTS.size` bytes."""
        numbers = (self.length, self.onset, self.end, self.loudness, self.peak, self.sharpness)
        return _FACTS.pack(*numbers, bytes.fromhex(self.digest), self.fingerprint)

    @classmethod
    def unpacked(cls, kept: bytes) -> ClipFacts:
        """Read the facts at the beginning of `kept`."""
        *numbers, digest, print_ = _FACTS.unpack_from(kept)
        length, onset, end, loudness, peak, sharpness = numbers
        return cls(length, onset, end, loudness, peak, sharpness, digest.hex(), print_)


def _largest(values: Samples) -> float:
    """The largest absolute value; 0 for an empty array."""
    return max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))


_FACTS = struct.Struct("<3I3d16s145p")
FACTS_SIZE = _FACTS.size
"""Bytes that `ClipFacts.packed` returns."""
