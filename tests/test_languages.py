"""The languages: a folder for each, with every file, each of them whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from num2words import num2words

from voiceguide.handout.doses import labels
from voiceguide.languages import (
    FILES,
    Language,
    cardinals,
    code_of,
    find_language,
    languages,
    numbers,
    phrases,
)
from voiceguide.speech.lexicon import built_in
from voiceguide.speech.pace import passage_for
from voiceguide.speech.reading.patterns import language_rules

FOLDER = Path(__file__).parent.parent / "voiceguide" / "languages"


@pytest.mark.parametrize("code", sorted(languages()))
def test_a_language_has_every_file_and_no_other(code: str) -> None:
    """What a language lacks, or what no room reads, is named here."""
    found = sorted(path.name for path in (FOLDER / code).iterdir())
    assert found == sorted(f"{name}.yaml" for name in FILES)


@pytest.mark.parametrize("code", sorted(languages()))
@pytest.mark.parametrize("name", FILES)
def test_a_file_says_what_its_neighbours_say(code: str, name: str) -> None:
    """It is read as data, with something under each name that it has in English."""
    data, english = (getattr(Language(one), name) for one in (code, "en"))
    assert isinstance(data, dict)
    assert data
    if name in ("handout", "safety", "sentences"):
        assert set(data) >= set(english)
        assert all(value not in ("", [], None) for value in data.values())


@pytest.mark.parametrize("code", sorted(languages()))
def test_every_room_reads_its_part(code: str) -> None:
    """Words, numbers, reading, lexicon, handout and sentences become what their rooms need."""
    assert phrases(code).number(2)
    assert numbers(code).ordinal(3)
    assert language_rules(code)
    assert built_in(code)
    assert labels(code).language == code
    assert passage_for(code).seconds > 10
    before, after = Language(code).sentences["carrier"]
    assert before.endswith(".")
    assert after.endswith(".")


def test_a_region_is_its_language() -> None:
    """However the tag is written; and a tag of no language finds none."""
    assert find_language("pt_BR") == find_language("pt-br") == Language("pt")
    assert code_of("EN-gb") == "en"
    assert find_language("tlh") is None


@pytest.mark.parametrize("tag", [*sorted(languages()), "pt-br", "en-gb"])
def test_the_numbers_at_hand_are_those_of_num2words(tag: str) -> None:
    """What is written down so that it need not be loaded is what it says itself."""
    region = "pt_BR" if tag == "pt-br" else code_of(tag)
    at_hand = cardinals(tag)
    assert len(at_hand) == 61
    for number, words in enumerate(at_hand):
        assert words == num2words(number, lang=region).replace(",", "")
