"""voiceguide: the builder of voice-guided audio routines.

import voiceguide

session = voiceguide.load("routine.md", length="10 min")
session.plan().timeline.duration
session.export("routine.mp3")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from voiceguide.studio import Option, Session

__version__ = "0.1.0"
__released__ = "2026-11-21"
"""The day of this version; exports carry it as their date, so that equal work gives equal bytes."""


def load(routine: str | Path, **options: Option) -> Session:
    """Open a routine, a path or a name from the library: see `voiceguide.studio.load`."""
    from voiceguide import studio  # late, so that `import voiceguide` needs no numpy

    return studio.load(routine, **options)
