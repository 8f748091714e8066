"""`manifest.jsonl`: a line for each row of a catalogue, which the next run starts from.

    OUT/manifest.jsonl              in the order of the plan, once a run has ended
    OUT/manifest-3-of-100.jsonl     the same for one shard, until `merge` joins them
    OUT/manifest.parts/…            lines of a run that is still going, or was killed

Lines are collected in a temporary file with an index in memory, so that a million of them need
only memory for their ids. The last line of an id counts.
"""

from __future__ import annotations

import json
import mimetypes
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape, quoteattr

import msgspec
from msgspec import Struct, field
from msgspec.structs import asdict

from voiceguide import __version__
from voiceguide.catalogue.stores import Bucket
from voiceguide.errors import Problem, Severity, UsageError
from voiceguide.files import temporary_folder
from voiceguide.lengths import SAMPLE_RATE

MANIFEST = "manifest.jsonl"
PARTS = "manifest.parts"

_SHARD_NAME = re.compile(r"manifest-(\d+)-of-(\d+)\.jsonl")

EVERY = 5.0
"""Seconds after which new lines are written; a killed run must repeat sessions not written yet."""

MOST_WAITING = 200
"""Number of new lines after which they are written, even before `EVERY` seconds have passed."""


class MadeFile(Struct, frozen=True):
    """A file of the catalogue."""

    name: str
    sha256: str
    bytes: int


class ManifestEntry(Struct, frozen=True):
    """A line of the manifest: the result of a row."""

    id: str
    row: int | None
    """From 1; None if the plan no longer has it."""
    key: str = ""
    """Changes with everything that its files depend on."""
    title: str = ""
    files: tuple[MadeFile, ...] = ()
    """The audio file, or the playlist of its parts, comes first; empty if nothing could be made."""
    length: int | None = None
    """Samples at 48,000 Hz."""
    loudness: float | None = None
    """LUFS, mono, of all speech, measured on its clips; None if there is no sound."""
    voice: str | None = None
    """`ENGINE:VOICE`."""
    problems: tuple[dict[str, object], ...] = ()
    """As `check --json` shows them, without a person's words."""
    took: float = 0.0
    """Time that making it took, in seconds."""

    @property
    def good(self) -> bool:
        """Whether its session is complete; after a failure, `files` may still list an older one."""
        return bool(self.files) and not any(map(is_error, self.problems))

    @property
    def size(self) -> int:
        """Total bytes of its files."""
        return sum(file.bytes for file in self.files)

    def as_dict(self) -> dict[str, object]:
        """The JSON object of the line."""
        first = self.files[0] if self.files else None
        return {
            "id": self.id,
            "row": self.row,
            "file": first and first.name,
            "sha256": first and first.sha256,
            "bytes": first and first.bytes,
            "length": self.length,
            "seconds": None if self.length is None else round(self.length / 48_000, 6),
            "loudness": self.loudness,
            "voice": self.voice,
            "title": self.title,
            "problems": list(self.problems),
            "took": round(self.took, 3),
            "files": [asdict(file) for file in self.files],
            "key": self.key,
        }

    def line(self) -> bytes:
        """The line as UTF-8, with its line end."""
        return json.dumps(self.as_dict(), ensure_ascii=False).encode() + b"\n"


def failed(
    id_: str, row: int, problems: Iterable[Problem], hidden: Iterable[str] = (), **more: Any
) -> ManifestEntry:
    """The entry of a row that could not be made; words in `hidden` are replaced by `…`."""
    words = [word for word in hidden if word.strip()]
    return ManifestEntry(id_, row, problems=tuple(shown(one, words) for one in problems), **more)


def shown(problem: Problem, hidden: Iterable[str]) -> dict[str, object]:
    """A problem as a JSON object, with a person's words replaced by `…`."""
    found = problem.as_dict()
    for word in hidden:
        for name in ("message", "help"):
            found[name] = str(found[name]).replace(word, "…") if found[name] else found[name]
    return found


def is_error(problem: Mapping[str, object]) -> bool:
    """Whether a problem of an entry is an error."""
    return problem.get("severity") == Severity.ERROR.value


def read_entry(line: bytes) -> ManifestEntry | None:
    """The entry of a line; None if the line is not valid, for example if it is cut off."""
    try:
        return msgspec.json.decode(line, type=ManifestEntry)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def manifest_name(shard: tuple[int, int] | None) -> str:
    """File name of the manifest of a whole catalogue, or of one shard."""
    return MANIFEST if shard is None else f"manifest-{shard[0]}-of-{shard[1]}.jsonl"


# ── the manifest of a run ────────────────────────────────────────────────────


class ManifestBook(Struct):
    """Manifest lines of earlier runs, and those that this run adds."""

    bucket: Bucket
    name: str = MANIFEST
    clock: Callable[[], float] = time.monotonic
    _lines: Any = field(default_factory=TemporaryFile)
    _places: dict[str, int] = field(default_factory=dict)
    """Byte offset in `_lines` of the line of each id."""
    _waiting: list[bytes] = field(default_factory=list)
    _put_at: float = 0.0
    _number: int = 0

    def __post_init__(self) -> None:
        self._put_at = self.clock()
        for name in dict.fromkeys((MANIFEST, self.name)):
            self._take_in(self.bucket.lines(name))
        for name in self._parts():
            self._take_in(self.bucket.lines(name))
            self._number = max(self._number, int(name.rpartition("-")[2].partition(".")[0]))

    @property
    def count(self) -> int:
        """Number of ids."""
        return len(self._places)

    def __iter__(self) -> Iterator[str]:
        """The ids."""
        return iter(self._places)

    def get(self, id_: str) -> ManifestEntry | None:
        """The entry of an id; None if there is none."""
        place = self._places.get(id_)
        if place is None:
            return None
        self._lines.seek(place)
        return read_entry(self._lines.readline())

    def add(self, entry: ManifestEntry) -> None:
        """Add a row's result; write new lines every `MOST_WAITING` lines or `EVERY` seconds."""
        line = entry.line()
        self._keep(entry.id, line)
        self._waiting.append(line)
        if len(self._waiting) >= MOST_WAITING or self.clock() - self._put_at >= EVERY:
            self.put_part()

    def put_part(self) -> None:
        """Write the new lines to the bucket as a part."""
        if self._waiting:
            self._number += 1
            self.bucket.put(self._part(self._number), b"".join(self._waiting))
            self._waiting.clear()
        self._put_at = self.clock()

    def drop(self, id_: str) -> None:
        """Drop an id whose files are removed."""
        self._places.pop(id_, None)

    def close(self, keep: Callable[[ManifestEntry], bool] = lambda _entry: True) -> None:
        """Write the manifest in the order of the rows, and remove its parts."""
        self.put_part()
        kept = ((self.get(id_), id_) for id_ in tuple(self._places))
        order = sorted(
            (entry.row is None, entry.row or 0, id_) for entry, id_ in kept if entry and keep(entry)
        )
        with temporary_folder() as folder:
            whole = folder / self.name
            with whole.open("wb") as file:
                for _, _, id_ in order:
                    self._lines.seek(self._places[id_])
                    file.write(self._lines.readline())
            self.bucket.put(self.name, whole)
        for name in self._parts():
            self.bucket.remove(name)

    def let_go(self) -> None:
        """Close the temporary file."""
        self._lines.close()

    def _take_in(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            entry = read_entry(line) if line.endswith(b"\n") else None
            if entry:
                self._keep(entry.id, line)

    def _keep(self, id_: str, line: bytes) -> None:
        self._lines.seek(0, 2)
        self._places[id_] = self._lines.tell()
        self._lines.write(line)

    def _part(self, number: int) -> str:
        return f"{PARTS}/{self.name.removesuffix('.jsonl')}-{number:06d}.jsonl"

    def _parts(self) -> list[str]:
        stem = re.escape(f"{PARTS}/{self.name.removesuffix('.jsonl')}")
        own = re.compile(rf"{stem}-\d{{6}}\.jsonl")
        return [name for name in self.bucket.names(PARTS) if own.fullmatch(name)]


# ── joining the manifests of shards ──────────────────────────────────────────


class Merged(Struct, frozen=True):
    """The result of joining shards."""

    entries: int
    failed: int
    doubled: tuple[str, ...]
    """Ids that more than one row has."""


def merge(bucket: Bucket) -> Merged:
    """Join the manifests of all shards into `manifest.jsonl`, and remove them.

    Raise a UsageError if there are none, one is missing, or their numbers of shards differ.
    """
    names = [name for name in bucket.names("") if _SHARD_NAME.fullmatch(name)]
    _check_shards(bucket, names)
    book = ManifestBook(bucket)
    rows: dict[str, int | None] = {}
    doubled: set[str] = set()
    bad = 0
    for name in names:
        for line in bucket.lines(name):
            entry = read_entry(line)
            if entry:
                if rows.setdefault(entry.id, entry.row) != entry.row:
                    doubled.add(entry.id)
                bad += not entry.good
                book.add(entry)
    book.close()
    for name in names:
        bucket.remove(name)
    book.let_go()
    return Merged(book.count, bad, tuple(sorted(doubled)))


def _check_shards(bucket: Bucket, names: list[str]) -> None:
    found = [_SHARD_NAME.fullmatch(name) for name in names]
    numbers = {(int(one[1]), int(one[2])) for one in found if one}
    counts = {count for _, count in numbers}
    if not numbers:
        way_out = "make shards first: `voiceguide catalogue PLAN -o OUT --shard 1/4`"
        raise UsageError(f"there is no manifest of a shard in `{bucket.address}`", way_out)
    if len(counts) > 1:
        said = " and ".join(f"`--shard …/{count}`" for count in sorted(counts))
        way_out = "remove the `manifest-N-of-M.jsonl` that are of an earlier run"
        raise UsageError(f"the manifests in `{bucket.address}` are of {said}", way_out)
    (count,) = counts
    missing = [number for number in range(1, count + 1) if (number, count) not in numbers]
    if missing:
        said = ", ".join(f"{number}/{count}" for number in missing[:10])
        more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
        way_out = f"make them: `voiceguide catalogue PLAN -o OUT --shard {missing[0]}/{count}`"
        raise UsageError(f"the shards {said}{more} are not done", way_out)


# ── a feed of the catalogue, for players and importers ───────────────────────


FEED = "feed.xml"

_MEDIA = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".m4b": "audio/mp4",
    ".opus": "audio/ogg",
}

_FEED_HEAD = """\
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

_FEED_ITEM = """\
<item>
<title>{title}</title>
<guid isPermaLink="false">{id}-{version}</guid>
<enclosure url={url} length="{bytes}" type="{type}"/>
<itunes:duration>{seconds}</itunes:duration>
</item>
"""


def check_address(address: str, example: str = "`https://example.org/sessions/`") -> None:
    """Raise a UsageError, with an example, if sessions cannot be served at an address."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise UsageError(f"`{address}` is not the address of a web site", f"write it as {example}")


def feed_of(address: str, entries: Iterable[ManifestEntry]) -> bytes:
    """Make an RSS 2.0 feed of sessions served under `address`, with an item for each.

    It has no dates: the same sessions always give the same bytes. `itunes:block` keeps it out of
    directories. Sources: <https://www.rssboard.org/rss-specification>; Apple's "Podcaster's Guide
    to RSS".
    """
    root = address.rstrip("/") + "/"
    head = _FEED_HEAD.format(address=escape(root), version=__version__)
    return "".join((head, *_feed_items(root, entries), "</channel>\n</rss>\n")).encode()


def _feed_items(root: str, entries: Iterable[ManifestEntry]) -> Iterator[str]:
    for entry in entries:
        first = entry.files[0]
        ending = first.name[first.name.rfind(".") :]
        kind = _MEDIA.get(ending) or mimetypes.guess_type(first.name)[0]
        yield _FEED_ITEM.format(
            title=escape("".join(c for c in entry.title if c.isprintable())),
            id=escape(entry.id),
            version=first.sha256[:12],
            url=quoteattr(root + quote(first.name)),
            bytes=first.bytes,
            type=kind or "application/octet-stream",
            seconds=round((entry.length or 0) / SAMPLE_RATE),
        )
