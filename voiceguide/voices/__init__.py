"""Voices that can be installed, and those that are: a catalogue, a folder, and the way between.

known() ─find_known▶ KnownVoice ─install▶ InstalledVoice ─remove▶ nothing
"""

from voiceguide.voices.catalogue import find_known, known, known_voice, way_to
from voiceguide.voices.folder import (
    ENGINES,
    PREPARED,
    QUALITIES,
    InstalledVoice,
    KnownVoice,
    VoiceFile,
    find_installed,
    installed,
    installed_voice,
    remove,
    voices_folder,
)

__all__ = [
    "ENGINES",
    "PREPARED",
    "QUALITIES",
    "InstalledVoice",
    "KnownVoice",
    "VoiceFile",
    "find_installed",
    "find_known",
    "installed",
    "installed_voice",
    "known",
    "known_voice",
    "remove",
    "voices_folder",
    "way_to",
]
