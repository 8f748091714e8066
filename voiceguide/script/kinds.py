"""What a step does with its time, by its dose."""

from __future__ import annotations

from enum import Enum

from voiceguide.routine import Dose, Sides, Timed


class StepKind(Enum):
    """What a step does with its time; the value is how messages name it."""

    HOLD = "hold"
    REPS = "reps"
    REST = "rest"
    PAUSE = "pause"
    WAIT = "wait"
    CHIME = "chime"
    USE = "use"
    GROUP = "group"

    @classmethod
    def of(cls, dose: Dose, *, nests: bool) -> StepKind:
        """The kind of a step; `nests` says whether there are steps within it."""
        repeats = dose.rounds is not None or dose.sides is not Sides.UNSAID
        kinds = {
            cls.CHIME: dose.chime,
            cls.USE: dose.use,
            cls.PAUSE: dose.pause,
            cls.WAIT: dose.wait,
            cls.HOLD: dose.hold,
            cls.REPS: dose.reps,
            cls.REST: None if repeats or nests else dose.rest,
        }
        return next((kind for kind, clause in kinds.items() if clause), cls.GROUP)

    def timed(self, dose: Dose) -> Timed | None:
        """The silence that cues stand in."""
        silences = {
            StepKind.HOLD: dose.hold,
            StepKind.REST: dose.rest,
            StepKind.PAUSE: dose.pause,
            StepKind.WAIT: dose.wait,
        }
        return silences.get(self)
