"""A reader: espeak, as a person who says the lines of a sheet at a microphone in a room."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

from voiceguide import studio
from voiceguide.audio.clip import Samples
from voiceguide.engines import make
from voiceguide.recording import ScriptLine, script_of

RATE = 22_050
"""Hz, espeak's own."""

ROUTINE = """\
---
title: Two stretches
chimes: none
---

Lie down, and let your shoulders sink.

## Knee to chest

- hold 20s per side, countdown 5s
  {Left|Right} knee to your chest.

## Rest

- 3 reps
  Breathe out slowly.

Sit up, when you are ready.
"""
"""Sides, a count-down, counted reps, built-in words."""


@cache
def said(text: str, voice: str = "en-us", pace: int = 150) -> Samples:
    """A text as the reader says it: mono, at `RATE`."""
    with closing(make("espeak")) as engine:
        utterance = engine.speak(text, voice, pace)
    assert utterance.rate == RATE
    return 0.5 * utterance.samples


def room(seconds: float, seed: int = 1, level: float = 1e-4) -> Samples:
    """A room in which nobody speaks."""
    noise = np.random.default_rng(seed).normal(0, level, round(seconds * RATE))
    return noise.astype(np.float32)


def in_room(*sounds: Samples, seed: int = 1) -> Samples:
    """Sounds one after another, with the room's noise under all of them."""
    joined = np.concatenate(sounds)
    return joined + room(len(joined) / RATE, seed)[: len(joined)]


def silence(seconds: float) -> Samples:
    """Nothing at all."""
    return np.zeros(round(seconds * RATE), np.float32)


def long_take(texts: Sequence[str], seed: int = 1) -> Samples:
    """Texts said one after another, with 1.5 to 2.5 s between them."""
    pauses = np.random.default_rng(seed).uniform(1.5, 2.5, len(texts))
    pieces = [
        part
        for text, pause in zip(texts, pauses, strict=True)
        for part in (said(text), silence(pause))
    ]
    return in_room(silence(3), *pieces, seed=seed)


def write(path: Path, sound: Samples) -> Path:
    """The sound as a file."""
    soundfile.write(path, sound, RATE)
    return path


def script(path: Path) -> list[ScriptLine]:
    """The lines of a routine's file."""
    return script_of(lambda options: studio.load(path, **options), {})
