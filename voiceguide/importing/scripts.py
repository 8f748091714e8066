"""Scripts to be read aloud: pauses in brackets and tags, stage directions, labels, SSML."""

from __future__ import annotations

import re
from collections.abc import Callable

from voiceguide.errors import InputError, quote
from voiceguide.importing.draft import RoutineDraft, plain
from voiceguide.lengths import parse_length, show_seconds
from voiceguide.patterns import late
from voiceguide.script.foreign import INLINE, KINDS, SETTING_NAMES, STAMP, pause_meant, tag_meant
from voiceguide.script.wording import in_digits

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
    """Write the words, with silences and chimes in this language's own tags."""
    reader = _Script(draft)
    for line in _without_front(_PARAGRAPH.sub("\n\n", text), draft):
        reader.line(line.strip())


def _without_front(text: str, draft: RoutineDraft) -> list[str]:
    """The lines below settings at the top, whichever fence they have."""
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
            self._silence(text)
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
        """Whether it is a pause or a chime, and no direction."""
        return INLINE.fullmatch(text) is not None or tag_meant(text.strip("[]()")) is not None

    def _silence(self, text: str) -> None:
        self._draft.tell("pauses became silences")
        self._draft.add(pause_meant(text))

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
        if bullet and not text.startswith("- "):
            text = text[bullet.end() :]
            self._draft.tell("list marks are gone: prose is spoken, bullets are timed")
        elif text.startswith("- "):
            text = text[2:].strip()
            self._draft.tell("list marks are gone: prose is spoken, bullets are timed")
        self._draft.add(self._words(text))

    def _words(self, text: str) -> str:
        """Prose with its tags, and all other signs escaped."""
        kept: list[str] = []

        def keep(tag: str) -> str:
            kept.append(tag)
            return f"\0{len(kept) - 1}\0"

        text = INLINE.sub(lambda found: keep(self._paused(found[0])), text)
        text = _SSML.sub("", text)
        text = _TAG.sub(lambda found: self._tag(found[1], keep), text)
        escaped = plain(text)
        return re.sub(r"\0(\d+)\0", lambda found: kept[int(found[1])], escaped).strip()

    def _paused(self, written: str) -> str:
        self._draft.tell("pauses became silences")
        return pause_meant(written)

    def _tag(self, inside: str, keep: Callable[[str], str]) -> str:
        meant = _own_tag(inside) or tag_meant(inside)
        if meant is None:
            self._draft.unknown.append(f"{quote(f'[{inside}]')} is left out: it is not a tag here")
            return ""
        if meant != f"[{inside}]":
            self._draft.tell("tags in brackets became silences, chimes or words")
        return keep(meant) if meant.startswith("[") else meant


def _own_tag(inside: str) -> str | None:
    """A tag that is one of this language already: `[4s]`, `[chime]`."""
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
