r"""`parse`: the text of a routine becomes a `Routine`, or every problem in it at once.

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

    dose     = clause {"," clause}                 each once, but for phases and segments
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
texts that are said in turn, and `count down` under `last` counts.

How it is read: `decode` makes lines and takes the settings off them, `tree` grows bullets by
indentation, `steps` reads what is in the tree: `doses` and `clauses` a bullet's line, `cues` its
cues, `prose` and `inline` words. `clauses` holds the table of all clauses. What people write
otherwise is put into these words by `synonyms`; what comes along from other scripts is told by
`foreign`. A reader raises an InputError where it cannot go on; whoever can, reports it and does.
`format` writes it all in one form.
"""

from voiceguide.script.decode import plain_name
from voiceguide.script.parse import Parsed, parse
from voiceguide.script.source import BUILT_IN_WORDS, Known, is_path, path_fault

__all__ = ["BUILT_IN_WORDS", "Known", "Parsed", "is_path", "parse", "path_fault", "plain_name"]
