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

from voiceguide.script.decode import plain_name
from voiceguide.script.parse import Parsed, parse
from voiceguide.script.source import BUILT_IN_WORDS, Known, is_path, path_fault

__all__ = ["BUILT_IN_WORDS", "Known", "Parsed", "is_path", "parse", "path_fault", "plain_name"]
