"""`unroll`: a routine becomes what will happen, in order.

Repeats, sides, guidance and options are unrolled; lengths are still elastic, and every text
that will be spoken is known, so that all of them can be voiced at once, once each. What the
fit to a wished length decides (the point in the ranges, counts, what is left out) comes in as
`Choices`, so that a fit is nothing but unrolling again with others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from voiceguide.errors import Place
from voiceguide.languages import Phrases
from voiceguide.routine import Routine
from voiceguide.sequence.items import (
    EASE_STEP,
    MOST_EASE,
    Around,
    Chapter,
    ChapterStart,
    Chime,
    Choices,
    Close,
    Gap,
    Item,
    Kind,
    Mark,
    Open,
    Run,
    Sequence,
    Sound,
    SoundFile,
    Source,
    Still,
    Stretch,
    Words,
)
from voiceguide.sequence.passes import chapters_of
from voiceguide.sequence.steps import play_blocks
from voiceguide.sequence.unroller import AFTER_CHIME, CHAPTER, Here, Score, Wording
from voiceguide.settings import Mood, Settings

__all__ = [
    "EASE_STEP",
    "MOST_EASE",
    "Around",
    "Chapter",
    "ChapterStart",
    "Chime",
    "Choices",
    "Close",
    "Gap",
    "Item",
    "Kind",
    "Mark",
    "Open",
    "Run",
    "Sequence",
    "Sound",
    "SoundFile",
    "Source",
    "Still",
    "Stretch",
    "Words",
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
    """Unroll a routine without errors, with the routines it `use`s, by the place of the `use`.

    Raises:
        RoutineError: it unrolls to more moments than any session can hold.
    """
    wording = Wording(phrases, settings.words)
    blank = Score(
        routine, settings, phrases, choices or Choices(settings.point), used or {}, wording
    )
    score = _play(blank, None)
    if score.asks_next:
        score = _play(blank, tuple(chapter.title for chapter in score.chapters))
    return Sequence(
        tuple(_settle(score.items)),
        tuple(score.chapters),
        score.counts,
        tuple(score.optionals),
        score.says_holds,
        settings.lead_in,
        settings.ending,
        tuple(score.problems),
        settings.mood is Mood.WIND_DOWN,
        _wake(score),
    )


def _play(blank: Score, titles: tuple[str, ...] | None) -> Score:
    fresh = Score(
        blank.routine,
        blank.settings,
        blank.phrases,
        blank.choices,
        blank.used,
        blank.wording,
        titles,
    )
    play_blocks(fresh, fresh.routine.body, Here())
    _finish(fresh)
    return fresh


def _finish(score: Score) -> None:
    """The words and the chime that make the end unmistakable."""
    place = Place(score.routine.source, max(1, len(score.routine.lines)))
    score.add(CHAPTER)
    if not score.quiet:
        score.say(score.phrases["finish"], place, Here())
    score.add(AFTER_CHIME)
    score.chime("finish", place, Here())


def _wake(score: Score) -> Source | None:
    """What wakes headphones; a bed keeps them awake."""
    place = Place(score.routine.source, 1)
    sound = None if score.settings.bed else score.struck("wake", place, Here())
    return sound.source if sound else None


def _settle(items: Iterable[Item]) -> Iterator[Item]:
    """Pauses next to a silence, at the beginning and at the end go; of several the widest stays.

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
        if not isinstance(item, ChapterStart | Close):
            if pending and not after_silence and not _is_silence(item):
                yield pending
            pending = None
            after_silence = _is_silence(item)
        yield item


def _is_silence(item: Item) -> bool:
    """Whether it begins and ends in silence, so that no pause is wanted beside it."""
    return isinstance(item, Still) and item.kind not in (None, Kind.HOLD)
