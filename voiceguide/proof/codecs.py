"""What a codec may do to a sound, and no file can be blamed for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Codec:
    """What must be allowed for where a file was encoded so."""

    highest_peak: float
    """dBTP."""
    silent: float
    """dBFS of any 10 ms in digital silence."""


EXACT = Codec(-1.0, -70.0)
"""MP3, FLAC and WAV. EBU R 128 allows peaks of -1 dBTP. MP3 leaves silence as it is; -70 dBFS is
quieter than the noise of a quiet room, at the loudness at which speech is listened to."""

LOOSE = Codec(0.0, -60.0)
"""AAC, Vorbis and Opus. At their usual rates they add up to 1.2 dB to a peak: what is below 0 dBTP
is not cut off. Close to a sound they leave up to -66 dBFS behind where there was silence."""

_EXACT = {"MP3", "FLAC", "WAV"}


def codec(name: str) -> Codec:
    """What must be allowed for, by the name that `Decoder.codec` gives."""
    return EXACT if name in _EXACT else LOOSE
