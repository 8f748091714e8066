"""`lint` warns of what an author may have forgotten; a session with warnings still plays.

Each rule has a name, a message and a way out. It examines what was written (the tree) or what
will be heard (the sequence and the timeline). A routine that is brought in by `use` is examined
when it is checked itself; only the rules on a whole session (`no-safety`, `no-ending`,
`long-talk`) include it here. `allow: NAME` in the front matter switches a rule off.
"""

from __future__ import annotations

from collections.abc import Iterator

from voiceguide.errors import Problem, Severity, in_file_order
from voiceguide.lint import rules
from voiceguide.lint.rules import Rule, Subject

RULES = (
    Rule(
        "one-side",
        "`{side}` is in this chapter without `{other}`",
        "write `each side`, or add a step with `{other}`",
        rules.one_side,
    ),
    Rule(
        "no-instruction",
        "nothing is said before {this}",
        "say how to get there: write it on the lines under the step",
        rules.no_instruction,
    ),
    Rule(
        "no-way-out",
        "nothing is said after {this}, the last of its chapter",
        "say how to come out of it: add `- end: …` under the step, or prose after it",
        rules.no_way_out,
    ),
    Rule(
        "no-safety",
        "before the first timed step, nothing is said of when to stop",
        "begin with words such as: Stop if you feel a sharp pain.",
        rules.no_safety,
    ),
    Rule(
        "no-ending",
        "nothing makes the end unmistakable: the phrase `finish` is switched off",
        "leave the phrase in, or end with words of your own and a chime",
        rules.no_ending,
    ),
    Rule(
        "long-words",
        "the words in this {what} take {words} of its {length}",
        "say less, or make the {what} longer",
        rules.long_words,
    ),
    Rule(
        "no-heading",
        "this step is not in a chapter of this routine",
        "write a heading above it, such as `## Stretch`",
        rules.no_heading,
    ),
    Rule(
        "long-talk",
        "from here on, {length} of talk have no pause",
        "put a silence such as `[3s]` between, or say less",
        rules.long_talk,
    ),
    Rule(
        "untimed-hold",
        "these words ask for time, and nothing gives it",
        "put a silence such as `[10s]` behind them, or a step such as `- hold 10s`",
        rules.untimed_hold,
    ),
    Rule(
        "stage-direction",
        "{this} would be spoken",
        "delete it, make it a note, `> …`, or take the brackets away",
        rules.stage_direction,
    ),
    Rule(
        "long-sentence",
        "this sentence has {count} words",
        "make two of it: a listener cannot look back",
        rules.long_sentence,
    ),
    Rule(
        "nothing-to-see",
        "{this}: nobody looks while they listen",
        "say what there is to see, or put the picture only on the sheet: `![…](…)`",
        rules.nothing_to_see,
    ),
    Rule(
        "technical-note",
        "{this} means nothing on a patient's sheet",
        "say it in other words, or only for the professional: `>> …`",
        rules.technical_note,
    ),
)

RULE_NAMES = frozenset(rule.name for rule in RULES)


def lint(subject: Subject) -> tuple[Problem, ...]:
    """What the rules find, as warnings; rules that the routine allows are skipped."""
    return in_file_order(_found(subject))


def _found(subject: Subject) -> Iterator[Problem]:
    for rule in RULES:
        if rule.name not in subject.settings.allow:
            for finding in rule.find(subject):
                message = f"{rule.sentence.format_map(finding.values)} ({rule.name})"
                way_out = rule.way_out.format_map(finding.values)
                yield Problem(message, way_out, finding.place, severity=Severity.WARNING)
