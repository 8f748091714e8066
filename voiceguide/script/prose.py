"""Paragraphs to what is spoken: sentences, and the tags between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby

from voiceguide.routine import Break, Piece, Prose, Sentence, Spoken, Text
from voiceguide.script.context import Context
from voiceguide.script.inline import Bar, Bit, Inline, scan
from voiceguide.script.passage import Line, Passage
from voiceguide.script.scope import Scope
from voiceguide.script.sentences import sentence_ends

_SPACE = re.compile(r"\s+")
_LEFT_OVER = " ,;:.!?…"
"""Signs that a tag has cut off from the words before them."""


def read_prose(lines: Sequence[Line], scope: Scope, context: Context) -> Prose | None:
    """A run of prose over lines, blank ones between its paragraphs; None where nothing sounds."""
    texts = read_texts(lines, scope, context)
    first = next(line for line in lines if not line.blank)
    return Prose(texts[0], context.passage([first]).place()) if texts[0] else None


def read_texts(
    lines: Sequence[Line], scope: Scope, context: Context, *, bars: bool = False
) -> tuple[tuple[Spoken, ...], ...]:
    """What lines say; more than one text only where `bars` divide them."""
    texts: list[list[Spoken]] = [[]]
    for blanks, paragraph in _paragraphs(lines):
        passage = context.passage(paragraph)
        if blanks and texts[-1]:
            texts[-1].append(Break(context.passage(blanks).place()))
        for part in _parts(scan(passage, scope, context, bars=bars), passage):
            if isinstance(part, Bar):
                texts.append([])
            else:
                texts[-1].append(part)
    return tuple(map(_without_last_break, texts))


def _paragraphs(lines: Iterable[Line]) -> Iterator[tuple[list[Line], list[Line]]]:
    """Each paragraph's lines, after the blank lines before them."""
    blanks: list[Line] = []
    for is_blank, group in groupby(lines, key=lambda line: line.blank):
        if is_blank:
            blanks = list(group)
        else:
            yield blanks, list(group)


def _without_last_break(text: list[Spoken]) -> tuple[Spoken, ...]:
    return tuple(text[:-1] if text and isinstance(text[-1], Break) else text)


def _parts(inlines: Iterable[Inline], passage: Passage) -> Iterator[Spoken | Bar]:
    """Bits joined to sentences; everything else ends the sentence before it."""
    bits: list[Bit] = []
    for inline in inlines:
        if isinstance(inline, Bit):
            bits.append(inline)
        else:
            yield from _sentences(bits, passage)
            bits = []
            yield inline
    yield from _sentences(bits, passage)


def _sentences(bits: list[Bit], passage: Passage) -> Iterator[Sentence]:
    for group in _divided(bits):
        own = _trimmed(group)
        if any(bit.changing or any(map(str.isalnum, bit.text)) for bit in own):
            yield Sentence(tuple(_pieces(own)), passage.place(own[0].start, own[-1].stop))


def _divided(bits: list[Bit]) -> Iterator[list[Bit]]:
    """The bits of each sentence, cut where one ends."""
    text = "".join("\\" if bit.escaped else bit.text for bit in bits)
    stops = chain(sentence_ends(text), [len(text) + 1])
    stop, base = next(stops), 0
    group: list[Bit] = []
    for bit in bits:
        begin = 0
        while stop <= base + len(bit.text):
            group.append(bit.part(begin, stop - base))
            yield group
            group, begin, stop = [], stop - base, next(stops)
        if begin < len(bit.text):
            group.append(bit.part(begin, len(bit.text)))
        base += len(bit.text)
    yield group


def _trimmed(bits: list[Bit]) -> list[Bit]:
    """Without white space around it, and without signs that the words before it have left."""
    first_telling = next((i for i, bit in enumerate(bits) if bit.changing or _bare(bit.text)), None)
    if first_telling is None:
        return []
    own = bits[first_telling:]
    while not own[-1].changing and not own[-1].text.strip():
        own.pop()
    first, last = own[0].text, own[-1].text
    own[-1] = own[-1].part(0, len(last.rstrip()))
    own[0] = own[0].part(len(first) - len(_bare(first)), len(own[0].text))
    return own


def _bare(text: str) -> str:
    return text.lstrip().lstrip(_LEFT_OVER)


def _pieces(bits: Iterable[Bit]) -> Iterator[Piece]:
    """The bits as pieces; neighbours that are stressed alike are one."""
    for changing, group in groupby(bits, key=lambda bit: bit.changing):
        if changing:
            yield replace(changing, stressed=next(group).stressed)
            continue
        for stressed, alike in groupby(group, key=lambda bit: bit.stressed):
            yield Text(_SPACE.sub(" ", "".join(bit.text for bit in alike)), stressed)
