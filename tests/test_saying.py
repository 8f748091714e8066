"""A routine's own ways of speaking words: `say:`, `lexicon:`, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceguide.errors import RoutineError, UsageError
from voiceguide.settings.configuration import configuration_path
from voiceguide.studio import Session, load

PLS = (
    '<lexicon version="1.0" alphabet="ipa" xml:lang="{language}">'
    "<lexeme><grapheme>{word}</grapheme>{said}</lexeme></lexicon>"
)


def routine(folder: Path, front: str, text: str = "Stretch your psoas.") -> Path:
    path = folder / "mine.md"
    path.write_text(f"---\ntitle: Mine\nvoice: espeak:en-us\n{front}\n---\n{text}\n", "utf-8")
    return path


def lexicon(
    folder: Path, said: str, word: str = "psoas", language: str = "en", name: str = "my.pls"
) -> None:
    text = PLS.format(word=word, said=said, language=language)
    (folder / name).write_text(text, "utf-8")


def length(session: Session) -> int:
    """Samples of the first text of a session, said by the voice."""
    with session:
        events = session.plan().timeline.events
    return next(event.length for event in events if event.kind.value == "say")


def problems(path: Path) -> list[str]:
    with pytest.raises(RoutineError) as told, load(path) as session:
        session.plan()
    return [f"{problem.line}:{problem.column} {problem.message}" for problem in told.value.problems]


# ── lexicons ─────────────────────────────────────────────────────────────────

LONG = "<alias>a very long way of saying this word</alias>"
LONGER = "<alias>a very long way of saying this word, and even longer</alias>"


def test_a_routine_names_its_lexicon(tmp_path: Path) -> None:
    """What the file says is heard, and what `say:` says is heard before it."""
    plain = length(load(routine(tmp_path, "")))
    lexicon(tmp_path, LONG)
    with_file = length(load(routine(tmp_path, "lexicon: my.pls")))
    with_say = length(load(routine(tmp_path, "lexicon: my.pls\nsay:\n  psoas: it")))
    assert with_say < plain < with_file / 1.5


def test_the_first_lexicon_of_several_is_heard(tmp_path: Path) -> None:
    """Commas or a list; each of them may have words that the others have not."""
    lexicon(tmp_path, LONG)
    lexicon(tmp_path, LONGER, name="your.pls")
    first = length(load(routine(tmp_path, "lexicon: my.pls")))
    assert length(load(routine(tmp_path, "lexicon: my.pls, your.pls"))) == first
    assert length(load(routine(tmp_path, "lexicon: [your.pls, my.pls]"))) > first
    assert length(load(routine(tmp_path, "lexicon: none"))) < first


@pytest.mark.parametrize(
    ("front", "told"),
    [
        ("lexicon: you.pls", "4:10 there is no file `you.pls`"),
        ("lexicon: ../my.pls", "4:10 `../my.pls` is outside the routine's folder"),
        ("lexicon: my.pls,", "4:10 an empty place is not a file of `lexicon`"),
        ("lexicon: bad.pls", "1:32 `<word>` cannot stand in `<lexicon>`"),
        ("lexicon: de.pls", "4:10 `de.pls` is for the language `de`, not for `en`"),
    ],
)
def test_a_lexicon_that_cannot_be_used_is_a_problem(tmp_path: Path, front: str, told: str) -> None:
    """At the setting's line, or in the lexicon, where that is what is wrong."""
    lexicon(tmp_path, LONG, language="de", name="de.pls")
    (tmp_path / "bad.pls").write_text('<lexicon xml:lang="en">        <word/></lexicon>')
    assert problems(routine(tmp_path, front)) == [told]


def test_the_configuration_names_lexicons_for_all_routines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the configuration; of each routine, those that are for its language."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("VOICEGUIDE_CONFIG", str(home / "config.toml"))
    assert configuration_path() == home / "config.toml"
    mine = routine(tmp_path, "")
    plain = length(load(mine))
    (home / "config.toml").write_text('lexicon = "my.pls"\n')
    with pytest.raises(UsageError, match="there is no lexicon"):
        load(mine)
    lexicon(home, LONG)
    assert length(load(mine)) > plain
    lexicon(home, LONG, language="de")
    assert length(load(mine)) == plain


# ── phonemes ─────────────────────────────────────────────────────────────────


def test_an_unknown_phoneme_is_told_at_its_word(tmp_path: Path) -> None:
    """All that there are, before anything is spoken; words of the routine or not."""
    path = routine(tmp_path, "say:\n  psoas: '[[s\u0283]]'\n  hip: '[[h''Ip]]'\n  toe: /t\u0298/")
    assert problems(path) == [
        "5:3 the voice `espeak:en-us` knows no phoneme at the start of `\u0283`",
        "7:3 the voice `espeak:en-us` knows no phoneme at the start of `t\u0298`",
    ]


def test_a_used_routines_phonemes_are_told_in_it(tmp_path: Path) -> None:
    """Its `say:` comes along, and so does what is wrong with it."""
    (tmp_path / "other.md").write_text(
        "---\nsay:\n  psoas: '[[\u0283]]'\n---\n## A\nPsoas.\n", "utf-8"
    )
    with (
        pytest.raises(RoutineError) as told,
        load(routine(tmp_path, "", "- use other.md")) as session,
    ):
        session.plan()
    (problem,) = told.value.problems
    assert problem.source.endswith("other.md")
    assert (problem.line, problem.line_text) == (3, "  psoas: '[[\u0283]]'")


def test_a_voice_without_phonemes_says_the_word_all_the_same(tmp_path: Path) -> None:
    """A routine is no worse for being spoken by another voice."""
    path = routine(tmp_path, "say:\n  psoas: '[[\u0283]]'")
    assert length(load(path, voice="silent")) > 0
