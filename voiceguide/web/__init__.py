"""The pages: `studio` for authors, `serve` for phones in the same network, `publish` for everyone.

Nothing about routines is decided here: every page shows a plan of `voiceguide.studio`, and every
sound is one that it exports. Read the modules in this order:

`episodes` turns a folder's routines into the content of pages and feeds; `pages` renders HTML.
`serving` serves it to phones, `publishing` writes it to a folder, `authoring` is the studio.
`server` keeps strangers out, and keeps slow clients from blocking others.

Starlette, uvicorn, Jinja2 and segno come with the extra `web`.
"""

from __future__ import annotations

from importlib.util import find_spec

from voiceguide.errors import MachineError
from voiceguide.installation import bring

_NEEDED = ("jinja2", "segno", "starlette", "uvicorn")


def check_installed() -> None:
    """Raise a MachineError if a package of the extra `web` is not installed."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        named = ", ".join(f"`{name}`" for name in missing)
        raise MachineError(
            f"the pages need packages that are not installed: {named}",
            bring("web"),
        )
