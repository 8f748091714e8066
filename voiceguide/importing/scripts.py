"""Texts to be read aloud: scripts with pauses, stage directions and labels; SSML; subtitles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from voiceguide.errors import InputError, quote
from voiceguide.importing.draft import RoutineDraft, plain, silence
from voiceguide.lengths import in_seconds, parse_length, show_seconds
from voiceguide.patterns import late
from voiceguide.script.foreign import (
    INLINE,
    KINDS,
    SETTING_NAMES,
    STAMP,
    accidents,
    pause_meant,
    tag_meant,
)
from voiceguide.script.wording import in_digits
from voiceguide.speech.pace import estimate

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
