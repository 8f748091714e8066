"""What tests of catalogues have in common: a small routine, plans, and what a folder holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROUTINE = """\
---
title: Mine
voice: silent
chimes: none
countdown: 0
words:
  name: ""
phrases:
  finish: ""
---
Hello {name}.

- hold 4-9s
  Lie down.

- hold 2s, option band
"""
"""A few words by the voice that takes its time and makes no sound."""


def write_routine(folder: Path, text: str = ROUTINE, name: str = "mine.md") -> Path:
    """A routine's file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def write_plan(folder: Path, rows: Iterable[Mapping[str, Any]], name: str = "plan.jsonl") -> Path:
    """A plan of JSON lines."""
    path = folder / name
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def lengths(count: int) -> list[dict[str, Any]]:
    """Rows of different lengths, named in their order."""
    return [
        {"id": f"s{n:03d}", "routine": "mine.md", "length": f"{12 + n / 10:g}s"}
        for n in range(1, count + 1)
    ]


def manifest(out: Path, name: str = "manifest.jsonl") -> list[dict[str, Any]]:
    """The lines of a manifest."""
    return [json.loads(line) for line in (out / name).read_text(encoding="utf-8").splitlines()]


def sums(out: Path) -> dict[str, str]:
    """All files of a catalogue but its manifest, hidden ones too, with what they hold."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.name.startswith("manifest")
    }
