"""The commands and Python lines that docs/ shows are run, each page's in their order."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from cli_running import Runner
from walking import Block, blocks, check_links

from voiceguide.cli.app import app
from voiceguide.studio.playing import Left, remember

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))

ROUTINE = """\
---
title: Hips
---

Lie on your back. Stop if you feel a sharp pain.

## First

- hold 10s-5min
  Let your knees rest against each other.

## Second

- hold 10s-10min
  Let your legs lie long.
"""

READ_ONLY = re.compile(
    r"voiceguide (voices|remote|record) |--voice (piper|recorded):|dask://|s3://"
)
"""What needs the network, other machines, a voice that is installed, a session that plays, or
somebody who speaks: its words are read. The tests of these commands run them against a server,
beside a session, and with a reader."""

HAS_AAC = find_spec("av") is not None
"""Whether the extra for M4B is here; otherwise such a line is read, too."""

OF_OTHERS = ("playerctl ",)
"""Other programs' commands; the tests of MPRIS ask what this one asks."""


KNOWN = ("voiceguide ", "pip ", "mkdir ", *OF_OTHERS)


ANSWERED = ("voiceguide check ", "voiceguide export ")
"""The commands whose answers depend on nothing but the routine, but for times."""


def commands(page: Path) -> list[str]:
    """The lines of a page's shell blocks, without their comments."""
    found = (block for block in shown(page) if block.language in ("", "sh"))
    return [line for block in found for line in block.commands if line.startswith(KNOWN)]


def shell_lines(page: Path) -> list[str]:
    """All that stands in blocks which say that a shell reads them."""
    return [line for block in shown(page) if block.language == "sh" for line in block.commands]


def shown(page: Path) -> list[Block]:
    """The fenced blocks of a page."""
    return list(blocks(f"docs/{page.name}"))


MANY = {"CATALOGUE", "PROGRAMMES", "PATIENTS", "PHONE", "RECIPES", "TUTORIAL"}
"""Pages with so many sessions to make that only the long run follows them."""


def with_commands() -> Iterator[object]:
    """The pages with something to type."""
    for page in PAGES:
        if commands(page):
            marks = [pytest.mark.slow] if page.stem in MANY else []
            yield pytest.param(page, id=page.stem, marks=marks)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The command line in a folder with a routine, a folder of them, and a finished file.

    Nothing sounds and nobody is served: all that comes before it is done.
    """
    runner = Runner(capfd, monkeypatch, tmp_path)
    monkeypatch.setenv("VOICEGUIDE_STATE", str(tmp_path / ".state"))
    config = tmp_path / ".config.toml"
    config.write_text('voice = "silent"\n', encoding="utf-8")
    monkeypatch.setenv("VOICEGUIDE_CONFIG", str(config))
    runner.write(ROUTINE, "my-routine.md")
    (tmp_path / "my-sessions").mkdir()
    runner.write(ROUTINE, "my-sessions/hips.md")
    remember(Left("my-routine.md", {}, 1))
    monkeypatch.setattr("voiceguide.cli.play._run", lambda *_: None)
    monkeypatch.setattr("voiceguide.player.recogniser.check_hearing", lambda *_: None)
    nobody = SimpleNamespace(run=lambda sockets: None)  # who would serve for ever
    monkeypatch.setattr("voiceguide.web.server.make_server", lambda *_: nobody)
    monkeypatch.setattr("webbrowser.open", lambda _: True)
    return runner


def test_every_page_with_commands_was_found() -> None:
    """What the tests below take from the pages is there to be taken."""
    with_some = {page.stem for page in PAGES if commands(page)}
    assert with_some >= {
        "CATALOGUE",
        *("FORMATS", "LIVE", "PATIENTS", "PHONE", "PROGRAMMES", "RECIPES", "TUTORIAL", "VERIFY"),
        *("VOICES", "WEB"),
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_line_escapes(page: Path) -> None:
    """Each line of a shell block is one of this program's, pip's, or a known other's."""
    assert set(shell_lines(page)) <= set(commands(page))


@pytest.mark.parametrize("page", list(with_commands()))
def test_the_commands_of_a_page_work(page: Path, run: Runner) -> None:
    """In their order, in a folder as their reader has it; those read only have words that exist."""
    if "VERIFY" in page.stem:
        assert run("export", "ten-minute-psoas-relief").code == 0
        assert not HAS_AAC or run("export", "my-routine.md", "-o", "morning.m4b").code == 0
    if "CATALOGUE" in page.stem:
        run.write(_clinic(page), "clinic.csv")
    if "LIVE" in page.stem:
        assert run("export", "my-routine.md", "--length", "10m").code == 0
    for block in shown(page):
        if block.file:
            run.write(block.text, block.file)
        elif block.language == "console" and block.asked.startswith(ANSWERED):
            _answered(block, run)
        elif block.language in ("", "sh"):
            for line in block.commands:
                if line.startswith(KNOWN):
                    _done(line, run)


def _done(line: str, run: Runner) -> None:
    program, *arguments = shlex.split(line)
    if program == "pip":
        assert _extra(arguments) in _extras(), line
    elif program == "mkdir":
        (run.folder / arguments[0]).mkdir()
    elif READ_ONLY.search(line) or (".m4b" in line and not HAS_AAC):
        _read(app, arguments)
    elif program == "voiceguide":
        ran = run(*arguments)
        assert ran.code == 0, f"{line}\n{ran.out}{ran.err}"


def _answered(block: Block, run: Runner) -> None:
    """See to it that a command answers as the page shows; times are another voice's here."""
    ran = run(*shlex.split(block.asked)[1:])
    assert _timeless(ran.out + ran.err) == _timeless(block.answer)


def _timeless(text: str) -> str:
    return re.sub(r"\b\d+:\d\d(\.\d)?\b", "0:00", text)


def _clinic(page: Path) -> str:
    """The table that the page shows."""
    return page.read_text(encoding="utf-8").partition("```csv\n")[2].partition("```")[0]


def test_the_python_lines_of_catalogues_work(run: Runner) -> None:
    """They make the sessions that they name."""
    page = (ROOT / "docs" / "CATALOGUE.md").read_text(encoding="utf-8")
    run.write(page.partition("```markdown\n")[2].partition("```")[0], "each-knee.md")
    exec(page.partition("```python\n")[2].partition("```")[0], {})
    assert sorted(path.name for path in (run.folder / "sessions").glob("*.mp3")) == [
        "p-0017.mp3",
        "p-0018.mp3",
    ]


def _extras() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return set(project["optional-dependencies"])


def _extra(arguments: list[str]) -> str:
    found = re.fullmatch(r"voiceguide\[(.+)\]", arguments[-1])
    assert arguments[0] == "install"
    assert found
    return found[1]


def _read(command: click.Command, arguments: list[str]) -> None:
    """Resolve a command with its options, without doing it; fails where one does not exist."""
    if isinstance(command, click.Group) and arguments[:1] and not arguments[0].startswith("-"):
        name, inner, after = command.resolve_command(click.Context(command), list(arguments))
        assert inner, name
        _read(inner, after)
    else:
        command.make_context("voiceguide", list(arguments)).close()


@pytest.mark.parametrize("page", ["README.md", "docs/RECIPES.md", "docs/TUTORIAL.md"])
def test_the_routines_to_save_are_sound(page: str, run: Runner) -> None:
    """As their reader leaves them, no warning is deserved; the tutorial mends its own first one."""
    saved = {block.file: block.text for block in blocks(page) if block.file}
    assert saved
    for name, text in saved.items():
        run.write(text, name)
        checked = run("check", "--strict", "--estimate", name)
        assert checked.code == 0, checked.out + checked.err


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_index_leads_to_it(page: Path) -> None:
    """docs/README.md, from which the site takes its navigation, begins a line with each page."""
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert page.name == "README.md" or re.search(rf"^- \[.+\]\({page.name}\)", index, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_its_links_lead_somewhere(page: Path) -> None:
    """Every file that a page points to is there, with the heading that is meant."""
    check_links(page)


@pytest.mark.skipif(not HAS_AAC, reason="needs the extra for M4B")
def test_the_python_lines_of_the_formats_work(run: Runner) -> None:
    """They write what they name."""
    page = (ROOT / "docs" / "FORMATS.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    run.write(page.partition("```markdown\n")[2].partition("```")[0], "each-knee.md")
    exec(page.partition("```python\n")[2].partition("```")[0], names)
    assert (run.folder / "my-routine.m4b").is_file()
    assert (run.folder / "my-routine.vtt").is_file()
    assert (run.folder / "phone" / "cover.png").is_file()
    assert len(names["segment"]) > 20_000
