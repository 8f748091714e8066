"""Where sentences end, in the eight languages: abbreviations and ordinals do not end them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceguide.languages import Language, languages
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
    "Mt. Fuji pose.",
    "Die 1. und 2. Runde.",
    "Mme. Dupont est là.",
    "J.-P. Martin.",
    "EE. UU. es grande.",
    "To jest 3. seria.",
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


# ── abbreviations, initials and numbers ──────────────────────────────────────

CASES = [
    line.split("\t")
    for line in (Path(__file__).parent / "cases" / "sentences.tsv").read_text("utf-8").splitlines()
]


def parted(text: str, language: str = "en") -> list[str]:
    """The sentences of a text."""
    ends = [0, *sentence_ends(text, language), len(text)]
    return [text[start:stop].strip() for start, stop in pairwise(ends)]


@pytest.mark.parametrize(("language", "text", "sentences"), CASES)
def test_a_sentence_does_not_end_in_an_abbreviation(
    language: str, text: str, sentences: str
) -> None:
    """Of the trade, in either language, with initials and before numbers."""
    assert parted(text, language) == sentences.split("|")


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Do 20 reps. Rest."), ("en", "Hold 10 s. Rest."), ("de", "Halte 10 s. Dann löse.")],
)
def test_a_unit_may_end_a_sentence(language: str, text: str) -> None:
    """Before a capital: what is counted is no initial."""
    assert len(parted(text, language)) == 2


@pytest.mark.parametrize("code", sorted(languages()))
def test_no_abbreviation_of_its_own_ends_a_sentence(code: str) -> None:
    """Whatever a language's table writes out with a dot, before a small letter and a number."""
    own = [word for word in Language(code).reading["words"] if word.endswith(".")]
    assert own
    for short in own:
        assert len(parted(f"Xxxxxx {short} xxxxxx. Yyyyy.", code)) == 2, short


@given(st.lists(st.sampled_from(["rest", "Rest", "e.g", "p", "J", "in", "5", "U.S", "approx"])))
def test_sentences_lose_nothing(words: list[str]) -> None:
    """Put together again, they are the text, wherever they end."""
    text = ". ".join(words)
    assert " ".join(parted(text)) == text.strip()
