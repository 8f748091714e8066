"""voiceguide: the builder of voice-guided audio routines.

import voiceguide

with voiceguide.load("routine.md", length="10 min") as session:
    session.plan().timeline.duration
    session.export("routine.mp3")

docs/PYTHON.md says more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceguide.errors import (
    MachineError,
    Place,
    Problem,
    RoutineError,
    Severity,
    UsageError,
    VoiceguideError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from voiceguide.catalogue import RowResult
    from voiceguide.studio import Option, Session

__all__ = [
    "MachineError",
    "Place",
    "Problem",
    "RoutineError",
    "Severity",
    "UsageError",
    "VoiceguideError",
    "catalogue",
    "load",
    "loads",
]

__version__ = "0.1.0"
__released__ = "2026-11-21"
"""Release date; exports carry it as their date, so that equal input gives equal bytes."""


def load(routine: str | Path, **options: Option) -> Session:
    """Open a routine by its path or library name: see `voiceguide.studio.load`."""
    from voiceguide import studio  # late, so that `import voiceguide` needs no numpy

    return studio.load(routine, **options)


def loads(
    text: str | bytes, *, folder: str | Path = ".", name: str = "routine", **options: Option
) -> Session:
    """Open the text of a routine: see `voiceguide.studio.loads`."""
    from voiceguide import studio

    return studio.loads(text, folder=folder, name=name, **options)


def catalogue(
    rows: str | Path | Iterable[Mapping[str, Any]], out: str | Path, **more: Any
) -> Iterator[RowResult]:
    """Make a session for each row of a table, yielding results: see `voiceguide.catalogue.run`."""
    from voiceguide.catalogue import run

    return run(rows, out, **more)
