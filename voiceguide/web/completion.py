"""What the pages of the studio offer: words to complete, formats, voices."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from msgspec.structs import asdict

from voiceguide import engines
from voiceguide.encode.formats import FORMATS, Format, check_format
from voiceguide.engines.choosing import candidates
from voiceguide.errors import VoiceguideError
from voiceguide.studio.editing import CONTEXTS, offer_lists, setting_values


def completions(folder: Path) -> dict[str, object]:
    """The words that the editor offers, and where it does: JSON."""
    return {
        "contexts": [asdict(context) for context in CONTEXTS],
        "lists": {name: list(map(asdict, offers)) for name, offers in offer_lists(folder).items()},
        "values": setting_values(),
    }


def formats() -> list[str]:
    """The endings of the formats that can be written here, without their dots."""
    return [kind.ending.removeprefix(".") for kind in FORMATS if _works(kind)]


def _works(kind: Format) -> bool:
    try:
        check_format(kind)
    except VoiceguideError:
        return False
    return True


def voices() -> list[dict[str, str]]:
    """The voices that are installed here, each as `ENGINE:VOICE` with its language."""
    found: list[dict[str, str]] = []
    for name in candidates():
        with suppress(VoiceguideError):  # an engine that does not work offers nothing
            engine = engines.make(name)
            try:
                found += [
                    {"voice": f"{name}:{voice.name}", "language": voice.language}
                    for voice in engine.voices()
                ]
            finally:
                engine.close()
    return found
