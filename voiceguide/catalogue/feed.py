"""A feed of a catalogue, for players and importers: RSS 2.0, an item for each session.

Sources: <https://www.rssboard.org/rss-specification>; Apple, "A Podcaster's Guide to RSS". It has
no dates: the same sessions always give the same bytes. `itunes:block` keeps directories away.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Iterator
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from voiceguide import __version__
from voiceguide.catalogue.manifest import ManifestEntry
from voiceguide.lengths import SAMPLE_RATE

FEED = "feed.xml"

_TYPES = {".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".m4b": "audio/mp4", ".opus": "audio/ogg"}

_HEAD = """\
<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<channel>
<title>Sessions</title>
<link>{address}</link>
<description>Sessions made with voiceguide</description>
<generator>voiceguide {version}</generator>
<itunes:block>Yes</itunes:block>
<itunes:explicit>false</itunes:explicit>
"""

_ITEM = """\
<item>
<title>{title}</title>
<guid isPermaLink="false">{id}-{version}</guid>
<enclosure url={url} length="{bytes}" type="{type}"/>
<itunes:duration>{seconds}</itunes:duration>
</item>
"""


def feed_of(address: str, entries: Iterable[ManifestEntry]) -> bytes:
    """The feed of sessions that will be served under `address`."""
    root = address.rstrip("/") + "/"
    head = _HEAD.format(address=escape(root), version=__version__)
    return "".join((head, *_items(root, entries), "</channel>\n</rss>\n")).encode()


def _items(root: str, entries: Iterable[ManifestEntry]) -> Iterator[str]:
    for entry in entries:
        first = entry.files[0]
        ending = first.name[first.name.rfind(".") :]
        kind = _TYPES.get(ending) or mimetypes.guess_type(first.name)[0]
        yield _ITEM.format(
            title=escape("".join(c for c in entry.title if c.isprintable())),
            id=escape(entry.id),
            version=first.sha256[:12],
            url=quoteattr(root + quote(first.name)),
            bytes=first.bytes,
            type=kind or "application/octet-stream",
            seconds=round((entry.length or 0) / SAMPLE_RATE),
        )
