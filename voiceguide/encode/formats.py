"""The formats, by the end of a file's name, and the bit rates that each of them has."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from voiceguide.encode.mp3.frames import BIT_RATES, Rate
from voiceguide.errors import UsageError


class Format(Enum):
    """The kinds of file that can be written, by the end of their names."""

    MP3 = ".mp3"
    M4B = ".m4b"
    M4A = ".m4a"
    OPUS = ".opus"
    OGG = ".ogg"
    FLAC = ".flac"
    WAV = ".wav"

    @property
    def has_tags(self) -> bool:
        """Whether it says anything of itself."""
        return self is not Format.WAV


@dataclass(frozen=True, slots=True)
class Foreign:
    """A format that only ffmpeg writes, where there is one: see `foreign`."""

    value: str
    """The end of a file's name."""
    muxer: str
    """What ffmpeg calls it."""

    @property
    def has_tags(self) -> bool:
        """Whether it says anything of itself."""
        return True


_FOREIGN = {
    ".aac": "adts",
    ".ac3": "ac3",
    ".aif": "aiff",
    ".aiff": "aiff",
    ".au": "au",
    ".caf": "caf",
    ".mka": "matroska",
    ".mp2": "mp2",
    ".webm": "webm",
    ".wma": "asf",
    ".wv": "wv",
}


@dataclass(frozen=True, slots=True)
class _Rates:
    """The bit rates of a format for one number of channels, in kbit/s."""

    lowest: int
    highest: int
    usual: int


_RATES = {
    (Format.M4B, 1): _Rates(24, 256, 64),
    (Format.M4B, 2): _Rates(48, 512, 128),
    (Format.OPUS, 1): _Rates(12, 256, 48),
    (Format.OPUS, 2): _Rates(24, 512, 96),
    (Format.OGG, 1): _Rates(48, 240, 80),
    (Format.OGG, 2): _Rates(64, 500, 112),
}
"""Where nothing is said, about as good as an MP3 of 64 kbit/s in one channel, 128 in two."""

_USUAL_MP3 = {1: 64, 2: 128}


def endings() -> str:
    """The ends of names that can be written, as a sentence has them."""
    *most, last = (f"`{kind.value}`" for kind in Format)
    return f"{', '.join(most)} or {last}"


def format_of(path: str | Path) -> Format | Foreign:
    """The format that a file's name asks for; a UsageError where there is none."""
    suffix = Path(path).suffix
    if suffix.lower() in _FOREIGN:
        return Foreign(suffix.lower(), _FOREIGN[suffix.lower()])
    try:
        return Format(suffix.lower())
    except ValueError:
        name = Path(path).name
        said = (
            f"`{suffix}` is no format that can be written"
            if suffix
            else f"`{name}` names no format"
        )
        raise UsageError(said, f"end the name in {endings()}") from None


def rate_of(kbps: int) -> Rate:
    """An MP3's bit rate; a UsageError where there is none of so many kbit/s."""
    if kbps not in BIT_RATES:
        known = ", ".join(map(str, BIT_RATES))
        raise UsageError(f"MP3 has no bit rate of {kbps} kbps", f"choose one of {known}")
    return Rate(kbps)


def check_rate(kind: Format | Foreign, kbps: int | None) -> None:
    """See to it that a bit rate is one of a format, whether in one channel or in two.

    Raises:
        UsageError: it is not, or the format has none.
    """
    if kbps is not None:
        for channels in (2, 1):
            try:
                kbps_of(kind, kbps, channels)
                break
            except UsageError:
                if channels == 1:
                    raise


def kbps_of(kind: Format | Foreign, kbps: int | None, channels: int) -> int:
    """The bit rate asked for, or the usual one; 0 for a format that has none.

    Raises:
        UsageError: the format has no such bit rate, or none at all.
    """
    if isinstance(kind, Foreign):
        return kbps or 0  # ffmpeg knows
    if kind is Format.MP3:
        return rate_of(_USUAL_MP3[channels] if kbps is None else kbps).kbps
    name = kind.value.removeprefix(".").upper()
    rates = _RATES.get((Format.M4B if kind is Format.M4A else kind, channels))
    if kbps is None:
        return rates.usual if rates else 0
    if rates is None:
        raise UsageError(f"{name} has no bit rate: it keeps every sample", "leave `--bitrate` out")
    if not rates.lowest <= kbps <= rates.highest:
        channel = "one channel" if channels == 1 else "two channels"
        raise UsageError(
            f"{name} has no bit rate of {kbps} kbps",
            f"choose one from {rates.lowest} to {rates.highest} for {channel}",
        )
    return kbps
