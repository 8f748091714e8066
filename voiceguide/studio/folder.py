"""Files that belong together: captions beside the sound, a file for each chapter, all for a phone.

They take their places when all of them are complete, the playlist last: what stops the work before
leaves everything as it was. What lies there already and is of no earlier export is not replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from voiceguide.encode import Fill, Tags
from voiceguide.encode.captions import MAKER, lrc, vtt
from voiceguide.encode.checking import picture_type
from voiceguide.encode.playlist import Entry, m3u8
from voiceguide.errors import UsageError
from voiceguide.files import check_target, replacing
from voiceguide.lengths import in_seconds
from voiceguide.render import Blocks
from voiceguide.studio.results import Beside
from voiceguide.studio.splitting import Part, parts
from voiceguide.studio.voicing import Progress

NOTE = f"Made with {MAKER}, with the files that are named after it here."
"""In a playlist: what it belongs to may be replaced."""

_HEAD = 2000
"""Bytes of a file, among which it says whose it is."""


FillOf = Callable[[Blocks, Tags], Fill]
"""How the sound of a part is written."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that is to be written."""

    path: Path
    content: bytes | Fill
    samples: int = 0
    """How much sound is in it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of an export."""

    file: Path
    """The one to play: the sound, or the playlist of its parts."""
    drafts: tuple[Draft, ...]
    """The one to play first."""


def lay_out(
    blocks: Blocks, tags: Tags, path: Path, beside: Beside, *, page: bytes, fill_of: FillOf
) -> Layout:
    """The files to write, where a single one would be `path`; `page` is the handout."""
    chosen = parts(blocks, tags) if beside.split else [Part(blocks, tags, path.stem)]
    sounds = [path.with_name(part.name + path.suffix) for part in chosen]
    drafts = [
        Draft(sound, fill_of(part.blocks, part.tags), part.blocks.length)
        for part, sound in zip(chosen, sounds, strict=True)
    ]
    if beside.captions or beside.bundle:
        for part, sound in zip(chosen, sounds, strict=True):
            drafts += _captions(part, sound)
    if beside.bundle:
        drafts += _for_a_phone(tags, path, page)
    if not beside.in_a_folder:
        return Layout(path, tuple(drafts))
    playlist = Draft(path.with_suffix(".m3u8"), _playlist(tags, chosen, sounds))
    return Layout(playlist.path if beside.split else path, (playlist, *drafts))


def check_own(layout: Layout) -> None:
    """See to it that nothing is replaced but the sound asked for, and what an export wrote.

    Raises:
        UsageError: a file is there already that none did.
        MachineError: a file cannot be written.
    """
    playlists = [draft.path for draft in layout.drafts if draft.path.suffix == ".m3u8"]
    all_ours = any(map(_is_ours, playlists))
    for draft in layout.drafts:
        check_target(draft.path)
        asked_for = draft.path == layout.file and not playlists
        if draft.path.exists() and not (asked_for or all_ours or _is_ours(draft.path)):
            raise UsageError(
                f"`{draft.path}` is there already, and is of no export before",
                "choose another folder, or move it out of the way",
            )


def write_all(layout: Layout, progress: Progress | None) -> tuple[Path, ...]:
    """Write the files; they take their places together, the first one last, as in what is returned.

    Raises:
        MachineError: one of them cannot be written.
    """
    whole = sum(draft.samples for draft in layout.drafts)
    done = 0
    with ExitStack() as stack:  # which lets go in the opposite order
        files = [stack.enter_context(replacing(draft.path)) for draft in layout.drafts]
        for draft, file in zip(layout.drafts, files, strict=True):
            if isinstance(draft.content, bytes):
                file.write(draft.content)
            else:
                draft.content(file, _part_of(progress, done / whole, draft.samples / whole))
            done += draft.samples
    first, *others = (draft.path for draft in layout.drafts)
    return (*others, first)


def _captions(part: Part, sound: Path) -> Iterator[Draft]:
    yield Draft(sound.with_suffix(".lrc"), lrc(part.tags, part.blocks.length))
    yield Draft(sound.with_suffix(".vtt"), vtt(part.tags))


def _for_a_phone(tags: Tags, path: Path, page: bytes) -> Iterator[Draft]:
    if tags.cover:
        ending = "png" if picture_type(tags.cover) == "image/png" else "jpg"
        yield Draft(path.with_name(f"cover.{ending}"), tags.cover)
    yield Draft(path.with_suffix(".html"), page)


def _playlist(tags: Tags, chosen: Sequence[Part], sounds: Sequence[Path]) -> bytes:
    entries = (
        Entry(in_seconds(part.blocks.length), part.tags.title, sound.name)
        for part, sound in zip(chosen, sounds, strict=True)
    )
    return m3u8(tags.title, entries, NOTE)


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return MAKER.encode() in file.read(_HEAD)
    except OSError:
        return False


def _part_of(progress: Progress | None, begin: float, size: float) -> Progress:
    if progress is None:
        return lambda _share: None
    return lambda share: progress(begin + size * share)
