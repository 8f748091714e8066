"""`VoiceFolder`: the lines that a person has said, kept in the form that `recorded` speaks from."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import soundfile
from msgspec.structs import replace

from voiceguide.engines.recorded import (
    ABOUT,
    LINES,
    RecordedLine,
    Recordings,
    VoiceConsent,
    file_of,
    key_of,
    read_consent,
    read_recordings,
    write_lines,
)
from voiceguide.errors import UsageError
from voiceguide.files import locked, make_folder, replacing
from voiceguide.recording.lines import ScriptLine
from voiceguide.recording.takes import VoiceTake
from voiceguide.voices import voices_folder

NAME = "my-voice"
"""What a voice is called where nobody names it."""

ENDING = ".flac"


def folder_of(name: str) -> Path:
    """Where the voice `recorded:NAME` lives.

    Raises:
        UsageError: no folder can be called so.
    """
    if not name.strip() or Path(name).name != name or name.startswith("."):
        raise UsageError(f"`{name}` cannot be the name of a voice", f"write it as `{NAME}`")
    return voices_folder() / "recorded" / name


class VoiceFolder:
    """A folder of a person's recordings. It need not be there; the first line makes it."""

    def __init__(self, path: Path, language: str) -> None:
        """Look into a folder, for lines of a language.

        Raises:
            MachineError: its list cannot be read.
            UsageError: its lines are of another language.
        """
        self.path, self._language = path, language
        there = self._read().language
        if there.partition("-")[0] != language.lower().replace("_", "-").partition("-")[0]:
            message = f"the lines in `{path}` are in `{there}`, and the routine is in `{language}`"
            raise UsageError(message, "give them a voice of their own: `--as NAME`")

    @property
    def consent(self) -> VoiceConsent | None:
        """Who speaks, and what they agreed to; None where nobody has said."""
        return read_consent(self.path)

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self._read().lines)

    def line(self, text: str) -> RecordedLine | None:
        """The recording of a text."""
        return self._read().lines.get(key_of(text))

    def missing(self, lines: Iterable[ScriptLine]) -> list[ScriptLine]:
        """Those that are not recorded."""
        here = self._read().lines
        return [line for line in lines if line.key not in here]

    def sign(self, who: str, permission: str) -> None:
        """Write down who speaks, and what they agreed to; what stands there already goes.

        Raises:
            UsageError: one of the two is empty.
            MachineError: it cannot be written.
        """
        who, permission = " ".join(who.split()), " ".join(permission.split())
        if not who or not permission:
            raise UsageError("a voice needs a name and a permission", "say whose it is")
        make_folder(self.path)
        consent = VoiceConsent(who, _today(), permission)
        with locked(self.path), replacing(self.path / ABOUT) as file:
            file.write(consent.written().encode())

    def keep(self, line: ScriptLine, take: VoiceTake) -> RecordedLine:
        """Write a take down: the sound first, then the list, each whole or not at all.

        Raises:
            MachineError: it cannot be written.
        """
        name = file_of(line.text, ENDING)
        kept = RecordedLine(line.text, name, round(take.seconds, 3), _today())
        make_folder(self.path)
        with locked(self.path):
            with replacing(self.path / kept.file) as file:
                soundfile.write(file, take.samples, take.rate, format="FLAC", subtype="PCM_16")
            here = self._read()
            lines = {**here.lines, line.key: kept}
            facts = {**here.facts, **({"voice": self.consent.who} if self.consent else {})}
            with replacing(self.path / LINES) as file:
                file.write(write_lines(replace(here, facts=facts, lines=lines)))
        read_recordings.cache_clear()
        return kept

    def _read(self) -> Recordings:
        read_recordings.cache_clear()  # another process may have written
        if (self.path / LINES).is_file():
            return read_recordings(self.path)
        return Recordings(self.path, {"language": self._language}, {})


def _today() -> str:
    return time.strftime("%Y-%m-%d")
