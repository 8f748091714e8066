"""Asks whether the pages elsewhere that our pages lead to are still there: `make links`.

By hand, not in the tests: it asks the network, and a host may be away for an hour. Links between
our own pages are the tests' matter.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md")

LINK = re.compile(r"https?://[^\s)>\"'`\]|]+")
NOWHERE = re.compile(
    r"https?://(host\b|localhost|[\d.]+[:/]|(\w+\.)?example\.|www\.w3\.org/2005/01/)"
)
"""Examples, and names of XML that are no pages."""

GONE = (404, 410)
SECONDS = 20.0
AGENT = {"User-Agent": "Mozilla/5.0 (compatible; a check of links)"}
"""Some hosts answer nobody who says less."""


def links(pages: Iterable[Path]) -> dict[str, list[str]]:
    """The links to elsewhere, each with the places where it stands, as `docs/PHONE.md:7`."""
    found: dict[str, list[str]] = {}
    for page in pages:
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for match in LINK.finditer(line):
                link = match[0].rstrip(".,;:").partition("#")[0]
                if not NOWHERE.match(link):
                    found.setdefault(link, []).append(f"{page.name}:{number}")
    return found


def answers(client: httpx.Client, link: str) -> str:
    """What is wrong with a link; empty where it leads somewhere."""
    try:
        # some know no HEAD, and a page may be large: the head of a GET is enough
        with client.stream("GET", link) as answer:
            status = answer.status_code
    except httpx.HTTPError as error:
        return f"does not answer: {error}"
    return f"is gone: {status}" if status in GONE else ""


def faults(client: httpx.Client, found: dict[str, list[str]]) -> Iterator[str]:
    """A line for each link that leads nowhere."""
    with ThreadPoolExecutor(8) as pool:
        told = pool.map(lambda link: answers(client, link), found)
    for link, wrong in zip(found, told, strict=True):
        if wrong:
            yield f"{', '.join(found[link])}: {link} {wrong}"


def main() -> int:
    """1 where a link leads nowhere."""
    found = links(path for pattern in PAGES for path in sorted(ROOT.glob(pattern)))
    with httpx.Client(follow_redirects=True, timeout=SECONDS, headers=AGENT) as client:
        wrong = list(faults(client, found))
    print(*wrong, f"{len(found)} links, {len(wrong)} of them lead nowhere", sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
