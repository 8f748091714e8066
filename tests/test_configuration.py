"""The user's own settings: read, refused with a place, changed with comments kept, and obeyed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from cli_running import Runner
from hypothesis import given
from hypothesis import strategies as st
from tables import Case, read_table

from voiceguide import studio
from voiceguide.errors import ConfigurationError, MachineError, RoutineError, UsageError
from voiceguide.settings.configuration import (
    ABOUT_ONE_ROUTINE,
    CONFIGURABLE,
    Configuration,
    configuration_path,
    parse_configuration,
    positions_of,
    read_configuration,
)
from voiceguide.settings.editing import key_path, set_value, unset_value, value_of
from voiceguide.settings.table import SETTINGS
from voiceguide.studio.opening import known_names

KNOWN = known_names()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's file would be."""
    path = tmp_path / "not yet" / "own.toml"
    monkeypatch.setenv("VOICEGUIDE_CONFIG", str(path))
    return path


@pytest.fixture
def run(
    own: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in an empty folder, with a configuration of the test's own."""
    assert own
    return Runner(capfd, monkeypatch, tmp_path)


def parsed(text: str) -> Configuration:
    return parse_configuration(text.encode(), Path("own.toml"), KNOWN)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


# ── reading ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "case", read_table("configuration_problems.txt"), ids=lambda case: case.name
)
def test_a_mistake_reads(case: Case) -> None:
    """The exact words, the place and the way out for everything that can be wrong in the file."""
    assert "\n\n".join(map(str, parsed(case.script).problems)) == case.outcome


def test_settings_go_by_their_names_with_a_hyphen_or_without() -> None:
    """As options write them, or quoted as front matter does; values are what TOML has."""
    found = parsed('lead-in = "2s"\nfirst_side = "right"\n"lead out" = "6s"\npace = 120\n')
    assert found.problems == ()
    assert found.settings == {
        "lead in": "2s",
        "first side": "right",
        "lead out": "6s",
        "pace": 120,
    }


def test_programs_are_read() -> None:
    """With defaults for what a table does not say."""
    found = parsed(
        '[command.a]\nrun = ["x", "{text}"]\n[command.b]\nrun = ["y"]\nlanguage = "de"\n'
    )
    assert found.problems == ()
    assert found.programs["a"].voices == (("", "en"),)
    assert found.programs["b"].voices == (("", "de"),)
    assert found.programs["a"].timeout == 60
    assert found.programs["a"].takes("text")
    assert not found.programs["b"].takes("text")


def test_every_setting_has_a_home() -> None:
    """What is not about one routine can stand in the file."""
    assert set(CONFIGURABLE) | ABOUT_ONE_ROUTINE == set(SETTINGS)
    assert not set(CONFIGURABLE) & ABOUT_ONE_ROUTINE


def test_no_file_is_no_setting(own: Path) -> None:
    """And makes none."""
    assert read_configuration(KNOWN) == Configuration(own)
    assert not own.parent.exists()


def test_the_file_has_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the system keeps such files, or where the variable says."""
    monkeypatch.setenv("VOICEGUIDE_CONFIG", "~/mine.toml")
    assert configuration_path() == Path.home() / "mine.toml"
    monkeypatch.setenv("VOICEGUIDE_CONFIG", "")
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        assert configuration_path() == tmp_path / "voiceguide" / "config.toml"
    assert configuration_path().name == "config.toml"


def test_a_file_that_cannot_be_read_is_the_machines_fault(own: Path) -> None:
    """A folder stands in its place."""
    own.mkdir(parents=True)
    with pytest.raises(MachineError, match="cannot be read"):
        read_configuration(KNOWN)


def test_a_mark_and_line_ends_of_windows_are_read() -> None:
    """As editors there write them; the places stay the same."""
    found = parse_configuration(
        b'\xef\xbb\xbfpace = "steady"\r\npcae = 1\r\n', Path("own.toml"), KNOWN
    )
    (problem,) = found.problems
    assert (problem.line, problem.line_text) == (2, "pcae = 1")
    assert found.settings == {"pace": "steady"}


@given(st.text(max_size=80) | st.binary(max_size=80).map(lambda b: b.decode("latin-1")))
def test_any_file_is_right_or_told(text: str) -> None:
    """Nothing brings it down, and every problem has a line of the file."""
    found = parsed(text.encode("utf-8", "replace").decode())
    lines = text.count("\n") + 1
    assert all(1 <= problem.line <= lines for problem in found.problems)


KEYS = st.sampled_from(
    ["pace", "say", "lead-in", '"lead out"', "voice", "chimes", "command", "'x'"]
)
VALUES = st.sampled_from(
    ['"a"', "3", "true", "{ a = 'b', c = { d = [1] } }", "[1, [2], {x = 1}]", "07:00:00", "1e9"]
)


@given(st.lists(st.tuples(KEYS, VALUES, st.booleans()), max_size=5))
def test_any_toml_has_places(lines: list[tuple[str, str, bool]]) -> None:
    """Whatever stands in it, as keys, tables and nested ones."""
    text = "".join(
        f"[{key}.{key}]\nx = {value}\n" if table else f"{key} = {value}  # note\n"
        for key, value, table in lines
    )
    for problem in parsed(text).problems:
        assert str(problem).startswith("own.toml:")


def test_keys_and_values_are_placed() -> None:
    """Through tables, quotes, dots, comments, and values of several lines."""
    text = (
        '# a = 1\n"a b" = """\nc = 1\n"""  # note\n[d."e.f"]\n'
        "g.h = [ # no\n  1, { i = 2 },\n]\n  j = 'x'"
    )
    places = positions_of(text, "t")
    keys = {".".join(path): (place.line, place.column) for path, place in places.keys.items()}
    assert keys == {
        "a b": (2, 1),
        "d": (5, 2),
        "d.e.f": (5, 4),
        "d.e.f.g": (6, 1),
        "d.e.f.g.h": (6, 3),
        "d.e.f.j": (9, 3),
    }
    assert places.of(("d", "e.f", "j"), value=True).column == 7
    assert places.of(("d", "e.f", "nowhere")).line == 5


# ── it counts ────────────────────────────────────────────────────────────────


def test_it_holds_in_every_session(own: Path) -> None:
    """Below the front matter, which is below what is asked for."""
    write(own, 'pace = 100\nlevel = "gentle"\nguidance = "brief"\n[say]\npsoas = "sow"\n')
    text = studio.SourceText(b"---\nlevel: strong\n---\nGo.\n", "r.md", own.parent)
    settings = studio.load_text(text, guidance="quiet").settings
    assert (settings.words_a_minute, settings.point) == (100, 1.0)
    assert settings.guidance.value == "quiet"
    assert settings.say == {"psoas": "sow"}


def test_a_mistake_stops_the_session_with_its_place(own: Path, run: Runner) -> None:
    """Exit code 2: it is not the routine's fault."""
    write(own, '\npace = "fast"\n')
    run.write("Go.\n")
    ran = run("plan", "mine.md", "--estimate")
    assert ran.code == 2
    assert ran.err.splitlines()[0] == f"{own}:2:8: `fast` is not a pace"
    text = studio.SourceText(b"Go.\n", "r.md", own.parent)
    with pytest.raises(ConfigurationError) as raised:
        studio.load_text(text)
    assert not isinstance(raised.value, RoutineError)


def test_commands_that_make_no_session_do_without_it(own: Path, run: Runner) -> None:
    """Lists are shown, and the doctor tells what is wrong."""
    write(own, "pace = fast\n")
    assert run("list").code == 0
    found = run("doctor", "--json").json
    assert found["configuration"]["works"] is False
    assert "own.toml:1:8" in found["configuration"]["problem"]


# ── changing it ──────────────────────────────────────────────────────────────


def change(name: str, value: str) -> None:
    set_value(key_path(name), value, KNOWN)


def test_set_makes_the_file_and_keeps_its_comments(own: Path) -> None:
    """Only what is changed changes; whole numbers and truth values stay bare."""
    change("pace", "steady")
    assert own.read_text(encoding="utf-8") == 'pace = "steady"\n'
    write(own, '# mine\npace = "brisk"   # quick\n\n[say]\n# words\npsoas = "so-as"\n')
    change("pace", "120")
    change("say.asana", "ah-sana")
    change("lead out", "6s")
    change("halfway", "no")
    assert own.read_text(encoding="utf-8") == (
        '# mine\npace = 120   # quick\nlead-out = "6s"\nhalfway = "no"\n\n'
        '[say]\n# words\npsoas = "so-as"\nasana = "ah-sana"\n'
    )
    assert read_configuration(KNOWN).problems == ()


def test_a_setting_is_changed_as_it_is_written(own: Path) -> None:
    """However its name is put, it is not there twice."""
    write(own, '"lead in" = "1s"\n')
    change("lead_in", "2s")
    assert own.read_text(encoding="utf-8") == '"lead in" = "2s"\n'


def test_a_program_is_set_as_toml(own: Path) -> None:
    """A list is a list; what is wrong with it is told."""
    change("command.flite.run", '["flite", "-t", "{text}"]')
    change("command.flite.voices.slt", "en-us")
    program = read_configuration(KNOWN).programs["flite"]
    assert (program.run, program.voices) == (("flite", "-t", "{text}"), (("slt", "en-us"),))
    before = own.read_bytes()
    with pytest.raises(UsageError, match="`run` is a list"):
        change("command.flite.run", "flite -t")
    assert own.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("pace", "fast", "`fast` is not a pace"),
        ("pcae", "120", "there is no setting `pcae`"),
        ("title", "Mine", "`title` is about one routine, not about all of them"),
        ("say", "x", "`say` is a list of names and their words"),
        ("pace.x", "1", "`pace` is one value"),
    ],
)
def test_set_refuses_what_is_wrong(own: Path, name: str, value: str, said: str) -> None:
    """The file stays as it was."""
    write(own, 'pace = "steady"\n')
    with pytest.raises(UsageError) as raised:
        change(name, value)
    assert said in raised.value.message
    assert own.read_text(encoding="utf-8") == 'pace = "steady"\n'


def test_a_mistake_can_be_mended_by_set(own: Path) -> None:
    """What was wrong before is no reason to refuse; a file that is no TOML is."""
    write(own, 'pace = "fast"\nlevel = "hard"\n')
    change("pace", "brisk")
    assert len(read_configuration(KNOWN).problems) == 1
    write(own, "pace = \n")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        change("pace", "brisk")


@pytest.mark.parametrize(
    "data",
    ["# für mich\npace = 120\n".encode("latin-1"), "pace = 120\n".encode("utf-16")],
    ids=["latin-1", "utf-16"],
)
def test_a_file_in_another_encoding_is_not_replaced(own: Path, run: Runner, data: bytes) -> None:
    """`set`, `unset` and all that reads it refuse it alike, and say what to do."""
    own.parent.mkdir()
    own.write_bytes(data)
    for arguments in (["set", "lead-in", "2s"], ["unset", "pace"], ["get", "pace"], []):
        ran = run("config", *arguments)
        assert ran.code == 2
        assert "this is not UTF-8" in ran.err
        assert "help: save the file as UTF-8" in ran.err
        assert own.read_bytes() == data


def test_a_file_without_end_is_not_read_to_its_end(
    run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A device is refused after a mebibyte, and so is a file; an empty one is no mistake."""
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * ((1 << 20) + 1))
    for name in ("/dev/zero", str(large)) if os.name != "nt" else (str(large),):
        monkeypatch.setenv("VOICEGUIDE_CONFIG", name)
        ran = run("config")
        assert (ran.code, "the file is larger than 1 MiB" in ran.err) == (2, True)
    monkeypatch.setenv("VOICEGUIDE_CONFIG", os.devnull)
    assert run("config").code == 0


def test_ten_at_once_are_all_kept(own: Path) -> None:
    """Each reads what the one before it wrote."""
    write(own, "# mine\n")
    threads = [Thread(target=change, args=(f"say.word{n}", f"so {n}")) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_configuration(KNOWN).settings["say"] == {f"word{n}": f"so {n}" for n in range(10)}
    assert own.read_text(encoding="utf-8").startswith("# mine\n")


@pytest.mark.parametrize("written", ["2026-12-01", "07:30:00", "2026-12-01T07:30:00"])
def test_a_date_is_shown_as_it_is_written(own: Path, run: Runner, written: str) -> None:
    """It is a mistake, which the file can be asked for all the same."""
    write(own, f"pace = {written}\nauthor = [{written}]\n")
    assert run("config", "get", "pace").out.replace(" ", "T") == f"{written}\n"
    ran = run("config", "get", "author")
    assert (ran.code, ran.out.replace(" ", "T")) == (0, f'["{written}"]\n')


def test_unset_takes_one_away(own: Path) -> None:
    """What is not there is told."""
    write(own, '# mine\npace = 120\nvoice = "silent"\n')
    unset_value(key_path("pace"), KNOWN)
    assert own.read_text(encoding="utf-8") == '# mine\nvoice = "silent"\n'
    with pytest.raises(UsageError, match="`pace` is not set in") as raised:
        value_of(read_configuration(KNOWN), key_path("pace"))
    assert raised.value.help == "set it with `voiceguide config set pace …`"


@given(st.sampled_from([*CONFIGURABLE, "say.x", "command.a.run"]), st.text(max_size=12))
def test_any_value_is_kept_or_refused(name: str, value: str) -> None:
    """A value that was taken reads as it was written."""
    own = Path(os.environ["VOICEGUIDE_CONFIG"])
    own.unlink(missing_ok=True)
    with suppress(UsageError):
        set_value(key_path(name), value, KNOWN)
        found = parse_configuration(own.read_bytes(), own, KNOWN)
        assert found.problems == ()
        kept = str(value_of(found, key_path(name)))
        assert kept == value or kept.lower() == value.strip().lower()


@pytest.fixture(autouse=True, scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEGUIDE_CONFIG", str(tmp_path_factory.mktemp("own") / "own.toml"))
        yield


# ── the command ──────────────────────────────────────────────────────────────


def test_the_command_shows_what_is_set(own: Path, run: Runner) -> None:
    """The file, and each value by the name that `get` takes."""
    assert run("config").out == f"{own}  (no file yet)\n"
    assert run("config", "path").out == f"{own}\n"
    assert run("config", "set", "pace", "steady").code == 0
    assert run("config", "set", "say.psoas", "so-as").code == 0
    assert run("config").out == f"{own}\n  pace       steady\n  say.psoas  so-as\n"
    assert run("config", "get", "pace").out == "steady\n"
    assert run("config", "get", "say").out == '{"psoas": "so-as"}\n'
    assert run("config", "unset", "pace").code == 0
    ran = run("config", "get", "pace")
    assert (ran.code, ran.out) == (2, "")
    assert run("config", "set", "countdown", "-3").err.startswith("error: `-3` is not a countdown")


def test_the_command_tells_mistakes_beside_what_is_right(own: Path, run: Runner) -> None:
    """Both can be seen at once."""
    write(own, 'pace = "steady"\npcae = 3\n')
    ran = run("config")
    assert ran.code == 2
    assert "  pace  steady\n" in ran.out
    assert ran.err.startswith(f"{own}:2:1: unknown setting `pcae`")


@pytest.mark.skipif(not shutil.which("true"), reason="there is no program `true` here")
def test_the_editor_opens_the_file(own: Path, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new one has an example of everything, switched off; what was written is checked."""
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.delenv("VISUAL", raising=False)
    assert run("config", "edit").code == 0
    text = own.read_text(encoding="utf-8")
    assert all(line.startswith("#") or not line for line in text.splitlines())
    examples = "\n".join(line[2:] for line in text.splitlines() if " = " in line or "# [" in line)
    assert parsed(examples).problems == ()
    write(own, "pcae = 3\n")
    assert run("config", "edit").code == 2
    monkeypatch.setenv("EDITOR", "false")
    ran = run("config", "edit")
    assert (ran.code, ran.err.splitlines()[0]) == (
        3,
        "error: the editor failed: false: Editing failed",
    )


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, run: Runner) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "not yet").touch()
    ran = run("config", "set", "pace", "steady")
    assert ran.code == 2
    assert "is a file, not a folder" in ran.err


# ── the page ─────────────────────────────────────────────────────────────────

PAGE = Path(__file__).parent.parent / "docs" / "VOICES.md"


def shown(language: str) -> str:
    """The block of that kind in the page's section on the file."""
    section = PAGE.read_text(encoding="utf-8").split("\n## Settings of your own\n")[1]
    found = re.search(rf"^```{language}\n(.*?)^```$", section.split("\n## ")[0], re.M | re.S)
    assert found
    return found[1]


def test_the_file_of_the_page_is_right() -> None:
    """It can be copied as it stands."""
    assert parsed(shown("toml")).problems == ()


def test_the_commands_of_the_page_work(own: Path, run: Runner) -> None:
    """In their order; what they leave is what they say."""
    for line in shown("sh").splitlines():
        program, *arguments = shlex.split(line)
        assert (program, run(*arguments).code) == ("voiceguide", 0), line
    assert read_configuration(KNOWN).settings == {"say": {"psoas": "so-as"}}
    assert own.is_file()


def test_the_mistake_of_the_page_is_told_so(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Word for word."""
    command, _, told = shown("console").partition("\n")
    monkeypatch.setenv("VOICEGUIDE_CONFIG", "config.toml")
    write(run.folder / "config.toml", 'pace = "steady"\nlenght = "10 min"\n')
    assert run(*shlex.split(command)[2:]).err == told


# ── voices that are not there ────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("voice", "said", "way_out"),
    [
        ("alloy", "there is no speech engine `alloy`", "known are"),
        ("espeak:zz", "has no voice `zz`", "lists them"),
        ("command:flite", "no program that speaks is configured", "[command.flite]"),
        (":zz", "`:zz` ", "write `ENGINE`"),
    ],
)
def test_a_voice_that_is_not_there_is_not_set(
    run: Runner, own: Path, voice: str, said: str, way_out: str
) -> None:
    """What every export would fail on is refused where it is written."""
    ran = run("config", "set", "voice", voice)
    assert ran.code in (2, 3)
    assert said in ran.err
    assert way_out in ran.err
    assert not own.exists()
    assert run("config", "set", "voice", "espeak:en-gb").code == 0
    assert value_of(read_configuration(KNOWN), key_path("voice")) == "espeak:en-gb"


def test_a_voice_that_is_gone_is_the_configurations_fault(run: Runner, own: Path) -> None:
    """An export names the file and the line that ask for it, and an option still beats it."""
    own.parent.mkdir()
    own.write_text('pace = "calm"\nvoice = "espeak:zz"\n', encoding="utf-8")
    run.write("# One\n\n- hold 5s\n")
    ran = run("export", "mine.md")
    assert ran.code != 0
    assert f"{own}:2:1: the speech engine `espeak` has no voice `zz`" in ran.err
    assert run("export", "mine.md", "--voice", "silent").code == 0
