"""The rules on what will be heard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec import Struct

from voiceguide.errors import Place, quote
from voiceguide.languages import Language, find_language
from voiceguide.lengths import in_seconds, samples, show_seconds, show_time
from voiceguide.lint.rules import LintFinding, Subject
from voiceguide.patterns import late
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
from voiceguide.sequence import Close, EventKind, Item, Open, Sound, TimedSilence
from voiceguide.timeline import Event, Timeline

# ── the rules on what will be heard ──────────────────────────────────────────


MOST_OF_A_HOLD = 0.5
"""The share of a hold or a rest that words may fill: what they ask for takes time, too."""

MOST_TALK = samples(90.0)
"""Samples of talk that a listener can follow without a pause."""

PAUSE = samples(2.0)
"""Samples: a shorter silence is no pause; nor is any silence between two sentences."""

# ── the whole session ────────────────────────────────────────────────────────


def no_safety(subject: Subject) -> Iterator[LintFinding]:
    """A session that does not say when to stop before its first hold or reps."""
    known = find_language(subject.language)
    before: list[Item] = []
    for item in subject.sequence.items:
        if isinstance(item, TimedSilence | Open) and item.kind and item.kind.exercise:
            if known and not known.warns(_said(before)):
                yield LintFinding(item.origin.place.outermost)
            return
        before.append(item)


def _said(items: Iterable[Item]) -> list[str]:
    spoken = (item for item in items if isinstance(item, Sound) and item.kind is EventKind.SAY)
    return [sound.name or "" for sound in spoken]


def no_ending(subject: Subject) -> Iterator[LintFinding]:
    """No phrase `finish`, and not both words and a chime of the author's after the last hold."""
    phrase = subject.settings.phrases.get("finish", "finish")
    if subject.settings.finish and phrase.strip():
        return
    ending = _ending(subject.sequence.items)
    chimes = [item for item in ending if isinstance(item, Sound) and item.kind is EventKind.CHIME]
    if not chimes or not _said(ending):
        yield LintFinding(_end(subject))


def _ending(items: Sequence[Item]) -> Sequence[Item]:
    """What comes after the last timed step, and after the chime that ends it."""
    timed = [i for i, item in enumerate(items) if _ends_timed(item)]
    after = items[timed[-1] + 1 :] if timed else items
    return [item for item in after if not (isinstance(item, Sound) and item.name == "end")]


def _ends_timed(item: Item) -> bool:
    return isinstance(item, Close) or (
        isinstance(item, TimedSilence) and item.kind is not None and item.kind.exercise
    )


def _end(subject: Subject) -> Place:
    """Where the phrase is switched off; the last line where another place does that."""
    routine = subject.routine
    keys = (setting.places.get("finish") for setting in routine.front if setting.name == "phrases")
    return next(filter(None, keys), Place(routine.source, max(1, len(routine.lines))))


# ── time ─────────────────────────────────────────────────────────────────────


def long_words(subject: Subject) -> Iterator[LintFinding]:
    """A hold or a rest, more than half of which is filled with words.

    Words that do not fit are a problem already, and one is enough.
    """
    found: dict[Place, LintFinding] = {}
    for hold, words in _words_within(subject.timeline):
        length = sum(word.length for word in words)
        if length > hold.length * MOST_OF_A_HOLD and _fit(words, hold) and not hold.place.via:
            values = {"words": _show(length), "length": _show(hold.length)}
            found.setdefault(
                hold.place, LintFinding(hold.place, {**values, "what": hold.kind.value})
            )
    return iter(found.values())


def _words_within(timeline: Timeline) -> list[tuple[Event, list[Event]]]:
    """Each hold and rest with the words in it; a count-down's numbers are none."""
    found: list[tuple[Event, list[Event]]] = []
    for event in timeline.events:
        if event.kind in (EventKind.HOLD, EventKind.REST):
            found.append((event, []))
        elif event.kind is EventKind.SAY and found and event.position < found[-1][0].end:
            found[-1][1].append(event)
    return found


def _fit(words: list[Event], hold: Event) -> bool:
    bounds = [*(word.position for word in words[1:]), hold.end]
    return all(word.end <= bound for word, bound in zip(words, bounds, strict=True))


def _show(count: int) -> str:
    return show_seconds(round(in_seconds(count), 1))


def long_talk(subject: Subject) -> Iterator[LintFinding]:
    """More than 90 seconds of talk without a pause of 2 seconds."""
    for first, last in _talks(subject.timeline):
        length = last.end - first.position
        if length > MOST_TALK:
            values = {"length": show_time(in_seconds(length))}
            yield LintFinding(first.place.outermost, values)


def _talks(timeline: Timeline) -> Iterator[tuple[Event, Event]]:
    """The first and the last words of each stretch of talk between two pauses."""
    talk: list[Event] = []
    pause_ends = 0
    for event in timeline.events:
        if event.kind is EventKind.SAY and event.position >= pause_ends:
            talk.append(event)
        elif _is_pause(event):
            if talk:
                yield talk[0], talk[-1]
            talk = []
            pause_ends = max(pause_ends, event.end)
    if talk:
        yield talk[0], talk[-1]


def _is_pause(event: Event) -> bool:
    """Whether it gives a listener time: a silence, a hold, reps, a sound that is no words."""
    gives = event.kind not in (EventKind.SAY, EventKind.COUNT, EventKind.CHIME)
    return gives and event.length >= PAUSE


# ── the rules on single sentences and notes: what was written for other eyes or other programs


MOST_WORDS = 25
"""Of a sentence that a listener follows at once."""

_TIMED = ("hold", "reps", "rest", "pause", "wait", "segments", "every")
"""The fields of a dose that take time of their own."""

_OPTION = late(
    r"`[^`]*(?:\bvoiceguide\b|(?<![\w-])--[a-z])[^`]*`"
    r"|(?<![\w`-])--[a-z][a-z-]+|\bvoiceguide [a-z]+"
    rf"|`(?:{'|'.join(sorted(SETTING_NAMES))}):[^`]*`"
)


class _Wording(Struct, frozen=True):
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


_ASIDE = late(
    r"""(?:\A|(?<=[.!?…]\s))\((?!\w{1,2}\))[^\s().!?…,;]+(?:\s[^\s().!?…,;]+){0,3}\)"""
    r"""(?=\s*[.!]?\Z|\s+["“(\[]?[^\W\da-zß-ÿ])"""
)
"""One to four words in brackets between two sentences, with no point of their own."""


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
    """`(Soft music begins)`, `(gently)`: it would be spoken."""
    known = find_language(subject.language)
    for sentence in _sentences(subject.routine):
        text = _text(sentence).strip()
        found = _ASIDE.search(text) or (known and _wording(known).staged.fullmatch(text))
        if found:
            yield LintFinding(sentence.place, {"this": quote(found[0].strip())})


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
