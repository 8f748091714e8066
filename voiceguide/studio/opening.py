"""Open a routine: its file, the routines it uses, its settings, and every problem at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide import library
from voiceguide.errors import (
    Place,
    Problem,
    RoutineError,
    Severity,
    UsageError,
    VoiceguideError,
    blame,
    did_you_mean,
    nearest,
    quote,
)
from voiceguide.files import is_file, is_folder, read_ordinary
from voiceguide.languages import Phrases, phrases
from voiceguide.lengths import in_seconds, samples, show_clock
from voiceguide.lint import RULE_NAMES
from voiceguide.routine import Routine, Step, Use
from voiceguide.script import Known, parse, plain_name
from voiceguide.settings import LexiconName, Settings
from voiceguide.settings.configuration import Configuration, configuration_path, read_configuration
from voiceguide.settings.merge import override_problems, settle
from voiceguide.speech.lexicon import LARGEST_LEXICON, LexiconFile, Pronunciation, read_pls
from voiceguide.studio.supplied import SuppliedSounds, bed_problems, missing_files
from voiceguide.timeline import UnreachableLengthError

if TYPE_CHECKING:
    from voiceguide.speech.speaker import Speaker

MOST_BYTES = 1 << 20
"""Most bytes of a routine's file that are read; the parser refuses a longer file."""

DEEPEST_USE = 8
"""How deep routines may use routines that use routines …"""


class Opened(Struct, frozen=True):
    """A routine without errors, ready to be unrolled."""

    routine: Routine
    settings: Settings
    phrases: Phrases
    used: Mapping[Place, Routine]
    folders: Mapping[str, Path]
    """The folder of each source; paths in the source are relative to it."""
    warnings: tuple[Problem, ...]
    voice_place: Place | None
    """Where the front matter or the user's configuration sets `voice`; None if an option or
    nothing does."""
    supplied: SuppliedSounds = field(default_factory=SuppliedSounds)
    sayings: Mapping[str, Pronunciation] = field(default_factory=dict)
    """Pronunciations from the lexicons that it names."""
    chosen: frozenset[str] = frozenset()
    """Names of the settings that options set."""

    @property
    def title(self) -> str:
        """The title of the session."""
        return self.settings.title or self.routine.title or Path(self.routine.source).stem

    @property
    def wish(self) -> int | None:
        """The requested length in samples; None if none was requested."""
        length = self.settings.length
        return None if length is None else samples(length)

    def lines(self, place: Place | None) -> tuple[str, ...]:
        """Return the lines of the source that a place is in."""
        routines = (self.routine, *self.used.values())
        return next((r.lines for r in routines if place and r.source == place.source), ())

    def located(self, problem: Problem) -> Problem:
        """Return the problem with the text of its line."""
        return problem if problem.line_text else problem.within(self.lines(problem.place))

    def blame(self, place: Place | None) -> AbstractContextManager[None]:
        """Attribute errors raised inside to the routine at `place`; without one, to an option."""
        return blame(place, self.lines(place))


class SourceText(Struct, frozen=True):
    """A routine's bytes, with the name that messages show, and its folder."""

    data: bytes
    source: str
    folder: Path


def read(routine: str | Path) -> SourceText:
    """Read a routine's file: a path, or a name from the library."""
    name = str(routine)
    in_library = isinstance(routine, str) and library.is_name(name) and not is_file(name)
    if Path(name).suffix in library.PROGRAMME_ENDINGS or (
        in_library and name in library.programmes()
    ):
        way_out = f"`voiceguide programme {name} --start DATE` makes an album of it"
        raise UsageError(f"`{name}` is a programme, not a routine", way_out)
    if in_library and (name in library.routines() or not is_folder(name)):
        path = library.find_routine(name)
        return SourceText(_bytes(path), name, path.parent)
    path = Path(routine)
    return SourceText(_bytes(path, name), os.path.normpath(path), path.parent)


def read_used(name: str, folder: Path) -> SourceText:
    """Read the routine that a file in `folder` calls `name`: one of the library, or a path."""
    path = library.find_used(name, folder)
    source = name if name in library.routines() else os.path.normpath(folder / name)
    return SourceText(_bytes(path), source, path.parent)


def _bytes(path: Path, name: str = "") -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # of a NUL in the name
        way_out = _near(path) or library.suggest_routine(path.stem)
        raise UsageError(f"there is no routine `{name or path}`", way_out) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot read `{path}`: {reason}", "name a routine's file") from error


def _near(missing: Path) -> str:
    """Suggest an existing file whose name is like the missing one's; empty if there is none."""
    try:
        beside = [path.name for path in missing.parent.iterdir() if path.suffix == missing.suffix]
    except (OSError, ValueError):
        return ""
    near = nearest(missing.name, beside)
    return f"did you mean `{missing.with_name(near)}`?" if near else ""


Options = Mapping[str, str | Sequence[str] | Mapping[str, str]]
"""Settings by name, as the command line gives them; `with` is a list, and maps stay maps."""


def open_text(text: SourceText, options: Options, supplied: SuppliedSounds | None = None) -> Opened:
    """Open a routine with the options of the command line and the sounds of a program."""
    gathering = _Gathering()
    routine = gathering.parse(text)
    if routine is None:
        raise RoutineError(gathering.problems)
    gathering.follow(routine, (), text.folder)
    configuration = read_configuration(known_names()).checked()
    settled = settle(
        routine.front,
        lines=routine.lines,
        options=options,
        config=configuration.settings,
        option_names=gathering.option_names(),
        known=known_names(),
    )
    of_bed = bed_problems(settled.settings, routine, text.folder)
    lexicons = read_lexicons(settled.settings, routine, text.folder)
    problems = (
        *gathering.found(routine, options.get("words", {})),
        *settled.problems,
        *gathering.override_problems(),
        *of_bed,
        *lexicons.problems,
    )
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise RoutineError(problems)
    supplied = supplied or SuppliedSounds()
    settings = supplied.within(gathering.with_used_words(settled.settings))
    return Opened(
        routine,
        settings,
        phrases(settings.language, settings.phrases, settings.address),
        gathering.used,
        gathering.folders,
        problems,
        _voice_place(routine, options, configuration),
        supplied,
        lexicons.sayings,
        frozenset(options),
    )


def _voice_place(routine: Routine, options: Options, configuration: Configuration) -> Place | None:
    if "voice" in options:
        return None
    places = (setting.place for setting in routine.front if setting.name == "voice")
    return next(places, None) or configuration.place_of("voice")


def known_names() -> Known:
    """Return the names in the library that a routine or a configuration can use."""
    return Known(
        chimes=library.chime_names(),
        routines=frozenset(library.routines()),
        beds=library.bed_names(),
        rules=RULE_NAMES,
    )


class _Gathering(Struct):
    """Collects a routine and those that it uses."""

    used: dict[Place, Routine] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    routines: dict[str, Routine | None] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)
    """How deep each followed source goes; a source is followed once, however often it is used."""

    def parse(self, text: SourceText) -> Routine | None:
        """Parse a file once, however often it is used."""
        if text.source not in self.routines:
            parsed = parse(text.data, text.source, known_names())
            self.problems.extend(parsed.problems)
            if parsed.routine:
                self.problems.extend(missing_files(parsed.routine, text.folder))
            self.folders[text.source] = text.folder
            self.routines[text.source] = parsed.routine
        return self.routines[text.source]

    def follow(self, routine: Routine, chain: tuple[str, ...], folder: Path) -> int:
        """Find and parse the routines that a routine uses, recursively; return their depth."""
        deepest = 0
        for use in _uses(routine):
            try:
                text = read_used(use.name, folder)
            except VoiceguideError as error:
                self._problem(use, routine, error.message, error.help)
                continue
            within = (*chain, routine.source)
            deepest = max(deepest, self._follow_use(use, text, routine, within))
        return deepest

    def _follow_use(self, use: Use, text: SourceText, user: Routine, chain: tuple[str, ...]) -> int:
        """Follow one use, and its routine unless it was followed before; return the depth."""
        if text.source in chain:
            way = " > ".join((*chain, text.source))
            self._problem(use, user, f"this routine uses itself: {way}", "leave one `use` out")
            return 1
        if len(chain) + self.depths.get(text.source, 0) > DEEPEST_USE:
            message = f"routines are used more than {DEEPEST_USE} deep"
            self._problem(use, user, message, "use the innermost one directly")
            return 1
        found = self.parse(text)
        if found:
            self.used[use.place] = found
            if text.source not in self.depths:
                self.depths[text.source] = self.follow(found, chain, text.folder)
        return 1 + self.depths.get(text.source, 0)

    def _problem(self, use: Use, user: Routine, message: str, help_: str) -> None:
        line = user.lines[use.place.line - 1]
        problem = Problem(message, help_, use.place, line)
        if problem not in self.problems:
            self.problems.append(problem)

    def option_names(self) -> frozenset[str]:
        """Return the name of every `option NAME`."""
        found = filter(None, self.routines.values())
        steps: Iterator[Step] = (step for routine in found for step in routine.steps())
        return frozenset(step.dose.option.name for step in steps if step.dose.option)

    def found(self, routine: Routine, filled: object) -> Iterator[Problem]:
        """Yield the problems, and a warning for each word of an option that no routine has."""
        yield from self.problems
        names = {
            name
            for one in (routine, *self.used.values())
            for name in settle(one.front, lines=one.lines, known=known_names()).settings.words
        }
        for name in filled if isinstance(filled, Mapping) else ():
            if plain_name(name) not in names:
                message = f"this routine has no word {quote(name)}: what fills it is never said"
                way_out = did_you_mean(name, names) or "it has no `words:`: leave it out"
                yield Problem(message, way_out, severity=Severity.WARNING)

    def override_problems(self) -> Iterator[Problem]:
        """Yield the problems of voices, paces and beds that change in prose."""
        for routine in filter(None, self.routines.values()):
            yield from override_problems(routine, known_names())

    def with_used_words(self, settings: Settings) -> Settings:
        """Return the settings, with `words` and `say` of used routines added; its own win."""
        words, say = dict(settings.words), dict(settings.say)
        for routine in self.used.values():
            own = settle(routine.front, lines=routine.lines, known=known_names()).settings
            words = {**own.words, **words}
            say = {**own.say, **say}
        return replace(settings, words=words, say=say)


def _uses(routine: Routine) -> Iterator[Use]:
    return (step.dose.use for step in routine.steps() if step.dose.use)


# ── a length that cannot be met ───────────────────────────────────────────────


class UnmetLengthError(UsageError):
    """The length asked for cannot be met."""


def unreachable(error: UnreachableLengthError, opened: Opened) -> RoutineError | UnmetLengthError:
    """Return the error with lengths that can be met, and a place if the routine has one."""
    settings = opened.settings
    wish = samples(settings.length or 0.0)
    shortest, longest = _show_inward(error.shortest, ceil), _show_inward(error.longest, floor)
    message = (
        f"a length of {show_clock(in_seconds(wish))} cannot be met: "
        f"the shortest is {shortest}, the longest {longest}"
    )
    near = " and ".join(_show_inward(n, floor if n < wish else ceil) for n in error.near)
    within = error.shortest <= wish <= error.longest
    way_out = f"the nearest are {near}" if within else "ask for another, or widen the ranges"
    place = settings.places.get("length")
    if place is None:
        if "length" not in opened.chosen:
            way_out = "your configuration asks for it: `voiceguide config unset length`"
        return UnmetLengthError(message, way_out)
    return RoutineError([opened.located(Problem(message, way_out, place))])


def _show_inward(length: int, rounded: Callable[[float], int]) -> str:
    """Show a length in tenths of a second, rounded so that it can still be met."""
    return show_clock(rounded(in_seconds(length) * 10) / 10)


# ── how a routine's words are spoken: its lexicons and phonemes ───────────────


class Lexicons(Struct, frozen=True):
    """The content of the files that the setting `lexicon` names."""

    sayings: Mapping[str, Pronunciation]
    problems: tuple[Problem, ...] = ()


def read_lexicons(settings: Settings, routine: Routine, folder: Path) -> Lexicons:
    """Read the lexicons that are for the routine's language.

    A lexicon for another language is skipped if the configuration names it, and is a problem if
    the routine names it.
    """
    sayings: dict[str, Pronunciation] = {}
    problems: list[Problem] = []
    for name in settings.lexicons:
        found = _sayings(name, settings.language, routine, folder)
        sayings = {**found.sayings, **sayings}
        problems += found.problems
    return Lexicons(sayings, tuple(problems))


def _sayings(name: LexiconName, language: str, routine: Routine, folder: Path) -> Lexicons:
    try:
        file = _read_lexicon(name, folder)
        return Lexicons(file.pronunciations() if _is_for(file, language, name) else {})
    except VoiceguideError as error:
        if name.place is None:
            raise
        problems = (problem.at(name.place, routine.lines) for problem in error.problems)
        return Lexicons({}, tuple(problems))


def _read_lexicon(name: LexiconName, folder: Path) -> LexiconFile:
    path = _lexicon_path(name, folder)
    try:
        data = read_ordinary(path, LARGEST_LEXICON)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"the lexicon `{name.path}` cannot be read: {reason}"
        raise UsageError(message, "name a PLS file, or leave it out") from error
    return read_pls(data, name.path)


def _lexicon_path(name: LexiconName, folder: Path) -> Path:
    """Return the path: beside the routine, in `folder`, or beside the configuration naming it."""
    if name.place is None:
        return configuration_path().parent / Path(name.path).expanduser()
    return library.resolve_beside(name.path, folder)


def _is_for(file: LexiconFile, language: str, name: LexiconName) -> bool:
    """Whether a lexicon is for a language; raise UsageError if not, and the routine names it."""
    if _base(file.language) == _base(language):
        return True
    if name.place is not None:
        message = f"`{name.path}` is for the language `{file.language}`, not for `{language}`"
        raise UsageError(message, "name one of the routine's language, or leave it out")
    return False


def _base(tag: str) -> str:
    return tag.lower().replace("_", "-").partition("-")[0]


def unsayable(
    say: Mapping[str, str], routines: Iterable[Routine], speaker: Speaker
) -> Iterator[Problem]:
    """Yield a problem for each phoneme of `say` that the voice does not know, at its place."""
    places = dict(_places(routines))
    for word, fault in speaker.faults(say):
        message = f"the voice `{speaker.voice}` knows no phoneme at the start of `{fault}`"
        way_out = "`voiceguide say` shows the phonemes of words that it says well"
        if word not in places:
            raise UsageError(f"`say` of `{word}`: {message}", way_out)
        yield Problem(message, way_out, places[word])


def _places(routines: Iterable[Routine]) -> Iterator[tuple[str, Place]]:
    """Yield each word's places; the first routine's comes last, so that it wins in a dictionary."""
    for routine in reversed(tuple(routines)):
        for setting in routine.front:
            if setting.name == "say":
                yield from setting.places.items()
