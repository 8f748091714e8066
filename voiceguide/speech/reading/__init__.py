"""From written text to what a voice is to read: `30s` becomes `thirty seconds`.

What is no speech in any language goes first. Then a language's own rules turn numbers,
abbreviations, units and signs into words; a language without rules is only cleaned.
"""

from __future__ import annotations

from functools import cache

from voiceguide.speech.lexicon import Lexicon
from voiceguide.speech.reading.patterns import (
    Compiled,
    apply,
    cleaned,
    compiled,
    tidied,
    tongue,
    unstressed,
)
from voiceguide.speech.reading.rules import rules

__all__ = ["cleaned", "in_words", "normalise", "spoken_form", "tidied", "unstressed"]


def normalise(text: str, language: str = "en") -> str:
    """The text as a voice is to read it, without respellings and stress."""
    return _without_edges(tidied(in_words(unstressed(cleaned(text)), language)))


def spoken_form(text: str, language: str, lexicon: Lexicon) -> str:
    """The text as an engine is to be given it: normalised, and its known words respelled.

    Words are looked up before the language's rules are applied, so that `L/R` can be respelled; a
    respelling is final.
    """
    said = lexicon.apply(
        unstressed(cleaned(text)), lambda between: tidied(in_words(between, language))
    )
    return _without_edges(said)


def in_words(text: str, language: str) -> str:
    """With a language's numbers, abbreviations, units and signs written out, if it has rules."""
    return apply(_rules_of(language.lower().replace("_", "-")), text)


def _without_edges(text: str) -> str:
    """Without spaces around it, or pauses before it."""
    return " ".join(text.split()).lstrip(",;: ")


@cache
def _rules_of(language: str) -> Compiled:
    known = tongue(language)
    return compiled(rules(known)) if known else ()
