"""Says random texts with the embedded voice, and counts the lines that are lost: there are none.

    python benchmarks/fuzz_voice.py [COUNT] [SEED] [VOICE]

Prints how many were said at once, how many only in pieces, and each that could not be said at all,
with the error that names it; ends with status 1 if there is one. 10,000 take some minutes.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from voiceguide.engines.espeak import EspeakEngine
from voiceguide.errors import MachineError

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from random_texts import random_text

PACE = 300
"""Words a minute: the faster, the sooner done."""


class Counted(EspeakEngine):
    """Counts the times that a text had to be divided."""

    divided = 0

    def _said(self, request: dict[str, object], seconds: int) -> Iterator[object]:  # type: ignore[override]  # counts, and passes on
        for index, reply in enumerate(super()._said(request, seconds)):
            self.divided += index == 1
            yield reply


def main(count: int, seed: int, voice: str) -> int:
    """Say so many texts; the number that were lost."""
    chance = random.Random(seed)
    engine = Counted(seconds=20)
    lost = silent = 0
    for number in range(1, count + 1):
        text = random_text(chance)
        try:
            said = engine.speak(text, voice, PACE)
            letters = any("a" <= character <= "z" for character in text)
            if letters and np.abs(said.samples).max(initial=0) < 0.01:
                silent += 1
                print(f"no sound: {text!r}")
        except MachineError as error:
            lost += 1
            print(f"{error.message}: {text!r}")
        if number % 1_000 == 0:
            print(f"{number} texts, {engine.divided} in pieces, {lost} lost, {silent} silent")
    engine.close()
    return lost + silent


if __name__ == "__main__":
    given = sys.argv[1:]
    count, seed, voice = (*given, *("10000", "1", "en-us")[len(given) :])
    sys.exit(1 if main(int(count), int(seed), voice) else 0)
