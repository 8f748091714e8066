"""Makes index.json: what `voiceguide list` tells of the routines here.

    python scripts/make_index.py

Run it after every change to a routine; a test fails where that was forgotten.
"""

from __future__ import annotations

from voiceguide import library
from voiceguide.studio.indexing import index_text

if __name__ == "__main__":
    library.index_file().write_text(index_text(), encoding="utf-8")
