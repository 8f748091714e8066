"""`voiceguide programme`: days as a table, files by their paths, and exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_running import Ran, Runner, run_process

WEEKS = """\
title: Two weeks
weeks:
  - title: Begin
    day 1: mine.md
    day 3:
      routine: mine.md
      level: gentle
  - note: Rest.
  - day 1: mine.md
"""
ROUTINE = """\
---
title: Mine
chimes: none
countdown: 0
phrases:
  finish: ""
---
- hold 10-20s
"""
"""Without words: 15 to 25 seconds, whatever the engine takes for speech."""


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in a folder that has a programme and its routine."""
    runner = Runner(capfd, monkeypatch, tmp_path)
    runner.write(ROUTINE)
    runner.write(WEEKS, "weeks.yaml")
    return runner


def start(run: Runner, *more: str, name: str = "weeks.yaml", day: str = "2026-12-01") -> Ran:
    """The command, with a first day, spoken in silence."""
    return run("programme", name, "--start", day, "--voice", "silent", *more)


def test_a_dry_run_shows_the_days(run: Runner) -> None:
    """Week by week: date, length, file and manner; nothing is written."""
    done = start(run, "--dry-run")
    assert (done.code, done.err) == (0, "")
    lines = [line.rstrip() for line in done.out.splitlines()]
    assert lines[:-1] == [
        "Week 1  Begin",
        "  Tue 1 Dec   0:20  01 Mine, 20s  standard, full guidance",
        "  Thu 3 Dec   0:15  02 Mine, 15s  gentle, full guidance",
        "",
        "Week 2",
        "",
        "Week 3",
        "  Tue 15 Dec  0:20  01 Mine, 20s  standard, full guidance",
        "",
    ]
    assert lines[-1] == (
        "Two weeks  3 sessions from Tuesday 1 December 2026 to Tuesday 15 December 2026, "
        "2 files of 0:35, silent:silent"
    )
    assert sorted(path.name for path in run.folder.iterdir() if path.name[0] != ".") == [
        *("mine.md", "weeks.yaml")
    ]


def test_a_dry_run_shows_times(run: Runner) -> None:
    """With `--at`, each row says when."""
    done = start(run, "--dry-run", "--at", "7:30")
    assert "  Tue 1 Dec   07:30  0:20  01 Mine, 20s" in done.out


def test_the_paths_are_printed(run: Runner) -> None:
    """A line for each file, in their order, then playlist and calendar; the folder is made."""
    done = start(run, "-o", "a/b")
    names = ["01 Mine, 20s.mp3", "02 Mine, 15s.mp3", "Two weeks.m3u8", "Two weeks.ics"]
    assert done.code == 0
    assert done.out.splitlines() == [str(Path("a", "b", name)) for name in names]
    assert done.err == ""
    there = {path.name for path in (run.folder / "a" / "b").iterdir()}
    assert there == {*names, ".voiceguide.json"}


def test_the_folder_is_called_after_the_programme(run: Runner) -> None:
    """Where none is named, it is made in the current folder."""
    done = start(run)
    assert done.out.splitlines()[0] == str(Path("weeks", "01 Mine, 20s.mp3"))


def test_a_bit_rate(run: Runner) -> None:
    """Half the bits, about half the bytes, and the cover."""
    start(run, "-o", "64")
    start(run, "-o", "32", "--bitrate", "32")
    large, small = (
        (run.folder / name / "01 Mine, 20s.mp3").stat().st_size for name in ("64", "32")
    )
    assert 20 * 4000 - 5000 < large - small < 20 * 4000 + 5000


@pytest.mark.parametrize(
    ("more", "day", "message"),
    [
        ((), "2026-02-30", "`2026-02-30` is not a date to start on"),
        ((), "soon", "`soon` is not a date to start on"),
        (("--at", "noon"), "2026-12-01", "`noon` is not a time of day"),
        (("--bitrate", "7"), "2026-12-01", "MP3 has no bit rate of 7 kbps"),
    ],
)
def test_wrong_usage(run: Runner, more: tuple[str, ...], day: str, message: str) -> None:
    """Dates, times and rates that are none: exit code 2, a way out, and nothing written."""
    done = start(run, *more, day=day)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {message}\nhelp: ")
    assert not (run.folder / "weeks").exists()


def test_without_a_start(run: Runner) -> None:
    """No day is guessed: that would take a clock."""
    done = run("programme", "weeks.yaml")
    assert done.code == 2
    assert "--start" in done.err


def test_a_name_that_is_not_there(run: Runner) -> None:
    """The names that are there are the way out."""
    done = start(run, name="four-week-psoa")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[1] == "help: did you mean `four-week-psoas`?"


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_problems(run: Runner, more: tuple[str, ...]) -> None:
    """All of them, on standard error, with exit code 1, and nothing written."""
    run.write("title: T\nweeks:\n  - day 9: mine.md\n    day 1: mnie.md\n", "weeks.yaml")
    done = start(run, *more)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "weeks.yaml:3:5: a week has no `day 9`\n"
        "    3 |   - day 9: mine.md\n"
        "      |     ^^^^^\n"
        "help: a day is `day 1` to `day 7`, or a weekday: `monday`\n"
        "\n"
        "weeks.yaml:4:12: there is no file `mnie.md`\n"
        "    4 |     day 1: mnie.md\n"
        "      |            ^^^^^^^\n"
        "help: did you mean `mine.md`?\n"
    )
    assert not (run.folder / "weeks").exists()


def test_warnings_are_told(run: Runner) -> None:
    """They stop nothing: exit code 0, the files, and the words on standard error."""
    session = "{routine: mine.md, level: strong, length: 22s}"
    run.write(f"title: T\nweeks:\n  - day 1: {session}\n", "weeks.yaml")
    done = start(run)
    assert done.code == 0
    assert "weeks.yaml:3:38: warning: `level` means nothing beside `length`" in done.err
    assert (run.folder / "weeks" / "T.ics").is_file()


def test_names_are_completed(run: Runner) -> None:
    """Programmes of the library and of the current folder, no routines."""
    words = {"_VOICEGUIDE_COMPLETE": "bash_complete", "COMP_CWORD": "2"}
    done = run_process([], run.folder, COMP_WORDS="voiceguide programme ", **words)
    assert done.out.split() == ["plain,four-week-psoas", "plain,weeks.yaml"]
    done = run_process([], run.folder, COMP_WORDS="voiceguide programme w", **words)
    assert done.out.split() == ["plain,weeks.yaml"]


def test_the_help_names_what_comes_with_it(run: Runner) -> None:
    """Whoever reads it can start at once."""
    done = run("programme", "--help")
    assert done.code == 0
    assert "voiceguide programme four-week-psoas --start 2026-12-01" in done.out


@pytest.mark.slow
def test_its_files_have_any_format_and_are_made_by_several_processes(run: Runner) -> None:
    """Opus by one process and by two: the same files, byte for byte, in the playlist."""
    made = []
    for jobs in ("1", "2"):
        done = start(run, "--format", "opus", "--jobs", jobs, "-o", f"album-{jobs}")
        assert (done.code, done.err) == (0, "")
        files = sorted((run.folder / f"album-{jobs}").glob("*.opus"))
        made.append({path.name: path.read_bytes() for path in files})
    assert len(made[0]) == 2
    assert made[0] == made[1]
    playlist = (run.folder / "album-2" / "Two weeks.m3u8").read_text(encoding="utf-8")
    assert all(name in playlist for name in made[1])
