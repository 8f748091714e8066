"""Runs the pages for tests: a server in a thread, and a real Chromium that looks at it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.types import ASGIApp

from voiceguide.web import server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PATIENCE = 90.0
"""Seconds after which what a test waits for will not come any more, however busy the machine."""

# no certificate is asked for here, and to read all that the system trusts takes long each time
get = partial(httpx.get, timeout=PATIENCE, verify=False)
post = partial(httpx.post, timeout=PATIENCE, verify=False)
"""Ask a server of ours, which may be busy."""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP phone.test 127.0.0.1",
)

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
ZOOMED = {"width": 640, "height": 400}
"""What a page knows of a desk whose zoom is 200 %."""


@contextmanager
def running(app: ASGIApp, certificate: tuple[Path, Path] | None = None) -> Iterator[int]:
    """A server of the app on loopback, over https with a certificate and key; gives its port."""
    with server.listen(server.LOOPBACK, 0) as listener:
        made = server.make_server(app)
        if certificate:
            made.config.ssl_certfile, made.config.ssl_keyfile = map(str, certificate)
        thread = threading.Thread(target=made.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until = time.monotonic() + PATIENCE
        while not made.started and time.monotonic() < until:
            time.sleep(0.01)
        assert made.started
        try:
            yield listener.getsockname()[1]
        finally:
            made.should_exit = True
            thread.join(PATIENCE)


def open_browser(*more: str) -> Iterator[Browser]:
    """The system's Chromium, with more flags; skips the test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=[*FLAGS, *more])
        yield browser
        browser.close()


class Visit:
    """A page in a context of its own, with all that it asked for and complained of."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._said)

    def _said(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def until(self, condition: str) -> None:
        """Wait for what a script says; the page's policy forbids Playwright's own way."""
        self.wait(lambda: self._holds(condition), condition)

    def wait(self, happened: Callable[[], bool], what: str = "") -> None:
        """Wait until something has happened, and try again now and then."""
        until = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < until, what
            self.page.wait_for_timeout(20)

    def _holds(self, condition: str) -> bool:
        from playwright.sync_api import Error

        try:
            return bool(self.page.evaluate(condition))
        except Error:  # the page is being left, or is not there yet
            return False

    def violations(self) -> list[str]:
        """What axe finds, as `rule: element`."""
        script = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
        self.page.evaluate(script)
        found = self.page.evaluate("axe.run()")
        return [
            f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]


@contextmanager
def visiting(browser: Browser, **settings: object) -> Iterator[Visit]:
    """A visit of a new browser, without anything kept."""
    context = browser.new_context(**settings)
    context.set_default_timeout(1000 * PATIENCE)
    try:
        yield Visit(context)
    finally:
        context.close()
