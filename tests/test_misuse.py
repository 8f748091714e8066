"""What people ask for in vain: a sentence with a way out, and nothing is ignored in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_running import Runner

ROUTINE = """\
# Hips

Stop if it hurts.

- hold 5s
  Up.
  - end: And down.
"""

WITH_A_WORD = """\
---
words:
  name: ""
---

Hello, {name}. Stop if it hurts.

- hold 5s
  Up.
  - end: And down.
"""


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Runner:
    """The command line, in a folder with a routine, a folder, a text and a programme's name."""
    runner = Runner(capfd, monkeypatch, tmp_path)
    monkeypatch.setenv("VOICEGUIDE_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("VOICEGUIDE_STATE", str(tmp_path / ".state"))
    runner.write(ROUTINE, "hips.md")
    runner.write("", "empty.txt")
    (tmp_path / "folder").mkdir()
    return runner


IN_VAIN = [
    # a file or a folder that is not there, or is something else
    ("export hisp.md", "there is no routine `hisp.md`", "did you mean `hips.md`?"),
    ("show folder/hips.md", "there is no routine `folder/hips.md`", "`voiceguide list`"),
    ("export folder", "cannot read `folder`: is a directory", "name a routine's file"),
    ("fmt folder", "`folder` is a folder", "name routines by their paths"),
    ("export hips.md -o nowhere/", "there is no folder `nowhere/`", "make it first"),
    ("import hips.md", "it is a routine already", "`voiceguide check` reads it"),
    ("import empty.txt", "there is nothing in it", "name a file with a text"),
    ("import README.txt -o nowhere/x.md", "there is no folder `nowhere`", "make it first"),
    ("record hips.md --from nowhere", "there is no `nowhere`", "name a folder of recordings"),
    ("record hips.md --sheet lines.pdf", "`lines.pdf` is not a name for a page", "ends in .html"),
    # options without a value, or with another one
    ("catalogue", "Missing argument 'PLAN'", "`voiceguide catalogue make --help`"),
    ("export hips.md --for", "Option '--for' requires an argument", "`voiceguide export --help`"),
    ("export hips.md --bundle=", "`--bundle` needs the name of a folder", "write one"),
    ("record hips.md --person=", "`--person` is empty", "write who speaks"),
    ("export hips.md --bed=rain,-34", "unknown bed `rain,-34`", "write `bed: rain, -34 dB`"),
    # a length of a session has neither of the forms that only steps have
    ("export hips.md --length ten", "`ten` is not a length", "write `30s`, `2 min`, `1:30`"),
    ("export hips.md --length 5x", "`x` is not a unit of time", "write `30s`, `2 min`, `1:30`"),
    ("export hips.md --length 0", "`0` is zero", "write a length above zero"),
    ("export hips.md --length=", "`length` has no value", "write one, or leave it out"),
    ("play hips.md --at soon", "`soon` is not a length", "write `30s`, `2 min`, `1:30`"),
    (
        "export hips.md --voice silent:zz",
        "has no voice `zz`",
        "`voiceguide voices --engine silent`",
    ),
    # options that would change nothing, or contradict each other
    ("export hips.md --stream -o x.wav", "changes nothing in a WAV file", "leave it out"),
    ("play --resume --at 5s", "`--at` changes nothing", "name the routine"),
    ("play --resume --length 9m", "`--length` changes nothing", "name the routine"),
    ("record hips.md --yes", "`--yes` only works with `--from`", "leave it out"),
    (
        "record hips.md --sheet x.html --from folder",
        "`--sheet` and `--from` contradict each other",
        "write the page first",
    ),
]


@pytest.mark.parametrize(("asked", "said", "way_out"), IN_VAIN)
def test_what_is_asked_for_in_vain_is_told(
    run: Runner, asked: str, said: str, way_out: str
) -> None:
    """Exit code 2, what is wrong, and what to do instead; nothing is written."""
    run.write("Breathe in. (pause 3s)\n", "README.txt")
    before = sorted(path.name for path in run.folder.rglob("*"))
    ran = run(*asked.split(" "))
    assert ran.code == 2
    assert said in ran.err.splitlines()[0]
    assert way_out in ran.err.splitlines()[1]
    assert "`30-60s`" not in ran.err
    assert "breaths" not in ran.err
    assert sorted(path.name for path in run.folder.rglob("*") if ".cache" not in str(path)) == [
        name for name in before if name != ".cache"
    ]


INTO_NOWHERE = (
    "export hips.md -o nowhere/x.mp3",
    "plan hips.md --estimate -o nowhere/x.svg",
    "handout hips.md -o nowhere/x.html",
    "verify hips.wav --html nowhere/x.html",
    "record hips.md --sheet nowhere/x.html",
    "copy constructive-rest nowhere",
    "new nowhere/x.md",
    "import README.txt -o nowhere/x.md",
)


@pytest.mark.parametrize("asked", INTO_NOWHERE, ids=lambda asked: asked.partition(" ")[0])
def test_a_missing_folder_is_told_alike_everywhere(run: Runner, asked: str) -> None:
    """Wrong usage, in the same words, and no advice to look at the machine."""
    run.write("Breathe in. (pause 3s)\n", "README.txt")
    assert run("export", "hips.md", "--voice", "silent", "-o", "hips.wav").code == 0
    ran = run(*asked.split(" "))
    assert (ran.code, ran.err.splitlines()[-2:]) == (
        2,
        ["error: there is no folder `nowhere`", "help: make it first: `mkdir -p nowhere`"],
    )
    assert not (run.folder / "nowhere").exists()


@pytest.mark.parametrize("command", ["check", "handout", "export"])
def test_a_word_that_no_routine_has_is_warned_of(run: Runner, command: str) -> None:
    """`--set nam=Anna` would otherwise leave a patient's sheet without their name."""
    run.write(WITH_A_WORD, "anna.md")
    how = ("--estimate",) if command == "check" else ()
    ran = run(command, "anna.md", "--set", "nam=Anna", *how)
    assert ran.code == 0
    told = ran.out + ran.err  # `check` prints what it finds
    assert "warning: this routine has no word `nam`" in told
    assert "did you mean `name`?" in told
    fine = run(command, "anna.md", "--set", "name=Anna", *how)
    assert "warning" not in fine.out + fine.err
    none = run(command, "hips.md", "--set", "name=Anna", *how)
    assert "it has no `words:`" in none.out + none.err


def test_a_folder_of_a_routines_name_hides_none_of_the_library(run: Runner) -> None:
    """As `export NAME --for phone` leaves one."""
    (run.folder / "constructive-rest").mkdir()
    assert run("show", "constructive-rest").code == 0


def test_a_length_in_the_configuration_is_named_as_the_cause(run: Runner) -> None:
    """Nobody asked for it on this command line."""
    run("config", "set", "length", "10m")
    ran = run("plan", "hips.md", "--estimate")
    assert ran.code == 2
    assert "`voiceguide config unset length`" in ran.err


def test_a_lexicon_that_is_not_there_is_refused_where_it_is_named(run: Runner) -> None:
    """By `config set`, and by every command with the line of the file that names it."""
    assert "there is no lexicon" in run("config", "set", "lexicon", "gone.pls").err
    assert not (run.folder / "config.toml").exists()
    run.write('pace = "calm"\nlexicon = "gone.pls"\n', "config.toml")
    ran = run("export", "hips.md")
    assert ran.code == 2
    assert "config.toml:2:11: there is no lexicon" in ran.err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--format", "wav", "--bitrate", "64"), "WAV has no bit rate"),
        (("-o", "hips.md"), "is a file, not a folder"),
    ],
)
def test_a_programmes_dry_run_finds_what_would_keep_it_from_being_written(
    run: Runner, more: tuple[str, ...], said: str
) -> None:
    """Before it speaks a word."""
    ran = run("programme", "four-week-psoas", "--start", "2026-12-01", "--dry-run", *more)
    assert ran.code != 0
    assert said in ran.err


def test_an_import_that_is_too_large_is_not_cut(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is beyond the limit would be lost without a word."""
    monkeypatch.setattr("voiceguide.cli.formatting._MOST_BYTES", 20)
    run.write("Breathe in, and breathe out. (pause 3s)\n", "long.txt")
    ran = run("import", "long.txt")
    assert (ran.code, ran.out) == (2, "")
    assert "is larger than" in ran.err


PLAN = "id,routine\na,hips.md\n"


def test_an_empty_plan_prunes_nothing(run: Runner) -> None:
    """A table that lost its rows on the way must not cost all sessions."""
    run.write(PLAN, "plan.csv")
    assert run("catalogue", "plan.csv", "-o", "out", "--jobs", "1").code == 0
    run.write(PLAN.splitlines()[0], "plan.csv")
    ran = run("catalogue", "plan.csv", "-o", "out", "--prune")
    assert ran.code == 2
    assert "the plan has no rows" in ran.err
    assert (run.folder / "out" / "a.mp3").exists()


@pytest.mark.parametrize("address", ["ftp://example.org", "example.org", "https://", "foo"])
def test_a_feed_needs_the_address_of_a_site(run: Runner, address: str) -> None:
    """Links of any other lead nowhere; it is told before a row is read."""
    ran = run("catalogue", "none.csv", "-o", "out", "--feed", address)
    assert ran.code == 2
    assert f"`{address}` is not the address of a web site" in ran.err


def test_recordings_are_no_voices_to_try(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """They say their own lines alone, so that `--all` would never succeed where there are any."""
    monkeypatch.setattr("voiceguide.engines.names", lambda: ["recorded", "silent", "espeak"])
    ran = run("voices", "try", "Kneel.", "--all", "-o", "samples")
    assert ran.code == 0
    assert [Path(line).name for line in ran.out.splitlines()] == ["01-espeak-en-us.wav"]
