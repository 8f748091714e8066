"""`piper`: the voices of Piper, one file each; small, quick, and in many languages."""

from __future__ import annotations

from voiceguide.engines.neural import FileEngine


class PiperEngine(FileEngine):
    """Piper, as the package `piper-tts` brings it; `NAME+SPEAKER` is one of several speakers.

    Raises:
        MachineError: the package is not installed.
    """

    name = "piper"
    package = "piper-tts"
