"""`Clip`: samples and their rate; making, measuring, trimming and levelling them. `Loop`: a bed.

Clips are mono; samples are float32, full scale ±1.0, rates in Hz, levels in dB.
"""

from voiceguide.audio.clip import Clip, Samples
from voiceguide.audio.files import SoundError, read_sound
from voiceguide.audio.levelling import CEILING, amplify, limit
from voiceguide.audio.loop import LOOP_UNIT, Channels, Loop
from voiceguide.audio.loudness import loudness, true_peak
from voiceguide.audio.measuring import measured
from voiceguide.audio.packing import packed, quantised, unpacked
from voiceguide.audio.resampling import resample, resampled_length
from voiceguide.audio.sounding import find_sounding
from voiceguide.audio.trimming import trim

__all__ = [
    "CEILING",
    "LOOP_UNIT",
    "Channels",
    "Clip",
    "Loop",
    "Samples",
    "SoundError",
    "amplify",
    "find_sounding",
    "limit",
    "loudness",
    "measured",
    "packed",
    "quantised",
    "read_sound",
    "resample",
    "resampled_length",
    "trim",
    "true_peak",
    "unpacked",
]
