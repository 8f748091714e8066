"""`plan`, `check` and `export`, run on real routines with the silent engine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli_running import Runner

from voiceguide import library, studio
from voiceguide.cli.plan import unplanned
from voiceguide.errors import MachineError

GOOD = """\
# A short stretch

Sit down. Stop at any pain.

## Stretch

- hold 20s, each side
  Lean to the {left|right}.
  - end: Come back.
"""

BROKEN = """\
# A short stretch

- hold 20x
- rest 5s, chime bowll
"""

TOO_LONG_A_CUE = """\
- hold 2s
  Stop at any pain. Lean forward.
  - half: Breathe in slowly and deeply, all the way down to your belly, and out again.
  - end: Come back.
"""

ODD = "Sit down.\n\n- hold 20s\n  Stay.\n"


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in an empty folder."""
    return Runner(capfd, monkeypatch, tmp_path)


def no_engine(*_arguments: object) -> None:
    """What happens on a machine where nothing can speak."""
    raise MachineError("the speech engine is not there", "bring it")


# ── plan ─────────────────────────────────────────────────────────────────────


def test_plan_shows_a_table_and_a_picture(run: Runner) -> None:
    """In a pipe: the table, a line that sums up, the picture; not a word on standard error."""
    run.write(GOOD)
    ran = run("plan", "mine.md", "--voice", "silent")
    assert (ran.code, ran.err) == (0, "")
    rows = ran.out.splitlines()
    assert rows[0].split() == ["time", "length", "what", "side", "text"]
    assert {"1  A short stretch", "2  Stretch"} <= set(rows)
    assert any(row.startswith("A short stretch  ") and "2 chapters" in row for row in rows)
    assert sum(row.startswith(("left", "right")) and "█" in row for row in rows) == 2


def test_plan_as_json(run: Runner) -> None:
    """The object is the plan that Python users get."""
    path = run.write(GOOD)
    ran = run("plan", "mine.md", "--json", "--voice", "silent")
    plan = studio.load(path, voice="silent").plan()
    assert ran.code == 0
    assert ran.json == {**plan.as_dict(), "problems": []}
    assert ran.json["exact"] is True


def test_an_estimated_plan_says_so(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --estimate no engine is asked, and the lengths are told to be guesses."""
    monkeypatch.setattr("voiceguide.studio.narration.make_speaker", no_engine)
    run.write(GOOD)
    assert run("plan", "mine.md", "--json", "--estimate").json["exact"] is False
    assert "about " in run("plan", "mine.md", "--estimate").out


def test_options_beat_the_routine(run: Runner) -> None:
    """--length, --level and --guidance are taken by plan, as export takes them."""
    run.write("---\nlength: 2 min\n---\n- hold 20s-10min, each side\n  Lean.\n")
    for arguments, duration in (((), 120), (("--length", "5m"), 300), (("--length", "3:10"), 190)):
        ran = run("plan", "mine.md", "--estimate", "--json", *arguments)
        assert ran.json["duration"] == duration


def test_a_length_that_cannot_be_met_is_wrong_usage(run: Runner) -> None:
    """Asked for on the command line, an impossible length is exit code 2, with what can be."""
    run.write(GOOD)
    ran = run("plan", "mine.md", "--estimate", "--length", "5h")
    assert ran.code == 2
    assert "the shortest is" in ran.err


def test_plan_with_everything_shows_each_rep(run: Runner) -> None:
    """--all unfolds what the table sums up."""
    run.write("- 6 reps\n  Lift.\n")
    assert "6 reps" in run("plan", "mine.md", "--estimate").out
    rows = run("plan", "mine.md", "--estimate", "--all").out.splitlines()
    assert sum(" rep " in row for row in rows[1:]) == 6


def test_a_cue_that_does_not_fit_is_a_problem_of_the_plan(run: Runner) -> None:
    """The plan is shown, the problem is told, and the exit code is 1."""
    run.write(TOO_LONG_A_CUE)
    ran = run("plan", "mine.md", "--voice", "silent")
    assert ran.code == 1
    assert "hold" in ran.out
    assert ran.err.startswith("mine.md:3:5: ")
    ran = run("plan", "mine.md", "--voice", "silent", "--json")
    assert ran.code == 1
    assert [(one["line"], one["severity"]) for one in ran.json["problems"]] == [(3, "error")]


@pytest.mark.parametrize("command", ["plan", "export"])
def test_a_broken_routine_is_still_one_object(run: Runner, command: str) -> None:
    """With --json, a routine with errors gives the object too, with nothing but its problems."""
    run.write(BROKEN)
    ran = run(command, "mine.md", "--json", "--voice", "silent")
    assert ran.code == 1
    assert [one["line"] for one in ran.json["problems"]] == [3, 4]
    assert {key for key, value in ran.json.items() if value} == {"problems"}
    assert ran.err.count("help: ") == 2


def test_the_empty_object_has_the_fields_of_a_real_one(run: Runner) -> None:
    """A program may read the same fields, whether a routine has errors or not."""
    good, bad = run.write(GOOD).name, run.write(BROKEN, "bad.md").name
    for command in ("plan", "export"):
        whole = run(command, good, "--json", "--voice", "silent").json
        assert run(command, bad, "--json").json.keys() == whole.keys()
    assert unplanned(()).keys() == studio.load(good).plan(estimate=True).as_dict().keys()


# ── check ────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_check_finds_nothing_in_the_library(run: Runner) -> None:
    """The routines that come with voiceguide have no problems; there is nothing to print."""
    ran = run("check", "--voice", "silent", *library.routines())
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"No problems in {len(library.routines())} routines.\n"


def test_check_tells_every_problem_of_every_file(run: Runner) -> None:
    """All problems of all files, on standard output, each with its place, mark and way out."""
    run.write(BROKEN)
    run.write(TOO_LONG_A_CUE, "cue.md")
    run.write(GOOD, "good.md")
    ran = run("check", "mine.md", "good.md", "cue.md", "--voice", "silent")
    assert (ran.code, ran.err) == (1, "")
    told = [row for row in ran.out.splitlines() if row.startswith(("mine.md", "cue.md"))]
    assert [row.partition(": ")[0] for row in told] == ["mine.md:3:8", "mine.md:4:18", "cue.md:3:5"]
    assert ran.out.count("^") > 2
    assert ran.out.count("\nhelp: ") == 3


def test_check_as_json(run: Runner) -> None:
    """All problems in one list, and the number of files."""
    run.write(BROKEN)
    ran = run("check", "mine.md", "constructive-rest", "--json", "--voice", "silent")
    assert ran.code == 1
    assert ran.json["files"] == 2
    assert [one["line"] for one in ran.json["problems"]] == [3, 4]
    assert ran.err == ""


def test_check_falls_back_to_estimates(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can speak, the check is made all the same, and says what it stands on."""
    monkeypatch.setattr("voiceguide.studio.narration.make_speaker", no_engine)
    run.write(TOO_LONG_A_CUE)
    run.write(GOOD, "good.md")
    ran = run("check", "mine.md", "good.md")
    assert ran.code == 1
    assert ran.out.startswith("mine.md:3:5: ")
    assert ran.err == (
        "error: the speech engine is not there\nhelp: bring it\n"
        "The lengths of spoken texts are estimated instead.\n"
    )


def test_a_missing_file_is_wrong_usage(run: Runner) -> None:
    """Exit code 2 and the nearest name of the library, before anything is checked."""
    run.write(BROKEN)
    ran = run("check", "mine.md", "constructive-rets")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean `constructive-rest`?" in ran.err


def test_standard_input_is_a_routine(run: Runner) -> None:
    """`-` reads it; messages call it `-`, and its paths are beside the current folder."""
    ran = run("check", "-", "--voice", "silent", stdin=BROKEN.encode())
    assert ran.out.startswith("-:3:8: ")
    run.write(GOOD, "part.md")
    text = b"# Whole\n\n- use part.md\n"
    assert run("check", "-", "--voice", "silent", stdin=text).code == 0


# ── export ───────────────────────────────────────────────────────────────────


def test_export_writes_the_routines_name_and_prints_the_path(run: Runner) -> None:
    """Without -o the file is the routine's name with .mp3 in the current folder."""
    run.write(GOOD)
    ran = run("export", "mine.md", "--voice", "silent")
    assert (ran.code, ran.out, ran.err) == (0, "mine.mp3\n", "")
    assert (run.folder / "mine.mp3").stat().st_size > 100_000


def test_export_as_json(run: Runner) -> None:
    """The plan, and the file that follows it."""
    run.write(GOOD)
    ran = run("export", "mine.md", "-o", "x.wav", "--json", "--voice", "silent")
    size = (run.folder / "x.wav").stat().st_size
    assert (ran.json["file"], ran.json["bytes"]) == ("x.wav", size)
    assert (ran.json["sample_rate"], ran.json["voice"].partition(":")[0]) == (48_000, "silent")
    assert size == pytest.approx(ran.json["duration"] * 48_000 * 2, abs=4096)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("--format", "flac"), "mine.flac"),
        (("-o", "sub"), "sub/mine.mp3"),
        (("-o", "sub", "--format", "wav"), "sub/mine.wav"),
        (("-o", "sub/other.FLAC", "--format", "flac"), "sub/other.FLAC"),
    ],
)
def test_where_an_export_goes(run: Runner, arguments: tuple[str, ...], name: str) -> None:
    """A folder takes the routine's name, and the format its suffix."""
    run.write(GOOD)
    (run.folder / "sub").mkdir()
    ran = run("export", "mine.md", "--voice", "silent", *arguments)
    assert Path(ran.out.strip()) == Path(name)
    assert (run.folder / name).is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "-"), "an export cannot go to standard output"),
        (("-o", "x.mp3", "--format", "wav"), "`x.mp3` is not a name for a file of format wav"),
        (("-o", "x.odd"), "`.odd` is not a format that can be written"),
        (("-o", "x"), "`x` names no format"),
        (("--bitrate", "63"), "MP3 has no bit rate of 63 kbps"),
        (("--level", "mild"), "mild"),
        (("--voice", "nobody"), "nobody"),
        (("--with", "nothing"), "nothing"),
        (("--length", "long"), "long"),
        (("--guidance", "loud"), "loud"),
    ],
)
def test_what_cannot_be_exported_is_wrong_usage(
    run: Runner, arguments: tuple[str, ...], message: str
) -> None:
    """Exit code 2, a sentence that names what is wrong, a way out; nothing is written."""
    run.write(GOOD)
    voice = () if "--voice" in arguments else ("--voice", "silent")
    ran = run("export", "mine.md", *voice, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err.splitlines()[0]
    assert "help: " in ran.err
    assert sorted(path.name for path in run.folder.iterdir() if path.suffix) == ["mine.md"]


def test_standard_input_has_no_name_for_a_file(run: Runner) -> None:
    """What is read from a pipe needs -o; with it, all is well."""
    assert run("export", "-", stdin=GOOD.encode()).code == 2
    ran = run("export", "-", "-o", "x.wav", "--voice", "silent", stdin=GOOD.encode())
    assert (ran.code, ran.out) == (0, "x.wav\n")


def test_an_old_file_stays_where_the_new_one_fails(run: Runner) -> None:
    """A routine with errors exports nothing and replaces nothing."""
    run.write(TOO_LONG_A_CUE)
    old = run.folder / "mine.mp3"
    old.write_bytes(b"old")
    ran = run("export", "mine.md", "--voice", "silent")
    assert (ran.code, ran.out) == (1, "")
    assert old.read_bytes() == b"old"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_the_machines_fault(run: Runner) -> None:
    """Exit code 3, before any work."""
    run.write(GOOD)
    locked = run.folder / "locked"
    locked.mkdir(mode=0o500)
    ran = run("export", "mine.md", "-o", "locked/x.mp3", "--voice", "silent")
    assert (ran.code, ran.out) == (3, "")


def test_a_missing_folder_is_wrong_usage(run: Runner) -> None:
    """Exit code 2, with the command that makes it."""
    run.write(GOOD)
    ran = run("export", "mine.md", "-o", "nowhere/x.mp3", "--voice", "silent")
    assert (ran.code, ran.out) == (2, "")
    assert "mkdir" in ran.err


@pytest.mark.parametrize("option", ["--length", "--level", "--voice", "--bed", "--loudness"])
def test_an_empty_option_is_refused(run: Runner, option: str) -> None:
    """It is not as if it had not been given."""
    run.write("Go.\n")
    ran = run("plan", "mine.md", "--estimate", option, "")
    assert (ran.code, "has no value" in ran.err) == (2, True)


def test_a_problem_of_an_option_has_no_place(run: Runner) -> None:
    """It is shown without one, and in JSON with nulls."""
    run.write("Go. [10-40s]\n")
    options = ("--length", "40s", "--level", "gentle", "--estimate")
    assert run("plan", "mine.md", *options).err.startswith("warning: `level` means nothing beside")
    (problem,) = run("plan", "mine.md", *options, "--json").json["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == (None, None, None)
