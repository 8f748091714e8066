"""What every reader of a part is handed: the problems' sheet and the names that exist."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from voiceguide.errors import Reporter, did_you_mean, quote
from voiceguide.routine import Dose, Sides
from voiceguide.script.source import Known, Passage, SourceLine

# ── what every reader of a part is handed: the problems' sheet and the names that exist


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """The surroundings of one reading."""

    report: Reporter
    known: Known
    language: str = "en"
    """As the front matter says it; its words for clauses are understood beside the English ones."""

    def passage(self, lines: Iterable[SourceLine]) -> Passage:
        """The passage that lines of the source make."""
        return Passage.of(self.report.source, lines)


# ── which changing words mean something where a text stands ──────────────────


BUILT_IN_WORDS = frozenset(
    {"side", "other side", "round", "rounds", "rep", "reps", "hold", "next", "remaining"}
    | {"step", "steps", "step name"}
)
"""The names in braces that every routine has; `words:` adds more."""

_SIDE = ("there is no side here", "add `each side`, or another clause for sides, to its step")
_ROUNDS = ("there are no rounds here", "add `3 rounds` to its step")
_REP = ("there is no rep to count here", "say it in the step's `- half:`, or say `{reps}`")
_REPS = ("there are no reps here", "add `20 reps` to its step")
_STEP = ("there is no step here", "move it under a step of a group")
_NAME = ("this step has no name", "name it: `- Heel slide: 10 reps`")
_HOLD = ("there is no hold here", "add `hold 30s` to its step")


@dataclass(frozen=True, slots=True)
class Scope:
    """What surrounds a text."""

    words: frozenset[str] | None = frozenset()
    """The names under `words:`; None where they are not known."""
    sides: bool = False
    rounds: bool = False
    rep: bool = False
    reps: bool = False
    hold: bool = False
    step: bool = False
    named: bool = False
    """Whether the step or one around it has a name."""

    def within(self, dose: Dose, nested: Iterable[Dose], name: str = "") -> Scope:
        """What surrounds the texts of a step; `nested` are the steps directly within it."""
        holds = dose.hold or any(inner.hold for inner in nested)
        return replace(
            self,
            sides=self.sides or dose.sides is not Sides.UNSAID,
            rounds=self.rounds or dose.rounds is not None,
            rep=False,
            reps=dose.reps is not None,
            hold=self.hold or bool(holds),
            step=True,
            named=self.named or bool(name),
        )

    def open(self) -> Scope:
        """What surrounds the texts of a step whose dose could not be read: it may be anything."""
        flags = (field.name for field in fields(self) if field.name != "words")
        return Scope(self.words, **dict.fromkeys(flags, True))

    def may_be_empty(self, name: str) -> bool:
        """Whether it is a word for which another form may stand behind a bar: `{name|friend}`."""
        own = self.words is not None and name in self.words
        return own or name in ("next", "step name")

    def fault_with_sides(self) -> tuple[str, str] | None:
        """What is wrong with `{left|right}` here, and the way out."""
        return None if self.sides else _SIDE

    def fault_with(self, name: str) -> tuple[str, str] | None:
        """What is wrong with `{name}` here, and the way out."""
        if self.words is None or name in self.words:
            return None
        if name not in BUILT_IN_WORDS:
            return f"unknown word {quote(f'{{{name}}}')}", _suggestion(name, self.words)
        needs = {
            "side": (self.sides, _SIDE),
            "other side": (self.sides, _SIDE),
            "round": (self.rounds, _ROUNDS),
            "rounds": (self.rounds, _ROUNDS),
            "rep": (self.rep, _REP),
            "reps": (self.reps, _REPS),
            "hold": (self.hold, _HOLD),
            "step": (self.step, _STEP),
            "steps": (self.step, _STEP),
            "step name": (self.named, _NAME),
        }
        has, fault = needs.get(name, (True, None))
        return None if has else fault


def _suggestion(name: str, words: frozenset[str]) -> str:
    if name in ("left", "right"):
        return "write `{left|right}` or `{side}`"
    return did_you_mean(name, BUILT_IN_WORDS | words)
