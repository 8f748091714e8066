"""Export a plan to a file: its blocks, its tags and its cover."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import pairwise
from math import isfinite, log10
from pathlib import Path
from typing import BinaryIO

from msgspec.structs import replace

from voiceguide import __version__
from voiceguide.encode import (
    ChapterTag,
    Fill,
    Format,
    Line,
    Tags,
    check_format,
    filling,
    format_of,
)
from voiceguide.encode import check_target as check_place
from voiceguide.encode.formats import MP3
from voiceguide.encode.pcm import CD_RATE
from voiceguide.encode.purposes import Purpose
from voiceguide.errors import UsageError, quote
from voiceguide.files import check_folder
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.proof.report import Report
from voiceguide.render import Blocks, render
from voiceguide.sequence import Words
from voiceguide.store import Store
from voiceguide.studio.companions import (
    OutputLayout,
    Prove,
    from_the_start,
    lay_out,
    promised,
    proven,
    write_all,
)
from voiceguide.studio.estimated import Progress
from voiceguide.studio.narration import Voiced
from voiceguide.studio.results import Album, Companions, Export, Plan
from voiceguide.studio.sounds import LaidBeds, bed_of, cover_of
from voiceguide.timeline import Timeline

_A_LINE, _A_CHAPTER, _ALL_ELSE = 40, 200, 20_000
"""Bytes that tags take besides their texts; upper bounds."""

GENRE = "Speech"
"""A genre from ID3's own list, so that players keep sessions apart from music."""


def check_target(
    path: str | Path,
    kbps: int | None,
    beside: Companions,
    *,
    stream: bool = False,
    verify: bool = False,
    purpose: Purpose | None = None,
) -> Path:
    """Check, before any work, that the file and its companions can be written."""
    kind = _kind_of(Path(path), purpose)
    check_format(kind, kbps)
    if stream and kind is not MP3:
        message = f"`--stream` is about MP3, and changes nothing in a {kind.name} file"
        raise UsageError(message, "leave it out")
    if verify and kind.reader == "":
        way_out = "export to FLAC, which is the same to the sample, or without `--verify`"
        raise UsageError(f"a {kind.name} file holds no timeline to be verified by", way_out)
    if beside.in_a_folder:
        check_folder(Path(path).parent)
    else:
        check_place(path)
    return Path(path)


def _kind_of(path: Path, purpose: Purpose | None) -> Format:
    """Return the format of a file: the purpose's for its suffix, else the suffix's own."""
    kind = format_of(path)
    return (purpose and purpose.format_for(path.suffix)) or kind


def export(
    plan: Plan,
    voiced: Voiced,
    path: Path,
    *,
    kbps: int | None,
    stream: bool,
    store: Store | None,
    progress: Progress | None,
    album: Album | None = None,
    beside: Companions,
    page: bytes,
    digital_silence: bool = False,
    verify: bool = False,
    purpose: Purpose | None = None,
) -> Export:
    """Render a plan that has no problems, and write it; `page` is its handout."""
    blocks = blocks_of(plan, voiced, digital_silence=digital_silence)
    said = tags(plan, voiced, blocks, album)
    kind = _kind_of(path, purpose)

    def fill_of(part: Blocks, about: Tags) -> Fill:
        rate = _kbps_for(purpose, kind, part, about) if purpose and not kbps else kbps
        fill = filling(part, kind, tags=about, kbps=rate, store=store, stream=stream)
        return _within(fill, purpose, part.length) if purpose and purpose.most_bytes else fill

    proofs: list[Report] = []
    layout = lay_out(blocks, said, path, beside, page=page, fill_of=fill_of)
    if verify:
        layout = _proven(layout, proofs.append)
    files = write_all(layout, progress)
    size = sum(draft.path.stat().st_size for draft in layout.drafts if draft.samples)
    rate = CD_RATE if purpose and purpose.cue else SAMPLE_RATE
    spoken = _spoken_loudness(plan.timeline, voiced)
    return Export(plan, layout.file, size, files, tuple(proofs), rate, spoken)


def _spoken_loudness(timeline: Timeline, voiced: Voiced) -> float | None:
    """Return the power mean of the lines' loudness, weighted by length; it costs no decoding."""
    lines = [event for event in timeline.events if isinstance(event.source, Words)]
    facts = [(voiced.facts(line.source), line.level) for line in lines if line.source]
    heard = [(one.sounding, one.loudness + by) for one, by in facts if isfinite(one.loudness)]
    if not heard:
        return None
    power = sum(length * 10 ** (level / 10) for length, level in heard)
    return 10 * log10(power / sum(length for length, _ in heard))


def _kbps_for(purpose: Purpose, kind: Format, part: Blocks, about: Tags) -> int | None:
    """Return the bit rate of a part: its tags hold the words twice, at two bytes a letter."""
    words = sum(4 * len(line.text) + _A_LINE for line in about.lines)
    chapters = sum(2 * len(chapter.title) + _A_CHAPTER for chapter in about.chapters)
    beside = len(about.cover or b"") + 2 * len(about.timeline) + words + chapters + _ALL_ELSE
    return purpose.kbps_for(kind, part.length, part.channels, beside)


def _within(fill: Fill, purpose: Purpose, length: int) -> Fill:
    """Wrap the writing of a file: fail if it is larger than its purpose allows."""

    def fill_and_weigh(file: BinaryIO, progress: Progress) -> None:
        fill(file, progress)
        if file.seek(0, os.SEEK_END) > purpose.most_bytes:
            raise purpose.too_large(length)

    return fill_and_weigh


def blocks_of(plan: Plan, voiced: Voiced, *, digital_silence: bool = False) -> Blocks:
    """Render a plan that has no problems."""
    return render(
        plan.timeline,
        voiced.clip,
        voiced.facts,
        bed=bed_of(plan.opened),
        bed_at=LaidBeds(plan.opened),
        digital_silence=digital_silence,
    )


def _proven(layout: OutputLayout, prove: Prove) -> OutputLayout:
    """Return the layout with sound files that are read back before they take their places."""
    drafts = (
        draft
        if isinstance(draft.content, bytes)
        else replace(draft, content=proven(draft.content, draft.path, prove))
        for draft in layout.drafts
    )
    return replace(layout, drafts=tuple(drafts))


def tags(plan: Plan, voiced: Voiced, blocks: Blocks, album: Album | None = None) -> Tags:
    """Return the tags of the file; without an album, it is an album by itself."""
    settings, timeline = plan.opened.settings, plan.timeline
    about = settings.description or f"Made with voiceguide {__version__}."
    return Tags(
        title=plan.title,
        artist=settings.author or "",
        album=album.title if album else plan.title,
        album_artist=album.artist if album else "",
        track=(album.number, album.tracks) if album else None,
        genre=GENRE,
        date=settings.date or _date_of_build(),
        comment=" ".join(filter(None, (about, voiced.credit))),
        language=settings.language,
        chapters=tuple(_chapters(from_the_start(timeline, plan.title))),
        lines=tuple(_lines(timeline)),
        cover=cover_of(plan.opened, timeline),
        timeline=promised(plan, voiced, blocks),
    )


def _date_of_build() -> str | None:
    """Return the day of `SOURCE_DATE_EPOCH`, which builders of packages set; else None.

    <https://reproducible-builds.org/specs/source-date-epoch/>
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return None
    try:
        return time.strftime("%Y-%m-%d", time.gmtime(int(epoch)))
    except (ValueError, OverflowError, OSError) as error:
        message = f"SOURCE_DATE_EPOCH is {quote(epoch)}, which is not a time"
        raise UsageError(message, "set it to seconds since 1970, or unset it") from error


def _chapters(timeline: Timeline) -> Iterator[ChapterTag]:
    """Yield the chapters: each lasts until the next of any level; empty ones are left out."""
    starts = [chapter.position for chapter in timeline.chapters]
    bounds = pairwise([*starts, timeline.length])
    for chapter, (start, stop) in zip(timeline.chapters, bounds, strict=True):
        if start < stop:  # a heading right above another one has no length to jump to
            yield ChapterTag(chapter.title, start, stop, chapter.level)


def _lines(timeline: Timeline) -> Iterator[Line]:
    for event in timeline.events:
        if isinstance(event.source, Words):
            side = event.side.value if event.side else ""
            yield Line(event.position, event.source.text, event.end, side)
