"""How words are spoken: those that come with voiceguide, a routine's own, and those of files."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from voiceguide.engines import find_voice
from voiceguide.engines.espeak import EspeakEngine
from voiceguide.engines.silent import SilentEngine
from voiceguide.errors import RoutineError
from voiceguide.languages import languages
from voiceguide.speech.lexicon import (
    LARGEST_LEXICON,
    PLAIN,
    Lexicon,
    Origin,
    PhonemeSupport,
    Pronunciation,
    built_in,
    phoneme_support,
    read_pls,
    read_pronunciation,
)


@pytest.fixture(scope="module")
def espeak() -> Iterator[EspeakEngine]:
    made = EspeakEngine()
    yield made
    made.close()


# ── the words that come with voiceguide ──────────────────────────────────────


def test_the_words_of_the_body_and_of_yoga_are_there() -> None:
    """At least eighty in English, and some in every other language."""
    english = built_in("en")
    assert len(english) >= 80
    assert {"psoas", "iliopsoas", "iliacus", "sacrum", "anjaneyasana", "savasana"} <= set(english)
    assert all(len(built_in(language)) >= 8 for language in languages())
    assert built_in("sv") == {}


@pytest.mark.parametrize("language", sorted(languages()))
def test_each_of_them_can_be_said(espeak: EspeakEngine, language: str) -> None:
    """Its sounds are all known to espeak's voice, so that none of it is cut off."""
    voice = find_voice(espeak, None, language).name
    support = phoneme_support(espeak, voice)
    for word, pronunciation in built_in(language).items():
        assert word == word.lower()
        assert pronunciation.ipa, word
        form = support.form(pronunciation)
        assert form is not None, word
        assert form.startswith("[["), word
        assert espeak.unknown_phoneme(form[2:-2], voice) is None, word


def test_british_english_says_them_too(espeak: EspeakEngine) -> None:
    """The sounds are American, and all of them are there."""
    support = phoneme_support(espeak, "en-gb")
    assert all(support.fault(pronunciation) is None for pronunciation in built_in("en").values())


@pytest.mark.parametrize(
    ("word", "wrong"),
    [("iliacus", "2;,ak"), ("namaste", "amaast"), ("pilates", "eIts"), ("sciatic", "aI@t")],
)
def test_a_respelling_puts_right_what_the_voice_gets_wrong(
    espeak: EspeakEngine, word: str, wrong: str
) -> None:
    """The wrong sounds are in the word as espeak reads it, and not in its respelling."""
    assert wrong in espeak.transcribe(word, "en-us")
    respelled = built_in("en")[word].respelling
    assert respelled is not None
    assert wrong not in espeak.transcribe(respelled, "en-us")


# ── what a voice takes ───────────────────────────────────────────────────────

SOUNDS = Pronunciation("soh-us", "ˈsoʊəs")
IPA = PhonemeSupport(True, lambda ipa: None if "ʘ" in ipa else ipa, lambda phonemes: None)


@pytest.mark.parametrize(
    ("pronunciation", "support", "form"),
    [
        (SOUNDS, PLAIN, "soh-us"),
        (SOUNDS, IPA, "[[ˈsoʊəs]]"),
        (Pronunciation("so", "ʘ"), IPA, "so"),
        (Pronunciation(None, "ʘ"), IPA, None),
        (Pronunciation(None, "s"), PLAIN, None),
        (Pronunciation(""), PLAIN, ""),
        (Pronunciation(phonemes="[[s]] us"), IPA, "[[s]] us"),
        (Pronunciation(phonemes="[[s]] us"), PLAIN, None),
        (Pronunciation(phonemes="[[s]]"), PhonemeSupport(True), "[[s]]"),
        (SOUNDS, PhonemeSupport(True), "soh-us"),
    ],
)
def test_a_voice_is_given_what_it_can_take(
    pronunciation: Pronunciation, support: PhonemeSupport, form: str | None
) -> None:
    """Sounds in its own notation first, then the respelling, and nothing that it would misread."""
    assert support.form(pronunciation) == form


def test_what_is_written_tells_what_it_is() -> None:
    """Brackets hold an engine's phonemes, slashes the IPA; all else is a respelling."""
    assert read_pronunciation("so-us") == Pronunciation("so-us")
    assert read_pronunciation("[[s'oU]]") == Pronunciation(phonemes="[[s'oU]]")
    assert read_pronunciation("so [[s]]") == Pronunciation(phonemes="so [[s]]")
    assert read_pronunciation(" /ˈsoʊəs/ ") == Pronunciation(ipa="ˈsoʊəs")
    assert read_pronunciation("left/right") == Pronunciation("left/right")
    assert read_pronunciation("") == Pronunciation("")


def test_a_voice_without_the_notation_says_the_word_as_it_comes() -> None:
    """The built-in pronunciation takes the place of one that it cannot take, or its rules do."""
    lexicon = Lexicon("en", {"psoas": "[[s'oU]]", "blob": "/blɒb/", "hip": "hyp"}, PLAIN)
    assert lexicon.apply("psoas blob hip") == "soh-us blob hyp"


def test_a_routines_own_comes_before_all() -> None:
    """Also where its word is shorter, or written in other letters."""
    parts = list(Lexicon("en", {"Psoas": "so-az"}, IPA).parts("my PSOAS and iliacus"))
    assert [(part.written, part.said) for part in parts] == [
        ("my ", None),
        ("PSOAS", "so-az"),
        (" and ", None),
        ("iliacus", "[[ɪˈlaɪəkəs]]"),
    ]
    assert [part.pronunciation.origin for part in parts if part.pronunciation] == [
        Origin.ROUTINE,
        Origin.LEXICON,
    ]


def test_what_a_voice_cannot_say_is_found(espeak: EspeakEngine) -> None:
    """In phonemes of its own, and in sounds; a voice that takes none has no such fault."""
    support = phoneme_support(espeak, "en-us")
    assert support.fault(read_pronunciation("[[s'oU@ʃs]] [[x]]")) == "ʃs"
    assert support.fault(read_pronunciation("/ʘ/")) == "ʘ"
    assert support.fault(read_pronunciation("[[s'oU@s]]")) is None
    assert support.fault(read_pronunciation("/ˈsoʊəs/")) is None
    assert support.fault(read_pronunciation("so-us")) is None
    assert phoneme_support(SilentEngine(), "silent") is PLAIN
    assert PLAIN.fault(read_pronunciation("[[q@#]]")) is None


# ── files ────────────────────────────────────────────────────────────────────

HEAD = '<lexicon version="1.0" alphabet="ipa" xml:lang="en-US" xmlns="{}">'.format(
    "http://www.w3.org/2005/01/pronunciation-lexicon"
)


def pls(body: str, head: str = HEAD) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{body}\n</lexicon>\n'.encode()


def test_a_lexicon_is_read() -> None:
    """Spellings, sounds, respellings, preferences, and what else may stand there."""
    file = read_pls(
        pls(
            """<meta name="author" content="me"/>
            <metadata><x:y xmlns:x="urn:x">words <lexeme/></x:y></metadata>
            <!-- a comment -->
            <lexeme><grapheme>psoas</grapheme><grapheme>psoas  major</grapheme>
              <phoneme>ˈsoʊæs</phoneme><alias>so &amp; us</alias>
              <example>My psoas.</example></lexeme>
            <lexeme xml:id="i"><grapheme>hip</grapheme><alias>hip one</alias>
              <alias prefer="true">hyp</alias><alias prefer="true">no</alias></lexeme>
            <lexeme><grapheme>hip</grapheme><alias>later</alias></lexeme>"""
        ),
        "my.pls",
    )
    assert file.language == "en-us"
    pronunciations = file.pronunciations()
    assert list(pronunciations) == ["hip", "psoas", "psoas major"]
    psoas = Pronunciation("so & us", "ˈsoʊæs", origin=Origin.FILE, source="my.pls")
    assert pronunciations["psoas"] == pronunciations["psoas major"] == psoas
    assert pronunciations["hip"].respelling == "hyp"
    assert Lexicon("en", pronunciations, IPA).apply("Psoas major") == "[[ˈsoʊæs]]"


def test_a_lexicon_may_leave_its_namespace_out_and_have_another_encoding() -> None:
    """As people write it by hand."""
    text = (
        '<?xml version="1.0" encoding="ISO-8859-1"?>'
        '<lexicon xml:lang="DE"><lexeme><grapheme>Bär</grapheme><alias>Behr</alias></lexeme>'
        "</lexicon>"
    )
    file = read_pls(text.encode("latin-1"), "my.pls")
    assert file.language == "de"
    assert file.pronunciations()["Bär"].respelling == "Behr"


LEXEME = "<lexeme><grapheme>a</grapheme>{}</lexeme>"


@pytest.mark.parametrize("encoding", ["shift_jis", "utf-7", "utf-32", "nonsense"])
def test_an_encoding_that_cannot_be_read_is_told(encoding: str) -> None:
    """Those of several bytes, and those that nobody knows."""
    with pytest.raises(RoutineError) as told:
        read_pls(f'<?xml version="1.0" encoding="{encoding}"?><lexicon/>'.encode(), "my.pls")
    (problem,) = told.value.problems
    assert str(problem.place) == "my.pls:1:1"
    assert problem.message.startswith("this encoding cannot be read: ")
    assert problem.help == "save the file as UTF-8"


def test_a_text_of_many_lines_takes_no_longer_than_it_has_to() -> None:
    """Its pieces are joined once: half a million of them took minutes."""
    text = "\n" * (LARGEST_LEXICON // 2) + "so-as"
    began = time.process_time()
    read = read_pls(pls(f"<lexeme><grapheme>a</grapheme><alias>{text}</alias></lexeme>"), "my.pls")
    assert time.process_time() - began < 20
    assert read.lexemes[0].pronunciation.respelling == "so-as"


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"", "1:1", "this is not XML: no element found"),
        (b"psoas: so-us", "1:1", "this is not XML: syntax error"),
        (pls("<lexeme>"), "4:3", "this is not XML: mismatched tag"),
        (pls("&lol;"), "3:1", "this is not XML: undefined entity"),
        (b"<speak/>", "1:1", "`<speak>` cannot stand as a lexicon"),
        (b"<lexicon/>", "1:1", "this lexicon does not say which language it is for"),
        (pls("<word>a</word>"), "3:1", "`<word>` cannot stand in `<lexicon>`"),
        (pls("<grapheme>a</grapheme>"), "3:1", "`<grapheme>` cannot stand in `<lexicon>`"),
        (
            pls("<lexeme><grapheme>a<alias>b</alias></grapheme></lexeme>"),
            "3:20",
            "`<alias>` cannot stand in `<grapheme>`",
        ),
        (pls(LEXEME.format("")), "3:1", "this lexeme does not say how it is spoken"),
        (pls("<lexeme><alias>b</alias></lexeme>"), "3:1", "this lexeme has no word"),
        (pls(LEXEME.format("\n <alias> </alias>")), "4:2", "`<alias>` is empty"),
        (
            pls(LEXEME.format('<phoneme alphabet="x-sampa">a</phoneme>')),
            "3:31",
            "these phonemes are in `x-sampa`, not in `ipa`",
        ),
        (
            pls(LEXEME.format("<phoneme>a</phoneme>"), '<lexicon xml:lang="en">'),
            "3:31",
            "these phonemes are in no alphabet, not in `ipa`",
        ),
        (
            b'<!DOCTYPE lexicon [<!ENTITY a "b">]><lexicon xml:lang="en"/>',
            "1:19",
            "a lexicon has no document type, and no entities",
        ),
        (
            b'<!DOCTYPE lexicon SYSTEM "file:///etc/passwd"><lexicon xml:lang="en"/>',
            "1:46",
            "a lexicon has no document type, and no entities",
        ),
        (b" " * (LARGEST_LEXICON + 1), "1:1", "a lexicon cannot be larger than 1 MiB"),
    ],
)
def test_what_is_no_lexicon_is_told_with_its_place(data: bytes, place: str, message: str) -> None:
    """File, line and column, a sentence, and a way out; nothing outside the file is ever read."""
    with pytest.raises(RoutineError) as told:
        read_pls(data, "my.pls")
    (problem,) = told.value.problems
    assert str(problem.place) == f"my.pls:{place}"
    assert problem.message == message
    assert problem.help
