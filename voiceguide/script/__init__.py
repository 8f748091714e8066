r"""`parse`: the text of a routine becomes a `Routine`, or every problem in it at once.

The grammar, line by line (docs/LANGUAGE.md says what it means):

    routine   = [front] {block}
    front     = "---" EOL {YAML line} "---" EOL
    block     = title | heading | note | prose | step | blank
    title     = "# " words                          once, before everything else
    heading   = "##" {"#"} " " words                at the left edge of its file, not in a step
    note      = ">" {character}                     consecutive lines are one note
    step      = "- " dose {note | prose | step | cue}      all of them indented deeper than the dash
    cue       = "- " moment ":" prose               below a step only
    comment   = "<!--" {character} "-->"            anywhere after the front matter

A bullet's dose, in any order but for phases, each clause once:

    dose      = clause {"," clause}
    clause    = ("hold" | "rest" | "pause" | "wait" | "ready" | "change" | "every") length
              | count ("rounds" | "times" | "reps" | "breaths")        or their singular
              | "each side" | "alternate sides" | "left side" | "right side"
              | "chime" [name] | "use" (name | path) | "option" name | "optional"
              | phase
    phase     = words length                        beside reps or breaths; so are hold and pause
    moment    = "first" | "again" | "start" | "half" | "end"
              | ("at" | "every" | "last") length

Prose, which may wrap over lines; a blank line is a break:

    prose     = {character | stress | tag | word | link | escape}
    stress    = "*" prose "*" | "**" prose "**"
    tag       = "[" (length | "chime" [name] | "sound" path) "]"
    word      = "{" (name | left "|" right) "}"
    link      = "[" prose "](" address ")"
    escape    = "\" ASCII punctuation

`voiceguide.lengths` has the grammar of `length` and `count`. What stands in a cue is the
prose after its colon and on the deeper lines below it; under `every`, `|` divides it into
texts that are said in turn, and `count down` under `last` counts.

How it is read: `decode` and `comments` make lines, `front` takes the settings off them,
`tree` grows bullets by indentation, `steps` reads what is in the tree, with `dose` and
`clauses` for a bullet's line, `cues` for its cues, and `prose`, `inline` and `sentences` for
words. A reader raises a `InputError` where it cannot go on; whoever can, reports it and does.
"""

from voiceguide.script.context import BUILT_IN_WORDS
from voiceguide.script.decode import plain_name
from voiceguide.script.parse import Parsed, parse
from voiceguide.script.source import Known, is_path, path_fault

__all__ = ["BUILT_IN_WORDS", "Known", "Parsed", "is_path", "parse", "path_fault", "plain_name"]
