"""From written text to what a voice is to read: `30s` becomes `30 seconds`.

What is no speech in any language goes first: Markdown marks, emoji, characters without width. Then
a language's own rules turn abbreviations, units and signs into words; English has them so far.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from html import unescape

from voiceguide.speech import english
from voiceguide.speech.lexicon import Lexicon

_LANGUAGES: Mapping[str, Callable[[], tuple[english.Rule, ...]]] = {"en": english.rules}

Compiled = tuple[tuple[re.Pattern[str], "str | Callable[[re.Match[str]], str]"], ...]

_ENTITY = re.compile(r"&(?:\w+|#\d+|#x[0-9a-fA-F]+);")

_CLEANING: tuple[english.Rule, ...] = (
    (r"\s+", " "),
    # joiners are part of the spelling in some scripts, and stray elsewhere
    (r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])", ""),
    (r"!?\[([^\[\]]*)\]\([^()\[\]\s]*\)", r"\1"),  # a Markdown link or picture: its text
    (r"-{1,2}>|=>|[⇒⇨➔➙➜➝➞➡⟶]", "→"),
    (r"<-{1,2}|[⇐⟵]", "←"),
    (r"…", "..."),
    (r"[‘’ʼ´]", "'"),
    (r"[“”„«»]", '"'),
    (r"[‐‑]", "-"),
    # a dash between words is a pause; between numbers it is a range
    (r"(?<=\D\s)(?:-{1,3}|[–—])(?=\s)|(?<=\s)(?:-{1,3}|[–—])(?=\s\D)", ","),
    (r"(?<=\w)(?:-{2,3}|—)(?=[^\W\d])", ", "),
    (r"\|", ", "),
    (r"℃", "°C"),
    (r"℉", "°F"),
    (r"(?<!\d)(?<!\d )\*|\*(?! ?\d)|[_`^\\{}\[\]]|~~", " "),
)
"""Patterns and what takes their place, in every language."""

_TIDYING: tuple[english.Rule, ...] = (
    (r"→|←|↔", ", "),
    (r"[*#<>~↑↓]", " "),
    (r"\s+", " "),
    (r" (?=[,;:.!?])", ""),
    (r",(?=[,;:.!?])", ""),
    (r"([!?]){2,}", r"\1"),
)

_KEPT = frozenset("\u200c\u200d°℃℉←↑→↓↔№⇒⇨➔➙➜➝➞➡⟶⇐⟵´`^")
"""Signs of otherwise unspoken kinds that are read, or dealt with by a pattern."""

_UNSPOKEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk", "Me"))
"""Unicode's categories of controls, invisible characters, pictures and modifiers."""

_VARIATIONS = frozenset(map(chr, range(0xFE00, 0xFE10)))
"""What makes a picture of the character before."""


def normalise(text: str, language: str = "en") -> str:
    """The text as a voice is to read it, without respellings."""
    return _without_edges(tidied(in_words(cleaned(text), language)))


def spoken_form(text: str, language: str, lexicon: Lexicon) -> str:
    """The text as an engine is to be given it: normalised, and its known words respelled.

    Words are looked up before the language's rules are applied, so that `L/R` can be respelled; a
    respelling is final.
    """
    said = lexicon.apply(cleaned(text), lambda between: tidied(in_words(between, language)))
    return _without_edges(said)


def cleaned(text: str) -> str:
    """Without what is no speech in any language."""
    speakable = "".join(map(_speakable, _ENTITY.sub(lambda found: unescape(found[0]), text)))
    return _apply(_compiled(_CLEANING), unicodedata.normalize("NFC", speakable))


def in_words(text: str, language: str) -> str:
    """With a language's abbreviations, units and signs written out, if its rules are known."""
    return _apply(_rules_of(language.lower().replace("_", "-").partition("-")[0]), text)


def tidied(text: str) -> str:
    """With single spaces and no stray marks."""
    return _apply(_compiled(_TIDYING), text)


def _without_edges(text: str) -> str:
    """Without spaces around it, or pauses before it."""
    return " ".join(text.split()).lstrip(",;: ")


def _speakable(character: str) -> str:
    """The character, a space in the place of a picture or a control, or nothing."""
    if character in _KEPT:
        return character
    category = unicodedata.category(character)
    if category in ("Cf", "Cs") or character in _VARIATIONS:
        return ""
    return " " if category in _UNSPOKEN or character.isspace() else character


def _apply(rules: Compiled, text: str) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text


@cache
def _rules_of(language: str) -> Compiled:
    return _compiled(_LANGUAGES[language]()) if language in _LANGUAGES else ()


@cache
def _compiled(rules: tuple[english.Rule, ...]) -> Compiled:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in rules)
