"""A page of HTML, read back: its elements, its text, its headings."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"img", "meta"}
"""Elements of our pages that have no end."""


@dataclass
class Page:
    """What a page holds."""

    tags: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    language: str | None = None
    headings: list[tuple[int, str]] = field(default_factory=list)
    style: str = ""
    text: str = ""
    """All that is shown, a space between elements."""


class _Reader(HTMLParser):
    """Fails where an element is not closed in its turn."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.add(tag)
        self.page.attributes.update(name for name, _ in attrs)
        if tag == "html":
            self.page.language = dict(attrs)["lang"]
        if self._level(tag):
            self.page.headings.append((self._level(tag), ""))
        if tag not in VOID:
            self.open.append(tag)
        self.page.text += " "

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, (tag, self.open)
        self.page.text += " "

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raise AssertionError(f"<{tag}/> is no HTML")

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.page.style += data
            return
        self.page.text += data
        for tag in self.open:
            if self._level(tag):
                level, before = self.page.headings[-1]
                self.page.headings[-1] = (level, before + data)

    @staticmethod
    def _level(tag: str) -> int:
        return int(tag[1]) if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit() else 0


def read_page(html: str) -> Page:
    """Read a page that has to be well-formed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    reader.page.text = " ".join(reader.page.text.split())
    return reader.page
