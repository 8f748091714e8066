"""Answers for editors about a routine's text: problems, completions, how long a line takes.

The command `check`, the language server and the studio's pages ask here, so that all of them say
the same. Completions come from the tables that the parser reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from voiceguide import library
from voiceguide.errors import Problem, RoutineError, Severity, in_file_order
from voiceguide.lengths import in_seconds, show_clock, show_seconds
from voiceguide.patterns import late
from voiceguide.routine import Moment
from voiceguide.script import BUILT_IN_WORDS, parse
from voiceguide.script.clauses import CLAUSE_FORMS
from voiceguide.script.format import house_form
from voiceguide.sequence import EventKind
from voiceguide.settings import CHIME_ROLES, NOTHING
from voiceguide.settings.table import TABLE
from voiceguide.studio import Plan, Session
from voiceguide.studio.opening import SourceText, known_names
from voiceguide.timeline import Event

# ── problems ─────────────────────────────────────────────────────────────────


class Examined(Struct, frozen=True):
    """The errors and warnings of a routine, and its plan; None if it cannot be planned."""

    problems: tuple[Problem, ...]
    plan: Plan | None = None


def examine(opening: Callable[[], Session], planning: Callable[[Session], Plan]) -> Examined:
    """Find every problem of a routine: of its text, its timeline, and what its author may forget.

    Raises:
        UsageError, MachineError: something other than the routine failed.
    """
    warnings: tuple[Problem, ...] = ()
    try:
        session = opening()
        warnings = session.warnings
        plan = planning(session)
    except RoutineError as error:
        return Examined(tuple(dict.fromkeys((*warnings, *error.problems))))
    return Examined(in_file_order(dict.fromkeys((*plan.problems, *plan.lint()))), plan)


def in_the_text(problem: Problem) -> Problem:
    """Return the problem; that of a used routine is moved to the `use` in this text."""
    if not problem.place or not problem.place.via:
        return problem
    message = f"{problem.source}: {problem.message}"
    return replace(problem, message=message, place=problem.place.outermost)


# ── house style ──────────────────────────────────────────────────────────────


def formatted(text: SourceText) -> str:
    """Return a routine's text in house style; a RoutineError if the text has errors."""
    found = parse(text.data, text.source, known_names()).problems
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    if errors:
        raise RoutineError(errors)
    return house_form(text.data.decode("utf-8-sig"), known_names())


# ── completions ──────────────────────────────────────────────────────────────


class Offer(Struct, frozen=True):
    """A text that can stand at the cursor, and what it means."""

    text: str
    help: str = ""


class Context(Struct, frozen=True):
    """A place where something can be completed.

    The patterns are ones that Python and browsers read alike, so that pages can complete by the
    same table without a request.
    """

    scope: str
    """`body`; `front` for a line of the front matter; below a setting, the setting's name."""
    pattern: str
    """Searched for in the line up to the cursor; its last group is the word that is begun."""
    lists: tuple[str, ...]
    """What can stand there: names in `offer_lists`; empty for the values of the setting that the
    first group names."""


_TIMED_CUES = {Moment.AT: "at 10s", Moment.EVERY: "every 30s", Moment.LAST: "last 5s"}
CUES = tuple(_TIMED_CUES.get(moment, moment.value) for moment in Moment)
"""The labels of cues, with sample times."""

_NO_CUE = f"(?!(?:{'|'.join(moment.value for moment in Moment)})\\b[^,:]*:)"

CONTEXTS = (
    Context("body", r"\[([^\[\]]*)$", ("tags",)),
    Context("body", r"\{([^{}]*)$", ("words",)),
    Context("body", r"(?:^\s*-\s+|,\s*)use ([\w./-]*)$", ("routines",)),
    Context("body", r"(?:^\s*-\s+|,\s*)chime ([\w-]*)$", ("chimes",)),
    Context("body", r"^\s+-\s+([\w ]*)$", ("cues", "clauses")),
    Context("body", rf"^\s*-\s+{_NO_CUE}(?:[^:,]*:\s+)?(?:[^:]*,\s*)?([^,:]*)$", ("clauses",)),
    Context("chimes", r"^\s+[\w ]+:\s*(.*)$", ("chimes",)),
    Context("chimes", r"^\s+([\w ]*)$", ("roles",)),
    Context("front", r"^([\w ]+):\s*(?:.*,\s*)?(.*)$", ()),
    Context("front", r"^([\w ]*)$", ("settings",)),
)
"""In order: the first that is found counts."""

_FENCE = late(r"---\s*")


def offers(before: str, folder: Path | None = None) -> tuple[str, list[Offer]]:
    """Return the word that is begun at the cursor, and the texts that can replace it.

    `before` is the whole text before the cursor; `folder` is the routine's, for routines beside it.
    """
    *lines, line = before.split("\n")
    scope = _scope(lines, line)
    for context in CONTEXTS:
        found = re.search(context.pattern, line) if context.scope == scope else None
        if found:
            begun: str = found.groups()[-1]
            return begun, _fitting(begun, _choices(context, found[1], folder))
    return "", []


def _scope(lines: Sequence[str], line: str) -> str:
    if not lines or not _FENCE.fullmatch(lines[0]) or any(map(_FENCE.fullmatch, lines[1:])):
        return "body"
    if not line[:1].isspace():
        return "front"
    above = next((one for one in reversed(lines) if not one[:1].isspace()), "")
    return above.partition(":")[0].strip()


def _choices(context: Context, named: str, folder: Path | None) -> list[Offer]:
    if not context.lists:
        return [Offer(value) for value in setting_values().get(named.strip(), ())]
    lists = offer_lists(folder)
    return [offer for name in context.lists for offer in lists[name]]


def _fitting(begun: str, choices: Iterable[Offer]) -> list[Offer]:
    low, done = begun.lower(), begun.strip()
    return [one for one in choices if one.text.lower().startswith(low) and one.text.strip() != done]


def setting_values() -> dict[str, tuple[str, ...]]:
    """Return the values of each setting whose values are a list."""
    entries = library.catalogue()
    lists = {
        "bed": (*sorted(library.bed_names()), "none"),
        "allow": sorted(known_names().rules),
        "needs": (*sorted({need for one in entries for need in one.needs}), NOTHING),
        "for": sorted({purpose for one in entries for purpose in one.purposes}),
    }
    return {one.name: tuple(one.words) or tuple(lists.get(one.name, ())) for one in TABLE}


def offer_lists(folder: Path | None = None) -> dict[str, list[Offer]]:
    """Return everything that can be completed, by the names used in `CONTEXTS`."""
    chimes = sorted(library.chime_names())
    beside = sorted(path.name for path in folder.glob("*.md")) if folder else []
    sides = Offer("left|right", "one on the left side, the other on the right")
    return {
        "settings": [Offer(f"{one.name}: ", one.help) for one in TABLE],
        "roles": [Offer(f"{role}: ") for role in CHIME_ROLES],
        "clauses": [Offer(form.example) for form in CLAUSE_FORMS],
        "cues": [Offer(f"{cue}: ") for cue in CUES],
        "chimes": _plain(chimes),
        "routines": _plain([*beside, *library.routines()]),
        "tags": [Offer("3s", "a silence"), *_plain(f"chime {name}" for name in chimes)],
        "words": [sides, *_plain(sorted(BUILT_IN_WORDS))],
    }


def _plain(words: Iterable[str]) -> list[Offer]:
    return [Offer(word) for word in words]


# ── how long a line takes ────────────────────────────────────────────────────


def hover(plan: Plan | None, lines: Sequence[str], line: int) -> str:
    """Describe a line, counted from 1, in Markdown: its time, or the meaning of a setting.

    A bullet includes everything indented under it, a heading its chapter. Empty if there is
    nothing to say.
    """
    setting = _setting_of(lines, line)
    if setting:
        return setting
    return _time_of(plan, _block(lines, line)) if plan else ""


def _setting_of(lines: Sequence[str], line: int) -> str:
    end = next((at for at, one in enumerate(lines[1:], 2) if _FENCE.fullmatch(one)), 0)
    if not _FENCE.fullmatch(lines[0]) or not 1 < line < end:
        return ""
    name = lines[line - 1].partition(":")[0].strip().lower()
    found = next((one for one in TABLE if one.name == name), None)
    return f"`{found.name}`: {found.help}" if found else ""


def _block(lines: Sequence[str], line: int) -> range:
    """Return the lines that belong to a line, counted from 1."""
    after = range(line + 1, len(lines) + 1)
    head = lines[line - 1]
    level = _level(head)
    if level:
        end = next((at for at in after if 0 < _level(lines[at - 1]) <= level), len(lines) + 1)
    elif head.lstrip().startswith("- "):
        depth = _indent(head)
        within = (at for at in after if lines[at - 1].strip() and _indent(lines[at - 1]) <= depth)
        end = next(within, len(lines) + 1)
    else:
        end = line + 1
    return range(line, end)


def _level(line: str) -> int:
    found = re.match(r"#{1,6}(?=\s)", line)
    return len(found[0]) if found else 0


def _indent(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _time_of(plan: Plan, block: range) -> str:
    """Say how long a block of lines takes, each time that it is played."""
    runs = list(_runs(_own_events(plan), plan.timeline.length, block))
    if not runs:
        return ""
    total = show_seconds(round(in_seconds(sum(end - start for start, end in runs)), 1))
    first = show_clock(in_seconds(runs[0][0]))
    times = f"{len(runs)} times, first at" if len(runs) > 1 else "at"
    about = "" if plan.exact else "about "
    return f"{about}**{total}**, {times} {first}"


def _runs(events: Sequence[Event], end: int, block: range) -> Iterator[tuple[int, int]]:
    """Yield the samples at which the lines begin and end, each time: up to the next event."""
    after = [*(event.position for event in events[1:]), end]
    pairs = zip(events, after, strict=True)
    for inside, run in groupby(pairs, lambda pair: pair[0].place.outermost.line in block):
        members = list(run)
        words = all(event.kind is EventKind.SAY for event, _ in members)
        if inside:
            # mere words, such as a cue, do not include the silence after them
            last, following = members[-1]
            yield members[0][0].position, last.end if words else following


def _own_events(plan: Plan) -> tuple[Event, ...]:
    """Return the events without the final words and chime, whose place is the last line."""
    ending = {"finish", plan.opened.phrases["finish"]}
    events = plan.timeline.events
    return tuple(event for event in events if event.text not in ending)
