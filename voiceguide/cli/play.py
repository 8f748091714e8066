"""`voiceguide play`: a session through the loudspeakers."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from voiceguide.cli.options import Wish, routine_argument, session_options
from voiceguide.cli.plan import report

if TYPE_CHECKING:
    from voiceguide.cli.keys import Keys
    from voiceguide.cli.stage import Stage
    from voiceguide.player import Command
    from voiceguide.player.playback import Playback
    from voiceguide.studio.playing import Performance


@click.command(short_help="Play a routine through the loudspeakers.")
@routine_argument()
@session_options
@click.option(
    "--speaker", metavar="NAME", help="Which sound device; `voiceguide doctor` lists them."
)
@click.option(
    "--volume",
    type=click.IntRange(0, 100),
    default=100,
    show_default=True,
    metavar="PERCENT",
    help="Of full sound.",
)
@click.option(
    "--keep-length",
    is_flag=True,
    help="End when it was meant to, whatever interrupts: holds and rests to come make up for it.",
)
def play(
    routine: str,
    *,
    speaker: str | None,
    volume: int,
    keep_length: bool,
    **wishes: Wish,
) -> None:
    """Play ROUTINE through the loudspeakers: the same sound as `export` writes.

    \b
      voiceguide play ten-minute-psoas-relief
      voiceguide play my-routine.md --length 12m --keep-length

    No key is needed from start to finish. Where you want a say: space pauses and goes on, n is the
    next step, b the one before, r this one again, + gives ten seconds more, - ends this hold, q
    quits.
    """
    from voiceguide.cli.opening import open_routine, read_routine
    from voiceguide.studio.playing import Wishes

    session = open_routine(read_routine(routine), wishes)
    report(session.warnings)
    how = Wishes(volume=volume / 100, keep_length=keep_length)
    with session, session.perform(how, time.monotonic) as performance:
        _run(performance, session.title, speaker)


def _run(performance: Performance, title: str, speaker: str | None) -> None:
    from voiceguide.cli.keys import open_keys
    from voiceguide.cli.stage import open_stage
    from voiceguide.player.device import Device
    from voiceguide.player.playback import Playback

    channels = performance.transport.channels
    playback = Playback(performance, lambda: Device(channels, speaker), time.monotonic)
    keys, stage = open_keys(), open_stage()
    try:
        view = _Seen(stage, playback, performance, title, keys=keys is not None)
        playback.run(lambda seconds: _asked(keys, seconds), view.show)
    finally:
        stage.close()
        if keys:
            keys.close()


def _asked(keys: Keys | None, seconds: float) -> Iterable[Command]:
    from voiceguide.cli.keys import commands_of

    if keys:
        return commands_of(keys.wait(seconds))
    time.sleep(seconds)
    return ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """What of a session is seen, and where."""

    stage: Stage
    playback: Playback
    performance: Performance
    title: str
    keys: bool

    def show(self) -> None:
        """Show what is heard now; the device is behind what it was given."""
        from voiceguide.cli.play_view import View
        from voiceguide.player.device import LATENCY

        conductor = self.performance.conductor
        view = View(self.title, self.keys, self.playback.note)
        self.stage.show(view, conductor.now(LATENCY), conductor.state, conductor.timeline)
