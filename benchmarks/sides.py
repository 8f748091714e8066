"""Listens to exported sessions: is every "left" and every "right" heard as itself?

    python benchmarks/sides.py [ROUTINE …]

Exports each English routine of the library (or those that are named) as the MP3 that a user gets,
decodes it, cuts out each line in which a side is named, once, and lets the recogniser of
`benchmarks/voice.py` write down what it hears. Lines are joined to windows, and heard alone where a
window has another row of sides than its texts. Prints a line for each routine, what was misheard,
and the sum.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import soundfile
from comparing import words
from voice import RATE, Heard, between_pauses, transcript, windows

from voiceguide import library
from voiceguide.audio.clip import resample
from voiceguide.sequence import Words
from voiceguide.studio import load

SIDES = ("left", "right")

AROUND = 0.1
"""Seconds of the file that are heard before and after a line."""


def sides(said: Sequence[str]) -> list[str]:
    """The sides that words name, in their order."""
    return [word for word in said if word in SIDES]


def exported(name: str, folder: Path) -> tuple[str, dict[str, Heard]]:
    """Who spoke a session, and what the file has of each line in which a side is named."""
    with load(name) as session:
        done = session.export(folder / f"{name}.mp3")
    samples, rate = soundfile.read(done.file, dtype="float32", always_2d=True)
    mono, around = samples.mean(axis=1, dtype=samples.dtype), round(AROUND * rate)
    found: dict[str, Heard] = {}
    for event in done.plan.timeline.events:
        if not isinstance(event.source, Words) or not sides(words(event.source.text)):
            continue
        start, stop = (round(at * rate) for at in (event.at, event.at + event.duration))
        piece = mono[max(start - around, 0) : stop + around]
        found.setdefault(event.source.text, resample(piece, rate, RATE))
    return done.plan.voice or "", found


def misheard(lines: Mapping[str, Heard]) -> Iterator[tuple[str, str]]:
    """The lines whose sides are heard as others, and what is heard."""
    texts = list(lines)
    if not texts:
        return
    for joined, sound in windows(texts, [lines[text] for text in texts]):
        if sides(transcript(sound, joined)) == sides(words(joined)):
            continue
        for text in filter(joined.__contains__, texts):
            said = transcript(between_pauses(lines[text]), text)
            if sides(said) != sides(words(text)):
                yield text, " ".join(said)


def english() -> list[str]:
    """The names of the library's English routines."""
    return [name for name in library.routines() if load(name).settings.language == "en"]


def main() -> None:
    """Print what is heard."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("routines", nargs="*")
    heard: set[str] = set()
    wrong = count = 0
    for name in parser.parse_args().routines or english():
        with tempfile.TemporaryDirectory() as folder:
            voice, lines = exported(name, Path(folder))
        new = {text: sound for text, sound in lines.items() if text not in heard}
        heard |= set(new)
        named = sum(len(sides(words(text))) for text in new)
        count += named
        print(f"{name}: {voice}, {named} sides in {len(new)} lines not heard before", flush=True)
        for text, said in misheard(new):
            wrong += 1
            print(f"    {text} -> {said}", flush=True)
    print(f"{count} sides in {len(heard)} lines; {wrong} lines misheard")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
