"""A session on its way to a listener: the transport and the conductor that play it on a device, and
the data by which a page shows it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import asdict, replace

from voiceguide import sequence
from voiceguide.audio.loops import Loop
from voiceguide.engines import DEFAULT
from voiceguide.errors import MachineError, RoutineError, Severity, UsageError, did_you_mean
from voiceguide.files import read_ordinary, replacing
from voiceguide.lengths import in_seconds, samples, show_time
from voiceguide.player import Conductor, Transport
from voiceguide.player.now import Now, now, stop_before, stops
from voiceguide.player.transport import PartialBlocks
from voiceguide.render import BedAt, Block, Blocks
from voiceguide.sequence import Choices, EventKind, Source, Words
from voiceguide.studio.estimated import Estimated
from voiceguide.studio.narration import LiveNarration, Voiced, make_speaker
from voiceguide.studio.opening import Opened, unreachable
from voiceguide.studio.sounds import LaidBeds, bed_of
from voiceguide.timeline import Event, LivePlan, Timeline, UnreachableLengthError, begin

SOON = 0.6
"""Seconds that the start of a session may wait for all of its texts to be spoken. If that takes
longer, the rest is spoken while the first texts are heard."""

Unroll = partial[sequence.Sequence]


class Wishes(Struct, frozen=True):
    """How to play a session."""

    volume: float = 1.0
    keep_length: bool = False
    """Whether it ends at the planned time even after interruptions."""
    ends_in: float | None = None
    """Seconds from now at which it should end."""
    start: float = 0.0
    """Where it begins, in seconds of the session."""
    chapter: str | None = None
    """The chapter it begins with: its title, the start of its title, or its number from 1."""
    step: int | None = None
    """The step it begins with, counted from 0."""

    @property
    def begins_late(self) -> bool:
        """Whether playing begins anywhere but at the start of the session."""
        return bool(self.start or self.chapter or self.step)


class Performance(AbstractContextManager["Performance"]):
    """A session that is played; `close` ends it."""

    def __init__(
        self,
        opened: Opened,
        voiced: Voiced,
        unroll: Unroll,
        wishes: Wishes,
        clock: Callable[[], float],
    ) -> None:
        """Wait until the beginning of the session is spoken, and go to where it starts."""
        self._opened = opened
        self.title = opened.title
        bed, laid = bed_of(opened), LaidBeds(opened)
        self._bed: Loop | None = bed and bed.ready()  # nothing may be decoded while it plays
        self._laid: BedAt = lambda change: laid(change).ready()
        self._clock = clock
        natural = unroll(choices=Choices(opened.settings.point))
        stand_in = partial(voice_after, opened)
        self._spoken = LiveNarration(voiced, Estimated(opened), natural.words(), stand_in)
        # texts far from the beginning are spoken last
        self._spoken.wait(None if wishes.begins_late else SOON)
        self._heard = self._spoken.count
        plan = self._plan(opened, unroll, wishes)
        blocks = self._spoken.blocks(plan.timeline, self._bed, self._laid)
        start = start_of(plan.timeline, wishes)
        self.transport = Transport(blocks, start, wishes.volume)
        self.late = 0.0
        """Seconds by which it ends after the requested time; negative if it ends before."""
        if wishes.ends_in is not None:
            self.late = in_seconds(plan.timeline.length - start) - wishes.ends_in
        self.conductor = self._conductor(plan, opened, wishes)

    def tick(self) -> None:
        """Let the conductor handle what has happened, such as texts that have been spoken."""
        self._spoken.check()
        count = self._spoken.count
        if count != self._heard:
            self._heard = count
            self.conductor.remeasure(self._spoken.lengths())
        self.conductor.tick()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop speaking and reading."""
        self._spoken.close()
        self.transport.close()

    def cover(self) -> bytes:
        """Return the picture of the session as it is planned now, PNG or JPEG."""
        from voiceguide.studio.sounds import cover_of

        return cover_of(self._opened, self.conductor.timeline)

    @property
    def note(self) -> str:
        """What the listener should know about the voice, or empty."""
        return self._spoken.note

    @property
    def step(self) -> int:
        """The step that is being played, counted from 0."""
        timeline, position = self.conductor.timeline, self.transport.position
        return stops(timeline).index(stop_before(timeline, position))

    def _plan(self, opened: Opened, unroll: Unroll, wishes: Wishes) -> LivePlan:
        lengths, point = self._spoken.lengths(), opened.settings.point
        plan = begin(unroll, lengths, point=point, wish=opened.wish)
        if wishes.ends_in is None:
            return plan
        start = start_of(plan.timeline, wishes)  # then end as near to the wish as the ranges allow
        return plan.refitted(start - 1, start + samples(wishes.ends_in))

    def _conductor(self, plan: LivePlan, opened: Opened, wishes: Wishes) -> Conductor:
        seconds = wishes.ends_in
        if seconds is None and wishes.keep_length:
            seconds = in_seconds(plan.timeline.length - self.transport.position)
        return Conductor(
            plan,
            self.transport,
            lambda timeline: self._spoken.blocks(timeline, self._bed, self._laid),
            self._sound,
            clock=self._clock,
            ends_at=None if seconds is None else self._clock() + seconds,
            length=opened.wish,
        )

    def _sound(self, source: Source) -> npt.NDArray[np.int16]:
        clip = self._spoken.clip(source)
        return np.rint(clip.samples * 32767).astype(np.int16)


def voice_after(opened: Opened, failed: str) -> Voiced | None:
    """Return the embedded voice after another one failed; None if it was the one that failed."""
    if failed.partition(":")[0] == DEFAULT:
        return None
    embedded = replace(opened, settings=replace(opened.settings, voice=DEFAULT))
    return Voiced(embedded, make_speaker(embedded))


def start_of(timeline: Timeline, wishes: Wishes) -> int:
    """Return the sample at which a session begins."""
    if wishes.chapter is not None:
        return _chapter(timeline, wishes.chapter)
    if wishes.step is not None:
        found = stops(timeline)
        return found[min(wishes.step, len(found) - 1)]
    start = samples(wishes.start)
    if start >= timeline.length:
        over = show_time(timeline.duration)
        raise UsageError(f"the session is over after {over}", "begin earlier")
    return start


def _chapter(timeline: Timeline, wanted: str) -> int:
    chapters = timeline.chapters
    if wanted.isdecimal() and 1 <= int(wanted) <= len(chapters):
        return chapters[int(wanted) - 1].position
    exact = [one for one in chapters if one.title.lower() == wanted.lower()]
    begun = [one for one in chapters if one.title.lower().startswith(wanted.lower())]
    if not exact and len(begun) != 1:
        what = "several chapters begin with" if begun else "there is no chapter"
        titles = [one.title for one in begun or chapters]
        way_out = did_you_mean(wanted, titles) or "the routine has no chapters"
        raise UsageError(f"{what} `{wanted}`", way_out)
    return (exact or begun)[0].position


# ── stored state of a session that is played: where it was left, and its address


_VARIABLE = "VOICEGUIDE_STATE"
"""The environment variable that names another folder for the state."""

_FILE = "left.json"
_REMOTE = "remote.json"

_LARGEST = 1 << 20
"""Largest file of state that is read, in bytes."""

Wish = str | list[str]


class Left(Struct, frozen=True):
    """A session that was left before its end."""

    routine: str
    """The absolute path, or the name in the library."""
    wishes: Mapping[str, Wish]
    """The options it was opened with."""
    step: int
    """The step in which it was left, counted from 0."""


def remember(left: Left) -> None:
    """Store where a session was left, in place of the one before; ignore failures to write."""
    path = _path()
    with suppress(OSError, MachineError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(json.dumps(asdict(left)).encode())


def forget(ended: Left) -> None:
    """Forget a routine that has come to its end; another one that was left is kept."""
    kept = _kept()
    if kept and kept.routine == ended.routine:
        with suppress(OSError):
            _path().unlink(missing_ok=True)


def left_off() -> Left:
    """Return the session that was left last; a UsageError if there is none."""
    kept = _kept()
    if kept is None:
        way_out = "play one: `voiceguide play ROUTINE`"
        raise UsageError("there is no session to go on with", way_out)
    return kept


def _kept() -> Left | None:
    try:
        found = json.loads(read_ordinary(_path(), _LARGEST))
        return Left(str(found["routine"]), dict(found["wishes"]), int(found["step"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remote_file() -> Path:
    """Return the file in which a played session stores its address; only the user can read it."""
    return _folder() / "live" / _REMOTE


def _path() -> Path:
    return _folder() / _FILE


def _folder() -> Path:
    asked = os.environ.get(_VARIABLE, "").strip()
    if asked:
        return Path(asked).expanduser()
    from platformdirs import user_state_path

    return user_state_path("voiceguide", appauthor=False)


# ── a session that can be heard while its later texts are still being spoken ──


PIECE = samples(0.5)
"""Samples that are read at a time; few, so that the first ones are heard soon."""

LOOK = 0.2
"""Seconds between two checks, while waiting for words, whether anybody still wants them."""


class Preview:
    """Speaks the texts of a session, and gives streams of the part that is spoken already.

    The lock `turn` is held whenever the engine speaks, since others may use it. `close` ends it.
    """

    def __init__(
        self,
        opened: Opened,
        voiced: Voiced,
        unroll: partial[sequence.Sequence],
        turn: AbstractContextManager[object],
    ) -> None:
        self._opened, self._unroll, self.wish = opened, unroll, opened.wish
        self._bed, self._laid = bed_of(opened), LaidBeds(opened)
        words = unroll(choices=Choices(opened.settings.point)).words()
        guess = Estimated(opened)
        # no other voice stands in: an author wants to know that the voice has failed
        self.narration = LiveNarration(voiced, guess, words, lambda _: None, turn)

    def wait(self, look: Callable[[], None]) -> None:
        """Wait until all texts are spoken; call `look` every `LOOK` seconds and pass on its errors.

        Raises:
            VoiceguideError: a text cannot be spoken.
        """
        while not self.narration.wait(LOOK):
            look()

    @property
    def whole(self) -> bool:
        """Whether all texts are spoken."""
        return self.narration.whole

    def stream(self, start: int, stop: int | None = None) -> PreviewStream:
        """Return the sound between two samples; its texts are spoken before all others.

        Raises:
            RoutineError: the timeline has problems.
            UnmetLengthError: the length that was asked for cannot be met.
            UsageError: there is nothing to be heard there.
        """
        return PreviewStream(self, self.planned(), start, stop)

    def planned(self) -> LivePlan:
        """Return the plan by the texts spoken so far, and by guessed lengths for the others."""
        settings, lengths = self._opened.settings, self.narration.lengths()
        try:
            plan = begin(self._unroll, lengths, point=settings.point, wish=self.wish)
        except UnreachableLengthError as error:
            raise unreachable(error, self._opened) from None
        found = map(self._opened.located, plan.timeline.problems)
        if errors := [problem for problem in found if problem.severity is Severity.ERROR]:
            raise RoutineError(errors)
        return plan

    def blocks(self, timeline: Timeline, since: int) -> Blocks:
        """Return the sound of a timeline from the sample `since` on, as far as it is spoken."""
        return self.narration.blocks(timeline, self._bed, self._laid, since=since)

    def close(self) -> None:
        """Stop speaking."""
        self.narration.close()


class PreviewStream:
    """The sound of a session in pieces; the rest is planned anew as texts are spoken."""

    def __init__(self, preview: Preview, plan: LivePlan, start: int, stop: int | None) -> None:
        self._preview, self._plan, self._stop = preview, plan, stop
        self._at = min(max(0, start), self._end)
        if self._at == self._end:
            raise UsageError("there is nothing to be heard there", "choose an earlier place")
        self.over = False
        """Whether the listener has left, or the end is reached."""
        events = (event for event in self.timeline.events if event.end > self._at)
        preview.narration.hurry(e.source for e in events if isinstance(e.source, Words))

    @property
    def timeline(self) -> Timeline:
        """The timeline as it is known now; the part that has been heard does not change."""
        return self._plan.timeline

    @property
    def channels(self) -> int:
        """Number of channels, 1 or 2."""
        return self._preview.blocks(self.timeline, self._at).channels

    def pieces(self) -> Iterator[Block]:
        """Yield the samples, as soon as there are some; a VoiceguideError if the voice fails."""
        try:
            count, blocks = -1, self._preview.blocks(self.timeline, self._at)
            while self._at < self._end and not self.over:
                if count != self._preview.narration.count:
                    count = self._preview.narration.count
                    blocks = self._replanned()
                known = blocks.known_until if isinstance(blocks, PartialBlocks) else blocks.length
                stop = min(self._at + PIECE, known, self._end)
                if stop > self._at:
                    yield blocks.read(self._at, stop)
                    self._at = stop
                else:
                    self._preview.narration.wait_for_more(count, LOOK)
        finally:
            self.over = True

    @property
    def _end(self) -> int:
        length = self.timeline.length
        return length if self._stop is None else min(self._stop, length)

    def _replanned(self) -> Blocks:
        """Plan anew by the texts spoken meanwhile, and return the blocks."""
        lengths = self._preview.narration.lengths()
        self._plan = self._plan.remeasured(lengths, self._at, self._preview.wish)
        return self._preview.blocks(self.timeline, self._at)


# ── what a player on a page shows at each moment, computed in advance ─────────


Texts = Mapping[str, str]
"""Words by name, such as `kind.hold`, `side.left`, `round` and `the_end`."""

Row = tuple[float, float, int, int, int, int]

SMALLEST = 3
"""Decimal places of seconds in the data."""


def player_data(timeline: Timeline, texts: Texts) -> dict[str, object]:
    """The data that a player needs of a session, for JSON, with the words of a language."""
    known: dict[str, int] = {}
    rows = [_row(at, timeline, texts, known) for at in _changes(timeline)]
    # drop rows that equal the row before
    moments = [next(run) for _, run in groupby(rows, key=lambda row: row[1:])]
    return {
        "duration": round(timeline.duration, SMALLEST),
        "chapters": [
            {"title": chapter.title, "at": _seconds(chapter.position)}
            for chapter in timeline.chapters
        ],
        "texts": list(known),
        "moments": moments,
        "blocks": [_block(one) for one in timeline.events if one.kind.step or one.kind.line],
    }


def _changes(timeline: Timeline) -> list[int]:
    """Samples at which something begins or ends, sorted."""
    starts = {event.position for event in timeline.events}
    ends = {event.end for event in timeline.events if event.kind.timed or event.rep}
    chapters = {chapter.position for chapter in timeline.chapters}
    return sorted(at for at in {0} | starts | ends | chapters if at < timeline.length)


def _row(at: int, timeline: Timeline, texts: Texts, known: dict[str, int]) -> Row:
    moment = now(timeline, at)
    next_step = moment.upcoming.position if moment.upcoming else timeline.length
    end = moment.timed.end if moment.timed else next_step
    said = (
        moment.chapter or "",
        step_text(moment, texts),
        moment.said or "",
        event_text(moment.upcoming, texts) if moment.upcoming else texts["the_end"],
    )
    chapter, step, words, upcoming = (known.setdefault(text, len(known)) for text in said)
    return (_seconds(at), _seconds(end), chapter, step, words, upcoming)


def _seconds(sample: int) -> float:
    return round(in_seconds(sample), SMALLEST)


def step_text(moment: Now, texts: Texts) -> str:
    """Describe the step, as `Hold, left side, round 2`; if nothing is timed, name the countdown."""
    if moment.timed is None:
        return texts["next_in"] if moment.upcoming else texts["end_in"]
    parts = list(_parts(moment.timed, moment.side, moment.round, texts))
    if moment.rep:
        parts.append(texts["rep"].format(number=moment.rep))
    return ", ".join(parts)


def event_text(event: Event, texts: Texts) -> str:
    """Describe an event, as `Hold, left side, round 2`."""
    side = event.side.value if event.side else None
    return ", ".join(_parts(event, side, event.round, texts))


def _parts(event: Event, side: str | None, number: int | None, texts: Texts) -> Iterator[str]:
    if event.step:
        yield event.step
    if event.kind is not EventKind.SEGMENT:
        yield texts[f"kind.{event.kind.value}"]
    elif event.label != event.step:
        yield event.label[:1].upper() + event.label[1:]
    if side:
        yield texts[f"side.{side}"]
    if number:
        yield texts["round"].format(number=number)


def _block(event: Event) -> tuple[float, float, str]:
    """Start and length in seconds, and the style in which an event is drawn."""
    side = event.side.value if event.side else "both"
    how = side if event.kind.exercise else "pale" if event.kind.timed else "words"
    return _seconds(event.position), _seconds(event.length), how
