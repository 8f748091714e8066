"""From an engine's utterance to a clip: rate, ends and level; and its form in a store.

Loudness. Levelled one by one, lines jump: a soft short word comes out as loud as a sentence. So a
voice has one gain, measured once on a fixed text, and a line is corrected towards the target by no
more than `_BOUND`, a short one by less; but none is left farther than `_WITHIN` from it, for some
voices say lines much louder or softer than others. With espeak's `en-us`, 23 lines of normal
length, 2.4 LU apart as spoken, end up within 0.1 LU, and 19 calls such as `Three.` and `Rest.`, 4.0
LU apart, within 0.7 LU of them.
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
"""dB by which a line is corrected at most."""

_BOUND_A_SECOND = 2.5
"""dB for each second that a line sounds: what a short word is corrected by at most."""

_WITHIN, _WITHIN_OF_A_SENTENCE = 0.8, 0.2
"""LU that a short call and a sentence may stay from the target, whatever the bounds say: what
`verify` promises is 1, and 0.5 between two sentences."""

_SENTENCE = 1.0
"""Seconds: what sounds as long is a sentence."""

_FARTHEST = 12.0
"""dB by which any line is corrected at most: what needs more is a breath or noise, not a word."""

_MOST_GAIN = 23.0
"""dB by which a line is turned up in all, the voice's own gain included: a whisper stays one."""

_RATE = struct.Struct("<I")
"""The rate in Hz at which the samples are kept; it follows on the facts."""


def spoken_clip(utterance: Utterance, gain: float, target: float) -> bytes:
    """The clip of an utterance, trimmed and levelled, ready for a store: its facts, then samples.

    `gain` in dB is the voice's own, `target` in LUFS what a line is corrected towards. The samples
    are kept at the voice's own rate, rounded to 16 bits: a clip is the same whether it was just
    made or comes from a store.
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
    """The clip of no words at all."""
    return _kept(Levelled(np.zeros(0, np.float32), -np.inf), SAMPLE_RATE, 0, 0)


def opened(kept: bytes) -> Clip:
    """The clip that `spoken_clip` made, at `SAMPLE_RATE`."""
    facts = ClipFacts.unpacked(kept)
    (rate,) = _RATE.unpack_from(kept, FACTS_SIZE)
    samples = resample(unquantised(kept[FACTS_SIZE + _RATE.size :]), rate, SAMPLE_RATE)
    return Clip(samples, SAMPLE_RATE, facts.onset, facts.end, facts.loudness)


def _kept(heard: Levelled, rate: int, onset: int, end: int) -> bytes:
    """A clip for the store; `onset` and `end` count samples at its own rate."""
    content = _RATE.pack(rate) + quantised(heard.samples).tobytes()
    samples = resample(unquantised(content[_RATE.size :]), rate, SAMPLE_RATE)
    first, last = (min(round(at * SAMPLE_RATE / rate), len(samples)) for at in (onset, end))
    clip = Clip(samples, SAMPLE_RATE, first, last, heard.loudness)
    return ClipFacts.of(clip, content).packed() + content


def _correction(level: float, seconds: float, target: float) -> float:
    """The dB by which a line is turned up or down that would come out at `level` LUFS."""
    bound = min(_BOUND, _BOUND_A_SECOND * seconds)
    wanted = target - level
    gentle = float(np.clip(wanted, -bound, bound))
    within = _WITHIN if seconds < _SENTENCE else _WITHIN_OF_A_SENTENCE
    least, most = wanted - within, wanted + within
    return float(np.clip(np.clip(gentle, least, most), -_FARTHEST, _FARTHEST))
