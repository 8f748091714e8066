"""Download a file: resume after an interruption, and verify the checksum at the end.

Received bytes are kept beside the file as `NAME.part`, and `NAME.part.json` records the server's
version of the file (its ETag or date). The next attempt requests the rest of that version (`Range`
with `If-Range`: RFC 9110, sections 13.1.5 and 14.2). A server without ranges, or with another
version by now, sends the whole file, which replaces the part.
"""

from __future__ import annotations

import hashlib
import json
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from time import monotonic, sleep
from typing import IO, cast
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from msgspec import Struct

from voiceguide import __version__
from voiceguide.errors import MachineError, UsageError
from voiceguide.files import told
from voiceguide.patterns import late
from voiceguide.voices import VoiceFile

# ── one response of a server, and messages for its failures ──────────────────


TIMEOUT = 30.0
"""Seconds without a byte after which a connection counts as interrupted."""

TRIES = 5
"""Consecutive connections without new bytes after which a download fails."""

MOST_CONNECTIONS = 100
"""Most connections for a file, even if each brings new bytes."""

GRACE, SLOWEST = 60.0, 1_000
"""After `GRACE` seconds, a connection slower than `SLOWEST` bytes per second is closed."""

_NO_SUCH_PART = 416
_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_LEADS_ON = range(300, 400)

REACH = "look to the connection; HTTPS_PROXY names a proxy, `--from URL` a mirror"
NEWER = "`voiceguide voices update` fetches a newer catalogue, `--from URL` names another source"


class BrokenOffError(Exception):
    """The connection ended too early; the next attempt may succeed."""


class NoSuchPartError(BrokenOffError):
    """The server has no such range: the bytes kept here are of another version."""


class Patience(Struct, frozen=True):
    """Timeouts and waits of a download."""

    timeout: float = TIMEOUT
    """Seconds without a byte after which a connection counts as interrupted."""
    wait: Callable[[float], None] = sleep
    """Waits a number of seconds before the next attempt."""
    clock: Callable[[], float] = monotonic
    """Returns monotonic seconds."""


@contextmanager
def answer(
    url: str, timeout: float, headers: Mapping[str, str] | None = None
) -> Iterator[HTTPResponse]:
    """Open a response, to be read in the block.

    Raises:
        BrokenOffError: the connection ended, even while reading, or the server is busy.
        MachineError: a retry would not help.
    """
    request = Request(url, headers={**_OURS, **(headers or {})})
    try:
        with build_opener(_Redirects).open(request, timeout=timeout) as response:
            yield cast(HTTPResponse, response)
    except HTTPError as error:
        with error:
            raise _refusal(url, error) from error
    except URLError as error:
        raise _unreached(url, error.reason) from error
    except (TimeoutError, ConnectionError, HTTPException, ssl.SSLError) as error:
        raise BrokenOffError(str(error) or type(error).__name__) from error


def read_small(url: str, most: int, patience: Patience | None = None) -> bytes:
    """Download a file of at most `most` bytes into memory.

    Raises:
        MachineError: it cannot be downloaded, or is larger.
    """
    patience = patience or Patience()
    for tries in range(TRIES):
        try:
            with answer(url, patience.timeout) as response:
                data = response.read(most + 1)
            break
        except BrokenOffError as error:
            reason = str(error)
            patience.wait(2.0**tries)
    else:
        raise lost(url, reason)
    if len(data) > most:
        raise MachineError(f"`{url}` is larger than such a file can be", NEWER)
    return data


def address(base: str, path: str) -> str:
    """Join the address of a file from its base and path.

    Raises:
        UsageError: the base is not the address of a web server.
    """
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"`{base}` is not an address to fetch from", "write one as https://host/folder"
        )
    return f"{base.rstrip('/')}/{quote(path)}"


def lost(url: str, reason: str) -> MachineError:
    """The error after too many failed attempts."""
    return MachineError(
        f"the connection to `{host(url)}` breaks off again and again: {reason}",
        "what has arrived is kept: the same command goes on from there",
    )


def host(url: str) -> str:
    """The host name of an address, with its port if it has one."""
    return urlsplit(url).netloc.rpartition("@")[2]


_OURS = {"User-Agent": f"voiceguide/{__version__}", "Accept-Encoding": "identity"}


class _Redirects(HTTPRedirectHandler):
    """Follows redirects to HTTPS, and from HTTP to HTTP, but to no other scheme."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        before, after = (urlsplit(url).scheme for url in (req.full_url, newurl))
        if after != "https" and (before == "https" or after != "http"):
            raise URLError(f"it leads from {before} to `{newurl[:200]}`")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _refusal(url: str, error: HTTPError) -> Exception:
    said = f"the server answers {error.code} ({error.reason})"
    if error.code == _NO_SUCH_PART:
        return NoSuchPartError(said)
    if error.code in _TRY_AGAIN:
        return BrokenOffError(said)
    if error.code in _LEADS_ON:
        return MachineError(f"the server `{host(url)}` leads in a circle from `{url}`", NEWER)
    return MachineError(f"the server `{host(url)}` answers {error.code} for `{url}`", NEWER)


def _unreached(url: str, reason: object) -> Exception:
    if isinstance(reason, TimeoutError | ConnectionResetError):
        return BrokenOffError(str(reason) or type(reason).__name__)
    said = getattr(reason, "strerror", None) or reason
    return MachineError(f"the server `{host(url)}` cannot be reached: {said}", REACH)


# ── downloading a file to the disk, with resuming and a check at the end


Progress = Callable[[int], None]
"""Called with the number of bytes of a file received so far."""

_PIECE = 1 << 16
"""Size of a read, in bytes."""

_PARTIAL = 206
_RANGE = late(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)", re.ASCII)


def fetch(
    base: str, file: VoiceFile, folder: Path, progress: Progress, patience: Patience | None = None
) -> Path:
    """Download a file, or its missing bytes, into a folder; return its path.

    Raises:
        MachineError: it cannot be downloaded, is not the expected file, or cannot be written.
        UsageError: `base` is not an address.
    """
    target = folder / file.name
    if is_whole(target, file):
        progress(file.size)
        return target
    part = _Part(target.with_name(f"{file.name}.part"), address(base, file.path))
    _bring(part, file, progress, patience or Patience())
    if part.resumed and not is_whole(part.path, file):
        part.discard()  # it may be mixed from two versions
        _bring(part, file, progress, patience or Patience())
    if not is_whole(part.path, file):
        part.discard()
        raise _another(file, part.url, "its checksum is another one")
    with told(target):
        part.path.replace(target)
        part.version_path.unlink(missing_ok=True)
    return target


def is_whole(path: Path, file: VoiceFile) -> bool:
    """Whether a path has the size and the checksum of this file."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    kind, _, digits = file.checksum.partition(":")
    return digest(path, kind) == digits


def digest(path: Path, kind: str) -> str:
    """The checksum of a file in hexadecimal digits; `kind` is md5 or sha256."""
    with path.open("rb") as data:
        found = hashlib.file_digest(data, lambda: hashlib.new(kind, usedforsecurity=False))
    return found.hexdigest()


def _bring(part: _Part, file: VoiceFile, progress: Progress, patience: Patience) -> None:
    """Connect until all bytes are here, or `TRIES` connections in a row bring nothing new."""
    failures = connections = 0
    while part.size < file.size:
        before = part.size
        connections += 1
        if connections > MOST_CONNECTIONS:
            raise lost(part.url, f"{MOST_CONNECTIONS} connections did not bring `{file.name}`")
        try:
            _receive(part, file, progress, patience)
        except BrokenOffError as error:
            if isinstance(error, NoSuchPartError):
                part.discard()
            failures = failures + 1 if part.size <= before else 1
            if failures == TRIES:
                raise lost(part.url, str(error)) from error
            patience.wait(2.0 ** (failures - 1))


def _receive(part: _Part, file: VoiceFile, progress: Progress, patience: Patience) -> None:
    """Append the bytes of one connection."""
    with answer(part.url, patience.timeout, part.headers()) as response:
        begin = _begin(response, part, file)
        part.note(response.headers, resumed=begin > 0)
        with part.open(begin) as write:
            for data in _pieces(response, patience):
                write(data)
                progress(min(part.size, file.size))
                if part.size > file.size:
                    break
    if part.size > file.size:
        part.discard()
        raise _another(file, part.url, f"it has more than {file.size} bytes")
    if part.size < file.size:
        raise BrokenOffError(f"it ended after {part.size} of {file.size} bytes")


def _begin(response: HTTPResponse, part: _Part, file: VoiceFile) -> int:
    """The offset in the file at which a response begins."""
    if response.status != _PARTIAL:
        _check_size(response.headers.get("Content-Length"), part, file)
        return 0
    span = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if span is None or int(span[1]) != part.size:
        part.discard()
        raise BrokenOffError("the server sends another part than the one asked for")
    _check_size(span[2], part, file)
    return part.size


def _check_size(said: str | None, part: _Part, file: VoiceFile) -> None:
    """Refuse a response of another size: it is an error page, or a newer version."""
    if said and said != "*" and said.lstrip("0") != str(file.size):
        raise _another(file, part.url, f"it has {said[:20]} bytes instead of {file.size}")


def _another(file: VoiceFile, url: str, why: str) -> MachineError:
    return MachineError(f"what `{host(url)}` sends as `{file.name}` is another file: {why}", NEWER)


def _pieces(response: HTTPResponse, patience: Patience) -> Iterator[bytes]:
    """Yield the bytes as they arrive; a connection that is too slow counts as interrupted."""
    began, count = patience.clock(), 0
    while piece := response.read1(_PIECE):
        yield piece
        count += len(piece)
        seconds = patience.clock() - began
        if seconds > GRACE and count < seconds * SLOWEST:
            raise BrokenOffError(f"it sends fewer than {SLOWEST:,} bytes a second")


class _Part:
    """The part of a file that has been received."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        self.url = url
        self.version_path = path.with_name(f"{path.name}.json")
        self.resumed = False
        """Whether it was assembled from several responses."""
        if self._version() is None:
            self.discard()

    @property
    def size(self) -> int:
        """Number of received bytes."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def headers(self) -> dict[str, str]:
        """Request headers for the missing bytes."""
        if not self.size:
            return {}
        version = self._version()
        asked = {"Range": f"bytes={self.size}-"}
        return {**asked, "If-Range": version} if version else asked

    def note(self, headers: HTTPMessage, *, resumed: bool) -> None:
        """Record the version of the file in a new response."""
        self.resumed = resumed
        if resumed:
            return
        tag = headers.get("ETag", "")
        # a weak ETag does not guarantee the same bytes
        version = tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")
        with told(self.version_path):
            kept = json.dumps({"url": self.url, "version": version})
            self.version_path.write_text(kept, "utf-8")

    @contextmanager
    def open(self, begin: int) -> Iterator[Callable[[bytes], None]]:
        """Open the part for writing at the offset `begin`; yields a function that writes."""

        def write(data: bytes) -> None:
            with told(self.path):
                file.write(data)

        with told(self.path):
            file: IO[bytes] = self.path.open("r+b" if begin else "wb", buffering=0)
        with file:
            file.seek(begin)
            yield write

    def discard(self) -> None:
        """Delete the received bytes and their version."""
        with told(self.path):
            self.path.unlink(missing_ok=True)
            self.version_path.unlink(missing_ok=True)

    def _version(self) -> str | None:
        """The version of the received bytes; None if unknown."""
        try:
            kept = json.loads(self.version_path.read_text("utf-8"))
            return str(kept["version"]) if kept["url"] == self.url else None
        except (OSError, ValueError, KeyError, TypeError):
            return None
