"""The built-in words of the eight languages, and how each of them counts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import voiceguide
from voiceguide.audio.clip import find_sounding
from voiceguide.engines import find_voice
from voiceguide.engines.espeak import EspeakEngine
from voiceguide.languages import SPOKEN, Form, find_language, languages, numbers, phrases
from voiceguide.routine import Side
from voiceguide.settings import PACES

LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt")
FEW = {"few seconds", "few minutes", "few hours"}
"""What only a language with two plurals has."""

MARGIN = 0.1
"""Seconds of silence that are left of a counted second, at the least."""


def test_there_are_eight_languages() -> None:
    """They are what `language:` may say."""
    assert sorted(languages()) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_complete(language: str) -> None:
    """Every built-in word is there, none is empty, and there are no others."""
    words = phrases(language).words
    has_few = numbers(language).form(2) is Form.FEW
    assert set(words) - (FEW if has_few else set()) == set(phrases("en").words)
    assert set(words) >= FEW or not has_few
    assert all(words.values())
    assert words["left"] != words["right"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_spoken_by_itself_is_a_sentence(language: str) -> None:
    """With a capital and a full stop; all other words are parts of sentences and have neither."""
    for name, word in phrases(language).words.items():
        assert bool(re.fullmatch(r"[A-ZÀ-Ž].*\.", word)) == (name in SPOKEN), (name, word)


LENGTHS = {
    "en": ["one second", "one minute and thirty seconds", "one hour", "two minutes"],
    "de": ["eine Sekunde", "eine Minute und dreißig Sekunden", "eine Stunde", "zwei Minuten"],
    "fr": ["une seconde", "une minute et trente secondes", "une heure", "deux minutes"],
    "es": ["un segundo", "un minuto y treinta segundos", "una hora", "dos minutos"],
    "it": ["un secondo", "un minuto e trenta secondi", "un'ora", "due minuti"],
    "pt": ["um segundo", "um minuto e trinta segundos", "uma hora", "dois minutos"],
    "nl": ["één seconde", "één minuut en dertig seconden", "één uur", "twee minuten"],
    "pl": ["jedną sekundę", "jedną minutę i trzydzieści sekund", "jedną godzinę", "dwie minuty"],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_lengths_are_said_as_people_say_them(language: str) -> None:
    """`{hold}`: one is said with the gender of its unit."""
    assert [phrases(language).length(n) for n in (1, 90, 3600, 120)] == LENGTHS[language]


@pytest.mark.parametrize(
    ("language", "seconds", "said"),
    [
        ("pt", 7200, "duas horas"),
        ("fr", 21, "vingt et une secondes"),
        ("es", 21, "veintiún segundos"),
        ("es", 21 * 3600, "veintiuna horas"),
        ("de", 21, "einundzwanzig Sekunden"),
        ("pl", 5, "pięć sekund"),
        ("pl", 12, "dwanaście sekund"),
        ("pl", 21, "dwadzieścia jeden sekund"),
        ("pl", 22, "dwadzieścia dwie sekundy"),
        ("pl", 3 * 3600, "trzy godziny"),
        ("en", 7321, "two hours and two minutes and one second"),
        ("en", 0.2, "one second"),
    ],
)
def test_plurals_and_genders(language: str, seconds: float, said: str) -> None:
    """Two plurals in Polish, and the last number of a compound in the gender of its thing."""
    assert phrases(language).length(seconds) == said


def test_a_number_behind_to_is_in_its_own_case() -> None:
    """Polish has one for it; other languages count as before."""
    polish = numbers("pl")
    said = [polish.words_after_to(number) for number in (1, 2, 5, 9, 10, 12, 15, 22, 40, 60, 90)]
    assert said == [
        *("jednego", "dwóch", "pięciu", "dziewięciu", "dziesięciu", "dwunastu", "piętnastu"),
        *("dwudziestu dwóch", "czterdziestu", "sześćdziesięciu", "dziewięćdziesięciu"),
    ]
    assert numbers("de").words_after_to(1, "f") == "eine"


def test_a_region_counts_in_its_own_way() -> None:
    """Brazil has other teens than Portugal, and the same phrases."""
    assert phrases("pt").number(16) == "dezasseis"
    assert phrases("pt-BR").number(16) == phrases("pt_br").number(16) == "dezesseis"
    assert phrases("pt-BR")["rest"] == phrases("pt")["rest"]
    assert phrases("de-AT").side(Side.LEFT) == "links"


def test_a_language_that_is_not_there_is_an_error() -> None:
    """Of built-in words, and of numbers."""
    with pytest.raises(KeyError):
        phrases("tlh")
    with pytest.raises(KeyError):
        numbers("tlh")


# ── the count-down, as it is heard ───────────────────────────────────────────


@pytest.fixture(scope="module")
def engine() -> Iterator[EspeakEngine]:
    made = EspeakEngine()
    yield made
    made.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_number_counts_down_within_its_second(engine: EspeakEngine, language: str) -> None:
    """From ten to one, at a calm pace, with a tenth of a second to spare."""
    voice = find_voice(engine, None, language).name
    for number in range(1, 11):
        said = engine.speak(f"{phrases(language).number(number)}.", voice, PACES["calm"])
        onset, end = find_sounding(said.samples, said.rate)
        assert 0.1 < (end - onset) / said.rate < 1 - MARGIN, number


# ── the two ways to address somebody ─────────────────────────────────────────

SAID = {
    ("fr", "tu"): ("Change de côté.", "Ta séance est terminée."),
    ("fr", "vous"): ("Changez de côté.", "Votre séance est terminée."),
    ("es", "usted"): ("Cambie de lado.", "Su sesión ha terminado."),
    ("it", "lei"): ("Cambi lato.", "La sua sessione è terminata."),
    ("nl", "u"): ("Wissel van kant.", "Uw sessie is afgerond."),
    ("de", "sie"): ("Und die Seite wechseln.", "Die Übungszeit ist zu Ende."),
    ("en", "sie"): (phrases("en")["switch"], phrases("en")["finish"]),
}


@pytest.mark.parametrize(("language", "way"), SAID)
def test_built_in_words_address_somebody_as_asked(language: str, way: str) -> None:
    """A language with one way, and words that suit both, stay as they are; own words win."""
    words = phrases(language, address=way)
    assert (words["switch"], words["finish"]) == SAID[language, way]
    assert phrases(language, {"switch": "Allez"}, way)["switch"] == "Allez"


@pytest.mark.parametrize("language", sorted(languages()))
def test_the_ways_spoken_are_the_ways_printed(language: str) -> None:
    """What `address` knows of a language's handout, its spoken words know, or need not."""
    found = find_language(language)
    assert found
    printed, spoken = (set(file.get("address", {})) for file in (found.handout, found.words))
    assert spoken in (printed, set())
    assert "address" not in phrases(language).words
    for way, others in found.words.get("address", {}).items():
        assert set(others) < set(phrases(language).words), way


def test_a_session_speaks_as_its_routine_addresses() -> None:
    """The setting reaches what is spoken."""
    text = "---\nlanguage: fr\naddress: tu\n---\n- hold 5s, each side\n"
    with voiceguide.loads(text, voice="silent") as session:
        said = [event.text for event in session.plan(estimate=True).timeline.events]
    assert "Ta séance est terminée." in said
