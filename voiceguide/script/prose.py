"""Split paragraphs into what is spoken: sentences, and the tags between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, groupby

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import InputError, quote
from voiceguide.languages import Language, find_language, languages
from voiceguide.patterns import late
from voiceguide.routine import Break, Heading, Piece, Prose, Sentence, Spoken, Text
from voiceguide.script.inline import Bar, Bit, Inline, scan
from voiceguide.script.source import Passage, ReadingContext, Scope, SourceLine

# ── headings: the title of the routine, and its chapters ─────────────────────


DEEPEST_HEADING = 6
"""Most `#` signs before a heading, as in Markdown."""

_HEADING = late(r"(#+)(\s*)(.*?)(?:\s#+)?$")


def read_heading(line: SourceLine, context: ReadingContext) -> Heading:
    """Read a heading; level 0 is the routine's title.

    Raises:
        InputError: the line is not a heading.
    """
    passage = context.passage([line])
    found = _HEADING.match(line.text)
    signs, space = (found[1], found[2]) if found else ("#", "")
    if len(signs) > DEEPEST_HEADING:
        message = f"a heading has at most {DEEPEST_HEADING} signs"
        raise InputError(
            message, f"write `{'#' * DEEPEST_HEADING} Heading` at most", passage.place()
        )
    words = passage.part(*found.span(3)) if found else passage
    if not words.text:
        raise InputError("this heading has no words", f"write `{signs} Heading`", passage.place())
    if not space:
        message = f"{quote(line.text)} needs a space after `{signs}`"
        way_out = f"write {quote(f'{signs} {words.text}')}; `\\#` is the sign itself"
        raise InputError(message, way_out, passage.place())
    return Heading(len(signs) - 1, _plain(words, context), passage.place())


def _plain(words: Passage, context: ReadingContext) -> str:
    bits = list(scan(words, Scope(), context, shown=True))
    plain = [bit.text for bit in bits if isinstance(bit, Bit) and not bit.changing]
    if len(plain) < len(bits):
        raise InputError(
            "a heading holds nothing but words", "move the tag below it", words.place()
        )
    return " ".join("".join(plain).split())


# ── where sentences end ──────────────────────────────────────────────────────


_CLOSERS = "\"'”’»›)\\]"
_END = late(rf"[.!?…]+(?P<closers>[{_CLOSERS}]*)(?=\s|\Z)")
_NEXT = late(r"\s*[\"'“‘«(]*(\S?)")
_LAST_WORD = late(r"[^\s(\[\"'“‘«]*\Z")
_LONGEST_ABBREVIATION = 8

_FARTHEST_ARTICLE = 12


def sentence_ends(text: str, language: str = "en") -> Iterator[int]:
    """The offset of the end of each sentence except the last."""
    return (found.end() for found in _END.finditer(text) if not _goes_on(text, found, language))


def _goes_on(text: str, end: re.Match[str], language: str) -> bool:
    following = _NEXT.match(text, end.end())
    first = following[1] if following else ""
    if not first:
        return True  # nothing follows: this is the last sentence
    if first.islower() and (end["closers"] or end[0].startswith(("...", "…"))):
        return True
    return end[0][0] == "." and _abbreviates(text, end.start(), first, language)


class _Abbreviations(Struct, frozen=True):
    """The abbreviations of all languages; no abbreviation of one is a word of another."""

    never_last: frozenset[str]
    """Without their last dot: the sentence always goes on after these."""
    seldom_last: frozenset[str]
    """The sentence goes on after these unless a capital follows; `in.` is not one of them."""
    of_two: re.Pattern[str]
    """Abbreviations of two words; a sentence never ends within or after them."""
    before_ordinal: re.Pattern[str]
    """A word and a number; with a dot the number is an ordinal: `die 3. Runde`."""


@cache
def _abbreviations() -> _Abbreviations:
    data = [Language(code).sentences for code in sorted(languages())]

    def of(kind: str) -> list[str]:
        return [word for one in data for word in one["abbreviations"].get(kind, ())]

    pairs = "|".join(re.escape(two).replace(r"\.\ ", r"\. ?") for two in of("of two words"))
    articles = "|".join(word for one in data for word in one.get("before ordinals", ()))
    return _Abbreviations(
        frozenset(of("never last")),
        frozenset(of("seldom last")),
        re.compile(rf"(?<!\w)(?:{pairs})\.", re.IGNORECASE),
        re.compile(rf"(?<!\w)(?:{articles}) \d+\Z", re.IGNORECASE),
    )


@cache
def _own_abbreviations(language: str) -> frozenset[str]:
    """The abbreviations in the language's own table of words, without the last dot."""
    found = find_language(language)
    words = found.reading["words"] if found else ()
    return frozenset(str(word).lower()[:-1] for word in words if str(word).endswith("."))


_DOTTED = late(r"(?:[^\W\d]{1,3}\.-?)+[^\W\d]{1,3}")
_BEFORE_NUMBER = frozenset(
    {"art", "ch", "fig", "in", "no", "nos", "nr", "n", "p", "pp", "s", "u", "vol", "str"}
    | {"jan", "feb", "apr", "aug", "sep", "sept", "oct", "okt", "nov", "dec", "dez"}
)
_COUNTED = late(r"\d\s?[^\W\d]\Z")
_SHORT = 4
"""Most letters of a word that counts as an abbreviation before a lower-case letter."""


def _abbreviates(text: str, dot: int, first: str, language: str) -> bool:
    known = _abbreviations()
    found = _LAST_WORD.search(text, max(0, dot - _LONGEST_ABBREVIATION), dot)
    word = found[0].lower().lstrip("0123456789-") or found[0] if found else ""
    around = known.of_two.finditer(text, max(0, dot - _LONGEST_ABBREVIATION), dot + 5)
    if any(two.start() <= dot < two.end() for two in around):
        return True
    if word.isdecimal() and known.before_ordinal.search(text, max(0, dot - _FARTHEST_ARTICLE), dot):
        return True
    if word.isdecimal() and first.islower():  # `3. seria`
        return True
    if first.isdigit() and word in _BEFORE_NUMBER:
        return True
    if word in known.seldom_last:
        return not first.isupper()
    if word in known.never_last or word in _own_abbreviations(language):
        return True
    short = word.isalpha() and len(word) <= _SHORT and first.islower()
    counted = _COUNTED.search(text, max(0, dot - _LONGEST_ABBREVIATION), dot)  # `10 s.`
    initial = len(word) == 1 and word.isalpha() and not counted and text[dot - 1] != "I"
    return short or initial or _DOTTED.fullmatch(word) is not None


# ── from paragraphs to sentences and tags ────────────────────────────────────


_SPACE = late(r"\s+")
_LEFT_OVER = " ,;:.!?…"
"""Punctuation that a tag has cut off from the words before it."""


def read_prose(lines: Sequence[SourceLine], scope: Scope, context: ReadingContext) -> Prose | None:
    """Read lines as prose, its paragraphs divided by blank lines; None if it is empty."""
    texts = read_texts(lines, scope, context)
    first = next(line for line in lines if not line.blank)
    return Prose(texts[0], context.passage([first]).place()) if texts[0] else None


def read_texts(
    lines: Sequence[SourceLine], scope: Scope, context: ReadingContext, *, bars: bool = False
) -> tuple[tuple[Spoken, ...], ...]:
    """Read the texts of lines; there is more than one only if `bars` lets `|` divide them."""
    texts: list[list[Spoken]] = [[]]
    for blanks, paragraph in _paragraphs(lines):
        passage = context.passage(paragraph)
        if blanks and texts[-1]:
            texts[-1].append(Break(context.passage(blanks).place()))
        inlines = scan(passage, scope, context, bars=bars)
        for part in _parts(inlines, passage, context.language):
            if isinstance(part, Bar):
                texts.append([])
            else:
                texts[-1].append(part)
    return tuple(map(_without_last_break, texts))


def _paragraphs(lines: Iterable[SourceLine]) -> Iterator[tuple[list[SourceLine], list[SourceLine]]]:
    """For each paragraph, the blank lines before it and its own lines."""
    blanks: list[SourceLine] = []
    for is_blank, group in groupby(lines, key=lambda line: line.blank):
        if is_blank:
            blanks = list(group)
        else:
            yield blanks, list(group)


def _without_last_break(text: list[Spoken]) -> tuple[Spoken, ...]:
    return tuple(text[:-1] if text and isinstance(text[-1], Break) else text)


def _parts(inlines: Iterable[Inline], passage: Passage, language: str) -> Iterator[Spoken | Bar]:
    """Join bits to sentences; everything else ends the sentence before it."""
    bits: list[Bit] = []
    for inline in inlines:
        if isinstance(inline, Bit):
            bits.append(inline)
        else:
            yield from _sentences(bits, passage, language)
            bits = []
            yield inline
    yield from _sentences(bits, passage, language)


def _sentences(bits: list[Bit], passage: Passage, language: str) -> Iterator[Sentence]:
    for group in _divided(bits, language):
        own = _trimmed(group)
        if any(bit.changing or any(map(str.isalnum, bit.text)) for bit in own):
            yield Sentence(tuple(_pieces(own)), passage.place(own[0].start, own[-1].stop))


def _divided(bits: list[Bit], language: str) -> Iterator[list[Bit]]:
    """The bits of each sentence; a bit is cut where a sentence ends within it."""
    text = "".join("\\" if bit.escaped else bit.text for bit in bits)
    stops = chain(sentence_ends(text, language), [len(text) + 1])
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
    """The bits without white space around them and without punctuation left over before them."""
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
    """The bits as pieces; neighbours with the same stress are merged."""
    for changing, group in groupby(bits, key=lambda bit: bit.changing):
        if changing:
            yield replace(changing, stressed=next(group).stressed)
            continue
        for stressed, alike in groupby(group, key=lambda bit: bit.stressed):
            yield Text(_SPACE.sub(" ", "".join(bit.text for bit in alike)), stressed)
