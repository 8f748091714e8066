"""Sessions of onnxruntime that give the same samples for the same words.

Most voices add noise, from generators that are seeded when a session is made and run on from one
text to the next: the third text sounds different when the second is left out. A model with such
generators therefore gets a fresh session for every text, seeded alike; one without keeps its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from voiceguide.audio import Samples


# ── sessions of onnxruntime that give the same samples for the same words ────


_SEED = 1

_CHANCE = (b"RandomNormal", b"RandomUniform", b"Multinomial", b"Bernoulli")
"""Operators of ONNX with a generator of their own, `…Like` among them, as a model's file names
them."""


class Sessions:
    """Sessions of one model, given by its path or its bytes."""

    def __init__(self, model: str | bytes) -> None:
        self._model = model
        data = model if isinstance(model, bytes) else Path(model).read_bytes()
        self._by_chance = any(name in data for name in _CHANCE)
        self._kept = _session(model)
        self._fresh = True

    def next(self) -> InferenceSession:
        """The session for the next text."""
        if self._by_chance and not self._fresh:
            self._kept = _session(self._model)
        self._fresh = False
        return self._kept


def _session(model: str | bytes) -> InferenceSession:
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    onnxruntime.set_seed(_SEED)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


# ── what a model says, and where its words are; known in the child process alone


Span = tuple[int, int]

_SOUNDLESS = frozenset(" ^$_.,;:!?…—–-\"'“”«»()¿¡\u200d")
"""What stands among phonemes and is no sound: blanks, punctuation, and Piper's marks for the
beginning, the end and what is between."""


class RefusedInputError(ValueError):
    """What was asked for cannot be said, whoever is asked."""

    def __init__(self, reason: str, help: str) -> None:  # noqa: A002  (the word users see)
        super().__init__(reason)
        self.help = help


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A text as samples."""

    samples: Samples
    """Mono, shape (n,), float32."""
    rate: int
    """Hz."""
    words: tuple[Span, ...] | None
    """As `voiceguide.engines.Utterance` has them."""


class Model(Protocol):
    """A voice that has been read, ready to speak."""

    def say(self, text: str, speed: float, speaker: str | None) -> Spoken:
        """Say a text, so many times as quick as by itself.

        Raises:
            RefusedInputError: there is no such speaker or phoneme.
        """

    def transcribe(self, text: str) -> str:
        """The phonemes of plain words."""

    def unknown(self, phonemes: str) -> str | None:
        """The first phoneme, to the end of its word, that the voice does not have."""


def word_spans(sounds: Iterable[tuple[str, int, int]]) -> list[Span]:
    """The spans of words, from phonemes with the samples where each begins and ends."""
    spans: list[Span] = []
    current: Span | None = None
    for phoneme, start, end in sounds:
        if phoneme.isspace():
            spans += [current] if current else []
            current = None
        elif phoneme not in _SOUNDLESS:
            current = (current[0] if current else start, end)
    return spans + ([current] if current else [])


def one_each(spans: Sequence[Span], text: str) -> tuple[Span, ...] | None:
    """The spans, if there are as many as words in the text: some are said in one breath as one."""
    words = [piece for piece in text.split() if any(map(str.isalnum, piece))]
    return tuple(spans) if len(spans) == len(words) else None


def has_sound(phonemes: Iterable[str]) -> bool:
    """Whether there is more to say than pauses."""
    return any(phoneme not in _SOUNDLESS for phoneme in phonemes)


def first_unknown(phonemes: str, known: Iterable[str]) -> str | None:
    """The first sign that is not known, to the end of its word."""
    signs = set(known)
    for at, sign in enumerate(phonemes):
        if sign not in signs and not sign.isspace():
            return phonemes[at:].split(maxsplit=1)[0]
    return None
