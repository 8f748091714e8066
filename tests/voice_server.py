"""A web server on loopback that has voices, and behaves as badly as it is told to."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


class Server:
    """What it has, what it will do next, and what was asked of it."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        """By their paths, which begin with a slash."""
        self.next: deque[str] = deque()
        """What it does with the coming requests; as a good server does, where nothing is left."""
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        """The path of each request, and its headers."""
        self.tag = '"first"'
        """The version of its files."""
        self.closing = Event()
        self._http = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Bound", (_Handler,), {"voices": self})
        )
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    @contextmanager
    def running(self) -> Iterator[Server]:
        """Serve in the block."""
        thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            self._http.shutdown()
            thread.join()
            self._http.server_close()

    @property
    def ranges(self) -> list[str | None]:
        """The `Range` of each request."""
        return [headers.get("Range") for _, headers in self.asked]


class _Handler(BaseHTTPRequestHandler):
    """Answers one request, in the way that comes next."""

    voices: Server

    def do_GET(self) -> None:
        # a proxy is asked for a whole address
        path = re.sub(r"^http://[^/]+", "", self.path)
        self.voices.asked.append((self.path, dict(self.headers.items())))
        way = self.voices.next.popleft() if self.voices.next else "serve"
        if path not in self.voices.files and way == "serve":
            way = "404"
        data = self.voices.files.get(path, b"")
        getattr(self, f"way_{way.replace('-', '_')}", self._fail)(data, way)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002
        """Keep quiet."""

    def _head(self, code: int, length: int | None, **more: str) -> None:
        self.send_response(code)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.send_header("ETag", self.voices.tag)
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _fail(self, _data: bytes, way: str) -> None:
        self._head(int(way), 0)

    def _span(self, data: bytes) -> int | None:
        """Where to begin, if a part is asked for of this very version."""
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range", self.voices.tag) == self.voices.tag
        return int(asked[1]) if asked and same else None

    def way_serve(self, data: bytes, _way: str, cut: int | None = None) -> None:
        start = self._span(data)
        if start is None:
            self._head(200, len(data))
            self.wfile.write(data[:cut])
            return
        about = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._head(206, len(data) - start, Content_Range=about)
        self.wfile.write(data[start:][:cut])

    def way_break(self, data: bytes, way: str) -> None:
        self.way_serve(data, way, cut=100_000)
        self.close_connection = True

    def way_break_at_once(self, data: bytes, way: str) -> None:
        self.way_serve(data, way, cut=0)
        self.close_connection = True

    def way_no_ranges(self, data: bytes, _way: str) -> None:
        self._head(200, len(data))
        self.wfile.write(data)

    def way_other_range(self, data: bytes, _way: str) -> None:
        self._head(206, len(data) - 5, Content_Range=f"bytes 5-{len(data) - 1}/{len(data)}")
        self.wfile.write(data[5:])

    def way_other_size(self, data: bytes, _way: str) -> None:
        self._head(200, len(data) + 1)
        self.wfile.write(data + b"!")

    def way_no_size_and_more(self, data: bytes, _way: str) -> None:
        self._head(200, None)
        self.wfile.write(data + b"and more")
        self.close_connection = True

    def way_no_size(self, data: bytes, _way: str) -> None:
        self._head(200, None)
        self.wfile.write(data)
        self.close_connection = True

    def way_rubbish(self, data: bytes, _way: str) -> None:
        self._head(200, len(data))
        self.wfile.write(bytes(len(data)))

    def way_page(self, _data: bytes, _way: str) -> None:
        page = b"<html>Please log in to this network.</html>"
        self._head(200, len(page))
        self.wfile.write(page)

    def way_circle(self, _data: bytes, _way: str) -> None:
        self.voices.next.append("circle")
        self._head(302, 0, Location=self.path)

    def way_elsewhere(self, _data: bytes, _way: str) -> None:
        self._head(302, 0, Location=f"/elsewhere{self.path}")

    def way_hang(self, _data: bytes, _way: str) -> None:
        self.voices.closing.wait(30)
        self.close_connection = True

    def way_endless_range(self, data: bytes, _way: str) -> None:
        """A part whose size has more digits than Python turns into a number."""
        self._head(206, len(data), Content_Range=f"bytes 100000-200000/{'9' * 5_000}")

    def way_endless_size(self, data: bytes, _way: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "9" * 5_000)
        self.end_headers()

    def way_drip(self, data: bytes, _way: str) -> None:
        """A byte at a time, a few for each connection."""
        start = self._span(data) or 0
        about = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._head(206 if start else 200, len(data) - start, Content_Range=about)
        for at in range(start, start + 3):
            self.wfile.write(data[at : at + 1])
            self.wfile.flush()
            self.voices.closing.wait(0.01)
        self.close_connection = True

    def way_ftp(self, _data: bytes, _way: str) -> None:
        self._head(302, 0, Location="ftp://127.0.0.1:9/model.onnx")
