"""A folder's routines as episodes: each with its sound, its cover, its captions, its handout.

An `Episode` is made once by `studio`'s export, into a folder of its own, and again when its
routine has changed. A `Shelf` makes those of a folder one after the other in a thread, so that a
page can be shown while others are still spoken.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

from msgspec import Struct

from voiceguide import studio
from voiceguide.errors import UsageError, VoiceguideError
from voiceguide.files import is_file, is_folder
from voiceguide.patterns import late
from voiceguide.picture.drawing import PALETTES, palette
from voiceguide.web.moments import player_data
from voiceguide.web.register import Remembered, keep, open_register, recognised
from voiceguide.web.texts import texts

STEM = "session"
"""What the files of an episode are named."""

_NO_ROUTINE = late(r"[A-Z_-]+")
"""README, CHANGELOG, …: what a folder says of itself."""


class Episode(Struct, frozen=True):
    """A routine made ready for pages and feeds; its files lie in `folder`."""

    slug: str
    """The name of its folder in addresses."""
    guid: str
    title: str
    description: str
    author: str
    language: str
    palette: int
    duration: float
    """Seconds."""
    folder: Path
    cover: str
    size: int
    """Bytes of the sound."""
    version: str
    """Changes with the sound."""
    changed: float
    """When the routine was written last, in seconds since 1970."""
    data: Mapping[str, object]
    """What the page's script is told."""
    audio: str = f"{STEM}.mp3"
    sheet: str = f"{STEM}.html"
    captions: str = f"{STEM}.vtt"

    @property
    def chapters(self) -> Iterable[Mapping[str, object]]:
        """Title and beginning of each, in seconds."""
        found = self.data["chapters"]
        assert isinstance(found, list)
        return found

    @property
    def file_name(self) -> str:
        """What the sound is called where it is downloaded."""
        return f"{slug_of(self.title)}.mp3"

    @property
    def files(self) -> tuple[str, ...]:
        """The files of its folder that pages lead to."""
        return (self.audio, self.cover, self.sheet, self.captions)


class EpisodeSource(Struct, frozen=True):
    """A routine's file that becomes an episode."""

    path: Path
    slug: str
    known: Remembered


def sources(folder: Path, *, private: bool = False) -> tuple[EpisodeSource, ...]:
    """The routines of a folder in the order of their names, or the one that is named.

    With `private`, their slugs cannot be guessed.

    Raises:
        UsageError: there is none.
    """
    files = _routines(folder)
    home = folder if folder.is_dir() else folder.parent
    register = recognised(open_register(home), files)
    keep(register, home)
    slugs: dict[str, EpisodeSource] = {}
    for path, known in zip(files, register.routines, strict=False):
        slug = known.secret if private else _free(slug_of(path.stem), slugs)
        slugs[slug] = EpisodeSource(path, slug, known)
    return tuple(slugs.values())


def _routines(folder: Path) -> list[Path]:
    if is_file(folder):
        return [folder]
    if not is_folder(folder):
        raise UsageError(f"there is no folder `{folder}`", "name one with routines in it")
    found = sorted(path for path in folder.glob("*.md") if not _NO_ROUTINE.fullmatch(path.stem))
    if not found:
        way_out = f"`voiceguide list` shows some; `voiceguide copy NAME {folder}` puts one there"
        raise UsageError(f"there is no routine in `{folder}`", way_out)
    return found


def slug_of(text: str) -> str:
    """`Ten-minute psoas relief` as `ten-minute-psoas-relief`."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    letters = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    return "-".join(re.findall(r"[a-z0-9]+", letters))[:60].strip("-") or STEM


def _free(slug: str, taken: Mapping[str, object]) -> str:
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 2))
    return slug if slug not in taken else next(one for one in numbered if one not in taken)


def make(
    source: EpisodeSource,
    folder: Path,
    options: Mapping[str, Any] | None = None,
    progress: studio.Progress | None = None,
) -> Episode:
    """Export a routine into `folder`, with `options` as `studio.load` takes them.

    Raises:
        VoiceguideError: it cannot be exported.
    """
    with studio.load(source.path, **(options or {})) as session:
        done = session.export(folder / f"{STEM}.mp3", bundle=True, progress=progress)
        settings = session.settings
    words = texts(settings.language)
    data = player_data(done.plan.timeline, words)
    more = {"id": source.known.guid, "title": session.title, "author": settings.author or ""}
    return Episode(
        slug=source.slug,
        guid=source.known.guid,
        title=session.title,
        description=settings.description or "",
        author=settings.author or "",
        language=settings.language,
        palette=PALETTES.index(palette(session.title)),
        duration=done.plan.timeline.duration,
        folder=folder,
        cover=next(file.name for file in done.files if file.stem == "cover"),
        size=done.bytes,
        version=hashlib.sha256((folder / f"{STEM}.mp3").read_bytes()).hexdigest()[:12],
        changed=source.path.stat().st_mtime,
        data={**data, **more},
    )


class Shelf:
    """The episodes of a folder, made and made again by a thread; `close` ends it."""

    def __init__(
        self,
        folder: Path,
        workspace: Path,
        failed: Callable[[Path, VoiceguideError], None],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Begin to make them; `failed` is told of each routine that cannot be exported."""
        self._folder, self._workspace, self._failed = folder, workspace, failed
        self._options = options or {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="voiceguide episodes")
        self._lock = Lock()
        self._futures: dict[str, tuple[str, Future[Episode]]] = {}
        self._ready: dict[str, Episode] = {}
        self._titles: dict[str, str] = {}
        self.look()

    def look(self) -> None:
        """Find what is new and what has changed in the folder, and have it made."""
        found = sources(self._folder)
        with self._lock:
            self._titles = {source.slug: source.path.stem for source in found}
            for source in found:
                digest, _ = self._futures.get(source.slug, ("", None))
                if digest != source.known.digest:
                    future = self._worker.submit(self._make, source)
                    self._futures[source.slug] = (source.known.digest, future)

    def slugs(self) -> tuple[str, ...]:
        """Their names in addresses, also of those that are still to be made."""
        with self._lock:
            return tuple(self._titles)

    def ready(self) -> tuple[Episode, ...]:
        """The episodes that can be shown, in the order of the folder."""
        with self._lock:
            return tuple(self._ready[slug] for slug in self._titles if slug in self._ready)

    def waiting(self) -> tuple[str, ...]:
        """The names of those that are still to be made for the first time."""
        with self._lock:
            return tuple(
                name
                for slug, name in self._titles.items()
                if slug not in self._ready and not self._futures[slug][1].done()
            )

    def get(self, slug: str) -> Future[Episode] | None:
        """An episode: the one that is there, while it is made again; None if there is none."""
        with self._lock:
            if slug not in self._titles:
                return None
            if slug in self._ready:
                there: Future[Episode] = Future()
                there.set_result(self._ready[slug])
                return there
            return self._futures[slug][1]

    def close(self) -> None:
        """Make no more."""
        self._worker.shutdown(cancel_futures=True)

    def _make(self, source: EpisodeSource) -> Episode:
        try:
            folder = self._workspace / source.slug / source.known.digest[:12]
            episode = make(source, folder, self._options)
        except VoiceguideError as error:
            self._failed(source.path, error)
            raise
        with self._lock:
            self._ready[source.slug] = episode
        return episode
