"""Put a dose into plain English: translate it, write numbers in digits, drop needless words.

    drei Sätze à zehn Wdh       3 sets of 10 reps
    three 30-second holds       3 x 30 second hold
    hold for a count of five    hold for 5s

This comes before `synonyms`, which finds the clauses that are meant. A language's words are in its
`clauses.yaml`; a word that adds nothing to a dose has no English word there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from voiceguide.languages import find_language, numbers
from voiceguide.patterns import late

# ── the words of other languages ─────────────────────────────────────────────


@cache
def _translations(language: str) -> tuple[re.Pattern[str], Mapping[str, str]] | None:
    known = find_language(language)
    if known is None or not known.clauses:
        return None
    table = {
        str(own): str(english or "") for own, english in known.clauses.items() if "#" not in own
    }
    longest_first = sorted(table, key=len, reverse=True)
    # a word in lower case matches in any case; a word with a capital only as written: `Pause`
    words = (
        re.escape(own) if own != own.lower() else f"(?i:{re.escape(own)})" for own in longest_first
    )
    return re.compile(rf"(?<![^\W\d])(?:{'|'.join(words)})(?![^\W\d])"), table


@cache
def _around_numbers(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of what a language writes around numbers, `# a #`, and templates in English."""
    known = find_language(language)
    rows = {} if known is None else known.clauses
    return tuple(
        (re.compile(rf"\b{re.escape(own)}\b".replace(r"\#", r"(\d[\d.,]*)"), re.I), english)
        for own, english in rows.items()
        if "#" in own
    )


@cache
def own_heads(language: str, heads: frozenset[str]) -> tuple[str, ...]:
    """The language's own words for some English ones; short words resemble too many others."""
    known = _translations(language)
    rows = known[1].items() if known else ()
    return tuple(own for own, english in rows if english in heads and len(own) > 4)


def in_english(text: str, language: str) -> str:
    """Translate the words of a dose into English; the result is in lower case."""
    for around, plain in _around_numbers(language):
        text = around.sub(plain, text)
    known = _translations(language)
    if known:
        pattern, table = known

        def english(found: re.Match[str]) -> str:
            own = found[0] if found[0] in table else found[0].lower()
            return table[own]

        text = " ".join(pattern.sub(english, text).split())
    return text.lower()


# ── numbers in words ─────────────────────────────────────────────────────────

_IN_WORDS = (*range(1, 21), 25, 30, 40, 45, 50, 60, 90)
_AND_A_HALF = {
    "a minute": "1 min",
    "half a minute": "30s",
    "half a min": "30s",
    "an hour": "1 h",
    "a minute and a half": "90s",
    "one and a half minutes": "90s",
    "a couple of breaths": "2 breaths",
    "two and a half minutes": "150s",
    "half an hour": "30 min",
}


@cache
def _numerals(language: str) -> Mapping[str, str]:
    """Number words of this language and of English, `three`: `3`; up to twenty, and tens."""
    known = dict(_AND_A_HALF)
    for counting in map(numbers, dict.fromkeys(("en", language))):
        for gender in ("", *counting.endings):
            known.update({counting.words(n, gender): str(n) for n in _IN_WORDS})
    return known


def in_digits(text: str, language: str = "en") -> str:
    """Replace number words in a text by digits: `3 sets of 10`."""
    known = language if find_language(language) else "en"
    return _numeral_pattern(known).sub(lambda found: _numerals(known)[found[0]], text)


@cache
def _numeral_pattern(language: str) -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, _numerals(language)), key=len, reverse=True))
    return re.compile(rf"\b(?:{words})\b")


# ── words that add nothing, and other ways to write a number ─────────────────

_UNIT = r"(?:seconds?|secs?|s|minutes?|mins?|breaths?)"
_STRETCH = r"(?:position|stretch|pose|posture|contraction)"

_TIDIED = tuple(
    (late(written), plain)
    for written, plain in (
        (r"^(in|inhale) (\d+),? (out|exhale) (\d+)$", r"\1 \2s, \3 \4s"),
        (r"(?<!\d)\*+|\*+(?!\d)", ""),
        (r"(?<=\d)\s?[~～]\s?(?=\d)", "-"),
        (r"[~≈]\s*(?=\d)", ""),
        (r"\bbetween (\d\S*) and (?=\d)", r"\1 to "),
        (r"^a (?=\d)", ""),
        (
            r"\b(?:about|approx(?:imately|\.)?|around|roughly|circa|ca\.?|at least|a minimum of)"
            r"\s+(?=[\d½:])",
            "",
        ),
        (rf"(?<=\d)\+(?= ?{_UNIT}\b)|(?<=\d[sm])\+(?=\s|$)", ""),
        (rf"(\d)-({_UNIT})\b", r"\1 \2"),
        (r"(?<=\d)( ?min(?:ute)?s?) and (?=\d+ ?s)", r"\1 "),
        (r"\bonce\b", "1 time"),
        (r"\btwice\b", "2 times"),
        (r"\bthrice\b", "3 times"),
        (r"\b(?:(?:for|to) )?(?:a )?(?:slow )?count of (\d+)\b", r"for \1s"),
        (r"\b(\d+)[ -](?:counts?|beats)\b", r"\1s"),
        (r"\b(?:for )?a second\b", "for 1s"),
        (
            r",? (?:at (?:the )?(?:top|bottom|end)(?: of (?:each|every|the) \w+)?"
            r"|(?:each|every|per) (?:rep|repetition|one|time)|in the end position)$",
            "",
        ),
        (rf"\bhold(?:ing)?(?: (?:the|this|that|each|your|every|in))* {_STRETCH}\b", "hold"),
        (rf"^(?:the )?{_STRETCH} (?=\d.*\bhold$)", ""),
        (r"\bhold (?:each|every)(?: (?:one|rep|side))? for\b", "hold for"),
        (
            r"^(?:please )?(?:do|perform|complete|aim for|try(?: for)?|work up to|start with)"
            r" (?=\d)",
            "",
        ),
        (r"(?<=reps) (?:in )?total\b", ""),
        (r"(\d) ?(?:in )?total\b", r"\1 reps"),
        (r"\bleft(?: side)? then (?:the )?right(?: side)?\b", "left and right"),
        (r"\s*\(\s*x ?(\d)", r" x \1"),
        (
            r"(?<=[a-z]{2})(?<!sec)(?<!secs)(?<!min)(?<!mins)(?<!nds)(?<!tes)/(?=\d+ ?(?:s|min))",
            " ",
        ),
        (r"\s*[()]\s*|\s+/\s+", " "),
        (r"(?<=\S)\.(?=\s|$)", ""),
        (r"^(?:(?:and|then|of|is|for) )+(?=\d|hold|rest|on )", ""),
    )
)


def tidied(text: str) -> str:
    """Remove words that change nothing, as `at least` in `hold at least 30 seconds`."""
    for written, plain in _TIDIED:
        text = written.sub(plain, text)
    return " ".join(text.split())
