"""The handout: a routine as a sheet to read while practising.

    Routine, Settings ─sheet▶ Sheet ─page▶ HTML
                                    └────▶ lines of a terminal

A sheet shows on one page what a session may take two hours to say: doses as a physiotherapist
writes them, instructions as sentences, the first side with the other in brackets, ranges as
ranges. What is only heard, such as chimes and silences in prose, is left out.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import PurePath
from typing import Literal

from msgspec import Struct

Style = Literal["", "stress", "code", "link", "picture"]


class Span(Struct, frozen=True):
    """A piece of text in one style."""

    text: str
    """The text; for a picture, its alternative text."""
    style: Style = ""
    address: str = ""
    """Target of a link; file or `data:` address of a picture."""


Words = tuple[Span, ...]
"""A sentence, or a paragraph of a note."""


class Paragraph(Struct, frozen=True):
    """Sentences that belong together."""

    sentences: tuple[Words, ...]


class NoteBlock(Struct, frozen=True):
    """A note: text for the reader that is never spoken."""

    paragraphs: tuple[Words, ...]


class CueLine(Struct, frozen=True):
    """A cue: its moment, such as `Halfway` or `At the end`, and its sentences."""

    when: str
    sentences: tuple[Words, ...]


class Exercise(Struct, frozen=True):
    """A timed step."""

    dose: str
    """`3 × 30–60 s each side, rest 10 s`; empty if there are only words."""
    condition: str
    """`With band`, `Optional`; empty if it is always done."""
    parts: tuple[Part, ...]
    name: str = ""
    """`Heel slide`; empty if the step has no name."""

    @property
    def in_words(self) -> tuple[Words, ...]:
        """The sentences of an exercise with nothing but a condition, `With band: …`; else empty."""
        told = [part for part in self.parts if isinstance(part, Paragraph)]
        if self.dose or self.name or not self.condition or len(told) < len(self.parts):
            return ()
        return tuple(words for paragraph in told for words in paragraph.sentences)


class Figure(Struct, frozen=True):
    """A picture between the sentences."""

    alternative: str
    """What it shows."""
    address: str
    """The image as a `data:` address; empty if there is none."""
    mirrored: bool = False
    """Whether it is mirrored left to right."""


_MEDIA = {".svg": "image/svg+xml", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp"}


def data_address(name: str, data: bytes) -> str:
    """A picture's bytes as a `data:` address, which embeds it in the page."""
    media = _MEDIA.get(PurePath(name).suffix.lower(), "image/jpeg")
    return f"data:{media};base64,{b64encode(data).decode()}"


Part = Paragraph | NoteBlock | CueLine | Figure | Exercise


class Section(Struct, frozen=True):
    """A chapter; or what is outside all chapters, with an empty heading."""

    depth: int
    """1 for a chapter, 2 for a chapter within it …; at most one more than the section before."""
    heading: str
    condition: str
    parts: tuple[Part, ...]


class Fact(Struct, frozen=True):
    """A label and its text: `You need`, `floor, blanket`."""

    name: str
    text: str


class Sheet(Struct, frozen=True):
    """A handout."""

    title: str
    language: str
    """Language tag, as in HTML: `en`, `en-GB`."""
    author: str
    description: str
    facts: tuple[Fact, ...]
    opening: tuple[Part, ...]
    """What is said before the first chapter: what it is, what to have ready, when to stop."""
    notes: tuple[Words, ...]
    """The paragraphs of the notes before the first chapter."""
    sections: tuple[Section, ...]
    address: str | None = None
    """How the labels address the reader, in a language with several forms of address."""
