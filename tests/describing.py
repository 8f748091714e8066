"""A routine as a few short lines, for tables of what scripts mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voiceguide.routine import (
    Block,
    Counted,
    Cue,
    Dose,
    Heading,
    Note,
    Option,
    Override,
    Picture,
    Piece,
    PlaySound,
    Prose,
    Routine,
    Sentence,
    Sided,
    Sides,
    Silence,
    Spoken,
    Step,
    Strike,
    Text,
    Timed,
    Use,
)


def describe(routine: Routine) -> str:
    """The title and the body, a line for each thing that is said, struck, waited or timed."""
    title = [f"title {routine.title}"] if routine.title else []
    return "\n".join([*title, *_blocks(routine.body)])


def _blocks(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Heading):
            yield f"chapter {block.level} {block.title}"
        elif isinstance(block, Note):
            yield f"note {block.text!r}"
        elif isinstance(block, Prose):
            yield from map(spoken, block.parts)
        elif isinstance(block, Picture):
            yield f"picture {block.path} {block.alternative!r}"
        else:
            yield f"step {', '.join(clauses(block.dose))}"
            yield from (f"  {line}" for line in _within(block))


def _within(step: Step) -> Iterator[str]:
    yield from map(_cue, step.cues)
    yield from _blocks(step.body)


def _cue(cue: Cue) -> str:
    name = f"{cue.moment.value} {cue.length}" if cue.length else cue.moment.value
    if cue.count_down:
        return f"cue {name}: count down"
    return f"cue {name}: " + " | ".join("; ".join(map(spoken, text)) for text in cue.texts)


def clauses(dose: Dose) -> Iterator[str]:
    """The clauses of a dose, in the order of its fields."""
    for name in dose.__struct_fields__:
        value = getattr(dose, name)
        if isinstance(value, Timed):
            yield f"{name} {value.length}"
        elif isinstance(value, Counted):
            yield f"{value.count} {name}"
        elif isinstance(value, Sides) and value is not Sides.UNSAID:
            yield value.value
        elif isinstance(value, Option | Use):
            yield f"{name} {value.name}"
        elif isinstance(value, Strike):
            yield spoken(value)
        elif isinstance(value, tuple):
            yield from (f"{phase.word} {phase.length}" for phase in value)
        elif value is True:
            yield name


def spoken(part: Spoken) -> str:
    """A part of prose."""
    if isinstance(part, Sentence):
        return f"say {''.join(map(_piece, part.pieces))}"
    if isinstance(part, Silence):
        return f"silence {part.length}"
    if isinstance(part, Strike):
        return f"chime {part.chime}" if part.chime else "chime"
    if isinstance(part, Override):
        return f"{part.setting} {part.value}"
    return f"sound {part.path}" if isinstance(part, PlaySound) else "break"


def _piece(piece: Piece) -> str:
    if isinstance(piece, Text):
        return f"*{piece.text}*" if piece.stressed else piece.text
    if isinstance(piece, Sided):
        return f"{{{piece.left}|{piece.right}}}"
    return f"{{{piece.name}}}"
