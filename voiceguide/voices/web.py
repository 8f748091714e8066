"""One answer of a server, and what goes wrong on the way, in sentences.

Proxies are those that the environment names (`HTTPS_PROXY` and so on). From https nothing leads to
http.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from time import sleep
from typing import IO, cast
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from voiceguide import __version__
from voiceguide.errors import MachineError, UsageError

PATIENCE = 30.0
"""Seconds without a byte after which a connection counts as broken off."""

TRIES = 5
"""Connections in a row that may bring nothing new."""

_NO_SUCH_PART = 416
_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_LEADS_ON = range(300, 400)

REACH = "look to the connection; HTTPS_PROXY names a proxy, `--from URL` a mirror"
NEWER = "`voiceguide voices update` fetches a newer catalogue, `--from URL` names another source"


class BrokenOffError(Exception):
    """The connection ended too early; it may well work the next time."""


class NoSuchPartError(BrokenOffError):
    """The server has no such part of the file: what is here is of another one."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How a server is treated."""

    patience: float = PATIENCE
    """Seconds without a byte after which a connection counts as broken off."""
    rest: Callable[[float], None] = sleep
    """Waits so many seconds before the next attempt."""


@contextmanager
def answer(
    url: str, patience: float, headers: Mapping[str, str] | None = None
) -> Iterator[HTTPResponse]:
    """The server's answer, to be read in the block.

    Raises:
        BrokenOffError: the connection ended, also while reading, or the server is busy.
        MachineError: trying again is of no use.
    """
    request = Request(url, headers={**_OURS, **(headers or {})})
    try:
        with build_opener(_Redirects).open(request, timeout=patience) as response:
            yield cast(HTTPResponse, response)
    except HTTPError as error:
        with error:
            raise _refusal(url, error) from error
    except URLError as error:
        raise _unreached(url, error.reason) from error
    except (TimeoutError, ConnectionError, HTTPException, ssl.SSLError) as error:
        raise BrokenOffError(str(error) or type(error).__name__) from error


def read_small(url: str, most: int, manners: Manners | None = None) -> bytes:
    """The whole of a file of `most` bytes or fewer.

    Raises:
        MachineError: it cannot be had, or is larger.
    """
    manners = manners or Manners()
    for tries in range(TRIES):
        try:
            with answer(url, manners.patience) as response:
                data = response.read(most + 1)
            break
        except BrokenOffError as error:
            reason = str(error)
            manners.rest(2.0**tries)
    else:
        raise lost(url, reason)
    if len(data) > most:
        raise MachineError(f"`{url}` is larger than such a file can be", NEWER)
    return data


def address(base: str, path: str) -> str:
    """The address of a file.

    Raises:
        UsageError: the base is no address of a web server.
    """
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"`{base}` is no address to fetch from", "write one as https://host/folder"
        )
    return f"{base.rstrip('/')}/{quote(path)}"


def lost(url: str, reason: str) -> MachineError:
    """What is said when enough attempts have failed."""
    return MachineError(
        f"the connection to `{host(url)}` breaks off again and again: {reason}",
        "what has arrived is kept: the same command goes on from there",
    )


def host(url: str) -> str:
    """The name of the server."""
    return urlsplit(url).netloc.rpartition("@")[2]


_OURS = {"User-Agent": f"voiceguide/{__version__}", "Accept-Encoding": "identity"}


class _Redirects(HTTPRedirectHandler):
    """Follows as usual, but never out of an encrypted connection."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise URLError(f"it leads from https to `{newurl}`")
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
