"""Chimes and a bed that a program hands in, in place of names and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from voiceguide.audio import LONGEST_LOOP, Handed, Recording, SoundError, recording_of
from voiceguide.errors import UsageError, did_you_mean, quote
from voiceguide.settings import BED_LEVEL, CHIME_ROLES, Bed, Settings

OWN = "own"
"""What the settings call a sound that was handed in; nothing in the library has this name."""

Chimes = Mapping[str, str | Handed]
"""A chime for each role: a name, a file beside the routine, or a sound."""

Option = str | Sequence[str] | Handed | Chimes | None
"""What a program says of a setting; only `bed` and `chimes` may be sounds."""

Named = str | Sequence[str] | Mapping[str, str]
"""A setting as the command line gives it."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The sounds that a program handed in."""

    chimes: Mapping[str, Recording] = field(default_factory=dict)
    """By their roles."""
    bed: Recording | None = None

    def chime(self, name: str) -> Recording | None:
        """The sound of a chime that the settings call by this full name."""
        family, _, role = name.partition("-")
        return self.chimes.get(role) if family == OWN else None

    def within(self, settings: Settings) -> Settings:
        """The settings with these sounds; a bed has the level that the routine's own has."""
        chimes = {**settings.chimes, **dict.fromkeys(self.chimes, OWN)}
        if self.bed is None:
            return replace(settings, chimes=chimes)
        level = settings.bed.level if settings.bed else BED_LEVEL
        return replace(settings, chimes=chimes, bed=Bed(OWN, level))


def sort_out(asked: Mapping[str, Option]) -> tuple[dict[str, Named], HandedIn]:
    """The settings that are named as on the command line, and the sounds, each of them checked.

    Raises:
        UsageError: a sound is none, is too long, or has no such role.
    """
    given = {name: value for name, value in asked.items() if value is not None}
    bed, chimes = given.get("bed"), given.get("chimes")
    by_role = chimes if isinstance(chimes, Mapping) else {}
    sounds = {role: one for role, one in by_role.items() if not isinstance(one, str)}
    under = None if isinstance(bed, str) else bed
    named = {name: _named(value) for name, value in given.items() if value is not under}
    if sounds:
        named["chimes"] = {role: one for role, one in by_role.items() if isinstance(one, str)}
    return named, _handed_in(cast("Handed | None", under), sounds)


def _named(value: Option) -> Named:
    """A setting as the command line would give it."""
    return cast("Named", value) if isinstance(value, str | Sequence | Mapping) else str(value)


def _handed_in(bed: Handed | None, chimes: Mapping[str, Handed]) -> HandedIn:
    for role in chimes:
        if role not in CHIME_ROLES:
            way_out = did_you_mean(role, CHIME_ROLES)
            raise UsageError(f"there is no chime for {quote(role)}", way_out)
    try:
        struck = {role: recording_of(one, f"the chime `{role}`") for role, one in chimes.items()}
        under = None if bed is None else recording_of(bed, "the bed", LONGEST_LOOP, cut=True)
    except SoundError as error:
        raise UsageError(error.message, error.help) from error
    return HandedIn(struck, under)
