r"""`parse`: turn the text of a routine into a `Routine`, or report all problems in it at once.

The grammar, line by line (docs/LANGUAGE.md says what it means):

    routine  = [front] {block}
    front    = "---" EOL {YAML line} "---" EOL
    block    = title | heading | note | picture | prose | step | blank
    title    = "# " words                          once, before everything else
    heading  = "##" {"#"} " " words                at the left edge, not in a step
    note     = (">" | ">>") {character}            consecutive lines are one note
    picture  = "![" words "](" path ")"            on a line of its own
    step     = "- " [name ":"] dose {block | cue}  all of them indented deeper than the dash
    cue      = "- " [segment] moment ":" prose     below a step only
    comment  = "<!--" {character} "-->"            anywhere after the front matter

    dose     = clause {"," clause}                 only phases and segments may repeat
    clause   = ("hold" | "rest" | "pause" | "wait" | "ready" | "change" | "every") lengths
             | "breathe" length | counts ("rounds" | "times" | "reps" | "breaths")
             | "hold" length "left" "," length "right"
             | "each side" | "alternate sides" | "left side" | "right side"
             | "count in" [seconds] | "metronome" beats | "shuffle" | "optional" | "option" name
             | "chime" [name] | "use" (name | path)
             | words lengths                       a phase beside reps, else a segment
    lengths  = length {"/" length}                 one for each round; counts likewise
    moment   = "first" | "again" | "start" | "half" | "end" | ("at" | "every" | "last") length

    prose    = {character | stress | tag | word | link | escape}      a blank line is a break
    stress   = "*" prose "*" | "**" prose "**"
    tag      = "[" (length | "chime" [name] | "sound" path | setting value) "]"
    word     = "{" (name ["|" words] | left "|" right) "}"
    link     = "[" prose "](" address ")"
    escape   = "\" ASCII punctuation

`voiceguide.lengths` has the grammar of `length` and `count`. Under `every`, `|` divides a cue into
texts that are spoken in turn; `count down` under `last` counts the seconds down.

The modules: `decode` splits the text into lines and reads the front matter, `tree` nests the lines
by indentation, `steps` reads the bullets of the tree and their cues, `doses` and `clauses` read a
bullet's line, `prose` and `inline` read words. `clauses` holds the table of all clauses.
`synonyms` translates other common spellings into these clauses; `foreign` detects text that
belongs to other kinds of script. A reader that cannot go on raises an InputError; a caller that
can go on reports it and does. `format` writes a routine in one form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TypeGuard

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import EnoughProblems, InputError, Problem, Reporter, quote
from voiceguide.routine import Block, Heading, Note, Picture, Routine
from voiceguide.script.clauses import HEADS
from voiceguide.script.decode import (
    decode,
    plain_name,
    read_front,
    showable,
    speakable,
    split_lines,
    without_comments,
)
from voiceguide.script.instructions import can_be_read, unreported
from voiceguide.script.prose import read_heading, read_prose
from voiceguide.script.source import (
    BUILT_IN_WORDS,
    Known,
    ReadingContext,
    Scope,
    is_path,
    path_fault,
)
from voiceguide.script.steps import dosed, is_cue, names_moment, read_note, read_picture, read_step
from voiceguide.script.tree import Cut, HeadingLine, Node, NoteLines, PictureLine, ProseLines, grow

__all__ = ["BUILT_IN_WORDS", "Known", "Parsed", "is_path", "parse", "path_fault", "plain_name"]


class Parsed(Struct, frozen=True):
    """The result of parsing a text."""

    routine: Routine | None
    """The part of the routine that could be understood; None if there is none."""
    problems: tuple[Problem, ...]
    """All problems, in the order of the file."""


def parse(data: bytes | str, source: str, known: Known) -> Parsed:
    """Read a routine, and find all problems in it at once.

    `source` is the name that problems show; `known` holds the names that exist outside the
    file. Raises nothing, whatever the data holds.
    """
    text, fault = decode(data, source)
    raw = split_lines(text)
    context = ReadingContext(Reporter(source, showable(raw)), known)
    routine = None
    with suppress(EnoughProblems), context.report.catching():
        if fault:
            raise fault
        routine = _read(raw, context)
    return Parsed(routine, context.report.problems())


def _read(raw: tuple[str, ...], context: ReadingContext) -> Routine:
    report = context.report
    lines = speakable(raw, report)
    front = read_front(lines, report)
    nodes = grow(without_comments(lines, front.body_from, report), report)
    context = replace(context, language=front.language)
    blocks = list(_blocks(nodes, Scope(front.words), context))
    title, body = _titled(blocks, report)
    if not len(report) and all(isinstance(block, Heading | Note | Picture) for block in body):
        message = "there is nothing to say here, and nothing to time"
        report.error(report.place(1), message, "write prose to be spoken, and bullets to be timed")
    return Routine(report.source, title, front.settings, body, showable(raw))


def _titled(blocks: list[Block], report: Reporter) -> tuple[str | None, tuple[Block, ...]]:
    """The title, and the blocks without it; misplaced titles are reported."""
    titles = [block for block in blocks if _is_title(block)]
    for title in titles:
        if title is not titles[0]:
            message, way_out = "a routine has one title", f"write {quote(f'## {title.title}')}"
        elif title is not blocks[0]:
            message, way_out = "the title stands first", "move it up, or write `##` for a chapter"
        else:
            continue
        report.error(title.place, message, way_out)
    body = tuple(block for block in blocks if not _is_title(block))
    return titles[0].title if titles else None, body


def _is_title(block: Block) -> TypeGuard[Heading]:
    return isinstance(block, Heading) and block.level == 0


def _blocks(nodes: Iterable[Node], scope: Scope, context: ReadingContext) -> Iterator[Block]:
    for node in nodes:
        with context.report.catching():
            block = _block(node, scope, context)
            if block:
                yield block


def _block(node: Node, scope: Scope, context: ReadingContext) -> Block | None:
    if isinstance(node, HeadingLine):
        return read_heading(node.first, context)
    if isinstance(node, NoteLines):
        return read_note(node, context)
    if isinstance(node, Cut):
        return None
    if isinstance(node, PictureLine):
        return read_picture(node, context)
    if isinstance(node, ProseLines):
        return read_prose(node.lines, scope, context)
    if is_cue(node, context):
        head = node.line.text.split(":")[0].strip()
        line = context.passage([node.line])
        place = line.place(0, len(head))
        if not names_moment(head) and can_be_read(line.part(0, len(head)), unreported(context)):
            message = f"{quote(f'{head}:')} is a dose, and takes no colon"
            raise InputError(message, "its words go on the lines under it", place)
        if head.lower() in HEADS:
            rest = node.line.text.split(":", 1)[1].strip()
            raise InputError(f"`{head}` takes no colon", f"write `{head} {rest}`", line.place())
        message = f"the cue {quote(head)} is not under a step"
        raise InputError(message, "indent it under the step that it belongs to", place)
    return read_step(dosed(node, context), scope, context)
