"""The feed for podcast apps: RSS 2.0 with Apple's tags and those of the podcast namespace.

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
