"""What was measured, as people read it."""

from __future__ import annotations

from voiceguide.lengths import SAMPLE_RATE, show_clock
from voiceguide.proof.making import FAINTEST
from voiceguide.proof.report import Check, Report

MEANINGS = {
    "length": "the decoded length against the timeline's",
    "sounds missing": "words and chimes that are not there, or are others",
    "times": "when each sound begins",
    "ends": "when each spoken line ends",
    "holds": "how long holds, rests and pauses are",
    "sides": "the left against the right",
    "chapters": "the chapters that the file lists",
    "loudness": "each line and chime against its plan",
    "spread of lines": "the loudest line against the quietest",
    "true peak": "the highest peak, between the samples too",
    "clipping": "peaks of lines that were cut off",
    "clicks": "sharp bends within lines",
    "seams": "bends where lines begin and end, against those inside",
    "silences": "the loudest 10 ms where nothing should sound",
    "noise floor": "the longest silences",
    "ground": "bed or floor of noise in the longest silences",
}
"""What each check looks at."""


def figure(value: float | None, unit: str) -> str:
    """`0.16 LU`, `-1.7 dBTP`, `silent`; a dash for what was not measured."""
    if value is None:
        return "–"
    if unit == "dBFS" and value <= FAINTEST:
        return "silent"
    digits = {"": 0, "dBFS": 0, "LU": 2}.get(unit, 1)
    return f"{round(value, digits) + 0.0:.{digits}f} {unit}".rstrip()


def limit(check: Check) -> str:
    """How far a check may go, as `at most 5.0 ms`; empty where there is no limit."""
    if check.limit is None:
        return ""
    if not check.limit:
        return "none" if check.name == "sounds missing" else f"at most 0 {check.unit}"
    if check.name == "ground":
        return f"promised {figure(check.limit, check.unit)}"
    return f"at most {figure(check.limit, check.unit)}"


def clock(position: int) -> str:
    """A sample's time to the tenth of a second: `1:02.5`."""
    tenths = position * 10 // SAMPLE_RATE
    return f"{show_clock(tenths // 10)}.{tenths % 10}"


def verdict(report: Report) -> str:
    """The report in a sentence."""
    sounds = sum(sound is not None for sound in report.heard.sounds)
    count = len(report.faults)
    if not count:
        return f"Everything is as promised: {sounds} sounds, {len(report.checks)} checks."
    return f"{count} thing{'s fall' if count > 1 else ' falls'} short."
