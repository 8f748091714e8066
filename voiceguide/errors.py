"""The diagnostic of voiceguide, a `Problem`, and the errors that carry it.

Code that finds a fault in its input raises an InputError. It is caught once, where the origin of
the input is known: by a `Reporter`, which gathers all problems of a file, or by `blame`, which
turns it into a RoutineError or a UsageError. The error classes differ only in their exit codes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace


class Place(Struct, frozen=True):
    """A position in a source: its name, the line and the column (both from 1)."""

    source: str
    line: int
    column: int = 1
    width: int = 1
    """How many characters the mark under the line covers."""
    via: Place | None = None
    """The place of the `use` that brings this routine in; None in the requested routine itself."""

    @property
    def outermost(self) -> Place:
        """The place in the routine that was requested."""
        return self.via.outermost if self.via else self

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


class Severity(Enum):
    """Whether a problem stops the work."""

    ERROR = "error"
    WARNING = "warning"


class Problem(Struct, frozen=True):
    """A diagnostic: a message, a way out, and a place if there is one."""

    message: str
    help: str = ""
    place: Place | None = None
    line_text: str = ""
    """The source line, as written; empty if there is none to show."""
    severity: Severity = Severity.ERROR

    @property
    def source(self) -> str:
        """The name of its source; empty without a place."""
        return self.place.source if self.place else ""

    @property
    def line(self) -> int:
        """From 1; 0 without a place."""
        return self.place.line if self.place else 0

    @property
    def column(self) -> int:
        """From 1; 0 without a place."""
        return self.place.column if self.place else 0

    def at(self, place: Place | None, lines: Sequence[str] = ()) -> Problem:
        """The problem at `place`, with its line from `lines`; unchanged if it has a place."""
        return self if self.place else replace(self, place=place).within(lines)

    def within(self, lines: Sequence[str]) -> Problem:
        """The problem with its line, taken from the lines of its source."""
        there = 0 < self.line <= len(lines)
        return replace(self, line_text=lines[self.line - 1]) if there else self

    def __str__(self) -> str:
        return "\n".join(self._parts())

    def _parts(self) -> Iterable[str]:
        warning = "warning: " if self.severity is Severity.WARNING else ""
        where = f"{self.place}: " if self.place else ""
        yield f"{where}{warning}{self.message}"
        if self.place and self.line_text:
            yield from _marked_line(self.place, self.line_text)
        if self.help:
            yield f"help: {self.help}"

    def as_dict(self) -> dict[str, object]:
        """The problem as `check --json` and `plan --json` show it."""
        return {
            "file": self.source or None,
            "line": self.line or None,
            "column": self.column or None,
            "severity": self.severity.value,
            "message": self.message,
            "help": self.help or None,
        }


class VoiceguideError(Exception):
    """The base class of all errors that voiceguide raises on purpose, with one or more problems.

    `what` is a message, with a way out and a place, or it is the problems.
    """

    exit_code = 3

    def __init__(
        self,
        what: str | Iterable[Problem],
        help: str = "",  # noqa: A002  (the word users see)
        place: Place | None = None,
    ) -> None:
        found = (Problem(what, help, place),) if isinstance(what, str) else what
        self.problems = in_file_order(found)
        super().__init__("\n\n".join(map(str, self.problems)))

    @property
    def message(self) -> str:
        """The message alone; the full text if there is a place or more than one problem."""
        return self.problems[0].message if self._is_plain else str(self)

    @property
    def help(self) -> str:
        """The way out; empty if there is none or `message` contains it."""
        return self.problems[0].help if self._is_plain else ""

    @property
    def _is_plain(self) -> bool:
        return len(self.problems) == 1 and not self.problems[0].place


class InputError(VoiceguideError):
    """A text, a value, a file or a sound that cannot be used.

    It says what is wrong and, if known, at which place. `blame` turns it into a RoutineError or a
    UsageError where it is known whose fault it is; `Reporter` records it.
    """

    exit_code = 1

    def at(self, place: Place) -> InputError:
        """The error with `place` for the problems that have none."""
        return InputError(problem.at(place) for problem in self.problems)


class RoutineError(VoiceguideError):
    """A routine has problems; all that were found are reported together."""

    exit_code = 1


class UsageError(VoiceguideError):
    """The request makes no sense: an unknown name, an impossible option."""

    exit_code = 2


class ConfigurationError(UsageError):
    """The user's configuration file has problems; all that were found are reported together."""


class MachineError(VoiceguideError):
    """A fault of the machine: no engine, a full disk, a folder that cannot be written."""


@contextmanager
def blame(place: Place | None, lines: Sequence[str] = (), label: str = "") -> Iterator[None]:
    """Turn an error raised inside into a RoutineError at `place`, or a UsageError without a place.

    `lines` are the routine's, to show; `label` names the option at the start of the message.

    Raises:
        RoutineError: the fault is at `place`.
        UsageError: there is no place.
    """
    try:
        yield
    except (InputError, UsageError) as error:
        if place is None:
            first = error.problems[0]
            raise UsageError(label + first.message, first.help) from error
        raise RoutineError(problem.at(place, lines) for problem in error.problems) from error


def any_error(problems: Iterable[Problem]) -> bool:
    """Whether one of the problems stops the work."""
    return any(problem.severity is Severity.ERROR for problem in problems)


# ── the problems of a source, gathered as they are found ─────────────────────


MOST_PROBLEMS = 500
"""Most problems that are reported for a source; a text with more is not a routine."""


class EnoughProblems(Exception):  # noqa: N818  (it ends the reading, and no user sees it)
    """There are `MOST_PROBLEMS` problems."""


class Reporter:
    """Gathers the problems of one source; one beyond `MOST_PROBLEMS` raises EnoughProblems."""

    def __init__(self, source: str, lines: Sequence[str]) -> None:
        self.source = source
        self._lines = lines
        self._problems: list[Problem] = []

    def __len__(self) -> int:
        return len(self._problems)

    def place(self, line: int, column: int = 1, width: int = 1) -> Place:
        """A place in the source."""
        return Place(self.source, line, column, width)

    def error(self, place: Place, message: str, help: str = "") -> None:  # noqa: A002  (as users see it)
        """Record a problem that stops the work."""
        self.add(Problem(message, help, place))

    def warn(self, place: Place, message: str, help: str) -> None:  # noqa: A002  (as users see it)
        """Record a problem that is odd but harmless."""
        self.add(Problem(message, help, place, severity=Severity.WARNING))

    def add(self, *problems: Problem) -> None:
        """Record problems, with their source lines."""
        for problem in problems:
            if len(self._problems) == MOST_PROBLEMS:
                message = f"there are more than {MOST_PROBLEMS} problems"
                way_out = "mend the first ones, and check again"
                self._problems.append(Problem(message, way_out, problem.place))
                raise EnoughProblems
            self._problems.append(problem.within(self._lines))

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Record an InputError that is raised inside, and go on after the block."""
        try:
            yield
        except InputError as error:
            self.add(*error.problems)

    def problems(self) -> tuple[Problem, ...]:
        """All recorded problems, in the order of the file."""
        return in_file_order(self._problems)


# ── how a problem is shown ───────────────────────────────────────────────────


def in_file_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort problems by source, line and column; those at one place stay in the order found."""
    return tuple(sorted(problems, key=lambda one: (one.source, one.line, one.column)))


def _marked_line(place: Place, text: str) -> Iterable[str]:
    gutter = f"{place.line:>5} | "
    shown, column = _window(text, place.column)
    # tabs stay tabs, so that the mark stands under what it means
    before = "".join(map(_blank, shown[: column - 1]))
    marked = shown[column - 1 : column - 1 + place.width]
    width = max(1, sum(2 if _blank(character) == _WIDE else 1 for character in marked))
    yield f"{gutter}{shown}"
    yield f"{' ' * (len(gutter) - 2)}| {before}{'^' * width}"


WIDEST_SHOWN = 120
"""Most characters of a line that are shown; of a longer line, those around the mark."""


def _window(line: str, column: int) -> tuple[str, int]:
    """The part of a line that is shown, and the column of the mark in it."""
    if len(line) <= WIDEST_SHOWN:
        return line, column
    start = max(0, min(column - 1 - WIDEST_SHOWN // 2, len(line) - WIDEST_SHOWN))
    stop = start + WIDEST_SHOWN
    before, after = "…" if start else "", "…" if stop < len(line) else ""
    return f"{before}{line[start:stop]}{after}", column - start + len(before)


LONGEST_QUOTE = 60
"""Most characters of a routine that a message repeats; the line under it shows the rest."""


def quote(text: str) -> str:
    """A piece of a routine inside a message: on one line, in backticks, shortened if it is long."""
    # cut first: a word of a megabyte is not worth splitting
    start = " ".join(text[: 2 * LONGEST_QUOTE].split())
    whole = len(start) <= LONGEST_QUOTE and len(text) <= 2 * LONGEST_QUOTE
    return f"`{start}`" if whole else f"`{start[:LONGEST_QUOTE]}…`"


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known word that `word` was probably meant to be; a `likeness` of 1 is the same word."""
    import difflib  # late: most words are known

    found = difflib.get_close_matches(word.lower(), sorted(known), n=1, cutoff=likeness)
    return found[0] if found else None


def nearest_slip(word: str, known: Iterable[str], likeness: float = 0.75) -> str | None:
    """As `nearest`, among words with at most two letters more or less: `name` is no slip for
    `step name`."""
    return nearest(word, (one for one in known if abs(len(one) - len(word)) <= 2), likeness)


_WIDE = "\u3000"
"""A blank as wide as a letter of East Asian scripts."""


def _blank(character: str) -> str:
    """A blank as wide as the character on a terminal."""
    if unicodedata.east_asian_width(character) in "WF":
        return _WIDE
    return "\t" if character == "\t" else " "


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A help text: the nearest known word, or all of them if none is near."""
    words = sorted(known)
    near = nearest(word, words)
    if near:
        return f"did you mean `{near}`?"
    return "known are " + ", ".join(f"`{w}`" for w in words) if words else ""
