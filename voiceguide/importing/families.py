"""The families of texts that can be imported: interval lists, tables, scripts, subtitles."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from voiceguide.errors import InputError, quote
from voiceguide.lengths import in_seconds, parse_length, show_seconds
from voiceguide.patterns import late
from voiceguide.script.clauses import HEADS, near_head
from voiceguide.script.foreign import (
    INLINE,
    KINDS,
    SETTING_NAMES,
    STAMP,
    accidents,
    pause_meant,
    tag_meant,
)
from voiceguide.script.synonyms import are_lengths, house_clauses
from voiceguide.script.wording import in_digits
from voiceguide.speech.pace import estimate

# ── `RoutineDraft`: a routine that is being imported, with what was changed or is uncertain


_SIGNS = late(r"\\(?!<!--)|[\[\]{}|`_]")
_STAR = late(r"(?<!\w)(\*{1,2})(?=\S)([^*\n]+?)(?<=\S)\1(?!\w)|\*")
_LEADING = late(r"([#>+*=~-]|\d{1,3}[.)](?=\s)|[•–—])")
_LINK = late(r"!?\[([^\[\]]*)\]\([^()\s]*\)")


class RoutineDraft(Struct):
    """Settings and lines of the body, and sentences about changes and uncertainties."""

    title: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The text of the routine, front matter first."""
        settings = {"title": self.title, **self.settings}
        head = (f"{name}: {_quoted(value)}" for name, value in settings.items())
        return "\n".join(("---", *head, "---", "", *self.lines, ""))

    def add(self, *lines: str) -> None:
        """Append lines; of several blank ones, keep one."""
        for line in lines:
            if line or (self.lines and self.lines[-1]):
                self.lines.append(line.rstrip())

    def heading(self, title: str) -> None:
        """Append the heading of a chapter."""
        self.add("", f"## {plain(title).rstrip(':')}", "")

    def tell(self, sentence: str) -> None:
        """Record a change, once."""
        if sentence not in self.changed:
            self.changed.append(sentence)


def _quoted(value: str) -> str:
    plain_value = re.fullmatch(r"[^\W_][^:#\"'\[\]{}&*!|>%@`]*", value)
    return value if plain_value else "'" + value.replace("'", "''") + "'"


def plain(text: str) -> str:
    """Escape the characters that have a meaning in prose; of links, keep the text only."""
    text = _LINK.sub(r"\1", text).replace("<!--", r"\<!--")
    text = _STAR.sub(lambda found: found[0] if found[1] else r"\*", _SIGNS.sub(r"\\\g<0>", text))
    text = " ".join(text.split())
    return _LEADING.sub(r"\\\1", text, count=1) if _LEADING.match(text) and text[0] != "*" else text


def silence(seconds: float) -> str:
    """The tag of a silence, to the half second, 0.5 s at least."""
    rounded = max(0.5, round(seconds * 2) / 2)
    return f"[{show_seconds(rounded)}]"


# ── lists of intervals as people type them, `Hips 3x / Pigeon right 45s` ──────


_UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|s|m|h|\"|″)\.?"
_LENGTH = rf"(?:\d+(?:[.,:]\d+)?(?:\s?[-–]\s?\d+)?\s?{_UNIT}|\d+:\d\d)"
_ITEM = late(
    rf"(?P<name>[^\d:]*[^\d\s:(,])[\s:,(–-]*\s(?P<length>{_LENGTH})\)?"
    rf"|(?P<before>{_LENGTH})\s+(?:of\s+)?(?P<after>[^\d:]+)"
)
_GROUP = late(r"(?P<name>[^\d:]*?)[\s:,(]*(?P<count>\d+)\s?(?:[x×]|rounds?|times|sets?)\)?:?")
_REPS = late(r"(?P<count>\d+(?:[-–]\d+)?)\s*(?:[x×]\s*)?(?P<name>[^\d\s:x×][^\d:]*)")
_DOSED = late(r"(?P<name>[^\d:]*[^\d\s:(,–-])[\s:,(–-]+(?P<dose>\d[^,]*)")
"""A name and a dose in sets, `Squats - 3x12`."""
_TIMES = late(r"(?P<name>[^\d:]*[^\d\s:(,])[\s:,(]+(?P<count>\d+)\s?(?:[x×]|times)\)?")
_SPLIT = late(r"\s+/\s+|\s*[;,|+]\s*(?=[^\W\d])|\s*→\s*|\s+then\s+")
_MARK = late(r"\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_MOST_WORDS = 9
"""Most words in an item; a line with more is a sentence."""


def is_interval_list(text: str) -> bool:
    """Whether three fifths of the lines are short and hold a length or a count."""
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    told = [line for line in lines if _is_item(_MARK.sub("", line, count=1).strip())]
    return len(lines) > 0 and len(told) * 5 >= len(lines) * 3


def _is_item(line: str) -> bool:
    parts = [part for part in _SPLIT.split(line) if part]
    short = all(len(part.split()) <= _MOST_WORDS for part in parts)
    known = (
        _ITEM.fullmatch(part)
        or _GROUP.fullmatch(part)
        or _REPS.fullmatch(part)
        or ((dosed := _DOSED.fullmatch(part)) and _is_dose(dosed["dose"]))
        for part in parts
    )
    return short and not line.rstrip().endswith((".", "!", "?")) and all(known)


def _is_dose(text: str) -> bool:
    """Whether a text is a number of reps, with or without sets or sides: `3x12`, `10 each leg`."""
    return any(clause.endswith((" reps", " rounds")) for clause in house_clauses(text))


def read_interval_list(text: str, draft: RoutineDraft) -> None:
    """Write the lines as steps; a line that begins with a name and a count is a group."""
    count, indent = 0, ""
    lines = [_MARK.sub("", line, count=1).strip() for line in text.split("\n")]
    for line, words, after in zip(text.split("\n"), lines, [*lines[1:], ""], strict=True):
        group = _lone_group(words)
        if line.startswith("#"):
            draft.heading(line.lstrip("# "))
        elif not words:
            draft.add("")
            indent = ""
        elif group and after and _is_item(after) and not _lone_group(after):
            draft.add(*_group(group, draft))
            count, indent = count + 1, "  "
        elif _is_item(words):
            steps = _steps([part for part in _SPLIT.split(words) if part], draft)
            draft.add(*(f"{indent}{step}" for step in steps))
            count += 1
        elif len(words.split()) <= _MOST_WORDS and not words.endswith((".", "!", "?")):
            draft.heading(words)
            indent = ""
        else:
            draft.add(plain(words))
    draft.tell(f"{count} lines became steps")


def _steps(parts: Sequence[str], draft: RoutineDraft) -> Iterator[str]:
    first, *others = parts
    group = _GROUP.fullmatch(first)
    if group and not _ITEM.fullmatch(first) and others:
        yield from _group(group, draft)
        yield from (f"  {_step(part)}" for part in others)
    else:
        yield from map(_step, parts)


def _lone_group(line: str) -> re.Match[str] | None:
    return None if _ITEM.fullmatch(line) else _GROUP.fullmatch(line)


def _group(group: re.Match[str], draft: RoutineDraft) -> Iterator[str]:
    if group["name"].strip():
        draft.heading(group["name"].strip())
    yield f"- {group['count']} rounds"


def _step(part: str) -> str:
    found = _ITEM.fullmatch(part)
    if found:
        name = found["name"] or found["after"]
        return step_line(name, [found["length"] or found["before"]])
    dosed = _DOSED.fullmatch(part)
    if dosed and _is_dose(dosed["dose"]):
        return step_line(dosed["name"], [", ".join(house_clauses(dosed["dose"]))])
    counted = _REPS.fullmatch(part) or _TIMES.fullmatch(part)
    if counted:
        return step_line(counted["name"], [f"{counted['count']} reps"])
    return f"- {part}"


def step_line(name: str, clauses: Sequence[str]) -> str:
    """Write a step: a segment if the first clause is a length, a named step if it is a count.

    A name that is itself a clause, such as `Rest`, becomes that clause. A name that cannot be a
    segment's word is followed by `hold`.
    """
    word = " ".join(name.lower().split()).strip(" :,-–")
    time, *others = clauses
    rest = "".join(f", {one}" for one in others)
    if are_lengths(time):
        own = house_clauses(f"{word} {time}")
        if own != (f"{word} {time}",) and own[0].split()[0] in HEADS:
            return f"- {own[0]}{rest}"
        plain_word = re.fullmatch(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*", word)
        if word in HEADS or (plain_word and not near_head(word.split()[0])):
            return f"- {word} {time}{rest}"
        return f"- {_name(name)}: hold {time}{rest}"
    return f"- {_name(name)}: {time}{rest}"


def _name(name: str) -> str:
    return " ".join(re.sub(r"[\[\]{}|<>`_\\:*]", " ", name).split())


# ── tables: CSV and TSV with a name, seconds, rounds, reps, rests and sides ──


_COLUMNS: Mapping[str, str] = {
    "name": r"(?:exercise|name|title|step|move|activity|pose|übung|exercice|ejercicio|esercizio).*",
    "seconds": r"(?:seconds?|secs?|duration|time|work|hold|length|dauer|sekunden).*",
    "rest": r"(?:rest|break|pause|recovery).*",
    "rounds": r"(?:rounds?|sets?|times|runden|sätze).*",
    "reps": r"(?:reps?|repetitions?|wdh|wiederholungen).*",
    "sides": r"(?:sides?|each side|seiten?).*",
    "words": r"(?:notes?|instructions?|description|cues?|text|hinweise?|anleitung).*",
}
"""Patterns of column headings, by what the column holds."""

_ORDER = ("name", "seconds", "rounds")
"""The columns of a table without headings."""


def is_table(text: str) -> bool:
    """Whether all rows have the same number of cells, at least two, and most hold a number."""
    rows = _rows(text)
    widths = {len(row) for row in rows}
    numbers = sum(any(re.search(r"\d", cell) for cell in row[1:]) for row in rows)
    if len(rows) < 2 or len(widths) != 1 or min(widths) < 2:
        return False
    short = all(len(row[0].split()) <= _MOST_IN_A_NAME for row in rows)
    return numbers * 2 > len(rows) and short


_MOST_IN_A_NAME = 8
"""Most words in a name, which is in the first cell."""


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.split("\n") if line.strip()]
    sign = next((one for one in "\t;," if lines and all(one in line for line in lines)), ",")
    return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=sign)]


def read_table(text: str, draft: RoutineDraft) -> None:
    """Write a step for each row."""
    rows = _rows(text)
    heads = _heads(rows[0]) if rows else []
    if heads:
        rows = rows[1:]
    else:
        heads = list(_ORDER)
        draft.unknown.append(
            "the table has no headings: its columns are taken for name, seconds and rounds"
        )
    for row in rows:
        _row(dict(zip(heads, row, strict=False)), draft)
    draft.tell(f"{len(rows)} rows became steps")


def _heads(row: Sequence[str]) -> list[str]:
    """What each column holds; empty if the row is not one of headings."""
    found = [
        next((kind for kind, words in _COLUMNS.items() if re.fullmatch(words, cell.lower())), "")
        for cell in row
    ]
    return found if "name" in found and not any(cell.isdecimal() for cell in row) else []


def _row(cells: Mapping[str, str], draft: RoutineDraft) -> None:
    name, seconds, reps = (cells.get(key, "") for key in ("name", "seconds", "reps"))
    clauses = []
    if seconds and seconds != "0":
        clauses.append(_length(seconds))
    elif reps:
        clauses.append(f"{reps} reps")
    rounds, rest = cells.get("rounds", ""), cells.get("rest", "")
    if rounds and rounds not in ("1", "0"):
        clauses.append(f"{rounds} rounds")
    if rest and rest != "0":
        clauses.append(f"rest {_length(rest)}")
    if re.match(r"(?i)y|each|both|2|left and right|ja", cells.get("sides", "")):
        clauses.append("each side")
    if not name or not clauses:
        draft.unknown.append(f"{quote(', '.join(cells.values()))} has no name, or no time")
        return
    words = cells.get("words", "")
    draft.add(step_line(name, clauses), *([f"  {plain(words)}"] if words else ()))


def _length(text: str) -> str:
    """A length; a number without a unit is in seconds."""
    if re.fullmatch(r"\d+(?:[.,]\d+)?", text):
        return show_seconds(float(text.replace(",", ".")))
    try:
        return str(parse_length(text))
    except InputError:
        return text


# ── texts to be read aloud: scripts with pauses, stage directions and labels; SSML


_SSML = late(r"<(?!/?(?:break|pause|silence)\b|#)/?[A-Za-z!?][^<>]*>")
_PARAGRAPH = late(r"</?(?:p|speak|par)\b[^<>]*>", re.IGNORECASE)
_TAG = late(r"\[([^\[\]]*)\](?!\()")
_PAUSE_LINE = late(
    r"(?i)[-–—=~*_(\[.\s]*(?:(?:pause|silence|wait|rest|hold|stille|pausa|breathe)\b[\s:-]*(?:for\s+)?)?"
    r"(\d+(?:[.,]\d+)?\s*(?:s|sec|secs|seconds?|sekunden?|m|min|mins|minutes?|minuten?)\b)"
    r"(?:\s*(?:of\s+)?(?:pause|silence|stille))?[-–—=~*_)\].\s]*"
)
_DIRECTION = late(r"\(([^()]+)\)\.?|\[([^\[\]]+)\]\.?|\*([^*]+)\*|<([^<>]+)>")
_STAGED = late(
    r"(?i)\b(?:music|sounds?|bells?|gong|chimes?|fades?|silence|pauses?|narrator|voice|background|softly"
    r"|whisper\w*|sfx|begins?|ends|musik|leise|stimme|musique|música|musica)\b"
)
_BULLET = late(r"(?:[-*+•◦▪●–—]|\d{1,3}[.)])\s+")
_UNDERLINE = late(r"(=|-)\1{2,}$")
_HEADING = late(r"(#{1,6})\s*(.+)")


def read_script(text: str, draft: RoutineDraft) -> None:
    """Write a script into the draft, with silences and chimes as tags of a routine."""
    reader = _Script(draft)
    for line in _without_front(_PARAGRAPH.sub("\n\n", text), draft):
        reader.line(line.strip())


def _without_front(text: str, draft: RoutineDraft) -> list[str]:
    """Move settings at the top into the draft, whatever their fence; return the lines below."""
    lines = text.strip("\n").split("\n")
    fence = lines[0].strip() if lines else ""
    begin = 1 if fence in ("---", "+++") else 0
    setting = re.compile(rf"(?i)({'|'.join(sorted(SETTING_NAMES))})\s*[:=]\s*(.*)")
    stop = begin
    while stop < len(lines) and (found := setting.fullmatch(lines[stop].strip())):
        value = found[2].strip().strip("\"'")
        if found[1].lower() == "title":
            draft.title = value or draft.title
        elif value:
            draft.settings[found[1].lower()] = value
        stop += 1
    if stop > begin:
        draft.tell("settings at the top became front matter")
    closed = begin and stop < len(lines) and lines[stop].strip() == fence
    return lines[stop + 1 if closed else stop :] if stop > begin or not begin else lines


class _Script:
    def __init__(self, draft: RoutineDraft) -> None:
        self._draft = draft

    def line(self, text: str) -> None:
        """Write one line of the script."""
        draft = self._draft
        if not text:
            draft.add("")
        elif _UNDERLINE.match(text) and draft.lines and draft.lines[-1]:
            draft.heading(draft.lines.pop().replace("\\", ""))
        elif re.match(KINDS["DOTS"], text):
            draft.tell("lines of dots became silences of 4 s")
            draft.add("[4s]")
        elif _PAUSE_LINE.fullmatch(in_digits(text.lower())):
            draft.add(self._paused(text))
        elif _HEADING.match(text):
            draft.heading(text.lstrip("# "))
        elif (
            (found := _DIRECTION.fullmatch(text)) and _STAGED.search(text) and not self._known(text)
        ):
            draft.tell("stage directions became notes")
            draft.add("", f"> {next(filter(None, found.groups())).strip()}", "")
        else:
            self._prose(text)

    def _known(self, text: str) -> bool:
        """Whether a text is a pause or a chime, and not a stage direction."""
        return INLINE.fullmatch(text) is not None or tag_meant(text.strip("[]()")) is not None

    def _prose(self, text: str) -> None:
        label = re.match(KINDS["LABEL"], text)
        if label:
            self._draft.tell(f"the label {quote(label[0].strip())} is gone")
            text = text[label.end() :].strip()
        setting = re.match(KINDS["SETTING"], text)
        if setting:
            name, _, value = text.partition(":")
            self._draft.settings.setdefault(name.strip(), value.strip())
            self._draft.tell(f"{quote(text)} moved into the front matter")
            return
        bullet = _BULLET.match(text)
        if bullet:
            text = text[bullet.end() :].strip()
            self._draft.tell("list marks are gone: prose is spoken, bullets are timed")
        self._draft.add(self._words(text))

    def _words(self, text: str) -> str:
        """Prose with its tags; all other special characters are escaped."""
        kept: list[str] = []

        def keep(tag: str) -> str:
            kept.append(tag)
            return f"\0{len(kept) - 1}\0"

        text = INLINE.sub(lambda found: keep(self._paused(found[0])), text)
        text = _SSML.sub("", text)
        text = self._without_accidents(text)
        text = _TAG.sub(lambda found: self._tag(found[1], keep), text)
        escaped = plain(text)
        return re.sub(r"\0(\d+)\0", lambda found: kept[int(found[1])], escaped).strip()

    def _paused(self, written: str) -> str:
        self._draft.tell("pauses became silences")
        return pause_meant(written)

    def _without_accidents(self, text: str) -> str:
        """Replace what would be spoken by accident, such as `www.example.com`, or leave it out."""
        language = self._draft.settings.get("language", "en")
        for found, _, _, instead in reversed([*accidents(text, language)]):
            what = f"became {quote(instead)}" if instead else "is left out: it cannot be spoken"
            self._draft.unknown.append(f"{quote(found[0])} {what}")
            text = text[: found.start()] + instead + text[found.end() :]
        return text

    def _tag(self, inside: str, keep: Callable[[str], str]) -> str:
        meant = _own_tag(inside) or tag_meant(inside)
        if meant is None:
            self._draft.unknown.append(f"{quote(f'[{inside}]')} is left out: it is not a tag here")
            return ""
        if meant != f"[{inside}]":
            self._draft.tell("tags in brackets became silences, chimes or words")
        return keep(meant) if meant.startswith("[") else meant


def _own_tag(inside: str) -> str | None:
    """The tag, if it is valid in a routine already: `[4s]`, `[chime]`."""
    text = " ".join(inside.lower().split())
    if re.fullmatch(r"chime(?: (?:bowl|bell|wood))?", text):
        return f"[{text}]"
    if STAMP.fullmatch(text) or not text[:1].isdigit():
        return None
    try:
        length = parse_length(text)
    except InputError:
        return None
    return f"[{length}]" if length.in_breaths or length.elastic else f"[{show_seconds(length.low)}]"


# ── subtitles and lyrics: SRT, WebVTT, LRC, and lines that begin with a time ─


PACE = 130
"""Words per minute, to estimate the length of a line that only has a start time."""

SHORTEST = 0.7
"""Seconds; a shorter gap is an ordinary pause between two sentences."""

_TIME = r"(?:(\d+):)?(\d{1,2}):(\d\d)(?:[.,](\d{1,3}))?"
_ARROW = late(rf"\s*{_TIME}\s*-->\s*{_TIME}")
_STAMP = late(rf"\s*[\[(]?{_TIME}[\])]?\s*[-–—:]?\s*(?P<words>.*)")
_MARKUP = late(r"</?[^<>]+>|\{\\[^{}]*\}")
_LYRICS_TAG = late(r"\s*\[(ti|ar|al|au|by|la|length|offset|re|ve):(.*)\]\s*$", re.IGNORECASE)


class _Line(Struct, frozen=True):
    """Words with their start and end in seconds; the end is None if only the start is given."""

    start: float
    end: float | None
    words: str


def is_timed(text: str) -> bool:
    """Whether a line has two times with an arrow, or half the lines begin with a time."""
    lines = [line for line in text.split("\n") if line.strip()]
    stamped = [line for line in lines if (found := _STAMP.match(line)) and found["words"]]
    arrows = any(map(_ARROW.match, lines))
    return arrows or (len(stamped) > 1 and len(stamped) * 2 >= len(lines))


def read_timed(text: str, draft: RoutineDraft) -> None:
    """Write the words into the draft, with silences for the gaps between them."""
    lines = list(
        _with_arrows(text) if any(map(_ARROW.match, text.split("\n"))) else _stamped(text, draft)
    )
    told = 0.0
    for number, line in enumerate(lines):
        gap = line.start - told
        if gap >= SHORTEST:
            draft.add(silence(gap))
        words = plain(_MARKUP.sub("", line.words))
        draft.add(words)
        told = line.end if line.end is not None else line.start + in_seconds(estimate(words, PACE))
        if number + 1 < len(lines) and line.end is None:
            told = min(told, lines[number + 1].start)
    draft.tell(f"{len(lines)} times became silences between the words")
    draft.unknown.append(
        "how long each line takes is another voice's: look at the silences with `voiceguide plan`"
    )


def _with_arrows(text: str) -> Iterator[_Line]:
    for block in re.split(r"\n\s*\n", text):
        lines = block.strip().split("\n")
        at = next((i for i, line in enumerate(lines) if _ARROW.match(line)), None)
        found = _ARROW.match(lines[at]) if at is not None else None
        if at is not None and found:
            groups = found.groups()
            words = " ".join(line.strip() for line in lines[at + 1 :])
            if words:
                yield _Line(_seconds(groups[:4]), _seconds(groups[4:]), words)


def _stamped(text: str, draft: RoutineDraft) -> Iterator[_Line]:
    before: _Line | None = None
    for line in text.split("\n"):
        tag = _LYRICS_TAG.match(line)
        if tag:
            if tag[1].lower() == "ti" and tag[2].strip():
                draft.title = tag[2].strip()
            elif tag[1].lower() == "ar" and tag[2].strip():
                draft.settings["author"] = tag[2].strip()
            continue
        found = _STAMP.match(line)
        if found:
            if before:
                yield before
            words = found["words"].strip()
            before = _Line(_seconds(found.groups()[:4]), None, words) if words else None
        elif before and line.strip():
            before = _Line(before.start, None, f"{before.words} {line.strip()}")
    if before:
        yield before


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, part = parts
    fraction = float(f"0.{part}") if part else 0.0
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + fraction
