"""`*word*` for espeak-ng: a little slower, louder and higher, by commands of its own within a text.

A command is the character 1, a number and a letter; the values are absolute, and set back after
the stressed words. espeak-ng's own emphasis, in SSML, adds pauses around the word and, at its lower
level, makes it softer. No command can come from a user's text: control characters are taken out of
it before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SLOWER, _HIGHER, _VOLUME, _LOUDER = 0.8, 8, 100, 120
"""The rate's factor, what is added to the pitch, and the amplitude as it is and stressed, %."""

_SLOWEST = 80
_PHONEMES = re.compile(r"(\[\[.*?(?:\]\]|$))", re.S)


@dataclass(frozen=True, slots=True)
class Tone:
    """What the commands change, and set back."""

    rate: int
    pitch: int


def has_stress(text: str) -> bool:
    """Whether there is an asterisk outside of phonemes."""
    return any("*" in part for part in _PHONEMES.split(text)[::2])


def without_stress(text: str) -> str:
    """The text without asterisks; those among phonemes stay, where they are a sound."""
    parts = _PHONEMES.split(text)
    parts[::2] = [part.replace("*", "") for part in parts[::2]]
    return "".join(parts)


def with_commands(text: str, tone: Tone) -> str:
    """The text with commands in the place of its asterisks: one begins, the next one ends."""
    stressed = Tone(max(_SLOWEST, round(tone.rate * _SLOWER)), min(99, tone.pitch + _HIGHER))
    commands = (_commands(stressed, _LOUDER), _commands(tone, _VOLUME))
    said, count = [], 0
    for index, part in enumerate(_PHONEMES.split(text)):
        if index % 2:
            said.append(part)
            continue
        plain, *after = part.split("*")
        said.append(plain)
        for words in after:
            said += [commands[count % 2], words]
            count += 1
    return "".join(said)


def _commands(tone: Tone, volume: int) -> str:
    return f"\x01{tone.rate}S\x01{tone.pitch}P\x01{volume}A"
