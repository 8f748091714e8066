"""`Measured`: a voice's calibration, found out when it is first needed, once for all its paces."""

from __future__ import annotations

from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from voiceguide.engines import Engine
from voiceguide.store import Store, kept

if TYPE_CHECKING:  # numpy comes with the first clip, not with the first import
    from voiceguide.speech.calibration import Calibration

_PROCESSING = "5"
"""Counts the changes to what is made of an utterance: kept clips of another count are not used."""


class Measured:
    """A voice, measured at the pace at which most is said; what it needs there, it needs at others.

    `loudness` is what the voice is brought to, in LUFS.
    """

    def __init__(
        self,
        engine: Engine,
        voice: str,
        language: str,
        words_a_minute: int,
        loudness: float,
        store: Store | None,
    ) -> None:
        self._engine = engine
        self._voice = voice
        self._language = language
        self._pace = words_a_minute
        self._loudness = loudness
        self._store = store
        self._known: Calibration | None = None
        self._measuring = Lock()

    @cached_property
    def identity(self) -> str:
        """Names everything that the calibration, and what is made with it, depends on."""
        engine = (self._engine.name, self._engine.version, self._voice)
        manner = (self._pace, self._language, self._loudness, _PROCESSING)
        return " ".join(map(str, (*engine, *manner)))

    def calibration(self) -> Calibration:
        """What the voice needs to be as loud and as quick as wished.

        Raises:
            MachineError: the engine failed.
            UsageError: it has no such voice, or cannot speak at this pace.
        """
        from voiceguide.speech.calibration import unpacked

        with self._measuring:  # two threads would measure the same
            if self._known is None:
                key = f"{self.identity} calibration"
                self._known = unpacked(kept(self._store, key, self._calibrated))
            return self._known

    def _calibrated(self) -> bytes:
        from voiceguide.speech.asking import Asking
        from voiceguide.speech.calibration import calibrate

        ask = Asking(self._engine, self._voice)
        return calibrate(ask, self._language, self._pace, self._loudness).packed()
