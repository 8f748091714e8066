"""What is no speech in any language: Markdown marks, emoji, characters without width."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

from voiceguide.speech.reading.patterns import Rule, apply, compiled

_ENTITY = re.compile(r"&(?:\w+|#\d+|#x[0-9a-fA-F]+);")

_CLEANING: tuple[Rule, ...] = (
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
    (r"[_`^\\{}\[\]]|~~", " "),
)

_STRESS: tuple[Rule, ...] = ((r"(?<!\d)(?<!\d )\*|\*(?! ?\d)", " "),)

_TIDYING: tuple[Rule, ...] = (
    (r"→|←|↔", ", "),
    (r"[*#<>~↑↓]", " "),
    (r"\s+", " "),
    (r" (?=[,;:.!?])", ""),
    (r",(?=[,;:.!?])", ""),
    (r"([!?]){2,}", r"\1"),
)

_CLEAN, _PLAIN, _TIDY = map(compiled, (_CLEANING, _STRESS, _TIDYING))

_KEPT = frozenset("\u200c\u200d°℃℉←↑→↓↔№⇒⇨➔➙➜➝➞➡⟶⇐⟵´`^")
"""Signs of otherwise unspoken kinds that are read, or dealt with by a pattern."""

_UNSPOKEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk", "Me"))
"""Unicode's categories of controls, invisible characters, pictures and modifiers."""

_VARIATIONS = frozenset(map(chr, range(0xFE00, 0xFE10)))
"""What makes a picture of the character before."""


def cleaned(text: str) -> str:
    """Without what is no speech in any language; `*` for stress stays."""
    speakable = "".join(map(_speakable, _ENTITY.sub(lambda found: unescape(found[0]), text)))
    return apply(_CLEAN, unicodedata.normalize("NFC", speakable))


def unstressed(text: str) -> str:
    """Without the `*` around words; one between numbers is no stress."""
    return apply(_PLAIN, text)


def tidied(text: str) -> str:
    """With single spaces and no stray marks."""
    return apply(_TIDY, text)


def _speakable(character: str) -> str:
    """The character, a space in the place of a picture or a control, or nothing."""
    if character in _KEPT:
        return character
    category = unicodedata.category(character)
    if category in ("Cf", "Cs") or character in _VARIATIONS:
        return ""
    return " " if category in _UNSPOKEN or character.isspace() else character
