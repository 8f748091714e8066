"""How people write doses: patterns, and the house clauses that each stands for.

A pattern's groups name their content: `length` and `other` are lengths, `count` and `reps` are
counts, or several of either with slashes between them, one for each round. The patterns are exact;
`synonyms` tries them before any guess by similarity.
"""

from __future__ import annotations

from voiceguide.patterns import late

LIMB = (
    "side|leg|arm|knee|foot|hand|hip|shoulder|ankle|elbow|wrist|thigh|calf|heel|buttock|glute|ear"
    "|direction|way"
)
LIMBS = rf"(?:{LIMB}|legs|arms|sides|knees|feet|hands|hips|shoulders|calves|ankles|elbows|wrists"
LIMBS += "|directions|ways)"
EACH = (
    rf"(?:on |for |with |to |in |at )?(?:the )?(?:each|ea\.?|e/|every|per|a|both)[ -]?{LIMBS}"
    rf"|/ ?{LIMBS}|(?:on |for |with )?both|each|ea\.?|/ ?ea\.?|e/s|e\.?s\.?|b/l|bilateral(?:ly)?"
    r"|(?:on )?(?:the )?left(?: side)?,? (?:and|&|then|\+) (?:the )?right(?: side)?"
    r"|(?:on )?(?:the )?right(?: side)?,? (?:and|&|then|\+) (?:the )?left(?: side)?"
    r"|(?:l|left) ?[/&+] ?(?:r|right)|l and r|r and l|(?:r|right) ?[/&+] ?(?:l|left)"
    r"|unilateral(?:ly)?|each one|(?:change|switch|swap)(?: sides| legs)?"
    r"|one side (?:at a time|then the other)|then switch(?: sides)?"
    r"|(?:repeat |then )?(?:on )?(?:the )?other (?:side|leg|arm)"
)
ALTERNATE = (
    rf"alternat(?:e|ing|ely)(?:[ -]{LIMBS})?|sides in turn|in turn"
    r"|(?:switch|change)(?:ing)? sides (?:each|every) (?:rep|time)"
)
_ONE_SIDE = rf"(?:on |with |for )?(?:the |your )?{{0}}(?: (?:{LIMB}))?(?: only)?"

SIDES = (
    (rf"(?:{EACH})", "each side"),
    (rf"(?:{ALTERNATE})", "alternate sides"),
    (_ONE_SIDE.format("(?:left|l)"), "left side"),
    (_ONE_SIDE.format("(?:right|r)"), "right side"),
)

HEADS = {
    "hold": "(?:isometric |static )?hold(?:ing|s)?(?: it| this| that| time)?|keep(?: it)?|stay"
    "|remain",
    "rest": "rest(?:ing)?|break|recover(?:y)?|take a (?:rest|break)",
    "pause": "pause|silence|wait silently",
    "ready": "ready|get ready|prepare|preparation|prep|get set|set ?up",
    "change": "change ?over|(?:change|switch|swap)(?: sides| legs| arms| over)?",
    "breathe": "breathe|breathing",
    "wait": "wait",
    "every": "every",
}
"""The language's own words, each with a pattern for all its spellings."""

_BETWEEN = (
    r"(?: (?:in )?between(?: (?:the |each )?(?:sets?|rounds?|sides|reps?|each|them|holds?))?"
    r"| (?:after|between) each(?: \w+)?)?"
)
HEAD_FIRST = tuple(
    (rf"(?:{words})(?: for| of)?:? (?P<length>.+?){_BETWEEN if house != 'pause' else ''}", house)
    for house, words in HEADS.items()
)
HEAD_LAST = tuple(
    (rf"(?P<length>.+?)[ -](?:{HEADS[house]}){_BETWEEN if house != 'pause' else ''}", house)
    for house in ("hold", "rest", "pause", "ready", "change", "breathe")
)

_X = r" ?[x×*✕·] ?"
SETS = r"(?:sets?|rounds?|series|circuits?|cycles?|laps?|repeats?|bouts?)"
REPS = r"(?:reps?\.?|repetitions?|times|x)"
_COUNT = r"(?P<count>\d[^x×]*?)"
LEADING_ROUNDS = late(rf"{_COUNT}(?:{_X}| ?{SETS} of:? )(?P<rest>\D.*|\d.* .*)")
_TWO = "{reps} reps", "{count} rounds"
_HELD = "hold {length}", "{count} rounds"
_478 = "{count} breaths", "in 4s", "hold 7s", "out 8s"
_BOX = "{count} breaths", "in 4s", "hold 4s", "out 4s", "hold 4s"
_SQUARE = "{count} breaths", "in {a}s", "hold {a}s", "out {a}s", "hold {a}s"
_TIME = r"(?P<length>\d*:\d\d|\d+['′]|\d+ ?(?:s|secs?|seconds?|mins?|minutes?))"
_SEGMENT = "{word} {length}", "{count} rounds"
_WORK = "work {reps}s", "rest {other}s", "{count} rounds"
_BREATHS = r"(?P<reps>\d\S*?) ?(?:(?:slow|deep|full|calm|long|even) )*breaths?(?: cycles?)?"

PATTERNS: tuple[tuple[str, ...], ...] = (
    # breaths
    (rf"4[-:/]7[-:/]8(?: breath(?:ing|s)?)? ?x ?{_COUNT}", *_478),
    (rf"(?P<a>\d+)(?:-(?P=a)){{3}} ?x ?{_COUNT}", *_SQUARE),
    (rf"(?:box|square) breath(?:ing|s)?,? ?(?:x ?)?{_COUNT} ?(?:{SETS}|x|times)?", *_BOX),
    (
        r"(?:box|square) breath(?:ing|s)?,? (?:for )?(?P<length>.+)",
        *("breathe {length}", *_BOX[1:]),
    ),
    (
        r"(?P<reps>\d+)(?: ?s)?/(?P<other>\d+)(?: ?s)?(?: ?x ?| for )(?P<count>\d+)(?: rounds)?",
        *_WORK,
    ),
    (r"(?P<count>\d+) ?x ?(?P<reps>\d+)(?: ?s)?/(?P<other>\d+)(?: ?s)?", *_WORK),
    (r"tabata(?: 20/10)?(?: ?x ?8)?", "work 20s", "rest 10s", "8 rounds"),
    # breaths in sets
    (rf"{_COUNT}(?:{_X}| ?{SETS} (?:of )?){_BREATHS}", "{reps} breaths", "{count} rounds"),
    (rf"{_BREATHS}{_X}{_COUNT}(?: {SETS})?", "{reps} breaths", "{count} rounds"),
    (rf"(?:take )?{_BREATHS}", "{reps} breaths"),
    (r"breathe (?:in and out )?(?P<reps>\d\S*) ?(?:times|x)", "{reps} breaths"),
    # sets of reps, and reps in sets
    (rf"{_COUNT}{_X}(?P<reps>.+?)(?: ?{REPS})?", *_TWO),
    (rf"{_COUNT} ?{SETS}{_X}(?P<reps>.+?)(?: ?{REPS})?", *_TWO),
    (rf"{_COUNT} ?{SETS} (?:of|à|at|a|@) (?P<reps>.+?)(?: ?{REPS})?", *_TWO),
    (r"(?P<count>\d+) ?sets? (?P<reps>\d+(?:-\d+)?)", *_TWO),
    (
        rf"(?P<reps>.+?) ?(?:reps?|repetitions?)(?:{_X}| for | in )(?P<count>.+?)(?: {SETS})?",
        *_TWO,
    ),
    (r"(?:sets|rounds): ?(?P<count>.+?),? reps: ?(?P<reps>.+)", *_TWO),
    (rf"(?P<reps>\d+(?:-\d+){{2,}}) ?{REPS}", "{reps} reps"),
    (rf"(?P<reps>\d\S*) alternating(?: {REPS})?", "{reps} reps", "alternate sides"),
    (rf"(?P<reps>\d[^x×/]*?) ?(?:{EACH})", "{reps} reps", "each side"),
    (rf"(?P<reps>\d[^x×/]*?) ?(?:{ALTERNATE})", "{reps} reps", "alternate sides"),
    (rf"(?P<reps>\d[^x×/]*?) ?(?:x|times),? ?(?:{EACH})", "{reps} times", "each side"),
    (rf"(?:{EACH})[,:]? (?:of )?(?P<reps>\d[^x×/]*?) ?(?:x|times)", "{reps} times", "each side"),
    (rf"(?:{EACH})[,:]? (?:of )?(?P<reps>\d[^x×/]*?) ?{REPS}", "{reps} reps", "each side"),
    (
        rf"{_COUNT}{_X}(?P<reps>\d+){_X}(?P<length>\d[^x×]*?)(?: holds?)?",
        "{reps} reps",
        "{count} rounds",
        "hold {length}",
    ),
    (
        rf"(?P<reps>\d+) ?{REPS}{_X}{_COUNT} ?{SETS}{_X}(?P<length>\d[^x×]*?)(?: holds?)?",
        "{reps} reps",
        "{count} rounds",
        "hold {length}",
    ),
    (
        rf"(?:hold )?(?P<length>\d[^x×]*?)(?: holds?)?{_X}(?P<reps>\d+) ?(?:reps?|repetitions?)",
        "{reps} reps",
        "hold {length}",
    ),
    (r"(?P<reps>\d+) ?(?:left|l)(?: side)?", "{reps} reps", "left side"),
    (r"(?P<reps>\d+) ?(?:right|r)(?: side)?", "{reps} reps", "right side"),
    (r"(?P<length>\d+(?:-\d+){2,} ?(?:s|secs?|seconds?|min(?:utes?)?))", "hold {length}"),
    (
        r"(?P<reps>\d.*?) reps holding(?: each)?(?: for)? (?P<length>.+?)(?: each)?",
        "{reps} reps",
        "hold {length}",
    ),
    (rf"(?P<length>\d.*?) ?(?:{EACH}) holds?", "hold {length}", "each side"),
    # holds in sets
    (rf"(?:hold )?(?:for )?(?P<length>\d.*?),? {_COUNT} ?(?:x|times)", *_HELD),
    (rf"{_COUNT} (?P<length>\d[\d.:]* ?[a-z]+) holds?", *_HELD),
    (rf"(?:hold )?{_COUNT}{_X}(?P<length>.+?)(?: holds?)?", *_HELD),
    (rf"{_COUNT} ?{SETS}(?: of|{_X}| à| at| a| @)? ?(?P<length>.+?)(?: holds?)?", *_HELD),
    (rf"(?:hold )?(?:for )?(?P<length>.+?){_X}(?P<count>\d+)(?: {SETS})?", *_HELD),
    (rf"(?:hold )?(?:for )?(?P<length>.+?),? (?P<count>\d+) {SETS}", *_HELD),
    # segments
    (rf"{_TIME} (?:on|work)", "work {length}"),
    (rf"{_TIME} (?:off|rest)", "rest {length}"),
    (r"5-4-3-2-1", "count in 5"),
    # segments in rounds
    (rf"{_COUNT}{_X}(?P<length>\d\S*(?: [a-z]+)?) (?P<word>[a-z][a-z -]*)", *_SEGMENT),
    (rf"{_COUNT}{_X}(?P<word>[a-z][a-z -]*?) (?P<length>\d.*)", *_SEGMENT),
    (r"(?P<reps>\d+) ?s? on[ ,/]+(?P<count>\d+) ?s? off", "work {reps}s", "rest {count}s"),
    # counts alone
    (r"for (?P<length>\d.*)", "hold {length}"),
    (rf"(?:for )?{_COUNT} ?{SETS}", "{count} rounds"),
    (rf"[x×] ?{_COUNT}(?: ?(?:{SETS}|times))?", "{count} rounds"),
    (rf"{_COUNT} ?[x×]?,? ?(?:times )?repeat(?:ed|s)?", "{count} rounds"),
    (rf"(?:sets|rounds|series) {_COUNT}", "{count} rounds"),
    (r"(?:reps|repetitions) (?P<reps>\d.*)", "{reps} reps"),
    (
        r"(?:repeat|do|perform|complete|go)(?: this| it| them| these| the above| all)? x? ?"
        rf"{_COUNT}(?: ?(?:times|x|more times|{SETS}))?",
        "{count} rounds",
    ),
    (rf"{SETS}: ?{_COUNT}", "{count} rounds"),
    (r"(?:for )?(?P<reps>\d.*?) ?(?:reps?\.?|repetitions?)", "{reps} reps"),
    (r"(?:reps?|repetitions?): ?(?P<reps>.+)", "{reps} reps"),
    (r"(?:breaths?): ?(?P<reps>.+)", "{reps} breaths"),
    (
        r"(?:for )?(?P<reps>\d.*?) (?:slow |deep |full |calm |long |even )+breaths?",
        "{reps} breaths",
    ),
    (r"(?P<a>\d+)-(?P<b>\d+)-(?P<c>\d+) breath(?:ing|s?)", "in {a}s", "hold {b}s", "out {c}s"),
    # the clock
    (r"every min(?:ute)?(?: on the minute)?", "every 1 min"),
    (r"(?P<reps>\d+) ?min(?:utes?)? emom", "{reps} rounds", "every 1 min"),
    (
        r"(?:emom|every minute on the minute)(?: ?[x×]| for)? (?P<reps>\d+)"
        r"(?: ?(?:min(?:utes|s)?|rounds?|x))?",
        *("{reps} rounds", "every 1 min"),
    ),
    (
        r"e(?P<other>\d)mom(?: ?[x×]| for)? (?P<reps>\d+)(?: ?(?:rounds?|x))?",
        *("{reps} rounds", "every {other} min"),
    ),
    (r"(?:one|1) (?:rep )?every (?P<length>.+)", "every {length}"),
    (
        rf"(?:pause|silence)(?: for)? (?P<length>.+?){_BETWEEN[:-1]}",
        "rest {length}",
    ),
    (
        rf"(?P<length>\d.*?)(?: of)? (?:pause|silence){_BETWEEN[:-1]}",
        "rest {length}",
    ),
    (
        rf"(?P<length>\d.*?) (?:in )?between(?: (?:the )?(?:{LIMBS}|sets|rounds))?",
        "rest {length}",
    ),
    (
        r"(?:count(?:down| down|-down|-in| in)|count me in)(?: from| for)? (?P<reps>\d+) ?s?",
        "count in {reps}",
    ),
    (r"(?P<reps>\d+)[ -]?(?:s|secs?|seconds?)? count[ -]?(?:down|in)", "count in {reps}"),
    (r"(?:count-in|count me in|with (?:a )?count[ -]in)", "count in"),
    (
        r"(?:metronome|click)(?: at)?:? (?P<reps>\d+) ?(?:bpm|beats(?: per| a)? min(?:ute)?)?",
        "metronome {reps}",
    ),
    (r"(?:at |@ ?)?(?P<reps>\d+) ?(?:bpm|beats? (?:per|a) min(?:ute)?)", "metronome {reps}"),
    (r"(?:in )?(?:any|random|shuffled|mixed) order|shuffled", "shuffle"),
    (r"if you (?:can|like|want|wish)|as an option", "optional"),
)
"""A pattern and the clauses that it stands for in each row. Tried in this order; the first match
whose lengths and counts can be read wins. Compiled when first tried: most routines need none."""

TEMPO = (
    late(r"(\d)-(\d)-(\d)(?:-(\d))?"),
    late(r"(\d+)[-:](\d+)[-:](\d+)(?:[-:](\d+))? tempo"),
    late(r"(?:at |with )?(?:a )?(?:tempo:? ?|@ ?)(\d+)[-/: ](\d+)[-/: ](\d+)(?:[-/: ](\d+))?"),
    late(r"(?:at |with )?(?:a )?(?:tempo:? ?|@ ?)(\d)(\d)(\d)(\d)?"),
)
TEMPO_WORDS = ("lower", "hold", "lift")

FREQUENCY = late(
    r"(?:(?:\d+(?: ?(?:-|–|to) ?\d+)?|one|two|three|four|five|six|seven)"
    r" ?(?:x|×|times?|days?|sessions?)?|once|twice|once or twice)"
    r" ?(?:a|an|per|each|every|/) ?(?:day|week|month|hour|morning|evening|night)"
    r"|(?:\d+(?: ?(?:-|–|to) ?\d+)? ?(?:x|×|times) |twice |once )?(?:daily|weekly|a day)"
    r"|every(?: (?:other|second|two|few))? (?:days?|hours?|mornings?|evenings?|nights?)"
)
OWN_PACE = late(
    r"(?:hold |rest |stay |reps )?(?:for )?(?:"
    r"(?:at|in) your own (?:pace|time|speed)|as (?:tolerated|needed)|take your time"
    r"|max(?:imum)? reps"
    r"|as (?:many|often|long) as (?:you (?:can|like)|tolerated|possible)|to failure|amrap"
    r"|(?:un)?til (?:you are )?(?:ready|tired|failure|fatigued?|done)"
    r"|when(?:ever)? (?:you(?:'re| are) )?ready)"
)

# ── what is no clause, and is answered with one, or with what it is ──────────

EFFORT = late(
    r"(?:(?:with|at|@) ?)?"
    r"(?:(?:rpe|rir|borg) ?\d.*|\d[\d.,-]* ?(?:%|rir\b|kgs?\b|kilos?\b|lbs?\b).*)"
)
DISTANCE = late(
    r"(?<![\w.])(?:\d{3,}[\d.,]* ?m"
    r"|\d[\d.,]* ?(?:km|k|mi|miles?|yards?|yds?|met(?:re|er)s?))\b(?! ?/)"
)
MORE_OR_LESS = late(r"(?:(?:up to|no more than|at most|max(?:imum|\.)?|min(?:imum|\.)?) )?\d")
NAME_TIMES = late(r"([^\W\d][^\d]*?) [x×] ?(\d+(?:-\d+)?)")
BETWEEN_WORDS = late(
    r"([a-z]+(?: [a-z]+){0,2}) (\d\S*(?: ?(?:s|secs?|seconds?|mins?|minutes?))?)"
    r" ([a-z]+(?: [a-z]+)?)"
)
"""A word, a length and more words: `bike 10 min easy`."""
