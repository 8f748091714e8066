"""`voiceguide play` and `remote`: play a session, and send commands to it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from voiceguide.cli import console, options
from voiceguide.cli.plan import report
from voiceguide.errors import UsageError
from voiceguide.files import is_file
from voiceguide.patterns import late

if TYPE_CHECKING:
    from voiceguide.player import Transport
    from voiceguide.player.conductor import Ask
    from voiceguide.player.device import Output
    from voiceguide.player.hearing import Hearing, PlaybackHistory
    from voiceguide.studio.playing import Left, Performance, Wishes
    from voiceguide.studio.recorded import Recorded

_DAY = 24 * 3600
_CLOCK = late(r"([01]?\d|2[0-3]):([0-5]\d)")


@click.command
@click.argument(
    "routine", metavar="ROUTINE", required=False, shell_complete=options.complete_routine
)
@options.session_options
@click.option("--from", "chapter", metavar="CHAPTER", help="Start at a chapter: title or number.")
@click.option("--at", "start", metavar="TIME", help="Start at a time in the session: `3:00`.")
@click.option("--resume", is_flag=True, help="Continue the session that was stopped last.")
@click.option("--end-at", metavar="CLOCK", help="End at a time of day: `07:30`.")
@click.option(
    "--keep-length",
    is_flag=True,
    help="End on time in spite of interruptions: the rest of the session makes up for them.",
)
@click.option("--speaker", metavar="NAME", help="Sound device; `voiceguide doctor` lists all.")
@click.option(
    "--volume",
    type=click.IntRange(0, 100),
    default=100,
    show_default=True,
    metavar="PERCENT",
    help="Percent of full volume.",
)
@click.option("--listen", is_flag=True, help="Obey spoken commands: `pause`, `go on`, `next`.")
def play(
    routine: str | None,
    *,
    chapter: str | None,
    start: str | None,
    resume: bool,
    end_at: str | None,
    keep_length: bool,
    speaker: str | None,
    volume: int,
    listen: bool,
    **wishes: options.Wish,
) -> None:
    """Play ROUTINE, or a file that `export` wrote, through the loudspeakers.

    \b
      voiceguide play ten-minute-psoas-relief
      voiceguide play my-routine.md --length 12m --keep-length
      voiceguide play ten-minute-psoas-relief.mp3
      voiceguide play --resume

    The sound is the same as that of `export`. The session needs no keys, but obeys these: space
    pauses and continues, n goes to the next step, b goes back one step, r repeats this step, + adds
    ten seconds, - ends this hold, q quits.

    With --listen, you can say: pause, go on, next, back, repeat, more time, stop. Speech is
    recognised on this machine; none of it is stored or sent.
    """
    from voiceguide.studio.playing import Wishes

    if resume:
        _check_resumed(routine, {"from": chapter, "at": start, **wishes})
    how = Wishes(
        volume=volume / 100,
        keep_length=keep_length,
        ends_in=_seconds_until(end_at) if end_at else None,
        start=options.seconds_of("--at", start, "moment of the session", "write it as `3:00`")
        if start
        else 0.0,
        chapter=chapter,
    )
    asked = _asked_for(routine, wishes, resume=resume)
    _play(asked, replace(how, step=asked.step) if resume else how, speaker, listen=listen)


def _check_resumed(routine: str | None, more: dict[str, options.Wish]) -> None:
    """Reject options that `--resume` would ignore."""
    if routine is not None:
        raise UsageError("`--resume` continues the last session", "leave the routine out")
    named = next((name for name, wish in more.items() if wish not in (None, ())), None)
    if named:
        message = f"`--resume` keeps the old options: `--{named.strip('_')}` changes nothing"
        raise UsageError(message, "leave it out, or name the routine instead of `--resume`")


def _asked_for(routine: str | None, wishes: dict[str, options.Wish], *, resume: bool) -> Left:
    from voiceguide.studio.playing import Left, left_off

    if resume:
        return left_off()
    if routine is None:
        raise UsageError("no routine is named", "name one, or continue the last: `--resume`")
    asked = {name: wish for name, wish in wishes.items() if wish is not None and wish != ()}
    kept = {name: list(wish) if isinstance(wish, tuple) else wish for name, wish in asked.items()}
    path = Path(routine)
    return Left(str(path.resolve()) if is_file(path) else routine, kept, 0)


def _seconds_until(clock: str) -> float:
    """Seconds until the next time that the clock shows `clock`."""
    found = _CLOCK.fullmatch(clock)
    if not found:
        raise UsageError(f"`{clock}` is not a time of day", "write hours and minutes: `07:30`")
    now = time.localtime()
    wanted = (int(found[1]) * 60 + int(found[2])) * 60
    return (wanted - (now.tm_hour * 60 + now.tm_min) * 60 - now.tm_sec) % _DAY


def _play(asked: Left, how: Wishes, speaker: str | None, *, listen: bool) -> None:
    from voiceguide.player import State
    from voiceguide.player.hearing import PlaybackHistory
    from voiceguide.studio.playing import forget, remember

    with _performance(asked, how, listen=listen) as performance:
        if how.ends_in is not None:
            _warn_of_another_end(performance.late)
        try:
            _run(performance, speaker, PlaybackHistory() if listen else None)
        finally:
            if performance.conductor.state is State.OVER:
                forget(asked)
            elif performance.transport.pulled:
                remember(replace(asked, step=performance.step))


def _warn_of_another_end(late: float) -> None:
    """Warn that the session ends `late` seconds after the wished time; negative is early."""
    from voiceguide.lengths import show_clock

    if abs(late) >= 1:
        when, how = ("later", "shorter") if late > 0 else ("earlier", "longer")
        amount = show_clock(round(abs(late)))
        console.tell(f"warning: the session ends {amount} {when}: nothing in it can be {how}")


@contextmanager
def _performance(asked: Left, how: Wishes, *, listen: bool) -> Iterator[Performance | Recorded]:
    """Open what is to be played: a routine, or an audio file."""
    from voiceguide.player.recogniser import check_hearing
    from voiceguide.studio.recorded import Recorded, is_recording

    if listen:
        check_hearing()
    path = Path(asked.routine)
    if is_recording(path):
        if asked.wishes:
            option = "`--" + next(iter(asked.wishes)).replace("_", "-").strip("-") + "`"
            raise UsageError(f"{option} changes nothing in a recording", "play the routine itself")
        with Recorded(path, how, time.monotonic) as recorded:
            yield recorded
        return
    wishes: dict[str, options.Wish] = {
        name: wish if isinstance(wish, str) else tuple(wish) for name, wish in asked.wishes.items()
    }
    session = options.open_routine(options.read_routine(asked.routine), wishes)
    if listen:
        check_hearing(session.settings.language)
    report(session.warnings)
    with session, session.perform(how, time.monotonic) as performance:
        yield performance


def _run(
    performance: Performance | Recorded, speaker: str | None, played: PlaybackHistory | None
) -> None:
    from voiceguide.cli.screen import SessionControls, View, open_stage
    from voiceguide.player import State
    from voiceguide.player.conductor import Status
    from voiceguide.player.device import LATENCY, Device, Playback
    from voiceguide.player.hearing import MonitoredOutput

    def output() -> Output:
        device = Device(performance.transport.channels, speaker)
        return MonitoredOutput(device, played) if played else device

    conductor, playback = performance.conductor, Playback(performance, output, time.monotonic)
    ears = partial(_ears, performance.transport, played) if played else None
    with (
        closing(SessionControls(performance.cover, ears)) as controls,
        closing(open_stage()) as stage,
    ):

        def show() -> None:
            """Show the moment that is heard now; the device lags by its latency."""
            plays = conductor.state is State.PLAYING
            now = conductor.now(LATENCY if plays else 0)
            note = playback.note or (controls.note if plays else "")
            controls.tell(Status(performance.title, conductor.state, now))
            view = View(performance.title, controls.has_keys, note)
            stage.show(view, now, conductor.state, conductor.timeline)

        playback.run(controls.listen, show)


def _ears(transport: Transport, played: PlaybackHistory, ask: Ask) -> Hearing:
    """Listen for voice commands; print notes if no screen shows them."""
    from voiceguide.player.hearing import Hearing, tick

    def told(note: str) -> None:
        if not on_screen:  # the screen shows notes itself
            console.tell(note)

    on_screen = console.is_terminal(sys.stdout)
    told("Listening for spoken commands; none of it is stored or sent.")
    return Hearing(ask, played, answer=lambda: transport.say_over(tick()), told=told)


# ── `voiceguide remote`: commands for a session that is being played ─────────


def _requests() -> tuple[str, ...]:
    from voiceguide.player.remote import requests

    return requests()


@click.command
@click.argument("command", metavar="COMMAND", shell_complete=options.completing(_requests))
@options.json_option
def remote(command: str, *, as_json: bool) -> None:
    """Send COMMAND to the session that `voiceguide play` is playing.

    \b
      voiceguide remote pause        go-on, toggle
      voiceguide remote next         back, repeat
      voiceguide remote more         ten seconds more; end: end this hold
      voiceguide remote quit
      voiceguide remote status       show the state; change nothing

    For scripts, stream decks and desktop shortcuts. With --json, prints one object (see
    docs/JSON.md).
    """
    from voiceguide.player.remote import call
    from voiceguide.studio.playing import remote_file

    answer = call(command, remote_file())
    if as_json:
        console.put_json({name: value for name, value in answer.items() if name != "ok"})
    else:
        console.put(_told(answer))


def _told(answer: dict[str, object]) -> str:
    from voiceguide.lengths import show_time

    position, duration = answer.get("position"), answer.get("duration")
    if not isinstance(position, float) or not isinstance(duration, float):
        return "just begun"
    times = f"{show_time(position)} of {show_time(duration)}"
    return f"{answer['title']}: {answer['state']}, {times}"
