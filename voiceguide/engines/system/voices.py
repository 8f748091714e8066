"""The system's voices, as each system describes its own, with short names and usual tags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

UNKNOWN = "und"
"""The tag of a language that is not told (<https://www.rfc-editor.org/info/bcp47>)."""

_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_HOME = {"en": "en-us", "pt": "pt-br", "zh": "zh-cn"}
"""The region whose voice comes first, where it is not that of the language's own name."""

_BETTER = ("premium", "enhanced", "natural")
_WORSE = ("super-compact", "eloquence", "speech.synthesis.voice", "novelty")
"""Parts of macOS' and Windows' names for voices that were brought, and for toys."""


@dataclass(frozen=True, slots=True)
class SystemVoice:
    """One voice of the system."""

    id: str
    """What the system calls it."""
    name: str
    """What a routine calls it."""
    languages: tuple[str, ...]


def read_voices(described: Iterable[dict[str, object]], default: str) -> Sequence[SystemVoice]:
    """The voices, of each language the best first: the user's own choice, then those brought."""
    rows = [(str(row["id"]), _short_name(row), _tags(row["languages"])) for row in described]
    counts = Counter(name.lower() for _, name, _ in rows)
    voices = [
        # two voices may share a name: then it is the system's own that tells them apart
        SystemVoice(id_, name if counts[name.lower()] == 1 else id_, languages)
        for id_, name, languages in rows
    ]
    return sorted(dict.fromkeys(voices), key=lambda voice: _rank(voice, default))


def normal_tag(language: str) -> str:
    """`en_US` and `en-US` as `en-us`; `und` for what is no tag."""
    tag = language.strip().lower().replace("_", "-")
    return tag if _TAG.fullmatch(tag) else UNKNOWN


def _tags(languages: object) -> tuple[str, ...]:
    found = languages if isinstance(languages, list) else []
    return tuple(dict.fromkeys(normal_tag(str(one)) for one in found)) or (UNKNOWN,)


def _short_name(row: dict[str, object]) -> str:
    """`en-us` of `gmw/en-us`, `Microsoft Zira Desktop` of that with its language behind it."""
    id_, name = str(row["id"]), str(row["name"]).strip()
    if re.fullmatch(r"\w+/[\w-]+", id_):
        return id_.partition("/")[2]
    return (name.partition(" - ")[0] or id_).replace("+", " ")


def _rank(voice: SystemVoice, default: str) -> tuple[bool, int, bool]:
    told = f"{voice.id} {voice.name}".lower()
    better = any(part in told for part in _BETTER)
    worse = any(part in told for part in _WORSE)
    tag = voice.languages[0]
    base = tag.partition("-")[0]
    at_home = tag in (base, f"{base}-{base}", _HOME.get(base))
    return voice.id != default, worse - better, not at_home
