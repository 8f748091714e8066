"""Speak short calls in the middle of a longer text, the carrier, and cut them out of it.

Neural voices are trained on whole sentences: when they speak `Three.` or `Left side.` alone, they
may drop a part, drawl it, or add noise. Between two other sentences they speak it normally. If an
engine reports the times of its words, the cuts are made there, otherwise in the pauses. A cut must
lie in pauses or between words, be about as loud as its neighbours, and about as long as the call's
letters suggest; if it is not, the two sentences change places, and in the end the call is spoken
alone.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.audio import FACTS_SIZE, ClipFacts
from voiceguide.audio.clip import (
    LEAD,
    TAIL,
    Clip,
    Samples,
    find_sounding,
    quantised,
    resample,
    trim,
    unquantised,
)
from voiceguide.audio.fingerprint import fingerprint
from voiceguide.audio.levels import Levelled, amplify, limited, loudness
from voiceguide.engines import Utterance
from voiceguide.engines.silent import seconds_to_say
from voiceguide.engines.texts import is_call
from voiceguide.languages import find_language
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.patterns import late

Say = Callable[[str], Utterance]
_Levels = npt.NDArray[np.float64]

_END = late(r"[.!?…]\s*$")

_BLOCK = 0.005
"""Seconds of a block over which a level is measured."""

_QUIET = -35.0
"""dB relative to the loudest block; quieter blocks belong to a pause."""

_PAUSE = 0.12
"""Shortest pause, in seconds; the closure of a `t` is shorter."""

_REACH = 0.03
"""Seconds around the border between two words that are searched for the quietest place."""

_SHORTEST, _LONGEST = 0.4, 2.5
"""Least and greatest length of a call, as a multiple of the estimate from its letters."""

_SOFTEST = -20.0
"""dB relative to the loudest block of the whole; a call that is softer was not spoken."""


class _Carrier(Struct, frozen=True):
    """A call between two sentences."""

    before: str
    call: str
    after: str

    @property
    def text(self) -> str:
        return f"{self.before} {self.call} {self.after}"


def carried(say: Say, text: str, language: str, words_a_minute: float) -> Utterance:
    """The utterance of a text; a short call is cut out of a carrier if the cut is plausible.

    Errors of `say` are passed on.
    """
    known = find_language(language)
    if not is_call(text) or not known:
        return say(text)
    call = text if _END.search(text) else f"{text.rstrip(' ,;:')}."
    before, after = known.sentences["carrier"]
    guess = seconds_to_say(text, words_a_minute)
    for carrier in (_Carrier(before, call, after), _Carrier(after, call, before)):
        said = say(carrier.text)
        for start, stop in _places(said, carrier):
            cut = Utterance(said.samples[start:stop].copy(), said.rate)
            if _is_plausible(cut, said, guess):
                return cut
    return say(text)


def _places(said: Utterance, carrier: _Carrier) -> Iterator[tuple[int, int]]:
    """Yield possible places of the call, as (start, stop) in samples; the most reliable first."""
    by_words = _by_words(said, carrier)
    if by_words:
        yield by_words
    by_pauses = _by_pauses(said)
    if by_pauses:
        yield by_pauses


def _by_words(said: Utterance, carrier: _Carrier) -> tuple[int, int] | None:
    """The place of the call by the engine's word times; None if a word has none or the order is
    wrong."""
    words = said.words or ()
    first, count = len(carrier.before.split()), len(carrier.call.split())
    bounds = [bound for word in words for bound in word]
    if len(words) != len(carrier.text.split()) or bounds != sorted(bounds):
        return None
    if bounds[0] < 0 or bounds[-1] > len(said.samples):
        return None
    last = first + count
    return (
        _quietest(said, words[first - 1][1], words[first][0]),
        _quietest(said, words[last - 1][1], words[last][0]),
    )


def _quietest(said: Utterance, end: int, start: int) -> int:
    """The middle of the quietest block between the end of a word and the start of the next."""
    reach, size = round(_REACH * said.rate), _block(said.rate)
    first = max(0, end - reach)
    levels = _levels(said.samples[first : start + reach], size)
    return first + int(np.argmin(levels)) * size + size // 2


def _by_pauses(said: Utterance) -> tuple[int, int] | None:
    """The place of the call between the middles of two pauses; None unless there are just two."""
    size = _block(said.rate)
    levels = _levels(said.samples, size)
    sounding = np.flatnonzero(levels > levels.max(initial=0.0) * 10 ** (_QUIET / 20))
    least = round(_PAUSE / _BLOCK)
    pauses = [(a, b) for a, b in pairwise(sounding.tolist()) if b - a - 1 >= least]
    if len(pauses) != 2:
        return None
    start, stop = (int((a + 1 + b) / 2) * size for a, b in pauses)
    return start, stop


def _is_plausible(cut: Utterance, whole: Utterance, guess: float) -> bool:
    onset, end = find_sounding(cut.samples, cut.rate)
    length = (end - onset) / cut.rate
    if not _SHORTEST * guess <= length <= _LONGEST * guess:
        return False
    size = _block(cut.rate)
    loudest, others = (_levels(said.samples, size).max() for said in (cut, whole))
    return bool(loudest > others * 10 ** (_SOFTEST / 20))


def _levels(samples: Samples, size: int) -> _Levels:
    """The root mean square of each block; the last one is padded with zeros."""
    padded = np.pad(samples.astype(np.float64), (0, -len(samples) % size))
    levels: _Levels = np.sqrt(np.square(padded).reshape(-1, size).mean(axis=1))
    return levels


def _block(rate: int) -> int:
    return max(1, round(_BLOCK * rate))


# ── an utterance becomes a clip: trimmed, levelled, packed for a store ────────


_BOUND = 3.0
"""Largest correction of a line, in dB, unless `_WITHIN` needs more."""

_BOUND_A_SECOND = 2.5
"""Largest correction per second of a line's length, in dB/s; it limits short words."""

_WITHIN, _WITHIN_OF_A_SENTENCE = 0.8, 0.2
"""Largest distance from the target, in LU, of a short call and of a sentence, whatever the bounds
say: `verify` promises 1, and 0.5 between two sentences."""

_SENTENCE = 1.0
"""Seconds from which a line counts as a sentence."""

_FARTHEST = 12.0
"""Largest correction of any line, in dB; sounds that need more are breath or noise, not words."""

_MOST_GAIN = 23.0
"""Largest total gain of a line, in dB, including the voice's gain: a whisper stays a whisper."""

_RATE = struct.Struct("<I")
"""The rate in Hz at which the samples are kept; it follows the facts."""


def spoken_clip(utterance: Utterance, gain: float, target: float) -> bytes:
    """Trim and level an utterance, and pack its clip for a store: the facts, then the samples.

    `gain` is the voice's gain in dB, `target` the loudness in LUFS towards which a line is
    corrected. The samples are kept at the voice's rate, rounded to 16 bits: a clip is the same
    whether it was just made or comes from a store.
    """
    rate = utterance.rate
    samples = trim(utterance.samples, rate)
    level = loudness(samples, rate)
    if not np.isfinite(level):
        return _kept(Levelled(samples, -np.inf), rate, 0, len(samples))
    correction = _correction(level + gain, len(samples) / rate, target)
    gain += min(correction, max(_BOUND, _MOST_GAIN - gain))
    heard = limited(amplify(samples, gain), rate, level + gain)
    return _kept(heard, rate, round(LEAD * rate), len(samples) - round(TAIL * rate))


def nothing() -> bytes:
    """The packed clip of an empty text."""
    return _kept(Levelled(np.zeros(0, np.float32), -np.inf), SAMPLE_RATE, 0, 0)


def opened(kept: bytes) -> Clip:
    """Unpack a clip that `spoken_clip` packed, and resample it to `SAMPLE_RATE`."""
    facts = ClipFacts.unpacked(kept)
    (rate,) = _RATE.unpack_from(kept, FACTS_SIZE)
    samples = resample(unquantised(kept[FACTS_SIZE + _RATE.size :]), rate, SAMPLE_RATE)
    return Clip(samples, SAMPLE_RATE, facts.onset, facts.end, facts.loudness)


def _kept(heard: Levelled, rate: int, onset: int, end: int) -> bytes:
    """Pack a clip for the store; `onset` and `end` are in samples at `rate`."""
    content = _RATE.pack(rate) + quantised(heard.samples).tobytes()
    samples = resample(unquantised(content[_RATE.size :]), rate, SAMPLE_RATE)
    first, last = (min(round(at * SAMPLE_RATE / rate), len(samples)) for at in (onset, end))
    clip = Clip(samples, SAMPLE_RATE, first, last, heard.loudness)
    # now, while its samples are at hand: they would have to be resampled again
    print_ = fingerprint(clip, clip.sounding).packed() if np.isfinite(heard.loudness) else b""
    return ClipFacts.of(clip, content, print_).packed() + content


def _correction(level: float, seconds: float, target: float) -> float:
    """The correction in dB of a line that would otherwise have `level` LUFS."""
    bound = min(_BOUND, _BOUND_A_SECOND * seconds)
    wanted = target - level
    gentle = float(np.clip(wanted, -bound, bound))
    within = _WITHIN if seconds < _SENTENCE else _WITHIN_OF_A_SENTENCE
    least, most = wanted - within, wanted + within
    return float(np.clip(np.clip(gentle, least, most), -_FARTHEST, _FARTHEST))
