"""`espeak`: espeak-ng from a wheel, in child processes; small, fast, and the same everywhere."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from msgspec.msgpack import decode, encode

from voiceguide.engines import EMBEDDED, Utterance, Voice
from voiceguide.engines.espeak.phonemes import (
    Tone,
    from_ipa,
    has_stress,
    read_phonemes,
    unknown_phoneme,
    with_commands,
    without_stress,
)
from voiceguide.engines.espeak.voices import (
    CALM,
    EspeakVoice,
    Style,
    finished,
    list_voices,
    pace_for,
    read_variants,
    read_voice_files,
)
from voiceguide.engines.texts import halves, without_controls
from voiceguide.errors import MachineError, UsageError, did_you_mean, nearest
from voiceguide.store import default_store, kept

if TYPE_CHECKING:
    from voiceguide.engines.processes import Children, Reply

Found = TypeVar("Found")

_CHILD = Path(__file__).with_name("child.py")
_OURS = "2"
"""Version of our own code; raised when it changes the sound of this engine."""

_RETRY_SECONDS = 5
"""Seconds for each piece of a text on which the child crashed."""


class EspeakEngine:
    """espeak-ng, from the package `espeakng-loader`; raises a MachineError if it is not installed.

    A voice without a variant speaks in the given `style`.
    """

    name = "espeak"
    kind = EMBEDDED
    notation = "espeak"
    stresses = True
    at_once = 2

    def __init__(self, seconds: int = 30, style: Style = CALM) -> None:
        library, self._data = _find_library()
        self._seconds = seconds
        self._style = style
        # -I and -S: ignore the user's environment and site-packages, and start fast
        self._program = ("-I", "-S", str(_CHILD), library, str(self._data))

    @cached_property
    def _children(self) -> Children:
        from voiceguide.engines.processes import Children  # late: cached clips need no child

        children = Children(self._program)
        weakref.finalize(self, children.close)
        return children

    @cached_property
    def version(self) -> str:
        """The versions of the library's package and of our own code."""
        return f"{_version(self._data.parent)}-{_OURS}"

    def voices(self) -> Sequence[Voice]:
        """Return all voices; a `+` and a variant can follow the name, as in `en-us+f3`."""
        return list_voices(self._files)

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        """Speak `text` at 22,050 Hz; see `voiceguide.engines.Engine`.

        A text on which espeak-ng crashes is spoken in pieces.
        """
        import numpy as np

        request = self._request(text, voice, words_a_minute)
        replies = list(self._said(request, self._seconds))
        pcm = np.frombuffer(b"".join(reply.pcm for reply in replies), "<i2")
        samples = pcm.astype(np.float32) / np.float32(32_768)
        rate = replies[0].rate
        return Utterance(finished(samples, rate) if self._style.finished else samples, rate)

    def unknown_phoneme(self, phonemes: str, voice: str) -> str | None:
        """Return the first part that the voice cannot say; see `voiceguide.engines.Phonetic`."""
        _, known = self._known(voice)
        return unknown_phoneme(f"[[{phonemes}]]", known) if known else None

    def from_ipa(self, ipa: str, voice: str) -> str | None:
        """Convert IPA to mnemonics; see `voiceguide.engines.ReadsIpa`."""
        file, known = self._known(voice)
        return from_ipa(ipa, file.name.partition("-")[0], known)

    def transcribe(self, text: str, voice: str) -> str:
        """Return the mnemonics of plain words; see `voiceguide.engines.Phonetic`."""
        plain = without_controls(text)
        file = self._file(voice.partition("+")[0])
        request = {
            "text": plain,
            "voice": file.identifier,
            "transcribe": True,
            "seconds": self._seconds,
        }
        return " ".join(self._transcription(request).pcm.decode("utf-8", "replace").split())

    def _transcription(self, request: dict[str, object]) -> Reply:
        from voiceguide.engines.processes import ChildLostError

        try:
            return self._ask(request, self._seconds)
        except ChildLostError as error:
            raise _crashes_on(str(request["text"])) from error

    def close(self) -> None:
        """End the child processes; speaking again starts new ones."""
        if "_children" in vars(self):
            self._children.close()

    @cached_property
    def _files(self) -> dict[str, EspeakVoice]:
        key = f"espeak's voices {self.version} {self._data}"
        found = kept(default_store(), key, lambda: encode(self._read(read_voice_files)))
        files = decode(found, type=dict[str, EspeakVoice])
        if not files:
            raise MachineError(f"the data of espeak-ng cannot be read: no voices in {self._data}")
        return files

    def _read(self, read: Callable[[Path], Found]) -> Found:
        """Return what a function reads from the data; an OSError becomes a MachineError."""
        try:
            return read(self._data)
        except OSError as error:
            raise MachineError(f"the data of espeak-ng cannot be read: {error}") from error

    def _request(self, text: str, voice: str, words_a_minute: int) -> dict[str, object]:
        plain = without_controls(text)
        base, plus, variant = voice.partition("+")
        file = self._file(base)
        self._check_variant(variant if plus else None)
        self._check_phonemes(plain, file)
        style = Style(variant) if plus else self._style
        pace = pace_for(words_a_minute)
        return {
            "text": plain,
            "voice": f"{file.identifier}+{style.variant}" if style.variant else file.identifier,
            "rate": pace.rate,
            "gap": pace.gap + style.gap,
            "pitch": style.pitch,
            "range": style.range,
            "phonemes": "[[" in plain,
            "seconds": self._seconds + len(plain) // 200,
        }

    def _file(self, voice: str) -> EspeakVoice:
        if voice not in self._files:
            raise UsageError(f"espeak has no voice `{voice}`", did_you_mean(voice, self._files))
        return self._files[voice]

    def _known(self, voice: str) -> tuple[EspeakVoice, frozenset[str]]:
        """Return a voice's file, and the phonemes that it can say."""
        file = self._file(voice.partition("+")[0])
        return file, self._read(lambda data: read_phonemes(data, file.phonemes))

    def _check_variant(self, variant: str | None) -> None:
        """Refuse an unknown variant, which espeak-ng itself would ignore."""
        if variant is None:
            return
        variants = self._read(read_variants)
        if variant not in variants:
            near = nearest(variant, variants)
            raise UsageError(
                f"espeak has no variant `{variant}` of its voices",
                f"did you mean `{near}`?" if near else "there are `f1` to `f5` and `m1` to `m8`",
            )

    def _check_phonemes(self, text: str, file: EspeakVoice) -> None:
        if "[[" not in text:
            return
        known = self._read(lambda data: read_phonemes(data, file.phonemes))
        unknown = unknown_phoneme(text, known) if known else None
        if unknown is not None:
            raise UsageError(
                f"espeak's voice `{file.name}` knows no phoneme at the start of `{unknown}`",
                "the phonemes between `[[` and `]]` are espeak-ng's own: `[[s'oU@s]]`",
            )

    def _said(self, request: dict[str, object], seconds: int) -> Iterator[Reply]:
        """Speak a text in as few pieces as possible; yield the replies."""
        from voiceguide.engines.processes import ChildLostError

        text = str(request["text"])
        try:
            yield self._ask(_commanded(request), seconds)
            return
        except ChildLostError as error:
            pieces = (without_stress(text),) if has_stress(text) else halves(text)
            if not pieces:
                raise _crashes_on(text) from error
        for piece in pieces:
            yield from self._said({**request, "text": piece}, min(seconds, _RETRY_SECONDS))

    def _ask(self, request: dict[str, object], seconds: int) -> Reply:
        """Ask a child; if it crashes, ask another one once."""
        from voiceguide.engines.processes import ChildLostError

        try:
            return self._children.ask(request, seconds)
        except ChildLostError:
            return self._children.ask(request, seconds)


def _commanded(request: dict[str, object]) -> dict[str, object]:
    """Return the request for the child, with `*` replaced by commands."""
    text = str(request["text"])
    if not has_stress(text):
        return request
    tone = Tone(cast("int", request["rate"]), cast("int", request["pitch"]))
    return {**request, "text": with_commands(text, tone)}


def _find_library() -> tuple[str, Path]:
    try:
        import espeakng_loader

        return espeakng_loader.get_library_path(), Path(espeakng_loader.get_data_path())
    except (ImportError, RuntimeError) as error:
        from voiceguide.installation import again

        raise MachineError(
            f"the speech engine `espeak` is not there: {error}", again("espeakng-loader")
        ) from error


def _version(package: Path) -> str:
    """Return the version from the name of pip's metadata folder; reading that takes longer."""
    named = next(package.parent.glob(f"{package.name}-*.dist-info"), None)
    if named:
        return named.stem.partition("-")[2]
    from importlib import metadata

    return metadata.version("espeakng-loader")


def _crashes_on(text: str) -> MachineError:
    shortened = text if len(text) <= 60 else f"{text[:57]}…"
    return MachineError(
        f"the speech engine `espeak` crashes on the text `{shortened}`",
        "write it in other words, or choose another engine with `--voice`",
    )
