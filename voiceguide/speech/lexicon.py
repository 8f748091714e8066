"""How words are spoken: respellings, a routine's own (`say:`) and a few built-in ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

BUILT_IN: Mapping[str, Mapping[str, str]] = {
    "en": {
        "anjaneyasana": "anja-nay-ahsana",
        "asana": "ah-sana",
        "balasana": "bah-lahsana",
        "chaturanga": "chutta-runga",
        "fascia": "fasha",
        "iliacus": "ill-eye-ackuss",
        "iliopsoas": "illy-oh-soh-us",
        "namaste": "nahma-stay",
        "pilates": "pillah-teez",
        "popliteus": "pop-litty-us",
        "pranayama": "prahna-yahma",
        "psoas": "soh-us",
        "qigong": "chee-gong",
        "quadriceps": "quad-risseps",
        "sacroiliac": "sacro-illiac",
        "savasana": "sha-vahsana",
        "shavasana": "sha-vahsana",
        "tadasana": "tah-dahsana",
        "trochanter": "troh-kanter",
        "ujjayi": "oo-jye",
        "vinyasa": "vin-yahsa",
        "virabhadrasana": "veera-bud-rahsana",
    },
}
"""Words that a voice gets wrong, by language; chosen by the phonemes that espeak-ng makes of it."""


class Lexicon:
    """Respellings of whole words, in any case; the longest first, a routine's own before all."""

    def __init__(self, language: str = "en", say: Mapping[str, str] | None = None) -> None:
        built_in = BUILT_IN.get(language.lower().replace("_", "-").partition("-")[0], {})
        own = {word.strip().lower(): said for word, said in (say or {}).items() if word.strip()}
        self._words = sorted({**built_in, **own}.items(), key=lambda pair: (-len(pair[0]), pair))
        self._pattern = _pattern(word for word, _ in self._words)

    def apply(self, text: str, otherwise: Callable[[str], str] = str) -> str:
        """The text with its known words respelled, and `otherwise` applied to what is between.

        What has been respelled is final: neither `otherwise` nor another respelling sees it.
        """
        if not self._words:
            return otherwise(text)
        said = []
        position = 0
        for found in self._pattern.finditer(text):
            said += [otherwise(text[position : found.start()]), self._respelled(found)]
            position = found.end()
        return "".join([*said, otherwise(text[position:])])

    def _respelled(self, found: re.Match[str]) -> str:
        return self._words[(found.lastindex or 1) - 1][1]


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """A group for each word; a space in it stands for any whitespace."""
    groups = (r"\s+".join(map(re.escape, word.split())) for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(f'({group})' for group in groups)})(?!\w)", re.I)
