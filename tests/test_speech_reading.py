"""What is written, and what a voice is given to read."""

from __future__ import annotations

import string
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voiceguide.speech import Lexicon, normalise, spoken_form

READ_AS = {
    # lengths and other numbers with units
    "hold 30s": "hold thirty seconds",
    "hold for 30 s.": "hold for thirty seconds.",
    "1 s": "one second",
    "20secs": "twenty seconds",
    "5 min. of rest": "five minutes of rest",
    "rest 5 min.": "rest five minutes.",
    "1 min": "one minute",
    "10 MIN": "ten minutes",
    "1.5 h": "one point five hours",
    "5m": "five minutes",
    "walk 5 m": "walk five metres",
    "2.5 kg": "two point five kilograms",
    "5 lbs": "five pounds",
    "6ft": "six feet",
    "12in": "twelve inches",
    "12 in all": "twelve in all",
    "60 bpm": "sixty beats per minute",
    "5 km/h": "five kilometres per hour",
    "10°C": "ten degrees Celsius",
    "20%": "twenty percent",
    "in the 1990s": "in the 1990s",
    # ranges and counts
    "10-15": "ten to fifteen",
    "10–15 reps": "ten to fifteen reps",
    "10 - 15": "ten to fifteen",
    "30-60s": "thirty to sixty seconds",
    "30s-2min": "thirty seconds to two minutes",
    "12–16in": "twelve to sixteen inches",
    "½-1 min": "one half to one minute",
    "0.5-1 kg": "zero point five to one kilogram",
    "10-to-15": "ten to fifteen",
    "5-4-3-2-1": "five, four, three, two, one",
    "4-7-8 breathing": "four, seven, eight breathing",
    "L4-L5": "L4 to L5",
    "L5/S1": "L5 to S1",
    # times
    "3x": "three times",
    "1x a day": "once a day",
    "×3": "three times",
    "x2": "two times",
    "x1": "once",
    "3×12": "three times twelve",
    "3 x 10 reps": "three times ten reps",
    "3x30s": "three times thirty seconds",
    "2-3x": "two to three times",
    "3 * 10": "three times ten",
    "3sets": "three sets",
    "x-ray": "x-ray",
    # clocks and ratios
    "1:30": "one minute thirty seconds",
    "0:30": "thirty seconds",
    "2:00": "two minutes",
    "1:05:30": "one hour five minutes thirty seconds",
    "1:30-2:00": "one minute thirty seconds to two minutes",
    "6:30 pm": "6:30 pm",
    "at 6:30": "at 6:30",
    "breathe 4:6": "breathe four to six",
    # angles
    "90°": "ninety degrees",
    "90° angle": "ninety degree angle",
    "90-degree angle": "ninety degree angle",
    "turn 45° left": "turn forty-five degrees left",
    "-5°": "minus five degrees",
    # words with numbers
    "10-minute rest": "ten minute rest",
    "30-sec hold": "thirty second hold",
    "3-legged dog": "three legged dog",
    "#3": "number three",
    "No. 3": "number three",
    "Warrior II": "Warrior two",
    "warrior I, then rest": "warrior one, then rest",
    "at this level I stay": "at this level I stay",
    "Phase III": "Phase three",
    "I am": "I am",
    "1,000 steps": "one thousand steps",
    # fractions
    "1/2": "one half",
    "3/4": "three quarters",
    "1 1/2": "one and a half",
    "1½ hours": "one and a half hours",
    "⅓ of it": "one third of it",
    "8/10 effort": "eight out of ten effort",
    "set 1/3": "set one of three",
    "1/2/2026": "1/2/2026",
    "24/7": "twenty-four seven",
    # sides
    "L/R": "left and right",
    "R side": "right side",
    "L legs": "left legs",
    "(R)": "right",
    "L→R": "left to right",
    "left/right": "left or right",
    "L or R": "L or R",
    # abbreviations
    "e.g. a wall": "for example a wall",
    "E.g. a wall": "for example a wall",
    "i.e. slowly": "that is slowly",
    "and so on, etc.": "and so on, and so on",
    "approx. 5 min": "about five minutes",
    "w/ a strap": "with a strap",
    "w/o a strap": "without a strap",
    "and/or": "or",
    "the SI joint": "the S I joint",
    "full ROM": "full range of motion",
    "ROMAN": "ROMAN",
    "a few secs": "a few seconds",
    # signs
    "slow & steady": "slow and steady",
    "R&D": "R and D",
    "rest → repeat": "rest, then repeat",
    "rest -> repeat": "rest, then repeat",
    "~10": "about ten",
    "≥3": "at least three",
    "<3": "less than three",
    "5+": "five plus",
    "10 reps/side": "ten reps per side",
    "3-4x/week": "three to four times per week",
    "10kg/side": "ten kilograms per side",
    # Markdown and what surrounds it
    "**bold** _it_ `code`": "bold it code",
    "a [link](http://x.y/z) here": "a link here",
    "![a cat](cat.png)": "a cat",
    "snake_case": "snake case",
    "R&amp;D &mdash; done": "R and D, done",
    "[[t]]": "t",
    "{left|right}": "left, right",
    # punctuation
    "wait… now": "wait... now",
    "“Hold”, ‘it’": "\"Hold\", 'it'",
    "don’t": "don't",
    "down - and rest": "down, and rest",
    "down — and rest": "down, and rest",
    "down—and rest": "down, and rest",
    "self-care": "self-care",
    "mid‑air": "mid-air",
    "Stop!!!": "Stop!",
    ", and rest": "and rest",
    # what is not heard
    "breathe 🙂 out": "breathe out",
    "🧘‍♀️": "",
    "1️⃣ one": "one one",
    "co\u00adordinate": "coordinate",
    "zero\u200bwidth": "zerowidth",
    "30\u202fs": "thirty seconds",
    "a\0b\x07c": "a b c",
    "half \ud83d emoji": "half emoji",
    "": "",
    " \n ": "",
}


@pytest.mark.parametrize("written", READ_AS)
def test_english_is_read_as_it_is_meant(written: str) -> None:
    """Numbers, units, abbreviations and signs become words; marks and pictures go."""
    assert normalise(written) == READ_AS[written]


@pytest.mark.parametrize("written", READ_AS)
def test_reading_twice_changes_nothing(written: str) -> None:
    """What has been turned into words is not turned into others."""
    assert normalise(READ_AS[written]) == READ_AS[written]


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        ("de", "**Halte** 30 s – ruhig 🙂", "Halte 30 s, ruhig"),
        ("fr", "« Respire » … 10-15 fois", '" Respire "... 10-15 fois'),
        ("fa", "می\u200cخواهم", "می\u200cخواهم"),
        ("hi", "क्\u200dष", "क्\u200dष"),
        ("de", "w/o e.g. L/R", "w/o e.g. L/R"),
        ("ja", "膝を90°に曲げる", "膝を90°に曲げる"),
    ],
)
def test_other_languages_are_only_cleaned(language: str, written: str, read: str) -> None:
    """English words are not put into them, and their own spelling stays."""
    assert normalise(written, language) == read


@pytest.mark.parametrize("language", ["en", "en-GB", "en_US", "EN"])
def test_every_english_is_english(language: str) -> None:
    """The region of a language tag makes no difference."""
    assert normalise("30s", language) == "thirty seconds"


words = st.text(string.ascii_lowercase, min_size=2, max_size=8)


@given(st.lists(words.filter(lambda word: word not in {"approx", "vs", "secs", "mins", "hrs"})))
def test_plain_words_stay_as_they_are(plain: list[str]) -> None:
    """A sentence without signs or numbers comes out as it went in."""
    sentence = " ".join(plain)
    assert normalise(sentence) == sentence


@given(st.text(max_size=60))
@settings(max_examples=300)
@example("a/9/b")
@example("1\u00ad/2")
def test_no_text_is_lost_and_none_is_an_error(text: str) -> None:
    """Whatever is written, letters and digits of ASCII leave something to say."""
    read = normalise(text)
    assert read == " ".join(read.split())
    if any(character.isascii() and character.isalnum() for character in text):
        assert any(character.isalnum() for character in read)


@given(st.text(alphabet="0123456789sxmin-/:.,×°½ LR&~<>*+", max_size=14))
@settings(max_examples=400)
def test_numbers_and_signs_in_any_order_are_no_error(text: str) -> None:
    """The rules meet each other in every order without failing."""
    normalise(text)


@pytest.mark.parametrize("text", ["{0}:30", "1:{0}", "{0}/3", "1/{0}", "1 {0}/2", "{0}s", "{0}-5"])
def test_a_number_may_have_any_length(text: str) -> None:
    """Five thousand digits are too many for an integer, but no error."""
    assert normalise(text.format("7" * 5_000))


def test_a_long_text_is_read_quickly() -> None:
    """No rule takes time out of proportion: 600,000 characters are done in a moment."""
    begun = time.process_time()
    for hostile in ("1-", "1:", "1,000", "1.5", " ", "x", "(L ", "[a", "]("):
        normalise(hostile * (70_000 // len(hostile)))
    assert time.process_time() - begun < 10  # a rule that looks back at everything takes minutes


# ── respellings ──────────────────────────────────────────────────────────────


def said(text: str, say: dict[str, str] | None = None, language: str = "en") -> str:
    return spoken_form(text, language, Lexicon(language, say))


@pytest.mark.parametrize(
    ("text", "say", "form"),
    [
        ("Stretch your psoas.", {}, "Stretch your soh-us."),
        ("PSOAS and iliopsoas", {}, "soh-us and illy-oh-soh-us"),
        ("the psoas's", {}, "the soh-us's"),
        ("**psoas**", {}, "soh-us"),
        ("psoas", {"Psoas": "so-az"}, "so-az"),
        ("psoas major now", {"psoas major": "soh-us maxi"}, "soh-us maxi now"),
        ("psoas\u00a0 major", {"psoas major": "it"}, "it"),
        ("L/R", {"L/R": "both sides"}, "both sides"),
        ("hold 30s", {"30s": "half a minute"}, "hold half a minute"),
        ("go", {"go": "3x 30s & [[g'oU]]"}, "3x 30s & [[g'oU]]"),
        ("go gone", {"go": "x"}, "x gone"),
        ("C++ is fun", {"c++": "see plus"}, "see plus is fun"),
        ("um well", {"um": ""}, "well"),
        ("go", {"": "x", "  ": "y"}, "go"),
        ("a b", {"a": "b", "b": "c"}, "b c"),
        ("STRAßE", {"straße": "street"}, "street"),
    ],
)
def test_words_are_respelled(text: str, say: dict[str, str], form: str) -> None:
    """Whole words, in any case, the longest first; a respelling is never read again."""
    assert said(text, say) == form


def test_a_respelling_in_phonemes_is_left_alone() -> None:
    """Signs that would be cleaned away anywhere else reach the engine."""
    phonemes = "[[s'oUa#s *~^ |]]"
    assert said("my *psoas* & 30s", {"psoas": phonemes}) == f"my {phonemes} and thirty seconds"


def test_phonemes_cannot_be_written_in_a_text() -> None:
    """Only `say:` can give them."""
    assert "[[" not in said("[[s'oU]] \\[\\[t]] [ [ t ] ]")


def test_built_in_respellings_are_english() -> None:
    """Other languages have their own ways with these words."""
    assert said("psoas", language="de") == "psoas"
    assert said("psoas", {"psoas": "pso-as"}, language="de") == "pso-as"
    assert said("psoas", language="en-gb") == "soh-us"
