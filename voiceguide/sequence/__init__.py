"""Unroll a routine into a sequence: everything that will happen, in order.

Repeats, sides, guidance and options are unrolled. Lengths are still elastic. Every text that will
be spoken is known, so that all texts can be voiced in one batch, once each. The decisions of the
fit to a requested length (the point in the ranges, counts, steps left out) come in as `Choices`:
to fit a session is to unroll it again with other choices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath

from msgspec.structs import replace

from voiceguide.errors import Place
from voiceguide.languages import Phrases, find_language
from voiceguide.routine import Block, Heading, Prose, Routine, Sentence, Step, Use
from voiceguide.sequence.items import (
    MOST_SLOWNESS,
    SLOWNESS_STEP,
    Beat,
    BedStart,
    Chapter,
    ChapterStart,
    Chime,
    Choices,
    Close,
    ElasticLength,
    EventKind,
    EventOrigin,
    Gap,
    Item,
    Mark,
    Open,
    PeriodEnd,
    PeriodStart,
    Run,
    Sequence,
    Sound,
    SoundFile,
    Source,
    TimedSilence,
    Words,
)
from voiceguide.sequence.passes import chapters_of
from voiceguide.sequence.steps import play_blocks
from voiceguide.sequence.unroller import (
    AFTER_CHIME,
    CHAPTER,
    PassContext,
    SentenceWriter,
    Unroller,
    as_people_say,
)
from voiceguide.settings import Intro, Mood, Settings

__all__ = [
    "MOST_SLOWNESS",
    "SLOWNESS_STEP",
    "Beat",
    "BedStart",
    "Chapter",
    "ChapterStart",
    "Chime",
    "Choices",
    "Close",
    "ElasticLength",
    "EventKind",
    "EventOrigin",
    "Gap",
    "Item",
    "Mark",
    "Open",
    "PeriodEnd",
    "PeriodStart",
    "Run",
    "Sequence",
    "Sound",
    "SoundFile",
    "Source",
    "TimedSilence",
    "Words",
    "as_people_say",
    "chapters_of",
    "unroll",
]


def unroll(
    routine: Routine,
    settings: Settings,
    phrases: Phrases,
    choices: Choices | None = None,
    used: Mapping[Place, Routine] | None = None,
) -> Sequence:
    """Unroll a routine without errors; `used` holds the routines it uses, by the `use`'s place.

    Raises:
        RoutineError: it unrolls to more moments (`MOST_ITEMS`) than any session can hold.
    """
    wording = SentenceWriter(phrases, settings.words)
    blank = Unroller(
        routine, settings, phrases, choices or Choices(settings.point), used or {}, wording
    )
    unroller = _play(blank)
    if unroller.looks_ahead:
        unroller = _play(replace(blank, ahead=unroller))
    return Sequence(
        tuple(_settle(unroller.items)),
        tuple(unroller.chapters),
        unroller.counts,
        tuple(unroller.optionals),
        unroller.says_holds,
        settings.lead_in,
        settings.tail,
        unroller.cues_move,
        settings.mood is Mood.WIND_DOWN,
        settings.fade,
        _wake(unroller),
    )


def _play(blank: Unroller) -> Unroller:
    fresh = Unroller(
        blank.routine,
        blank.settings,
        blank.phrases,
        blank.choices,
        blank.used,
        blank.wording,
        blank.ahead,
    )
    intro, chapters = _parts(fresh.routine)
    intro = _shortened(intro, fresh)
    speaks = fresh.settings.not_if or any(isinstance(block, Prose | Step) for block in intro)
    if speaks and any(map(_brings_a_chapter, chapters[:1])):
        fresh.begin_chapter(_title(fresh), 1)
    _warn(fresh)
    play_blocks(fresh, intro, PassContext())
    play_blocks(fresh, chapters, PassContext())
    if fresh.settings.finish:
        _finish(fresh)
    return fresh


def _title(unroller: Unroller) -> str:
    routine = unroller.routine
    return unroller.settings.title or routine.title or PurePath(routine.source).stem


def _parts(routine: Routine) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """Split the body before the first heading or `use`; without one, the intro is empty."""
    body = routine.body
    first = next((i for i, block in enumerate(body) if _brings_a_chapter(block)), 0)
    return body[:first], body[first:]


def _brings_a_chapter(block: Block) -> bool:
    return isinstance(block, Heading) or (
        isinstance(block, Step) and isinstance(block.dose.use, Use)
    )


def _shortened(intro: tuple[Block, ...], unroller: Unroller) -> tuple[Block, ...]:
    """Return the introduction as requested: whole, only its safety sentence, or without words."""
    if unroller.settings.intro is Intro.FULL:
        return intro
    prose = [block for block in intro if isinstance(block, Prose)]
    sentences = [part for block in prose for part in block.parts if isinstance(part, Sentence)]
    kept: list[Block] = []
    if sentences and unroller.settings.intro is Intro.SHORT:
        safe = _safety_sentence(sentences, unroller)
        kept.append(Prose((safe,), safe.place))
    return (*kept, *(block for block in intro if not isinstance(block, Prose)))


def _safety_sentence(sentences: list[Sentence], unroller: Unroller) -> Sentence:
    """Find the sentence that says when to stop, else the last one."""
    language = find_language(unroller.settings.language)
    texts = (unroller.wording.sentence(sentence, PassContext())[0] for sentence in sentences)
    warn = (
        s for s, text in zip(sentences, texts, strict=True) if language and language.warns([text])
    )
    return next(warn, sentences[-1])


def _warn(unroller: Unroller) -> None:
    """Say first, and once, who should not take part, unless the phrase is switched off."""
    phrase, settings = unroller.phrases["not if"], unroller.settings
    if settings.not_if and phrase:
        place = settings.places.get("not if", Place(unroller.routine.source, 1))
        unroller.say(phrase.format(", ".join(settings.not_if)), place, PassContext())


def _finish(unroller: Unroller) -> None:
    """Add the words and the chime that make the end unmistakable."""
    unroller.end_overrides()
    place = Place(unroller.routine.source, max(1, len(unroller.routine.lines)))
    unroller.add(CHAPTER)
    if not unroller.quiet:
        unroller.say(unroller.phrases["finish"], place, PassContext())
    unroller.add(AFTER_CHIME)
    unroller.chime("finish", place, PassContext())


def _wake(unroller: Unroller) -> Source | None:
    """Return the sound that wakes headphones; None with a bed, which keeps them awake."""
    place = Place(unroller.routine.source, 1)
    sound = None if unroller.settings.bed else unroller.struck("wake", place, PassContext())
    return sound.source if sound else None


def _settle(items: Iterable[Item]) -> Iterator[Item]:
    """Drop pauses beside a silence, at the start and at the end; of adjacent ones keep the widest.

    The last chime rings to its end.
    """
    settled = list(_without_needless_gaps(items))
    last = settled[-1] if settled else None
    if isinstance(last, Sound):
        settled[-1] = replace(last, whole=True)
    return iter(settled)


def _without_needless_gaps(items: Iterable[Item]) -> Iterator[Item]:
    pending: Gap | None = None
    after_silence = True
    for item in items:
        if isinstance(item, Gap):
            pending = item if pending is None or item.natural > pending.natural else pending
            continue
        if not isinstance(item, BedStart | ChapterStart | Close):
            if pending and not after_silence and not _is_silence(item):
                yield pending
            pending = None
            after_silence = _is_silence(item)
        yield item


def _is_silence(item: Item) -> bool:
    """Whether an item begins and ends in silence, so that it needs no pause beside it."""
    if isinstance(item, PeriodEnd):
        return True
    return isinstance(item, TimedSilence) and item.kind not in (
        None,
        EventKind.HOLD,
        EventKind.SEGMENT,
    )
