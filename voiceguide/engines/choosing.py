"""Choose the default voice: the best installed one that works on this machine.

Neural voices come first, then on macOS and Windows the system's, then the embedded one. A voice is
tested first: it says one word in a separate process, so that a crash or a hang does no harm here.
The result is stored under everything that it depends on, and the test is repeated when one of
these things changes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from voiceguide import __version__
from voiceguide.engines import (
    DEFAULT,
    NEURAL,
    SYSTEM,
    Engine,
    Voice,
    checked,
    find_voice,
    kinds,
    make,
    version_of,
)
from voiceguide.errors import MachineError, UsageError, VoiceguideError
from voiceguide.voices import ENGINES, voices_folder

if TYPE_CHECKING:
    from voiceguide.store import Store

WORD = "Hello"
PATIENCE = 40.0
"""Seconds that a voice may take for one word: a neural voice loads its model first."""

PACE = 130
"""Words a minute at which the word is said."""

_WORKS = b"works"

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from voiceguide.engines.choosing import say_a_word; say_a_word(*sys.argv[2:])"
)
"""Program of the child process; it gets this process's `sys.path`."""


class Refused(Struct, frozen=True):
    """A better voice that is not used, and the reason."""

    voice: str
    """`ENGINE:VOICE`, or only the engine if it cannot list its voices."""
    reason: str


class Best(Struct, frozen=True):
    """The chosen voice, and the better voices that were refused."""

    engine: Engine
    voice: Voice
    refused: tuple[Refused, ...] = ()


def best_voice(
    language: str,
    store: Store | None = None,
    *,
    again: bool = False,
    test: Callable[[str, str], str] | None = None,
) -> Best:
    """Return the best voice for a language; the caller closes its engine.

    `test` tells whether a voice works, see `self_test`. Its result is stored, and the stored result
    is used unless `again` is set.

    Raises:
        UsageError: no voice speaks the language.
        MachineError: the embedded engine is needed, but cannot be used.
    """
    trial = _Trial(language, store, again, test or self_test)
    key = f"nothing better {language} {_surroundings()}"
    if again or store is None or store.get(key) is None:
        names = candidates()
        for name in names:
            found = trial.of(name)
            if found:
                return Best(*found, tuple(trial.refused))
        if store and not trial.refused and set(names) <= set(ENGINES):
            store.put(key, b"-")
    engine = make(DEFAULT)
    try:
        return Best(engine, find_voice(engine, None, language), tuple(trial.refused))
    except BaseException:
        engine.close()
        raise


def _surroundings() -> str:
    """Return a text that changes when a voice of `ENGINES` is installed or removed: the folders
    that pip and voices are installed in, with their modification times."""
    own = voices_folder()
    folders = [*map(Path, sys.path), own, *sorted(own.glob("*"))]
    seen = ((folder, folder.stat().st_mtime_ns) for folder in folders if folder.is_dir())
    return f"{__version__} {os.environ.get('VOICEGUIDE_PIP_VOICES')} {list(seen)}"


def candidates(platform: str = sys.platform) -> list[str]:
    """Return the engines that may be better than the embedded one, the best first; untested."""
    wanted = (NEURAL, SYSTEM) if platform in ("darwin", "win32") else (NEURAL,)
    there_are: Mapping[str, str] = kinds()
    return [name for kind in wanted for name in sorted(there_are) if there_are[name] == kind]


def self_test(engine: str, voice: str) -> str:
    """Let a voice say one word in a separate process; return why it cannot, or an empty text.

    Output of the process is discarded; a voice that hangs is killed after `PATIENCE` seconds.
    """
    from voiceguide.engines.processes import Programs, TookTooLongError, python_command

    arguments = (*python_command(), "-c", _PROGRAM, json.dumps(sys.path), engine, voice)
    try:
        ended = Programs().run(arguments, b"", PATIENCE)
    except TookTooLongError:
        return f"no answer within {PATIENCE:g} s"
    except OSError as error:
        return f"it cannot be tried: {error.strerror}"
    if ended.code == 0:
        return ""
    _, nul, reason = ended.out.decode("utf-8", "replace").rpartition("\0")
    return reason if nul and reason else f"its process {ended.complaint()}"


def say_a_word(name: str, voice: str) -> None:
    """Run as the process of `self_test`: print a NUL and why the voice fails; exit with 1 if so."""
    try:
        with closing(make(name)) as engine:
            heard = bool(checked(engine.speak(WORD, voice, PACE)).samples.any())
        reason = "" if heard else "it makes no sound"
    except VoiceguideError as error:
        reason = error.message
    except Exception as error:  # third-party code may fail in any way
        reason = f"{type(error).__name__}: {error}"
    sys.stdout.flush()
    sys.stdout.buffer.write(f"\0{reason}".encode("utf-8", "replace"))
    sys.exit(1 if reason else 0)


class _Trial(Struct):
    """A search for a voice, with the voices that it refused."""

    language: str
    store: Store | None
    again: bool
    test: Callable[[str, str], str]
    refused: list[Refused] = field(default_factory=list)

    def of(self, name: str) -> tuple[Engine, Voice] | None:
        """Return the engine and its voice for the language, if it has one that works."""
        engine = self._made(name)
        voice = engine and self._voice(engine)
        if engine and voice:
            return engine, voice
        if engine:
            engine.close()
        return None

    def _made(self, name: str) -> Engine | None:
        try:
            return make(name)
        except VoiceguideError as error:
            # an engine that reports what it lacks is not installed; one that breaks is refused
            if error.__cause__ is not None:
                self._refuse(name, error.message)
            return None

    def _voice(self, engine: Engine) -> Voice | None:
        """Return the engine's voice for the language, if it has one that works."""
        try:
            voice = find_voice(engine, None, self.language)
            reason = self._verdict(engine, voice)
        except UsageError:
            return None  # it has none for this language
        except Exception as error:  # third-party code may fail in any way
            message = error.message if isinstance(error, MachineError) else str(error)
            self._refuse(engine.name, message)
            return None
        if reason:
            self._refuse(f"{engine.name}:{voice.name}", reason)
        return None if reason else voice

    def _verdict(self, engine: Engine, voice: Voice) -> str:
        """Return why the voice cannot be used, or an empty text; from the store if it is there."""
        key = f"verdict {__version__} {engine.name} {version_of(engine)} {voice.name}"
        kept = self.store.get(key) if self.store and not self.again else None
        if kept is not None:
            return "" if kept == _WORKS else kept.decode("utf-8", "replace")
        reason = self.test(engine.name, voice.name)
        if self.store:
            self.store.put(key, reason.encode("utf-8", "replace") or _WORKS)
        return reason

    def _refuse(self, voice: str, reason: str) -> None:
        printable = "".join(c if c.isprintable() else " " for c in reason)
        self.refused.append(Refused(voice, " ".join(printable.split())))


def told(best: Best) -> Iterator[str]:
    """Yield a sentence for each better voice that could not be used."""
    for one in best.refused:
        yield (
            f"voiceguide: the voice {one.voice} cannot be used here ({one.reason}); "
            f"{best.engine.name} speaks instead"
        )


def natural_is_better(spoken: str, language: str) -> bool:
    """Whether a natural voice can be proposed after a session in a language, a tag.

    `spoken` is `ENGINE:VOICE`: after any but the embedded engine, nothing is proposed.
    """
    from voiceguide.engines.neural.kokoro import NATURAL_LANGUAGES

    base = language.lower().replace("_", "-").partition("-")[0]
    return spoken.partition(":")[0] == DEFAULT and base in NATURAL_LANGUAGES
