"""`RecordingDesk`: the prompter of a page, which has microphone and keys in the browser."""

from __future__ import annotations

import io
from typing import Any

import soundfile

from voiceguide import studio
from voiceguide.errors import UsageError
from voiceguide.recording.folder import NAME, VoiceFolder, folder_of
from voiceguide.recording.lines import ScriptLine, script_of
from voiceguide.recording.takes import TakeFault, VoiceTake, take_of

LONGEST = 30.0
"""Seconds of a take that are listened to."""


class RecordingDesk:
    """Takes in what pages record of a routine's lines, for one voice. For one thread at a time."""

    def __init__(self, name: str = NAME) -> None:
        self._name = name
        self._lines: dict[str, ScriptLine] = {}
        self._of: tuple[bytes, str] = (b"", "")
        """The text whose lines these are, and its language."""
        self._last: tuple[VoiceFolder, ScriptLine, VoiceTake] | None = None

    def state(self, text: studio.SourceText) -> dict[str, Any]:
        """Whose voice it is, and every line, with whether it is recorded: JSON.

        Raises:
            RoutineError: the routine has problems.
            UsageError, MachineError: the voice's folder is of another language, or damaged.
        """
        voice = self._voice(text)
        missing = {line.key for line in voice.missing(self._lines.values())}
        consent = voice.consent
        return {
            "voice": f"recorded:{self._name}",
            "person": consent.who if consent else None,
            "lines": [
                {"key": key, "text": line.stressed, "recorded": key not in missing}
                for key, line in self._lines.items()
            ],
        }

    def sign(self, text: studio.SourceText, who: str, permission: str) -> None:
        """Write down whose voice it is; see `VoiceFolder.sign`."""
        self._voice(text).sign(who, permission)

    def take(self, text: studio.SourceText, key: str, sound: bytes) -> dict[str, Any]:
        """Judge a take, a WAV, and keep it where nothing is wrong with it: JSON.

        Raises:
            UsageError: it is no sound, the routine has no such line, or nobody has signed.
            RoutineError, MachineError: as `state`, or it cannot be written.
        """
        voice = self._voice(text)
        if voice.consent is None:
            raise UsageError("nobody has said whose voice it is", "say it first")
        if key not in self._lines:
            raise UsageError("the routine has no such line any more", "reload the page")
        line = self._lines[key]
        take = _read_take(sound, line.expected)
        self._last = voice, line, take
        return self._told(kept=not take.faults)

    def keep(self) -> dict[str, Any]:
        """Keep the last take, whatever is wrong with it.

        Raises:
            UsageError: there is none in which anything is heard.
            MachineError: it cannot be written.
        """
        return self._told(kept=True)

    def sound(self) -> bytes:
        """The last take as a WAV, trimmed and levelled.

        Raises:
            UsageError: there is none.
        """
        _, _, take = self._latest()
        made = io.BytesIO()
        soundfile.write(made, take.samples, take.rate, format="WAV", subtype="PCM_16")
        return made.getvalue()

    def _told(self, *, kept: bool) -> dict[str, Any]:
        voice, line, take = self._latest()
        if kept and TakeFault.NOTHING in take.faults:
            raise UsageError("nothing is heard in it", "record it again")
        if kept:
            voice.keep(line, take)
        return {"kept": kept, "faults": list(take.faults), "seconds": round(take.seconds, 2)}

    def _latest(self) -> tuple[VoiceFolder, ScriptLine, VoiceTake]:
        if self._last is None:
            raise UsageError("nothing has been recorded yet", "record a line first")
        return self._last

    def _voice(self, text: studio.SourceText) -> VoiceFolder:
        """The voice's folder; and the lines of a text are known from here on."""
        if text.data != self._of[0]:
            lines = script_of(lambda options: studio.load_text(text, **options), {})
            language = studio.load_text(text).settings.language
            self._lines, self._of = {line.key: line for line in lines}, (text.data, language)
        return VoiceFolder(folder_of(self._name), self._of[1])


def _read_take(sound: bytes, expected: float) -> VoiceTake:
    try:
        with soundfile.SoundFile(io.BytesIO(sound)) as file:
            most = round(LONGEST * file.samplerate)
            samples = file.read(most, dtype="float32", always_2d=True)
            rate = file.samplerate
    except (soundfile.SoundFileError, RuntimeError, TypeError) as error:
        raise UsageError("the page sent no sound", "reload the page") from error
    return take_of(samples.mean(axis=1, dtype="float32"), rate, expected)
