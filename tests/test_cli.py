"""The command line itself: help, errors and exit codes, and the routines that come with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cli_running import Runner, run_process

import voiceguide
from voiceguide import library
from voiceguide.cli import app

COMMANDS = (
    *("export", "play", "remote", "verify", "check", "plan", "programme"),
    "catalogue",
    *("studio", "serve", "publish"),
    *("list", "show", "handout", "copy", "new", "import", "fmt"),
    *("voices", "record", "say"),
    *("doctor", "config", "cache", "completion", "lsp"),
)


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in an empty folder."""
    return Runner(capfd, monkeypatch, tmp_path)


# ── help ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_alone_it_shows_its_help(run: Runner, arguments: tuple[str, ...]) -> None:
    """Without a command, and with --help, all commands are listed; that is no error."""
    ran = run(*arguments)
    assert ran.code == 0
    assert ran.err == ""
    listed = ran.out.partition("Commands:")[2].split("\n")
    assert tuple(row.split()[0] for row in listed if row.strip()) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(run: Runner, command: str) -> None:
    """A command's help has a sentence and an example that begins with its own name."""
    ran = run(command, "--help")
    assert ran.code == 0
    first = ran.out.split("\n\n")[1].strip()
    assert first.endswith((".", ":"))
    assert f"voiceguide {command}" in ran.out.partition("\n\n")[2]


def test_a_commands_short_help_is_not_cut() -> None:
    """Every line of the list of commands is a whole sentence."""
    helped = {name: help_line for name, (_, help_line) in app.COMMANDS.items()}
    assert all(text.endswith(".") and "..." not in text for text in helped.values())
    assert max(map(len, helped.values())) <= 64  # in 80 columns


def test_the_version_is_the_packages(run: Runner) -> None:
    """--version prints the version of the package."""
    assert run("--version").out == f"voiceguide, version {voiceguide.__version__}\n"


# ── wrong usage ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "message", "way_out"),
    [
        (("exprot", "x"), "there is no command `exprot`", "did you mean `export`?"),
        (
            ("constructive-rest",),
            "there is no command `constructive-rest`",
            "`voiceguide export constructive-rest`",
        ),
        (("export",), "Missing argument 'ROUTINE'.", "`voiceguide export --help` shows"),
        (("plan", "--lenght", "5m", "x"), "--lenght", "`voiceguide plan --help`"),
        (("export", "x", "--bitrate", "high"), "'high' is not a valid integer", "export --help"),
        (
            ("show", "constructive-rets"),
            "there is no routine `constructive-rets` in the library",
            "did you mean `constructive-rest`?",
        ),
        (
            ("copy", "constructive-rest", "nowhere"),
            "there is no folder `nowhere`",
            "make it first",
        ),
        (("completion", "tcsh"), "'tcsh' is not one of 'bash', 'zsh', 'fish'", "completion --help"),
    ],
)
def test_wrong_usage_is_told_with_a_way_out(
    run: Runner, arguments: tuple[str, ...], message: str, way_out: str
) -> None:
    """Wrong usage: exit code 2, the sentence and the way out on standard error, nothing else."""
    ran = run(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    error, help_ = ran.err.splitlines()
    assert error.startswith("error: ")
    assert message in error
    assert help_.startswith("help: ")
    assert way_out in help_


# ── copy ─────────────────────────────────────────────────────────────────────


def test_copy_prints_the_path_and_never_overwrites(run: Runner) -> None:
    """The copy is the original's bytes; a second one is refused and changes nothing."""
    ran = run("copy", "constructive-rest")
    copy = Path(ran.out.strip())
    assert copy.read_bytes() == library.find_routine("constructive-rest").read_bytes()
    copy.write_text("mine", encoding="utf-8")
    again = run("copy", "constructive-rest", ".")
    assert (again.code, copy.read_text(encoding="utf-8")) == (2, "mine")
    assert "already" in again.err


# ── quick to start ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["copy", "constructive-rest"]])
def test_little_is_imported_for_small_commands(tmp_path: Path, arguments: list[str]) -> None:
    """Help and the library need neither numpy nor YAML, nor anything that speaks or encodes."""
    heavy = {"numpy", "yaml", "soundfile", "lameenc", "PIL", "espeakng_loader", "rich.console"}
    code = (
        "import sys; from voiceguide.cli import main; main(sys.argv[1:]); "
        f"sys.stderr.write(' '.join({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


# ── completion ───────────────────────────────────────────────────────────────


def completions(folder: Path, typed: str) -> list[str]:
    """What the shell is told when the tab key is pressed after `typed`."""
    ran = run_process(
        [],
        folder,
        _VOICEGUIDE_COMPLETE="bash_complete",
        COMP_WORDS=typed,
        COMP_CWORD=str(len(typed.split(" ")) - 1),
    )
    assert ran.err == ""
    return ran.out.split("\n")[:-1] if ran.out.strip() else []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("voiceguide ex", ["plain,export"]),
        ("voiceguide show kneel", ["plain,kneeling-hip-flexor-stretch"]),
        ("voiceguide copy constr", ["plain,constructive-rest"]),
        ("voiceguide plan --lev", ["plain,--level"]),
        ("voiceguide plan --level s", ["plain,standard", "plain,strong"]),
        ("voiceguide plan --guidance b", ["plain,brief"]),
        ("voiceguide export ten", ["plain,ten-minute-psoas-relief"]),
        ("voiceguide export my", ["plain,my-other.md"]),
        ("voiceguide export old", ["file,old"]),
        ("voiceguide check other/", ["file,other/"]),
        ("voiceguide copy my", []),
    ],
)
def test_commands_options_and_routines_are_completed(
    tmp_path: Path, typed: str, told: list[str]
) -> None:
    """Commands, options and their values, names of the library, and files of one's own.

    Names with spaces are left to the shell, which knows how to quote them.
    """
    for name in ("my routine.md", "my-other.md", "old one.md", "notes.txt"):
        (tmp_path / name).touch()
    assert completions(tmp_path, typed) == told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_each_shell(run: Runner, shell: str) -> None:
    """The script calls voiceguide back with the variable that it listens to."""
    ran = run("completion", shell)
    assert ran.code == 0
    assert f"_VOICEGUIDE_COMPLETE={shell}_complete" in ran.out


def test_bash_takes_the_script(run: Runner, tmp_path: Path) -> None:
    """A real bash reads the script, and completes `voiceguide` from then on."""
    bash = _bash()
    script = run("completion", "bash").out
    done = subprocess.run(
        [bash, "--norc", "-c", f"{script}\ncomplete -p voiceguide"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert "voiceguide" in done.stdout
    assert done.stderr == ""


def _bash() -> str:
    import shutil

    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash here")
    return bash
