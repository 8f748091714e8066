"""Place the marks of a hold, and check that they fit.

A mark's sound starts at its moment. It must end before the next one starts and before the hold
ends; otherwise it is a problem that names the length of the words and the time available.
Built-in marks are left out instead, and an elastic hold leaves out a last `every` point that
does not fit, because no author can foresee where that point falls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, zip_longest

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import Problem
from voiceguide.lengths import in_seconds, samples, show_seconds
from voiceguide.routine import Moment
from voiceguide.sequence import Mark, Run, Sound, Source, TimedSilence

LengthOf = Callable[[Source], int]
"""The length of a source in samples."""

CLEAR = samples(0.1)
"""Least silence, in samples, between a built-in mark and its neighbours."""

AFTER_START = samples(0.5)
"""Least distance, in samples, from the start of the hold (its chime) to a built-in mark."""


class PlacedMark(Struct, frozen=True):
    """A mark at its onset, in samples from the start of the hold."""

    onset: int
    length: int
    mark: Mark
    run: Run

    @property
    def end(self) -> int:
        """The position just after its last sample."""
        return self.onset + self.length


class MarkPlacement(Struct, frozen=True):
    """The sounds inside a hold, as (onset, sound), and the marks that do not fit, as problems."""

    sounds: tuple[tuple[int, Sound], ...]
    problems: tuple[Problem, ...]
    heard: frozenset[str] = frozenset()
    """The `once` names of the marks that are played."""


def place_marks(
    silence: TimedSilence,
    length: int,
    length_of: LengthOf,
    heard: frozenset[str] = frozenset(),
) -> MarkPlacement:
    """Place all marks of a hold of `length` samples, except the `once` marks already `heard`."""
    fitted = _fitted(silence, length, length_of, heard)
    problems = (_problem(p, follower, silence, length) for p, follower in _pairs(fitted, length))
    sounds = (sound for placed in fitted for sound in _sounds(placed, length_of))
    names = frozenset(placed.mark.once for placed in fitted) - {""}
    return MarkPlacement(tuple(sounds), tuple(filter(None, problems)), names)


def marks_after(
    silence: TimedSilence, length: int, length_of: LengthOf, played: int
) -> tuple[Mark, ...]:
    """Return the marks of a hold whose length changes after `played` samples of it.

    A mark that has begun to sound keeps its place and is not played again.
    """
    begun = [placed for placed in _fitted(silence, length, length_of) if placed.onset < played]
    over = {placed.mark for placed in begun if placed.mark.moment is not Moment.EVERY}
    to_come = (mark for mark in silence.marks if mark not in over and not mark.begun)
    return (*map(_begun, begun), *to_come)


def _begun(placed: PlacedMark) -> Mark:
    mark, seconds = placed.mark, in_seconds(placed.onset)
    return Mark(Moment.AT, seconds, (placed.run,), mark.label, mark.place, begun=True)


def _fitted(
    silence: TimedSilence, length: int, length_of: LengthOf, heard: frozenset[str] = frozenset()
) -> list[PlacedMark]:
    """Place the marks, without those that give way and do not fit."""
    wanted = [
        placed
        for mark in silence.marks
        for placed in _points(mark, length, length_of)
        if mark.begun or not silence.since or placed.onset >= samples(silence.since)
    ]
    own = sorted((p for p in wanted if not p.mark.gives_way), key=lambda placed: placed.onset)
    if silence.elastic:
        own = _without_late_points(own, silence, length)
    kept = [*own]
    for group in _groups(placed for placed in wanted if placed.mark.gives_way):
        names = {placed.mark.once for placed in group} - {""}
        if not names & heard:
            fitting = _fitting(group, kept, length, length_of)
            kept.extend(fitting)
            heard |= names if fitting else set()
    kept.sort(key=lambda placed: placed.onset)
    return [_shortened(p, follower, length_of) for p, follower in _pairs(kept, length)]


def run_length(run: Run, length_of: LengthOf) -> int:
    """Samples from the start of a run, pauses included, to the end of its last sound."""
    return sum(samples(pause) + length_of(sound.source) for pause, sound in run)


def _points(mark: Mark, length: int, length_of: LengthOf) -> Iterator[PlacedMark]:
    if length < samples(mark.least) or in_seconds(length) >= mark.most:
        return
    for index, onset in enumerate(_onsets(mark, length)):
        run = mark.runs[index % len(mark.runs) if mark.moment is Moment.EVERY else 0]
        yield _placed(mark, run, onset, length_of)


def _placed(mark: Mark, run: Run, onset: int, length_of: LengthOf) -> PlacedMark:
    """Place a run of the mark at its moment."""
    sounding = run_length(run, length_of)
    return PlacedMark(onset - sounding if mark.ends else onset, sounding, mark, run)


def _onsets(mark: Mark, length: int) -> Iterable[int]:
    every = samples(mark.seconds)
    if mark.moment is Moment.EVERY:
        return range(every, length, max(1, every))
    if mark.moment is Moment.HALF:
        return (length // 2,)
    return (length - every,) if mark.moment is Moment.LAST else (every,)


def _without_late_points(
    own: list[PlacedMark], silence: TimedSilence, length: int
) -> list[PlacedMark]:
    """Remove `every` points of an elastic hold that do not fit before its end or its last words."""
    last_words = (samples(mark.seconds) for mark in silence.marks if mark.moment is Moment.LAST)
    room = length - max(last_words, default=0) - CLEAR
    return [p for p in own if p.mark.moment is not Moment.EVERY or p.end <= room]


def _groups(placed: Iterable[PlacedMark]) -> list[list[PlacedMark]]:
    return [list(group) for _, group in groupby(placed, key=lambda p: p.mark.group)]


def _fitting(
    group: list[PlacedMark], kept: list[PlacedMark], length: int, length_of: LengthOf
) -> list[PlacedMark]:
    """Give each mark of a group its first run that overlaps nothing; empty if one mark has none."""
    chosen: list[PlacedMark] = []
    for placed in group:
        moment = placed.end if placed.mark.ends else placed.onset
        runs = (_placed(placed.mark, run, moment, length_of) for run in placed.mark.runs)
        clear = next((one for one in runs if _is_clear(one, [*kept, *chosen], length)), None)
        if clear is None:
            return []
        chosen.append(clear)
    return chosen


def _is_clear(placed: PlacedMark, others: list[PlacedMark], length: int) -> bool:
    inside = placed.onset >= AFTER_START and placed.end + CLEAR <= length
    return inside and all(
        placed.end + CLEAR <= other.onset or other.end + CLEAR <= placed.onset for other in others
    )


def _pairs(placed: list[PlacedMark], length: int) -> list[tuple[PlacedMark, int]]:
    """Pair each mark with the onset of the next one, or with the end of the hold."""
    return [
        (one, after.onset if after else length) for one, after in zip_longest(placed, placed[1:])
    ]


def _shortened(placed: PlacedMark, follower: int, length_of: LengthOf) -> PlacedMark:
    """Choose the mark's first run that fits before `follower`; the last run if none does."""
    mark = placed.mark
    if placed.end <= follower or mark.moment is Moment.EVERY or mark.gives_way:
        return placed
    *others, last = (replace(placed, run=r, length=run_length(r, length_of)) for r in mark.runs)
    longer = replace(placed, run=mark.overrun, length=run_length(mark.overrun, length_of))
    if not mark.overrun:
        return next((choice for choice in others if choice.end <= follower), last)
    fitting = (choice for choice in others if choice.end <= follower)
    over = longer if longer.end <= follower + samples(mark.room) else last
    return next(fitting, over)


def _sounds(placed: PlacedMark, length_of: LengthOf) -> Iterator[tuple[int, Sound]]:
    position = placed.onset
    for pause, sound in placed.run:
        position += samples(pause)
        yield position, sound
        position += length_of(sound.source)


def _problem(
    placed: PlacedMark, follower: int, silence: TimedSilence, length: int
) -> Problem | None:
    if placed.mark.gives_way:
        return None
    what, name = f"`{placed.mark.label}`", silence.name
    if not 0 <= placed.onset < length:
        message = f"{what} lies outside the {name} of {_show(length)}"
        return Problem(message, f"make the {name} longer, or move the cue", placed.mark.place)
    if placed.end <= follower or placed.mark.built_in:
        return None
    there_is = _show(max(0, follower - placed.onset))
    until = f"the {name} ends" if follower == length else "the next cue"
    message = f"{what} takes {_show(placed.length)}, but there is {there_is} until {until}"
    return Problem(message, f"shorten the words, or make the {name} longer", placed.mark.place)


def _show(count: int) -> str:
    return show_seconds(round(in_seconds(count), 1)) if count else "no time"
