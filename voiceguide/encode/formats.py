"""The tables of formats and of purposes; command line, `doctor`, docs and errors follow from them.

A new format is a row here, with a function that writes it and one that reads its tags back; both
are named as `module:function`, and imported when they are used. Nothing heavy is imported here, so
that the command line lists the formats quickly.

A purpose, `--for phone`, sets format, bit rate, loudness and companion files. Explicit options
override it: `--for podcast --bitrate 192`. Each row has its reason and source.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from msgspec import Struct, field

from voiceguide.errors import MachineError, UsageError, did_you_mean
from voiceguide.installation import bring
from voiceguide.lengths import SAMPLE_RATE, show_clock

if TYPE_CHECKING:
    from voiceguide.encode.tags import FoundTags, Tags
    from voiceguide.render import Blocks

BIT_RATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
"""Bit rates of an MP3 in kbit/s. At 48 kHz, a frame has a whole number of bytes: 3 per kbit/s."""

ALL_TAGS = "all of it"

FFMPEG = "ffmpeg"

Progress = Callable[[float], None]
"""Is called with the share done, from 0 to 1."""


class BitRates(Struct, frozen=True):
    """The bit rates of a format for one number of channels, in kbit/s."""

    lowest: int
    highest: int
    usual: int
    listed: tuple[int, ...] = ()
    """All bit rates, if not every number in the range is one."""

    def __contains__(self, kbps: int) -> bool:
        return kbps in self.listed if self.listed else self.lowest <= kbps <= self.highest


class Requirement(Struct, frozen=True):
    """An optional package that a format needs."""

    module: str
    name: str
    """Its usual name."""
    extra: str
    """The extra of voiceguide that installs it."""


class Format(Struct, frozen=True):
    """A file format that can be written."""

    ending: str
    """The suffix of its files, with the dot."""
    writer: str
    """The `Writer`, as `module:function` within this package."""
    description: str = ""
    bit_rates: Mapping[int, BitRates] = field(default_factory=dict)
    """By number of channels; empty if the format is lossless, or ffmpeg decides."""
    tags: str = ""
    """The tags that it supports, for the docs; empty if it has none."""
    reader: str = ""
    """The `Reader`, as `module:function`; empty if there is none."""
    mark: bytes = b""
    """The bytes that identify a file, at the offset `mark_at`."""
    mark_at: int = 0
    needs: Requirement | None = None
    muxer: str = ""
    """ffmpeg's name of the format, if only ffmpeg writes it."""

    @property
    def name(self) -> str:
        """The name for messages: `MP3`."""
        return self.ending.removeprefix(".").upper()

    def begins(self, start: bytes) -> bool:
        """Whether a file that begins with these bytes is of this format."""
        return bool(self.mark) and start[self.mark_at :].startswith(self.mark)


class PieceStore(Protocol):
    """A cache of encoded pieces; it guarantees that its values are intact."""

    def get(self, key: str) -> bytes | None:
        """Return the value of this key, or None if it is gone or damaged."""

    def put(self, key: str, value: bytes) -> object:
        """Store a value; it may be dropped."""


class EncodeJob(Struct, frozen=True):
    """The parameters with which a session is written."""

    format: Format
    kbps: int
    """0 if the format has no bit rate, or ffmpeg decides."""
    tags: Tags | None = None
    store: PieceStore | None = None
    """Keeps encoded pieces of an MP3."""
    jobs: int = 2
    """Threads that encode pieces of an MP3."""
    stream: bool = False
    """Whether an MP3 is encoded in one go, with one encoder."""


Writer = Callable[["Blocks", BinaryIO, Progress, EncodeJob], None]
"""Writes a whole session to an empty file, which is open for reading and writing."""

Reader = Callable[[BinaryIO], "FoundTags"]
"""Reads the tags of a file, which is open at its beginning."""


def _either(one: BitRates, two: BitRates) -> dict[int, BitRates]:
    return {1: one, 2: two}


_AAC = _either(BitRates(24, 256, 64), BitRates(48, 512, 128))
_MP4: dict[str, Any] = {
    "writer": "mp4.movie:write_mp4",
    "description": "AAC in MP4: for Apple Books, BookPlayer",
    "bit_rates": _AAC,
    "tags": f"{ALL_TAGS}; both kinds of chapters",
    "reader": "mp4.container:read_mp4",
    "mark": b"ftyp",
    "mark_at": 4,
    "needs": Requirement("av", "PyAV", "m4b"),
}

MP3 = Format(
    ".mp3",
    "mp3.stitch:write_mp3",
    "MP3, constant bit rate",
    _either(BitRates(32, 320, 64, BIT_RATES), BitRates(32, 320, 128, BIT_RATES)),
    f"ID3v2.3, {ALL_TAGS}; timed lyrics",
    "mp3.id3:read_mp3",
    b"ID3",
)
M4B = Format(".m4b", **_MP4)
M4A = Format(".m4a", **_MP4)
OPUS = Format(
    ".opus",
    "xiph:write_opus",
    "Opus in Ogg: small",
    _either(BitRates(12, 256, 48), BitRates(24, 512, 96)),
    ALL_TAGS,
    "xiph:read_ogg",
    b"OggS",
)
OGG = Format(
    ".ogg",
    "xiph:write_vorbis",
    "Ogg Vorbis",
    _either(BitRates(48, 240, 80), BitRates(64, 500, 112)),
    ALL_TAGS,
    "xiph:read_ogg",
    b"OggS",
)
FLAC = Format(
    ".flac",
    "xiph:write_flac",
    "every sample as it is",
    tags=ALL_TAGS,
    reader="xiph:read_flac",
    mark=b"fLaC",
)
WAV = Format(".wav", "pcm:write_wav", "every sample as it is", mark=b"RIFF")

FORMATS = (MP3, M4B, M4A, OPUS, OGG, FLAC, WAV)
"""The formats that voiceguide writes itself; their usual bit rates sound about as good as an MP3 of
64 kbit/s in one channel, 128 in two."""

_MUXERS = {
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
FFMPEG_FORMATS = tuple(
    Format(ending, "foreign:write_foreign", tags="plain tags", muxer=muxer)
    for ending, muxer in _MUXERS.items()
)
"""The formats that only ffmpeg writes."""

_BY_ENDING = {kind.ending: kind for kind in (*FORMATS, *FFMPEG_FORMATS)}


def endings() -> str:
    """Return the suffixes that can be written, as a part of a sentence."""
    *most, last = (f"`{kind.ending}`" for kind in FORMATS)
    return f"{', '.join(most)} or {last}"


def format_of(path: str | Path) -> Format:
    """Return the format for a file's suffix; raise a UsageError if there is none."""
    suffix = Path(path).suffix
    found = _BY_ENDING.get(suffix.lower())
    if found is None:
        odd = f"`{suffix}` is not a format that can be written"
        problem = odd if suffix else f"`{Path(path).name}` names no format"
        raise UsageError(problem, f"end the name in {endings()}")
    return found


def format_at(start: bytes) -> Format | None:
    """Return the format of a file from its first twelve bytes, whatever its name is."""
    return next((kind for kind in FORMATS if kind.begins(start)), None)


def check_format(kind: Format, kbps: int | None = None) -> None:
    """Check, before any work, that a format can be written on this machine, at a bit rate.

    Raises:
        UsageError: the format has no such bit rate, neither in one channel nor in two; or it needs
            ffmpeg, which is not there.
        MachineError: the format needs a package that is not installed.
    """
    rates = kind.bit_rates.values()
    if kbps is not None and not any(kbps in one for one in rates):
        kbps_of(kind, kbps, 1)
    if kind.muxer and shutil.which(FFMPEG) is None:
        raise UsageError(
            f"`{kind.ending}` is written by ffmpeg, and there is none on the path",
            f"end the name in {endings()}, or install ffmpeg",
        )
    if kind.needs and find_spec(kind.needs.module) is None:
        raise MachineError(
            f"{kind.name} needs the package {kind.needs.name}, which is not installed here",
            f"{bring(kind.needs.extra)}, or end the name in `.mp3`",
        )


def works_here(kind: Format) -> bool:
    """Whether a format can be written on this machine: nothing that it needs is missing."""
    try:
        check_format(kind)
    except (UsageError, MachineError):
        return False
    return True


def kbps_of(kind: Format, kbps: int | None, channels: int) -> int:
    """Return the requested bit rate, or the usual one; 0 for a format that has none.

    Raise a UsageError if the format has no such bit rate, or none at all.
    """
    rates = kind.bit_rates.get(channels)
    if kind.muxer:
        return kbps or 0  # ffmpeg decides
    if kbps is None:
        return rates.usual if rates else 0
    if rates is None:
        raise UsageError(
            f"{kind.name} has no bit rate: it keeps every sample", "leave `--bitrate` out"
        )
    if kbps not in rates:
        channel = "one channel" if channels == 1 else "two channels"
        which = f"one from {rates.lowest} to {rates.highest} for {channel}"
        which = f"one of {', '.join(map(str, rates.listed))}" if rates.listed else which
        raise UsageError(f"{kind.name} has no bit rate of {kbps} kbps", f"choose {which}")
    return kbps


def writer_of(kind: Format) -> Writer:
    """Return the function that writes a format."""
    return cast(Writer, _imported(kind.writer))


def reader_of(kind: Format) -> Reader | None:
    """Return the function that reads the tags of a format; None if there is none."""
    return cast(Reader, _imported(kind.reader)) if kind.reader else None


def _imported(name: str) -> object:
    module, _, function = name.partition(":")
    return getattr(import_module(f"{__package__}.{module}"), function)


# ── the purposes of a file ───────────────────────────────────────────────────


PURPOSE_LOUDNESS = -19.0
"""LUFS of speech in one channel, as loud as -16 in two: Apple's recommendation for podcasts."""

LEAST_KBPS = {1: 32, 2: 64}
"""Least kbit/s by number of channels: below them, an MP3 at 48 kHz sounds watery."""

_CD = Format(".wav", "pcm:write_cd", "44.1 kHz, 16 bit, two channels", mark=b"RIFF")


class Purpose(Struct, frozen=True):
    """A purpose of a file, and the settings that it implies."""

    name: str
    why: str
    """The reason, for users, as Markdown."""
    format: Format = MP3
    kbps: Mapping[int, int] = field(default_factory=dict)
    """kbit/s by number of channels; the format's usual bit rate for a number that is missing."""
    most_bytes: int = 0
    """Most bytes of a file; 0 for no limit."""
    captions: bool = False
    bundle: bool = False
    cue: bool = False
    """Whether a cue sheet is written beside it."""
    loudness: float = PURPOSE_LOUDNESS

    def format_for(self, ending: str) -> Format | None:
        """Return its own format if the file's suffix fits it; None if the suffix asks for another.

        Raise a UsageError if the purpose allows no other format.
        """
        if ending.lower() == self.format.ending:
            return self.format
        if self.cue:
            way_out = f"end the name in `{self.format.ending}`"
            raise UsageError(f"a CD is not burnt from `{ending}`", way_out)
        return None

    def kbps_for(self, kind: Format, length: int, channels: int, beside: int) -> int | None:
        """Return the bit rate of a file of `length` samples, with `beside` bytes of other content.

        If files have a limit, it is the best bit rate within the limit; raise a UsageError if none
        is low enough. None is the format's usual.
        """
        rates = kind.bit_rates.get(channels)
        own = self.kbps.get(channels) if kind is self.format else None
        if not self.most_bytes or rates is None:
            return own
        room = (self.most_bytes - beside) * 8 / 1000 * SAMPLE_RATE / length
        highest = min(own or rates.usual, room)
        fitting = (n for n in BIT_RATES if n in rates and LEAST_KBPS[channels] <= n <= highest)
        found = max(fitting, default=None)
        if found is None:
            raise self.too_large(length)
        return found

    def too_large(self, length: int) -> UsageError:
        """Return the error for a file of `length` samples that is too large."""
        return UsageError(
            f"{show_clock(length / SAMPLE_RATE)} do not fit into the"
            f" {self.most_bytes // 1_000_000} MB that `--for {self.name}` allows",
            "make it shorter with `--length`, take one channel with `--bed none`, or write a file"
            " for each chapter with `--split`",
        )


PURPOSES = (
    Purpose(
        "phone",
        "every player plays an MP3, many show its chapters, words and cover; the handout is a page"
        " to read",
        bundle=True,
    ),
    Purpose(
        "messenger",
        "[WhatsApp](https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media)"
        " takes a sound of 16 MB at most",
        most_bytes=16_000_000,
    ),
    Purpose(
        "insight-timer",
        "[its advice to teachers](https://help.insighttimer.com/en/support/solutions/articles/"
        "67000664986): MP3, 128 kbps, 48 kHz",
        kbps={1: 128, 2: 128},
    ),
    Purpose(
        "podcast",
        "[Apple](https://podcasters.apple.com/support/893-audio-requirements) recommends at least"
        " 96 kbps in one channel and 128 in two, and -16 LUFS; it shows WebVTT as the transcript",
        kbps={1: 96, 2: 128},
        captions=True,
    ),
    Purpose(
        "cd",
        "the Red Book (IEC 60908): 44.1 kHz, 16 bit, two channels; burning programs read the"
        " cue sheet",
        format=_CD,
        cue=True,
    ),
)
"""The values of `--for`."""

PURPOSE_NAMES = tuple(one.name for one in PURPOSES)


def purpose_of(name: str) -> Purpose:
    """Return the purpose of a name; raise a UsageError if there is none."""
    found = next((one for one in PURPOSES if one.name == name), None)
    if found is None:
        raise UsageError(
            f"`--for {name}`: there is no such purpose", did_you_mean(name, PURPOSE_NAMES)
        )
    return found
