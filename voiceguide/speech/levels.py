"""Turn an engine's utterance into a clip (trim, level), and pack clips for a store.

Loudness: if each line were levelled alone, a soft short word would become as loud as a sentence.
So a voice has one gain, measured once on a fixed text, and a line is corrected towards the target
by at most `_BOUND`, a short line by less. But no line stays farther than `_WITHIN` from the target,
since some voices speak single lines much louder or softer than others. With espeak's `en-us`, 23
lines of normal length, 2.4 LU apart as spoken, end up within 0.1 LU, and 19 calls such as `Three.`
and `Rest.`, 4.0 LU apart, within 0.7 LU of them.
"""

from __future__ import annotations

import struct

import numpy as np

from voiceguide.audio import (
    FACTS_SIZE,
    Clip,
    ClipFacts,
    Levelled,
    amplify,
    limited,
    loudness,
    quantised,
    resample,
    trim,
    unquantised,
)
from voiceguide.audio.clip import LEAD, TAIL
from voiceguide.engines import Utterance
from voiceguide.lengths import SAMPLE_RATE

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
    return ClipFacts.of(clip, content).packed() + content


def _correction(level: float, seconds: float, target: float) -> float:
    """The correction in dB of a line that would otherwise have `level` LUFS."""
    bound = min(_BOUND, _BOUND_A_SECOND * seconds)
    wanted = target - level
    gentle = float(np.clip(wanted, -bound, bound))
    within = _WITHIN if seconds < _SENTENCE else _WITHIN_OF_A_SENTENCE
    least, most = wanted - within, wanted + within
    return float(np.clip(np.clip(gentle, least, most), -_FARTHEST, _FARTHEST))
