"""`docs/WORDS.md` says what is so: its examples are tried, and its table is read aloud."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from cli_running import Runner

from voiceguide import studio
from voiceguide.speech.lexicon import built_in, read_pls
from voiceguide.speech.reading import normalise

PAGE = (Path(__file__).parent.parent / "docs" / "WORDS.md").read_text(encoding="utf-8")

ROWS = [
    [cell.strip(" `") for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| `[^|]*` \|(?:[^|]*\|){4}$", line)
]


def block(kind: str) -> str:
    """The first block of code of this kind."""
    found = re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_numbers_are_read_as_the_table_says(row: list[str]) -> None:
    """In four languages."""
    written, *read = row
    languages = ("en", "de", "fr", "pl")
    assert [normalise(written, language) for language in languages] == read


def test_the_table_was_found() -> None:
    """There is something to compare with."""
    assert len(ROWS) == 7


def test_the_examples_work(tmp_path: Path) -> None:
    """The routine with the lexicon beside it, spoken by the voice."""
    (tmp_path / "my.pls").write_text(block("xml"), encoding="utf-8")
    text = studio.SourceText(block("markdown").encode(), "page.md", tmp_path)
    with studio.load_text(text, voice="espeak:en-us") as session:
        assert not session.plan().problems
    assert set(read_pls(block("xml").encode(), "my.pls").pronunciations()) == {"Kegel", "Kegels"}


def test_as_many_words_are_known_as_it_says() -> None:
    """In English."""
    assert f": {len(built_in('en'))} in English" in PAGE


def test_the_command_prints_what_stands_there(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The example at the top, word for word."""
    command, _, printed = block("").partition("\n")
    arguments = shlex.split(command.removeprefix("$ voiceguide "))
    ran = Runner(capfd, monkeypatch, tmp_path)(*arguments)
    assert ran.out == printed
