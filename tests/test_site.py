"""The pages as a site: built strictly, no dead link in it, and nothing asked of other hosts."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from web_running import DESK, PHONE, open_browser, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"

LOADING = {
    *(("script", "src"), ("img", "src"), ("audio", "src"), ("source", "src"), ("iframe", "src")),
    ("link", "href"),
}
"""What a browser fetches by itself, by its element and attribute."""

FOR_ENGINES = {"canonical", "next", "prev"}
"""Kinds of `<link>` that are told and not fetched."""


class Page(HTMLParser):
    """A page of the site: where its links lead, what it loads, and its anchors."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        for name, value in given.items():
            if (tag, name) == ("a", "href"):
                self.links.add(value)
            elif (tag, name) in LOADING and given.get("rel") not in FOR_ENGINES:
                self.loaded.add(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it: a warning is an error."""
    if not (find_spec("mkdocs") and find_spec("material")):
        assert not os.environ.get("CI"), "CI installs the extra `docs`"
        pytest.skip('needs the extra for the site: pip install "voiceguide[docs]"')
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir"]
    built = subprocess.run(
        [*command, str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert built.returncode == 0, built.stdout
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    """Every page but that of a missing one, which a server shows at any address."""
    return {path: Page(path) for path in sorted(site.rglob("*.html")) if path.name != "404.html"}


def test_every_page_is_in_it(site: Path, pages: dict[Path, Page]) -> None:
    """Each page of docs/, the README, CONTRIBUTING and the changelog."""
    expected = {f"{path.stem}.html" for path in DOCS.glob("*.md")} - {"README.html"}
    expected |= {"index.html", "OVERVIEW.html", "CONTRIBUTING.html", "CHANGELOG.html"}
    assert {path.relative_to(site).as_posix() for path in pages} == expected


def test_every_page_can_be_reached(site: Path, pages: dict[Path, Page]) -> None:
    """The navigation on the first page leads to all of them."""
    reached = {urlsplit(link).path for link in pages[site / "index.html"].links} | {"index.html"}
    assert {path.relative_to(site).as_posix() for path in pages} <= reached


def test_no_link_is_dead(pages: dict[Path, Page]) -> None:
    """Each link within the site leads to a file, and to an anchor that is in it."""
    for path, page in pages.items():
        for link in page.links | page.loaded:
            parts = urlsplit(link)
            if not parts.scheme:
                target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
                assert target.is_file(), f"{path.name}: {link}"
                if parts.fragment and target in pages:
                    anchors = pages[target].anchors | {"__skip", "__codelineno"}
                    assert unquote(parts.fragment) in anchors, f"{path.name}: {link}"


def test_a_page_loads_nothing_from_elsewhere(pages: dict[Path, Page]) -> None:
    """No font, script, style or picture stands on another host."""
    for path, page in pages.items():
        assert page.loaded
        assert [one for one in page.loaded if urlsplit(one).netloc] == [], path.name


def test_code_in_tables_is_shown_as_it_is_typed(site: Path) -> None:
    """The backslash that keeps a bar in its cell is not on the page."""
    page = (site / "LANGUAGE.html").read_text(encoding="utf-8")
    assert "<code>{left|right}</code>" in page
    assert "{left\\|right}" not in page


# ── in a browser ─────────────────────────────────────────────────────────────


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and writes no log."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The site, served on loopback."""
    handler = partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from open_browser()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_pages_ask_nobody_else_and_fit(
    address: str, browser: Browser, pages: dict[Path, Page], size: dict[str, int]
) -> None:
    """In a real browser every request goes to the site, and no page is wider than its window."""
    with visiting(browser, viewport=size) as visit:
        for path in pages:
            visit.page.goto(f"{address}/{path.name}", wait_until="networkidle")
            wide = visit.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], path.name
        assert [url for url in visit.asked if not url.startswith((address, "data:", "blob:"))] == []
        assert visit.complaints == []


def test_the_search_finds_a_word(address: str, browser: Browser) -> None:
    """Without the network, by the index that comes along."""
    with visiting(browser, viewport=DESK) as visit:
        visit.page.goto(f"{address}/index.html")
        box = visit.page.locator("[data-md-component=search-query]")
        box.fill("metronome")
        found = visit.page.locator(".md-search-result__item a[href*='LANGUAGE']").first

        def asked() -> bool:
            """A key that types nothing: at one before the theme's script listened, nothing came."""
            box.press("End")
            return bool(found.is_visible())

        visit.wait(asked)
