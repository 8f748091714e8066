"""Sounds of the user's own as clips: trimmed, levelled beside the voice, limited.

How loud they become. A chime is struck as loud as the library's own: its loudest 400 ms lie 6 LU
below the voice. A sound that is played keeps what its author meant by soft and loud as far as it
fits a session: it is turned down to the voice's loudness, or brought up to 6 LU below it, and is
left alone between the two. Nothing that is loud for a moment alone exceeds the voice by more than
3 LU.
"""

from __future__ import annotations

import numpy as np

from voiceguide.audio.clip import Clip, Samples
from voiceguide.audio.levelling import CEILING, amplify, limit
from voiceguide.audio.loudness import loudness, momentary, true_peak
from voiceguide.audio.measuring import measured
from voiceguide.audio.recording import Recording, SoundError
from voiceguide.audio.trimming import trim
from voiceguide.lengths import SAMPLE_RATE

BELOW_VOICE = 6.0
"""LU that a chime lies below the voice, and a soft sound at most."""

MOST_OVER_VOICE = 3.0
"""LU that any 400 ms of a sound may lie above it."""

MOST_RAISED = {"chime": 30.0, "sound": 12.0}
"""dB: what needs more is noise for the most part."""

_MOST_LIMITED = 3.0
"""dB that a chime's peaks are turned down by, at most, to make it as loud as it should be."""

_RINGING = -60.0
"""dB below its loudest 5 ms, where a chime or a sound has died away: later than a word has."""


def struck_clip(recording: Recording, voice: float) -> Clip:
    """The clip of a chime beside a voice of so many LUFS.

    Raises:
        SoundError: it is silent.
    """
    samples = _trimmed(recording)
    gain = voice - BELOW_VOICE - momentary(samples, SAMPLE_RATE)
    room = CEILING - true_peak(samples) + _MOST_LIMITED
    return _clip(samples, min(gain, room, MOST_RAISED["chime"]))


def played_clip(recording: Recording, voice: float) -> Clip:
    """The clip of a sound that is played, beside a voice of so many LUFS.

    Raises:
        SoundError: it is silent.
    """
    samples = _trimmed(recording)
    level = loudness(samples, SAMPLE_RATE)
    gain = float(np.clip(level, voice - BELOW_VOICE, voice)) - level
    most = voice + MOST_OVER_VOICE - momentary(samples, SAMPLE_RATE)
    return _clip(samples, min(gain, most, MOST_RAISED["sound"]))


def _trimmed(recording: Recording) -> Samples:
    samples = trim(recording.centred().mono(), SAMPLE_RATE, _RINGING)
    # what is on both sides may cancel out in mono, and a moment of it may be below the meter
    if not np.isfinite(loudness(samples, SAMPLE_RATE)):
        raise SoundError(f"{recording.name} is silent", "name one with a sound in it")
    return samples


def _clip(samples: Samples, gain: float) -> Clip:
    return measured(limit(amplify(samples, gain), SAMPLE_RATE), SAMPLE_RATE)
