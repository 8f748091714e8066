"""From bytes to lines: the encoding, the line ends, and characters that nobody can speak."""

from __future__ import annotations

import codecs
import re

from voiceguide.errors import Place
from voiceguide.script.report import Fault, Report

LARGEST = 1 << 20
"""Bytes in a routine file: two days of speech."""

LONGEST_LINE = 10_000
"""Characters in a line."""

_SAVE = "save it as UTF-8: most editors ask for the encoding under `Save as`"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BOM = "\ufeff"
_LINE_END = re.compile(r"\r\n|\r|\n")
_LOST = "\ufffd"
UNSPEAKABLE = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls, but for tabs and line ends
    "\u00ad\u200b\u2028-\u202e\u2060-\u2069\ufeff"  # invisible, from web pages
    "\ufff9-\uffff"  # lost characters, and what is none
    "\ud800-\udfff"  # halves of characters
    "\ue000-\uf8ff\U000f0000-\U0010ffff"  # symbol fonts, from word processors
    "]"
)
"""Characters that no voice can say, and no terminal should be shown."""


def decode(data: bytes | str, source: str) -> tuple[str, Fault | None]:
    """The text of a file, and what keeps it from being read at all."""
    top = Place(source, 1)
    if _size(data) > LARGEST:
        return "", Fault(top, "the file is larger than 1 MiB", "split it, and `use` its parts")
    if isinstance(data, str):
        return data.removeprefix(_BOM), None
    if data.startswith(_UTF_16):
        return data.decode("utf-16", "replace"), Fault(top, "the file is UTF-16", _SAVE)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        return data.decode("utf-8", "replace"), _not_utf_8(data, error, source)


def split_lines(text: str) -> tuple[str, ...]:
    """The lines of a text without their ends; at least one."""
    lines = _LINE_END.split(text)
    return tuple(lines[:-1] if len(lines) > 1 and not lines[-1] else lines)


def showable(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines as messages may show them: what a terminal would obey is replaced."""
    return tuple(UNSPEAKABLE.sub(_LOST, line) for line in lines)


def speakable(lines: tuple[str, ...], report: Report) -> tuple[str, ...]:
    """The lines as they can be read on: columns stay, and what cannot be spoken is reported."""
    return tuple(_speakable(number, line, report) for number, line in enumerate(lines, 1))


def _size(data: bytes | str) -> int:
    return len(data if isinstance(data, bytes) else data.encode("utf-8", "replace"))


def _not_utf_8(data: bytes, error: UnicodeDecodeError, source: str) -> Fault:
    before = split_lines(data[: error.start].decode("utf-8") + _LOST)
    place = Place(source, len(before), len(before[-1]))
    return Fault(place, f"the byte 0x{data[error.start]:02X} is not UTF-8", _SAVE)


def _speakable(number: int, line: str, report: Report) -> str:
    if len(line) > LONGEST_LINE:
        message = f"the line is longer than {LONGEST_LINE:,} characters"
        report.error(report.place(number), message, "break it into shorter lines")
        return ""
    for found in UNSPEAKABLE.finditer(line):
        place = report.place(number, found.start() + 1)
        report.error(place, unspeakable(found[0]), "delete it; it may be invisible")
    return UNSPEAKABLE.sub(" ", line)


def unspeakable(character: str) -> str:
    """What is wrong with a character that `UNSPEAKABLE` finds."""
    return f"the character U+{ord(character):04X} cannot be spoken"
