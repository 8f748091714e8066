"""The listener's commands: pause, next, back, more; and the session ends when it is meant to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest
from msgspec.structs import replace
from rehearsal import length_of, of_kind, routine, settings, timeline, wait_until_ready

from voiceguide.languages import phrases
from voiceguide.lengths import SAMPLE_RATE, in_seconds, samples
from voiceguide.player.conductor import (
    LONG_PAUSE,
    LONGEST_WAIT,
    MORE,
    REMIND,
    Command,
    Conductor,
    FixedPlan,
    State,
)
from voiceguide.player.now import (
    back_stop,
    last_instruction,
    next_stop,
    now,
    same_until,
    stop_before,
    stops,
)
from voiceguide.player.transport import Transport
from voiceguide.render import Block
from voiceguide.sequence import Chime, Source, Words
from voiceguide.sequence.steps import unroll
from voiceguide.timeline import Event, Timeline, begin

TEXT = """
    Lie down. Let everything go. Take your time with it.

    ## First

    - hold 30-90s, each side
      Kneel on your {left|right} knee.

    ## Second

    - 4-8 reps, lift 2s, lower 2s
      Raise your arms.

    - hold 60-180s
      Rest on your back.
"""


@dataclass
class Drawn:
    """Blocks as a device sees them, of a timeline: every sample one, but for silence."""

    timeline: Timeline
    channels: int = 1
    spans: tuple[tuple[int, int], ...] = ()
    ground: None = None

    @property
    def length(self) -> int:
        return self.timeline.length

    def read(self, start: int, stop: int) -> Block:
        return np.ones(stop - start, np.int16)

    def key(self, start: int, stop: int) -> str:
        return f"{start} {stop}"


@dataclass
class Stage:
    """A session on a device that takes exactly as much as it is told, and a clock with it."""

    text: str = TEXT
    wish: float | None = 420.0
    keep: bool = False
    length: float | None = None
    struck: list[Source] = field(default_factory=list)
    seconds: float = 1000.0

    def __post_init__(self) -> None:
        parsed = routine(self.text)
        asked = settings(parsed, halfway=False)
        ask = partial(unroll, parsed, asked, phrases("en"))
        target = None if self.wish is None else samples(self.wish)
        course = begin(ask, length_of, wish=target)
        self.transport = Transport(Drawn(course.timeline))
        self.conductor = Conductor(
            course,
            self.transport,
            Drawn,
            self._sound_of,
            clock=lambda: self.seconds,
            ends_at=self.seconds + course.timeline.duration if self.keep else None,
            length=samples(self.length) if self.length else None,
        )
        self.conductor.start()

    def _sound_of(self, source: Source) -> Block:
        self.struck.append(source)
        return np.ones(samples(0.5), np.int16)

    def play(self, seconds: float) -> None:
        """Let time pass, in steps of a tenth of a second."""
        for _ in range(round(10 * seconds)):
            wait_until_ready(self.transport, 4800)
            self.transport.pull(4800)
            self.seconds += 0.1
            self.conductor.tick()

    def play_until(self, event: Event) -> None:
        self.play((event.position - self.transport.position) / SAMPLE_RATE)

    def ask(self, command: Command) -> None:
        self.conductor.handle(command)

    @property
    def state(self) -> State:
        return self.conductor.state

    @property
    def at(self) -> float:
        return in_seconds(self.transport.position)

    def holds(self) -> list[Event]:
        return of_kind(self.conductor.timeline, "hold")


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.transport.close()


@pytest.fixture
def kept() -> Iterator[Stage]:
    """A session that is meant to end seven minutes from its start."""
    made = Stage(keep=True)
    yield made
    made.transport.close()


# ── steps ────────────────────────────────────────────────────────────────────


def test_steps_begin_with_their_words(stage: Stage) -> None:
    """The places that `next` and `back` go to: chapters, and the first words after a step."""
    events = stage.conductor.timeline
    texts = {event.position: event.text for event in events.events if event.source}
    named = [texts.get(stop) for stop in stops(events)]
    assert stops(events)[0] == 0
    assert {"Switch sides.", "Raise your arms.", "Rest on your back."} <= set(named)
    assert {chapter.position for chapter in events.chapters} <= set(stops(events))


def test_words_right_at_the_end_of_a_rest_begin_a_step() -> None:
    """No chime and no pause is between them: `next` in the rest leads to them, not past them."""
    text = "- hold 30s\n\n- rest 10s\n\n- hold 20s\n  Sit down.\n\n- hold 20s\n  Lie down.\n"
    events = timeline(text)
    [rest] = of_kind(events, "rest")
    sit = next(event for event in events.events if event.text == "Sit down.")
    assert sit.position == rest.end
    assert next_stop(events, rest.position + samples(5)) == sit.position
    texts = {event.position: event.text for event in events.events if event.source}
    assert [texts.get(stop) for stop in stops(events)[:-1]] == [
        None,
        "Rest.",
        "Sit down.",
        "Lie down.",
    ]


def test_next_and_back_go_from_step_to_step(stage: Stage) -> None:
    """`back` in the first three seconds of a step is the step before it."""
    events = stage.conductor.timeline
    found = stops(events)
    assert next_stop(events, found[1]) == found[2]
    assert next_stop(events, found[-1]) == events.length
    assert stop_before(events, found[2] + 10) == found[2]
    assert back_stop(events, found[2] + samples(2)) == found[1]
    assert back_stop(events, found[2] + samples(4)) == found[2]
    assert back_stop(events, 0) == 0


def test_now_tells_the_moment(stage: Stage) -> None:
    """In the middle of the right hold: what was said, what goes on, what comes."""
    hold = stage.holds()[1]
    moment = now(stage.conductor.timeline, hold.position + samples(10))
    assert moment.timed == hold
    assert moment.left == hold.length - samples(10)
    assert (moment.chapter, moment.side) == ("First", "right")
    assert moment.said == "Kneel on your right knee."
    assert moment.upcoming
    assert moment.upcoming.kind.value == "reps"


def test_what_is_heard_is_behind_what_was_handed_over(stage: Stage) -> None:
    """The moment that is told is that of the loudspeaker, and none before the beginning."""
    stage.play(10)
    handed_over = stage.transport.position
    assert stage.conductor.now().position == handed_over
    assert stage.conductor.now(samples(0.5)).position == handed_over - samples(0.5)
    assert stage.conductor.now(samples(60)).position == 0


def test_now_at_both_ends(stage: Stage) -> None:
    """Before anything and after everything there is a moment, too."""
    events = stage.conductor.timeline
    first, last = now(events, 0), now(events, events.length)
    assert (first.said, first.chapter, first.timed) == (None, "test", None)
    assert (last.upcoming, last.left) == (None, 0)


# ── commands ─────────────────────────────────────────────────────────────────


def test_a_session_ends_by_itself(stage: Stage) -> None:
    """Nobody touches anything from its start to its end."""
    stage.play(421)
    assert stage.state is State.OVER
    stage.ask(Command.NEXT)
    assert stage.state is State.OVER


def test_pause_and_go_on(stage: Stage) -> None:
    """The session stands still, and then goes on where it was."""
    stage.play(20)
    stage.ask(Command.PAUSE)
    stage.play(5)
    assert stage.state is State.PAUSED
    assert stage.at == pytest.approx(20.02)
    stage.ask(Command.TOGGLE)
    stage.play(5)
    assert stage.at == pytest.approx(25.02)
    stage.ask(Command.TOGGLE)
    assert stage.state is State.PAUSED


def test_after_a_long_pause_the_last_instruction_comes_again(stage: Stage) -> None:
    """Nobody remembers after a minute what they were to do."""
    hold = stage.holds()[0]
    stage.play_until(hold)
    stage.play(8)
    stage.ask(Command.PAUSE)
    stage.play(60)
    stage.ask(Command.GO_ON)
    words = next(e for e in stage.conductor.timeline.events if e.text == "Kneel on your left knee.")
    assert stage.transport.position == words.position


@pytest.mark.parametrize("short_by", [0.0, 0.1])
def test_a_pause_is_long_from_twenty_seconds_on(stage: Stage, short_by: float) -> None:
    """To the sample: a tenth of a second less, and it goes on where it stopped."""
    stage.play_until(stage.holds()[0])
    stage.play(8)
    stage.ask(Command.PAUSE)
    stage.play(in_seconds(LONG_PAUSE) - short_by)
    stopped = stage.transport.position
    stage.ask(Command.GO_ON)
    words = next(e for e in stage.conductor.timeline.events if e.text == "Kneel on your left knee.")
    assert stage.transport.position == (stopped if short_by else words.position)


def test_standing_still_before_the_first_go_on_is_a_pause_too(stage: Stage) -> None:
    """A session that is taken up in its middle counts from where it was opened."""
    events = stage.conductor.timeline
    transport = Transport(Drawn(events), stage.holds()[0].position + samples(8))
    opened = Conductor(FixedPlan(events), transport, Drawn, stage._sound_of, clock=lambda: 0.0)
    transport.pull(LONG_PAUSE)
    opened.handle(Command.GO_ON)
    words = next(event for event in events.events if event.text == "Kneel on your left knee.")
    assert transport.position == words.position
    transport.close()


def test_before_the_first_words_there_is_nothing_to_say_again(stage: Stage) -> None:
    """A long pause in the silence at the beginning simply ends."""
    stage.play(0.5)
    stage.ask(Command.PAUSE)
    stage.play(60)
    stopped = stage.transport.position
    stage.ask(Command.GO_ON)
    assert (stage.state, stage.transport.position) == (State.PLAYING, stopped)


def test_without_a_time_to_end_at_nothing_is_planned_anew(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read ahead in a pause is what is played after it."""
    exchanged: list[object] = []
    monkeypatch.setattr(stage.transport, "exchange", lambda *blocks: exchanged.append(blocks))
    stage.play(20)
    stage.ask(Command.PAUSE)
    stage.play(5)
    stage.ask(Command.GO_ON)
    assert stage.state is State.PLAYING
    assert not exchanged


def test_at_the_very_end_nothing_is_planned_anew(
    kept: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No time is left to make up for."""
    exchanged: list[object] = []
    monkeypatch.setattr(kept.transport, "exchange", lambda *blocks: exchanged.append(blocks))
    kept.play(kept.conductor.timeline.duration)
    assert kept.transport.position == kept.conductor.timeline.length
    kept.ask(Command.PAUSE)
    kept.ask(Command.GO_ON)
    assert not exchanged


@pytest.mark.parametrize(
    ("command", "to"), [(Command.NEXT, 3), (Command.REPEAT, 2), (Command.BACK, 2)]
)
def test_skipping(stage: Stage, command: Command, to: int) -> None:
    """Ten seconds into a step: on to the next one, or back to its start."""
    found = stops(stage.conductor.timeline)
    stage.play(in_seconds(found[2]) + 10)
    stage.ask(command)
    assert stage.transport.position == found[to]
    assert stage.conductor.timeline.duration == 420.0


def test_skipping_in_a_pause_stays_in_the_pause(stage: Stage) -> None:
    """One looks for the place, and then goes on."""
    stage.play(5)
    stage.ask(Command.PAUSE)
    stage.ask(Command.NEXT)
    stage.play(1)
    assert stage.state is State.PAUSED
    assert stage.transport.position == stops(stage.conductor.timeline)[1]


def test_ten_seconds_more(stage: Stage) -> None:
    """In a hold; what follows comes ten seconds later."""
    hold = stage.holds()[0]
    stage.play_until(hold)
    stage.play(5)
    stage.ask(Command.MORE)
    assert stage.holds()[0].length == hold.length + samples(10)
    assert stage.conductor.timeline.duration == 430.0
    stage.play(425)
    assert stage.state is State.OVER


def test_more_where_nothing_is_held_is_nothing(stage: Stage) -> None:
    """In the middle of words."""
    stage.play(1.5)
    stage.ask(Command.MORE)
    assert stage.conductor.timeline.duration == 420.0


def test_a_hold_can_be_ended(stage: Stage) -> None:
    """The end chime comes at once."""
    hold = stage.holds()[0]
    stage.play_until(hold)
    stage.play(5)
    stage.ask(Command.END)
    assert stage.transport.position == hold.end


def test_quit(stage: Stage) -> None:
    """It fades out, and is over."""
    stage.play(5)
    stage.ask(Command.QUIT)
    assert stage.state is State.QUIT
    assert not stage.transport.going


# ── when it ends ─────────────────────────────────────────────────────────────


def ends_in(stage: Stage) -> float:
    """Seconds from now to the end of the session."""
    return in_seconds(stage.conductor.timeline.length - stage.transport.position)


def test_after_a_pause_it_ends_when_it_was_meant_to(kept: Stage) -> None:
    """Thirty seconds were lost, and the holds that are still to come are so much shorter."""
    before = kept.holds()[-1].length
    kept.play(20)
    kept.ask(Command.PAUSE)
    kept.play(15)
    kept.ask(Command.GO_ON)
    assert kept.seconds + ends_in(kept) == pytest.approx(1420.0, abs=0.001)
    assert kept.holds()[-1].length < before
    assert kept.holds()[0].length == kept.holds()[1].length


def test_the_device_gets_the_plan_that_makes_up_for_a_pause(kept: Stage) -> None:
    """What is played to its end is as long as what was planned, and shorter than before."""
    before = kept.conductor.timeline.length
    kept.play(20)
    kept.ask(Command.PAUSE)
    kept.play(15)
    kept.ask(Command.GO_ON)
    while not kept.transport.ended:
        kept.play(10)
    assert kept.transport.position == kept.conductor.timeline.length < before


def test_more_time_is_taken_from_the_rest(kept: Stage) -> None:
    """Ten seconds more here are ten seconds less there."""
    kept.play_until(kept.holds()[0])
    kept.play(5)
    kept.ask(Command.MORE)
    assert kept.conductor.timeline.duration == pytest.approx(420.0, abs=0.001)


def test_a_repeat_is_taken_from_the_rest(kept: Stage) -> None:
    """So is a step that is done again."""
    kept.play_until(kept.holds()[0])
    kept.play(5)
    kept.ask(Command.REPEAT)
    assert kept.seconds + ends_in(kept) == pytest.approx(1420.0, abs=0.001)


def test_beyond_its_ranges_it_simply_ends_later(kept: Stage) -> None:
    """Holds are never shorter than the routine allows."""
    kept.play_until(kept.holds()[0])
    kept.ask(Command.PAUSE)
    kept.play(400)
    kept.ask(Command.GO_ON)
    assert kept.seconds + ends_in(kept) > 1420.0
    assert kept.holds()[-1].length == samples(60)


# ── waiting for the listener ─────────────────────────────────────────────────

WAIT = "Lie down.\\n\\n- wait 20s\\n\\nGo on.\\n\\n- hold 10s\\n".replace("\\n", "\n")


@pytest.fixture
def waiting() -> Iterator[Stage]:
    made = Stage(WAIT, wish=None)
    [wait] = of_kind(made.conductor.timeline, "wait")
    made.play_until(wait)
    made.play(1)
    yield made
    made.transport.close()


def test_a_wait_waits_for_the_listener(waiting: Stage) -> None:
    """However long it was written, and goes on at a word."""
    [wait] = of_kind(waiting.conductor.timeline, "wait")
    waiting.play(50)
    assert waiting.transport.position < wait.end
    waiting.ask(Command.GO_ON)
    waiting.play(1)
    assert waiting.state is State.PLAYING
    assert waiting.transport.position > wait.end


def test_it_reminds_softly(waiting: Stage) -> None:
    """A chime every twenty seconds."""
    waiting.play(in_seconds(REMIND) * 2 + 1)
    assert len(waiting.struck) == 2
    assert all(isinstance(struck, Chime) for struck in waiting.struck)


def test_a_wait_is_timed_to_the_sample() -> None:
    """A reminder after twenty seconds, the end after a hundred and twenty, and none earlier."""
    made = Stage(WAIT, wish=None)
    while made.transport.going:
        made.play(0.1)
    made.play(in_seconds(REMIND) - 0.1)
    assert made.struck == []
    made.play(0.1)
    assert len(made.struck) == 1
    made.play(in_seconds(LONGEST_WAIT - REMIND) - 0.1)
    assert not made.transport.going
    made.play(0.1)
    assert made.state is State.PLAYING
    made.transport.close()


def test_it_does_not_wait_for_ever(waiting: Stage) -> None:
    """Nobody's hands are needed: in the end it goes on by itself, and to the end."""
    waiting.play(in_seconds(LONGEST_WAIT) + 1)
    waiting.play(30)
    assert waiting.state is State.OVER


# ── every command in every state ─────────────────────────────────────────────

AFTERWARDS = {
    State.PLAYING: {Command.PAUSE: State.PAUSED, Command.TOGGLE: State.PAUSED},
    State.PAUSED: {Command.GO_ON: State.PLAYING, Command.TOGGLE: State.PLAYING},
    State.WAITING: {
        Command.PAUSE: State.PAUSED,
        Command.MORE: State.WAITING,
        **dict.fromkeys(
            (
                Command.GO_ON,
                Command.TOGGLE,
                Command.NEXT,
                Command.BACK,
                Command.REPEAT,
                Command.END,
            ),
            State.PLAYING,
        ),
    },
}
"""The state after each command; one that is not named leaves the state as it is."""


def brought_to(state: State) -> Stage:
    """A session in that state, in the middle of it."""
    made = Stage(WAIT, wish=None)
    [wait] = of_kind(made.conductor.timeline, "wait")
    if state is State.OVER:
        made.play_until(wait)
        made.play(1)
        made.ask(Command.GO_ON)
        made.play(60)
    elif state is State.WAITING:
        made.play_until(wait)
        made.play(1)
    else:
        made.play(1)
        made.ask({State.PAUSED: Command.PAUSE, State.QUIT: Command.QUIT}.get(state, Command.GO_ON))
        made.play(0.5)
    assert made.state is state
    return made


@pytest.mark.parametrize("command", Command)
@pytest.mark.parametrize("state", State)
def test_every_command_has_its_meaning_in_every_state(state: State, command: Command) -> None:
    """A command leads to the state that a listener expects, and nothing wakes what has ended."""
    made = brought_to(state)
    before = made.transport.position
    made.ask(command)
    usual = State.QUIT if command is Command.QUIT else state
    assert made.state is AFTERWARDS.get(state, {}).get(command, usual)
    if state in (State.OVER, State.QUIT):
        assert made.transport.position == before
    assert made.transport.going is (made.state is State.PLAYING)
    made.transport.close()


@pytest.mark.parametrize("command", [Command.NEXT, Command.END])
def test_moving_on_ends_a_wait_where_it_leads_to(waiting: Stage, command: Command) -> None:
    """Whoever moves on is heard from there at once, and is not led back by a later `go-on`."""
    [wait] = of_kind(waiting.conductor.timeline, "wait")
    waiting.ask(command)
    waiting.play(1)
    assert waiting.state is State.PLAYING
    there = waiting.transport.position
    assert there >= wait.end
    waiting.ask(Command.GO_ON)
    assert waiting.transport.position == there


@pytest.mark.parametrize("command", [Command.BACK, Command.REPEAT])
def test_a_wait_is_waited_for_again_after_going_back(waiting: Stage, command: Command) -> None:
    """What comes before it is played, and then it waits as it did the first time."""
    waiting.ask(command)
    assert waiting.transport.position == 0
    [wait] = of_kind(waiting.conductor.timeline, "wait")
    waiting.play_until(wait)
    waiting.play(50)
    assert waiting.state is State.WAITING
    assert wait.position <= waiting.transport.position < wait.end


def test_a_pause_within_a_wait_lasts_until_the_listener_goes_on(waiting: Stage) -> None:
    """Nothing plays by itself then, and whoever goes on is ready."""
    [wait] = of_kind(waiting.conductor.timeline, "wait")
    waiting.ask(Command.PAUSE)
    waiting.play(2 * in_seconds(LONGEST_WAIT))
    assert waiting.state is State.PAUSED
    assert waiting.struck == []
    waiting.ask(Command.GO_ON)
    waiting.play(1)
    assert waiting.transport.going
    assert waiting.transport.position > wait.end


def test_more_within_a_wait_gives_it_its_time_again(waiting: Stage) -> None:
    """Patience begins anew, and one `go-on` is enough afterwards."""
    waiting.play(in_seconds(LONGEST_WAIT) - 5)
    waiting.ask(Command.MORE)
    waiting.play(in_seconds(LONGEST_WAIT) - 5)
    assert waiting.state is State.WAITING
    waiting.ask(Command.GO_ON)
    waiting.play(2)
    assert waiting.transport.going


@pytest.mark.parametrize("command", [Command.NEXT, Command.BACK, Command.END])
def test_a_jump_in_a_long_pause_stays_where_it_leads_to(stage: Stage, command: Command) -> None:
    """The last instruction is not said again from a place that the listener has left."""
    stage.play_until(stage.holds()[0])
    stage.play(5)
    stage.ask(Command.PAUSE)
    stage.play(60)
    stage.ask(command)
    there = stage.transport.position
    assert stage.state is State.PAUSED
    stage.ask(Command.GO_ON)
    assert stage.transport.position == there


def test_a_new_plan_reaches_the_device(stage: Stage) -> None:
    """Ten seconds more are ten seconds more of sound, to the sample, and not only in the plan."""
    length = stage.conductor.timeline.length
    stage.play_until(stage.holds()[0])
    stage.play(2)
    stage.ask(Command.MORE)
    before = stage.transport.pulled
    left = length + MORE - stage.transport.position
    while not stage.transport.ended:
        stage.play(10)
    assert stage.conductor.timeline.length == length + MORE
    assert left <= stage.transport.pulled - before < left + samples(10.1)
    assert stage.transport.position == length + MORE


# ── texts that are spoken meanwhile ──────────────────────────────────────────


def twice_as_long(source: Source) -> int:
    """The lengths of a voice that is slower than was guessed, in what comes late."""
    late = isinstance(source, Words) and "Rest" in source.text
    return length_of(source) * (3 if late else 1)


def test_texts_that_turn_out_longer_move_what_comes_after_them(stage: Stage) -> None:
    """The guess is replaced while the session is played, and its length is kept where asked."""
    stage.play(10)
    stage.conductor.remeasure(twice_as_long)
    assert stage.conductor.timeline.duration > 420
    assert stage.transport.underruns == 0
    rest = next(e for e in stage.conductor.timeline.events if e.text == "Rest on your back.")
    assert rest.length == samples(4.8)


def test_a_length_that_was_asked_for_is_kept(stage: Stage) -> None:
    """Holds make up for it."""
    made = Stage(length=420.0)
    made.play(10)
    made.conductor.remeasure(twice_as_long)
    assert made.conductor.timeline.duration == 420.0
    made.transport.close()


# ── where one moment ends and the next begins ────────────────────────────────


def test_what_is_timed_is_over_at_its_end(stage: Stage) -> None:
    """Its last sample belongs to it, the one after that does not; the same holds for a rep."""
    timeline = stage.conductor.timeline
    hold = stage.holds()[0]
    assert now(timeline, hold.position).left == hold.length
    assert now(timeline, hold.end - 1).left == 1
    assert now(timeline, hold.end).timed != hold
    reps = of_kind(timeline, "rep")
    assert now(timeline, reps[0].end - 1).rep == 1
    assert now(timeline, reps[0].end).rep == 2
    assert now(timeline, reps[-1].end).rep is None


def test_between_two_steps_there_is_neither_a_rep_nor_a_time_left() -> None:
    """Long after the last rep, before the words of what comes next."""
    events = timeline("- 4 reps, lift 2s, lower 2s\n\nDone. Sit down.\n\n- hold 20s\n")
    sit = next(event for event in events.events if event.text == "Sit down.")
    moment = now(events, sit.position - 1)
    assert (moment.said, moment.rep, moment.left) == ("Done.", None, 0)


def test_the_last_instruction_is_no_number(stage: Stage) -> None:
    """After a count-down it is what was said before the hold."""
    events = stage.conductor.timeline
    last = of_kind(events, "count")[-1]
    assert isinstance(last.source, Words)
    said = last_instruction(events, last.end)
    assert said
    assert said.text == "Rest on your back."


def test_plans_are_the_same_until_their_first_different_sound(stage: Stage) -> None:
    """A second before that sound is heard, for its attack may begin earlier; else to the end."""
    one = stage.conductor.timeline
    assert same_until(one, one) == one.length
    changed = next(event for event in one.events if event.text == "Raise your arms.")
    for other in (replace(changed, level=-3.0), replace(changed, position=changed.position + 9)):
        events = tuple(other if event is changed else event for event in one.events)
        assert same_until(one, replace(one, events=events)) == changed.position - samples(1)
    silent = next(event for event in one.events if event.kind.value == "hold")
    events = tuple(replace(silent, text="x") if event is silent else event for event in one.events)
    assert same_until(one, replace(one, events=events)) == one.length
    shorter = tuple(event for event in one.events if event.position < changed.position)
    assert same_until(one, replace(one, events=shorter)) == changed.position - samples(1)
