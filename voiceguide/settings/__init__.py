"""Settings: front matter, configuration and options, merged into one validated object."""

from voiceguide.settings.data import (
    CHIME_ROLES,
    LEVELS,
    PACES,
    Bed,
    BreathPhase,
    Guidance,
    Settings,
)
from voiceguide.settings.settle import SETTINGS, Settled, settle

__all__ = [
    "CHIME_ROLES",
    "LEVELS",
    "PACES",
    "SETTINGS",
    "Bed",
    "BreathPhase",
    "Guidance",
    "Settings",
    "Settled",
    "settle",
]
