"""`Sheet`: a handout as plain data, before it is a page or lines of a terminal."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

Style = Literal["", "stress", "code", "link", "picture"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text of one style."""

    text: str
    """Of a picture, what it shows."""
    style: Style = ""
    address: str = ""
    """Where a link leads, or a picture's file."""


Words = tuple[Span, ...]
"""A sentence, or a paragraph of a note."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences that belong together."""

    sentences: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class NoteBlock:
    """What the author wrote for the reader alone."""

    paragraphs: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class CueLine:
    """What is said at a moment of an exercise: `Halfway`, `At the end`."""

    when: str
    sentences: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Exercise:
    """A timed step."""

    dose: str
    """`3 × 30–60 s each side, rest 10 s`; empty where it has words alone."""
    condition: str
    """`With band`, `Optional`; empty where it is always done."""
    parts: tuple[Part, ...]
    name: str = ""
    """`Heel slide`; empty where the step has none."""

    @property
    def in_words(self) -> tuple[Words, ...]:
        """All of it, where it is nothing but sentences on a condition: `With band: …`."""
        told = [part for part in self.parts if isinstance(part, Paragraph)]
        if self.dose or self.name or not self.condition or len(told) < len(self.parts):
            return ()
        return tuple(words for paragraph in told for words in paragraph.sentences)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture between the sentences."""

    alternative: str
    """What it shows."""
    address: str
    """Its bytes as a `data:` address; empty where there is none."""


_MEDIA = {".svg": "image/svg+xml", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp"}


def data_address(name: str, data: bytes) -> str:
    """The bytes of a picture as an address, so that a page holds it itself."""
    media = _MEDIA.get(PurePath(name).suffix.lower(), "image/jpeg")
    return f"data:{media};base64,{b64encode(data).decode()}"


Part = Paragraph | NoteBlock | CueLine | Figure | Exercise


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter, or what stands outside of all chapters: then its heading is empty."""

    depth: int
    """1 for a chapter, 2 for one within it, and so on; never more than one deeper than before."""
    heading: str
    condition: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """`You need`: `floor, blanket`."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A handout."""

    title: str
    language: str
    """As HTML names it: `en`, `en-GB`."""
    author: str
    description: str
    facts: tuple[Fact, ...]
    opening: tuple[Part, ...]
    """What is said before the first chapter: what it is, what to have ready, when to stop."""
    notes: tuple[Words, ...]
    """The paragraphs of the notes before the first chapter."""
    sections: tuple[Section, ...]
    address: str | None = None
    """How the labels address the reader, where their language has two ways."""
