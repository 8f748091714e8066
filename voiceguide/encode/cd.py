"""Write the files of an audio CD: sound according to the Red Book, and a cue sheet of its tracks.

An audio CD has two channels of 16 bits at 44,100 samples a second (IEC 60908, the "Red Book"):
every session is resampled, and a mono session is written to both channels. Burning programs make
each chapter of the cue sheet a track, without gaps. A track begins at a sector, 1/75 s; burning
programs fill up the last sector with silence.

The cue sheet's syntax is that of CDRWIN's manual, which burning programs share: `FILE`, `TRACK`,
`TITLE`, `PERFORMER`, `INDEX`, with times as minutes, seconds and sectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from voiceguide.audio.resampling import resampled_length, resampled_pieces
from voiceguide.encode.captions import MAKER
from voiceguide.encode.formats import EncodeJob, Progress
from voiceguide.encode.pcm import SoundForm, put_pieces, samples_of
from voiceguide.encode.tags import Tags
from voiceguide.errors import UsageError
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.render import Block, Blocks
from voiceguide.render.blocks import to_16_bit

RATE = 44_100
"""The sample rate, in Hz."""

SECTORS = 75
"""Sectors a second, of 588 samples each."""

LONGEST = 80 * 60
"""Seconds on a present-day blank disc; older discs hold 74 minutes."""

SHORTEST_TRACK = 4 * SECTORS
"""Least sectors of a track, from the Red Book."""

MOST_TRACKS = 99

_FORM = SoundForm("WAV", "PCM_16", 2, RATE)


def write_cd(blocks: Blocks, file: BinaryIO, progress: Progress, _job: EncodeJob) -> None:
    """Write a whole session as WAV: 44.1 kHz, 16 bit, two channels, of exactly the same length.

    Raises:
        UsageError: the session is longer than a disc.
    """
    if blocks.length > LONGEST * SAMPLE_RATE:
        raise UsageError(
            f"an audio CD holds {LONGEST // 60} minutes, and the session is longer",
            "make it shorter with `--length`, or write a file for each chapter with `--split`",
        )
    length = resampled_length(blocks.length, SAMPLE_RATE, RATE)
    put_pieces(_pieces(blocks), length, file, progress, _FORM)


def _pieces(blocks: Blocks) -> Iterator[Block]:
    """Yield the session at the CD's sample rate, in two channels."""
    read = (
        block.reshape(len(block), -1).astype(np.float32) / np.float32(32768)
        for block in samples_of(blocks, 0, blocks.length)
    )
    for piece in resampled_pieces(read, SAMPLE_RATE, RATE):
        yield to_16_bit(np.repeat(piece, 2, axis=1) if piece.shape[1] == 1 else piece)


# ── the cue sheet ────────────────────────────────────────────────────────────


def cue_sheet(tags: Tags, sound: str, length: int) -> bytes:
    """Return the cue sheet of a session of `length` samples at 48 kHz; `sound` names its file.

    A track is at least four seconds long: a shorter chapter is added to the track before it. The
    99th track contains the rest.
    """
    head = [f"REM Made with {MAKER}", *_about(tags.title, tags.artist, "")]
    lines = [*head, f"FILE {_quoted(sound)} WAVE"]
    for number, (start, title) in enumerate(_tracks(tags, length), 1):
        lines += [f"  TRACK {number:02} AUDIO", *_about(title, tags.artist, "    ")]
        lines.append(f"    INDEX 01 {_time(start)}")
    return ("\r\n".join(lines) + "\r\n").encode("utf-8", errors="replace")


def _tracks(tags: Tags, length: int) -> list[tuple[int, str]]:
    """Return each track's start, in sectors, and its title; the first one starts with the sound."""
    end = length * SECTORS // SAMPLE_RATE
    tracks: list[tuple[int, str]] = []
    for chapter in tags.chapters:
        # the sector that the chapter begins in: its first sound comes half a second later
        start = chapter.start * SECTORS // SAMPLE_RATE if tracks else 0
        if not tracks or min(start - tracks[-1][0], end - start) >= SHORTEST_TRACK:
            tracks.append((start, chapter.title))
    return (tracks or [(0, tags.title)])[:MOST_TRACKS]


def _about(title: str, artist: str, indent: str) -> list[str]:
    named = {"TITLE": title, "PERFORMER": artist}
    return [f"{indent}{name} {_quoted(text)}" for name, text in named.items() if text]


def _quoted(text: str) -> str:
    """Put a text in double quotes, without quotes in it, which the syntax cannot escape."""
    flat = " ".join(text.replace('"', "'").split())
    return f'"{flat}"'


def _time(sectors: int) -> str:
    seconds, rest = divmod(sectors, SECTORS)
    return f"{seconds // 60:02}:{seconds % 60:02}:{rest:02}"
