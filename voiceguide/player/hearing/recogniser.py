"""A segment of sound to the phrase that was said, by pocketsphinx: small, offline, English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voiceguide.errors import MachineError, UsageError
from voiceguide.player.conductor import Command

# ── what can be said to a session, and what else a recogniser may take a sound for


STOP = "stop"
"""Pauses; said in a pause, it ends the session: a word that was misheard must not end it."""

PHRASES: Mapping[str, Command] = {
    "pause": Command.PAUSE,
    "go on": Command.GO_ON,
    "next": Command.NEXT,
    "back": Command.BACK,
    "repeat": Command.REPEAT,
    "more time": Command.MORE,
    STOP: Command.PAUSE,
}
"""What is said, and what it asks for while a session plays."""

_OTHERS = """
    about arms breath breathe calm chest down each exhale eyes feel feet floor gently hands head
    hello hips hold inhale keep knee left lift little lower minute okay open please press ready
    relax release right roll seconds shoulders side slowly soft stand stay stretch there three
    turn what when with yes water phone sorry thanks good night
"""

FILLERS = tuple(_OTHERS.split())
"""Other words, so that a sound that is no command has something to be. Not among them are words of
two letters, which match anything and make the search a hundred times as long, and words that sound
like a command (`pose`, `stomp`), for which commands are taken more often than the other way."""


def vocabulary() -> frozenset[str]:
    """Every word that is listened for."""
    return frozenset(FILLERS).union(*(phrase.split() for phrase in PHRASES))


def grammar() -> str:
    """What may be said at a time, as a grammar in the JSpeech Grammar Format: a phrase, or one or
    two other words."""
    return (
        "#JSGF V1.0;\ngrammar said;\n"
        "public <said> = <phrase> | <other> [<other>];\n"
        f"<phrase> = {' | '.join(PHRASES)};\n"
        f"<other> = {' | '.join(FILLERS)};\n"
    )


# ── a segment of sound to the phrase that was said, by pocketsphinx: small, offline, English


LANGUAGE = "en"
"""The language of its words."""

_INSTALL = (
    'install it: `pip install "voiceguide[hands-free]"`; Python 3.14 has no package of it yet'
)
_MODEL = "en-us/en-us"
_DICTIONARY = "en-us/cmudict-en-us.dict"
_NAME = "said"


def check_hearing(language: str = LANGUAGE) -> None:
    """See that spoken commands can be understood in a session of this language.

    Raises:
        MachineError: pocketsphinx is not installed.
        UsageError: the words are those of another language.
    """
    if find_spec("pocketsphinx") is None:
        raise MachineError("listening needs the package pocketsphinx", _INSTALL)
    if language.partition("-")[0] != LANGUAGE:
        raise UsageError(
            f"`--listen` knows English words alone so far, and this routine is in `{language}`",
            "play it without; keys and `voiceguide remote` command it in every language",
        )


class Recogniser:
    """Knows the phrases, and words that are none of them."""

    def __init__(self) -> None:
        """Load the model, in about a quarter of a second.

        Raises:
            MachineError: pocketsphinx is not installed, or its model cannot be read.
        """
        try:
            import pocketsphinx
        except ImportError:
            raise MachineError("listening needs the package pocketsphinx", _INSTALL) from None
        model = pocketsphinx.get_model_path
        try:
            self._decoder: Any = pocketsphinx.Decoder(
                hmm=model(_MODEL), dict=None, lm=None, loglevel="FATAL"
            )
            for word, phones in pronunciations(Path(model(_DICTIONARY)), vocabulary()):
                self._decoder.add_word(word, phones, False)
            self._decoder.add_jsgf_string(_NAME, grammar())
            self._decoder.activate_search(_NAME)
        except (OSError, RuntimeError, ValueError) as error:
            raise MachineError(f"pocketsphinx cannot be used: {error}", _INSTALL) from error

    def phrase(self, segment: npt.NDArray[np.int16]) -> str | None:
        """The phrase that a segment is: mono, 16 kHz, shape (n,); None where it is another word."""
        self._decoder.start_utt()
        self._decoder.process_raw(segment.tobytes(), False, True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return found.hypstr if found and found.hypstr in PHRASES else None


def pronunciations(dictionary: Path, words: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The ways in which some words of a dictionary are said: `on(2)` and its phonemes.

    The whole dictionary would take forty times the memory.
    """
    with dictionary.open(encoding="utf-8") as lines:
        for line in lines:
            word, _, phones = line.rstrip().partition(" ")
            if word.partition("(")[0] in words:
                yield word, phones
