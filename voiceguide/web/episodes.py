"""Make a folder's routines into episodes: each with sound, cover, captions and handout.

An `Episode` is exported once by `studio`, into a folder of its own, and again when its routine has
changed. A `Shelf` makes the episodes of a folder one after the other in a thread, so that a page
can be shown while others are still being spoken.

A podcast app knows an episode by its GUID, a phone knows a page by its address. Neither may change
when a file is renamed, edited or made again: the folder stores them in `FILE`.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import secrets
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
from msgspec import Struct, to_builtins
from msgspec.structs import replace

from voiceguide import studio
from voiceguide.errors import UsageError, VoiceguideError
from voiceguide.files import is_file, is_folder, replacing
from voiceguide.lengths import in_seconds
from voiceguide.patterns import late
from voiceguide.picture.drawing import PALETTES, palette
from voiceguide.studio.playing import player_data
from voiceguide.timeline import Timeline
from voiceguide.web.pages import texts

# ── the register of a folder ─────────────────────────────────────────────────


FILE = ".voiceguide-web.json"


class Remembered(Struct, frozen=True):
    """A routine in the register of a folder."""

    guid: str
    file: str
    digest: str
    """SHA-256 of its file when it was last seen."""
    secret: str
    """The name of its folder if addresses must not be guessable."""


class Register(Struct, frozen=True):
    """What a folder remembers about its pages."""

    token: str
    """Part of every address of `serve`."""
    routines: tuple[Remembered, ...] = ()
    secret: str = ""
    """The folder of the feed if addresses must not be guessable."""


def open_register(folder: Path) -> Register:
    """Read the register of a folder; without a valid one, return a new one with a new token."""
    new = Register(secrets.token_hex(8), secret=secrets.token_urlsafe(16))
    try:
        found = msgspec.json.decode((folder / FILE).read_bytes(), type=Register)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return new
    return replace(found, secret=found.secret or new.secret)


def _keep(register: Register, folder: Path) -> None:
    """Write the register if the folder permits it: without it pages work, but addresses change."""
    text = json.dumps(to_builtins(register), indent=1)
    with suppress(OSError, VoiceguideError):
        if (folder / FILE).exists() and (folder / FILE).read_text(encoding="utf-8") == text:
            return
        with replacing(folder / FILE) as file:
            file.write(text.encode())


def _recognised(register: Register, files: Sequence[Path]) -> Register:
    """Return the register with these files, recognised by name or, if renamed, by content.

    Missing files stay in the register, since they may come back.
    """
    by_name = {one.file: one for one in register.routines}
    here = {file.name for file in files}
    gone = {one.digest: one for one in register.routines if one.file not in here}
    routines = []
    for file in files:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        old = by_name.get(file.name) or gone.pop(digest, None) or _new(file.name, digest)
        routines.append(replace(old, file=file.name, digest=digest))
    return replace(register, routines=(*routines, *gone.values()))


def _new(name: str, digest: str) -> Remembered:
    guid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"voiceguide:{name}:{digest}"))
    return Remembered(guid, name, digest, secrets.token_urlsafe(16))


# ── routines ─────────────────────────────────────────────────────────────────


STEM = "session"
"""The stem of the names of an episode's files."""

_NO_ROUTINE = late(r"[A-Z_-]+")
"""README, CHANGELOG, …: files about the folder, not routines."""


class EpisodeSource(Struct, frozen=True):
    """A routine's file that becomes an episode."""

    path: Path
    slug: str
    """The name of its folder in addresses."""
    known: Remembered


def sources(folder: Path, *, private: bool = False) -> tuple[EpisodeSource, ...]:
    """Return the routines of a folder, sorted by name; `folder` may also be a single file.

    With `private`, their slugs cannot be guessed. Raise a UsageError if there is no routine.
    """
    files = _routines(folder)
    home = folder if folder.is_dir() else folder.parent
    register = _recognised(open_register(home), files)
    _keep(register, home)
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
    """Turn `Ten-minute psoas relief` into `ten-minute-psoas-relief`."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    letters = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    return "-".join(re.findall(r"[a-z0-9]+", letters))[:60].strip("-") or STEM


def _free(slug: str, taken: Mapping[str, object]) -> str:
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 2))
    return slug if slug not in taken else next(one for one in numbered if one not in taken)


# ── episodes ─────────────────────────────────────────────────────────────────


class Episode(Struct, frozen=True):
    """A routine ready for pages and feeds; its files are in `folder`."""

    slug: str
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
    """Size of the sound in bytes."""
    version: str
    """Changes with the sound."""
    changed: float
    """When the routine's file was last changed, in seconds since 1970."""
    data: Mapping[str, Any]
    """The data for the page's script."""
    audio: str = f"{STEM}.mp3"
    sheet: str = f"{STEM}.html"
    captions: str = f"{STEM}.vtt"

    @property
    def chapters(self) -> Iterable[Mapping[str, Any]]:
        """The chapters, each with its title and its start in seconds."""
        found: list[Mapping[str, Any]] = self.data["chapters"]
        return found

    @property
    def file_name(self) -> str:
        """The name of the sound as a download."""
        return f"{slug_of(self.title)}.mp3"

    @property
    def files(self) -> tuple[str, ...]:
        """The files in its folder that pages link to."""
        figures = (figure["src"] for figure in self.data["figures"])
        return (self.audio, self.cover, self.sheet, self.captions, *dict.fromkeys(figures))


def make(
    source: EpisodeSource,
    folder: Path,
    options: Mapping[str, Any] | None = None,
    progress: studio.Progress | None = None,
) -> Episode:
    """Export a routine into `folder`, with options of `studio.load`.

    Raises:
        VoiceguideError: the routine cannot be exported.
    """
    with studio.load(source.path, **(options or {})) as session:
        done = session.export(folder / f"{STEM}.mp3", bundle=True, progress=progress)
        settings, timeline = session.settings, done.plan.timeline
        names = name_figures(session, timeline)
    for path, name in names.items():
        (folder / name).write_bytes(path.read_bytes())
    author = settings.author or ""
    more = {"id": source.known.guid, "title": session.title, "author": author}
    return Episode(
        slug=source.slug,
        guid=source.known.guid,
        title=session.title,
        description=settings.description or "",
        author=author,
        language=settings.language,
        palette=PALETTES.index(palette(session.title)),
        duration=timeline.duration,
        folder=folder,
        cover=next(file.name for file in done.files if file.stem == "cover"),
        size=done.bytes,
        version=hashlib.sha256((folder / f"{STEM}.mp3").read_bytes()).hexdigest()[:12],
        changed=source.path.stat().st_mtime,
        data={**page_data(session, timeline, names), **more},
    )


def page_data(
    session: studio.Session, timeline: Timeline, names: Mapping[Path, str]
) -> dict[str, Any]:
    """Return a session's data for a page's scripts, as JSON; `names` are those of its pictures."""
    figures: dict[tuple[str, str, bool], int] = {}
    shown = []
    for one in session.figures(timeline):
        told = [
            (names[session.picture_file(p)], p.words(one.side), p.mirrored(one.side))
            for p in one.pictures
        ]
        numbers = [figures.setdefault(figure, len(figures)) for figure in told]
        shown.append((round(in_seconds(one.position), 3), numbers))
    listed = [{"src": src, "alt": alt, "mirrored": mirrored} for src, alt, mirrored in figures]
    data: dict[str, Any] = player_data(timeline, texts(session.settings.language))
    ends = (*(chapter["at"] for chapter in data["chapters"][1:]), math.inf)
    for chapter, end in zip(data["chapters"], ends, strict=False):
        within = (own for at, own in shown if own and chapter["at"] <= at < end)
        chapter["figure"] = next((listed[own[0]]["src"] for own in within), "")
    return {**data, "figures": listed, "shown": shown}


def name_figures(session: studio.Session, timeline: Timeline) -> dict[Path, str]:
    """Return the files of a session's pictures, and their names beside its page."""
    pictures = (picture for one in session.figures(timeline) for picture in one.pictures)
    files = dict.fromkeys(map(session.picture_file, pictures))
    return {path: f"figure-{number}{path.suffix}" for number, path in enumerate(files, 1)}


class Shelf:
    """The episodes of a folder, made and updated by a thread; `close` ends it."""

    def __init__(
        self,
        folder: Path,
        workspace: Path,
        failed: Callable[[Path, VoiceguideError], None],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Start to make episodes; `failed` is called for each routine that cannot be exported."""
        self._folder, self._workspace, self._failed = folder, workspace, failed
        self._options = options or {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="voiceguide episodes")
        self._lock = Lock()
        self._found: dict[str, EpisodeSource] = {}
        self._futures: dict[str, tuple[str, Future[Episode]]] = {}
        self._ready: dict[str, Episode] = {}
        self.look()

    def look(self) -> None:
        """Find new and changed routines in the folder, and queue them."""
        found = {source.slug: source for source in sources(self._folder)}
        with self._lock:
            self._found = found
            for slug, source in found.items():
                if self._futures.get(slug, ("",))[0] != source.known.digest:
                    future = self._worker.submit(self._make, source)
                    self._futures[slug] = (source.known.digest, future)

    def slugs(self) -> tuple[str, ...]:
        """Return the slugs of all episodes, also of those that are not made yet."""
        with self._lock:
            return tuple(self._found)

    def ready(self) -> tuple[Episode, ...]:
        """Return the episodes that can be shown, in the order of the folder."""
        with self._lock:
            return tuple(self._ready[slug] for slug in self._found if slug in self._ready)

    def waiting(self) -> tuple[str, ...]:
        """Return the names of the episodes that have not been made for the first time yet."""
        with self._lock:
            new = (slug for slug in self._found if slug not in self._ready)
            return tuple(self._found[s].path.stem for s in new if not self._futures[s][1].done())

    def get(self, slug: str) -> Future[Episode] | None:
        """Return an episode; the old one while it is being updated; None if there is none."""
        with self._lock:
            if slug not in self._found:
                return None
            there: Future[Episode] = Future()
            if slug in self._ready:
                there.set_result(self._ready[slug])
            return there if slug in self._ready else self._futures[slug][1]

    def close(self) -> None:
        """Stop making episodes."""
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
