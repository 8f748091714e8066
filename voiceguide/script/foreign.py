"""Detect notation of other kinds of script, which would be spoken by accident: each is an error.

    found                                                          the help says
    (pause 4s)  *pause*  /3s  <break time="3s"/>  [pause:20s]      write `[4s]`
    [bell]  (inhale)  Narrator:  [00:30]  a line of dots           what to write, or to delete it
    www.example.com  #yoga  ~~left~~  left/right  5/3/2026         what to write, or to delete it
    bed: rain, below the front matter                              move it into the front matter

`accidents` finds it within a line, `KINDS` are whole lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from voiceguide.errors import InputError, quote
from voiceguide.languages import find_language, tag_of
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

_LEFT = r"(?:left|lin[kcd]\w*|gauche|izquierd\w|sinistr\w|esquerd\w|lew\w{1,3})"
_RIGHT = r"(?:right|rechte?\w*|droite?|derech\w|destr\w|direit\w|praw\w{1,3})"

_PAUSES = rf"""
      \(\s* (?: {_SILENCE}\b [^()\n]* | (?:{_PAUSE}|(?i:hold))\b [^()\d\n]*? {_LONG} [^()\n]* ) \)
    | \(\s* \d+(?:[.,]\d+)? [ -]? (?i:s|secs?|seconds?|min(?:ute)?s?|breaths?)\b \.?
        (?: \s+ (?:of\s+)? {_PAUSE} )? \s*\)
    | [–—] \s* {_PAUSE}\b [^.!?\n–—]*? {_LONG} [^.!?\n–—]* [–—]
    | ~+ \s* \d+(?:[.,]\d+)? \s? (?:s|sec) \s* ~+
    | \*{{1,2}} (?: {_SILENCE}\b [^*\n]* | {_PAUSE}\b [^*\d\n]*? {_LONG} [^*\n]* ) \*{{1,2}}
    | (?: (?<![\w/]) / | (?<![^\s.!?…]) /[ ] ) \d+(?:\.\d+)? \s? s(?:ec(?:onds?)?)? \b /?
        (?! [ ] (?:off|on)\b)
    | < (?i:break|pause|silence) \b [^<>]* >
    | <\# \d+(?:\.\d+)? \#>
    | \[\[ \s* slnc \s+ \d+ \s* \]\]
    | ~+ {_PAUSE}\b [^~\n]* ~+
    | (?<![\w/]) (?P<fence> -{{2,}} | [/\#|]{{1,2}} ) [ ]? (?: {_PAUSE}\b [ ]? [^/\#|\n]{{0,20}}
        | \d+(?:[.,]\d+)? [ ]? s(?:ec(?:onds?)?)? ) [ ]? (?P=fence) (?!\w)
    | \{{ {_PAUSE}\b [^{{}}|]* \}}
    """
INLINE = late(_PAUSES, re.VERBOSE)
"""A pause in another notation, the whole of it."""

_ACCIDENTAL = late(
    rf"""
      (?P<pause> {_PAUSES} )
    | (?P<aside>
        (?: \A | (?<=[.!?…]\s) | (?<=[.!?…]["”’)]\s) ) \( [^()\n.!?…\d]{{2,40}} \)
        (?= \s*\Z | \s+ ["“(\[]? [^\W\da-zß-ÿ] ) )
    | (?P<address> (?<!\]\() (?<![\w"@./+-]) <?
        (?: (?i:https?://|www\.) [^\s<>()\[\]{{}}]+ (?<![.,;:!?])
        | [\w.+-]+ @ \w[\w-]* (?: \.\w[\w-]* )+
        | \w[\w-]* (?: \.\w[\w-]* )*?
          \.(?:com|org|net|edu|info|pdf|mp3|md|jpe?g|png|docx?) (?: /[^\s<>()]* (?<![.,;:!?]) )? \b
        ) >? )
    | (?P<hashtag> (?<![\w\#&/]) \#[^\W\d]\w+ )
    | (?P<struck> ~~ [^~\n]+ ~~ )
    | (?P<lined> (?<!\w) (?P<lines>_{{1,2}}) [^\W_](?:[^_\n]*[^\s_])? (?P=lines) (?!\w) )
    | (?P<never> [❌✖✗✘🚫⛔🙅👎]\ufe0f? )
    | (?P<sides> (?<!\w) (?: {_LEFT} \s?-?/\s? {_RIGHT} | {_RIGHT} \s?-?/\s? {_LEFT} ) (?!\w) )
    | (?P<date> (?<![\w/]) (?:0?[1-9]|1[0-2]) / (?:0?[1-9]|1[0-2]) / (?:19|20)\d\d (?![\w/]) )
    """,
    re.VERBOSE,
)
"""Everything within a line that would be spoken by accident."""


class Accident(NamedTuple):
    """A piece of prose that would be spoken by accident, and how to correct it."""

    found: re.Match[str]
    message: str
    help: str
    instead: str
    """The replacement: a tag, words, or nothing."""


def accidents(text: str, language: str, *, sided: bool = False) -> Iterator[Accident]:
    """All accidents in a paragraph, in order; `sided` says whether its step has sides."""
    for found in _ACCIDENTAL.finditer(text):
        kind = found.lastgroup or ""
        told = _TOLD[kind](found[kind], language) if not _in_tag(text, found.start()) else None
        if told:
            way_out, instead, fault = told
            if kind == "sides" and sided:
                instead = f"{{{'|'.join(_left_first(found[kind]))}}}"
                way_out = f"write `{instead}`"
            yield Accident(found, f"{quote(found[kind])} {fault}", way_out, instead)


def _in_tag(text: str, offset: int) -> bool:
    """Whether the offset lies within brackets, as in `[sound waves.mp3]`."""
    start = text.rfind("[", 0, offset)
    return start >= 0 and text.find("]", start) > offset


_Told = tuple[str, str, str] | None
"""The help, the replacement, and what is wrong; None if nothing is."""

_SPOKEN = "would be spoken"
_UNSPEAKABLE = "cannot be spoken"


def _pause_told(written: str, _: str) -> _Told:
    meant = pause_meant(written)
    return f"write `{meant}`", meant, _SPOKEN


def _aside_told(written: str, _: str) -> _Told:
    meant = tag_meant(written[1:-1])
    return (f"write `{meant}`", meant, _SPOKEN) if meant else None


def _address_told(written: str, _: str) -> _Told:
    address = written.strip("<>")
    way_out = f"put it into a note, `> {address}`, or behind words: `[our page]({address})`"
    return way_out, "", _UNSPEAKABLE


def _lined_told(written: str, _: str) -> _Told:
    stressed = f"**{written.strip('_')}**"
    return f"write `{stressed}`", stressed, "is not stress here"


def _sides_told(written: str, language: str) -> _Told:
    known = find_language(language)
    either = f" {known.reading['said']['or'] if known else 'or'} ".join(_SLASH.split(written))
    way_out = (
        f"write `{either}`; in a step with `each side`, `{{left|right}}` is the one of the two"
    )
    return way_out, either, "would be spoken as both"


def _date_told(written: str, language: str) -> _Told:
    first, second, year = written.split("/")
    told = f"write the month as a word: `{second} {_MONTHS[int(first) - 1]} {year}`"
    either = tag_of(language) == "en" and int(first) != int(second)
    return (told, f"{year}-{first:0>2}-{second:0>2}", "may be two days") if either else None


_TOLD: dict[str, Callable[[str, str], _Told]] = {
    "pause": _pause_told,
    "aside": _aside_told,
    "address": _address_told,
    "hashtag": lambda written, _: ("delete it", written[1:], _UNSPEAKABLE),
    "struck": lambda written, _: ("delete it", "", f"is struck out, and {_SPOKEN}"),
    "lined": _lined_told,
    "never": lambda *_: ("write `Do not …`, or delete it", "", "would not be heard"),
    "sides": _sides_told,
    "date": _date_told,
}
"""By the names of the groups in `_ACCIDENTAL`: functions of the match and the language."""

_SLASH = late(r"\s?-?/\s?")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def _left_first(pair: str) -> list[str]:
    """The two words of `left/right`, the left one first as in `{left|right}`."""
    return sorted(_SLASH.split(pair), key=lambda word: not re.match(_LEFT, word))


_AMOUNT = late(
    r"(\d+(?:[.,:]\d+)*)[ -]?(ms|s|sec|secs|seconds?|m|mins?|minutes?|breaths?)?\b", re.I
)

DEFAULT_PAUSE = "4s"


def pause_meant(written: str) -> str:
    """The tag for a pause in another notation: `[20s]`; `[4s]` if it has no length."""
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
    """What to write in place of an unknown tag: `[chime bell]` for `[bell]`; None if unknown."""
    inside = inside.replace("_", " ")
    text = " ".join(inside.lower().replace(":", " ").split())
    text = re.sub(r"^(?:sfx|sound|cue) |[!.…]+$| ?x ?\d+$", "", text) or "pause"
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
"""The names of settings, to recognise a setting outside the front matter."""

SPEAKERS = (
    r"narrator|narration|host|speaker|voice(?:[ -]?over)?|v\.?/?o\.?|guide|teacher"
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
    "LONE": r"(?:PAUSE|(?i:pause|silence):? \d+(?:[.,]\d+)?\s?(?i:s|secs?|seconds?)|\d+:\d\d"
    r"|\d+(?:[.,]\d+)?\s?(?:s|secs?|seconds?|mins?|minutes?))\.?\s*$",
    "COMMENTED": r"//(?!\S*\.\S)",
    "LABEL": rf"\*{{0,2}}(?i:{SPEAKERS})(?: \d+)?\s*"
    r"(?:\([^()]*\)\s*)?(?::\*{0,2}|\*{1,2}:)(?=\s|$)"
    rf"|[(\[](?i:{SPEAKERS})(?: \d+)?[)\]]:?(?=\s|$)"
    r"|(?i:narrator|voice[ -]?over|v\.?/?o\.?)\s+[-–—](?=\s)",
    "DIRECTION": r"[♪♫]\s*\S|(?:(?i:s?fx|cue|music|sound|audio|visuals?|video|b-?roll|camera|todo"
    r"|on screen|duration|tags|keywords|difficulty|category)"
    r"|FIXME|NOTE)\s*:\s+\S|(?:INT|EXT)\.\s+\S|(?:©|\([cC]\)|Copyright\b)\s*\D{0,3}\d{4}",
    "DOSE": r"(?i:(?:hold|rest|wait)\s*:?\s+(?:for\s+)?\d+(?:[.,]\d+)?\s?(?:s|secs?|seconds?"
    r"|min(?:ute)?s?)|\d+\s?[x×]\s?\d+(?:\s?[-–]\s?\d+)?(?:\s?(?:reps?|s|secs?|seconds?))?"
    r"|\d+\s+(?:sets?|rounds?)\s+of\s+\d+(?:\s+reps?)?|\d+\s+reps)"
    r"(?:\s+(?:each|per|every|on each)\s+\w+)?\s*$",
    "SETTING": r"(?:Title|Author|Length|Language|Pace|Level|Bed|Mood|Description"
    rf"|{'|'.join(sorted(SETTING_NAMES, reverse=True))}):\s+\S",
}
"""Kinds of lines, each with a pattern for its beginning."""


class Refusal(NamedTuple):
    """What is wrong with a line, the help, and how many characters of it are marked."""

    message: str
    help: str
    width: int


def refusal(kind: str, line: str) -> Refusal:
    """The refusal of a line of the kind `kind`, a key of `KINDS`."""
    begin = re.match(KINDS[kind], line)
    head = begin[0].strip() if begin else line
    if kind == "DOTS":
        return Refusal(
            f"{quote(line)} would not be a silence", f"write `[{DEFAULT_PAUSE}]`", len(line)
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


# ── letters that the voices cannot read ──────────────────────────────────────


def foreign_letters(text: str) -> Iterator[re.Match[str]]:
    """Runs of non-Latin letters, which voices of the built-in languages cannot read."""
    for found in _NOT_ASCII.finditer(text):
        if any(map(_is_foreign, found[0])):
            yield found


_NOT_ASCII = late(r"[^\x00-\x7f]*[^\W\d_\x00-\x7f][^\x00-\x7f]*(?:[ ,.][^\x00-\x7f]+)*")


def _is_foreign(character: str) -> bool:
    if not character.isalpha() or unicodedata.category(character) not in ("Ll", "Lu", "Lo", "Lt"):
        return False
    return not unicodedata.name(character, "").startswith(_READ)


_READ = ("LATIN", "FULLWIDTH LATIN", "FEMININE ORDINAL", "MASCULINE ORDINAL", "GREEK", "MICRO")
"""Beginnings of the Unicode names of letters that voices read, or that are signs: `º`, `α`, `µ`."""
