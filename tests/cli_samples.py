"""Timelines made by hand, for what the command line draws."""

from __future__ import annotations

from dataclasses import dataclass, field

from voiceguide.errors import Place
from voiceguide.lengths import samples
from voiceguide.routine import Side
from voiceguide.sequence import EventKind
from voiceguide.timeline import ChapterMark, Event, Timeline


@dataclass
class Session:
    """A timeline that grows; all times are in seconds."""

    now: float = 1.0
    events: list[Event] = field(default_factory=list)
    chapters: list[ChapterMark] = field(default_factory=list)

    def chapter(self, title: str, level: int = 1) -> None:
        self.chapters.append(ChapterMark(title, level, samples(self.now - 0.5)))

    def add(
        self,
        kind: EventKind,
        length: float,
        text: str | None = None,
        *,
        at: float | None = None,
        side: Side | None = None,
        round_: int | None = None,
        rep: int | None = None,
    ) -> None:
        """Add an event, now or at another time; only the first lets time pass."""
        start = self.now if at is None else at
        place = Place("sample.md", len(self.events) + 1)
        chapter = len(self.chapters) - 1 if self.chapters else None
        length_in_samples = samples(start + length) - samples(start)
        self.events.append(
            Event(samples(start), length_in_samples, kind, text, place, side, round_, rep, chapter)
        )
        if at is None:
            self.now = start + length

    def say(self, length: float, text: str, **more: Side | int | None) -> None:
        self.add(EventKind.SAY, length, text, **more)  # type: ignore[arg-type]  # passed through
        self.now += 0.5

    def timeline(self) -> Timeline:
        events = sorted(self.events, key=lambda event: event.position)
        return Timeline(samples(self.now + 4), tuple(events), tuple(self.chapters))


def stretch() -> Timeline:
    """Two rounds of a hold on each side, reps, a rest and a long hold, in three chapters."""
    session = Session()
    session.say(5.3, "This session is for the psoas, the muscle that joins your back to your legs.")
    session.chapter("Kneeling hip flexor stretch")
    for round_ in (1, 2):
        for side in Side:
            _hold(session, side, round_)
    session.add(EventKind.REST, 20)
    session.chapter("Leg raises 足上げ")
    session.say(3, "Lift your leg.")
    _reps(session)
    session.chapter("Rest")
    session.say(3, "Lie down.")
    session.add(EventKind.HOLD, 120)
    session.add(EventKind.CHIME, 4, "finish")
    return session.timeline()


def plain_rest() -> Timeline:
    """Eleven minutes without sides, chapters or reps."""
    session = Session()
    session.say(4, "Lie down.")
    session.add(EventKind.HOLD, 600)
    session.add(EventKind.SOUND, 30, "waves.flac")
    session.say(20, "Come back.")
    return session.timeline()


def _hold(session: Session, side: Side, round_: int) -> None:
    session.say(
        7.1, f"Your {side.value} knee stays on the floor, under your hip.", side=side, round_=round_
    )
    session.add(EventKind.READY, 5, side=side, round_=round_)
    start = session.now
    session.add(EventKind.CHIME, 2, "start", at=start, side=side, round_=round_)
    session.add(EventKind.HOLD, 45, side=side, round_=round_)
    session.add(EventKind.SAY, 2, "Breathe deeply.", at=start + 22.5, side=side, round_=round_)
    for number, word in enumerate(("Three.", "Two.", "One.")):
        session.add(EventKind.COUNT, 0.5, word, at=start + 42 + number, side=side, round_=round_)
    session.say(2, "Come back to the middle.", side=side, round_=round_)
    session.add(EventKind.CHANGE, 5)


def _reps(session: Session) -> None:
    start = session.now
    session.add(EventKind.REPS, 60, at=start)
    for rep in range(10):
        session.add(EventKind.REP, 6, at=start + 6 * rep, rep=rep + 1)
        session.add(EventKind.COUNT, 0.5, f"{rep + 1}.", at=start + 6 * rep, rep=rep + 1)
    session.now = start + 60
