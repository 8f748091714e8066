"""The result of verifying a file: the checks and their faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from voiceguide.encode import ChapterTag
from voiceguide.lengths import SAMPLE_RATE, in_seconds, show_tenths
from voiceguide.proof.listening import Heard, HeardSound
from voiceguide.proof.promise import FAINTEST, Promise, PromisedMoment, PromisedSound
from voiceguide.sequence import EventKind


class Evidence(Struct, frozen=True):
    """The data that checks use."""

    promise: Promise
    heard: Heard
    lengths: Sequence[int | None]
    """Measured length of each moment in samples."""
    chapters: Sequence[ChapterTag]
    """The chapters that the file lists."""

    def found(self) -> Iterator[tuple[PromisedMoment, HeardSound, PromisedSound]]:
        """Yield each moment whose sound was heard, with the sound heard and the sound promised."""
        for moment, sound in zip(self.promise.moments, self.heard.sounds, strict=True):
            if sound and moment.sound is not None:
                yield moment, sound, self.promise.sounds[moment.sound]

    def lines(self) -> Iterator[tuple[PromisedMoment, HeardSound, PromisedSound]]:
        """Yield the same for spoken lines into which nothing else sounds."""
        return (one for one in self.found() if one[2].spoken and one[1].alone)

    def measured(self) -> Iterator[tuple[PromisedMoment, int | None]]:
        """Each moment with its measured length in samples."""
        return zip(self.promise.moments, self.lengths, strict=True)


class Fault(Struct, frozen=True):
    """A place where the file falls short."""

    at: int | None
    """Position in samples; None if it concerns the whole session."""
    message: str


class Outcome(Struct, frozen=True):
    """The result of one check function."""

    measured: float | None
    limit: float | None
    faults: tuple[Fault, ...] = ()


class Check(Struct, frozen=True):
    """A named check; it passes if it has no faults."""

    name: str
    """A word or two: `times`, `true peak`."""
    about: str
    """What it looks at, as a phrase."""
    measured: float | None
    """The worst value found, in `unit`; None if there was nothing to measure."""
    limit: float | None
    """The allowed value, in `unit`; None if there is no limit."""
    unit: str
    """`ms`, `LU`, `dBTP`, …; empty for a plain number."""
    faults: tuple[Fault, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether there are no faults."""
        return not self.faults


class Report(Struct, frozen=True):
    """A file with its promise, what was heard in it, and the checks."""

    path: Path
    promise: Promise
    heard: Heard
    checks: tuple[Check, ...]
    lengths: tuple[int | None, ...]
    """Measured length of each moment in samples; None where it could not be measured."""

    @property
    def passes(self) -> bool:
        """Whether the file holds everything that it promises."""
        return all(check.passes for check in self.checks)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults of all checks, in their order."""
        return tuple(fault for check in self.checks for fault in check.faults)

    @property
    def events(self) -> Iterator[tuple[PromisedMoment, HeardSound | None, int | None]]:
        """Each moment with its sound as heard and its measured length in samples."""
        return zip(self.promise.moments, self.heard.sounds, self.lengths, strict=True)

    def as_dict(self) -> dict[str, object]:
        """The object of `verify --json`."""
        return {
            "file": str(self.path),
            "title": self.promise.title,
            "language": self.promise.language,
            "passes": self.passes,
            "duration": in_seconds(self.promise.length),
            "measured_duration": in_seconds(self.heard.length),
            "sample_rate": self.heard.rate,
            "codec": self.heard.codec,
            "channels": self.heard.channels,
            "checks": [_check(check) for check in self.checks],
            "events": [self._event(*event) for event in self.events],
        }

    def _event(
        self, moment: PromisedMoment, heard: HeardSound | None, length: int | None
    ) -> dict[str, object]:
        promised = self.promise.sound_of(moment)
        chapters = self.promise.chapters
        planned = promised.loudness + moment.level if promised and promised.fingerprint else None
        return {
            "at": in_seconds(moment.position),
            "measured_at": in_seconds(moment.position + heard.late) if heard else None,
            "duration": in_seconds(moment.length),
            "measured_duration": None if length is None else in_seconds(length),
            "kind": moment.kind,
            "text": moment.text,
            "side": moment.side,
            "round": moment.round,
            "rep": moment.rep,
            "chapter": None if moment.chapter is None else chapters[moment.chapter].title,
            "loudness": None if planned is None else round(planned, 2),
            "measured_loudness": round(heard.loudness, 2) if heard else None,
            "alike": round(heard.alike, 3) if heard else None,
        }


def _check(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "passes": check.passes,
        "measured": None if check.measured is None else round(check.measured, 3),
        "limit": check.limit,
        "unit": check.unit or None,
        "faults": [
            {"at": None if fault.at is None else in_seconds(fault.at), "message": fault.message}
            for fault in check.faults
        ],
    }


# ── measurements as text ─────────────────────────────────────────────────────


GROUND = "ground"
"""Name of the check whose limit is the promised level."""


def figure(value: float | None, unit: str) -> str:
    """Show a value, such as `0.16 LU`, `-1.7 dBTP` or `silent`; a dash for None."""
    if value is None:
        return "–"
    if unit == "dBFS" and value <= FAINTEST:
        return "silent"
    digits = {"": 0, "dBFS": 0, "LU": 2}.get(unit, 1)
    return f"{round(value, digits) + 0.0:.{digits}f} {unit}".rstrip()


def limit(check: Check) -> str:
    """Show a check's limit, such as `at most 5.0 ms`; empty if there is none."""
    if check.limit is None:
        return ""
    if not check.limit:
        return "none" if check.name == "sounds missing" else f"at most 0 {check.unit}"
    if check.name == GROUND:
        return f"promised {figure(check.limit, check.unit)}"
    return f"at most {figure(check.limit, check.unit)}"


def off_by(count: int | None) -> str:
    """Show a deviation in samples as milliseconds with its sign; empty for None."""
    return "" if count is None else f"{count * 1000 / SAMPLE_RATE + 0.0:+.1f} ms"


def clock(position: int) -> str:
    """Show a sample's time to the tenth of a second: `1:02.5`."""
    return show_tenths(in_seconds(position))


def verdict(report: Report) -> str:
    """Summarise the report in a sentence."""
    sounds = sum(sound is not None for sound in report.heard.sounds)
    count = len(report.faults)
    if not count:
        return f"Everything is as promised: {sounds} sounds, {len(report.checks)} checks."
    return f"{count} thing{'s fall' if count > 1 else ' falls'} short."


_QUOTED = 80
"""Most characters of a line that are quoted."""

_NOUNS = {kind.value: kind.noun for kind in EventKind}


def named(moment: PromisedMoment) -> str:
    """Name a moment in a sentence, such as: the line “Switch sides.”, the left hold."""
    side = f"{moment.side} " if moment.side and _NOUNS.get(moment.kind) == moment.kind else ""
    text = moment.text or ""
    if len(text) > _QUOTED:
        text = f"{text[:_QUOTED]}…"
    quoted = f" “{text}”" if text else ""
    return f"the {side}{_NOUNS.get(moment.kind, moment.kind)}{quoted}"
