"""Compares styles of the embedded voice: how harsh each is, and how well a recogniser hears it.

    python benchmarks/styles.py [--all] [--pictures FOLDER]

Prints a Markdown table, the one in docs/VOICES.md; `--all` tries every variant that espeak-ng has
(some minutes). `--pictures` writes a spectrogram of one sentence for each style, as PNG. Needs
the package `pocketsphinx`. Harshness is the share of a line's energy above 5 kHz, the mean over all
lines; errors are words misheard, missed or added, of all words (see tests/recognising.py).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace
from PIL import Image

from voiceguide.audio.clip import find_sounding
from voiceguide.engines import Utterance
from voiceguide.engines.espeak import EspeakEngine
from voiceguide.engines.espeak.voices import CALM, PLAIN, Style, read_variants

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from recognising import LINES, Recogniser

PACE = 130
HARSH = 5_000
"""Hz."""

SHOWN = "Kneel on your left knee, with your right foot flat in front of you."
_WINDOW, _HOP = 512, 128
_RANGE = 80
"""dB between black and white."""


def styles() -> Iterator[tuple[str, Style, str]]:
    """A name for each, and the voice."""
    yield "as espeak-ng has it", PLAIN, "en-us"
    yield "the same, finished", replace(PLAIN, finished=True), "en-us"
    for variant in ("edward2", "adam", "Reed", "m1", "m3", "m7", "f3", "Annie"):
        yield f"variant `{variant}`", Style(variant), "en-us"
    yield "variant `edward`", Style(CALM.variant), "en-us"
    unfinished = replace(CALM, finished=False)
    for pitch in (30, 60):
        yield f"ours unfinished, but pitch {pitch}", replace(unfinished, pitch=pitch), "en-us"
    for range_ in (30, 65):
        yield f"ours unfinished, but range {range_}", replace(unfinished, range=range_), "en-us"
    yield "ours unfinished, but word gap 2", replace(unfinished, gap=2), "en-us"
    yield "ours unfinished", unfinished, "en-us"
    yield "**ours**", CALM, "en-us"
    yield "ours, British", CALM, "en-gb"


def every_variant() -> Iterator[tuple[str, Style, str]]:
    """All that espeak-ng's data has."""
    for variant in sorted(EspeakEngine()._read(read_variants)):
        yield f"variant `{variant}`", Style(variant), "en-us"


def measure(recogniser: Recogniser, style: Style, voice: str) -> tuple[float, float, float]:
    """Harshness, the share of words in error, and words a minute."""
    engine = EspeakEngine(style=style)
    said = {line: engine.speak(line, voice, PACE) for line in LINES}
    engine.close()
    errors, words = np.sum([recogniser.errors(*pair) for pair in said.items()], axis=0)
    minutes = sum(map(sounding, said.values())) / 60
    return float(np.mean([*map(harshness, said.values())])), errors / words, words / minutes


def harshness(said: Utterance) -> float:
    """The share of the energy above `HARSH`."""
    powers = np.square(np.abs(np.fft.rfft(said.samples.astype(np.float64))))
    high = np.fft.rfftfreq(len(said.samples), 1 / said.rate) > HARSH
    return float(powers[high].sum() / powers.sum())


def sounding(said: Utterance) -> float:
    """Seconds from the first sound to the last."""
    onset, end = find_sounding(said.samples, said.rate)
    return (end - onset) / said.rate


def spectrogram(said: Utterance) -> Image.Image:
    """Time to the right, frequency upwards, loud is dark."""
    frames = np.lib.stride_tricks.sliding_window_view(said.samples, _WINDOW)[::_HOP]
    powers = np.square(np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), axis=1)))
    levels = 10 * np.log10(powers / powers.max() + 1e-12)
    grey: npt.NDArray[np.uint8] = np.clip(-levels * 255 / _RANGE, 0, 255).astype(np.uint8)
    return Image.fromarray(grey.T[::-1]).resize((len(frames) * 2, _WINDOW))


def picture(folder: Path, name: str, style: Style, voice: str) -> None:
    """Write the spectrogram of one sentence."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = EspeakEngine(style=style)
    file = "".join(c if c.isalnum() else "-" for c in name).strip("-")
    spectrogram(engine.speak(SHOWN, voice, PACE)).save(folder / f"{file}.png")
    engine.close()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--pictures", type=Path)
    arguments = parser.parse_args()
    recogniser = Recogniser()
    print("| style | energy above 5 kHz | words in error | words a minute |\n|---|---|---|---|")
    for name, style, voice in every_variant() if arguments.all else styles():
        harsh, errors, pace = measure(recogniser, style, voice)
        print(f"| {name} | {harsh:.2%} | {errors:.1%} | {pace:.0f} |", flush=True)
        if arguments.pictures:
            picture(arguments.pictures, name, style, voice)


if __name__ == "__main__":
    main()
