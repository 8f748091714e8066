"""Open a programme: read its file and the routine of every session, and report all problems."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from voiceguide import library
from voiceguide.errors import (
    InputError,
    Place,
    Problem,
    RoutineError,
    UsageError,
    any_error,
    did_you_mean,
)
from voiceguide.files import is_file
from voiceguide.programme.parse import LARGEST, Programme, Slot, Wish, parse
from voiceguide.script import Known
from voiceguide.settings import Settings
from voiceguide.settings.merge import settle
from voiceguide.studio import Progress, Session, SourceText, Studio, UnmetLengthError
from voiceguide.studio.opening import read_used
from voiceguide.timeline import Timeline


class Take(Struct, frozen=True, eq=False):
    """A routine with the settings that one or more sessions ask for; it becomes one file."""

    slot: Slot
    """The first session that asks for it."""
    text: SourceText
    options: Mapping[str, str | Sequence[str]]
    """Options for `studio.load_text`."""
    title: str
    settings: Settings
    studio: Studio
    """The studio that all takes share."""

    def load(self, **more: str) -> Session:
        """Open the session, ready to be planned."""
        return self.studio.load_text(self.text, **self.options, **more)


class OpenedProgramme(Struct, frozen=True):
    """A programme without errors, with a take for each of its sessions."""

    programme: Programme
    takes: Mapping[Place, Take]
    """Takes by the place of a session; sessions with equal settings share a take."""
    warnings: tuple[Problem, ...]
    studio: Studio
    """The studio of all takes; the owner must close it."""


def read(programme: str | Path) -> SourceText:
    """Read a programme's file: a path, or a name from the library."""
    name = str(programme)
    if isinstance(programme, str) and name in library.programmes() and not is_file(name):
        path = library.find_programme(name)
        return SourceText(_bytes(path), name, path.parent)
    path = Path(programme)
    if path.suffix == ".md" or name in library.routines():
        way_out = f"`voiceguide export {name}` makes a file of it"
        raise UsageError(f"`{name}` is a routine, not a programme", way_out)
    return SourceText(_bytes(path), os.path.normpath(path), path.parent)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # NUL in name
        way_out = did_you_mean(path.stem, library.programmes())
        raise UsageError(f"there is no programme `{path}`", way_out) from error
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"cannot read `{path}`: {reason.lower()}"
        raise UsageError(message, "name a programme's file") from error


def open_text(text: SourceText, voice: str | None) -> OpenedProgramme:
    """Open a programme; `voice` overrides the voices of its routines.

    Raises:
        RoutineError: it or one of its routines has errors; all of them are listed.
        UsageError: `voice` is not valid.
    """
    common = {"voice": voice} if voice else {}
    settle((), options=common, known=Known())  # refuses an invalid voice
    parsed = parse(text.data, text.source, library.routines())
    if parsed.programme is None:
        raise RoutineError(parsed.problems)
    opening = _Opening(parsed.programme, text.folder, common)
    for week in parsed.programme.weeks:
        for day in week.days:
            for slot in day.slots:
                opening.open(slot)
    problems = tuple(dict.fromkeys((*parsed.problems, *opening.problems)))
    if any_error(problems):
        raise RoutineError(problems)
    return OpenedProgramme(parsed.programme, opening.takes, problems, opening.studio)


class _Opening(Struct):
    """Collects the takes while sessions are opened."""

    programme: Programme
    folder: Path
    common: Mapping[str, str]
    """Options for every session."""
    takes: dict[Place, Take] = field(default_factory=dict)
    studio: Studio = field(default_factory=Studio)
    problems: list[Problem] = field(default_factory=list)
    equal: dict[tuple[object, ...], Take] = field(default_factory=dict)
    """Takes by everything that their sound depends on."""

    def open(self, slot: Slot) -> None:
        """Open the routine of a session with the settings that it asks for."""
        try:
            self._take(slot, read_used(slot.routine, self.folder))
        except (InputError, UsageError) as error:
            self._problem(slot.place, error.message, error.help)
        except RoutineError as error:
            self.problems.extend(error.problems)
            message = f"the routine `{slot.routine}` has errors of its own"
            self._problem(slot.place, message, "mend them, or choose another routine")

    def _take(self, slot: Slot, text: SourceText) -> None:
        asked = [wish for wish in slot.wishes if wish.name == "with"]
        chosen = [wish.value for wish in asked if self._is_option(wish, text)]
        wishes = {wish.name: wish.value for wish in slot.wishes if wish not in asked}
        options = {**self.common, **wishes, "with": chosen}
        session = self.studio.load_text(text, **options)
        self.problems.extend(session.warnings)
        take = Take(slot, text, options, session.title, session.settings, self.studio)
        self.takes[slot.place] = self.equal.setdefault(_sound(take), take)

    def _is_option(self, wish: Wish, text: SourceText) -> bool:
        """Whether the routine has the option; a missing one is reported as a problem."""
        try:
            self.studio.load_text(text, **{"with": [wish.value]})
        except UsageError as error:
            self._problem(wish.place, error.message, error.help.replace("`--with`", "`with`"))
            return False
        return True

    def _problem(self, place: Place, message: str, way_out: str) -> None:
        self.problems.append(self.programme.problem(place, message, way_out))


def _sound(take: Take) -> tuple[object, ...]:
    """Everything that the sound of a take depends on; takes with an equal result share a file."""
    settings = take.settings
    level = settings.point if settings.length is None else None
    return take.text.source, settings.length, level, settings.guidance, settings.options


# ── measuring: the timeline of every file, or the problems that prevent it from being made


class Measured(Struct):
    """Timelines and voices (`ENGINE:VOICE`) in the order of the takes, and all problems."""

    timelines: list[Timeline] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def measure(programme: Programme, takes: Sequence[Take], progress: Progress | None) -> Measured:
    """Plan every take, and keep its timeline and voice; a RoutineError if any has errors."""
    measured = Measured()
    for index, take in enumerate(takes):
        _measure(programme, take, measured, part_of(progress, index, len(takes)))
    if any_error(measured.problems):
        raise RoutineError(dict.fromkeys(measured.problems))
    return measured


def _measure(
    programme: Programme, take: Take, measured: Measured, progress: Progress | None
) -> None:
    try:
        with take.load() as session:
            plan = session.plan(progress=progress)
    except UnmetLengthError as error:
        measured.problems.append(_unmet(programme, take, error))
    except RoutineError as error:
        measured.problems.extend(_failed(programme, take, error.problems))
    else:
        measured.timelines.append(plan.timeline)
        measured.voices.append(plan.voice or "")
        measured.problems.extend(_failed(programme, take, plan.problems))


def part_of(progress: Progress | None, index: int, count: int) -> Progress | None:
    """Scale the progress of part `index` of `count` equal parts to that of the whole."""
    if progress is None:
        return None
    return lambda done: progress((index + done) / count)


def _unmet(programme: Programme, take: Take, error: UnmetLengthError) -> Problem:
    places = [wish.place for wish in take.slot.wishes if wish.name == "length"]
    return programme.problem((*places, take.slot.place)[0], error.message, error.help)


def _failed(programme: Programme, take: Take, problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yield a routine's problems and, if one is an error, a problem at the session that uses it."""
    yield from problems
    if any_error(problems):
        message = f"the routine `{take.slot.routine}` cannot be like this"
        help_ = "change the session's `length` or `level`, or mend the routine"
        yield programme.problem(take.slot.place, message, help_)
