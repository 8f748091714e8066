"""Purposes of a file: `--for phone` sets format, bit rate, loudness, and companion files.

The command line, the docs and the errors are made from this table. Explicit options override it:
`--for podcast --bitrate 192`. Each row has its reason and source. Nothing heavy is imported here,
so that the command line lists the purposes quickly.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from voiceguide.encode.formats import BIT_RATES, MP3, Format
from voiceguide.errors import UsageError, did_you_mean
from voiceguide.lengths import SAMPLE_RATE, show_clock

LOUDNESS = -19.0
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
    loudness: float = LOUDNESS

    def format_for(self, ending: str) -> Format | None:
        """Return its own format if the file's suffix fits it; None if the suffix asks for another.

        Raises:
            UsageError: the purpose allows no other format.
        """
        if ending.lower() == self.format.ending:
            return self.format
        if self.cue:
            way_out = f"end the name in `{self.format.ending}`"
            raise UsageError(f"a CD is not burnt from `{ending}`", way_out)
        return None

    def kbps_for(self, kind: Format, length: int, channels: int, beside: int) -> int | None:
        """Return the bit rate of a file of `length` samples, with `beside` bytes of other content.

        If files have a limit, it is the best bit rate within the limit. None is the format's usual.

        Raises:
            UsageError: no bit rate is low enough.
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

NAMES = tuple(one.name for one in PURPOSES)


def purpose_of(name: str) -> Purpose:
    """Return the purpose of a name.

    Raises:
        UsageError: there is no such purpose.
    """
    found = next((one for one in PURPOSES if one.name == name), None)
    if found is None:
        raise UsageError(f"`--for {name}`: there is no such purpose", did_you_mean(name, NAMES))
    return found
