"""`publish`: the pages as a folder of files, for any https host, or from a stick.

The site is written beside its place, and takes it when it is whole. All addresses in it are
relative; only a feed needs to know where the site will be. Nothing is taken from the network, and
nothing is sent: the diary of a visitor stays in the visitor's browser.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

from msgspec import Struct

from voiceguide.errors import UsageError
from voiceguide.files import check_folder, told
from voiceguide.picture.drawing import PALETTES
from voiceguide.web.episodes import Episode, make, sources
from voiceguide.web.pages import PLAYER_FILES, POLICY, page, static
from voiceguide.web.podcast import CHAPTERS, FEED, Channel, chapters_json, feed
from voiceguide.web.texts import texts

WORKER = "worker.js"
MANIFEST = "manifest.webmanifest"
MARK = '<meta name="generator" content="voiceguide">'
"""In the first page of every site: what may be replaced."""

_FILES = (*PLAYER_FILES, "palettes.css", WORKER)


class Publication(Struct, frozen=True):
    """How a site is to be."""

    title: str
    language: str = ""
    """Of the list; that of most sessions if empty."""
    address: str = ""
    """Where it will be, with a slash at its end: a feed is written if it is known."""
    private: bool = False
    """Whether nothing leads from one session to another, and no address can be guessed."""


def publish(
    folder: Path, site: Path, how: Publication, progress: Callable[[float], None] | None = None
) -> tuple[Episode, ...]:
    """Write the site of a folder's routines; gives its episodes.

    Raises:
        UsageError: there is no routine, or something else stands at the site's place.
        RoutineError: a routine has problems.
        MachineError: it cannot be spoken or written.
    """
    found = sources(folder, private=how.private)
    _check_place(site)
    draft = site.with_name(f".{site.name}-{secrets.token_hex(8)}.part")
    try:
        with told(draft):
            draft.mkdir(parents=True)
        episodes = []
        for number, source in enumerate(found):
            begun = number / len(found)
            share = _share(progress, begun, 1 / len(found))
            episodes.append(make(source, draft / source.slug, progress=share))
        with told(site):
            _write(draft, episodes, how)
            _take_place(draft, site)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return tuple(episodes)


def _share(
    progress: Callable[[float], None] | None, begin: float, size: float
) -> Callable[[float], None] | None:
    return (lambda done: progress(begin + size * done)) if progress else None


def _check_place(site: Path) -> None:
    check_folder(site.absolute().parent)
    with told(site):
        empty = not site.exists() or (site.is_dir() and not any(site.iterdir()))
    if empty:
        return
    first = site / "index.html"
    if not first.is_file() or MARK not in first.read_text(encoding="utf-8", errors="replace"):
        way_out = "name a new folder, or one that `publish` has written"
        raise UsageError(f"`{site}` is there already, and is not a site of ours", way_out)


def _take_place(draft: Path, site: Path) -> None:
    """The old site stands until the new one is whole, and again where that fails."""
    old = draft.with_suffix(".old")
    if site.exists():
        site.replace(old)
    try:
        draft.replace(site)
    except BaseException:
        if old.exists():
            old.replace(site)
        raise
    shutil.rmtree(old, ignore_errors=True)


# ── files ────────────────────────────────────────────────────────────────────


def _write(site: Path, episodes: Sequence[Episode], how: Publication) -> None:
    for name in _FILES:
        (site / name).write_bytes(static(name))
    for episode in episodes:
        _write_episode(site / episode.slug, episode, how)
    language = how.language or Counter(one.language for one in episodes).most_common(1)[0][0]
    words = texts(language)
    has_feed = bool(how.address) and not how.private
    if has_feed:
        channel = Channel(how.title, how.address, language, how.title)
        (site / FEED).write_bytes(feed(channel, episodes))
    if not how.private:
        cover = f"{episodes[0].slug}/{episodes[0].cover}"
        _write_manifest(site, how.title, language, cover, episodes[0].palette)
    html = page(
        "index.html",
        words,
        policy=POLICY,
        title=how.title,
        sessions=() if how.private else episodes,
        waiting=(),
        events="",
        feed=FEED if has_feed else "",
        feed_help=False,
        private=how.private,
        worker="" if how.private else WORKER,
        manifest="" if how.private else MANIFEST,
    )
    (site / "index.html").write_text(html, encoding="utf-8", newline="\n")


def _write_episode(folder: Path, episode: Episode, how: Publication) -> None:
    named = (
        {*episode.files}
        if how.address and not how.private
        else {*episode.files} - {episode.captions}
    )
    for path in folder.iterdir():
        if path.name not in named:
            path.unlink()
    if how.address and not how.private:
        (folder / CHAPTERS).write_bytes(chapters_json(episode))
    _write_manifest(folder, episode.title, episode.language, episode.cover, episode.palette)
    html = page(
        "session.html",
        texts(episode.language),
        policy=POLICY,
        root="../",
        session=episode,
        listed=not how.private,
        diary=True,
        worker=WORKER,
        manifest=MANIFEST,
    )
    (folder / "index.html").write_text(html, encoding="utf-8", newline="\n")


def _write_manifest(folder: Path, name: str, language: str, cover: str, palette: int) -> None:
    """What a phone needs to know to install the page (W3C, Web Application Manifest)."""
    ground = PALETTES[palette].ground
    kind = "image/png" if cover.endswith(".png") else "image/jpeg"
    found = {
        "name": name,
        "short_name": name[:30],
        "lang": language,
        "start_url": "index.html",
        "display": "standalone",
        "background_color": ground,
        "theme_color": ground,
        "icons": [{"src": cover, "sizes": "600x600", "type": kind, "purpose": "any"}],
    }
    text = json.dumps(found, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")


# ── looking after it ─────────────────────────────────────────────────────────


def check_site(site: Path) -> tuple[str, ...]:
    """What is wrong with a site that stands: links that lead nowhere, files that no page uses.

    Raises:
        UsageError: there is none.
    """
    pages = sorted(site.rglob("index.html"))
    if not pages:
        raise UsageError(f"there is no site in `{site}`", "write one: `voiceguide publish -o SITE`")
    base = site.resolve()
    used = {path.resolve() for path in pages}
    faults = []
    for path in (*pages, *sorted(site.rglob(MANIFEST)), *site.glob(FEED)):
        for link in dict.fromkeys(_links(path)):
            target = _target(link, path, base)
            if target and target.is_file() and target.is_relative_to(base):
                used.add(target)
            elif target:
                faults.append(f"{path.relative_to(site)}: `{link}` leads nowhere")
    files = {path.resolve() for path in site.rglob("*") if path.is_file()}
    unused = sorted(path.relative_to(base).as_posix() for path in files - used)
    return (*faults, *(f"{name}: no page uses it" for name in unused))


def _target(link: str, path: Path, base: Path) -> Path | None:
    """The file that a link means; None where it leads out of the site on purpose."""
    parts = urlsplit(link)
    if path.name == FEED:  # knows the site by its address
        inside = parts.path.removeprefix(_feed_folder(path))
        return (base / unquote(inside or "index.html")).resolve()
    if parts.scheme or parts.netloc or not parts.path:
        return None
    return (path.parent / unquote(parts.path)).resolve()


def _feed_folder(path: Path) -> str:
    return urlsplit(ET.parse(path).findtext("channel/link") or "").path


def _links(path: Path) -> list[str]:
    if path.name == MANIFEST:
        found = json.loads(path.read_text(encoding="utf-8"))
        return [found["start_url"], *(icon["src"] for icon in found["icons"])]
    if path.name == FEED:
        elements = list(ET.parse(path).iter())
        values = (element.get("url") or element.get("href") for element in elements)
        return [*filter(None, values), *(e.text or "" for e in elements if e.tag == "link")]
    reader = _LinkReader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.links


class _LinkReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = ("href", "src", "data-worker")
        self.links += [value for name, value in attrs if name in wanted and value]
