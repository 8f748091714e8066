"""`voiceguide new`: templates that are sound as they stand, and nothing overwritten."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_running import Runner

from voiceguide import library, load


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in an empty folder."""
    return Runner(capfd, monkeypatch, tmp_path)


# ── the templates ────────────────────────────────────────────────────────────


def test_every_purpose_has_its_template_and_its_line_in_the_help(run: Runner) -> None:
    """The table, the files beside the code and the help name the same purposes."""
    folder = Path(library.__file__).parent / "templates"
    assert {path.stem for path in folder.iterdir()} == set(library.PURPOSES)
    shown = run("new", "--help").out
    for purpose, what in library.PURPOSES.items():
        assert re.search(rf"^ +{purpose} +{re.escape(what)}$", shown, re.MULTILINE)


@pytest.mark.parametrize("purpose", library.PURPOSES)
def test_a_template_passes_the_strictest_check(run: Runner, purpose: str) -> None:
    """What is begun has no problem and no warning, as it stands."""
    assert run("new", "mine", "--for", purpose).out == "mine.md\n"
    checked = run("check", "--strict", "mine.md")
    assert (checked.code, checked.out) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("purpose", library.PURPOSES)
def test_a_template_can_be_planned(run: Runner, purpose: str) -> None:
    """It has chapters and timed steps, a sheet, and a title from its name."""
    run("new", "for_my-hips.md", "--for", purpose)
    planned = run("plan", "--json", "for_my-hips.md").json
    assert planned["title"] == "For my hips"
    assert len(planned["chapters"]) >= 2
    kinds = {event["kind"] for event in planned["events"]}
    assert kinds & {"hold", "reps", "segment"}
    assert load(run.folder / "for_my-hips.md").sheet().title == "For my hips"


@pytest.mark.parametrize("purpose", library.PURPOSES)
def test_a_template_explains_itself(purpose: str) -> None:
    """Comments say what the author may change; none of them is spoken."""
    text = library.template(purpose)
    assert "<!-- " in text
    events = load_text_events(text)
    assert events
    assert not any("<!--" in (said or "") or "Bullets are" in (said or "") for said in events)


def load_text_events(text: str) -> list[str | None]:
    """What a routine says."""
    from voiceguide import studio

    session = studio.load_text(studio.SourceText(text.encode(), "mine.md", Path()))
    return [event.text for event in session.plan(estimate=True).timeline.events]


# ── the file ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    [
        *("plain", "Anna's hips: day 1", "# one", "- a", "'quoted'", '"x', "a: b #c", "[x]", "{y}"),
        *("-- ", "…", "über", "日本", "a\u200bb", "bell\x07", "no", "1:30", "&a", "*a", "%", "@"),
    ],
)
def test_any_name_makes_a_sound_routine(run: Runner, name: str) -> None:
    """Whatever a file is called, its title does not break the front matter."""
    assert run("new", "--", f"{name}.md").code == 0
    checked = run("check", "--strict", "--estimate", "--", f"{name}.md")
    assert (checked.code, checked.out) == (0, ""), checked.out


def test_nothing_is_overwritten(run: Runner) -> None:
    """A file that is there stays, with or without its ending in the command."""
    path = run.write("Mine.")
    for name in ("mine.md", "mine"):
        ran = run("new", name)
        assert ran.code == 2
        assert "there is already a file `mine.md`" in ran.err
        assert "help: choose another name" in ran.err
    assert path.read_text(encoding="utf-8") == "Mine."


@pytest.mark.parametrize(
    ("arguments", "message", "way_out"),
    [
        (("",), "`` is not a file name", "write one: `hips.md`"),
        (("folder",), "`folder` is a folder", "the name of a file in it"),
        (("nowhere/mine.md",), "there is no folder `nowhere`", "make it first"),
        (("mine.mp3",), "`mine.mp3` has the wrong ending for a routine", "write `mine.mp3.md`"),
        (("mine", "--for", "sleep"), "'sleep' is not one of 'stretch'", "new --help"),
    ],
)
def test_what_cannot_be_begun_is_told(
    run: Runner, arguments: tuple[str, ...], message: str, way_out: str
) -> None:
    """Wrong usage is exit code 2 with a way out, and no file is left."""
    (run.folder / "folder").mkdir()
    ran = run("new", *arguments)
    error, help_ = ran.err.splitlines()
    assert (ran.code, ran.out) == (2, "")
    assert message in error
    assert way_out in help_
    assert not [path for path in run.folder.rglob("*") if path.is_file()]


def test_a_name_that_no_file_can_have_is_told(run: Runner) -> None:
    """300 characters are the machine's refusal, in a sentence."""
    ran = run("new", "x" * 300)
    assert ran.code == 3
    assert "cannot be written" in ran.err
    assert "Traceback" not in ran.err
