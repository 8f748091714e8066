"""`voiceguide say`: how words are spoken, and who says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_running import Runner

from voiceguide.audio.recording import read_sound


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in an empty folder."""
    return Runner(capfd, monkeypatch, tmp_path)


def rows(out: str) -> list[list[str]]:
    """The cells of the rows below the empty line."""
    lines = out.split("\n\n", 1)[1].splitlines()
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines]


def test_each_word_is_told_with_its_origin(run: Runner) -> None:
    """Numbers and abbreviations as they are read, known words by their sounds."""
    ran = run("say", "Your psoas, for 30 s.", "--voice", "espeak:en-us")
    assert ran.code == 0
    assert ran.out.startswith(
        "spoken  Your [['soUas]], for thirty seconds.\nvoice   espeak:en-us\n"
    )
    assert rows(ran.out) == [
        ["Your", "jU@", "the voice's own rules"],
        ["psoas", "'soUas", "voiceguide's lexicon"],
        ["for", "fO@", "the voice's own rules"],
        ["thirty", "T'3:t#i", "the voice's own rules"],
        ["seconds", "s'Ek@ndz", "the voice's own rules"],
    ]


def test_a_routines_ways_are_told(run: Runner) -> None:
    """Its language, its voice, its `say` and its lexicons."""
    (run.folder / "my.pls").write_text(
        '<lexicon xml:lang="de"><lexeme><grapheme>Hüfte</grapheme><alias>Hüffte</alias></lexeme>'
        "</lexicon>",
        encoding="utf-8",
    )
    path = run.write(
        "---\nlanguage: de\nvoice: espeak:de\nlexicon: my.pls\n"
        "say: {Knie: '[[kn''i:]]'}\n---\nHallo.\n"
    )
    ran = run("say", "Knie, Hüfte, Psoas, 2 min", "--routine", str(path), "--json")
    assert ran.json["voice"] == "espeak:de"
    assert ran.json["notation"] == "espeak"
    assert ran.json["spoken"] == "[[kn'i:]], Hüffte, [['pso:as]], zwei Minuten"
    told = [(w["word"], w["said"], w["origin"], w["source"]) for w in ran.json["words"]]
    assert told == [
        ("Knie", "[[kn'i:]]", "say", None),
        ("Hüfte", "Hüffte", "file", "my.pls"),
        ("Psoas", "[['pso:as]]", "lexicon", None),
        ("zwei", "zwei", "rules", None),
        ("Minuten", "Minuten", "rules", None),
    ]
    assert ran.json["words"][0]["phonemes"] == "kn'i:"


def test_the_configuration_counts_too(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its user has set for all routines is told of no routine at all."""
    monkeypatch.setenv("VOICEGUIDE_CONFIG", str(run.folder / "config.toml"))
    (run.folder / "config.toml").write_text('[say]\npsoas = "so-az"\n')
    ran = run("say", "psoas", "--voice", "silent")
    assert rows(ran.out) == [["psoas", "so-az", "the setting `say`"]]


def test_a_voice_without_phonemes_gets_a_respelling(run: Runner) -> None:
    """It tells no phonemes, and so what it is given stands there."""
    ran = run("say", "psoas well", "--voice", "silent", "--json")
    assert ran.json["notation"] is None
    assert ran.json["spoken"] == "soh-us well"
    assert [word["phonemes"] for word in ran.json["words"]] == [None, None]


def test_letters_that_no_voice_has_are_told(run: Runner) -> None:
    """What a routine may not say is said with a warning, since the engine says other words."""
    ran = run("say", "你好, Anna")
    assert ran.code == 0
    assert "warning: no voice of this language has letters for `你好`" in ran.err
    assert "help: " in ran.err
    assert run("say", "Café, naïve, Großmutter.").err == ""


def test_it_is_heard(run: Runner) -> None:
    """Written to a file, the words have the length of their sound."""
    ran = run("say", "Stretch your psoas.", "--voice", "espeak:en-us", "-o", "word.wav")
    assert ran.code == 0
    assert "word.wav" in ran.err
    assert 0.8 < read_sound(run.folder / "word.wav").sounding / 48_000 < 2.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("say", " "), "there is nothing to say"),
        (("say", "a", "--language", "xx"), "there are no built-in words in the language `xx`"),
        (("say", "a", "--voice", "espeak:klingon"), "has no voice `klingon`"),
        (("say", "a", "--voice", "espeak:en-us", "-o", "word.doc"), "`.doc` is not a format"),
        (("say", "a", "--routine", "no-such-routine"), "there is no routine `no-such-routine`"),
    ],
)
def test_what_makes_no_sense_is_told(run: Runner, arguments: tuple[str, ...], message: str) -> None:
    """As wrong usage."""
    ran = run(*arguments)
    assert ran.code == 2
    assert message in ran.err
