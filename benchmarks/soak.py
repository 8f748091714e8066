"""Plays a session for an hour on a device that nobody hears, and tells whether it stays well.

    python benchmarks/soak.py [MINUTES]

It is the ten-minute routine six times over with a bed under it, voiced anew, played in real time
as `voiceguide play` does. Prints a line of figures each minute, and ends with status 1 where a
sample was late. Memory is what the process holds at the moment (Linux alone tells it).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from voiceguide.lengths import SAMPLE_RATE, in_seconds, show_clock
from voiceguide.player import Command
from voiceguide.player.device import NULL, Device, Playback
from voiceguide.studio import SourceText, load_text
from voiceguide.studio.playing import Performance, Wishes

ROUTINE = Path(__file__).parent.parent / "scripts" / "ten-minute-psoas-relief.md"
STATUS = Path("/proc/self/status")


@dataclass
class Watch:
    """Looks at a performance once a minute, and ends it after some."""

    performance: Performance
    minutes: int
    told: int = 0

    def __post_init__(self) -> None:
        self.began = time.monotonic()

    def listen(self, seconds: float) -> Iterable[Command]:
        time.sleep(seconds)
        over = time.monotonic() - self.began >= 60 * self.minutes
        return [Command.QUIT] if over else []

    def show(self) -> None:
        self.performance.conductor.now()  # what a screen would ask for
        passed = time.monotonic() - self.began
        if passed >= 60 * self.told:
            self.told += 1
            self.tell(passed)

    def tell(self, passed: float) -> None:
        transport = self.performance.transport
        drift = in_seconds(transport.pulled) - passed
        print(
            f"{show_clock(int(passed)):>8}  taken {in_seconds(transport.pulled):8.1f} s "
            f"({drift:+.2f})  late {transport.underruns}  memory {megabytes():.1f} MB  "
            f"threads {threading.active_count()}",
            flush=True,
        )


def megabytes() -> float:
    """What the process holds in memory; 0 where nobody tells."""
    if not STATUS.exists():
        return 0.0
    line = next(row for row in STATUS.read_text().splitlines() if row.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def an_hour() -> SourceText:
    """The ten-minute routine six times over, in exactly an hour."""
    _, front, body = ROUTINE.read_text(encoding="utf-8").split("---\n", maxsplit=2)
    front = front.replace("length: 10 min", "length: 60 min")
    text = f"---\n{front}---\n{body * 6}"
    return SourceText(text.encode(), ROUTINE.name, ROUTINE.parent)


def main(minutes: int) -> int:
    """Play; 1 where a sample was late."""
    with (
        load_text(an_hour(), bed="rain") as session,
        session.perform(Wishes(), time.monotonic) as performance,
    ):
        length = performance.conductor.timeline.length
        print(f"a session of {length / SAMPLE_RATE:g} s, {performance.transport.channels} channels")
        watch = Watch(performance, minutes)
        playback = Playback(
            performance, lambda: Device(performance.transport.channels, NULL), time.monotonic
        )
        state = playback.run(watch.listen, watch.show)
        watch.tell(time.monotonic() - watch.began)
        print(f"{state.value} at {in_seconds(performance.transport.position):.1f} s")
        return 1 if performance.transport.underruns else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 61))
