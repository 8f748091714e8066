"""`system`: the voices of the user's machine, through pyttsx3.

They are those of SAPI 5 on Windows, of NSSpeechSynthesizer on macOS, and of espeak-ng on Linux: the
system's, or else the embedded library's.
"""

from __future__ import annotations

import json
import platform
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from importlib import metadata, util
from pathlib import Path
from typing import Any

from msgspec import Struct

from voiceguide.engines import SYSTEM, Utterance, Voice
from voiceguide.engines.processes import (
    FailedError,
    Programs,
    TookTooLongError,
    decode_wave,
    python_command,
)
from voiceguide.engines.texts import cut_short, nothing_said, plain_words
from voiceguide.errors import MachineError, UsageError, did_you_mean
from voiceguide.files import temporary_folder
from voiceguide.installation import bring
from voiceguide.patterns import late

# ── the system's descriptions of voices: short names and normalised tags ─────


UNKNOWN = "und"
"""The tag of an unknown language (<https://www.rfc-editor.org/info/bcp47>)."""

_TAG = late(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_HOME = {"en": "en-us", "pt": "pt-br", "zh": "zh-cn"}
"""The preferred region of languages for which it is not their own code, as in `de-de`."""

_BETTER = ("premium", "enhanced", "natural")
_WORSE = ("super-compact", "eloquence", "speech.synthesis.voice", "novelty")
"""Parts of macOS' and Windows' names of voices that were added, and of poor or toy voices."""


class SystemVoice(Struct, frozen=True):
    """A voice of the system."""

    id: str
    """The system's identifier."""
    name: str
    """The name in a routine."""
    languages: tuple[str, ...]


def read_voices(described: Iterable[dict[str, object]], default: str) -> Sequence[SystemVoice]:
    """Return the voices, the best of each language first: the user's default, then added ones."""
    rows = [(str(row["id"]), _short_name(row), _tags(row["languages"])) for row in described]
    counts = Counter(name.lower() for _, name, _ in rows)
    voices = [
        # if two voices share a name, their identifiers are used instead
        SystemVoice(id_, name if counts[name.lower()] == 1 else id_, languages)
        for id_, name, languages in rows
    ]
    return sorted(dict.fromkeys(voices), key=lambda voice: _rank(voice, default))


def normal_tag(language: str) -> str:
    """Return `en-us` for `en_US` and `en-US`; `und` for anything that is not a tag."""
    tag = language.strip().lower().replace("_", "-")
    return tag if _TAG.fullmatch(tag) else UNKNOWN


def _tags(languages: object) -> tuple[str, ...]:
    found = languages if isinstance(languages, list) else []
    return tuple(dict.fromkeys(normal_tag(str(one)) for one in found)) or (UNKNOWN,)


def _short_name(row: dict[str, object]) -> str:
    """Shorten `gmw/en-us` to `en-us`, and `Microsoft Zira Desktop - …` to the part before ` - `."""
    id_, name = str(row["id"]), str(row["name"]).strip()
    if re.fullmatch(r"\w+/[\w-]+", id_):
        return id_.partition("/")[2]
    return (name.partition(" - ")[0] or id_).replace("+", " ")


def _rank(voice: SystemVoice, default: str) -> tuple[bool, int, bool]:
    told = f"{voice.id} {voice.name}".lower()
    better = any(part in told for part in _BETTER)
    worse = any(part in told for part in _WORSE)
    tag = voice.languages[0]
    base = tag.partition("-")[0]
    at_home = tag in (base, f"{base}-{base}", _HOME.get(base))
    return voice.id != default, worse - better, not at_home


# ── the engine ───────────────────────────────────────────────────────────────


_CHILD = Path(__file__).with_name("child.py")
_OURS = "2"
"""Version of our own code; raised when it changes the sound of this engine."""

_LIST_SECONDS = 20
_TRIES = 3
"""Tries of a text that its driver cuts short."""


class SystemEngine:
    """The system's voices; each text is spoken in a separate child process.

    Raises:
        MachineError: pyttsx3 is not installed.
    """

    name = "system"
    kind = SYSTEM
    at_once = 2

    def __init__(self, seconds: int = 30) -> None:
        if util.find_spec("pyttsx3") is None:
            raise MachineError(
                "the speech engine `system` needs the package pyttsx3", bring("system")
            )
        self._seconds = seconds
        self._running = Programs()

    @cached_property
    def version(self) -> str:
        """The versions of pyttsx3, its driver, and the system if voices come with it."""
        ours = f"{metadata.version('pyttsx3')}-{_OURS}"
        release = platform.mac_ver()[0] or platform.win32_ver()[1] or platform.system()
        return f"{ours}-{self._driver}{self._listed.get('library', '')}-{release}"

    def voices(self) -> Sequence[Voice]:
        """Return all voices, one entry per language; the user's default first."""
        return [Voice(voice.name, tag) for voice in self._voices for tag in voice.languages]

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        """Speak `text` at the rate of the voice; see `voiceguide.engines.Engine`."""
        found = self._voice(voice)
        words = plain_words(text)
        if not words:
            return nothing_said()
        try:
            return self._said(words, found.id, words_a_minute)
        except FailedError as error:
            raise _failed(f"it did not say `{cut_short(words)}`", str(error)) from error

    def close(self) -> None:
        """End the child processes that are still running."""
        self._running.close()

    @cached_property
    def _listed(self) -> dict[str, Any]:
        try:
            return self._ask({"do": "list", **_embedded()}, _LIST_SECONDS)
        except FailedError as error:
            raise _failed("its voices cannot be listed", str(error)) from error

    @property
    def _driver(self) -> str:
        return str(self._listed["driver"])

    @cached_property
    def _voices(self) -> Sequence[SystemVoice]:
        # espeak-ng's default is not a user's choice
        default = "" if self._driver == "espeak" else self._listed["default"]
        voices = read_voices(self._listed["voices"], default)
        if not voices:
            raise MachineError("the system has no voices", "install one in the system's settings")
        return voices

    def _voice(self, name: str) -> SystemVoice:
        for voice in self._voices:
            if name.lower() in (voice.name.lower(), voice.id.lower()):
                return voice
        way_out = did_you_mean(name, {voice.name for voice in self._voices})
        raise UsageError(f"the system has no voice `{name}`", way_out)

    def _said(self, words: str, voice: str, rate: int) -> Utterance:
        """Speak words in a child process, with the voice of an identifier."""
        seconds = self._seconds + len(words) // 50
        with temporary_folder() as folder:
            out = folder / "out.wav"  # on macOS it contains AIFF nevertheless
            request = {"do": "say", "text": words, "out": str(out), "seconds": seconds + 5}
            settings = {"voice": voice, "rate": rate}
            self._insist({**request, **settings, **_embedded()}, seconds)
            try:
                return Utterance(*decode_wave(out.read_bytes()))
            except OSError as error:
                raise FailedError("it wrote no file") from error

    def _insist(self, request: dict[str, object], seconds: float) -> None:
        """Repeat a request until the text is spoken to its end."""
        for _ in range(_TRIES):
            if not self._ask(request, seconds).get("lost"):
                return
        raise FailedError(f"its driver cut it short, {_TRIES} times")

    def _ask(self, request: dict[str, object], seconds: float) -> dict[str, Any]:
        """Send a request to a new child process, and return its reply."""
        command = [*python_command(), str(_CHILD)]
        try:
            ended = self._running.run(command, json.dumps(request).encode(), seconds)
            reply = json.loads(ended.out) if ended.out else None
        except TookTooLongError:
            raise FailedError(f"no answer within {seconds:g} s") from None
        except ValueError as error:
            raise FailedError("it talked nonsense") from error
        except OSError as error:
            raise FailedError(f"no process can be started: {error.strerror}") from error
        if not isinstance(reply, dict):
            raise FailedError(f"its process {ended.complaint()}")
        if "error" in reply:
            raise FailedError(reply["error"])
        return reply


def _failed(problem: str, reason: str) -> MachineError:
    way_out = "choose another voice with `--voice`; `voiceguide doctor` tries all engines"
    return MachineError(f"the speech engine `system` failed, {problem}: {reason}", way_out)


def _embedded() -> dict[str, object]:
    """Return the paths of the embedded library and its data, for a system without one."""
    if util.find_spec("espeakng_loader") is None:
        return {}
    import espeakng_loader

    return {
        "library": espeakng_loader.get_library_path(),
        "data": str(espeakng_loader.get_data_path()),
    }
