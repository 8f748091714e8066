"""`settle`: merge front matter, options and configuration into one `Settings`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import (
    InputError,
    Problem,
    Severity,
    UsageError,
    blame,
    did_you_mean,
    in_file_order,
    quote,
)
from voiceguide.routine import Override, Routine, Setting
from voiceguide.script import Known, plain_name
from voiceguide.settings.data import Settings
from voiceguide.settings.othernames import setting_meant
from voiceguide.settings.table import SETTINGS
from voiceguide.settings.written import Fields, WrittenSetting

_V = TypeVar("_V")

WITH = "with"
"""The key in `options` for the names of the routine's `option NAME` clauses to switch on."""


_LEVEL_UNUSED = Problem(
    "`level` means nothing beside `length`, which chooses within all ranges",
    "leave one of the two out",
    severity=Severity.WARNING,
)


class Settled(Struct, frozen=True):
    """The settings that could be understood, and the problems in the front matter."""

    settings: Settings
    problems: tuple[Problem, ...]


def settle(
    front: Iterable[Setting],
    *,
    lines: Sequence[str] = (),
    options: Mapping[str, str | Sequence[str] | Mapping[str, str]] | None = None,
    config: Mapping[str, object] | None = None,
    known: Known,
    option_names: Iterable[str] = (),
) -> Settled:
    """Merge all settings: an option beats the front matter, which beats the configuration.

    Maps are merged key by key. `lines` are the routine's lines, to show in problems. The keys of
    `options` and `config` are names of settings; `options["with"]` lists the routine's options to
    switch on, out of `option_names`.
    """
    asked = dict(options or {})
    with_ = asked.pop(WITH, ())
    settings = _merged(Settings(), config or {}, known, _in_configuration)
    settings = replace(settings, asked=frozenset())  # the configuration was not for this session
    settings, problems = _written_in_front(settings, front, lines, known)
    settings = _merged(settings, asked, known, _as_option)
    if "level" in asked and "length" not in asked:
        # beside the routine's own length, the level of the option would have no effect
        settings = replace(settings, length=None)
    if "level" in asked and "length" in asked:
        problems = (*problems, _LEVEL_UNUSED)
    chosen = _chosen(with_, option_names)
    return Settled(replace(settings, options=chosen), problems)


# ── configuration, front matter and options ──────────────────────────────────


def _merged(
    settings: Settings,
    values: Mapping[str, object],
    known: Known,
    label: Callable[[str, object], str],
) -> Settings:
    """Merge values from outside a routine into the settings; `label` names them in errors."""
    for name, value in _in_order(values).items():
        with blame(None, label=f"{label(name, value)}: "):
            settings = _with(settings, WrittenSetting(name, value, known=known, below=settings))
    return settings


def _in_configuration(name: str, _: object) -> str:
    return f"{quote(name)} in your configuration"


def _as_option(name: str, value: object) -> str:
    return quote(f"--{name.replace(' ', '-')} {value}")


def _written_in_front(
    settings: Settings, front: Iterable[Setting], lines: Sequence[str], known: Known
) -> tuple[Settings, tuple[Problem, ...]]:
    problems: list[Problem] = []
    for name, setting in _in_order({setting.name: setting for setting in front}).items():
        place = setting.value_place or setting.place
        written = WrittenSetting(name, setting.value, place, setting.places, known, settings)
        try:
            settings = _with(settings, written)
        except InputError as error:
            place = place if name in SETTINGS else setting.place
            problems += [problem.at(place).within(lines) for problem in error.problems]
    return settings, in_file_order(problems)


def _in_order(written: Mapping[str, _V]) -> dict[str, _V]:
    """Sort settings into the order of the table, in which one can build on another.

    Unknown ones come first.
    """
    known = [name for name in SETTINGS if name in written]
    return {name: written[name] for name in (*(n for n in written if n not in known), *known)}


def _with(settings: Settings, written: WrittenSetting) -> Settings:
    """Read one setting and merge it into the settings; a map is merged key by key."""
    definition = SETTINGS.get(written.name)
    if definition is None:
        message = f"unknown setting {quote(written.name)}"
        raise InputError(message, setting_meant(written.name, SETTINGS, written.value))
    value = definition.read(written)
    if isinstance(value, Mapping) and not isinstance(value, Fields):
        value = {**getattr(settings, definition.attribute), **value}
    places = {name: place for name, place in settings.places.items() if name != written.name}
    if written.place:
        places[written.name] = written.place
    changes = value if isinstance(value, Fields) else {definition.attribute: value}
    return replace(settings, places=places, asked=settings.asked | {written.name}, **changes)


# ── settings that prose changes ──────────────────────────────────────────────


def read_override(override: Override, known: Known | None = None) -> Any:
    """Read the value of a tag such as `[pace brisk]` with the reader of that setting.

    Raises:
        InputError: the setting does not allow this value.
    """
    if known is None:  # the value was checked when the routine was opened
        known = Known(beds=frozenset({override.value.partition(",")[0].strip()}))
    written = WrittenSetting(override.setting, override.value, override.place, known=known)
    return SETTINGS[override.setting].read(written)


def override_problems(routine: Routine, known: Known) -> Iterator[Problem]:
    """Report what is wrong with the overrides of a routine."""
    yield from _beds_in_cues(routine)
    for part in routine.spoken():
        if isinstance(part, Override):
            try:
                read_override(part, known)
            except InputError as error:
                for problem in error.problems:
                    yield problem.at(part.place).within(routine.lines)


def _beds_in_cues(routine: Routine) -> Iterator[Problem]:
    """Report changes of the bed in cues: a crossfade takes seconds, too long for a cue."""
    texts = (text for step in routine.steps() for cue in step.cues for text in cue.texts)
    for part in (part for text in texts for part in text):
        if isinstance(part, Override) and part.setting == "bed":
            way_out = f"write `[bed {part.value}]` in the prose before the step"
            problem = Problem("a bed cannot change within a cue", way_out, part.place)
            yield problem.within(routine.lines)


# ── options of the routine ───────────────────────────────────────────────────


def _chosen(asked: Iterable[str], there_are: Iterable[str]) -> frozenset[str]:
    names = asked.split(",") if isinstance(asked, str) else asked
    chosen = frozenset(filter(None, map(plain_name, names)))
    known = frozenset(there_are)
    for name in sorted(chosen - known):
        way_out = did_you_mean(name, known) or "it has no options: leave `--with` out"
        raise UsageError(f"this routine has no option {quote(name)}", way_out)
    return chosen
