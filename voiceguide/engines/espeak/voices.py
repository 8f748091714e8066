"""The voices of espeak-ng, read from its data: listing them needs no child process."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from voiceguide.engines import Voice
from voiceguide.errors import UsageError

# ── the voices of espeak-ng, read from its data: listing them needs no child process


PREFERRED = ("en-us",)
"""The best voices of their languages, where the data's own order is not followed."""

_NO_PRIORITY = 5
"""What espeak-ng takes where a `language` line gives no number; lower is better."""


class Style(Struct, frozen=True):
    """espeak-ng's settings beside voice and rate; without arguments, its own."""

    variant: str = ""
    """What stands after the `+` of a voice's name."""
    pitch: int = 50
    """Its `espeakPITCH`, 0 to 100."""
    range: int = 50
    """Its `espeakRANGE`, 0 (monotone) to 100: how far the pitch moves."""
    gap: int = 0
    """Its `espeakWORDGAP`, in tens of milliseconds at its usual rate."""
    finished: bool = False
    """Whether the sound goes through `voiceguide.engines.espeak.finish`."""


PLAIN = Style()
CALM = Style(variant="edward", pitch=40, range=45, finished=True)
"""How a voice speaks where a routine names the language alone; docs/VOICES.md has the figures."""


class EspeakVoice(Struct, frozen=True):
    """One file of the data's `lang` folder."""

    identifier: str
    """Its path below `lang`, by which espeak-ng loads it: `gmw/en-US`."""
    name: str
    """Its first language tag in lower case, `en-us`: what a routine calls it."""
    languages: tuple[tuple[str, int], ...]
    """Its tags with their priorities."""
    phonemes: str
    """The name of its table of phonemes."""


def read_voice_files(data: Path) -> dict[str, EspeakVoice]:
    """The voice files by their names.

    Raises:
        OSError: the data cannot be read.
    """
    found: dict[str, EspeakVoice] = {}
    folder = data / "lang"
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        lines = [line.split() for line in path.read_text("utf-8", "replace").splitlines()]
        languages = tuple(_languages(lines))
        if languages:
            # two ways of writing one language share a tag: the second is called by its file
            name = languages[0][0] if languages[0][0] not in found else path.name.lower()
            identifier = path.relative_to(folder).as_posix()
            found[name] = EspeakVoice(identifier, name, languages, _phonemes(lines, path.name))
    return found


def read_variants(data: Path) -> frozenset[str]:
    """What may stand after the `+` of a voice's name.

    Raises:
        OSError: the data cannot be read.
    """
    return frozenset(path.name for path in (data / "voices" / "!v").iterdir())


def list_voices(files: dict[str, EspeakVoice]) -> Sequence[Voice]:
    """The voices, the best of each language first; one of two languages comes twice."""
    rows = sorted(row for file in files.values() for row in _rows(file))
    return [Voice(name, tag) for _, _, _, name, tag in rows]


def _languages(lines: list[list[str]]) -> Iterator[tuple[str, int]]:
    for words in lines:
        if len(words) > 1 and words[0] == "language":
            yield words[1].lower(), int(words[2]) if len(words) > 2 else _NO_PRIORITY


def _phonemes(lines: list[list[str]], file_name: str) -> str:
    named = (words[1] for words in lines if len(words) > 1 and words[0] == "phonemes")
    return next(named, file_name.lower().partition("-")[0])


def _rows(file: EspeakVoice) -> Iterator[tuple[str, bool, int, str, str]]:
    """A row for each language, ready to be sorted: a tag's first part, then the best first."""
    priorities = {tag.partition("-")[0]: priority for tag, priority in file.languages}
    tags = {tag.partition("-")[0]: tag for tag, _ in reversed(file.languages)}
    for base, tag in tags.items():
        yield base, file.name not in PREFERRED, priorities[base], file.name, tag


# ── words a minute, made true: espeak-ng's own `rate` is a tenth to a quarter too quick


SLOWEST, FASTEST = 40, 450
"""Words a minute that this engine can speak."""

_MEASURED = (
    (92.5, 85),
    (98.2, 90),
    (109.5, 100),
    (121.0, 110),
    (132.3, 120),
    (144.6, 130),
    (167.4, 150),
    (197.3, 175),
    (226.5, 200),
    (286.1, 250),
    (346.3, 300),
    (412.7, 350),
    (468.9, 400),
)
"""Words a minute in the sound, and the `rate` that gave them; below 85 it gets no slower."""

_MEASURED_WITH_GAP = ((82.6, 80), (88.4, 90), (93.5, 100))
"""The same with the smallest gap between words."""

_GAP_BASE, _GAP_STEP = 0.697, 0.0299
"""Seconds a word at rate 80: with a gap between words, and for each unit of that gap."""


class Pace(Struct, frozen=True):
    """espeak-ng's parameters for a pace."""

    rate: int
    """Its `espeakRATE`."""
    gap: int = 0
    """Its `espeakWORDGAP`: what makes it slower than its slowest rate."""


def pace_for(words_a_minute: float) -> Pace:
    """The parameters at which so many words a minute are heard.

    Raises:
        UsageError: no setting is that slow or that quick.
    """
    if not SLOWEST <= words_a_minute <= FASTEST:
        raise UsageError(
            f"espeak cannot speak {words_a_minute:g} words a minute",
            f"choose a pace from {SLOWEST} to {FASTEST}",
        )
    if words_a_minute >= _MEASURED[0][0]:
        return Pace(_between(_MEASURED, words_a_minute))
    if words_a_minute >= _MEASURED_WITH_GAP[0][0]:
        return Pace(_between(_MEASURED_WITH_GAP, words_a_minute), 1)
    return Pace(80, round((60 / words_a_minute - _GAP_BASE) / _GAP_STEP))


def _between(table: Sequence[tuple[float, int]], words_a_minute: float) -> int:
    """The rate on the line between the two measurements around it."""
    after = min(bisect_right(table, (words_a_minute, 999)), len(table) - 1)
    (low, rate), (high, next_rate) = table[after - 1], table[after]
    return round(rate + (next_rate - rate) * (words_a_minute - low) / (high - low))
