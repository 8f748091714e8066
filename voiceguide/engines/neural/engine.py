"""The base of the neural engines: installed voices and child processes.

Each engine speaks in separate processes, for three reasons. Its native libraries can crash or hang
on a text, and must not take the session down. Two engines bring their own espeak-ng for phonemes,
and two copies of that library in one process have crashed each other. And the end of a process
frees the memory of a model reliably.

A child computes with one thread, so that the order of additions never changes; two texts are spoken
by two children. Such voices need noise for their sound; it is seeded, and restarts with every text:
see `voiceguide.engines.neural.sessions`.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
import weakref
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import cached_property
from importlib import metadata
from typing import ClassVar

from voiceguide.engines import NEURAL, Utterance, Voice, missing_voice
from voiceguide.engines.processes import ChildLostError, Children, RefusedError, Reply, TooLateError
from voiceguide.engines.texts import halves, has_words, nothing_said, without_controls
from voiceguide.errors import MachineError, UsageError, quote
from voiceguide.files import temporary_folder
from voiceguide.installation import bring
from voiceguide.voices import PREPARED, InstalledVoice, installed, voices_folder

NATURAL_RATE = 157
"""Words a minute at a voice's natural speed: that of the LJ Speech recordings, on which many voices
are trained (225,715 words in 23:55:17: <https://keithito.com/LJ-Speech-Dataset/>). Each voice has
its own rate; callers that need an exact pace measure it and adapt their request."""

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from voiceguide.engines.neural.child import main; main(sys.argv[2], sys.argv[3])"
)
"""Program of the child; it gets this process's `sys.path`, without the current folder."""

_CHARACTERS_A_SECOND = 4
"""Characters of a long text that even the slowest machine speaks in a second."""


_HALVINGS = 4
"""How often a text is halved if the phoneme library crashes on it: up to sixteen pieces."""

_OTHERWISE = "write it in other words, or choose another voice with `--voice`"


class CrashError(MachineError):
    """An engine crashes on a text."""

    def __init__(self, engine: str, text: str) -> None:
        super().__init__(f"the speech engine `{engine}` crashes on {quote(text)}", _OTHERWISE)


class NeuralEngine:
    """An engine whose voices are installed separately.

    Raises:
        MachineError: its package is not installed.
    """

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]
    """The pip packages that it needs, and that its sound depends on."""
    ours: ClassVar[str] = "1"
    """Version of our own code; raised when it changes the sound of the engine."""

    kind = NEURAL
    notation: str | None = "ipa"
    at_once = 2

    def __init__(self, seconds: int = 120) -> None:
        self._seconds = seconds
        self._check_package()

    @property
    def version(self) -> str:
        """The versions of its packages and of our own code, and a hash of the installed voices."""
        versions = filter(None, map(_version, self.packages))
        return "-".join((*versions, self.ours, _fingerprint(installed(self.name))))

    @abstractmethod
    def voices(self) -> Sequence[Voice]:
        """Return the installed voices; `voiceguide voices` lists those that can be installed."""

    @abstractmethod
    def request(self, voice: str) -> dict[str, object]:
        """Return the part of a request about a voice; raise a UsageError if there is none."""

    def speed(self, text: str, words_a_minute: int) -> float:
        """Return the factor, relative to a voice's natural speed, at which to speak a text."""
        return words_a_minute / NATURAL_RATE

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        """Speak `text`; see `voiceguide.engines.Engine`."""
        import numpy as np

        asked = {**self.request(voice), "speed": self.speed(text, words_a_minute)}
        plain = without_controls(text)
        if not has_words(plain):
            return nothing_said()
        try:
            replies = self._said({**asked, "task": "say", "text": plain}, voice, _HALVINGS)
        except CrashError as error:
            raise CrashError(self.name, plain) from error
        samples = [np.frombuffer(reply.pcm, "<f4").astype(np.float32) for reply in replies]
        words = replies[0].head["words"] if len(replies) == 1 else None
        spans = None if words is None else tuple((start, end) for start, end in words)
        return Utterance(np.concatenate(samples), replies[0].rate, spans)

    def unknown_phoneme(self, phonemes: str, voice: str) -> str | None:
        """Return the first part that the voice cannot say; see `voiceguide.engines.Phonetic`."""
        asked = {**self.request(voice), "task": "unknown", "text": phonemes}
        answer: str | None = self._ask(asked, voice).head["answer"]
        return answer

    def transcribe(self, text: str, voice: str) -> str:
        """Return the phonemes of plain words; see `voiceguide.engines.Phonetic`."""
        asked = {**self.request(voice), "task": "transcribe", "text": without_controls(text)}
        answer: str = self._ask(asked, voice).head["answer"]
        return answer

    def close(self) -> None:
        """End the child processes; speaking again starts new ones."""
        if "_children" in self.__dict__:
            self._children.close()

    @cached_property
    def _children(self) -> Children:
        """Created with the first request; their temporary folder is removed with the engine."""
        held = ExitStack()
        scratch = str(held.enter_context(temporary_folder()))
        children = Children(("-I", "-c", _START, json.dumps(sys.path), self.name, scratch))
        weakref.finalize(self, held.close)
        weakref.finalize(self, children.close)  # finalizers run in reverse order: this one first
        return children

    def _check_package(self) -> None:
        if None in map(_version, self.packages):
            raise MachineError(
                f"the speech engine `{self.name}` is not installed", bring(self.name)
            )

    def _said(self, request: dict[str, object], voice: str, halvings: int) -> list[Reply]:
        """Speak a text in as few pieces as possible; return the replies."""
        try:
            return [self._ask(request, voice)]
        except CrashError:
            pieces = halves(str(request["text"])) if halvings else None
            if pieces is None:
                raise
        wanted = [{**request, "text": piece} for piece in pieces if has_words(piece)]
        return [reply for one in wanted for reply in self._said(one, voice, halvings - 1)]

    def _ask(self, request: dict[str, object], voice: str) -> Reply:
        """Ask a child; if it crashes, try once more; if it hangs, do not."""
        text = str(request["text"])
        seconds = self._seconds + len(text) // _CHARACTERS_A_SECOND
        request = {**request, "seconds": seconds}
        try:
            try:
                return self._children.ask(request, seconds)
            except TooLateError as error:
                raise MachineError(
                    f"the speech engine `{self.name}` hangs on {quote(text)}", _OTHERWISE
                ) from error
            except ChildLostError:
                return self._children.ask(request, seconds)
        except ChildLostError as error:
            raise self._loss(request, voice) from error
        except RefusedError as error:
            raise self._refusal(error, voice) from error

    def _loss(self, request: dict[str, object], voice: str) -> MachineError:
        """Return why children crash: because of the voice's files, or else because of the text."""
        try:
            self._children.ask({**request, "task": "read"}, self._seconds)
        except (ChildLostError, RefusedError):
            return _unusable(voice, f"`{self.name}` crashes on them")
        return CrashError(self.name, str(request["text"]))

    def _refusal(self, error: RefusedError, voice: str) -> Exception:
        """Turn a child's error reply into the right error."""
        if error.head["kind"] == "usage":
            return UsageError(error.reason, error.head["help"])
        if error.head["kind"] == "files":
            return _unusable(voice, error.reason)
        return MachineError(f"the speech engine `{self.name}` failed: {error.reason}")


def _unusable(voice: str, reason: str) -> MachineError:
    name = voice.partition("+")[0]
    return MachineError(
        f"the files of the voice `{name}` cannot be used: {reason}",
        f"install it again: `voiceguide voices remove {name}`, then `voiceguide voices install"
        f" {name}`",
    )


class FileEngine(NeuralEngine):
    """An engine with one model for each voice; a `+` in a voice's name precedes a speaker."""

    def voices(self) -> Sequence[Voice]:
        """Return the installed voices, the best of each language first."""
        return [Voice(voice.name, voice.language) for voice in installed(self.name)]

    def request(self, voice: str) -> dict[str, object]:
        """Return the voice's files and the speaker; see `NeuralEngine.request`."""
        base, plus, speaker = voice.partition("+")
        here = {one.name: one for one in installed(self.name)}
        if base not in here:
            raise missing_voice(self.name, voice, here)
        found = here[base]
        return {
            **source_of(found, self.ours),
            "speaker": speaker if plus else None,
            "language": found.language,
        }


def source_of(voice: InstalledVoice, ours: str) -> dict[str, object]:
    """Return the files of a voice, and the path at which a child keeps the prepared model."""
    stem = f"{voice.engine}-{voice.name}"
    made_by = f"{_version('onnxruntime')} {platform.machine()} {ours}"
    name = f"{stem}-{_fingerprint([voice], made_by)}.ort"
    return {
        "files": [str(voice.folder / name) for name in voice.files],
        "checksum": voice.checksum,
        "prepared": str(voices_folder() / PREPARED / name),
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _fingerprint(voices: Iterable[InstalledVoice], beside: str = "") -> str:
    """Hash the sizes and times of voices' files: a replaced file may sound different."""
    found = hashlib.blake2b(beside.encode(), digest_size=6)
    for voice in voices:
        for name in voice.files:
            stat = (voice.folder / name).stat()
            found.update(f"{voice.name}/{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return found.hexdigest()
