"""espeak-ng's voices, read from its data files without a child process; its paces; its finish."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from voiceguide.engines import Voice
from voiceguide.errors import UsageError

if TYPE_CHECKING:
    from voiceguide.audio.clip import Samples

# ── the voices in espeak-ng's data ───────────────────────────────────────────


PREFERRED = ("en-us",)
"""The best voices of their languages, if the data gives another order."""

_NO_PRIORITY = 5
"""espeak-ng's priority for a `language` line without a number; lower is better."""


class Style(Struct, frozen=True):
    """espeak-ng's settings apart from voice and rate; the defaults are its own."""

    variant: str = ""
    """The variant, which follows the `+` in a voice's name."""
    pitch: int = 50
    """`espeakPITCH`, 0 to 100."""
    range: int = 50
    """`espeakRANGE`, 0 (monotone) to 100: the movement of the pitch."""
    gap: int = 0
    """`espeakWORDGAP`, in tens of milliseconds at its default rate."""
    finished: bool = False
    """Whether the sound is softened and gets a room; see `finished`."""


PLAIN = Style()
CALM = Style(variant="edward", pitch=40, range=45, finished=True)
"""The style if a routine only names the language; docs/VOICES.md has the figures."""


class EspeakVoice(Struct, frozen=True):
    """A voice file in the data's `lang` folder."""

    identifier: str
    """Its path in `lang`, with which espeak-ng loads it: `gmw/en-US`."""
    name: str
    """Its first language tag in lower case, `en-us`: its name in a routine."""
    languages: tuple[tuple[str, int], ...]
    """Its language tags with their priorities."""
    phonemes: str
    """The name of its phoneme table."""


def read_voice_files(data: Path) -> dict[str, EspeakVoice]:
    """Read the voice files; return them by name. Raise an OSError if they cannot be read."""
    found: dict[str, EspeakVoice] = {}
    folder = data / "lang"
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        lines = [line.split() for line in path.read_text("utf-8", "replace").splitlines()]
        languages = tuple(_languages(lines))
        if languages:
            # two ways of writing a language share a tag: the second voice is named after its file
            name = languages[0][0] if languages[0][0] not in found else path.name.lower()
            identifier = path.relative_to(folder).as_posix()
            found[name] = EspeakVoice(identifier, name, languages, _phonemes(lines, path.name))
    return found


def read_variants(data: Path) -> frozenset[str]:
    """Return the variants, which may follow the `+` in a voice's name, or raise an OSError."""
    return frozenset(path.name for path in (data / "voices" / "!v").iterdir())


def list_voices(files: dict[str, EspeakVoice]) -> Sequence[Voice]:
    """Return the voices, the best of each language first; a voice of two languages comes twice."""
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
    """Yield a sort key for each language: the first part of its tag, then the best voice first."""
    priorities = {tag.partition("-")[0]: priority for tag, priority in file.languages}
    tags = {tag.partition("-")[0]: tag for tag, _ in reversed(file.languages)}
    for base, tag in tags.items():
        yield base, file.name not in PREFERRED, priorities[base], file.name, tag


# ── true words a minute: espeak-ng's own `rate` is 10 to 25 % too fast ───────


SLOWEST, FASTEST = 40, 450
"""The range of words a minute that this engine can speak."""

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
"""Measured words a minute, and the `rate` that gave them; rates below 85 are no slower."""

_MEASURED_WITH_GAP = ((82.6, 80), (88.4, 90), (93.5, 100))
"""The same measurements with the smallest gap between words."""

_GAP_BASE, _GAP_STEP = 0.697, 0.0299
"""Seconds per word at rate 80 with a gap between words, and seconds for each unit of the gap."""


class Pace(Struct, frozen=True):
    """espeak-ng's parameters of a pace."""

    rate: int
    """`espeakRATE`."""
    gap: int = 0
    """`espeakWORDGAP`, for a pace below the slowest rate."""


def pace_for(words_a_minute: float) -> Pace:
    """Return the parameters of a pace in words a minute; raise a UsageError if there are none."""
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
    """Interpolate the rate linearly between the two nearest measurements."""
    after = min(bisect_right(table, (words_a_minute, 999)), len(table) - 1)
    (low, rate), (high, next_rate) = table[after - 1], table[after]
    return round(rate + (next_rate - rate) * (words_a_minute - low) / (high - low))


# ── the finish of a voice: a softer sound, in a room ─────────────────────────

# espeak-ng's consonants are sharp, and its pauses are digital silence. So a filter of three taps
# lowers the highest octave, and a few short, darker reflections follow, as from the walls of a
# small room. There is no reverb tail: words stay clear, and a clip ends promptly.

_EDGE = 0.12
"""Weight of each neighbouring sample: -1 dB at 3.7 kHz, -2.4 dB at 5.5, -5.7 dB at 11."""

_DARKNESS = (0.0625, 0.25, 0.375, 0.25, 0.0625)
"""Filter of the reflections: -6 dB at 4 kHz, at 22,050 Hz."""

_ROOM = -18.0
"""dB: energy of all reflections together, relative to the voice."""

_NEAREST, _FARTHEST = 0.007, 0.055
"""Delays of the first and the last reflection in seconds; the ear hears echoes as early as these
and the voice as one sound (Haas, 1951)."""

_DECAY = 26.0
"""dB from the nearest to the farthest reflection."""

_COUNT = 9
_SEED = 6


def finished(samples: Samples, rate: int) -> Samples:
    """Soften a voice and add its room; longer by the last reflection, with the same start."""
    import numpy as np

    if not len(samples):
        return samples
    soft = _filtered(samples, (_EDGE, 1 - 2 * _EDGE, _EDGE))
    dark = _filtered(soft, _DARKNESS)
    out = np.concatenate((soft, np.zeros(round(_FARTHEST * rate), np.float32)))
    for seconds, gain in _reflections():
        start = round(seconds * rate)
        out[start : start + len(dark)] += np.float32(gain) * dark
    return out


def _filtered(samples: Samples, taps: tuple[float, ...]) -> Samples:
    import numpy as np

    return np.convolve(samples, np.array(taps, np.float32), "same").astype(np.float32, copy=False)


@lru_cache(maxsize=1)
def _reflections() -> tuple[tuple[float, float], ...]:
    """Return the delay in seconds and the gain of each reflection; even spacing would ring."""
    import numpy as np

    chance = np.random.default_rng(_SEED)
    share = (np.arange(_COUNT) + chance.uniform(0, 0.9, _COUNT)) / _COUNT
    share = (share - share[0]) / (share[-1] - share[0])
    gains = 10 ** (-_DECAY * share / 20) * chance.choice((-1, 1), _COUNT)
    gains *= 10 ** (_ROOM / 20) / np.sqrt(np.square(gains).sum())
    seconds = _NEAREST + (_FARTHEST - _NEAREST) * share
    return tuple(zip(seconds.tolist(), gains.tolist(), strict=True))
