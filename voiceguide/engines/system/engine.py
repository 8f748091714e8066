"""`system`: the voices of the user's own machine, by pyttsx3.

They are those of SAPI 5 on Windows, of NSSpeechSynthesizer on macOS, and of espeak-ng on Linux: of
the system's own, or else of the embedded library.
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
from voiceguide.engines.processes import FailedError, Programs, TookTooLongError, python_command
from voiceguide.engines.texts import plain_words
from voiceguide.engines.waves import WaveError, decode_wave
from voiceguide.errors import MachineError, UsageError, did_you_mean
from voiceguide.files import temporary_folder
from voiceguide.installation import bring
from voiceguide.patterns import late

# ── the system's voices, as each system describes its own, with short names and usual tags


UNKNOWN = "und"
"""The tag of a language that is not told (<https://www.rfc-editor.org/info/bcp47>)."""

_TAG = late(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_HOME = {"en": "en-us", "pt": "pt-br", "zh": "zh-cn"}
"""The region whose voice comes first, where it is not that of the language's own name."""

_BETTER = ("premium", "enhanced", "natural")
_WORSE = ("super-compact", "eloquence", "speech.synthesis.voice", "novelty")
"""Parts of macOS' and Windows' names for voices that were brought, and for toys."""


class SystemVoice(Struct, frozen=True):
    """One voice of the system."""

    id: str
    """What the system calls it."""
    name: str
    """What a routine calls it."""
    languages: tuple[str, ...]


def read_voices(described: Iterable[dict[str, object]], default: str) -> Sequence[SystemVoice]:
    """The voices, of each language the best first: the user's own choice, then those brought."""
    rows = [(str(row["id"]), _short_name(row), _tags(row["languages"])) for row in described]
    counts = Counter(name.lower() for _, name, _ in rows)
    voices = [
        # two voices may share a name: then it is the system's own that tells them apart
        SystemVoice(id_, name if counts[name.lower()] == 1 else id_, languages)
        for id_, name, languages in rows
    ]
    return sorted(dict.fromkeys(voices), key=lambda voice: _rank(voice, default))


def normal_tag(language: str) -> str:
    """`en_US` and `en-US` as `en-us`; `und` for what is no tag."""
    tag = language.strip().lower().replace("_", "-")
    return tag if _TAG.fullmatch(tag) else UNKNOWN


def _tags(languages: object) -> tuple[str, ...]:
    found = languages if isinstance(languages, list) else []
    return tuple(dict.fromkeys(normal_tag(str(one)) for one in found)) or (UNKNOWN,)


def _short_name(row: dict[str, object]) -> str:
    """`en-us` of `gmw/en-us`, `Microsoft Zira Desktop` of that with its language behind it."""
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


# ── `system`: the voices of the user's own machine, by pyttsx3 ───────────────


_CHILD = Path(__file__).with_name("child.py")
_OURS = "2"
"""Counts our own changes to the sound of this engine."""

_LIST_SECONDS = 20
_TRIES = 3
"""So often a text is given to a driver that cuts it short."""

_NOTHING_HEARD = 22_050
"""Hz of a text without words, which no voice is asked to say."""


class SystemEngine:
    """The system's voices, each text in a child process of its own.

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
        """pyttsx3's, its driver's and the system's, whose voices change with it."""
        ours = f"{metadata.version('pyttsx3')}-{_OURS}"
        return f"{ours}-{self._driver}{self._listed.get('library', '')}-{_system()}"

    def voices(self) -> Sequence[Voice]:
        """Every voice, each language of it; the user's own choice first."""
        return [Voice(voice.name, tag) for voice in self._voices for tag in voice.languages]

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        """Say `text` at the rate of the voice; see `voiceguide.engines.Engine`."""
        import numpy as np

        found = self._voice(voice)
        words = plain_words(text)
        if not words:
            return Utterance(np.zeros(0, np.float32), _NOTHING_HEARD)
        try:
            return self._said(words, found.id, words_a_minute)
        except FailedError as error:
            shown = words if len(words) <= 60 else f"{words[:57]}…"
            raise _failed(f"it did not say `{shown}`", str(error)) from error

    def close(self) -> None:
        """End the child processes that still run."""
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
        # espeak-ng's default is nobody's choice
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
        """What a child process says, with the voice of an id."""
        seconds = self._seconds + len(words) // 50
        with temporary_folder() as folder:
            out = folder / "out.wav"  # on macOS it will be AIFF all the same
            request = {"do": "say", "text": words, "out": str(out), "seconds": seconds + 5}
            settings = {"voice": voice, "rate": rate}
            self._insist({**request, **settings, **_embedded()}, seconds)
            try:
                return Utterance(*decode_wave(out.read_bytes()))
            except WaveError as error:
                raise FailedError(str(error)) from error
            except OSError as error:
                raise FailedError("it wrote no file") from error

    def _insist(self, request: dict[str, object], seconds: float) -> None:
        """Ask until the text was said to its end."""
        for _ in range(_TRIES):
            if not self._ask(request, seconds).get("lost"):
                return
        raise FailedError(f"its driver cut it short, {_TRIES} times")

    def _ask(self, request: dict[str, object], seconds: float) -> dict[str, Any]:
        """What a child process of its own replies."""
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


def _system() -> str:
    """The release of the system, where voices come with it."""
    return platform.mac_ver()[0] or platform.win32_ver()[1] or platform.system()


def _embedded() -> dict[str, object]:
    """Where the embedded library is, for a system without one."""
    if util.find_spec("espeakng_loader") is None:
        return {}
    import espeakng_loader

    return {
        "library": espeakng_loader.get_library_path(),
        "data": str(espeakng_loader.get_data_path()),
    }
