"""A plan to a picture in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from voiceguide.errors import UsageError
from voiceguide.files import check_target, replacing
from voiceguide.picture import Drawing, as_png, as_svg, session_drawing
from voiceguide.studio.results import Plan

_WRITERS: dict[str, Callable[[Drawing], bytes]] = {".svg": as_svg, ".png": as_png}


def check_picture(path: str | Path) -> Path:
    """See to it, before any work, that the picture can be written.

    Raises:
        UsageError: it is neither SVG nor PNG.
        MachineError: the folder is not there or cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in _WRITERS:
        said = f"`{path.name}` is no name for a picture"
        raise UsageError(said, "end it in `.svg` or `.png`")
    check_target(path)
    return path


def draw(plan: Plan, path: str | Path) -> Path:
    """Write the picture of a session; an old file stays whole until the new one is done.

    Raises:
        UsageError: it is neither SVG nor PNG, or too high for a PNG.
        MachineError: it cannot be written.
    """
    target = check_picture(path)
    drawing = session_drawing(plan.title, plan.timeline, exact=plan.exact)
    data = _WRITERS[target.suffix.lower()](drawing)
    with replacing(target) as file:
        file.write(data)
    return target
