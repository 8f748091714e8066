"""A page as its reader walks it: what to type, what to see, and what to save under which name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAVED = re.compile(r"`([\w-]+\.md)`:\s*\Z")
"""How the words before a block end that is to be saved: with the name of its file."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str
    file: str = ""
    """The name under which the page says that it is saved; empty where it says none."""

    @property
    def commands(self) -> list[str]:
        """The lines of a block that a shell reads, without their comments."""
        return [line.partition(" #")[0].strip() for line in self.text.splitlines()]

    @property
    def asked(self) -> str:
        """The command of a block that shows a command and what it answers."""
        return self.text.partition("\n")[0].removeprefix("$ ")

    @property
    def answer(self) -> str:
        """What it answers."""
        return self.text.partition("\n")[2]


def blocks(page: str, under: str = "") -> Iterator[Block]:
    """The fenced blocks of a page (a path from the root) or under one heading, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    if under:
        text = f"{text}\n## ".split(f"\n## {under}\n")[1].split("\n## ")[0]
    for found in BLOCK.finditer(text):
        saved = SAVED.search(text, 0, found.start()) if found[1] == "markdown" else None
        yield Block(found[1], found[2], saved[1] if saved else "")


def only(page: str, language: str, file: str = "") -> str:
    """The text of the one block of a language, saved under a name where one is given."""
    (block,) = (one for one in blocks(page) if (one.language, one.file) == (language, file))
    return block.text


def check_links(page: Path) -> None:
    """See to it that each link of a page to a file leads to one, and to a heading that it has."""
    text = re.sub(r"`[^`\n]+`", "", BLOCK.sub("", page.read_text(encoding="utf-8")))
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        name, _, heading = target.partition("#")
        linked = page.parent / name if name else page
        assert linked.exists(), f"{page.name}: {target}"
        if heading:
            assert heading in _anchors(linked), f"{page.name}: {target}"


def _anchors(page: Path) -> set[str]:
    """The headings of a page as code hosts make addresses of them."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
