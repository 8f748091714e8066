"""`Promise`: what a file says that it holds, so that it can be proved without its routine."""

from __future__ import annotations

from dataclasses import dataclass

from voiceguide.proof.fingerprint import Fingerprint

ABOVE_GROUND = 6.0
"""dB by which the loudest excerpt of a sound must be above a bed to be looked for. Of 30 chimes
2 to 4 dB above one, one was found a turn of its tone too late. Speech is far above it."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A text or a chime as it was before it was encoded; lengths in samples, levels as planned."""

    spoken: bool
    lead: int
    """What its clip has before its sound begins."""
    length: int
    tail: int
    """What its clip has after its sound ends: it fades, or rings on."""
    loudness: float
    """LUFS of the clip, mono; minus infinity where nothing sounds."""
    peak: float
    """dBFS: the largest sample."""
    sharpness: float
    """The largest second difference of neighbouring samples, in dBFS."""
    fingerprint: Fingerprint | None
    """None where nothing sounds."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An event of the timeline; position and length in samples."""

    position: int
    length: int
    kind: str
    """As in `plan --json`: `say`, `hold`, `chime`, …"""
    text: str | None
    side: str | None
    round: int | None
    rep: int | None
    chapter: int | None
    """As an index."""
    sound: int | None
    """Which of the sounds is heard, as an index; None for a silence."""
    level: float
    """dB by which the sound is turned up."""

    @property
    def end(self) -> int:
        """The sample after its last."""
        return self.position + self.length


@dataclass(frozen=True, slots=True)
class ChapterPromise:
    """Where a chapter begins, in samples."""

    title: str
    position: int
    level: int


@dataclass(frozen=True, slots=True)
class Promise:
    """All that a file promises."""

    title: str
    language: str
    length: int
    """Samples, at `lengths.SAMPLE_RATE`."""
    channels: int
    """1 or 2."""
    loudness: float
    """LUFS, mono: what spoken lines were brought to."""
    ground: float | None
    """dBFS: the loudest 400 ms of what is heard where nothing else is: a bed, or a floor of noise;
    None for digital silence."""
    chapters: tuple[ChapterPromise, ...]
    sounds: tuple[Sound, ...]
    moments: tuple[Moment, ...]
    """By position."""

    def sound_of(self, moment: Moment) -> Sound | None:
        """What is heard then."""
        return None if moment.sound is None else self.sounds[moment.sound]

    def is_heard(self, moment: Moment) -> bool:
        """Whether a sound can be found: it is no silence, and no bed drowns it."""
        sound = self.sound_of(moment)
        if sound is None or sound.fingerprint is None:
            return False
        loudest = max(excerpt.level for excerpt in sound.fingerprint.excerpts) + moment.level
        return self.ground is None or loudest >= self.ground + ABOVE_GROUND
