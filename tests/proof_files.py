"""Finished files for tests to damage: a real export, decoded, changed, and encoded again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from msgspec.structs import replace
from session_sounds import Session

from voiceguide import proof
from voiceguide.encode import ChapterTag, Tags, tags_in, write
from voiceguide.lengths import samples
from voiceguide.proof.promise import Promise, PromisedMoment

Sound = npt.NDArray[np.float32]
Change = Callable[[Sound], Sound]

ROUTINE = """\
---
title: A short stretch
countdown: 3
---

Find some room, and stand tall. [2s]

## Lean

- hold 8s, each side, ready 2s
  Lean over to the {left|right}, and let your head hang.

## Lift

- 3 reps, lift 2s, lower 2s
  Lift your heels from the floor.

You are done for today, and that is enough.
"""


def exported(folder: Path) -> Path:
    """The routine as an MP3."""
    from voiceguide import studio

    (folder / "short.md").write_text(ROUTINE, encoding="utf-8")
    return studio.load(folder / "short.md").export(folder / "short.mp3").file


def decoded(path: Path) -> Sound:
    """A file's samples, mono."""
    heard: Sound = soundfile.read(path, dtype="float32", always_2d=True)[0].mean(axis=1)
    return heard


def rewritten(path: Path, change: Change, name: str = "damaged.mp3") -> Path:
    """A copy of a file, decoded, changed and encoded again, with the tags that it had."""
    return written(change(decoded(path)), path.with_name(name), tags_of(path))


def written(sound: Sound, path: Path, tags: Tags) -> Path:
    """Samples as a file."""
    whole = np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)
    write(Session(len(whole), {0: whole}), path, tags=tags)
    return path


def tags_of(path: Path) -> Tags:
    """What of a file's tags can be read back."""
    said = tags_in(path)
    return Tags(title="A short stretch", chapters=said.chapters, timeline=said.timeline or "")


def with_chapters(path: Path, change: Callable[[ChapterTag], ChapterTag]) -> Path:
    """A copy of a file with other chapters."""
    tags = tags_of(path)
    changed = replace(tags, chapters=tuple(map(change, tags.chapters)))
    return written(decoded(path), path.with_name("chapters.mp3"), changed)


# ── what of it is damaged ────────────────────────────────────────────────────


def lines(promise: Promise) -> list[PromisedMoment]:
    """The spoken texts."""
    return [one for one in promise.moments if one.kind == "say"]


def longest_silence(promise: Promise) -> int:
    """A sample in the middle of the longest silence."""
    sounding = [one for one in promise.moments if one.sound is not None]
    gaps = [
        (later.position - earlier.end, (later.position + earlier.end) // 2)
        for earlier, later in pairwise(sounding)
    ]
    return max(gaps)[1]


def stretch(promise: Promise, moment: PromisedMoment) -> slice:
    """Where a spoken text is in the file, with the silence that its clip has around it."""
    sound = promise.sounds[moment.sound or 0]
    return slice(moment.position - sound.lead, moment.end + sound.tail)


def failing(path: Path) -> set[str]:
    """The names of the checks that a file does not pass."""
    return {check.name for check in proof.verify(path).checks if not check.passes}


SHIFT = samples(0.02)
"""The shift that must be noticed."""
