"""The feed for podcast apps: RSS 2.0 with Apple's names and those of the podcast namespace.

Sources: <https://www.rssboard.org/rss-specification>; Apple, "A Podcaster's Guide to RSS";
<https://podcasting2.org/docs/podcast-namespace>; the JSON chapters format 1.2 of the same project.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from email.utils import formatdate
from typing import NamedTuple
from xml.etree import ElementTree as ET

from voiceguide import __version__
from voiceguide.web.episodes import Episode

_ATOM = "http://www.w3.org/2005/Atom"
_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_PODCAST = "https://podcastindex.org/namespace/1.0"

FEED = "feed.xml"
CHAPTERS = "chapters.json"
CHAPTERS_TYPE = "application/json+chapters"
FEED_TYPE = "application/rss+xml"

_SPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The namespace of `podcast:guid`."""

for _prefix, _name in (("atom", _ATOM), ("itunes", _ITUNES), ("podcast", _PODCAST)):
    ET.register_namespace(_prefix, _name)


class Channel(NamedTuple):
    """What a feed says of itself."""

    title: str
    address: str
    """Of the folder of the pages, with a slash at its end."""
    language: str
    description: str


def feed(channel: Channel, episodes: Sequence[Episode]) -> bytes:
    """The feed; the same episodes always give the same bytes."""
    rss = ET.Element("rss", version="2.0")
    root = ET.SubElement(rss, "channel")
    own = f"{channel.address}{FEED}"
    _put(root, "title", channel.title)
    _put(root, "link", channel.address)
    _put(root, "description", channel.description)
    _put(root, "language", channel.language)
    _put(root, "generator", f"voiceguide {__version__}")
    ET.SubElement(root, f"{{{_ATOM}}}link", href=own, rel="self", type=FEED_TYPE)
    _put(root, f"{{{_ITUNES}}}author", episodes[0].author if episodes else channel.title)
    _put(root, f"{{{_ITUNES}}}explicit", "false")
    _put(root, f"{{{_ITUNES}}}type", "serial")
    _put(root, f"{{{_ITUNES}}}block", "Yes")  # no directory is to list what is private
    category = ET.SubElement(root, f"{{{_ITUNES}}}category", text="Health & Fitness")
    ET.SubElement(category, f"{{{_ITUNES}}}category", text="Fitness")
    _put(root, f"{{{_PODCAST}}}guid", str(uuid.uuid5(_SPACE, own.partition("://")[2].rstrip("/"))))
    _put(root, f"{{{_PODCAST}}}locked", "yes")
    if episodes:
        ET.SubElement(root, f"{{{_ITUNES}}}image", href=_address(channel, episodes[0], "cover"))
    for number, episode in enumerate(episodes, 1):
        root.append(_item(channel, episode, number))
    ET.indent(rss)
    text: str = ET.tostring(rss, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _item(channel: Channel, episode: Episode, number: int) -> ET.Element:
    item = ET.Element("item")
    _put(item, "title", episode.title)
    _put(item, "link", f"{channel.address}{episode.slug}/index.html")
    _put(item, "description", episode.description or episode.title)
    _put(item, "guid", episode.guid, isPermaLink="false")
    _put(item, "pubDate", formatdate(int(episode.changed), usegmt=True))
    ET.SubElement(
        item,
        "enclosure",
        url=_address(channel, episode, "audio"),
        length=str(episode.size),
        type="audio/mpeg",
    )
    _put(item, f"{{{_ITUNES}}}duration", str(round(episode.duration)))
    _put(item, f"{{{_ITUNES}}}episode", str(number))
    _put(item, f"{{{_ITUNES}}}explicit", "false")
    ET.SubElement(item, f"{{{_ITUNES}}}image", href=_address(channel, episode, "cover"))
    chapters = f"{channel.address}{episode.slug}/{CHAPTERS}"
    ET.SubElement(item, f"{{{_PODCAST}}}chapters", url=chapters, type=CHAPTERS_TYPE)
    ET.SubElement(
        item,
        f"{{{_PODCAST}}}transcript",
        url=_address(channel, episode, "captions"),
        type="text/vtt",
        language=episode.language,
        rel="captions",
    )
    return item


def chapters_json(episode: Episode) -> bytes:
    """The chapters as `podcast:chapters` has them."""
    chapters = [{"startTime": one["at"], "title": one["title"]} for one in episode.chapters]
    found = {"version": "1.2.0", "title": episode.title, "chapters": chapters}
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def _address(channel: Channel, episode: Episode, what: str) -> str:
    return f"{channel.address}{episode.slug}/{getattr(episode, what)}"


def _put(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    # XML knows no control characters, and a routine's text may hold them
    clean = "".join(c for c in text if c.isprintable() or c in "\n\t")
    ET.SubElement(parent, name, attributes).text = clean
