"""A plan to a folder: the files of the album, then the playlist and the calendar that name them."""

from __future__ import annotations

from pathlib import Path

from voiceguide.files import check_target, make_folder, replacing
from voiceguide.programme.calendar import calendar
from voiceguide.programme.measuring import part_of
from voiceguide.programme.plan import Plan, Track
from voiceguide.programme.playlist import playlist
from voiceguide.programme.results import Export
from voiceguide.studio import Album, Progress


def export(plan: Plan, folder: Path, kbps: int, progress: Progress | None = None) -> Export:
    """Write all of a plan into a folder, which is made where it is missing.

    Each file is complete or not there, and an old one of its name is replaced; nothing else in the
    folder is touched. Playlist and calendar come last, so that they never name what is not there.

    Raises:
        UsageError: the bit rate is unknown.
        MachineError: no engine could speak, or a file could not be written.
    """
    make_folder(folder)
    files = tuple(folder / track.file for track in plan.tracks)
    lists = (folder / f"{plan.file_name}.m3u8", folder / f"{plan.file_name}.ics")
    for path in (*files, *lists):
        check_target(path)
    for index, (track, path) in enumerate(zip(plan.tracks, files, strict=True)):
        _export(plan, track, path, kbps, part_of(progress, index, len(files)))
    for path, content in zip(lists, (playlist(plan), calendar(plan)), strict=True):
        with replacing(path) as file:
            file.write(content)
    return Export(plan, folder, files, tuple(path.stat().st_size for path in files), *lists)


def _export(plan: Plan, track: Track, path: Path, kbps: int, progress: Progress | None) -> None:
    programme = plan.programme
    artist = programme.author or "voiceguide"
    album = Album(programme.title, artist, track.number, len(plan.tracks))
    session = track.take.load(title=track.title)
    session.export(path, kbps=kbps, album=album, progress=progress)
