"""Looks for the manner in which a line of the narration is heard right, and sounds natural.

    python benchmarks/manners.py --styles af_heart.bin [--routine NAME …] [--line TEXT …]

Judges each line of some routines, or those that are named, as `narration/` has it, by the judges of
`benchmarks/voice.py`. Where a word is misheard, or naturalness is below `ENOUGH`, the line is said
in other manners, the slowest first, until one is good. The best of all, heard right before natural,
takes the place of the recording, and stands in `audio_assets/manners.tsv`, so that `make narration`
says it so, too. A line takes some five seconds of one core.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import soundfile
from comparing import distance, words
from voice import RATE, between_pauses, listener, transcript

from voiceguide.audio.clip import resample
from voiceguide.engines.recorded import RecordedLine, Recordings, key_of, write_lines

sys.path.insert(0, str(Path(__file__).parents[1] / "audio_assets"))

import make_narration as maker
from make_narration import AT_LENGTH, VOICE, HeartEngine, Manner

ENOUGH = 4.2
"""Naturalness, of 5."""

SHORT = 45
"""Characters of a line that begins with a sound of its own where it is said slowly."""

FOR_SHORT = (
    *(Manner(160, AT_LENGTH), Manner(175, AT_LENGTH), Manner(175, VOICE)),
    Manner(200, AT_LENGTH),
)
FOR_LONG = (Manner(150, VOICE), Manner(175, VOICE))

Verdict = tuple[int, float]
"""Words that are heard, less those in error, as 0 or fewer; and naturalness. More is better."""


def judged(text: str, file: Path) -> Verdict:
    """How a recording of a text is heard."""
    samples, rate = soundfile.read(file, dtype="float32")
    sound = resample(samples, rate, RATE)
    said = words(text)
    rated = listener()
    assert rated is not None, "it needs distillmos, and torch"
    return -distance(said, transcript(between_pauses(sound), text)), rated(sound)


def better(
    text: str, say: Mapping[str, str], file: Path, engine: HeartEngine, folder: Path
) -> tuple[Manner, RecordedLine] | None:
    """The best manner of a line, and its recording in the folder; None: the one that it has."""
    best, chosen = judged(text, file), None
    for manner in FOR_SHORT if len(text) <= SHORT else FOR_LONG:
        if best >= (0, ENOUGH):
            break
        tried = folder / f"{manner.style}-{manner.pace}"
        tried.mkdir(exist_ok=True)
        line = maker.record(tried, text, say, engine, manner)
        verdict = judged(text, tried / line.file)
        if verdict > best:
            best, chosen = verdict, (manner, line)
    print(f"{best[0]} {best[1]:.2f} {chosen[0] if chosen else 'as it is'} {text}", flush=True)
    return chosen


def write_manners(found: Mapping[str, Manner]) -> None:
    """The table, by texts."""
    rows = ((text, one.pace, one.style, one.said) for text, one in sorted(found.items()))
    with maker.MANNERS.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, lineterminator="\n")
        table.writerow(("text", "pace", "style", "said"))
        table.writerows(rows)


def improve(texts: Mapping[str, Mapping[str, str]], styles: Path) -> None:
    """Put better recordings into the place of those that there are."""
    before, own = maker.kept(maker.FOLDER), dict(maker.manners())
    lines = dict(before.lines)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["VOICEGUIDE_VOICES"] = scratch
        maker.install(Path(scratch), maker.styles(styles))
        engine = HeartEngine()
        for text, say in texts.items():
            file = maker.FOLDER / lines[key_of(text)].file
            found = better(text, say, file, engine, Path(scratch))
            if found is None:
                continue
            manner, line = found
            shutil.move(Path(scratch) / f"{manner.style}-{manner.pace}" / line.file, file)
            own[text], lines[key_of(text)] = manner, line
            write_manners(own)
            made = Recordings(maker.FOLDER, before.facts, lines)
            (maker.FOLDER / "lines.tsv").write_bytes(write_lines(made))
        engine.close()


def chosen(routines: Iterable[str], lines: Iterable[str]) -> dict[str, dict[str, str]]:
    """The lines to judge, and how their routines say words."""
    texts = maker.wanted(routines or maker.english_routines())
    asked = {key_of(line) for line in lines}
    return {text: say for text, say in texts.items() if not asked or key_of(text) in asked}


def main() -> None:
    """Judge, and improve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--styles", type=Path, required=True)
    parser.add_argument("--routine", action="append", default=[])
    parser.add_argument("--line", action="append", default=[])
    arguments = parser.parse_args()
    improve(chosen(arguments.routine, arguments.line), arguments.styles.resolve())


if __name__ == "__main__":
    main()
