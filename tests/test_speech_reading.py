"""What is written, and what a voice is given to read."""

from __future__ import annotations

import re
import string
import time
from html import unescape
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voiceguide.languages import languages
from voiceguide.speech.lexicon import PLAIN, Lexicon, PhonemeSupport
from voiceguide.speech.reading import _rules_of, normalise, spoken_form
from voiceguide.speech.reading.numbers import AFTER_TO
from voiceguide.speech.reading.patterns import language_rules

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
    "in the 1990s": "in the nineteen nineties",
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
    "L4-L5": "L four to L five",
    "L5/S1": "L five, S one",
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
    "6:30 pm": "six thirty pm",
    "at 6:30": "at six thirty",
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
    "1/2 min": "half a minute",
    "3/4 h": "three quarters of an hour",
    "1 1/2 min": "one and a half minutes",
    "20 %": "twenty percent",
    "the 3rd round": "the third round",
    "21st": "twenty-first",
    "1 1/2": "one and a half",
    "1½ hours": "one and a half hours",
    "⅓ of it": "one third of it",
    "8/10 effort": "eight out of ten effort",
    "set 1/3": "set one of three",
    "1/2/2026": "one two two thousand and twenty-six",
    "24/7": "twenty-four seven",
    # sides
    "L/R": "left and right",
    "R side": "right side",
    "L legs": "left legs",
    "(R)": "right",
    "L→R": "left to right",
    "left/right": "left, right",
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


READ_ELSEWHERE = {
    "de": {
        "3 x 30 s": "drei Mal dreißig Sekunden",
        "10–15": "zehn bis fünfzehn",
        "1/2": "ein halb",
        "90°": "neunzig Grad",
        "Satz 1/3": "Satz eins von drei",
        "8-10 Atemzüge": "acht bis zehn Atemzüge",
        "2:30": "zwei Minuten dreißig Sekunden",
        "1:00": "eine Minute",
        "5 kg": "fünf Kilogramm",
        "1,5 m": "eins Komma fünf Meter",
        "1.000 m": "tausend Meter",
        "20 %": "zwanzig Prozent",
        "L/R": "links und rechts",
        "1 min": "eine Minute",
        "1 Runde": "eine Runde",
        "1 Bein": "ein Bein",
        "1/2 min": "eine halbe Minute",
        "1½ min": "eineinhalb Minuten",
        "3/4 h": "drei Viertel Stunde",
        "30 Sek. Pause": "dreißig Sekunden Pause",
        "mind. 5 Min.": "mindestens fünf Minuten.",
        "die 3. Runde": "die dritte Runde",
        "in der 3. Runde": "in der dritten Runde",
        "am 1. Tag": "am ersten Tag",
        "ein 2. Durchgang": "ein zweiter Durchgang",
        "zähle bis 3. Dann": "zähle bis drei. Dann",
        "z. B. eine Wand": "zum Beispiel eine Wand",
        "d.h. langsam": "das heißt langsam",
        "um 6:30 Uhr": "um sechs Uhr dreißig",
        "1-mal am Tag": "einmal am Tag",
        "3x/Woche": "drei Mal pro Woche",
        "90-Grad-Winkel": "neunzig Grad-Winkel",
        "-5 °C": "minus fünf Grad Celsius",
        "Krieger II": "Krieger zwei",
        "3, 2, 1": "drei, zwei, eins",
        "Puls 120/min": "Puls hundertzwanzig pro Minute",
        "**Halte** 30 s – ruhig 🙂": "Halte dreißig Sekunden, ruhig",
    },
    "fr": {
        "3 x 30 s": "trois fois trente secondes",
        "10–15": "dix à quinze",
        "1/2": "un demi",
        "90°": "quatre-vingt-dix degrés",
        "série 1/3": "série un sur trois",
        "8-10 respirations": "huit à dix respirations",
        "2:30": "deux minutes trente secondes",
        "5 kg": "cinq kilogrammes",
        "1,5 m": "un virgule cinq mètre",
        "1 000 m": "mille mètres",
        "20 %": "vingt pour cent",
        "G/D": "gauche et droite",
        "1 min": "une minute",
        "1-2 min": "une à deux minutes",
        "21 s": "vingt et une secondes",
        "1 pas": "un pas",
        "1/2 h": "une demi-heure",
        "1 1/2 h": "une heure et demie",
        "3/4 h": "trois quarts d'heure",
        "la 1re fois": "la première fois",
        "le 1er jour": "le premier jour",
        "la 3e série": "la troisième série",
        "p. ex. un mur": "par exemple un mur",
        "n° 3": "numéro trois",
        "« Respire » … 10-15 fois": '" Respire "... dix à quinze fois',
    },
    "es": {
        "3 x 30 s": "tres veces treinta segundos",
        "10–15": "diez a quince",
        "1/2": "un medio",
        "90°": "noventa grados",
        "serie 1/3": "serie uno de tres",
        "8-10 respiraciones": "ocho a diez respiraciones",
        "2:30": "dos minutos treinta segundos",
        "5 kg": "cinco kilos",
        "1,5 m": "uno coma cinco metros",
        "1.000 m": "mil metros",
        "20 %": "veinte por ciento",
        "I/D": "izquierda y derecha",
        "1 h": "una hora",
        "1 min": "un minuto",
        "1-2 min": "uno a dos minutos",
        "21 s": "veintiún segundos",
        "21 h": "veintiuna horas",
        "1 1/2 min": "un minuto y medio",
        "1/2 h": "media hora",
        "la 3.ª serie": "la tercera serie",
        "el 1.er día": "el primer día",
        "2º lado": "segundo lado",
        "p. ej. una pared": "por ejemplo una pared",
        "a las 6:30": "a las seis treinta",
    },
    "it": {
        "3 x 30 s": "tre volte trenta secondi",
        "10–15": "dieci a quindici",
        "1/2": "un mezzo",
        "90°": "novanta gradi",
        "serie 1/3": "serie uno di tre",
        "8-10 respiri": "otto a dieci respiri",
        "2:30": "due minuti trenta secondi",
        "5 kg": "cinque chili",
        "1,5 m": "uno virgola cinque metri",
        "20 %": "venti per cento",
        "sx/dx": "sinistra e destra",
        "1 h": "un'ora",
        "1/2 h": "mezz'ora",
        "1 1/2 h": "un'ora e mezza",
        "3/4 h": "tre quarti d'ora",
        "1 min": "un minuto",
        "1x": "una volta",
        "la 3ª serie": "la terza serie",
        "2º lato": "secondo lato",
        "ad es. un muro": "ad esempio un muro",
        "alle 6:30": "alle sei trenta",
    },
    "pt": {
        "3 x 30 s": "três vezes trinta segundos",
        "2 x": "duas vezes",
        "10–15": "dez a quinze",
        "1/2": "um meio",
        "90°": "noventa graus",
        "série 1/3": "série um de três",
        "8-10 respirações": "oito a dez respirações",
        "2:30": "dois minutos trinta segundos",
        "5 kg": "cinco quilos",
        "1,5 m": "um vírgula cinco metros",
        "20 %": "vinte por cento",
        "E/D": "esquerda e direita",
        "2 h": "duas horas",
        "1-2 h": "uma a duas horas",
        "1/2 h": "meia hora",
        "1 1/2 min": "um minuto e meio",
        "2 pernas": "duas pernas",
        "a 3.ª série": "a terceira série",
        "2º lado": "segundo lado",
        "p. ex. uma parede": "por exemplo uma parede",
        "às 6:30": "às seis trinta",
    },
    "nl": {
        "3 x 30 s": "drie keer dertig seconden",
        "10–15": "tien tot vijftien",
        "1/2": "een half",
        "90°": "negentig graden",
        "set 1/3": "set één van drie",
        "8-10 ademhalingen": "acht tot tien ademhalingen",
        "2:30": "twee minuten dertig seconden",
        "5 kg": "vijf kilo",
        "1,5 m": "één komma vijf meter",
        "20 %": "twintig procent",
        "L/R": "links en rechts",
        "2 h": "twee uur",
        "1/2 h": "een half uur",
        "1½ uur": "anderhalf uur",
        "1 1/2 min": "anderhalve minuut",
        "2 1/2 min": "twee en een halve minuten",
        "de 3e ronde": "de derde ronde",
        "de 1ste keer": "de eerste keer",
        "bijv. een muur": "bijvoorbeeld een muur",
        "om 6:30 uur": "om zes uur dertig",
    },
    "pl": {
        "3 x 30 s": "trzy razy trzydzieści sekund",
        "10–15": "dziesięć do piętnastu",
        "1/2": "jedna druga",
        "90°": "dziewięćdziesiąt stopni",
        "seria 1/3": "seria jeden z trzech",
        "8-10 oddechów": "osiem do dziesięciu oddechów",
        "2:30": "dwie minuty trzydzieści sekund",
        "1 kg": "jeden kilogram",
        "3 kg": "trzy kilogramy",
        "5 kg": "pięć kilogramów",
        "22 kg": "dwadzieścia dwa kilogramy",
        "1,5 m": "jeden przecinek pięć metra",
        "20 %": "dwadzieścia procent",
        "L/P": "lewa i prawa",
        "1 min": "jedną minutę",
        "2 min": "dwie minuty",
        "12 min": "dwanaście minut",
        "1-2 min": "jedną do dwóch minut",
        "1/2 min": "pół minuty",
        "1 1/2 h": "półtorej godziny",
        "2 1/2 min": "dwie i pół minuty",
        "1 noga": "jedna noga",
        "2 powtórzenia": "dwa powtórzenia",
        "1 powtórzenie": "jedno powtórzenie",
        "3. runda": "trzecia runda",
        "1. krok": "pierwszy krok",
        "np. ściana": "na przykład ściana",
        "od 2 do 3 min": "od dwóch do trzech minut",
        "ok. 10 razy": "około dziesięciu razy",
        "120/min": "sto dwadzieścia na minutę",
        "o godzinie 6:30": "o godzinie sześć trzydzieści",
    },
}

ELSEWHERE = [(language, written) for language, row in READ_ELSEWHERE.items() for written in row]


@pytest.mark.parametrize(("language", "written"), ELSEWHERE)
def test_each_language_is_read_in_its_own_way(language: str, written: str) -> None:
    """Its units with their plurals and genders, its abbreviations, its comma in numbers."""
    assert normalise(written, language) == READ_ELSEWHERE[language][written]


@pytest.mark.parametrize(("language", "written"), ELSEWHERE)
def test_what_was_read_stays_in_each_language(language: str, written: str) -> None:
    """Words are not taken for abbreviations of others."""
    read = READ_ELSEWHERE[language][written]
    assert normalise(read, language) == read


CASES = [
    line.split("\t")
    for line in (Path(__file__).parent / "cases" / "reading.tsv").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(("language", "written", "read"), CASES)
def test_notations_are_read_as_their_authors_speak(language: str, written: str, read: str) -> None:
    """Whatever the case of the first letter, which nobody hears; either of two readings will do."""
    assert normalise(written, language).lower() in read.lower().split(", or ")


DATES = [
    ("en", "2026-11-30", "the thirtieth of November, twenty twenty-six"),
    ("en", "30/11/2026", "the thirtieth of November, twenty twenty-six"),
    ("en", "11/30/2026", "the thirtieth of November, twenty twenty-six"),
    ("en", "1/2/2026", "one two two thousand and twenty-six"),
    ("en", "31/02/2026", "thirty-one zero two two thousand and twenty-six"),
    ("en", "Nov. 30, 2026", "the thirtieth of November, twenty twenty-six"),
    ("en", "the 1st of May 1995", "the first of May, nineteen ninety-five"),
    ("en", "since 2019", "since twenty nineteen"),
    ("en", "in 1500 ml", "in one thousand five hundred millilitres"),
    ("en", "2000 steps", "two thousand steps"),
    ("de", "30.11.2026", "dreißigster November zweitausendsechsundzwanzig"),
    ("de", "am 30. November 2026", "am dreißigsten November zweitausendsechsundzwanzig"),
    ("de", "seit 1995", "seit neunzehnhundertfünfundneunzig"),
    ("fr", "le 30.11.2026", "le trente novembre deux mille vingt-six"),
    ("es", "2026-11-30", "treinta de noviembre de dos mil veintiséis"),
    ("it", "30/11/2026", "trenta novembre duemilaventisei"),
    ("pt", "30/11/2026", "trinta de novembro de dois mil e vinte e seis"),
    ("nl", "30.11.2026", "dertig november tweeduizendzesentwintig"),
]


@pytest.mark.parametrize(("language", "written", "read"), DATES)
def test_dates_are_read_as_dates(language: str, written: str, read: str) -> None:
    """And years as years; what could be two dates, or is none, is read number by number."""
    assert normalise(written, language) == read


DECIMALS = {
    "fr": ("un virgule vingt-cinq", "un virgule zéro cinq", "un virgule deux trois quatre"),
    "es": ("uno coma veinticinco", "uno coma cero cinco", "uno coma dos tres cuatro"),
    "it": ("uno virgola venticinque", "uno virgola zero cinque", "uno virgola due tre quattro"),
    "pt": ("um vírgula vinte e cinco", "um vírgula zero cinco", "um vírgula dois três quatro"),
    "pl": (
        "jeden przecinek dwadzieścia pięć",
        "jeden przecinek zero pięć",
        "jeden przecinek dwa trzy cztery",
    ),
    "de": ("eins Komma zwei fünf", "eins Komma null fünf", "eins Komma zwei drei vier"),
    "en": ("one point two five", "one point zero five", "one point two three four"),
}


@pytest.mark.parametrize("language", DECIMALS)
def test_decimals_are_said_as_one_number_or_digit_by_digit(language: str) -> None:
    """Two of them are a number in some languages, but behind a zero; three are digits in all."""
    sign = "." if language == "en" else ","
    written = (f"1{sign}25", f"1{sign}05", f"1{sign}234")
    # in English, three digits behind a comma are thousands; behind a full stop they are decimals
    assert tuple(normalise(one, language) for one in written) == DECIMALS[language]


MORE = {
    "3 rounds x 12": "three rounds of twelve",
    "2 x 10-12": "two times ten to twelve",
    '12"': "twelve inches",
    'She said "hold for 10"': 'She said "hold for ten"',
    "F♯ and B♭": "F sharp and B flat",
    "② of Ⅳ": "two of four",
    "1h30m": "one hour thirty minutes",
    "2:00 min": "two minutes",
    "run 400m": "run four hundred metres",
    "walk 5m": "walk five minutes",
    "hips/knees": "hips, knees",
    "24 reps b/w sets": "twenty-four reps between sets",
    "the opp. leg": "the opposite leg",
    "B12": "B twelve",
    "Breathe in – 2 – 3": "Breathe in, two, three",
    "1:30 h": "one hour thirty minutes",
    "approx. 3 in.": "about three inches.",
    "12–15 in": "twelve to fifteen inches",
    "see p. 12": "see page twelve",
    "+/- 5": "plus or minus five",
    "0042": "zero zero four two",
    "10 kg dumbbells": "ten kilogram dumbbells",
    '½" off the floor': "half an inch off the floor",
    "Lift it 1 in.": "Lift it one inch.",
    "min. 5 reps": "minimum five reps",
    "in the 1990's": "in the nineteen nineties",
    "vol. 2": "volume two",
    "£5": "five pounds",
    "Tempo 31X1": "Tempo three one X one",
    "1 000 m": "one thousand metres",
}


@pytest.mark.parametrize("written", MORE)
def test_notations_of_the_trade_are_read(written: str) -> None:
    """Of the same kinds: sets, primes, notes, enclosed numbers, times in a row."""
    assert normalise(written) == MORE[written]


NOTATIONS = [
    line.split("\t")
    for line in Path(__file__).with_name("notations.tsv").read_text(encoding="utf-8").splitlines()
]


MILLIONS = (
    "one hundred and twenty-three million four hundred and fifty-six thousand "
    "seven hundred and eighty-nine"
)
LIMITS = {
    "run 99m": "run ninety-nine minutes",
    "run 100m": "run one hundred metres",
    "count to 123456789": f"count to {MILLIONS}",
    "A123456789": f"A {MILLIONS}",
    "123456789.5 points": f"{MILLIONS} point five points",
    "123456789 1/2": f"{MILLIONS} and a half",
    "123456789 1/2 min": f"{MILLIONS} and a half minutes",
    "room 05": "room zero five",
    'Say "go", then 12" more': 'Say "go", then twelve inches more',
}


@pytest.mark.parametrize("written", LIMITS)
def test_numbers_are_read_alike_up_to_their_limit(written: str) -> None:
    """A hundred metres are the first, nine digits the last, and two quotation marks are closed."""
    assert normalise(written) == LIMITS[written]


@pytest.mark.parametrize(("language", "written", "read"), NOTATIONS)
def test_notations_are_read_in_each_language(language: str, written: str, read: str) -> None:
    """Clocks, telephones, money, numerals, vertebrae, parts of units, dates, abbreviations."""
    assert normalise(written, language) == read


@pytest.mark.parametrize("language", sorted(languages()))
@given(text=st.text(alphabet="0123456789sxmin/:.,×°½Ⅲ²’\"'&~<>*+%@#=_|^€$§ ABßé-–", max_size=16))
@settings(max_examples=150, deadline=None)
def test_no_digit_and_no_sign_reaches_an_engine(language: str, text: str) -> None:
    """Everything is words, with signs of punctuation alone between them."""
    read = normalise(text, language)
    assert not re.search(r"[^\w\s.,;:!?'\"()\-]|\d|_", read), read


@pytest.mark.parametrize("code", sorted(languages()))
def test_no_abbreviation_reaches_an_engine(code: str) -> None:
    """All that a language's own table holds is written out, between other words as at the end."""
    known = language_rules(code)
    assert known
    for short in (word for word in known.words if word.endswith(".")):
        for text in (f"xx {short} yy", f"xx, {short}"):
            assert short not in normalise(text, code).split(), short


@pytest.mark.parametrize("language", ["en", *READ_ELSEWHERE])
def test_a_language_knows_all_signs_and_lengths(language: str) -> None:
    """What one of them can read, all of them can."""
    known, english = language_rules(language), language_rules("en")
    assert known is not None
    assert english is not None
    assert set(known.signs) == set(english.signs)
    assert set(known.said) == set(english.said)
    assert {"s", "min", "h", "%", "°", "m", "cm", "kg"} <= set(known.units)
    assert set(known.fractions) == set(known.mixed) == set(english.mixed)
    genders = {unit.gender for unit in known.units.values()}
    assert genders <= set(known.half_of)
    assert genders <= set(known.halves_of)


@pytest.mark.parametrize("language", sorted(languages()))
@given(text=st.text(alphabet="0123456789sxminhLRD-/:.,×°½ §&~<>*+%", max_size=14))
@settings(max_examples=60, deadline=None)
def test_numbers_in_any_order_are_no_error_elsewhere(language: str, text: str) -> None:
    """Every language's rules meet each other in every order, and leave no mark of their own."""
    assert AFTER_TO not in normalise(text, language)


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        ("fa", "می\u200cخواهم", "می\u200cخواهم"),
        ("hi", "क्\u200dष", "क्\u200dष"),
        ("sv", "w/o e.g. L/R 30 s", "w/o e.g. L/R 30 s"),
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

ABBREVIATIONS = {"approx", "ea", "hrs", "mins", "mvmt", "rds", "rnds", "secs", "vs"} | {
    *("wk", "wks", "yr", "yrs")
}
"""The English ones without a full stop, which are read in full."""


@given(st.lists(words.filter(lambda word: word not in ABBREVIATIONS)))
def test_plain_words_stay_as_they_are(plain: list[str]) -> None:
    """A sentence without signs or numbers comes out as it went in."""
    sentence = " ".join(plain)
    assert normalise(sentence) == sentence


@given(st.text(max_size=60))
@settings(max_examples=300)
@example("a/9/b")
@example("1\u00ad/2")
@example("&LT;")
def test_no_text_is_lost_and_none_is_an_error(text: str) -> None:
    """Whatever is written, letters and digits of ASCII leave something to say.

    A sign's name, as web pages write it, is that sign: `&lt;` holds no letters.
    """
    read = normalise(text)
    assert read == " ".join(read.split())
    if any(character.isascii() and character.isalnum() for character in unescape(text)):
        assert any(character.isalnum() for character in read)


@given(st.text(alphabet="0123456789sxmin-/:.,×°½ LR&~<>*+", max_size=14))
@settings(max_examples=400)
def test_numbers_and_signs_in_any_order_are_no_error(text: str) -> None:
    """The rules meet each other in every order without failing."""
    normalise(text)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["{0}:30", "1:{0}", "{0}/3", "1/{0}", "1 {0}/2", "{0}s", "{0}-5"])
def test_a_number_may_have_any_length(text: str) -> None:
    """Five thousand digits are too many for an integer, but no error."""
    assert normalise(text.format("7" * 5_000))


@pytest.mark.slow
def test_a_long_text_is_read_quickly() -> None:
    """No rule takes time out of proportion: 600,000 characters are done in a moment."""
    begun = time.process_time()
    for hostile in ("1-", "1:", "1,000", "1.5", " ", "x", "(L ", "[a", "]("):
        normalise(hostile * (70_000 // len(hostile)))
    assert time.process_time() - begun < 10  # a rule that looks back at everything takes minutes


# ── respellings ──────────────────────────────────────────────────────────────


def said(
    text: str,
    say: dict[str, str] | None = None,
    language: str = "en",
    support: PhonemeSupport = PLAIN,
) -> str:
    return spoken_form(text, language, Lexicon(language, say, support))


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
        ("go", {"go": "3x 30s & [g'oU]"}, "3x 30s & [g'oU]"),
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
    spoken = said("my *psoas* & 30s", {"psoas": phonemes}, support=PhonemeSupport(phonemes=True))
    assert spoken == f"my {phonemes} and thirty seconds"


def test_phonemes_cannot_be_written_in_a_text() -> None:
    """Only `say:` can give them."""
    assert "[[" not in said("[[s'oU]] \\[\\[t]] [ [ t ] ]")


def test_each_language_has_its_own_way_with_these_words() -> None:
    """Those that come with voiceguide are of the routine's language."""
    assert said("psoas", language="de") == "Pso-ass"
    assert said("psoas", {"psoas": "pso-as"}, language="de") == "pso-as"
    assert said("psoas", language="en-gb") == "soh-us"
    assert said("psoas", language="sv") == "psoas"


# ── rules of digits ──────────────────────────────────────────────────────────

SIGNS = "½⅓¾♯♭#×x*/&+~°ºª'\"′″.,:;-–—→()[]%€$≈<>=±CTLSRIVXAbcmsh min\ue000"


@pytest.mark.parametrize("language", sorted(languages()))
@given(text=st.text(st.sampled_from(SIGNS) | st.characters(exclude_categories=["Nd"]), max_size=40))
@settings(max_examples=200, deadline=None)
def test_rules_of_digits_find_nothing_without_one(language: str, text: str) -> None:
    """So a text without digits is read without them, and without compiling them."""
    for rule in _rules_of(language):
        if rule.of_digits:
            assert not re.search(rule.pattern, text), rule.pattern


def test_most_rules_are_of_digits() -> None:
    """Those that most texts do without."""
    rules = _rules_of("en")
    assert sum(rule.of_digits for rule in rules) > len(rules) / 2
