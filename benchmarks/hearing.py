"""Measures how well spoken commands are heard while a session plays.

    python benchmarks/hearing.py [--seconds 600]

Needs pulseaudio (with pactl and paplay), flite, and the package `pocketsphinx`. A PulseAudio of its
own has one sink that stands for the room: the session is played into it, and commands that flite
speaks; its monitor is the microphone. Nothing is heard, and nothing of the user's is touched.

Prints Markdown tables, those in docs/LIVE.md: commands while the guide is silent, and while it
speaks; how long after a word the command came; what was heard though nobody but the guide, or a
voice that says other things, had spoken; and the time the processor took.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from live_services import Pulse, sound_server

from voiceguide.lengths import SAMPLE_RATE
from voiceguide.player import Command
from voiceguide.player.device import Device
from voiceguide.player.hearing import Hearing, MonitoredOutput, PlaybackHistory
from voiceguide.player.recogniser import PHRASES
from voiceguide.render import Block
from voiceguide.studio import SourceText, load_text

VOICES = ("awb", "kal", "kal16", "rms", "slt")

OTHERS = (
    "ouch",
    "sofa",
    "marvellous",
    "nope",
    "seriously",
    "great",
    "perfect",
    "excellent",
    "bathroom",
    "cheese",
    "radio",
    "what was that",
    "oh dear",
    "telephone",
    "kitchen",
    "coffee",
)
"""Short words that are neither commands nor fillers."""

ALIKE = ("nest", "next door", "paws", "pores", "pose", "repeated", "rip it", "stock", "stopped")
"""Words that sound like a command."""

TALK = """\
---
title: Talk
chimes: none
---

Pause here for a moment, and go on when you like. Next, lean back. Repeat that once more.
Stop. Take more time. Next. Back. Pause. Go on. Repeat. More time.
If you feel a sharp pain, stop. Kneel on your left knee, with your right foot flat in front of you.
Ease your hips forward until you feel a gentle stretch. Breathe slowly, and let the hips soften.
"""
"""What a guide says, its commands among it, and each of them alone."""

PATIENCE = 1.6
"""Seconds after a word within which its command has to come."""


@dataclass
class Room:
    """What was heard, and when."""

    heard: list[tuple[float, Command]] = field(default_factory=list)

    def ask(self, command: Command) -> None:
        self.heard.append((time.monotonic(), command))

    def within(self, start: float, stop: float) -> list[tuple[float, Command]]:
        return [(at, command) for at, command in self.heard if start <= at < stop]


class Loop:
    """Plays a sound again and again, or silence."""

    def __init__(self, sound: Block) -> None:
        self.sound = sound
        self.speaks = False
        self._at = 0

    def pull(self, count: int) -> Block:
        if not self.speaks:
            self._at = 0
            return np.zeros(count, np.int16)
        at = (self._at + np.arange(count)) % len(self.sound)
        self._at += count
        return self.sound[at]


def spoken(folder: Path, words: str, voice: str) -> Path:
    """What flite says, as loud as the guide: the first and last tenth of a second are silent."""
    path = folder / f"{words} {voice}.wav"
    subprocess.run(
        ["flite", "-voice", voice, "-t", words, "-o", path], check=True, stdin=subprocess.DEVNULL
    )
    sound, rate = soundfile.read(path)
    loud = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max())
    sound = sound[loud[0] : loud[-1] + 1]
    soundfile.write(path, sound * 0.08 / np.sqrt(np.mean(sound**2)), rate)
    return path


def guide() -> Block:
    """A guide that talks without an end."""
    with load_text(SourceText(TALK.encode(), "talk.md", Path.cwd())) as session:
        whole = session.to_pydub()
    return np.frombuffer(whole.raw_data, np.int16)


def say(pulse: Pulse, path: Path) -> float:
    """Say it into the room; the time at which the word was over, by a tenth of a second."""
    subprocess.run(
        ["paplay", "--latency-msec=40", path], env={**os.environ, **pulse.environment}, check=True
    )
    return time.monotonic()


@dataclass(frozen=True)
class Trial:
    """How some commands fared."""

    hits: dict[str, int]
    wrong: int
    delays: list[float]


def trial(pulse: Pulse, room: Room, clips: dict[tuple[str, str], Path]) -> Trial:
    """Say each command in each voice."""
    hits = dict.fromkeys(PHRASES, 0)
    wrong, delays = 0, []
    for (phrase, _voice), clip in clips.items():
        began = time.monotonic()
        over = say(pulse, clip)
        time.sleep(PATIENCE)
        came = room.within(began, over + PATIENCE)
        right = [at for at, command in came if command is PHRASES[phrase]]
        hits[phrase] += bool(right)
        wrong += len(came) - bool(right)
        delays += [right[0] - over] if right else []
    return Trial(hits, wrong, delays)


def taken(pulse: Pulse, room: Room, clips: Sequence[Path]) -> int:
    """How many words that are none are taken for commands."""
    before = len(room.heard)
    for clip in clips:
        say(pulse, clip)
        time.sleep(0.6)
    return len(room.heard) - before


@contextmanager
def environment(pulse: Pulse) -> Iterator[None]:
    """In this process too, the sound goes to that server."""
    before = dict(os.environ)
    os.environ.update(pulse.environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def processor(deed: Callable[[], None]) -> float:
    """The share of a core that this process took meanwhile."""
    began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    deed()
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime - used.ru_utime + after.ru_stime - used.ru_stime
    return seconds / (time.monotonic() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=int, default=600, help="of a guide that talks")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        said = guide()
        with sound_server(folder / "run") as pulse, environment(pulse):
            pulse.control("set-default-source", "heard.monitor")
            measure(pulse, folder, Loop(said), asked.seconds)


def measure(pulse: Pulse, folder: Path, loop: Loop, seconds: int) -> None:
    room, played = Room(), PlaybackHistory()
    ready = threading.Event()
    commands = {(p, v): spoken(folder, p, v) for p in PHRASES for v in VOICES}
    others = [spoken(folder, w, v) for w in OTHERS for v in VOICES]
    alike = [spoken(folder, w, v) for w in ALIKE for v in VOICES]
    device = MonitoredOutput(Device(1), played)
    device.start(loop.pull)
    with closing(device), closing(Hearing(room.ask, played, told=lambda _note: ready.set())):
        ready.wait(20)
        time.sleep(2)
        quiet = trial(pulse, room, commands)
        show("the guide is silent", quiet)
        print(f"other words: {taken(pulse, room, others)} commands of {len(others)} words")
        print(f"words alike: {taken(pulse, room, alike)} commands of {len(alike)} words")
        loop.speaks = True
        time.sleep(2)
        show("the guide speaks", trial(pulse, room, commands))
        before = len(room.heard)
        share = processor(lambda: time.sleep(seconds))
        length = len(loop.sound) / SAMPLE_RATE
        print(f"the guide alone, {seconds} s (a text of {length:.0f} s, over and over):", end=" ")
        print(f"{len(room.heard) - before} commands, {share:.2%} of a core")
        loop.speaks = False
        time.sleep(3)
        print(f"nobody speaks: {processor(lambda: time.sleep(min(60, seconds))):.2%} of a core")


def show(when: str, found: Trial) -> None:
    """A row of hits for each phrase."""
    total = sum(found.hits.values())
    cells = " | ".join(f"{hits}" for hits in found.hits.values())
    print(f"| {when} | {cells} | {total} of {len(found.hits) * len(VOICES)} | {found.wrong} |")
    if found.delays:
        middle, last = np.median(found.delays), max(found.delays)
        print(f"from the end of a word: {middle:.2f} s, at the most {last:.2f} s", flush=True)


if __name__ == "__main__":
    main()
