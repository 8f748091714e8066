"""Normalise written text to words that a voice can read: `30s` becomes `thirty seconds`.

First, characters that are not speech in any language are removed. Then the rules of the language
turn numbers, abbreviations, units and signs into words; a language without rules is only cleaned.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from voiceguide.languages import tag_of
from voiceguide.patterns import late
from voiceguide.speech.lexicon import Lexicon
from voiceguide.speech.reading.patterns import (
    ReadingRule,
    apply,
    cleaned,
    language_rules,
    tidied,
    unstressed,
)
from voiceguide.speech.reading.rules import rules


def normalise(text: str, language: str = "en") -> str:
    """Normalise a text to words, without respellings and stress marks."""
    return _without_edges(tidied(in_words(unstressed(cleaned(text)), language)), text)


def spoken_form(text: str, language: str, lexicon: Lexicon) -> str:
    """Turn a text into the form that the engine gets: normalised, with the lexicon applied.

    Words are looked up before the language's rules are applied, so that `L/R` can be respelled; a
    respelling is final.
    """
    said = lexicon.apply(
        unstressed(cleaned(text)), lambda between: tidied(in_words(between, language))
    )
    return _without_edges(said, text)


def in_words(text: str, language: str) -> str:
    """Write out numbers, abbreviations, units and signs, if the language has rules for them."""
    return apply(_rules_of(tag_of(language)), text)


def _without_edges(text: str, written: str) -> str:
    """Remove outer spaces and leading pauses of `text`; keep the full stop of a `written`
    sentence."""
    said = " ".join(text.split()).lstrip(",;: ")
    sentence = said[-1:].isalnum() and written.rstrip().endswith(".") and written[:1].isupper()
    return f"{said}." if sentence else said


@cache
def _rules_of(language: str) -> tuple[ReadingRule, ...]:
    known = language_rules(language)
    return rules(known) if known else ()


# ── stress: `*word*` is kept for engines that can stress words ───────────────


_STRESSED = late(r"(\*{1,2})(?=[^\s*])([^*]*[^\s*])\1(?!\*)")
_POINTS = ".,;:!?\"'()"


def stressed_form(text: str, form_of: Callable[[str], str]) -> str:
    """The spoken form of a text, by `form_of`, with `*` around its stressed words."""
    words = form_of(text).split()
    marks = {}
    for found in _STRESSED.finditer(text):
        before = form_of(text[: found.start()]).split()
        inside = form_of(found[2]).split()
        start, stop = len(before), len(before) + len(inside)
        if inside and _alike(words[:start], before) and _alike(words[start:stop], inside):
            marks[start] = stop
    for start, stop in marks.items():
        words[start:stop] = _marked(words[start:stop])
    return " ".join(words)


def _alike(some: list[str], others: list[str]) -> bool:
    """Whether the words are equal apart from the punctuation around them."""
    return [word.strip(_POINTS) for word in some] == [word.strip(_POINTS) for word in others]


def _marked(words: list[str]) -> list[str]:
    """Put `*` around the words, inside the punctuation around them."""
    first, last = words[0].lstrip(_POINTS), words[-1].rstrip(_POINTS)
    if not first or not last:
        return words
    words = [words[0].removesuffix(first) + "*" + first, *words[1:]]
    end = words[-1].rstrip(_POINTS)
    return [*words[:-1], end + "*" + words[-1].removeprefix(end)]
