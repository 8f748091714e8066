"""Check the timing of a decoded file: length, sounds, holds, sides, chapters."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from voiceguide.lengths import SAMPLE_RATE, samples, show_time
from voiceguide.proof.listening import Heard, HeardSound
from voiceguide.proof.promise import ChapterPromise, Promise, PromisedMoment
from voiceguide.proof.report import Evidence, Fault, Outcome, named
from voiceguide.sequence import EventKind

WITHIN = samples(0.005)
"""Samples by which a sound may be early or late, 5 ms: a quarter of the error that must be noticed,
and fifty times what MP3, Opus and AAC were measured to cause (4 samples). Sound travels two paces
in that time."""

DRIFT_WITHIN = samples(0.0015)
"""Samples by which a sound may be longer or shorter; only a change of speed causes that."""

LENGTH_WITHIN = 0
"""Allowed error of the length in samples; every format stores where its sound ends."""

RESAMPLED_WITHIN = samples(0.001)
"""The same for a file of another sample rate, whose samples cannot coincide."""

CHAPTER_WITHIN = samples(0.001)
"""Allowed error of a chapter in samples; files store chapter times in whole milliseconds."""

_MILLISECOND = SAMPLE_RATE / 1000
_COMPARED = frozenset(k.value for k in EventKind if k.exercise or k is EventKind.REP)
"""Event kinds that must be equally long on both sides."""


def check_length(found: Evidence) -> Outcome:
    """Check the decoded length, to the sample."""
    over = found.heard.length - found.promise.length
    within = LENGTH_WITHIN if found.heard.rate == SAMPLE_RATE else RESAMPLED_WITHIN
    faults = []
    if abs(over) > within:
        more = "longer" if over > 0 else "shorter"
        faults.append(Fault(None, f"the file is {_span(abs(over))} {more} than promised"))
    return Outcome(over / _MILLISECOND, within / _MILLISECOND, tuple(faults))


def check_heard(found: Evidence) -> Outcome:
    """Check that every promised sound is heard."""
    both = zip(found.promise.moments, found.heard.sounds, strict=True)
    missing = [one for one, sound in both if sound is None and found.promise.is_heard(one)]
    faults = (
        Fault(one.position, f"{named(one)} is not heard, or something else is in its place")
        for one in missing
    )
    return Outcome(len(missing), 0, tuple(faults))


def check_times(found: Evidence) -> Outcome:
    """Check that every sound begins on time; neighbours that are equally late are one fault."""
    sounds = [(moment, sound) for moment, sound, _ in found.found()]
    faults: list[Fault] = []
    for _, group in groupby(sounds, lambda one: round(one[1].late / _MILLISECOND)):
        members = list(group)
        if max(abs(sound.late) for _, sound in members) > WITHIN:
            faults.append(_misplaced(members))
    return Outcome(_worst(sound.late for _, sound in sounds), WITHIN / _MILLISECOND, tuple(faults))


def check_ends(found: Evidence) -> Outcome:
    """Check that every spoken line is as long as promised."""
    lines = [(moment, sound) for moment, sound, planned in found.found() if planned.spoken]
    faults = tuple(
        Fault(moment.position, f"{named(moment)} ends {_late(sound.drift)} after its beginning")
        for moment, sound in lines
        if abs(sound.drift) > DRIFT_WITHIN
    )
    return Outcome(_worst(sound.drift for _, sound in lines), DRIFT_WITHIN / _MILLISECOND, faults)


def measured_lengths(promise: Promise, heard: Heard) -> tuple[int | None, ...]:
    """Measure the length of each moment in samples; None where it cannot be measured.

    A silence is longer or shorter by as much as the sounds before and after it moved against each
    other. A sound is measured from its own beginning to its own end.
    """
    both = list(zip(promise.moments, heard.sounds, strict=True))
    late = [(moment.position, sound.late) for moment, sound in both if sound]

    def silence(moment: PromisedMoment) -> int | None:
        """Length of a silence; None if there is no sound before or after it."""
        before = bisect_right(late, moment.position, key=itemgetter(0))
        after = bisect_left(late, moment.end, key=itemgetter(0))
        if not before or after == len(late):
            return None
        return moment.length + late[after][1] - late[before - 1][1]

    return tuple(
        moment.length + sound.drift if sound else silence(moment) for moment, sound in both
    )


def check_holds(found: Evidence) -> Outcome:
    """Check that holds, rests and all other timed silences are as long as promised."""
    errors = [
        (moment, length - moment.length)
        for moment, length in found.measured()
        if moment.sound is None and length is not None
    ]
    faults = tuple(
        Fault(moment.position, f"{named(moment)} is {_span(abs(error))} too {_which(error)}")
        for moment, error in errors
        if abs(error) > WITHIN
    )
    return Outcome(_worst(error for _, error in errors), WITHIN / _MILLISECOND, faults)


def check_sides(found: Evidence) -> Outcome:
    """Check that pairs of left and right that were promised equal are equally long."""
    differences = list(_both_sides(found))
    faults = tuple(
        Fault(left.position, f"{named(left)} is {_span(abs(by))} {_which(by)}er than the right")
        for left, by in differences
        if abs(by) > WITHIN
    )
    return Outcome(_worst(by for _, by in differences), WITHIN / _MILLISECOND, faults)


def check_chapters(found: Evidence) -> Outcome:
    """Check that the file lists the timeline's chapters."""
    promised, chapters = list(_listed(found.promise)), found.chapters
    worst, faults = 0, []
    if len(promised) != len(chapters):
        listed = f"the file lists {len(chapters)} chapters, not {len(promised)}"
        faults.append(Fault(None, listed))
    for mine, its in zip(promised, chapters, strict=False):
        late = its.start - mine.position
        worst = max(worst, late, key=abs)
        if its.title != mine.title:
            told = f"the chapter “{mine.title}” is called “{its.title}”"
            faults.append(Fault(mine.position, told))
        elif abs(late) > CHAPTER_WITHIN:
            faults.append(Fault(mine.position, f"the chapter “{mine.title}” is {_late(late)}"))
    return Outcome(worst / _MILLISECOND, CHAPTER_WITHIN / _MILLISECOND, tuple(faults))


def _worst(counts: Iterable[int]) -> float | None:
    """Largest of some deviations in samples, in milliseconds; None if there are none."""
    worst = max(counts, key=abs, default=None)
    return None if worst is None else worst / _MILLISECOND


def _both_sides(found: Evidence) -> Iterator[tuple[PromisedMoment, int]]:
    """Yield the left of each pair that was promised equal, matched by chapter, kind and round, and
    the samples by which it is longer than the right."""
    sides: dict[tuple[object, ...], dict[str, list[tuple[PromisedMoment, int | None]]]] = (
        defaultdict(lambda: {"left": [], "right": []})
    )
    for moment, length in found.measured():
        if moment.kind in _COMPARED and moment.side:
            key = (moment.chapter, moment.kind, moment.round)
            sides[key][moment.side].append((moment, length))
    for both in sides.values():
        for (left, one), (right, other) in zip(both["left"], both["right"], strict=False):
            if left.length == right.length and one is not None and other is not None:
                yield left, one - other


def _listed(promise: Promise) -> Iterator[ChapterPromise]:
    """Yield the chapters that a file should list: those that are not empty."""
    ends = [*(chapter.position for chapter in promise.chapters[1:]), promise.length]
    for chapter, end in zip(promise.chapters, ends, strict=False):
        if chapter.position < end:
            yield chapter


def _misplaced(members: Sequence[tuple[PromisedMoment, HeardSound]]) -> Fault:
    (first, sound), *others = members
    late = _late(sound.late)
    if not others:
        return Fault(first.position, f"{named(first)} comes {late}")
    until = show_time(others[-1][0].position / SAMPLE_RATE)
    told = f"{named(first)} and {len(others)} more sounds, up to {until}, come {late}"
    return Fault(first.position, told)


def _late(count: int) -> str:
    return f"{_span(abs(count))} {'late' if count > 0 else 'early'}"


def _which(count: int) -> str:
    return "long" if count > 0 else "short"


def _span(count: int) -> str:
    """Show a length for a sentence, in samples, milliseconds or seconds, depending on its size."""
    if count < _MILLISECOND:
        return f"{count} samples" if count != 1 else "1 sample"
    if count < SAMPLE_RATE:
        return f"{count / _MILLISECOND:.1f} ms"
    return f"{count / SAMPLE_RATE:.3f} s"
