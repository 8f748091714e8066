"""`publish`: the pages as a folder of files, for any https host, or from a USB stick.

The site is written beside its place, and moved there when it is complete. All addresses in it are
relative; only a feed needs to know the address of the site. Nothing is loaded from other sites, and
nothing is sent: the diary of a visitor stays in the visitor's browser.

The feed for podcast apps, which `serve` has, too, is RSS 2.0 with Apple's tags and those of the
podcast namespace. Sources: <https://www.rssboard.org/rss-specification>; Apple, "A Podcaster's
Guide to RSS"; <https://podcasting2.org/docs/podcast-namespace>; the JSON chapters format 1.2 of the
same project.
"""

from __future__ import annotations

import json
import secrets
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from email.utils import formatdate
from functools import partial
from html import unescape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

from msgspec import Struct

from voiceguide import __version__
from voiceguide.errors import UsageError
from voiceguide.files import check_folder, told
from voiceguide.patterns import late
from voiceguide.picture.drawing import PALETTES
from voiceguide.web.episodes import Episode, make, open_register, sources
from voiceguide.web.pages import PLAYER_FILES, POLICY, page, static, texts

WORKER = "worker.js"
MANIFEST = "manifest.webmanifest"
MARK = '<meta name="generator" content="voiceguide">'
"""In the first page of every site: it marks a folder that may be replaced."""

Progress = Callable[[float], None]


class Publication(Struct, frozen=True):
    """The properties of a site."""

    title: str
    language: str = ""
    """The language of the list; if empty, that of most sessions."""
    address: str = ""
    """The address of the site, with a slash at its end; a feed is only written if it is given."""
    private: bool = False
    """Whether no page links to another session, and no address can be guessed."""

    def feed_path(self, folder: Path) -> str:
        """Return the path of the feed in the site; empty if there is none."""
        secret = open_register(folder if folder.is_dir() else folder.parent).secret
        path = f"{secret}/{FEED}" if self.private else FEED
        return path if self.address else ""


def publish(
    folder: Path, site: Path, how: Publication, progress: Progress | None = None
) -> tuple[Episode, ...]:
    """Write the site of a folder's routines; return its episodes.

    Raises:
        UsageError: there is no routine, or the site's place has other files.
        RoutineError: a routine has problems.
        MachineError: a routine cannot be spoken, or the site cannot be written.
    """
    found = sources(folder, private=how.private)
    _check_place(site)
    draft = site.with_name(f".{site.name}-{secrets.token_hex(8)}.part")
    try:
        with told(draft):
            draft.mkdir(parents=True)
        episodes = []
        for number, source in enumerate(found):
            share = progress and partial(_part_done, progress, number / len(found), len(found))
            episodes.append(make(source, draft / source.slug, progress=share))
        with told(site):
            _write(draft, episodes, how, how.feed_path(folder))
            _take_place(draft, site)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return tuple(episodes)


def _part_done(progress: Progress, begun: float, parts: int, share: float) -> None:
    progress(begun + share / parts)


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
    """Replace the old site by the new one; restore it if that fails."""
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


def _write(site: Path, episodes: Sequence[Episode], how: Publication, feed_path: str) -> None:
    for name in (*PLAYER_FILES, WORKER):
        (site / name).write_bytes(static(name))
    for episode in episodes:
        _write_episode(site / episode.slug, episode, how)
    first = episodes[0]
    language = how.language or Counter(one.language for one in episodes).most_common(1)[0][0]
    if feed_path:
        (site / feed_path).parent.mkdir(exist_ok=True)
        found = feed(Channel(how.title, how.address, language, feed_path), episodes)
        (site / feed_path).write_bytes(found)
    shown: dict[str, object] = {"sessions": (), "waiting": (), "feed_help": False}
    if not how.private:
        _write_manifest(site, how.title, language, f"{first.slug}/{first.cover}", first.palette)
        shown |= {"sessions": episodes, "worker": WORKER, "manifest": MANIFEST, "feed": feed_path}
    shown |= {"title": how.title, "private": how.private, "policy": POLICY}
    _write_text(site / "index.html", page("index.html", texts(language), **shown))


def _write_episode(folder: Path, episode: Episode, how: Publication) -> None:
    named = {*episode.files} if how.address else {*episode.files} - {episode.captions}
    for path in folder.iterdir():
        if path.name not in named:
            path.unlink()
    if how.address:
        (folder / CHAPTERS).write_bytes(chapters_json(episode))
    _write_manifest(folder, episode.title, episode.language, episode.cover, episode.palette)
    shown = {"root": "../", "policy": POLICY, "worker": WORKER, "manifest": MANIFEST}
    more = {"session": episode, "listed": not how.private, "diary": True}
    html = page("session.html", texts(episode.language), **shown, **more)
    _write_text(folder / "index.html", html)


def _write_manifest(folder: Path, name: str, language: str, cover: str, palette: int) -> None:
    """Write the manifest with which a phone installs the page (W3C, Web Application Manifest)."""
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
    _write_text(folder / MANIFEST, json.dumps(found, ensure_ascii=False, indent=1) + "\n")


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


# ── checking a site ──────────────────────────────────────────────────────────


_LINKS = late(
    r'\b(?:href|src|url|data-worker)="([^"]*)"'  # HTML, and the attributes of a feed
    r'|"(?:src|start_url)": "([^"]*)"'  # JSON: a manifest, and the data of a page's script
    r"|<link>([^<]*)</link>"
)


def check_site(site: Path) -> tuple[str, ...]:
    """Return the faults of a site: links that lead nowhere, files that no page uses.

    Raise a UsageError if there is no site.
    """
    base = site.resolve()
    files = {path for path in base.rglob("*") if path.is_file()}
    pages = sorted(path for path in files if path.name in ("index.html", FEED))
    if not pages:
        raise UsageError(f"there is no site in `{site}`", "write one: `voiceguide publish -o SITE`")
    used, faults = set(pages), []
    for path in (*pages, *sorted(path for path in files if path.name == MANIFEST)):
        for link, target in _links(path, base):
            if target in files:
                used.add(target)
            else:
                faults.append(f"{path.relative_to(base)}: `{link}` leads nowhere")
    unused = sorted(path.relative_to(base).as_posix() for path in files - used)
    return (*faults, *(f"{name}: no page uses it" for name in unused))


def _links(path: Path, base: Path) -> Iterator[tuple[str, Path]]:
    """Yield the links in a page, a manifest or a feed, each with the file it leads to."""
    text = path.read_text(encoding="utf-8")
    links = dict.fromkeys(unescape("".join(found)) for found in _LINKS.findall(text))
    # links in a feed begin with the site's address: that of its first link
    root = next(iter(links), "").removesuffix("index.html") if path.name == FEED else ""
    for link in filter(None, links):
        parts = urlsplit(link.removeprefix(root) if root else link)
        if not (parts.scheme or parts.netloc) and parts.path:
            yield link, ((base if root else path.parent) / unquote(parts.path)).resolve()


# ── the feed for podcast apps ────────────────────────────────────────────────


NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
}
for _prefix, _name in NAMESPACES.items():
    ET.register_namespace(_prefix, _name)

FEED = "feed.xml"
CHAPTERS = "chapters.json"
CHAPTERS_TYPE = "application/json+chapters"
FEED_TYPE = "application/rss+xml"

_SPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The namespace of `podcast:guid`."""


class Channel(NamedTuple):
    """The properties of a feed."""

    title: str
    address: str
    """The address of the folder of the pages, with a slash at its end."""
    language: str
    feed: str = FEED
    """The path of the feed, relative to that folder."""


def feed(channel: Channel, episodes: Sequence[Episode]) -> bytes:
    """Return the feed; the same episodes always give the same bytes."""
    rss = ET.Element("rss", version="2.0")
    root = ET.SubElement(rss, "channel")
    own = f"{channel.address}{channel.feed}"
    latest = max((episode.changed for episode in episodes), default=0)
    _put(root, "title", channel.title)
    _put(root, "link", f"{channel.address}index.html")
    _put(root, "description", channel.title)
    _put(root, "language", channel.language)
    _put(root, "lastBuildDate", formatdate(int(latest), usegmt=True))
    _put(root, "generator", f"voiceguide {__version__}")
    _put(root, "atom:link", href=own, rel="self", type=FEED_TYPE)
    _put(root, "itunes:author", next((e.author for e in episodes if e.author), channel.title))
    _put(root, "itunes:explicit", "false")
    _put(root, "itunes:type", "serial")
    _put(root, "itunes:block", "Yes")  # directories must not list a private feed
    _put(_put(root, "itunes:category", text="Health & Fitness"), "itunes:category", text="Fitness")
    _put(root, "podcast:guid", str(uuid.uuid5(_SPACE, own.partition("://")[2].rstrip("/"))))
    _put(root, "podcast:locked", "yes")
    _put(root, "podcast:medium", "podcast")
    for episode in episodes[:1]:
        _put(root, "itunes:image", href=f"{channel.address}{episode.slug}/{episode.cover}")
    for number, episode in enumerate(episodes, 1):
        _add_item(_put(root, "item"), f"{channel.address}{episode.slug}/", episode, number)
    ET.indent(rss)
    text: str = ET.tostring(rss, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _add_item(item: ET.Element, place: str, episode: Episode, number: int) -> None:
    """Add the tags of an episode whose files are at `place`."""
    sound = {"url": f"{place}{episode.audio}", "length": str(episode.size), "type": "audio/mpeg"}
    captions = {"url": f"{place}{episode.captions}", "type": "text/vtt", "rel": "captions"}
    _put(item, "title", episode.title)
    _put(item, "link", f"{place}index.html")
    _put(item, "description", episode.description or episode.title)
    _put(item, "guid", episode.guid, isPermaLink="false")
    _put(item, "pubDate", formatdate(int(episode.changed), usegmt=True))
    _put(item, "enclosure", **sound)
    _put(item, "itunes:duration", str(round(episode.duration)))
    _put(item, "itunes:episode", str(number))
    _put(item, "itunes:explicit", "false")
    _put(item, "itunes:image", href=f"{place}{episode.cover}")
    _put(item, "podcast:chapters", url=f"{place}{CHAPTERS}", type=CHAPTERS_TYPE)
    _put(item, "podcast:transcript", **captions, language=episode.language)


def chapters_json(episode: Episode) -> bytes:
    """Return the chapters in the format of `podcast:chapters`."""
    chapters = [{"startTime": one["at"], "title": one["title"]} for one in episode.chapters]
    found = {"version": "1.2.0", "title": episode.title, "chapters": chapters}
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def _put(parent: ET.Element, named: str, said: str | None = None, **attributes: str) -> ET.Element:
    prefix, _, name = named.rpartition(":")
    tag = f"{{{NAMESPACES[prefix]}}}{name}" if prefix else name
    element = ET.SubElement(parent, tag, {key: _clean(one) for key, one in attributes.items()})
    element.text = said and _clean(said)
    return element


def _clean(text: str) -> str:
    """Remove control characters: XML does not allow them, and a routine's text may have them."""
    return "".join(c for c in text if c.isprintable() or c in "\n\t")
