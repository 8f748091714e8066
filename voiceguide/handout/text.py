"""Prose as text to read: words that depend on the side appear for both, `left (right)`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, groupby
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.handout import Paragraph, Span, Style, Words
from voiceguide.handout.doses import Labels, count_text, length_text
from voiceguide.languages import Phrases
from voiceguide.lengths import Count, Length
from voiceguide.patterns import late
from voiceguide.routine import Break, Piece, Sentence, Side, Sided, Sides, Spoken, Step, Text, Word
from voiceguide.sequence.unroller import capital
from voiceguide.settings import BreathPhase, Settings

if TYPE_CHECKING:
    from markdown_it.token import Token

_SPACE = late(r"\s+")


class Reader(Struct, frozen=True):
    """Turns prose into text to read; holds the values of the variable words."""

    settings: Settings
    phrases: Phrases
    labels: Labels
    sides: tuple[Side, ...] = ()
    """The sides to name, in order."""
    rounds: Count | None = None
    reps: Count | None = None
    hold: Length | None = None
    following: str = ""
    """The name of the next step of a group, else the title of the next chapter."""
    name: str = ""
    """Name of the step, or of one around it."""
    step: int = 0
    steps: int = 0
    """The number of the step in its group, and of how many steps."""

    def within(self, step: Step) -> Reader:
        """The reader for the contents of a step."""
        dose, held = step.dose, self.hold
        if dose.hold:
            held = dose.hold.length
        elif held is None:
            held = next((s.dose.hold.length for s in step.nested if s.dose.hold), None)
        return replace(
            self,
            sides=self._sides(dose.sides) or self.sides,
            rounds=dose.rounds.count if dose.rounds else self.rounds,
            reps=dose.reps.count if dose.reps else self.reps,
            hold=held,
            name=step.name or self.name,
        )

    def _sides(self, sides: Sides) -> tuple[Side, ...]:
        if sides in (Sides.LEFT, Sides.RIGHT):
            return (Side.LEFT if sides is Sides.LEFT else Side.RIGHT,)
        first = self.settings.first_side
        return () if sides is Sides.UNSAID else (first, first.other)

    def breath(self) -> Iterator[BreathPhase]:
        """The phases of a breath, with the words that are spoken for them."""
        for phase in self.settings.breath:
            yield replace(phase, word=self.phrases.words.get(phase.word, phase.word))

    # ── reading ──────────────────────────────────────────────────────────────

    def paragraphs(self, parts: Iterable[Spoken]) -> Iterator[Paragraph]:
        """Group the sentences at the blank lines; silences and sounds are left out."""
        for is_break, run in groupby(parts, key=lambda part: isinstance(part, Break)):
            sentences = () if is_break else self.sentences(run)
            if sentences:
                yield Paragraph(sentences)

    def sentences(self, parts: Iterable[Spoken]) -> tuple[Words, ...]:
        """The text of the sentences in `parts`, without empty ones."""
        told = (part for part in parts if isinstance(part, Sentence) and not self._is_empty(part))
        read = (tidied(Span(*self._piece(piece)) for piece in one.pieces) for one in told)
        return tuple(filter(None, read))

    def _is_empty(self, sentence: Sentence) -> bool:
        """Whether a variable word of the sentence is empty here and has no alternative."""
        words = (piece for piece in sentence.pieces if isinstance(piece, Word))
        return any(not self._word(w.name) and w.otherwise is None for w in words)

    def _piece(self, piece: Piece) -> tuple[str, Style]:
        style: Style = "stress" if piece.stressed else ""
        if isinstance(piece, Text):
            return piece.text, style
        if isinstance(piece, Sided):
            return self._both({Side.LEFT: piece.left, Side.RIGHT: piece.right}), style
        return self._word(piece.name) or piece.otherwise or "", style

    def _word(self, name: str) -> str:
        if name in self.settings.words:
            return self.settings.words[name]
        if name in ("side", "other side"):
            own = name == "side"
            return self._both({s: self.phrases.side(s if own else s.other) for s in Side})
        counts = {"rounds": self.rounds, "reps": self.reps}
        if name in counts:
            return count_text(counts[name] or Count(1, 1))
        if name in ("round", "rep"):
            return _one_by_one(counts[f"{name}s"] or Count(1, 1))
        if name in ("step", "steps"):
            return str(getattr(self, name) or 1)
        if name == "step name":
            return self.name
        if name == "remaining":
            return ""
        if name == "hold":
            return length_text(self.hold, self.labels) if self.hold else ""
        return self.following

    def _both(self, forms: dict[Side, str]) -> str:
        first, *others = (forms[side] for side in self.sides or (Side.LEFT,))
        other = "".join(others)
        if other in ("", first):
            return first
        return f"{first} ({other})" if first else f"({other})"


def tidied(spans: Iterable[Span]) -> Words:
    """Collapse spaces, trim both ends, and capitalise the first letter."""
    tidy: list[Span] = []
    for span in spans:
        text = _SPACE.sub(" ", span.text)
        if not tidy or tidy[-1].text.endswith(" "):
            text = text.lstrip()
        if text:
            tidy.append(replace(span, text=text))
    if tidy:
        tidy[-1] = replace(tidy[-1], text=tidy[-1].text.rstrip())
        tidy[0] = replace(tidy[0], text=capital(tidy[0].text))
    return tuple(span for span in tidy if span.text)


def _one_by_one(count: Count) -> str:
    """The numbers that are said in turn: `1 (2, 3)`."""
    if count.high == 1:
        return "1"
    others = "2" if count.high == 2 else "2, 3" if count.high == 3 else f"2, … {count_text(count)}"
    return f"1 ({others})"


# ── notes, which may hold any Markdown ───────────────────────────────────────


BULLET = "• "


def read_note(text: str) -> tuple[Words, ...]:
    """The paragraphs of a note; each list item is a paragraph."""
    from markdown_it import MarkdownIt

    return tuple(_paragraphs(MarkdownIt("commonmark", {"html": False}).parse(text)))


def _paragraphs(tokens: Iterable[Token]) -> Iterator[Words]:
    """The text of each block of a note; a list item begins with its bullet or number."""
    lists: list[Iterator[int] | None] = []
    lead = ""
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            start = int(token.attrGet("start") or 1)
            lists.append(count(start) if token.type == "ordered_list_open" else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            numbers = lists[-1]
            lead = BULLET if numbers is None else f"{next(numbers)}. "
        elif token.type == "inline":
            words = tidied(_merged((Span(lead), *_spans(token.children or []))))
            lead = ""
            if words:
                yield words
        elif token.type in ("code_block", "fence"):
            yield (Span(token.content.strip(), "code"),)


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Merge neighbouring spans of the same style and address."""
    for (style, address), alike in groupby(spans, key=lambda span: (span.style, span.address)):
        yield Span("".join(span.text for span in alike), style, address)


_BEGINS: dict[str, Style] = {"em_open": "stress", "strong_open": "stress"}
_ENDS = ("em_close", "strong_close")


def _spans(tokens: Iterable[Token]) -> Iterator[Span]:
    """The spans of a line, each in its innermost style."""
    style: Style = ""
    address = ""
    for token in tokens:
        if token.type in _BEGINS:
            style = _BEGINS[token.type]
        elif token.type in _ENDS:
            style = ""
        elif token.type == "link_open":
            address = str(token.attrGet("href") or "")
        elif token.type == "link_close":
            address = ""
        elif token.type == "image":
            yield Span(token.content, "picture", str(token.attrGet("src") or ""))
        elif token.type == "code_inline":
            yield Span(token.content, "code")
        else:
            text = " " if token.type in ("softbreak", "hardbreak") else token.content
            yield Span(text, "link" if address else style, address)
