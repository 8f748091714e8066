"""Headings: the title of the routine, and its chapters."""

from __future__ import annotations

import re

from voiceguide.errors import quote
from voiceguide.routine import Heading
from voiceguide.script.context import Context
from voiceguide.script.inline import Bit, scan
from voiceguide.script.passage import Line, Passage
from voiceguide.script.report import Fault
from voiceguide.script.scope import Scope

DEEPEST_HEADING = 6
"""Signs before a heading, as in Markdown."""

_HEADING = re.compile(r"(#+)(\s*)(.*?)(?:\s#+)?$")


def read_heading(line: Line, context: Context) -> Heading:
    """A heading; level 0 is the routine's title.

    Raises:
        Fault: it is none.
    """
    passage = context.passage([line])
    found = _HEADING.match(line.text)
    signs, space = (found[1], found[2]) if found else ("#", "")
    if len(signs) > DEEPEST_HEADING:
        message = f"a heading has at most {DEEPEST_HEADING} signs"
        raise Fault(passage.place(), message, f"write `{'#' * DEEPEST_HEADING} Heading` at most")
    words = passage.part(*found.span(3)) if found else passage
    if not words.text:
        raise Fault(passage.place(), "this heading has no words", f"write `{signs} Heading`")
    if not space:
        message = f"{quote(line.text)} needs a space after `{signs}`"
        way_out = f"write {quote(f'{signs} {words.text}')}; `\\#` is the sign itself"
        raise Fault(passage.place(), message, way_out)
    return Heading(len(signs) - 1, _plain(words, context), passage.place())


def _plain(words: Passage, context: Context) -> str:
    bits = list(scan(words, Scope(), context))
    plain = [bit.text for bit in bits if isinstance(bit, Bit) and not bit.changing]
    if len(plain) < len(bits):
        raise Fault(words.place(), "a heading holds nothing but words", "move the tag below it")
    return " ".join("".join(plain).split())
