"""The handout: a routine as a sheet to read, in the hand of whoever practises it.

    Routine, Settings ─sheet▶ Sheet ─page▶ HTML
                                    └────▶ lines of a terminal

What a session says in two hours of breathing stands here on one side: doses as a physiotherapist
would write them, what to do as sentences, the first side with the other in brackets, ranges as
ranges. What only sounds, chimes and silences in prose, is left out.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import PurePath
from typing import Literal

from msgspec import Struct

Style = Literal["", "stress", "code", "link", "picture"]


class Span(Struct, frozen=True):
    """A piece of text of one style."""

    text: str
    """Of a picture, what it shows."""
    style: Style = ""
    address: str = ""
    """Where a link leads, or a picture's file."""


Words = tuple[Span, ...]
"""A sentence, or a paragraph of a note."""


class Paragraph(Struct, frozen=True):
    """Sentences that belong together."""

    sentences: tuple[Words, ...]


class NoteBlock(Struct, frozen=True):
    """What the author wrote for the reader alone."""

    paragraphs: tuple[Words, ...]


class CueLine(Struct, frozen=True):
    """What is said at a moment of an exercise: `Halfway`, `At the end`."""

    when: str
    sentences: tuple[Words, ...]


class Exercise(Struct, frozen=True):
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


class Figure(Struct, frozen=True):
    """A picture between the sentences."""

    alternative: str
    """What it shows."""
    address: str
    """Its bytes as a `data:` address; empty where there is none."""
    mirrored: bool = False
    """Whether it is shown the other way round."""


_MEDIA = {".svg": "image/svg+xml", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp"}


def data_address(name: str, data: bytes) -> str:
    """The bytes of a picture as an address, so that a page holds it itself."""
    media = _MEDIA.get(PurePath(name).suffix.lower(), "image/jpeg")
    return f"data:{media};base64,{b64encode(data).decode()}"


Part = Paragraph | NoteBlock | CueLine | Figure | Exercise


class Section(Struct, frozen=True):
    """A chapter, or what stands outside of all chapters: then its heading is empty."""

    depth: int
    """1 for a chapter, 2 for one within it, and so on; never more than one deeper than before."""
    heading: str
    condition: str
    parts: tuple[Part, ...]


class Fact(Struct, frozen=True):
    """`You need`: `floor, blanket`."""

    name: str
    text: str


class Sheet(Struct, frozen=True):
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
