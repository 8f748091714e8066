"""From an engine's utterance to a clip: rate, ends and level; and its form in a store.

Loudness. Levelled one by one, lines jump: a soft short word comes out as loud as a sentence. So a
voice has one gain, measured once on a fixed text, and a line is corrected towards the target by no
more than `_BOUND`, a short one by less. With espeak's `en-us`, 23 lines of normal length, 2.4 LU
apart as spoken, end up within 0.1 LU, and 19 calls such as `Three.` and `Rest.`, 4.0 LU apart,
within 0.7 LU of them.
"""

from __future__ import annotations

import struct

import numpy as np

from voiceguide.audio import (
    Clip,
    Samples,
    amplify,
    limit,
    loudness,
    measured,
    packed,
    quantised,
    resample,
    trim,
    unpacked,
)
from voiceguide.engines import Utterance
from voiceguide.lengths import SAMPLE_RATE

_BOUND = 3.0
"""dB by which a line is corrected at most."""

_BOUND_A_SECOND = 2.5
"""dB for each second that a line sounds: what a short word is corrected by at most."""

_STEEPEST = 20.0
"""dB: no voice is turned up or down by more; one that needs it is noise or silence."""

_HEAD = struct.Struct("<IIId")
"""Rate, onset, end, loudness; the samples follow."""

NOTHING = _HEAD.pack(SAMPLE_RATE, 0, 0, -np.inf)
"""The clip of no words at all."""


def checked(utterance: Utterance) -> Utterance:
    """The utterance, if it is what the protocol of engines asks for.

    Raises:
        ValueError: it is not.
    """
    samples = np.asarray(utterance.samples)
    if samples.ndim != 1 or samples.dtype != np.float32:
        raise ValueError("it gave no mono samples of 32 bit floating point")
    if not np.isfinite(samples).all():
        raise ValueError("it gave samples that are no numbers")
    if utterance.rate < 1:
        raise ValueError(f"it gave a sample rate of {utterance.rate} Hz")
    return Utterance(samples, utterance.rate)


def voice_gain(calibration: Utterance, target: float) -> float:
    """The gain in dB that brings a voice to `target` LUFS, from its saying of a fixed text."""
    level = loudness(calibration.samples, calibration.rate)
    return float(np.clip(target - level, -_STEEPEST, _STEEPEST)) if np.isfinite(level) else 0.0


def spoken_clip(utterance: Utterance, gain: float, target: float) -> bytes:
    """The clip of an utterance at `SAMPLE_RATE`, trimmed and levelled, ready for a store.

    `gain` in dB is the voice's own, `target` in LUFS what a line is corrected towards. The samples
    are rounded to 16 bits, so that a clip is the same whether it was just made or comes from a
    store.
    """
    rate = utterance.rate
    samples = trim(utterance.samples, rate)
    # levelled before it is resampled: the curve through the samples is the same, and they are fewer
    level = limit(amplify(samples, gain + _correction(samples, rate, target - gain)), rate)
    clip = measured(quantised(resample(level, rate, SAMPLE_RATE)), SAMPLE_RATE)
    head = _HEAD.pack(clip.rate, clip.onset, clip.end, clip.loudness)
    return head + packed(clip.samples, clip.rate)


def opened(kept: bytes) -> Clip:
    """The clip that `spoken_clip` made."""
    rate, onset, end, level = _HEAD.unpack_from(kept)
    return Clip(unpacked(kept[_HEAD.size :]), rate, onset, end, level)


def sounding(kept: bytes) -> int:
    """The samples that the clip of these bytes sounds, without decoding it."""
    _, onset, end, _ = _HEAD.unpack_from(kept)
    return int(end - onset)


def _correction(samples: Samples, rate: int, usual: float) -> float:
    """The dB by which a line is turned up or down that its voice should say at `usual` LUFS."""
    level = loudness(samples, rate)
    if not np.isfinite(level):
        return 0.0
    bound = min(_BOUND, _BOUND_A_SECOND * len(samples) / rate)
    return float(np.clip(usual - level, -bound, bound))
