"""What comes along from other scripts, and would be spoken by accident: each is an error.

    (pause 4s)  *pause*  /3s  <break time="3s"/>  [pause:20s]      [4s]
    [bell]  [inhale]  Narrator:  [00:30]  a line of dots           what to write, or that it goes
    bed: rain, below the front matter                              the front matter

`INLINE` stands within a line, `KINDS` are whole lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from voiceguide.errors import InputError, quote
from voiceguide.lengths import parse_length, show_seconds
from voiceguide.patterns import late
from voiceguide.script.wording import in_digits

# ── pauses, as other programs and people write them ──────────────────────────

_SILENCE = (
    r"(?i:(?:(?:short|long|brief|small)[ ])?"
    r"(?:pause|silence|beat|stille|pausa|pauze|silencio|cisza))"
)
_PAUSE = rf"(?:{_SILENCE}|(?i:break|breathe|wait|rest|silenzio|stilte))"

_LONG = r"(?:\d|(?i:seconds|minute))"

INLINE = late(
    rf"""
      \(\s* (?: {_SILENCE}\b [^()\n]* | (?:{_PAUSE}|(?i:hold))\b [^()\d\n]*? {_LONG} [^()\n]* ) \)
    | \(\s* \d+(?:[.,]\d+)? [ -]? (?i:s|secs?|seconds?|min(?:ute)?s?)\b \.?
        (?: \s+ (?:of\s+)? {_PAUSE} )? \s*\)
    | [–—] \s* {_PAUSE}\b [^.!?\n–—]*? {_LONG} [^.!?\n–—]* [–—]
    | ~+ \s* \d+(?:[.,]\d+)? \s? (?:s|sec) \s* ~+
    | \*{{1,2}} (?: {_SILENCE}\b [^*\n]* | {_PAUSE}\b [^*\d\n]*? {_LONG} [^*\n]* ) \*{{1,2}}
    | (?<![\w/]) / \s? \d+(?:\.\d+)? \s? s(?:ec(?:onds?)?)? \b /?
    | < (?i:break|pause|silence) \b [^<>]* >
    | <\# \d+(?:\.\d+)? \#>
    | \[\[ \s* slnc \s+ \d+ \s* \]\]
    | ~+ {_PAUSE}\b [^~\n]* ~+
    | \{{ {_PAUSE}\b [^{{}}|]* \}}
    """,
    re.VERBOSE,
)
"""A pause that is none here, as a whole."""

_AMOUNT = late(
    r"(\d+(?:[.,:]\d+)*)[ -]?(ms|s|sec|secs|seconds?|m|mins?|minutes?|breaths?)?\b", re.I
)

DEFAULT_PAUSE = "4s"


def pause_meant(written: str) -> str:
    """The tag that a foreign pause stands for: `[20s]`; `[4s]` where it has no length."""
    text = in_digits(written.lower())
    found = _AMOUNT.search(text)
    if not found:
        return f"[{DEFAULT_PAUSE}]"
    unit = "ms" if "slnc" in text else found[2] or "s"
    length = f"{found[1]} {unit}" if ":" not in found[1] else found[1]
    try:
        return (
            f"[{show_seconds(parse_length(length).low)}]" if "breath" not in unit else f"[{length}]"
        )
    except InputError:
        return f"[{DEFAULT_PAUSE}]"


def foreign_pause(written: str) -> InputError:
    """What is wrong with a pause of another program's, and the tag to write."""
    return InputError(f"{quote(written)} would be spoken", f"write `{pause_meant(written)}`")


# ── tags, as other programs and people write them ────────────────────────────

_TAG_PAUSE = late(
    rf"(?:{_PAUSE}\b.*|.*\b(?:pause|silence|break|wait|rest)(?:d|s)?(?: \d.*)?"
    r"|.*(?<=\d)[ -]?seconds?.*)",
    re.I,
)
_RUNG = {
    "bell": "bell",
    "ding": "bell",
    "gong": "bowl",
    "singing bowl": "bowl",
    "bowl": "bowl",
    "tibetan bowl": "bowl",
    "wood": "wood",
    "woodblock": "wood",
    "clap": "wood",
    "chimes": "bowl",
}
_BREATHED = {
    "inhale": "Breathe in.",
    "breathe in": "Breathe in.",
    "in": "Breathe in.",
    "exhale": "Breathe out.",
    "breathe out": "Breathe out.",
    "out": "Breathe out.",
    "breathe": "[1 breath]",
    "breath": "[1 breath]",
    "deep breath": "[1 breath]",
}
_BREATH_WITH_LENGTH = late(
    r"(?:(?P<in>inhale|breathe in)|exhale|breathe out)(?: (?:slowly|deeply|gently|fully))?"
    r"(?: (?:for )?(?P<length>\d.*))?"
)
STAMP = late(r"(?:0\d(?::\d\d)+|\d+:\d\d)(?:[.,]\d{2,3})|0\d:\d\d")
"""A place on a clock, as subtitles and lyrics have them: `00:30`, `1:02.50`."""


def tag_meant(inside: str) -> str | None:
    """What to write in place of a tag that is none: `[chime bell]` for `[bell]`."""
    inside = inside.replace("_", " ")
    text = " ".join(inside.lower().replace(":", " ").split())
    rings = re.fullmatch(r"(?:ring |strike |sound )?(?:the |a )?(.+?)(?: rings?| sounds?)?", text)
    rung = _RUNG.get(rings[1]) if rings else None
    if rung:
        return f"[chime {rung}]"
    if text in _BREATHED:
        return _BREATHED[text]
    breathed = _BREATH_WITH_LENGTH.fullmatch(in_digits(text))
    if breathed:
        said = "Breathe in." if breathed["in"] else "Breathe out."
        length = pause_meant(breathed["length"] or "") if breathed["length"] else ""
        return f"{said} {length}".strip()
    return pause_meant(inside) if _TAG_PAUSE.fullmatch(in_digits(text)) else None


# ── whole lines ──────────────────────────────────────────────────────────────

SETTING_NAMES = frozenset(
    {"title", "author", "description", "cover", "needs", "for", "language", "voice", "pace"}
    | {"length", "level", "guidance", "mood", "announce", "countdown", "halfway", "first side"}
    | {"chimes", "bed", "loudness", "breath", "say", "lexicon", "words", "phrases", "lead in"}
    | {"lead out", "allow", "ending", "finish", "intro", "count in", "phase words", "frequency"}
    | {"not if", "see", "address", "date"}
)
"""What may stand in front matter, to know a setting that has strayed from it."""

SPEAKERS = (
    r"narrator|narration|host|speaker(?: \d+)?|voice(?:[ -]?over)?|v\.?o\.?|guide|teacher"
    r"|instructor|therapist|coach|trainer|facilitator|sprecher(?:in)?|erzähler(?:in)?|stimme"
    r"|narrateur|narratrice|narrador(?:a)?|narratore|voz|voix|voce|verteller|narrator(?:ka)?|lektor"
)

KINDS = {
    "DOTS": r"(?:[.…·⋯•]\s*){2,}$|…\s*$",
    "TIMES": r"(?:\d+:)?\d{1,2}:\d\d[.,]\d{1,3}\s*-->|WEBVTT\b",
    "STAMPED": r"\[?(?:0\d(?::\d\d){1,2}|0:\d\d|\d+:\d\d\.\d\d)(?:[.,]\d+)?\]\s*\S"
    r"|(?:0\d(?::\d\d){1,2}|0:\d\d)\s+[-–—]?\s*[^\W\d]"
    r"|\(\d{1,2}(?::\d\d){1,2}\)\s*\S",
    "PAUSED": rf"(?:[–—~=_]{{1,3}}|-{{2,3}})\s*{_PAUSE}\b[^.!?]*?[-–—~=_]*\s*$",
    "LONE": r"(?:\d+:\d\d|\d+(?:[.,]\d+)?\s?(?:s|secs?|seconds?|mins?|minutes?))\.?\s*$",
    "COMMENTED": r"//(?!\S*\.\S)",
    "LABEL": rf"\*{{0,2}}(?i:{SPEAKERS})\s*(?:\([^()]*\)\s*)?(?::\*{{0,2}}|\*{{1,2}}:)(?=\s|$)",
    "DIRECTION": r"(?:(?i:s?fx|cue|music|sound|audio|visuals?|video|b-?roll|camera|on screen|todo)"
    r"|FIXME|NOTE)\s*:\s+\S|(?:INT|EXT)\.\s+\S",
    "DOSE": r"(?i:(?:hold|rest|wait)\s*:?\s+(?:for\s+)?\d+(?:[.,]\d+)?\s?(?:s|secs?|seconds?"
    r"|min(?:ute)?s?)|\d+\s?[x×]\s?\d+(?:\s?[-–]\s?\d+)?(?:\s?(?:reps?|s|secs?|seconds?))?"
    r"|\d+\s+(?:sets?|rounds?)\s+of\s+\d+(?:\s+reps?)?|\d+\s+reps)\s*$",
    "SETTING": rf"(?:{'|'.join(sorted(SETTING_NAMES, reverse=True))}):\s+\S",
}
"""Kinds of lines, each by how it begins."""


class Refusal(NamedTuple):
    """What is wrong with a line, the way out, and how much of it is marked."""

    message: str
    help: str
    width: int


def refusal(kind: str, line: str) -> Refusal:
    """What is wrong with a line of a kind of `KINDS`."""
    begin = re.match(KINDS[kind], line)
    head = begin[0].strip() if begin else line
    if kind == "DOTS":
        return Refusal(
            f"{quote(line)} would be no silence", f"write `[{DEFAULT_PAUSE}]`", len(line)
        )
    if kind in ("PAUSED", "LONE"):
        return Refusal(f"{quote(line)} would be spoken", f"write `{pause_meant(line)}`", len(line))
    if kind == "COMMENTED":
        way_out = f"write {quote(f'<!-- {line[2:].strip()} -->')}"
        return Refusal(f"{quote(line)} would be spoken", way_out, len(line))
    if kind == "LABEL":
        return Refusal(f"{quote(head)} would be spoken", "delete it, and keep the words", len(head))
    if kind == "SETTING":
        message = f"{quote(line)} looks like a setting, and would be spoken"
        way_out = "move it into the front matter, between two lines `---` at the very top"
        return Refusal(message, way_out, len(line))
    if kind == "DIRECTION":
        message = f"{quote(line)} is a direction, and would be spoken"
        return Refusal(message, f"make it a note: {quote(f'> {line}')}", len(line))
    if kind == "DOSE":
        message = f"{quote(line)} is a dose, and would be spoken"
        return Refusal(message, f"write {quote(f'- {line}')}", len(line))
    stamp = line.split("]", maxsplit=1)[0].strip("[ ") if kind == "STAMPED" else line
    stamp = stamp[1:].split(")")[0] if stamp.startswith("(") else stamp
    message = f"{quote(stamp.split()[0])} is a place on a clock, and would be spoken"
    way_out = "`voiceguide import FILE` makes silences of them; here `[30s]` is one of 30 seconds"
    return Refusal(message, way_out, len(stamp))


# ── letters that no voice of the language has ────────────────────────────────


def foreign_letters(text: str) -> Iterator[re.Match[str]]:
    """Runs of letters that are not Latin ones: no voice of the built-in languages reads them."""
    for found in _NOT_ASCII.finditer(text):
        if any(map(_is_foreign, found[0])):
            yield found


_NOT_ASCII = late(r"[^\x00-\x7f]*[^\W\d_\x00-\x7f][^\x00-\x7f]*(?:[ ,.][^\x00-\x7f]+)*")


def _is_foreign(character: str) -> bool:
    if not character.isalpha() or unicodedata.category(character) not in ("Ll", "Lu", "Lo", "Lt"):
        return False
    return not unicodedata.name(character, "").startswith(_READ)


_READ = ("LATIN", "FULLWIDTH LATIN", "FEMININE ORDINAL", "MASCULINE ORDINAL", "GREEK", "MICRO")
"""Letters that voices read, or that are signs: `º`, `α`, `µ`; by the beginning of their names."""
