"""Export a plan to a file: its blocks, its tags and its cover."""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from math import isfinite, log10
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from voiceguide import __version__, proof
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
from voiceguide.encode.captions import MAKER, PlaylistEntry, cue_sheet, lrc, m3u8, vtt
from voiceguide.encode.formats import MP3, Purpose
from voiceguide.encode.pcm import CD_RATE
from voiceguide.encode.tags import picture_type, safe_name
from voiceguide.errors import UsageError, quote
from voiceguide.files import check_folder, replacing
from voiceguide.files.sets import file_set
from voiceguide.lengths import SAMPLE_RATE, in_seconds, samples
from voiceguide.proof.levels import ground_level
from voiceguide.proof.promise import ChapterPromise, read_promise
from voiceguide.proof.report import Report
from voiceguide.render import Blocks, ExcerptBlocks, Span, render
from voiceguide.sequence import Words
from voiceguide.store import Store, default_store
from voiceguide.studio.estimated import Progress, part_of
from voiceguide.studio.narration import Voiced
from voiceguide.studio.results import Album, Companions, Export, Plan
from voiceguide.studio.sounds import LaidBeds, bed_of, cover_of
from voiceguide.timeline import ChapterMark, Timeline

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


# ── what an export promises, for `voiceguide verify` ─────────────────────────


def promised(plan: Plan, voiced: Voiced, blocks: Blocks) -> str:
    """Return the text for `Tags.timeline`: all that a file of these blocks can be verified by."""
    timeline, settings = from_the_start(plan.timeline, plan.title), plan.opened.settings
    chapters = (ChapterPromise(c.title, c.position, c.level) for c in timeline.chapters)
    promise = proof.promise(
        timeline,
        voiced.clip,
        voiced.facts,
        default_store(),
        title=plan.title,
        language=settings.language,
        channels=blocks.channels,
        loudness=settings.loudness,
        ground=ground_level(blocks),
        chapters=chapters,
    )
    return proof.as_text(promise)


def from_the_start(timeline: Timeline, title: str) -> Timeline:
    """Return the timeline with chapters from its first sample on, as files list them.

    Before the first chapter, phones show none, or a wrong one. If words are said before the first
    heading, they become a chapter with the session's title; mere silence joins the first chapter.
    """
    begin = timeline.chapters[0].position if timeline.chapters else 0
    if not begin:
        return timeline
    spoken = (event.position for event in timeline.events if isinstance(event.source, Words))
    if min(spoken, default=begin) >= begin:
        moved = (
            replace(mark, position=0) if mark.position == begin else mark
            for mark in timeline.chapters
        )
        return replace(timeline, chapters=tuple(moved))
    events = tuple(
        replace(event, chapter=0 if event.chapter is None else event.chapter + 1)
        for event in timeline.events
    )
    return replace(timeline, chapters=(ChapterMark(title, 1, 0), *timeline.chapters), events=events)


def promised_part(text: str, start: int, stop: int, title: str) -> str:
    """Return the promise for a file of the samples [start, stop); empty for an empty promise."""
    return text and proof.as_text(proof.part_of(read_promise(text), start, stop, title))


Prove = Callable[[proof.Report], None]
"""Called with the report of each file that keeps its promise."""


def proven(fill: Fill, path: Path, prove: Prove) -> Fill:
    """Wrap the writing of the file `path`, so that it is read back before it takes its place.

    Raises, when it is called:
        ShortfallError: the file breaks its promise.
    """

    def fill_and_listen(file: BinaryIO, progress: Progress) -> None:
        fill(file, lambda share: progress(share / 2))
        file.flush()
        report = proof.verify(Path(file.name), lambda share: progress((1 + share) / 2))
        report = replace(report, path=path)
        if not report.passes:
            raise proof.ShortfallError(report)
        prove(report)

    return fill_and_listen


# ── a session in parts: a file for each chapter, together as long as the whole


LATER = samples(0.4)
"""Samples by which a part may begin later than its chapter, so that a sound rings out before it:
chapters begin half a second before their first sound."""


class Part(Struct, frozen=True):
    """The content of one file."""

    blocks: Blocks
    tags: Tags
    name: str
    """The name of the file, without its suffix."""


def parts(blocks: Blocks, tags: Tags) -> list[Part]:
    """Return a part for each chapter, and one for what is said before the first chapter.

    A part begins where its chapter does, or where a sound that still rings there ends, if that is
    in the chapter's lead. A longer sound fades out, and fades in again in the next part.
    """
    chapters = tags.chapters or (ChapterTag(tags.title, 0, 0),)
    starts = [0, *(_cut(chapter.start, blocks.spans) for chapter in chapters[1:])]
    stretches = list(pairwise([*starts, blocks.length]))
    numbered = enumerate(zip(chapters, stretches, strict=True), 1)
    digits = max(2, len(str(len(chapters))))
    return [
        Part(
            ExcerptBlocks(blocks, start, stop),
            _part_tags(tags, chapter, start, stop, (number, len(chapters))),
            f"{number:0{digits}} {safe_name(chapter.title, 'Part')}",
        )
        for number, (chapter, (start, stop)) in numbered
    ]


def _cut(start: int, spans: Sequence[Span]) -> int:
    """Return where a part begins: at `start`, or shortly after it, where nothing sounds."""
    index = bisect_right(spans, start, key=lambda span: span[0]) - 1
    if index >= 0 and start < spans[index][1] <= start + LATER:
        return spans[index][1]
    return start


def _part_tags(
    tags: Tags, chapter: ChapterTag, start: int, stop: int, track: tuple[int, int]
) -> Tags:
    return replace(
        tags,
        title=chapter.title,
        album=tags.title,
        track=track,
        chapters=(),
        lines=tuple(_lines_within(tags.lines, start, stop)),
        timeline=promised_part(tags.timeline, start, stop, chapter.title),
    )


def _lines_within(lines: Sequence[Line], start: int, stop: int) -> Iterator[Line]:
    for line in lines:
        if start <= line.at < stop:
            yield line._replace(at=line.at - start, stop=min(line.stop, stop) - start)


# ── all the files of an export ────────────────────────────────────────────────


NOTE = f"Made with {MAKER}, with the files that are named after it here."
"""A line in a playlist: it marks a set of files that an export may replace."""

PLAYLIST = ".m3u8"


FillOf = Callable[[Blocks, Tags], Fill]
"""Returns the function that writes the sound of a part."""


class OutputFile(Struct, frozen=True):
    """A file to be written."""

    path: Path
    content: bytes | Fill
    samples: int = 0
    """The length of its sound; 0 if it has none."""

    def write(self, file: BinaryIO, progress: Progress) -> None:
        """Write the file; `progress` covers only its sound."""
        if isinstance(self.content, bytes):
            file.write(self.content)
        else:
            self.content(file, progress)


class OutputLayout(Struct, frozen=True):
    """The files of an export."""

    file: Path
    """The file to play: the sound, or the playlist of its parts."""
    drafts: tuple[OutputFile, ...]
    """In the order in which they take their places: a playlist comes after the files it names."""
    asked_for: Path | None = None
    """The file that the user named; None if the files have a folder of their own."""


def lay_out(
    blocks: Blocks, tags: Tags, path: Path, beside: Companions, *, page: bytes, fill_of: FillOf
) -> OutputLayout:
    """Return the files to write; a single file would be `path`, and `page` is the handout."""
    chosen = parts(blocks, tags) if beside.split else [Part(blocks, tags, path.stem)]
    named = [(part, path.with_name(part.name + path.suffix)) for part in chosen]
    drafts = [
        OutputFile(sound, fill_of(part.blocks, part.tags), part.blocks.length)
        for part, sound in named
    ]
    captions = [draft for part, sound in named for draft in _caption_files(part, sound)]
    if not beside.in_a_folder:
        others = [*(captions if beside.captions else ()), *_cue(tags, path, blocks, beside)]
        return OutputLayout(path, (*others, *drafts), asked_for=path)
    drafts += captions if beside.captions or beside.bundle else ()
    drafts += _for_a_phone(tags, path, page) if beside.bundle else ()
    playlist = OutputFile(path.with_suffix(PLAYLIST), _playlist(tags, named))
    return OutputLayout(playlist.path if beside.split else path, (*drafts, playlist))


def write_all(layout: OutputLayout, progress: Progress | None) -> tuple[Path, ...]:
    """Write the files, which take their places together; return their paths."""
    if [draft.path for draft in layout.drafts] == [layout.asked_for]:
        with replacing(layout.file) as file:
            layout.drafts[0].write(file, part_of(progress, 0, 1))
        return (layout.file,)
    paths = tuple(draft.path for draft in layout.drafts)
    whole, done = sum(draft.samples for draft in layout.drafts), 0
    with file_set(layout.file.parent, layout.file.name, paths, layout.asked_for) as files:
        for draft in layout.drafts:
            with replacing(files.draft(draft.path), draft.path) as file:
                draft.write(file, part_of(progress, done / whole, draft.samples / whole))
            done += draft.samples
    return paths


def _caption_files(part: Part, sound: Path) -> Iterator[OutputFile]:
    yield OutputFile(sound.with_suffix(".lrc"), lrc(part.tags, part.blocks.length))
    yield OutputFile(sound.with_suffix(".vtt"), vtt(part.tags))


def _cue(tags: Tags, path: Path, blocks: Blocks, beside: Companions) -> Iterator[OutputFile]:
    if beside.cue:
        yield OutputFile(path.with_suffix(".cue"), cue_sheet(tags, path.name, blocks.length))


def _for_a_phone(tags: Tags, path: Path, page: bytes) -> Iterator[OutputFile]:
    if tags.cover:
        ending = "png" if picture_type(tags.cover) == "image/png" else "jpg"
        yield OutputFile(path.with_name(f"cover.{ending}"), tags.cover)
    yield OutputFile(path.with_suffix(".html"), page)


def _playlist(tags: Tags, named: Iterable[tuple[Part, Path]]) -> bytes:
    entries = (
        PlaylistEntry(in_seconds(part.blocks.length), part.tags.title, sound.name)
        for part, sound in named
    )
    return m3u8(tags.title, entries, NOTE)
