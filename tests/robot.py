"""A program that speaks, for the tests of the engine `command`: a tone for each word.

python robot.py [--out FILE] [--rate N] [--text TEXT] [--do BEHAVIOUR]

The text is standard input and the sound standard output where nothing else is said.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
import wave
from array import array
from math import pi, sin
from pathlib import Path

RATE = 8_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path)
    parser.add_argument("--rate", type=float, default=130)
    parser.add_argument("--text")
    parser.add_argument("--do", default="speak")
    asked = parser.parse_args()
    text = sys.stdin.buffer.read().decode() if asked.text is None else asked.text
    if asked.do == "hang":
        time.sleep(60)
    if asked.do == "complain":
        sys.exit("robot: out of oil")
    data = wav(len(text.split()), asked.rate)
    if asked.do == "cut":
        data = data[: len(data) // 2]
    if asked.do == "pipe":  # as one who cannot go back to write the sizes
        data = data[:4] + b"\xff" * 4 + data[8:40] + b"\xff" * 4 + data[44:]
    if asked.do == "babble":
        data = b"here is your sound"
    if asked.out:
        asked.out.write_bytes(data)
    else:
        sys.stdout.buffer.write(data)


def wav(words: int, rate: float) -> bytes:
    """A tone for each word, of a length that keeps the rate."""
    count = round(words * 60 / rate * RATE)
    tone = array("h", (round(9_000 * sin(2 * pi * 200 * n / RATE)) for n in range(count)))
    if sys.byteorder == "big":
        tone.byteswap()
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(tone.tobytes())
    return made.getvalue()


if __name__ == "__main__":
    main()
