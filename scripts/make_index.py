"""Makes index.json: what `voiceguide list` tells of the routines here.

    python scripts/make_index.py

Run it after every change to a routine; a test fails where that was forgotten.
"""

from __future__ import annotations

import json
from math import ceil, floor

from voiceguide import library, studio
from voiceguide.library import LibraryEntry


def index_text() -> str:
    """The index as its file holds it."""
    entries = [entry(name).as_dict() for name in library.routines()]
    return json.dumps({"routines": entries}, indent=2, ensure_ascii=False) + "\n"


def entry(name: str) -> LibraryEntry:
    """What a list tells of a routine, found out by reading it."""
    session = studio.load(name)
    settings = session.settings
    shortest, longest = session.bounds()
    return LibraryEntry(
        name,
        session.title,
        settings.description,
        settings.needs or (),
        settings.purposes,
        settings.length,
        ceil(shortest),
        floor(longest),
    )


if __name__ == "__main__":
    library.index_file().write_text(index_text(), encoding="utf-8")
