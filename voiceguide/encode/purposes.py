"""What a file is for: `--for phone` sets format, bit rate, loudness, and what comes beside.

One table, from which the command line, the docs and the errors follow. What is said beside it by an
option of its own wins: `--for podcast --bitrate 192`. Each row has its reason, and where that
stands. Nothing heavy is imported here: a command line lists the purposes at once.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from voiceguide.encode.formats import BIT_RATES, MP3, Format
from voiceguide.errors import UsageError, did_you_mean
from voiceguide.lengths import SAMPLE_RATE, show_clock

LOUDNESS = -19.0
"""LUFS of speech in one channel, which is as loud as -16 in two: what Apple asks of a podcast."""

LEAST_KBPS = {1: 32, 2: 64}
"""By channels: below them, an MP3 of 48 kHz sounds of water."""

_CD = Format(".wav", "cd:write_cd", "44.1 kHz, 16 bit, two channels", mark=b"RIFF")


class Purpose(Struct, frozen=True):
    """What a file is for, and what follows."""

    name: str
    why: str
    """A sentence for people, as Markdown."""
    format: Format = MP3
    kbps: Mapping[int, int] = field(default_factory=dict)
    """By channels; what is usual for the format where nothing is said."""
    most_bytes: int = 0
    """That one file may have; 0 for any number."""
    captions: bool = False
    bundle: bool = False
    cue: bool = False
    """Whether a cue sheet comes beside."""
    loudness: float = LOUDNESS

    def format_for(self, ending: str) -> Format | None:
        """Its own format, where a file's name ends so; None where another one is asked for.

        Raises:
            UsageError: it can only be this one.
        """
        if ending.lower() == self.format.ending:
            return self.format
        if self.cue:
            way_out = f"end the name in `{self.format.ending}`"
            raise UsageError(f"a CD is not burnt from `{ending}`", way_out)
        return None

    def kbps_for(self, kind: Format, length: int, channels: int, beside: int) -> int | None:
        """The bit rate of a file of `length` samples, with `beside` bytes of other things in it.

        Where a file has a limit, it is the best one that keeps it. None is the format's usual one.

        Raises:
            UsageError: none keeps it.
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
        """What is said of a file of `length` samples that has no room."""
        return UsageError(
            f"{show_clock(length / SAMPLE_RATE)} do not fit into the"
            f" {self.most_bytes // 1_000_000} MB that `--for {self.name}` allows",
            "make it shorter with `--length`, take one channel with `--bed none`, or write a file"
            " for each chapter with `--split`",
        )

    def beside_text(self) -> str:
        """What comes beside the sound, for the docs."""
        beside = {
            "captions, cover, handout, playlist": self.bundle,
            "captions": self.captions and not self.bundle,
            "a cue sheet with the chapters as tracks": self.cue,
        }
        return ", ".join(text for text, there in beside.items() if there)

    def kbps_text(self) -> str:
        """`96, 128`: the bit rate in one channel and in two."""
        if not self.format.bit_rates:
            return ""
        rates = (str(self.kbps.get(n, one.usual)) for n, one in self.format.bit_rates.items())
        text = ", ".join(rates)
        return f"{text}, or what fits" if self.most_bytes else text


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
"""What `--for` knows."""

NAMES = tuple(one.name for one in PURPOSES)


def purpose_of(name: str) -> Purpose:
    """The purpose of a name.

    Raises:
        UsageError: there is none.
    """
    found = next((one for one in PURPOSES if one.name == name), None)
    if found is None:
        raise UsageError(f"`--for {name}`: there is no such purpose", did_you_mean(name, NAMES))
    return found
