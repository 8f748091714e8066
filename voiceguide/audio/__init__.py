"""`Clip`: samples and their rate; making, measuring, trimming and levelling them. `Loop`: a bed.

Clips are mono; samples are float32, full scale ±1.0, rates in Hz, levels in dB.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voiceguide.audio.clip import (
        Channels,
        Clip,
        Samples,
        find_sounding,
        quantised,
        trim,
        unquantised,
    )
    from voiceguide.audio.decode import OpenSound, open_sound, sound_seconds
    from voiceguide.audio.facts import ClipFacts
    from voiceguide.audio.levels import (
        CEILING,
        Levelled,
        amplify,
        limit,
        limited,
        loudness,
        measured,
        momentary,
        true_peak,
    )
    from voiceguide.audio.loops import LONGEST_LOOP, LOOP_UNIT, Loop, loop_of
    from voiceguide.audio.recording import Recording, read_recording, read_sound
    from voiceguide.audio.resampling import resample, resampled_length, resampled_pieces
    from voiceguide.audio.supplied import SuppliedSound, played_clip, recording_of, struck_clip

__all__ = [
    "CEILING",
    "LONGEST_LOOP",
    "LOOP_UNIT",
    "Channels",
    "Clip",
    "ClipFacts",
    "Levelled",
    "Loop",
    "OpenSound",
    "Recording",
    "Samples",
    "SuppliedSound",
    "amplify",
    "find_sounding",
    "limit",
    "limited",
    "loop_of",
    "loudness",
    "measured",
    "momentary",
    "open_sound",
    "played_clip",
    "quantised",
    "read_recording",
    "read_sound",
    "recording_of",
    "resample",
    "resampled_length",
    "resampled_pieces",
    "sound_seconds",
    "struck_clip",
    "trim",
    "true_peak",
    "unquantised",
]

_LIGHT_FIRST = (
    *("facts", "clip", "levels", "decode", "loops"),
    *("recording", "resampling", "supplied"),
)


def __getattr__(name: str) -> object:
    """A module is imported when something of it is asked for: planning starts without numpy."""
    for module in _LIGHT_FIRST if name in __all__ else ():
        found = vars(import_module(f"{__name__}.{module}"))
        if name in found:
            return globals().setdefault(name, found[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
