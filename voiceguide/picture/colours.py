"""The colours of covers."""

from __future__ import annotations

import zlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one cover, as `#rrggbb`."""

    ground: str
    track: str
    """The ring where nothing else is."""
    pale: str
    """Speech and rests."""
    left: str
    right: str
    both: str
    """Holds and reps without a side."""
    ink: str
    """The title."""


# a dark ground, and two sides that differ in lightness too, for eyes that tell hues badly
PALETTES = (
    Palette("#17323b", "#2b4b55", "#6d8f98", "#f3c77b", "#5fb3a8", "#d9a0a0", "#fbf5e6"),  # lagoon
    Palette("#2d2440", "#443a5a", "#867ba3", "#f5b8a0", "#9a8be0", "#e7d08a", "#faf3ee"),  # dusk
    Palette("#22372b", "#384f41", "#7c9a87", "#f0d58a", "#7fb36a", "#e6a986", "#f6f6e8"),  # moss
    Palette("#3b2430", "#573c49", "#a3818f", "#f7cf9b", "#d9798c", "#a7b7e0", "#fcf1ec"),  # plum
    Palette("#1d2c4a", "#344566", "#7a8db3", "#f4d19c", "#6f9fe0", "#9fd3c0", "#f2f5fb"),  # night
    Palette("#40291d", "#5d4434", "#a88a75", "#f6d9a6", "#d98b5f", "#9cc3b0", "#fbf3e8"),  # clay
    Palette("#123b3a", "#2a5553", "#6b9a97", "#f7dfa0", "#e08f74", "#8fd0c6", "#f3f8f2"),  # fir
    Palette("#2b2f36", "#444a53", "#8a929e", "#f2cf8e", "#7fa7c4", "#c9b6dc", "#f5f5f2"),  # slate
    Palette("#3f1f24", "#5c383d", "#aa8085", "#f8d3a4", "#e07a6d", "#a9c5b4", "#fdf3ee"),  # wine
    Palette("#33331c", "#4e4e33", "#969672", "#f4dc9a", "#b3a548", "#a8bfd6", "#f8f7e6"),  # olive
    Palette("#25234f", "#3d3b6b", "#807eb8", "#f6c7b0", "#8484ea", "#a8d8c8", "#f4f3fc"),  # indigo
    Palette("#0f3550", "#285069", "#6a93ad", "#f8d48f", "#4fa6d8", "#e5a79b", "#f1f8fc"),  # sea
)


def palette(title: str) -> Palette:
    """The colours of a routine: always the same for its title."""
    return PALETTES[zlib.crc32(title.encode()) % len(PALETTES)]
