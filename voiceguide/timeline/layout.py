"""Lay items out as events: each position is the exact sum of the lengths before it.

Pauses are the exception: a pause ends on a grid of 24 ms, and the next pause compensates for it,
so that errors do not add up: holds, phases and the whole session stay exact to the sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import ceil
from operator import attrgetter

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.errors import Place, Problem
from voiceguide.lengths import in_seconds, samples, show_clock, show_seconds
from voiceguide.sequence import (
    Beat,
    BedStart,
    ChapterStart,
    Close,
    EventKind,
    Gap,
    Item,
    Open,
    PeriodEnd,
    PeriodStart,
    Sound,
    Source,
    TimedSilence,
    Words,
)
from voiceguide.timeline.cues import LengthOf, place_marks
from voiceguide.timeline.data import BedChange, ChapterMark, Event, Settling, Timeline, faded
from voiceguide.timeline.fit import Fitted

# ── a soft sound after a long silence, to wake headphones before the words ───


LONG = samples(20)
"""Least silence before a wake sound, from the end of one sound to the next, in samples."""

AHEAD = samples(0.5)
"""Samples from the start of the wake sound to the start of the next sound."""


def wakes(events: Iterable[Event], source: Source, length: int) -> Iterator[Event]:
    """Yield the wake sounds of a session, `length` samples each; `events` must be in order."""
    silent_from = 0
    for event in events:
        if event.source is None:
            continue
        if event.position - silent_from > LONG:
            position = event.position - AHEAD
            yield replace(
                event,
                position=position,
                length=length,
                kind=EventKind.CHIME,
                text="wake",
                source=source,
            )
        silent_from = max(silent_from, event.end)


# ── items to events ──────────────────────────────────────────────────────────


GRID = 1152
"""24 ms in samples: pauses are lengthened or shortened so that the next item starts on this grid.
It is the length of an MP3 frame, so that a repeated sound is encoded only once."""

CHAPTER_LEAD = samples(0.5)
"""Samples from the start of a chapter to its first sound: players jump a little late."""


class Layout(Struct, frozen=True):
    """A timeline, and the start of each item of its sequence, in samples."""

    timeline: Timeline
    starts: tuple[int, ...]
    remaining: Mapping[int, float]
    """Seconds that remain in the session at each text that names them, by the index of the text."""


def lay_out(fitted: Fitted, length_of: LengthOf) -> Layout:
    """Lay a fitted sequence out in time."""
    begin = samples(fitted.sequence.lead_in)
    layout = _LayoutBuilder(fitted, length_of, begin, begin)
    starts = []
    for item in fitted.sequence.items:
        starts.append(layout.position)
        layout.add(item)
    timeline = layout.timeline()
    left = {index: in_seconds(timeline.length - at) for index, at in layout.asking.items()}
    return Layout(timeline, tuple(starts), left)


_Cause = tuple[Place | None, str]
"""A place and a way out; problems with the same two are joined into one."""


class _LayoutBuilder(Struct):
    fitted: Fitted
    length_of: LengthOf
    exact: int
    """The exact sum of the items so far, in samples."""
    position: int
    """The start of the next item: the exact sum, moved onto the grid after a pause."""
    events: list[Event] = field(default_factory=list)
    chapters: list[ChapterMark] = field(default_factory=list)
    problems: dict[_Cause, list[tuple[Problem, int]]] = field(default_factory=dict)
    """Problems with their positions in samples, by place and way out."""
    opened: list[tuple[int, Beat | None]] = field(default_factory=list)
    """Indices of the events that are still open, each with its metronome."""
    periods: list[tuple[int, int]] = field(default_factory=list)
    """The ends of the periods that are still open: as a position, and as an exact sum."""
    heard: frozenset[str] = frozenset()
    """The `once` names of marks that were played."""
    awaiting: list[tuple[int, int]] = field(default_factory=list)
    """Chapters without a sound yet: the index, and the end of what comes before."""
    gaps: int = 0
    beating: tuple[int, int, float] | None = None
    """The latest metronome: its start, its end, and the seconds of a beat."""
    beds: list[BedChange] = field(default_factory=list)
    asking: dict[int, int] = field(default_factory=dict)
    """The position of each text that names the time that remains."""

    def add(self, item: Item) -> None:
        """Lay out one more item."""
        if isinstance(item, Gap):
            self._pause()
        elif isinstance(item, BedStart):
            self.beds.append(BedChange(self.position, item.bed, item.place, item.own))
        elif isinstance(item, ChapterStart):
            self.awaiting.append((item.index, self.position))
        elif isinstance(item, Close):
            self._close()
        elif isinstance(item, PeriodStart):
            length = self.fitted.lengths[item.length.share]
            self.periods.append((self.position + length, self.exact + length))
        elif isinstance(item, PeriodEnd):
            self._rest_of_period(item.rest)
        else:
            self._begin_chapters()
            self._add_event(item)

    def _pause(self) -> None:
        self.exact += self.fitted.pauses[self.gaps]
        self.gaps += 1
        last = self.gaps == len(self.fitted.pauses)  # no later pause could compensate for it
        self.position = self.exact if last else round(self.exact / GRID) * GRID

    def _advance(self, length: int) -> None:
        self.exact += length
        self.position += length

    def _add_event(self, item: Sound | TimedSilence | Open) -> None:
        if isinstance(item, Sound):
            self._sound(item, self.position)
            self._advance(self.length_of(item.source) if item.whole else 0)
        elif isinstance(item, TimedSilence):
            self._silence(item)
        else:
            self.opened.append((len(self.events), item.beat))
            self.events.append(_event(item, self.position, 0, item.text))

    def timeline(self) -> Timeline:
        """Return the timeline of all items laid out, with its lead-out."""
        self._begin_chapters()
        sequence = self.fitted.sequence
        length = self.exact + samples(sequence.lead_out) + self.fitted.rest
        settling = Settling(length) if sequence.winds_down else None
        fade = samples(sequence.fade)
        told = tuple(map(_told_once, self.problems.values()))
        events = tuple(self._levelled(self._all_events(), settling, length, fade))
        return Timeline(
            length, events, tuple(self.chapters), told, settling, fade, tuple(self.beds)
        )

    def _all_events(self) -> list[Event]:
        """Return the events by position, with the wake sounds."""
        events = sorted(self.events, key=attrgetter("position"))
        wake = self.fitted.sequence.wake
        if wake:
            events.extend([*wakes(events, wake, self.length_of(wake))])
        return sorted(events, key=attrgetter("position"))

    def _levelled(
        self, events: list[Event], settling: Settling | None, length: int, fade: int
    ) -> Iterator[Event]:
        for event in events:
            level = faded(event.position, length, fade)
            if settling:
                spoken = isinstance(event.source, Words)
                level += (settling.of_voice if spoken else settling.of_chime)(event.position)
            yield replace(event, level=level) if level and event.source else event

    def _sound(self, sound: Sound, position: int) -> None:
        length = self.length_of(sound.source)
        if sound.asks_remaining is not None:
            self.asking.setdefault(sound.asks_remaining, position)
        event = _event(sound, position, length, sound.name)
        self.events.append(replace(event, source=sound.source))

    def _silence(self, silence: TimedSilence, length: int | None = None) -> None:
        if length is None:
            length = self.fitted.lengths[silence.length.share]
        if silence.kind:
            self.events.append(_event(silence, self.position, length, silence.text))
        placing = place_marks(silence, length, self.length_of, self.heard)
        self.heard |= placing.heard
        for onset, sound in placing.sounds:
            self._sound(sound, self.position + onset)
        self._beat(silence.beat, self.position, length)
        for problem in placing.problems:
            self._note(problem, self.position)
        self._advance(length)

    def _beat(self, beat: Beat | None, start: int, length: int) -> None:
        """Add the strokes of a metronome, each at its exact moment, so that errors do not add up.

        If one silence directly follows another, as in segments, the beat continues.
        """
        if beat is None:
            return
        if self.beating is None or self.beating[1:] != (start, beat.seconds):
            self.beating = start, start, beat.seconds
        begun, stop = self.beating[0], start + length
        stroke = ceil((start - begun) / samples(beat.seconds))
        while (position := begun + samples(stroke * beat.seconds)) < stop:
            if position >= start:
                self._sound(beat.sound, position)
            stroke += 1
        self.beating = begun, stop, beat.seconds

    def _rest_of_period(self, rest: TimedSilence) -> None:
        """Fill the rest of a period; the next one starts at its exact moment, despite the grid."""
        end, exact = self.periods.pop()
        left = end - self.position
        if left > 0:
            self._silence(rest, left)
        elif left < 0:
            period = self.fitted.lengths[rest.length.share]
            self._note(_too_long(rest, period, left), end - period)
        self.position, self.exact = end, exact

    def _note(self, problem: Problem, position: int) -> None:
        """Record a problem with its position."""
        self.problems.setdefault((problem.place, problem.help), []).append((problem, position))

    def _close(self) -> None:
        index, beat = self.opened.pop()
        event = self.events[index]
        self.events[index] = replace(event, length=self.position - event.position)
        self._beat(beat, event.position, self.position - event.position)

    def _begin_chapters(self) -> None:
        """Start the waiting chapters, now that their first item comes."""
        self.chapters.extend(self._begun_chapters())
        self.awaiting.clear()

    def _begun_chapters(self) -> Iterator[ChapterMark]:
        for index, ended in self.awaiting:
            chapter = self.fitted.sequence.chapters[index]
            position = max(ended, self.position - CHAPTER_LEAD) if self.events else 0
            yield ChapterMark(chapter.title, chapter.level, position)


def _told_once(met: list[tuple[Problem, int]]) -> Problem:
    """Join equal problems: the first one, with how often and when first it occurs."""
    problem, first = met[0]
    if len(met) == 1:
        return problem
    often = f" ({len(met)} times, first at {show_clock(in_seconds(first))})"
    return replace(problem, message=problem.message + often)


def _too_long(rest: TimedSilence, period: int, left: int) -> Problem:
    takes, there_is = (show_seconds(round(in_seconds(n), 1)) for n in (period - left, period))
    message = f"a round takes {takes}, longer than its {there_is}"
    return Problem(message, "shorten what is in it, or make `every` longer", rest.origin.place)


def _event(
    item: Sound | TimedSilence | Open, position: int, length: int, text: str | None
) -> Event:
    origin = item.origin
    return Event(
        position,
        length,
        item.kind or EventKind.REP,
        text,
        origin.place,
        origin.side,
        origin.round,
        origin.rep,
        origin.chapter,
        step=origin.step,
    )
