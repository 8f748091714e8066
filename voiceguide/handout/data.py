"""`Sheet`: a handout as plain data, before it is a page or lines of a terminal."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Literal, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.errors import Place
from voiceguide.lengths import Count, Length, in_seconds
from voiceguide.routine import Block, Counted, Dose, Phase, Routine, Step, Timed
from voiceguide.sequence import EventKind
from voiceguide.timeline import Event, Timeline

# ── `Sheet`: a handout as plain data, before it is a page or lines of a terminal


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


# ── a routine with its doses as a session has them: no ranges, and nothing that is left out


_Lengthy = TypeVar("_Lengthy", Timed, Phase)
_B = TypeVar("_B", bound=Block)
_Key = tuple[str, int, int]


class _Heard(Struct):
    """What was met at a place, or below it."""

    lengths: list[float] = field(default_factory=list)
    """Seconds."""
    rounds: int = 0
    reps: int = 0


def as_chosen(routine: Routine, timeline: Timeline) -> Routine:
    """The routine as the timeline has it; one that is used is told by its own source."""
    return _Choosing(_heard(timeline.events)).routine(routine)


def _heard(events: Iterable[Event]) -> Mapping[_Key, _Heard]:
    heard: dict[_Key, _Heard] = {}
    for event in events:
        at = heard.setdefault(_key(event.place), _Heard())
        if event.kind not in (EventKind.SAY, EventKind.COUNT, EventKind.CHIME):
            at.lengths.append(in_seconds(event.length))
        at.rounds = max(at.rounds, event.round or 0)
        at.reps = max(at.reps, event.rep or 0)
    return heard


def _key(place: Place) -> _Key:
    return place.source, place.line, place.column


class _Choosing(Struct, frozen=True):
    heard: Mapping[_Key, _Heard]

    def routine(self, routine: Routine) -> Routine:
        return replace(routine, body=self._blocks(routine.body))

    def _blocks(self, blocks: tuple[_B, ...]) -> tuple[_B, ...]:
        played = (b for b in blocks if not isinstance(b, Step) or self._is_played(b))
        return tuple(self._step(b) if isinstance(b, Step) else b for b in played)  # type: ignore[misc]  # a step stays one

    def _is_played(self, step: Step) -> bool:
        """Whether it was; only what may be left out is asked."""
        if not (step.dose.optional or step.dose.option):
            return True
        if step.dose.use:
            return True
        first, last = _lines(step)
        source = step.place.source
        return any(key[0] == source and first <= key[1] <= last for key in self.heard)

    def _step(self, step: Step) -> Step:
        return replace(step, dose=self._dose(step), body=self._blocks(step.body))

    def _dose(self, step: Step) -> Dose:
        dose = step.dose
        timed = {
            name: self._timed(clause)
            for name in ("hold", "rest", "pause", "wait", "every", "change", "ready")
            if (clause := getattr(dose, name))
        }
        return replace(
            dose,
            **timed,
            rounds=self._counted(dose.rounds, self._most(step, "rounds")),
            reps=self._counted(dose.reps, self._most(step, "reps")),
            phases=tuple(map(self._timed, dose.phases)),
            segments=tuple(map(self._timed, dose.segments)),
        )

    def _timed(self, clause: _Lengthy) -> _Lengthy:
        """The clause with the length that it had, to the second where it has any."""
        heard = self.heard.get(_key(clause.place))
        if not clause.length.elastic or clause.by_round or not heard or not heard.lengths:
            return clause
        if isinstance(clause, Timed) and clause.by_side:
            return clause
        shown = [_rounded(seconds) for seconds in heard.lengths]
        return replace(clause, length=Length(min(shown), max(shown)))

    def _counted(self, clause: Counted | None, often: int) -> Counted | None:
        if not clause or not clause.count.elastic or clause.by_round or not often:
            return clause
        return replace(clause, count=Count(often, often))

    def _most(self, step: Step, name: str) -> int:
        """The last round, or rep, of what was met under a step."""
        (first, last), source = _lines(step), step.place.source
        met = (
            getattr(heard, name)
            for key, heard in self.heard.items()
            if key[0] == source and first <= key[1] <= last
        )
        return max(met, default=0)


def _rounded(seconds: float) -> float:
    return float(round(seconds)) if seconds >= 1 else round(seconds, 1)


def _lines(step: Step) -> tuple[int, int]:
    """The first and the last line of a step, with all that stands under it."""
    last = step.place.line
    for block in step.body:
        last = max(last, _lines(block)[1] if isinstance(block, Step) else block.place.line)
    return step.place.line, last
