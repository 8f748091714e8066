"""What a model says, and where its words are; known in the child process alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from voiceguide.audio import Samples

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
