"""Settings: front matter, configuration and options, merged into one validated object."""

from voiceguide.settings.data import (
    BED_LEVEL,
    CHIME_ROLES,
    LEVELS,
    LOUDNESS,
    NOTHING,
    PACES,
    Bed,
    BreathPhase,
    Guidance,
    Intro,
    LexiconName,
    Mood,
    Settings,
)
from voiceguide.settings.merge import Settled, override_problems, read_override, settle
from voiceguide.settings.table import SETTINGS, TABLE, Definition

__all__ = [
    "BED_LEVEL",
    "CHIME_ROLES",
    "LEVELS",
    "LOUDNESS",
    "NOTHING",
    "PACES",
    "SETTINGS",
    "TABLE",
    "Bed",
    "BreathPhase",
    "Definition",
    "Guidance",
    "Intro",
    "LexiconName",
    "Mood",
    "Settings",
    "Settled",
    "override_problems",
    "read_override",
    "settle",
]
