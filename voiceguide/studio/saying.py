"""How a routine's words are spoken: read its lexicons, and check its phonemes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from voiceguide import library
from voiceguide.errors import Place, Problem, UsageError, VoiceguideError
from voiceguide.files import read_ordinary
from voiceguide.routine import Routine
from voiceguide.settings import LexiconName, Settings
from voiceguide.settings.configuration import configuration_path
from voiceguide.speech import Pronunciation
from voiceguide.speech.lexicon import MOST_BYTES, LexiconFile, read_pls

if TYPE_CHECKING:
    from voiceguide.speech import Speaker


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
        file = _read(name, folder)
        return Lexicons(file.pronunciations() if _is_for(file, language, name) else {})
    except VoiceguideError as error:
        if name.place is None:
            raise
        problems = (problem.at(name.place, routine.lines) for problem in error.problems)
        return Lexicons({}, tuple(problems))


def _read(name: LexiconName, folder: Path) -> LexiconFile:
    path = _path(name, folder)
    try:
        data = read_ordinary(path, MOST_BYTES)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"the lexicon `{name.path}` cannot be read: {reason}"
        raise UsageError(message, "name a PLS file, or leave it out") from error
    return read_pls(data, name.path)


def _path(name: LexiconName, folder: Path) -> Path:
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
