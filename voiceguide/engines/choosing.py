"""The voice where nobody names one: the best of those installed that speaks here.

Neural ones come first, then on macOS and Windows the system's, then the embedded one. A voice is
taken at its word: one word, said in a process of its own, so that neither a crash nor a hang of it
can harm this one. What came of that is kept in the store under everything it depends on, and is
tried again when one of these things has changed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

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
from voiceguide.voices import ENGINES, QUALITIES, voices_folder

if TYPE_CHECKING:
    from voiceguide.store import Store
    from voiceguide.voices import KnownVoice

WORD = "Hello"
PATIENCE = 40.0
"""Seconds that a voice has for one word: a neural one reads its model first."""

PACE = 130
"""Words a minute of that word."""

_WORKS = b"works"

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from voiceguide.engines.choosing import say_a_word; say_a_word(*sys.argv[2:])"
)
"""The child finds what this process finds."""


class Refused(Struct, frozen=True):
    """A voice that would have been better, and why it is not taken."""

    voice: str
    """`ENGINE:VOICE`, or the engine alone where it does not even list its voices."""
    reason: str


class Best(Struct, frozen=True):
    """The voice that is taken."""

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
    """The best voice for a language; the caller closes its engine.

    `test` is asked whether a voice speaks, see `self_test`. What it said is kept in the store, and
    is believed unless `again`.

    Raises:
        UsageError: no voice speaks the language.
        MachineError: the embedded engine is needed, and cannot be used.
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
    """Changes whenever a voice of `ENGINES` is brought or taken away: the folders that pip writes
    to, and those of voices, with their times."""
    own = voices_folder()
    folders = [*map(Path, sys.path), own, *sorted(own.glob("*"))]
    seen = ((folder, folder.stat().st_mtime_ns) for folder in folders if folder.is_dir())
    return f"{__version__} {os.environ.get('VOICEGUIDE_PIP_VOICES')} {list(seen)}"


def candidates(platform: str = sys.platform) -> list[str]:
    """The engines that may be better than the embedded one, the best first, if they work."""
    wanted = (NEURAL, SYSTEM) if platform in ("darwin", "win32") else (NEURAL,)
    there_are: Mapping[str, str] = kinds()
    return [name for kind in wanted for name in sorted(there_are) if there_are[name] == kind]


def self_test(engine: str, voice: str) -> str:
    """Let a voice say one word in a process of its own: why it cannot, or nothing.

    What the process prints is lost; a voice that hangs is ended after `PATIENCE` seconds.
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
    """What the process of `self_test` does: it ends with 1, and the reason after a NUL."""
    try:
        engine = make(name)
        try:
            heard = bool(checked(engine.speak(WORD, voice, PACE)).samples.any())
        finally:
            engine.close()
        reason = "" if heard else "it makes no sound"
    except VoiceguideError as error:
        reason = error.message
    except Exception as error:  # a stranger's code may fail in any way
        reason = f"{type(error).__name__}: {error}"
    sys.stdout.flush()
    sys.stdout.buffer.write(f"\0{reason}".encode("utf-8", "replace"))
    sys.exit(1 if reason else 0)


class _Trial:
    """One search, and what it could not take."""

    def __init__(
        self, language: str, store: Store | None, again: bool, test: Callable[[str, str], str]
    ) -> None:
        self._language = language
        self._store = store
        self._again = again
        self._test = test
        self.refused: list[Refused] = []

    def of(self, name: str) -> tuple[Engine, Voice] | None:
        """The engine and its voice for the language, if there is one, and it speaks."""
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
            # an engine that says itself what it lacks has not been brought; one that breaks has
            if error.__cause__ is not None:
                self._refuse(name, error.message)
            return None

    def _voice(self, engine: Engine) -> Voice | None:
        """The engine's voice for the language, if there is one, and it speaks."""
        try:
            voice = find_voice(engine, None, self._language)
            reason = self._verdict(engine, voice)
        except UsageError:
            return None  # it has none for this language
        except Exception as error:  # a stranger's code may fail in any way
            message = error.message if isinstance(error, MachineError) else str(error)
            self._refuse(engine.name, message)
            return None
        if reason:
            self._refuse(f"{engine.name}:{voice.name}", reason)
        return None if reason else voice

    def _verdict(self, engine: Engine, voice: Voice) -> str:
        """Why the voice cannot be taken, or nothing; as it is kept, or found out now."""
        key = f"verdict {__version__} {engine.name} {version_of(engine)} {voice.name}"
        kept = self._store.get(key) if self._store and not self._again else None
        if kept is not None:
            return "" if kept == _WORKS else kept.decode("utf-8", "replace")
        reason = self._test(engine.name, voice.name)
        if self._store:
            self._store.put(key, reason.encode("utf-8", "replace") or _WORKS)
        return reason

    def _refuse(self, voice: str, reason: str) -> None:
        printable = "".join(c if c.isprintable() else " " for c in reason)
        self.refused.append(Refused(voice, " ".join(printable.split())))


def told(best: Best) -> Iterator[str]:
    """A sentence for each better voice that could not be taken."""
    for one in best.refused:
        yield (
            f"voiceguide: the voice {one.voice} cannot be used here ({one.reason}); "
            f"{best.engine.name} speaks instead"
        )


# ── what would be better than the embedded voice ─────────────────────────────


class Better(Struct, frozen=True):
    """A voice that sounds more like a person, and what brings it."""

    voice: str
    """`ENGINE:VOICE`."""
    extra: str
    """The extra of voiceguide that it needs, as `voiceguide.installation.bring` takes it."""
    install: str
    """What `voiceguide voices install` is to be told then; empty where the extra brings all."""


def better_than(spoken: str, language: str) -> Better | None:
    """The voice to propose where the embedded one spoke; None where another did, or there is none.

    Sessions that it speaks may be sold, as far as is known here.

    `spoken` is `ENGINE:VOICE`, `language` a tag.
    """
    from voiceguide.engines.neural.kokoro import BLENDS, NATURAL_LANGUAGES
    from voiceguide.voices.catalogue import known

    if spoken.partition(":")[0] != DEFAULT:
        return None
    base = language.lower().replace("_", "-").partition("-")[0]
    if base in NATURAL_LANGUAGES:
        end = "" if base == "en" else f"-{base}"
        return Better(f"natural:{next(iter(BLENDS))}{end}", "natural", "")
    found = (one for one in known() if one.engine == "piper" and _free(one, base))
    best = min(found, key=_rank, default=None)
    return Better(f"piper:{best.name}", "piper", best.name) if best else None


_BOUND = ("NC", "non-com", "GPL")
"""What the names of licences have that forbid to sell, or oblige whoever does."""


def _free(voice: KnownVoice, language: str) -> bool:
    bound = not voice.licence or any(word in voice.licence for word in _BOUND)
    return voice.language.partition("-")[0] == language and not bound


def _rank(voice: KnownVoice) -> tuple[int, bool, bool, str]:
    quality = QUALITIES.index(voice.quality)
    return quality, voice.licence != "CC0", voice.speakers > 1, voice.name
