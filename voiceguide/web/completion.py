"""What the editor can complete: settings with their values, clauses, cues, names of the library.

All of it stands in the tables that the parser reads.
"""

from __future__ import annotations

from contextlib import suppress

from voiceguide import engines, library
from voiceguide.encode.formats import FORMATS, Format, check_format
from voiceguide.engines.choosing import candidates
from voiceguide.errors import VoiceguideError
from voiceguide.routine import Moment
from voiceguide.script.clauses import CLAUSE_FORMS
from voiceguide.settings import TABLE

_TIMED_CUES = {Moment.AT: "at 10s", Moment.EVERY: "every 30s", Moment.LAST: "last 5s"}


def completions() -> dict[str, object]:
    """The words that the editor offers: JSON."""
    beds = {"bed": [*sorted(library.bed_names()), "none"]}
    return {
        "settings": {one.name: list(one.words) or beds.get(one.name, []) for one in TABLE},
        "help": {one.name: one.help for one in TABLE},
        "clauses": [form.example for form in CLAUSE_FORMS],
        "cues": [_TIMED_CUES.get(moment, moment.value) for moment in Moment],
        "routines": list(library.routines()),
        "chimes": sorted(library.chime_names()),
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
