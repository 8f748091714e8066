"""An engine's voice, asked for a text: whatever a stranger's engine does wrong has a name here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voiceguide.engines import Engine, Utterance
from voiceguide.errors import MachineError, VoiceguideError


@dataclass(frozen=True, slots=True)
class Asking:
    """A voice of an engine."""

    engine: Engine
    voice: str

    def __call__(self, text: str, words_a_minute: int) -> Utterance:
        """The engine's own samples.

        Raises:
            MachineError: it failed, or gave what is no utterance.
            UsageError: it has no such voice, or cannot speak at this pace.
        """
        try:
            return checked(self.engine.speak(text, self.voice, words_a_minute))
        except VoiceguideError:
            raise
        except Exception as error:  # a stranger's code may fail in any way
            raise MachineError(
                f"the speech engine `{self.engine.name}` failed on `{text[:60]}`: {error}",
                "choose another engine with `--voice`",
            ) from error


def checked(utterance: Utterance) -> Utterance:
    """The utterance, if it is what the protocol of engines asks for.

    Raises:
        ValueError: it is not.
    """
    samples = np.asarray(utterance.samples)
    if samples.ndim != 1 or samples.dtype != np.float32:
        raise ValueError("it gave no mono samples of 32 bit floating point")
    if not np.isfinite(samples).all():
        raise ValueError("it gave samples that are no numbers")
    if utterance.rate < 1:
        raise ValueError(f"it gave a sample rate of {utterance.rate} Hz")
    return Utterance(samples, utterance.rate, utterance.words)
