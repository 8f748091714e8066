"""`silent`: says nothing, for as long as saying it would take. For checks, tests and timing."""

from __future__ import annotations

from collections.abc import Sequence

from voiceguide.engines import Utterance, Voice
from voiceguide.engines.duration import seconds_to_say
from voiceguide.errors import UsageError

_RATE = 48_000
_LANGUAGES = ("en", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sv", "uk", "zh")


class SilentEngine:
    """An engine of silences; its one voice keeps quiet in every language that it is asked for."""

    name = "silent"
    version = "1"
    at_once = 2

    def voices(self) -> Sequence[Voice]:
        """One voice, in some languages."""
        return [Voice("silent", language) for language in _LANGUAGES]

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        """Silence at 48,000 Hz; see `voiceguide.engines.Engine`."""
        import numpy as np

        if voice != "silent":
            raise UsageError(f"the engine `silent` has no voice `{voice}`", "its voice is `silent`")
        count = round(seconds_to_say(text, words_a_minute) * _RATE)
        return Utterance(np.zeros(count, np.float32), _RATE)

    def close(self) -> None:
        """Nothing to let go of."""
