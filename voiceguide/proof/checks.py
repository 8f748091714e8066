"""Every check once: its name, what it looks at, its unit, and how it is measured.

How far each may go, and why, stands with its measuring in `timing` and `levels`; what a codec may
do to a sound in `levels.CodecLimits`. The report, the page, the terminal and JSON follow from the
table; `docs/VERIFY.md` explains it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from voiceguide.encode import ChapterTag
from voiceguide.proof import levels, timing
from voiceguide.proof.listening import Heard
from voiceguide.proof.promise import Promise
from voiceguide.proof.report import Check, Outcome


class Evidence(Struct, frozen=True):
    """All that a check may look at."""

    promise: Promise
    heard: Heard
    lengths: Sequence[int | None]
    """Of each moment, in samples, as measured."""
    chapters: Sequence[ChapterTag]
    """Those that the file lists."""


Measure = Callable[[Evidence], Outcome]


def _by_sound(measure: Callable[[Promise, Heard], Outcome]) -> Measure:
    return lambda found: measure(found.promise, found.heard)


def _by_lengths(measure: Callable[[Promise, Sequence[int | None]], Outcome]) -> Measure:
    return lambda found: measure(found.promise, found.lengths)


def _chapters(found: Evidence) -> Outcome:
    return timing.check_chapters(found.promise, found.chapters)


CHECKS: tuple[tuple[str, str, str, Measure], ...] = (
    ("length", "the decoded length against the timeline's", "ms", _by_sound(timing.check_length)),
    (
        "sounds missing",
        "words and chimes that are not there, or are others",
        "",
        _by_sound(timing.check_heard),
    ),
    ("times", "when each sound begins", "ms", _by_sound(timing.check_times)),
    ("ends", "when each spoken line ends", "ms", _by_sound(timing.check_ends)),
    ("holds", "how long holds, rests and pauses are", "ms", _by_lengths(timing.check_holds)),
    ("sides", "the left against the right", "ms", _by_lengths(timing.check_sides)),
    ("chapters", "the chapters that the file lists", "ms", _chapters),
    ("loudness", "each line and chime against its plan", "LU", _by_sound(levels.check_loudness)),
    (
        "spread of lines",
        "the loudest line against the quietest",
        "LU",
        _by_sound(levels.check_spread),
    ),
    (
        "true peak",
        "the highest peak, between the samples too",
        "dBTP",
        lambda found: levels.check_peak(found.heard),
    ),
    ("clipping", "peaks of lines that were cut off", "dB", _by_sound(levels.check_cut)),
    ("clicks", "sharp bends within lines", "dB", _by_sound(levels.check_sharpness)),
    (
        "seams",
        "bends where lines begin and end, against those inside",
        "dB",
        _by_sound(levels.check_seams),
    ),
    (
        "silences",
        "the loudest 10 ms where nothing should sound",
        "dBFS",
        _by_sound(levels.check_silence),
    ),
    ("noise floor", "the longest silences", "dBFS", _by_sound(levels.check_floor)),
    (
        levels.GROUND,
        "bed or floor of noise in the longest silences",
        "dBFS",
        _by_sound(levels.check_ground),
    ),
)
"""In the order in which they are shown."""


def checked(found: Evidence) -> Iterator[Check]:
    """The checks of a file; of its floor, that of silence or of the ground that was promised."""
    ground = levels.has_ground(found.promise, found.heard)
    for name, about, unit, measure in CHECKS:
        if name == ("noise floor" if ground else levels.GROUND):
            continue
        outcome = measure(found)
        yield Check(name, about, outcome.measured, outcome.limit, unit, outcome.faults)
