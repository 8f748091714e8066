"""The handout in each of the eight languages: its own words, plurals and numbers."""

from __future__ import annotations

import pytest
from sheets import sheet_of, told

from voiceguide import library
from voiceguide.handout import Sheet
from voiceguide.handout.doses import Labels, labels
from voiceguide.handout.page import as_html
from voiceguide.languages import Form, languages
from voiceguide.routine import Moment

ROUTINE = """\
---
title: {title}
language: {language}
needs: floor, mat
breath: 4 in, 2 hold, 6.5 out
---

Word.

## A

- 5 breaths
  Word.
- hold 30-60s, each side, 2 rounds, rest 10s
  Word.
  - half: Word.
  - last 5s: Word.
- 20 reps, alternate sides
  Word.
- 3 rounds, optional
  - 12 reps, left side
    Word.
  - 22 reps, right side
    Word.
"""


def sheet(language: str) -> Sheet:
    return sheet_of(ROUTINE.format(title="A", language=language))


def lines(found: Sheet) -> list[str]:
    """The facts, and what stands in the first section."""
    return [f"{fact.name}: {fact.text}" for fact in found.facts] + told(found.sections[0].parts)


def test_german() -> None:
    """All of it, as a person has read it."""
    found = sheet("de-AT")
    assert lines(found)[1:] == [
        "Du brauchst: Boden, Mat",
        "= 5 Atemzüge (ein 4 s, halten 2 s, aus 6,5 s)",
        "Word.",
        "= 2 × 30–60 s je Seite, Pause 10 s",
        "Word.",
        "Zur Hälfte: Word.",
        "In den letzten 5 s: Word.",
        "= 20 Mal insgesamt, Seiten im Wechsel",
        "Word.",
        "= 3 Runden (Wahlweise)",
        "= 12 Mal, linke Seite",
        "Word.",
        "= 22 Mal, rechte Seite",
        "Word.",
    ]


def test_polish_has_two_plurals() -> None:
    """Five breaths are many, three rounds a few."""
    found = lines(sheet("pl"))
    assert "= 5 oddechów (wdech 4 s, zatrzymaj 2 s, wydech 6,5 s)" in found
    assert "= 3 rundy (Opcjonalnie)" in found


@pytest.mark.parametrize("language", sorted(languages()))
def test_a_page_is_in_its_language(language: str) -> None:
    """The page names the language, and its own words are there, with no English beside them."""
    page = as_html(sheet(language))
    own, english = labels(language), labels("en")
    assert f'<html lang="{language}">' in page
    assert own.opening.replace("'", "&#x27;") in page
    assert own.made_with in page
    if language != "en":
        foreign = (english.opening, english.needs, english.made_with)
        assert not [word for word in foreign if word in page]


def library_words() -> set[str]:
    """What the routines of the library need and are for, but for `nothing`, which has a label."""
    return {
        word
        for entry in library.catalogue()
        for word in (*entry.needs, *entry.purposes)
        if word != "nothing"
    }


@pytest.mark.parametrize("language", sorted(languages()))
def test_the_labels_are_complete(language: str) -> None:
    """Every word is there, with places for what is filled in; every plural that is asked for."""
    own, english = labels(language), labels("en")
    for name in Labels.__struct_fields__:
        value, model = getattr(own, name), getattr(english, name)
        if isinstance(model, str):
            assert value, name
            assert name == "language" or value.count("{}") == model.count("{}"), name
    counted = (own.round, own.set, own.times, own.breath)
    assert all({Form.ONE, Form.MANY} <= set(forms) for forms in counted)
    assert all(own.moment(moment) for moment in Moment)
    assert set(own.library) == (library_words() | {"band", "ball"} if language != "en" else set())


def test_a_sheet_in_a_language_without_labels_is_english() -> None:
    """Whoever makes one by hand need not know which there are."""
    assert labels("../tlh") is labels("en")
