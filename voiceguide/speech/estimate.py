"""How long a text will sound, without an engine: what `check` and `plan --estimate` count with."""

from __future__ import annotations

from collections.abc import Mapping

from voiceguide.engines.duration import seconds_to_say
from voiceguide.lengths import samples
from voiceguide.speech.reading import normalise

_AS_LONG: Mapping[str, float] = {
    "de": 0.90,
    "es": 0.91,
    "fr": 0.82,
    "it": 0.91,
    "nl": 0.89,
    "pl": 1.07,
    "pt": 0.98,
}
"""How long letters sound in a language, in the length that they have in English: on 12 instructions
each, said by espeak-ng at 130 words a minute."""


def estimate(text: str, words_a_minute: float, language: str = "en") -> int:
    """Samples that the sound of a text lasts, as a guess; 0 where there is nothing to say.

    Over 50 English lines that were not used in its making it is 5 % off on average, and 21 % at
    worst; over those that the other languages were measured on, 3 to 9 % on average.
    """
    base = language.lower().replace("_", "-").partition("-")[0]
    seconds = seconds_to_say(normalise(text, language), words_a_minute)
    return samples(seconds * _AS_LONG.get(base, 1.0))
