"""`Clip`: samples and their rate; making, measuring, trimming and levelling them. `Loop`: a bed.

Clips are mono; samples are float32, full scale ±1.0, rates in Hz, levels in dB.
"""

from voiceguide.audio.clip import Channels, Clip, Samples
from voiceguide.audio.files import read_recording, read_sound, sound_seconds
from voiceguide.audio.handed import Handed, recording_of
from voiceguide.audio.levelling import CEILING, Levelled, amplify, limit, limited
from voiceguide.audio.loop import LOOP_UNIT, Loop
from voiceguide.audio.looping import LONGEST_LOOP, loop_of
from voiceguide.audio.loudness import loudness, momentary, true_peak
from voiceguide.audio.measuring import measured
from voiceguide.audio.own import played_clip, struck_clip
from voiceguide.audio.packing import packed, quantised, unpacked
from voiceguide.audio.recording import Recording, SoundError
from voiceguide.audio.resampling import resample, resampled_length
from voiceguide.audio.sounding import find_sounding
from voiceguide.audio.trimming import trim

__all__ = [
    "CEILING",
    "LONGEST_LOOP",
    "LOOP_UNIT",
    "Channels",
    "Clip",
    "Handed",
    "Levelled",
    "Loop",
    "Recording",
    "Samples",
    "SoundError",
    "amplify",
    "find_sounding",
    "limit",
    "limited",
    "loop_of",
    "loudness",
    "measured",
    "momentary",
    "packed",
    "played_clip",
    "quantised",
    "read_recording",
    "read_sound",
    "recording_of",
    "resample",
    "resampled_length",
    "sound_seconds",
    "struck_clip",
    "trim",
    "true_peak",
    "unpacked",
]
