"""Counted repetitions: each rep's number as it begins, its phases in words, then in ticks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from voiceguide.errors import Place
from voiceguide.lengths import Length
from voiceguide.routine import Moment, Side, Sides, Step
from voiceguide.sequence import prose
from voiceguide.sequence.cues import tick
from voiceguide.sequence.items import Close, Kind, Mark, Open, Run, Sound, Still
from voiceguide.sequence.passes import Turn
from voiceguide.sequence.unroller import Here, Score, capital

TEMPO = Length(4.0, 4.0)
"""Seconds a rep where the author gives neither phases nor `every`."""

TAUGHT = 2
"""So many reps say their phases in words, first and after a change of side."""

_BEFORE_HALF = 0.4
"""Seconds between a rep's number and the words of `half:`."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A phase of a rep as it will be timed; no word where the rep has only a tempo."""

    word: str
    length: Length
    place: Place
    share: str = ""


def play_reps(score: Score, step: Step, turn: Turn, here: Here) -> None:
    """All the reps of one pass."""
    parts = list(_parts(score, step))
    score.add(Open(Kind.REPS, score.around(step.place, here)))
    for number in range(1, (here.reps or 0) + 1):
        now = replace(here, rep=number, side=_side(step, here, number))
        taught = number <= TAUGHT and turn.new_side and not score.quiet
        _play_rep(score, step, parts, now, taught=taught)
    score.add(Close())


def _side(step: Step, here: Here, number: int) -> Side | None:
    alternates = step.dose.sides is Sides.ALTERNATE and here.side and number % 2 == 0
    return here.side.other if alternates and here.side else here.side


def _parts(score: Score, step: Step) -> Iterator[_Part]:
    dose = step.dose
    if dose.phases:
        yield from (_Part(phase.word, phase.length, phase.place) for phase in dose.phases)
    elif dose.every:
        yield _Part("", dose.every.length, dose.every.place)
    elif dose.breaths:
        for index, phase in enumerate(score.settings.breath):
            word = score.phrases.words.get(phase.word, phase.word)
            length = Length(phase.seconds, phase.seconds)
            yield _Part(word, length, step.place, share=f"breath {index}")
    else:
        yield _Part("", TEMPO, step.place, share="tempo")


def _play_rep(score: Score, step: Step, parts: list[_Part], here: Here, *, taught: bool) -> None:
    score.add(Open(Kind.REP, score.around(step.place, here)))
    for index, part in enumerate(parts):
        word = part.word if taught else ""
        runs = _phase_runs(score, step, word, here) if index else _begin(score, step, word, here)
        score.add(_phase(score, part, runs, here))
    score.add(Close())


def _phase(score: Score, part: _Part, runs: tuple[Run, ...], here: Here) -> Still:
    name = part.word or "rep"
    place = score.at(part.place, here)
    stretch = score.stretch(part.length, part.place, here)
    if part.share:
        stretch = replace(stretch, share=(place, part.share))
    marks = (Mark(Moment.START, 0.0, runs, f"rep {here.rep}", place),) if runs else ()
    around = score.around(part.place, here)
    return Still(None, stretch, around, marks, name, elastic=part.length.elastic)


def _begin(score: Score, step: Step, word: str, here: Here) -> tuple[Run, ...]:
    """The number, with the side where it alternates; the phase's word too where it fits."""
    said = [score.phrases.number(here.rep or 1)]
    if step.dose.sides is Sides.ALTERNATE and here.side:
        said.append(score.phrases.side(here.side))
    wishes = [[*said, word], said] if word else [said]
    counts = tuple(_counted(score, step, words, here) for words in wishes)
    half = _half(score, step, here)
    if not half:
        return counts
    first, *rest = half
    return tuple((*run, (_BEFORE_HALF, first[1]), *rest) for run in counts)


def _counted(score: Score, step: Step, words: list[str], here: Here) -> Run:
    text = capital(", ".join(words)) + "."
    return ((0.0, score.spoken(text, step.place, here, Kind.COUNT)),)


def _half(score: Score, step: Step, here: Here) -> Run:
    """The words of `half:`, in the rep that begins the second half."""
    if score.quiet or here.rep != (here.reps or 0) // 2 + 1:
        return ()
    texts = [cue.texts[0] for cue in step.cues if cue.moment is Moment.HALF and cue.texts]
    return prose.run(score, texts[0], here) if texts else ()


def _phase_runs(score: Score, step: Step, word: str, here: Here) -> tuple[Run, ...]:
    if not word:
        sound: Sound | None = tick(score, step, here)
    else:
        sound = score.spoken(capital(word) + ".", step.place, here)
    return (((0.0, sound),),) if sound else ()
