"""What came of a proof: a check for each thing that was promised, and what falls short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from voiceguide.lengths import in_seconds
from voiceguide.proof.listening import Heard, HeardSound
from voiceguide.proof.promise import Promise, PromisedMoment


class Fault(Struct, frozen=True):
    """One thing that falls short."""

    at: int | None
    """The sample of the session that it is about; None where it is about all of it."""
    message: str


class Outcome(Struct, frozen=True):
    """What came of looking at one thing."""

    measured: float | None
    limit: float | None
    faults: tuple[Fault, ...] = ()


class Check(Struct, frozen=True):
    """One thing that was looked at; it passes where nothing falls short."""

    name: str
    """A word or two: `times`, `true peak`."""
    about: str
    """What was looked at, in a sentence's part."""
    measured: float | None
    """The worst that was found, in `unit`; None where there was nothing to measure."""
    limit: float | None
    """How far it may go, in `unit`."""
    unit: str
    """`ms`, `LU`, `dBTP`, …; empty for a plain number."""
    faults: tuple[Fault, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether nothing falls short."""
        return not self.faults


class Report(Struct, frozen=True):
    """A file, what it promised, what was heard in it, and the checks."""

    path: Path
    promise: Promise
    heard: Heard
    checks: tuple[Check, ...]
    lengths: tuple[int | None, ...]
    """For each moment its length as measured, in samples; None where it could not be."""

    @property
    def passes(self) -> bool:
        """Whether the file holds all that it promises."""
        return all(check.passes for check in self.checks)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All that falls short, check by check."""
        return tuple(fault for check in self.checks for fault in check.faults)

    @property
    def events(self) -> Iterator[tuple[PromisedMoment, HeardSound | None, int | None]]:
        """Each moment with what was heard of it, and its length as measured."""
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
