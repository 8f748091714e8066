"""What `docs/JSON.md` says of the objects is what the commands print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from cli_running import Runner

PAGE = Path(__file__).parent.parent / "docs" / "JSON.md"

ROUTINE = """\
Sit down.

## Stretch

- hold 20s, each side, 2 rounds, rest 5s, ready 3s
  Lean to the {left|right}.

## Lift

- 3 reps
  Lift.
"""

TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "list": (list,),
    "object": (dict,),
    "true or false": (bool,),
}


def documented() -> dict[str, dict[str, str]]:
    """The fields of each table by their headings, each with its type."""
    found: dict[str, dict[str, str]] = {}
    for part in re.split(r"^#{2,3} ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        heading, _, text = part.partition("\n")
        rows = re.findall(r"^\| `(\w+)` \| ([\w ]+) \|(.*)\|$", text, flags=re.MULTILINE)
        found[heading] = {
            name: f"{kind} or null" if "`null`" in note else kind for name, kind, note in rows
        }
    return found


FIELDS = documented()


def check(found: dict[str, Any], *headings: str) -> None:
    """Compare an object with the tables under these headings."""
    fields = {name: kind for heading in headings for name, kind in FIELDS[heading].items()}
    assert list(found) == list(fields)
    for name, kind in fields.items():
        if found[name] is None:
            assert kind.endswith(" or null"), name
        else:
            assert isinstance(found[name], TYPES[kind.removesuffix(" or null")]), name


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in a folder that has a routine."""
    runner = Runner(capfd, monkeypatch, tmp_path)
    runner.write(ROUTINE)
    return runner


def check_plan(found: dict[str, Any]) -> None:
    """Compare the lists of a plan with their tables."""
    for chapter in found["chapters"]:
        check(chapter, "Each of `chapters`")
    for event in found["events"]:
        check(event, "Each of `events`")
    for problem in found["problems"]:
        check(problem, "Each of `problems`")


def test_every_table_has_fields() -> None:
    """The page is read as it is meant: no table is missed."""
    assert all(FIELDS.values()), FIELDS
    assert len(FIELDS) == 29


def test_plan(run: Runner) -> None:
    """A plan with sides, rounds, reps and chapters."""
    found = run("plan", "mine.md", "--json", "--estimate").json
    check(found, "`plan --json`")
    check_plan(found)
    kinds = {event["kind"] for event in found["events"]}
    assert kinds >= {"say", "hold", "rest", "reps", "rep", "ready", "change", "chime", "count"}
    for field in ("text", "side", "round", "rep"):
        values = [event[field] for event in found["events"]]
        assert None in values
        assert any(value is not None for value in values)


def test_every_kind_is_documented() -> None:
    """The page lists exactly the kinds that there are."""
    from voiceguide.sequence import EventKind

    row = next(row for row in PAGE.read_text(encoding="utf-8").split("\n") if "| `kind`" in row)
    assert re.findall(r"`(\w+)`", row)[1:] == [kind.value for kind in EventKind]


@pytest.mark.parametrize("command", ["plan", "export"])
def test_a_broken_routine(run: Runner, command: str) -> None:
    """The same fields, but null or empty; and its problems."""
    run.write("- hold 20x\n", "bad.md")
    found = run(command, "bad.md", "--json").json
    check(found, "`plan --json`", *(["`export --json`"] if command == "export" else []))
    check_plan(found)
    assert found["problems"]


def test_export(run: Runner) -> None:
    """An export: a plan, and four fields more."""
    found = run("export", "mine.md", "--json", "--voice", "silent").json
    check(found, "`plan --json`", "`export --json`")
    check_plan(found)


@pytest.mark.slow
def test_verify(run: Runner) -> None:
    """A verified export: its checks and its events; the same object is in that of the export."""
    exported = run("export", "mine.md", "--json", "--verify").json
    found = run("verify", "mine.mp3", "--json").json
    assert exported["proofs"] == [found]
    check(found, "`verify --json`")
    for one in found["checks"]:
        check(one, "Each of the checks")
    for event in found["events"]:
        check(event, "Each of the verified events")
    assert any(event["measured_at"] is not None for event in found["events"])


def check_programme(found: dict[str, Any]) -> None:
    """Compare a programme with its tables."""
    check(found, "`programme --json`")
    for file in found["files"]:
        check(file, "Each of `files`")
    for session in found["sessions"]:
        check(session, "Each of `sessions`")


@pytest.mark.parametrize("way", [["--dry-run"], ["--at", "07:30"]])
def test_programme(run: Runner, way: list[str]) -> None:
    """A programme, planned and exported, with both sorts of sessions."""
    week = "{day 1: {routine: mine.md, note: Go.}, day 2: {routine: mine.md, guidance: brief}}"
    run.write(f"title: Weeks\nweeks:\n  - {week}\n", "weeks.yaml")
    voice = ("--voice", "silent")
    found = run("programme", "weeks.yaml", "--start", "2026-12-01", "--json", *voice, *way).json
    check_programme(found)
    assert (len(found["files"]), len(found["sessions"])) == (2, 2)


def test_a_broken_programme(run: Runner) -> None:
    """The same fields, but null or empty; and its problems."""
    run.write("title: Weeks\nweeks:\n  - day 9: mine.md\n", "weeks.yaml")
    found = run("programme", "weeks.yaml", "--start", "2026-12-01", "--json").json
    check_programme(found)
    assert found["problems"]
    check(found["problems"][0], "Each of `problems`")


def test_check(run: Runner) -> None:
    """A check with a problem."""
    run.write("- hold 20x\n", "bad.md")
    found = run("check", "bad.md", "mine.md", "--json", "--estimate").json
    check(found, "`check --json`")
    check(found["problems"][0], "Each of `problems`")


def test_no_control_character_comes_through(run: Runner) -> None:
    """U+009B begins a command of a terminal, in a message and in a title: JSON escapes it."""
    run.write("---\ntitle: A\u009b31m\n---\n\nLie down.\u009b2J\n\n- hold 9x\u0085\n", "odd.md")
    for arguments in (("check", "odd.md"), ("check", "--estimate", "mine.md", "odd.md")):
        ran = run(*arguments, "--json")
        assert not [c for c in ran.out if "\x7f" <= c <= "\x9f" or (c < " " and c != "\n")]
        assert ran.json["problems"]
    run.write("---\ntitle: A\u009b31m\n---\n\nLie down.\n", "odd.md")
    ran = run("plan", "--estimate", "--json", "odd.md")
    assert not [c for c in ran.out if "\x7f" <= c <= "\x9f"]


def test_list(run: Runner) -> None:
    """The library's routines."""
    found = run("list", "--json").json
    check(found, "`list --json`")
    for routine in found["routines"]:
        check(routine, "Each of `routines`")


@pytest.mark.parametrize("arguments", [[], ["--engine", "espeak"]])
def test_voices(run: Runner, arguments: list[str]) -> None:
    """Voices to be fetched, and those that an engine brings along."""
    found = run("voices", "--json", *arguments).json
    check(found, "`voices --json`")
    for voice in found["voices"]:
        check(voice, "Each of `voices`")


def test_cache(run: Runner) -> None:
    """The cache."""
    check(run("cache", "--json").json, "`cache --json`")


def test_config(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own settings, and what is wrong in them."""
    own = run.folder / "own.toml"
    own.write_text('pace = "fast"\n[command.robot]\nrun = ["robot"]\n', encoding="utf-8")
    monkeypatch.setenv("VOICEGUIDE_CONFIG", str(own))
    ran = run("config", "--json")
    assert ran.code == 2
    check(ran.json, "`config --json`")
    assert set(ran.json["commands"]["robot"]) == {"run", "voices", "timeout"}
    for problem in ran.json["problems"]:
        check(problem, "Each of `problems`")


def test_say(run: Runner) -> None:
    """How words are spoken, and who says so."""
    found = run("say", "my psoas", "--voice", "silent", "--json").json
    check(found, "`say --json`")
    for word in found["words"]:
        check(word, "Each of `words`")


def test_doctor(run: Runner) -> None:
    """The doctor, with all that it examines."""
    found = run("doctor", "--json").json
    check(found, "`doctor --json`")
    for engine in found["engines"]:
        check(engine, "Each of `engines`")
        assert all(set(voice) == {"name", "language"} for voice in engine["voices"])
    for format_ in found["formats"]:
        check(format_, "Each of `formats`")
    check(found["choice"], "The `choice`")
    check(found["configuration"], "The `configuration`")
    check(found["cache"], "The `cache`")
    check(found["library"], "The `library`")
    check(found["sound"], "The `sound`")
    assert all(set(one) == {"name", "system"} for one in found["sound"]["speakers"])
