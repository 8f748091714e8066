"""A step's dose as a line that a physiotherapist would write.

    hold 30-60s, each side, 3 rounds, rest 10s  3 × 30–60 s each side, rest 10 s
    20 reps, lift 2s, hold 5s, lower 2s, each side
                                              20 × (lift 2 s, hold 5 s, lower 2 s) each side
    4-6 times, and a hold of 10-20s within    4–6 × hold 10–20 s

`ready` and `change` only say how a session gets there; they are not part of the dose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.languages import Form, find_language, numbers
from voiceguide.lengths import Count, Length, plain_number, show_clock
from voiceguide.routine import Dose, Moment, Sides, Step, Timed
from voiceguide.script.clauses import StepKind
from voiceguide.sequence.unroller import capital
from voiceguide.settings import BreathPhase

# ── the words of a handout in each language, from the language's own folder ──


Forms = Mapping[Form, str]
"""A counted noun in each form that a number may require."""


class Labels(Struct, frozen=True):
    """A handout's words in one language; `{}` is a placeholder."""

    language: str
    time: str
    needs: str
    purposes: str
    frequency: str
    not_if: str
    see: str
    metronome: str
    shuffled: str
    period: str
    left: str
    right: str
    breathing: str
    nothing: str
    opening: str
    notes: str
    exercise: str
    made_with: str
    optional: str
    with_: str
    or_: str
    each_side: str
    in_turn: str
    in_all: str
    left_side: str
    right_side: str
    hold: str
    rest: str
    round: Forms
    set: Forms
    times: Forms
    once: str
    breath: Forms
    one_every: str
    wait: str
    first: str
    again: str
    start: str
    half: str
    at: str
    every: str
    last: str
    end: str
    in_turn_every: str
    """Used in place of `every` for a cue with several texts."""
    decimal: str
    """The decimal sign."""
    library: Mapping[str, str] = field(default_factory=dict)
    """Translations of the words that the library's routines have in `needs` and `for`."""
    address: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The labels that differ, by form of address."""
    capital_nouns: bool = False
    """Whether nouns are always capitalised."""

    def noun(self, word: str) -> str:
        """A word of `needs` or `for`, lower case in settings, as it is usually written."""
        if word in self.library:
            return self.library[word]
        return capital(word) if self.capital_nouns and " " not in word else word

    def counted(self, number: float, forms: Forms) -> str:
        """The form of the noun after a number."""
        form = numbers(self.language).form(number)
        return forms.get(form, forms[Form.MANY])

    def addressing(self, address: str | None) -> Labels:
        """The labels in a form of address: `Sie brauchen` in place of `Du brauchst`."""
        others: Mapping[str, Any] = self.address.get(address or "", {})
        return replace(self, **others)

    def moment(self, moment: Moment) -> str:
        """The label of a cue's moment; `{}` is its length."""
        label: str = getattr(self, moment.value)
        return label


@cache
def labels(language: str) -> Labels:
    """The labels of a language, by its tag; English if there are none for it."""
    found = find_language(language)
    if found is None:
        return labels("en")
    words: dict[str, Any] = {
        _label_field(name): _label_value(value) for name, value in found.handout.items()
    }
    return Labels(found.code, **words)


def _label_field(name: str) -> str:
    return f"{name}_" if name in ("with", "or") else name.replace(" ", "_")


def _label_value(value: object) -> object:
    """Turn a list of forms (one, many; in Polish one, few, many) into a dict by `Form`."""
    if not isinstance(value, list):
        return value
    kinds = (Form.ONE, Form.MANY) if len(value) == 2 else (Form.ONE, Form.FEW, Form.MANY)
    return dict(zip(kinds, value, strict=True))


# ── lengths and counts as people write them by hand: `30–60 s`, `7½–18 min`, `4–6`


DASH = "–"

SECONDS_UNTIL = 180
"""Lengths from this many seconds on are shown in minutes."""


def length_text(length: Length, words: Labels | None = None) -> str:
    """A length: `30 s`, `30–60 s`, `1½ min`, `30 s – 3 min`, `5 breaths`; English without words."""
    words = words or labels("en")
    if length.in_breaths:
        ends = dict.fromkeys((plain_number(length.low), plain_number(length.high)))
        text = f"{DASH.join(ends)} {words.counted(length.high, words.breath)}"
    else:
        text = _time_text(length.low, length.high)
    return text.replace(".", words.decimal)


def _time_text(low: float, high: float) -> str:
    in_seconds = high < SECONDS_UNTIL and not (low >= 60 and low % 30 == high % 30 == 0)
    shown = _in_seconds if in_seconds else _in_its_unit
    (first, low_unit), (last, unit) = shown(low), shown(high)
    if low_unit != unit:
        return f"{first} {low_unit} {DASH} {last} {unit}"
    return f"{first}{DASH}{last} {unit}" if first != last else f"{last} {unit}"


def count_text(count: Count) -> str:
    """A count: `3`, `4–6`."""
    return f"{count.low}{DASH}{count.high}" if count.elastic else str(count.low)


def _in_seconds(seconds: float) -> tuple[str, str]:
    return plain_number(seconds), "s"


def _in_its_unit(seconds: float) -> tuple[str, str]:
    if seconds < 60:
        return _in_seconds(seconds)
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size and seconds % (size / 2) == 0:
            return f"{int(seconds // size)}{'½' if seconds % size else ''}", unit
    return show_clock(seconds), "h" if seconds >= 3600 else "min"


# ── a step's dose as a line that a physiotherapist would write ───────────────


_TIMED = (
    *(StepKind.HOLD, StepKind.REPS, StepKind.SEGMENTS),
    *(StepKind.REST, StepKind.PAUSE, StepKind.WAIT, StepKind.USE),
)


def dose_line(step: Step, breath: Iterable[BreathPhase], labels: Labels) -> str:
    """The dose of a step, merged with that of a sole timed step within it; empty if it has none.

    `breath` holds the phases, with the words that are spoken for them.
    """
    inner = sole(step)
    dose = _joined(step.dose, inner.dose) if inner else step.dose
    kind = kind_of(inner or step)
    if kind is StepKind.HOLD:
        line = _hold(dose, labels, named=inner is not None)
    elif kind is StepKind.REPS:
        line = _reps(dose, breath, labels)
    elif kind is StepKind.SEGMENTS:
        line = _segments(dose, labels)
    elif kind is StepKind.GROUP:
        line = _group(step, labels)
    else:
        line = _silence(dose, kind, labels)
    if dose.rest and kind is not StepKind.REST:
        line += f", {labels.rest} {_timed_text(dose.rest, labels)}"
    return capital(line.strip(" ,"))


def sole(step: Step) -> Step | None:
    """The only timed step of a group, a hold or reps, if both doses fit into one line."""
    if kind_of(step) is not StepKind.GROUP:
        return None
    timed = [inner for inner in step.nested if is_timed(inner)]
    if len(timed) != 1 or kind_of(timed[0]) not in (StepKind.HOLD, StepKind.REPS):
        return None
    outer, inner = step.dose, timed[0].dose
    apart = inner.optional or inner.option or (outer.rounds and inner.rounds)
    twice = outer.rest and inner.rest
    return None if apart or twice else timed[0]


def kind_of(step: Step) -> StepKind:
    """The kind of a step, from its dose and the steps within it."""
    return StepKind.of(step.dose, nests=bool(step.nested))


def is_timed(step: Step) -> bool:
    """Whether a step, or one within it, has a dose or a `use`; words and chimes do not count."""
    return kind_of(step) in _TIMED or any(map(is_timed, step.nested))


def _joined(outer: Dose, inner: Dose) -> Dose:
    sides = inner.sides if outer.sides is Sides.UNSAID else outer.sides
    rounds, rest = outer.rounds or inner.rounds, outer.rest or inner.rest
    return replace(inner, rounds=rounds, sides=sides, rest=rest)


# ── the parts of a line ──────────────────────────────────────────────────────


def _sides(sides: Sides, labels: Labels) -> str:
    return {
        Sides.UNSAID: "",
        Sides.EACH: f" {labels.each_side}",
        Sides.ALTERNATE: f", {labels.in_turn}",
        Sides.LEFT: f", {labels.left_side}",
        Sides.RIGHT: f", {labels.right_side}",
    }[sides]


def _hold(dose: Dose, labels: Labels, *, named: bool) -> str:
    held = _timed_text(dose.hold, labels) if dose.hold else ""
    sides = "" if dose.hold and dose.hold.by_side else _sides(dose.sides, labels)
    beats = _beats(dose, labels)
    if not dose.rounds or (dose.hold and dose.hold.by_round):
        return f"{labels.hold} {held}{sides}{beats}"
    name = f"{labels.hold} " if named else ""
    return f"{count_text(dose.rounds.count)} × {name}{held}{sides}{beats}"


def _timed_text(timed: Timed, labels: Labels) -> str:
    """A length, by round (`10/20/30 s`) or side (`30 s left, 60 s right`) where these differ."""
    if timed.by_side:
        left, right = (length_text(length, labels) for length in timed.by_side)
        return f"{left} {labels.left}, {right} {labels.right}"
    return _by_round(timed.by_round, labels) or length_text(timed.length, labels)


def _by_round(lengths: Iterable[Length], labels: Labels) -> str:
    """The lengths of the rounds; a unit that all share is written once."""
    texts = [length_text(length, labels) for length in lengths]
    units = {text.rpartition(" ")[2] for text in texts}
    if len(units) == 1:
        texts[:-1] = [text.rpartition(" ")[0] for text in texts[:-1]]
    return "/".join(texts)


def _segments(dose: Dose, labels: Labels) -> str:
    """The line of segments: `8 × (work 20 s, walk 40 s)`."""
    told = [
        f"{one.word} {_by_round(one.by_round, labels) or length_text(one.length, labels)}"
        for one in dose.segments
    ]
    core = ", ".join(told)
    changes = any(one.by_round for one in dose.segments)
    if dose.rounds and not changes:
        core = f"{count_text(dose.rounds.count)} × {f'({core})' if len(told) > 1 else core}"
    return f"{core}{_sides(dose.sides, labels)}{_beats(dose, labels)}"


def _beats(dose: Dose, labels: Labels) -> str:
    return f", {labels.metronome.format(dose.metronome.count.low)}" if dose.metronome else ""


def _reps(dose: Dose, breath: Iterable[BreathPhase], labels: Labels) -> str:
    sets = f"{_counted(dose.rounds.count, labels.set, labels)} " if dose.rounds else ""
    reps = dose.reps.count if dose.reps else Count(1, 1)
    if dose.reps and dose.reps.by_round:
        shown = "/".join(map(count_text, dose.reps.by_round))
        return f"{labels.counted(2, labels.times).format(shown)}{_sides(dose.sides, labels)}"
    own = (f"{phase.word} {length_text(phase.length, labels)}" for phase in dose.phases)
    phases = ", ".join(own)
    every = f", {labels.one_every} {length_text(dose.every.length, labels)}" if dose.every else ""
    if dose.breaths:
        lungs = phases or ", ".join(_breath_phases(breath, labels))
        core = f"{_counted(reps, labels.breath, labels)} ({lungs})"
    elif phases:
        core = f"{count_text(reps)} × {f'({phases})' if len(dose.phases) > 1 else phases}"
    else:
        core = count_text(reps) if sets else _times(reps, labels)
    if dose.breathe:
        core = f"{labels.breathing} {length_text(dose.breathe.length, labels)} ({lungs})"
    in_all = f" {labels.in_all}" if dose.sides is Sides.ALTERNATE and not sets else ""
    return f"{sets}{core}{in_all}{_sides(dose.sides, labels)}{every}{_beats(dose, labels)}"


def _breath_phases(breath: Iterable[BreathPhase], labels: Labels) -> Iterator[str]:
    for phase in breath:
        yield f"{phase.word} {length_text(Length(phase.seconds, phase.seconds), labels)}"


def _group(step: Step, labels: Labels) -> str:
    dose = step.dose
    rounds = ""
    if dose.rounds:
        holds_steps = any(map(is_timed, step.nested))
        count = dose.rounds.count
        rounds = _counted(count, labels.round, labels) if holds_steps else _times(count, labels)
    period = (
        f", {labels.period.format(length_text(dose.every.length, labels))}" if dose.every else ""
    )
    order = f", {labels.shuffled}" if dose.shuffle else ""
    return f"{rounds}{_sides(dose.sides, labels)}{period}{order}"


def _silence(dose: Dose, kind: StepKind, labels: Labels) -> str:
    timed = kind.timed(dose)
    if timed is None:
        return ""
    shown = length_text(timed.length, labels)
    if kind is StepKind.WAIT:
        return labels.wait.format(shown)
    return f"{labels.rest} {shown}" if kind is StepKind.REST else shown


def _counted(count: Count, names: Forms, labels: Labels) -> str:
    return f"{count_text(count)} {labels.counted(count.high, names)}"


def _times(count: Count, labels: Labels) -> str:
    if count.high == 1:
        return labels.once
    return labels.counted(count.high, labels.times).format(count_text(count))
