"""`command`: run any program that writes a WAV file, as described in the user's configuration.

    [command.flite]
    run = ["flite", "-t", "{text}", "-voice", "{voice}", "-o", "{out}"]
    voices = { slt = "en-us", rms = "en-us" }

Its voices are `flite/slt` and `flite/rms`; `flite` is the first of them. The text is passed as an
argument if one contains `{text}`, otherwise on standard input; the sound is read from the file
`{out}` if an argument names it, otherwise from standard output. No shell is involved.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from voiceguide.engines import Utterance, Voice
from voiceguide.engines.processes import (
    MOST_OUTPUT,
    Ended,
    FailedError,
    Programs,
    TookTooLongError,
    WaveError,
    decode_wave,
)
from voiceguide.engines.texts import cut_short, nothing_said, plain_words
from voiceguide.errors import MachineError, UsageError, did_you_mean
from voiceguide.files import temporary_folder
from voiceguide.patterns import late
from voiceguide.settings.configuration import Program, read_configuration

_OURS = "2"
"""Version of our own code; raised when it changes the sound of this engine."""

_NATURAL = 160
"""Words a minute at which `{speed}` is 1. Programs differ in this, and in the meaning of `{rate}`;
the callers of engines measure the pace that is heard."""

_PLACEHOLDER = late(r"\{(\w+)\}")
_NONE = 'write one into the configuration file: `[command.flite]`, `run = ["flite", …]`'
_AT_ONCE: int = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Flags to open a file with; a blocking open of a pipe without a writer would wait forever."""


class CommandEngine:
    """The engine of the programs in the configuration file.

    Raises:
        MachineError: no program is configured, or the file cannot be read.
        ConfigurationError: there is a mistake in the file.
    """

    name = "command"
    at_once = 2

    def __init__(self) -> None:
        configuration = read_configuration().checked()
        self._programs: Mapping[str, Program] = configuration.programs
        self._folder = configuration.path.absolute().parent
        self._running = Programs()
        if not self._programs:
            raise MachineError("no program that speaks is configured", _NONE)

    @cached_property
    def version(self) -> str:
        """Changes when a program's table in the configuration file changes."""
        tables = repr(sorted(map(repr, self._programs.values())))
        return f"{_OURS}-{hashlib.sha256(tables.encode()).hexdigest()[:16]}"

    def voices(self) -> Sequence[Voice]:
        """Return each program under its own name, as its first voice, and then its named voices."""
        return [
            voice
            for program in self._programs.values()
            for voice in (
                Voice(program.name, program.voices[0][1]),
                *(Voice(f"{program.name}/{name}", tag) for name, tag in program.voices if name),
            )
        ]

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        """Let the program say `text`; see `voiceguide.engines.Engine`."""
        words = plain_words(text)
        program, own, language = self._found(voice)
        if not words:
            return nothing_said()
        values = {"voice": own, "language": language, **_paces(words_a_minute)}
        try:
            return self._said(program, words, values)
        except FailedError as error:
            raise MachineError(
                f"the program `{program.name}` did not say `{cut_short(words)}`: {error}",
                f"try it by hand, and correct `[command.{program.name}]` in your configuration",
            ) from error

    def close(self) -> None:
        """End the programs that are still running."""
        self._running.close()

    def _found(self, voice: str) -> tuple[Program, str, str]:
        """Return a voice's program, the program's name for the voice, and the language."""
        name, _, own = voice.partition("/")
        if name not in self._programs:
            way_out = did_you_mean(name, self._programs)
            raise UsageError(f"the configuration has no program `{name}`", way_out)
        program = self._programs[name]
        for known, language in program.voices:
            if own in ("", known):
                return program, known, language
        way_out = did_you_mean(own, {known for known, _ in program.voices if known})
        raise UsageError(f"the program `{name}` has no voice `{own}`", way_out)

    def _said(self, program: Program, words: str, values: Mapping[str, str]) -> Utterance:
        """Run the program, and return its sound."""
        with temporary_folder() as folder:
            out = folder / "out.wav"
            text = words if words[0].isalnum() else f" {words}"  # `-o` would be read as an option
            ended = self._ran(program, {"text": text, "out": str(out), **values}, words)
            data = _written(out) if program.takes("out") else ended.out
        try:
            return Utterance(*decode_wave(data))
        except WaveError as error:  # standard error may tell why, even if the exit code is 0
            told = f" (it {ended.complaint()})" if ended.err.strip() else ""
            raise FailedError(f"{error}{told}") from error

    def _executable(self, program: Program) -> str:
        """Find the program: on the PATH, or beside the configuration file if it has a folder."""
        named = Path(program.run[0]).expanduser()
        beside = len(named.parts) > 1
        found = shutil.which(self._folder / named if beside else named)
        if found is None:
            raise MachineError(
                f"there is no program `{named}` for `{self.name}:{program.name}`",
                f"install it, or correct `[command.{program.name}]` in your configuration",
            )
        return found

    def _ran(self, program: Program, values: Mapping[str, str], words: str) -> Ended:
        arguments = [
            _PLACEHOLDER.sub(lambda found: values[found[1]], one) for one in program.run[1:]
        ]
        given = b"" if program.takes("text") else words.encode()
        command = [self._executable(program), *arguments]
        try:
            # relative paths in its arguments start at the configuration file's folder
            ended = self._running.run(command, given, program.timeout, self._folder)
        except TookTooLongError:
            raise FailedError(f"it did not end within {program.timeout:g} s") from None
        except OSError as error:
            raise FailedError(f"it cannot be run: {error.strerror}") from error
        if ended.code:
            raise FailedError(f"it {ended.complaint()}")
        return ended


def _paces(words_a_minute: int) -> dict[str, str]:
    """Return a pace in each unit that programs use."""
    speed = words_a_minute / _NATURAL
    return {
        "rate": str(words_a_minute),
        "speed": f"{speed:.3f}",
        "percent": str(round(100 * speed)),
        "stretch": f"{1 / speed:.3f}",
    }


def _written(out: Path) -> bytes:
    """Read the program's file; refuse a pipe or a device, which might never end."""
    try:
        with os.fdopen(os.open(out, os.O_RDONLY | _AT_ONCE), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FailedError("what it made of `{out}` is not a file")
            data = file.read(MOST_OUTPUT + 1)
    except OSError:
        raise FailedError("it wrote no file `{out}`") from None
    if len(data) > MOST_OUTPUT:
        raise FailedError(f"its file `{{out}}` has more than {MOST_OUTPUT >> 20} MB")
    return data
