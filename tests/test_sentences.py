"""Where sentences end, in the eight languages: abbreviations and ordinals do not end them."""

from __future__ import annotations

import pytest

from voiceguide.script.prose import sentence_ends

ONE = (
    "Nimm z. B. Eine Decke.",
    "Nimm z.B. Eine Decke.",
    "Atme, d. h. Lass los.",
    "Links bzw. Rechts.",
    "Das ist die 3. Runde.",
    "Komm in der 12. Woche wieder.",
    "Am 1. Tag.",
    "Prenez p. ex. Un mur.",
    "Usa p. ej. Una pared.",
    "Usa ad es. Un muro.",
    "Gebruik bijv. Een muur.",
    "Użyj np. Ściany.",
    "Etwa 30 sek. lang.",
    "Unos 30 aprox. y listo.",
)

TWO = (
    "Clear your mind. Breathe.",
    "Count to 3. Rest.",
    "Zähle bis 3. Dann ruhe.",
    "Das Knie. Die Hand.",
    "Sit, and then up. Exhale.",
    "Ruhe 30 Sek. Atme.",
    "Tout va bien. Respirez.",
)


@pytest.mark.parametrize("text", ONE)
def test_it_goes_on(text: str) -> None:
    """A dot within is no end."""
    assert list(sentence_ends(text)) == []


@pytest.mark.parametrize("text", TWO)
def test_it_ends(text: str) -> None:
    """What only looks like them ends a sentence as ever."""
    assert len(list(sentence_ends(text))) == 1
