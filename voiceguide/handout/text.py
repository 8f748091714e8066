"""Prose to read: the words that change with the side stand there for both, `left (right)`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from voiceguide.handout.data import Paragraph, Span, Style, Words
from voiceguide.handout.doses import count_text, length_text, nested
from voiceguide.handout.labels import Labels
from voiceguide.languages import Phrases
from voiceguide.lengths import Count, Length
from voiceguide.routine import Break, Piece, Sentence, Side, Sided, Sides, Spoken, Step, Text
from voiceguide.sequence.unroller import capital
from voiceguide.settings import BreathPhase, Settings

# ── prose to read: the words that change with the side stand there for both, `left (right)`


_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Reader:
    """What the changing words of a passage stand for."""

    settings: Settings
    phrases: Phrases
    labels: Labels
    sides: tuple[Side, ...] = ()
    """Those whose turn it is, the first one first."""
    rounds: Count | None = None
    reps: Count | None = None
    hold: Length | None = None
    following: str = ""
    """The title of the next chapter."""

    def within(self, step: Step) -> Reader:
        """The reader of what stands under a step."""
        dose, held = step.dose, self.hold
        if dose.hold:
            held = dose.hold.length
        elif held is None:
            held = next((s.dose.hold.length for s in nested(step) if s.dose.hold), None)
        return replace(
            self,
            sides=self._sides(dose.sides) or self.sides,
            rounds=dose.rounds.count if dose.rounds else self.rounds,
            reps=dose.reps.count if dose.reps else self.reps,
            hold=held,
        )

    def _sides(self, sides: Sides) -> tuple[Side, ...]:
        if sides in (Sides.LEFT, Sides.RIGHT):
            return (Side.LEFT if sides is Sides.LEFT else Side.RIGHT,)
        first = self.settings.first_side
        return () if sides is Sides.UNSAID else (first, first.other)

    def breath(self) -> Iterator[BreathPhase]:
        """The phases of a breath, with the words that are said for them."""
        for phase in self.settings.breath:
            yield replace(phase, word=self.phrases.words.get(phase.word, phase.word))

    # ── reading ──────────────────────────────────────────────────────────────

    def paragraphs(self, parts: Iterable[Spoken]) -> Iterator[Paragraph]:
        """The sentences between the blank lines; silences and sounds are not for the eye."""
        for is_break, run in groupby(parts, key=lambda part: isinstance(part, Break)):
            sentences = () if is_break else self.sentences(run)
            if sentences:
                yield Paragraph(sentences)

    def sentences(self, parts: Iterable[Spoken]) -> tuple[Words, ...]:
        """The sentences among what prose is made of."""
        read = (self._sentence(part) for part in parts if isinstance(part, Sentence))
        return tuple(filter(None, read))

    def _sentence(self, sentence: Sentence) -> Words:
        return tidied(Span(*self._piece(piece)) for piece in sentence.pieces)

    def _piece(self, piece: Piece) -> tuple[str, Style]:
        if isinstance(piece, Text):
            return piece.text, "stress" if piece.stressed else ""
        if isinstance(piece, Sided):
            return self._both({Side.LEFT: piece.left, Side.RIGHT: piece.right}), ""
        return self._word(piece.name), ""

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
    """The spans with single spaces, none around the whole, and begun with a capital."""
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
    """`1 (2, 3)`: what is said in turn."""
    if count.high == 1:
        return "1"
    others = "2" if count.high == 2 else "2, 3" if count.high == 3 else f"2, … {count_text(count)}"
    return f"1 ({others})"


# ── notes, which are Markdown of an author's own: paragraphs, lists, stress and code of them


BULLET = "• "

_BULLET = re.compile(r"\s*[-*+]\s+")
_MARKED = re.compile(
    r"""
    `(?P<code>[^`]+)`
    | \*\*(?P<strong>[^*]+)\*\*
    | \*(?P<stress>[^*\s][^*]*)\*
    | \[(?P<link>[^\[\]]+)\]\((?:[^()\s]|\([^()\s]*\))*\)
    | \\(?P<plain>[!-/:-@\[-`{-~])
    """,
    re.VERBOSE,
)
_STYLES: dict[str, Style] = {"code": "code", "strong": "stress", "stress": "stress"}


def read_note(text: str) -> tuple[Words, ...]:
    """The paragraphs of a note; the items of a list are paragraphs of their own."""
    read = (tidied(_spans(paragraph)) for paragraph in _paragraphs(text))
    return tuple(filter(None, read))


def _paragraphs(text: str) -> Iterator[str]:
    lines: list[str] = []
    for line in text.split("\n"):
        bullet = _BULLET.match(line)
        if bullet or not line.strip():
            yield " ".join(lines)
            lines = []
        lines.append(BULLET + line[bullet.end() :] if bullet else line)
    yield " ".join(lines)


def _spans(text: str) -> Iterator[Span]:
    done = 0
    for marked in _MARKED.finditer(text):
        yield Span(text[done : marked.start()])
        name = marked.lastgroup or ""
        yield Span(marked[name], _STYLES.get(name, ""))
        done = marked.end()
    yield Span(text[done:])
