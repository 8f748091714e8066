"""`silent`: silences as long as speech would be, for checks, tests and timing."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from voiceguide.engines import Utterance, Voice
from voiceguide.errors import UsageError
from voiceguide.patterns import late

# ── an estimate of the length of speech, from letters: no engine, no sound


_PACE = 130
"""Words a minute at which the seconds below were measured."""

_AT_ALL = 0.165
_WORD = 0.0695
_STRESS = 0.0646
_SOUND = 0.0756
_PAUSE = 0.444

_UNSTRESSED_WORDS = (
    "a an and are as at be because been but by can could for from had has have he her him his i if"
    " in into is it its me my of on or our own she should some than that the their them then there"
    " they this through to until us was we were when which who will with would you your"
)
_UNSTRESSED = frozenset(_UNSTRESSED_WORDS.split())

_TOKEN = late(r"\[\[.*?\]\]|[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:,\d{3})*(?:\.\d+)?|%")
_PAUSES = late(r"[,;:.!?](?=\s)")
_VOWELS = late(r"[aeiouy]+")
_CONSONANTS = late(
    r"tch|sch|th|sh|ch|ph|wh|gh|ck|ng|qu|([bcdfgjklmnprstvz])\1|[bcdfghjklmnpqrstvwxz]"
)
_SILENT_E = late(r"(?<![aeiouyl])e$|(?<=[^td])ed$|(?<=[^aeioucsxz])es$")

_SYLLABLE_SIGNS = 2.5
"""Consonants and vowels of a character that is a syllable: Chinese, Japanese, Korean."""

_SMALL_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
_SMALL = _SMALL_NUMBERS.split()
_LARGE = ((1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def seconds_to_say(text: str, words_a_minute: float) -> float:
    """Estimate the seconds from the first sound of a text to the last; 0 without words."""
    words = [word for token in _TOKEN.findall(text.lower()) for word in _words(token)]
    if not words:
        return 0.0
    stressed = max(1, sum(word not in _UNSTRESSED for word in words))
    pauses = len(_PAUSES.findall(text.strip()))
    seconds = _AT_ALL + _WORD * len(words) + _STRESS * stressed
    seconds += _SOUND * sum(map(_sounds, words)) + _PAUSE * pauses
    return seconds * _PACE / words_a_minute


def _words(token: str) -> list[str]:
    """Return a token as it is spoken: numbers in words, phonemes as if they were letters."""
    if token == "%":
        return ["per", "cent"]
    if token[0].isdecimal():
        return _spelled(token.replace(",", ""))
    return [token.strip("[]")]


def _sounds(word: str) -> float:
    """Count the consonants and vowels that are heard in a word."""
    plain = unicodedata.normalize("NFD", word)
    latin = "".join(c for c in plain if "a" <= c <= "z")
    others = [c for c in plain if not c.isascii() and c.isalpha()]
    vowels = len(_VOWELS.findall(latin)) - bool(_SILENT_E.search(latin))
    heard = len(_CONSONANTS.findall(latin)) + (max(1, vowels) if latin else 0)
    return heard + sum(_SYLLABLE_SIGNS if "\u3040" <= c <= "\ud7ff" else 1 for c in others)


def _spelled(number: str) -> list[str]:
    """Spell a number in English words; more than nine digits are read digit by digit."""
    whole, point, decimals = number.partition(".")
    words = _whole(int(whole)) if len(whole) <= 9 else [_SMALL[int(digit)] for digit in whole]
    return words + ["point"] * len(point) + [_SMALL[int(digit)] for digit in decimals]


def _whole(number: int) -> list[str]:
    if number < 20:
        return [_SMALL[number]]
    if number < 100:
        return [_TENS[number // 10], *_rest(number % 10)]
    value, name = next(pair for pair in _LARGE if number >= pair[0])
    return [*_whole(number // value), name, *_rest(number % value)]


def _rest(number: int) -> list[str]:
    return _whole(number) if number else []


# ── the engine ───────────────────────────────────────────────────────────────


_RATE = 48_000
_LANGUAGES = ("en", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sv", "uk", "zh")


class SilentEngine:
    """An engine of silences; its only voice accepts every language."""

    name = "silent"
    version = "1"
    at_once = 2

    def voices(self) -> Sequence[Voice]:
        """Return the only voice, once for each of some languages."""
        return [Voice("silent", language) for language in _LANGUAGES]

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        """Return silence at 48,000 Hz; see `voiceguide.engines.Engine`."""
        import numpy as np

        if voice != "silent":
            raise UsageError(f"the engine `silent` has no voice `{voice}`", "its voice is `silent`")
        count = round(seconds_to_say(text, words_a_minute) * _RATE)
        return Utterance(np.zeros(count, np.float32), _RATE)

    def close(self) -> None:
        """Do nothing; the engine holds no resources."""
