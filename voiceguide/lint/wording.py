"""The rules on single sentences and notes: what was written for other eyes or other programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from voiceguide.errors import Place, quote
from voiceguide.languages import Language, find_language
from voiceguide.lint.rules import LintFinding, Subject
from voiceguide.routine import (
    Block,
    Break,
    Heading,
    Note,
    Prose,
    Routine,
    Sentence,
    Spoken,
    Step,
    Text,
)
from voiceguide.script.foreign import SETTING_NAMES

MOST_WORDS = 25
"""Of a sentence that a listener follows at once."""

_TIMED = ("hold", "reps", "rest", "pause", "wait", "segments", "every")
"""The fields of a dose that take time of their own."""

_OPTION = re.compile(
    r"`[^`]*(?:\bvoiceguide\b|(?<![\w-])--[a-z])[^`]*`"
    r"|(?<![\w`-])--[a-z][a-z-]+|\bvoiceguide [a-z]+"
    rf"|`(?:{'|'.join(sorted(SETTING_NAMES))}):[^`]*`"
)


@dataclass(frozen=True, slots=True)
class _Wording:
    """What a language's sentences are looked at for."""

    held: re.Pattern[str]
    """A hold with its length, in words."""
    shown: re.Pattern[str]
    """Words that ask the listener to look."""
    staged: re.Pattern[str]
    """A stage direction, in brackets."""


@cache
def _wording(language: Language) -> _Wording:
    data = language.sentences["wording"]
    verbs, units = ("|".join(data[name]) for name in ("hold", "time"))
    return _Wording(
        re.compile(rf"(?i)\b(?:{verbs})\b.*?\w+ (?:{units})\b"),
        re.compile(rf"(?i)\b(?:{'|'.join(data['shown'])})\b"),
        re.compile(rf"(?i)[(\[].*\b(?:{'|'.join(data['staged'])})\b.*[)\]][.!]?"),
    )


def untimed_hold(subject: Subject) -> Iterator[LintFinding]:
    """`Hold for ten seconds.` outside of timed steps, with words or nothing at all behind it."""
    known = find_language(subject.language)
    if known is None:
        return
    held = _wording(known).held
    order = list(_in_order(subject.routine.body, timed=False))
    for (part, timed), after in zip(order, [*order[1:], None], strict=False):
        spoken_on = after is None or isinstance(after[0], Sentence | Heading)
        if isinstance(part, Sentence) and not timed and spoken_on and held.search(_text(part)):
            yield LintFinding(part.place)


def _in_order(
    blocks: Iterable[Block], *, timed: bool
) -> Iterator[tuple[Spoken | Heading | Step, bool]]:
    """What is said and timed in order, and whether it stands under something timed."""
    for block in blocks:
        if isinstance(block, Prose):
            yield from ((part, timed) for part in block.parts if not isinstance(part, Break))
        elif isinstance(block, Step):
            own = any(getattr(block.dose, name) for name in _TIMED)
            if own:
                yield block, timed
            yield from _in_order(block.body, timed=timed or own)
        elif isinstance(block, Heading):
            yield block, timed


def stage_direction(subject: Subject) -> Iterator[LintFinding]:
    """`(Soft music begins)`: it would be spoken."""
    known = find_language(subject.language)
    for sentence in _sentences(subject.routine) if known else ():
        if known and _wording(known).staged.fullmatch(_text(sentence).strip()):
            yield LintFinding(sentence.place, {"this": quote(_text(sentence).strip())})


def nothing_to_see(subject: Subject) -> Iterator[LintFinding]:
    """`as shown`: nobody looks while they listen."""
    known = find_language(subject.language)
    for sentence in _sentences(subject.routine) if known else ():
        found = _wording(known).shown.search(_text(sentence)) if known else None
        if found:
            yield LintFinding(sentence.place, {"this": quote(found[0])})


def long_sentence(subject: Subject) -> Iterator[LintFinding]:
    """More words in a sentence than a listener follows at once."""
    for sentence in _sentences(subject.routine):
        count = len(_text(sentence).split())
        if count > MOST_WORDS:
            yield LintFinding(sentence.place, {"count": str(count)})


def technical_note(subject: Subject) -> Iterator[LintFinding]:
    """A note on the sheet that only whoever runs the program can use."""
    for place, note in _notes(subject.routine):
        found = _OPTION.search(note.text)
        if found and not note.professional:
            yield LintFinding(place, {"this": quote(found[0].strip("`"))})


def _notes(routine: Routine) -> Iterator[tuple[Place, Note]]:
    bodies = (routine.body, *(step.body for step in routine.steps()))
    for block in (block for body in bodies for block in body):
        if isinstance(block, Note):
            yield block.place, block


def _sentences(routine: Routine) -> Iterator[Sentence]:
    return (part for part in routine.spoken() if isinstance(part, Sentence))


def _text(sentence: Sentence) -> str:
    return "".join(p.text if isinstance(p, Text) else "word" for p in sentence.pieces)
