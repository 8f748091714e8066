"""A sheet as a page of HTML: to print on A4, and to read on a phone.

The page is one file that loads nothing and runs nothing; a Content-Security-Policy enforces this.
All text is escaped, because a routine may come from anybody. The accent is the colour of the
session's cover, so that sheet and sound visibly belong together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from importlib import resources
from itertools import groupby

from voiceguide.handout import (
    CueLine,
    Exercise,
    Figure,
    NoteBlock,
    Paragraph,
    Part,
    Section,
    Sheet,
    Span,
    Words,
)
from voiceguide.handout.doses import labels
from voiceguide.patterns import late
from voiceguide.picture.drawing import palette

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Allows the page's own style and embedded pictures, and nothing else."""

DEEPEST = 6
"""The deepest heading level of HTML, `h6`."""

UNBROKEN = 24
"""Code of up to this many characters stays on one line; else it would break in an option."""

_TAGS = {"": "", "stress": "strong", "code": "code", "link": "", "picture": "em"}
_LINK = late(r"(?:https?|mailto|tel):", re.IGNORECASE)
"""Addresses that may become links; others stay text."""
_UNIT = late(r"(?<=\d) (?=[^\W\d]+\b|×)|(?<=×) (?=\d)")
"""A space between a number and its unit, or beside `×`, at which no line may break."""


def as_html(sheet: Sheet) -> str:
    """The whole page; the same sheet always gives the same text."""
    begin = f'<!DOCTYPE html>\n<html lang="{_safe(sheet.language)}">\n<head>'
    between, end = "</head>\n<body>\n<main>", "</main>\n</body>\n</html>\n"
    return "\n".join((begin, *_head(sheet), between, *_body(sheet), end))


def _head(sheet: Sheet) -> Iterator[str]:
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    if sheet.description:
        yield f'<meta name="description" content="{_safe(sheet.description)}">'
    yield f"<title>{_safe(sheet.title)}</title>"
    style = (resources.files(__package__ or "") / "page.css").read_text(encoding="utf-8")
    yield f"<style>\n:root {{ --accent: {palette(sheet.title).ground} }}\n{style}</style>"


def _body(sheet: Sheet) -> Iterator[str]:
    yield from _header(sheet)
    yield from _aside(sheet)
    for inner, sections in groupby(sheet.sections, key=lambda section: section.depth > 1):
        yield from ('<div class="inner">',) if inner else ()
        yield from (html for section in sections for html in _section(section))
        yield from ("</div>",) if inner else ()
    made_with = labels(sheet.language).made_with
    told = (sheet.title, "" if sheet.author in made_with else sheet.author, made_with)
    yield _tagged("footer", _safe(" · ".join(filter(None, told))))


def _header(sheet: Sheet) -> Iterator[str]:
    yield "<header>"
    yield f"<h1>{_safe(sheet.title)}</h1>"
    if sheet.description:
        yield f'<p class="about">{_safe(sheet.description)}</p>'
    yield '<dl class="facts">'
    for fact in sheet.facts:
        yield f"<div><dt>{_safe(fact.name)}</dt><dd>{_amount(fact.text)}</dd></div>"
    yield "</dl>\n</header>"


def _aside(sheet: Sheet) -> Iterator[str]:
    """The opening and the notes, which are read before the exercises."""
    if not (sheet.opening or sheet.notes):
        return
    words = labels(sheet.language).addressing(sheet.address)
    yield '<div class="before">'
    if sheet.opening:
        yield f'<section class="opening"><h2>{_safe(words.opening)}</h2>'
        yield from (html for part in sheet.opening for html in _part(part))
        yield "</section>"
    if sheet.notes:
        yield f'<section class="notes"><h2>{_safe(words.notes)}</h2>'
        yield from (_paragraph([note]) for note in sheet.notes)
        yield "</section>"
    yield "</div>"


# ── sections ─────────────────────────────────────────────────────────────────


def _section(section: Section) -> Iterator[str]:
    yield f'<section class="chapter depth-{min(section.depth, DEEPEST - 1)}">'
    if section.heading:
        yield _heading(section)
    elif section.condition:
        yield _tagged("p", _condition(section.condition), "alone")
    for part in section.parts:
        yield from _part(part)
    yield "</section>"


def _heading(section: Section) -> str:
    condition = f" {_condition(section.condition)}" if section.condition else ""
    level = min(section.depth + 1, DEEPEST)
    return _tagged(f"h{level}", f"{_safe(section.heading)}{condition}")


def _condition(condition: str) -> str:
    return _tagged("span", _safe(condition), "condition")


def _part(part: Part) -> Iterator[str]:
    if isinstance(part, Exercise):
        yield from _exercise(part)
    elif isinstance(part, NoteBlock):
        yield from (_paragraph([words], "note") for words in part.paragraphs)
    elif isinstance(part, Figure):
        yield from _figure(part)
    elif isinstance(part, CueLine):
        yield _labelled(part.when, part.sentences)
    else:
        yield _paragraph(part.sentences)


def _figure(figure: Figure) -> Iterator[str]:
    """The picture with its alternative text; the text alone if the image is missing."""
    if figure.address:
        words, mirrored = _safe(figure.alternative), ' class="mirrored"' if figure.mirrored else ""
        image = f'<img src="{_safe(figure.address)}" alt="{words}"{mirrored}>'
        # a screen reader has already read the same words as the picture's alt text
        yield f'<figure>{image}<figcaption aria-hidden="true">{words}</figcaption></figure>'
    else:
        yield _tagged("p", _safe(figure.alternative), "note")


def _exercise(exercise: Exercise) -> Iterator[str]:
    if exercise.in_words:
        yield _labelled(exercise.condition, exercise.in_words)
        return
    yield f'<div class="exercise{" timed" if exercise.dose else ""}">'
    condition = _condition(exercise.condition) if exercise.condition else ""
    if exercise.name:
        yield _tagged("p", _safe(exercise.name), "name")
    if exercise.dose or condition:
        dose = _amount(exercise.dose)
        yield _tagged("p", " ".join(filter(None, (dose, condition))), "dose" if dose else "if")
    yield from _steps(exercise)
    yield "</div>"


def _steps(exercise: Exercise) -> Iterator[str]:
    """Number the sentences if there are several, continuing across the parts between them."""
    told = [part for part in exercise.parts if isinstance(part, Paragraph)]
    if sum(len(paragraph.sentences) for paragraph in told) < 2:
        yield from (html for part in exercise.parts for html in _part(part))
        return
    number = 1
    for part in exercise.parts:
        if isinstance(part, Paragraph):
            start = f' start="{number}"' if number > 1 else ""
            items = "".join(_tagged("li", _text([sentence])) for sentence in part.sentences)
            yield f"<ol{start}>{items}</ol>"
            number += len(part.sentences)
        else:
            yield from _part(part)


def _labelled(label: str, sentences: Iterable[Words]) -> str:
    when = _tagged("span", f"{_amount(label)}:", "when")
    return _tagged("p", f"{when} {_text(sentences)}")


# ── words ────────────────────────────────────────────────────────────────────


def _paragraph(sentences: Iterable[Words], name: str = "") -> str:
    return _tagged("p", _text(sentences), name)


def _text(sentences: Iterable[Words]) -> str:
    return " ".join("".join(map(_span, words)) for words in sentences)


def _span(span: Span) -> str:
    if span.style == "link" and _LINK.match(span.address):
        return f'<a href="{_safe(span.address)}">{_safe(span.text)}</a>'
    if span.style == "picture" and span.address.startswith("data:"):
        return f'<img src="{_safe(span.address)}" alt="{_safe(span.text)}">'
    tag = _TAGS[span.style]
    short = "short" if tag == "code" and len(span.text) <= UNBROKEN else ""
    return _tagged(tag, _safe(span.text), short) if tag else _safe(span.text)


def _tagged(tag: str, html: str, name: str = "") -> str:
    attribute = f' class="{name}"' if name else ""
    return f"<{tag}{attribute}>{html}</{tag}>"


def _amount(text: str) -> str:
    return _UNIT.sub("\N{NO-BREAK SPACE}", _safe(text))


def _safe(text: str) -> str:
    return escape(text, quote=True)
