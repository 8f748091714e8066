"""What a program gives `load`: sounds in place of names and files, and keywords for settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide import library
from voiceguide.errors import (
    InputError,
    Place,
    Problem,
    RoutineError,
    Severity,
    UsageError,
    blame,
    did_you_mean,
    quote,
)
from voiceguide.lengths import show_clock
from voiceguide.patterns import late
from voiceguide.routine import Override, Picture, PlaySound, Routine
from voiceguide.script import is_path
from voiceguide.settings import BED_LEVEL, CHIME_ROLES, Bed, Settings

if TYPE_CHECKING:
    from voiceguide.audio.recording import Recording, SuppliedSound

OWN = "own"
"""The name of a supplied sound in the settings; nothing in the library has this name."""

Chimes: TypeAlias = "Mapping[str, str | SuppliedSound]"
"""A chime for each role: a name, a file beside the routine, or a sound."""

Option: TypeAlias = "str | float | timedelta | Sequence[str] | SuppliedSound | Chimes | None"
"""A setting's value as a program gives it; only `bed` and `chimes` may be sounds."""

Named = str | Sequence[str] | Mapping[str, str]
"""A setting's value as the command line gives it."""


class SuppliedSounds(Struct, frozen=True):
    """The sounds that a program supplies."""

    chimes: Mapping[str, Recording] = field(default_factory=dict)
    """Chimes by role."""
    bed: Recording | None = None

    def chime(self, name: str) -> Recording | None:
        """Return the sound of a supplied chime by its full name in the settings, else None."""
        family, _, role = name.partition("-")
        return self.chimes.get(role) if family == OWN else None

    def within(self, settings: Settings) -> Settings:
        """Return the settings with these sounds; the bed gets the level of the routine's bed."""
        chimes = {**settings.chimes, **dict.fromkeys(self.chimes, OWN)}
        if self.bed is None:
            return replace(settings, chimes=chimes)
        level = settings.bed.level if settings.bed else BED_LEVEL
        asked = settings.asked | {"bed"}
        places = {name: place for name, place in settings.places.items() if name != "bed"}
        return replace(settings, chimes=chimes, bed=Bed(OWN, level), asked=asked, places=places)


def sort_options(asked: Mapping[str, Option]) -> tuple[dict[str, Named], SuppliedSounds]:
    """Separate options as the command line gives them from the sounds, which are checked."""
    given = {name: value for name, value in asked.items() if value is not None}
    bed, chimes = given.get("bed"), given.get("chimes")
    by_role = chimes if isinstance(chimes, Mapping) else {}
    sounds = {role: one for role, one in by_role.items() if not isinstance(one, str)}
    under = None if isinstance(bed, str) else bed
    named = {name: _named(value) for name, value in given.items() if value is not under}
    if sounds:
        named["chimes"] = {role: one for role, one in by_role.items() if isinstance(one, str)}
    return named, _supplied_sounds(cast("SuppliedSound | None", under), sounds)


def _named(value: Option) -> Named:
    """Return a value as the command line would give it."""
    return cast("Named", value) if isinstance(value, str | Sequence | Mapping) else str(value)


def _supplied_sounds(
    bed: SuppliedSound | None, chimes: Mapping[str, SuppliedSound]
) -> SuppliedSounds:
    if bed is None and not chimes:
        return SuppliedSounds()
    from voiceguide.audio.loops import LONGEST_LOOP
    from voiceguide.audio.recording import recording_of

    for role in chimes:
        if role not in CHIME_ROLES:
            way_out = did_you_mean(role, CHIME_ROLES)
            raise UsageError(f"there is no chime for {quote(role)}", way_out)
    with blame(None):
        struck = {role: recording_of(one, f"the chime `{role}`") for role, one in chimes.items()}
        under = None if bed is None else recording_of(bed, "the bed", LONGEST_LOOP, cut=True)
    return SuppliedSounds(struck, under)


# ── the sounds and pictures that a routine names: each must exist, beside it


def named_files(routine: Routine) -> Iterator[tuple[str, Place]]:
    """Yield the sound and picture files that a routine names, with the place of each."""
    yield from _sounds(routine)
    yield from _pictures(routine)
    yield from _in_front(routine)


def missing_files(routine: Routine, folder: Path) -> Iterator[Problem]:
    """Yield a problem for each file that does not exist, or is outside the routine's folder."""
    for path, place in named_files(routine):
        try:
            library.resolve_beside(path, folder)
        except InputError as error:
            yield from (problem.at(place, routine.lines) for problem in error.problems)


def _sounds(routine: Routine) -> Iterator[tuple[str, Place]]:
    for part in routine.spoken():
        if isinstance(part, PlaySound):
            yield part.path, part.place
        elif isinstance(part, Override) and part.setting == "bed":
            name = part.value.partition(",")[0].strip()
            if is_path(name):
                yield name, part.place


def _pictures(routine: Routine) -> Iterator[tuple[str, Place]]:
    bodies = (routine.body, *(step.body for step in routine.steps()))
    for block in (block for body in bodies for block in body):
        if isinstance(block, Picture):
            yield block.path, block.place


def _in_front(routine: Routine) -> Iterator[tuple[str, Place]]:
    for setting in routine.front:
        if setting.name == "cover" and isinstance(setting.value, str):
            yield setting.value, setting.place
        elif setting.name == "chimes" and isinstance(setting.value, dict):
            for role, name in setting.value.items():
                if isinstance(name, str) and is_path(name):
                    yield name, setting.places[role]


# ── the bed ──────────────────────────────────────────────────────────────────


def bed_path(name: str, place: Place | None, folder: Path) -> Path:
    """Return the path of a bed file: beside the routine in `folder`, or as an option names it."""
    return library.resolve_beside(name, folder) if place else Path(name).expanduser()


def bed_problems(settings: Settings, routine: Routine, folder: Path) -> Iterator[Problem]:
    """Yield the problems of a bed file that its first bytes show."""
    bed, place = settings.bed, settings.places.get("bed")
    if bed is None or not is_path(bed.name):
        return
    from voiceguide.audio.decode import sound_seconds
    from voiceguide.audio.loops import LONGEST_LOOP

    try:
        with blame(place, routine.lines):
            seconds = sound_seconds(bed_path(bed.name, place, folder))
    except RoutineError as error:
        yield from error.problems
        return
    if seconds and seconds > LONGEST_LOOP:
        message = f"`{bed.name}` lasts {show_clock(seconds)}: its first {show_clock(LONGEST_LOOP)}"
        way_out = "cut out the piece that you like best"
        warning = Problem(f"{message} go round and round", way_out, severity=Severity.WARNING)
        yield warning.at(place, routine.lines) if place else warning.at(Place(routine.source, 1))


# ── the keywords of `load`: numbers are accepted, and errors name keywords ────


SECONDS = ("length", "lead in", "lead out")
"""Settings whose plain numbers are seconds."""

_RESERVED = ("with", "for")
"""Reserved words of Python: as keywords they end in an underscore."""

_AS_OPTION = late(r"`--([a-z][a-z-]*)(?: ([^`]*))?`")
_AS_SETTING = late(r"`([a-z]+(?: [a-z]+)?): ([^`\"]+)`")


def as_options(keywords: Mapping[str, Option]) -> dict[str, Option]:
    """Return the keywords by the names of settings, with numbers turned into texts."""
    named = ((name.rstrip("_").replace("_", " "), value) for name, value in keywords.items())
    return {name: _as_text(name, value) for name, value in named}


def _as_text(name: str, value: Option) -> Option:
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if name in SECONDS:
        return f"{value:.6f}".rstrip("0").rstrip(".") + "s"
    return f"{100 * value:g}%" if name == "level" else f"{value:g}"


@contextmanager
def in_python() -> Iterator[None]:
    """Make a UsageError of the block name keywords: `length="5x"`, not `--length 5x`."""
    try:
        yield
    except UsageError as error:
        if any(problem.place for problem in error.problems):
            raise  # it is about a file of the user
        raise type(error)(_spoken(error.message), _spoken(error.help)) from error.__cause__


def _spoken(text: str) -> str:
    text = _AS_OPTION.sub(lambda found: _keyword(found[1], found[2]), text)
    return _AS_SETTING.sub(lambda found: _keyword(found[1], found[2]), text)


def _keyword(name: str, value: str | None) -> str:
    word = re.sub("[- ]", "_", name) + ("_" if name in _RESERVED else "")
    return f"`{word}`" if value is None else f"`{word}={value!r}`"
