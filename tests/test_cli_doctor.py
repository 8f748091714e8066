"""`doctor` tries things out, and `cache` shows and clears what is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile
from cli_running import Runner
from msgspec.structs import replace

from voiceguide import encode, engines
from voiceguide.cli import doctor
from voiceguide.cli.console import plain
from voiceguide.cli.export import NAMES
from voiceguide.engines import Utterance, Voice
from voiceguide.engines.choosing import Refused
from voiceguide.errors import MachineError, Problem
from voiceguide.installation import again
from voiceguide.store import Store


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in an empty folder."""
    return Runner(capfd, monkeypatch, tmp_path)


class Engine:
    """An engine that does what a test wants when it speaks."""

    name, version = "robot", "7"

    def __init__(self, speak: Callable[[], float], language: str = "en") -> None:
        self._speak, self._language = speak, language
        self.closed = False

    def voices(self) -> Sequence[Voice]:
        return [Voice("tin", self._language), Voice("tin", "fr"), Voice("brass", "de")]

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        assert (text, voice, words_a_minute) == ("Hello", "tin", 130)
        return Utterance(np.full(100, self._speak(), dtype=np.float32), 22_050)

    def close(self) -> None:
        self.closed = True


def install(patch: pytest.MonkeyPatch, engine: Engine) -> None:
    """Make the engine the only one there is."""
    patch.setattr(engines, "names", lambda: ("robot",))
    patch.setattr(engines, "make", lambda _name: engine)


# ── engines ──────────────────────────────────────────────────────────────────


def test_an_engine_that_speaks_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """One word is said with the best English voice, and the engine is closed again."""
    engine = Engine(lambda: 0.5)
    install(monkeypatch, engine)
    report = doctor.try_engine("robot")
    assert report.audible
    assert (report.fault, report.voice, report.version) == (None, "tin", "7")
    assert report.seconds is not None
    assert engine.closed


def test_an_engine_without_english_says_the_word_with_its_first_voice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An engine for another language works all the same."""
    install(monkeypatch, Engine(lambda: 0.5, language="fi"))
    assert doctor.try_engine("robot").audible


def test_recordings_are_tried_by_a_line_that_they_have(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody recorded the doctor's word, and no one pace is theirs: that is no fault."""
    folder = tmp_path / "recorded" / "anna"
    folder.mkdir(parents=True)
    (folder / "lines.tsv").write_text(
        "# paces: 150-160\ntext\tfile\tseconds\tdate\nLean.\tlean.wav\t1\t\n", encoding="utf-8"
    )
    soundfile.write(folder / "lean.wav", np.full(24_000, 0.1), 24_000)
    monkeypatch.setenv("VOICEGUIDE_VOICES", str(tmp_path))
    monkeypatch.setenv("VOICEGUIDE_NARRATION", "off")
    report = doctor.try_engine("recorded")
    assert report.fault is None
    assert (report.voice, report.audible) == ("anna", True)


def test_an_engine_that_makes_no_sound_works_but_is_not_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Silence is no fault, and no speech."""
    install(monkeypatch, Engine(lambda: 0.0))
    report = doctor.try_engine("robot")
    assert (report.fault, report.audible) == (None, False)


def test_an_engine_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time it has, it counts as not working, and the doctor goes on."""

    given_up = threading.Event()

    def hang() -> float:
        given_up.wait(300)
        return 0.5

    install(monkeypatch, Engine(hang))
    report = doctor.try_engine("robot", patience=0.1)
    assert not given_up.is_set()
    given_up.set()
    assert report.fault == Problem("no answer within 0.1 s")


def test_an_engine_that_fails_in_its_own_way_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's exception is a fault with its name, and ends nothing."""

    def fail() -> float:
        raise ZeroDivisionError("no tin left")

    engine = Engine(fail)
    install(monkeypatch, engine)
    fault = doctor.try_engine("robot").fault
    assert fault == Problem("ZeroDivisionError: no tin left")
    assert engine.closed


def test_an_engine_that_gives_no_utterance_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it gives is held against the protocol, here as in an export."""
    engine = Engine(lambda: 0.5)
    monkeypatch.setattr(engine, "speak", lambda *_: None)
    install(monkeypatch, engine)
    fault = doctor.try_engine("robot").fault
    assert fault == Problem("TypeError: it gave NoneType in place of an utterance")


def test_what_is_broken_in_a_package_is_brought_by_that_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An advice to run the doctor is of no use here: the package is named that has the engine."""

    def make(_name: str) -> Engine:
        raise MachineError("it cannot be used", "run `voiceguide doctor`")

    monkeypatch.setattr(engines, "make", make)
    fault = doctor.try_engine("espeak").fault
    assert fault == Problem("it cannot be used", again("voiceguide"))


# ── the whole report ─────────────────────────────────────────────────────────


GOOD = doctor.EngineReport("robot", "7", (Voice("tin", "en"),), "tin", 0.1, audible=True)
BAD = doctor.EngineReport("robot", fault=Problem("it is broken", "mend it"))


def report(*tried: doctor.EngineReport) -> doctor.Examination:
    """A report in which all but the engines is well."""
    return doctor.Examination(
        "1.0",
        "3.11.7",
        "Linux x86_64",
        tried,
        doctor.ChoiceReport("robot:tin", "no better one is installed"),
        doctor.Finding("settings", "/own.toml: 2 settings of your own"),
        (doctor.Finding("mp3"), doctor.Finding("wav", fault=Problem("no"))),
        doctor.Finding("cache", "/kept: 2 entries, 1.5 kB"),
        doctor.Finding("library", "3 routines, 16 chimes, 4 beds"),
        doctor.Finding("sound", facts={"speakers": []}),
    )


def test_what_an_export_lacks() -> None:
    """One engine that is heard, one format and the library are what it takes."""
    assert report(GOOD, BAD).lacks is None
    assert report(BAD, replace(GOOD, audible=False)).lacks == "no speech engine works"
    no_format = replace(report(GOOD), formats=(doctor.Finding("mp3", fault=BAD.fault),))
    assert no_format.lacks == "no format can be written"
    broken = replace(report(GOOD), library=doctor.Finding("library", fault=BAD.fault))
    assert broken.lacks == "this installation is not whole"


def test_the_report_for_people() -> None:
    """Whether it is ready and who speaks, what does not work and the way out, then the rest."""
    lines = list(map(plain, doctor.report_lines(report(GOOD, BAD), 80)))
    assert lines[:4] == [
        "voiceguide 1.0, Python 3.11.7, Linux x86_64",
        "",
        "Ready to export.",
        "Where no voice is named, `robot:tin` speaks: no better one is installed.",
    ]
    at = lines.index("what does not work")
    assert at < lines.index("speech")
    assert lines[at + 1 : at + 4] == [
        "  no  wav  no",
        "  no  robot  it is broken",
        "      help: mend it",
    ]
    assert "  ok  robot  `tin` said a word; 1 voice, 1 language" in lines
    assert "  ok  cache     /kept: 2 entries, 1.5 kB" in lines
    assert lines[lines.index("formats") + 1] == "  ok  mp3"


def test_why_a_voice_is_taken() -> None:
    """The voice and the reason, and each better one that does not speak."""
    refused = (Refused("piper:kim", "its model is broken"),)
    choice = doctor.ChoiceReport("espeak:en-us", "no better one works here", refused)
    lines = list(map(plain, doctor.report_lines(replace(report(GOOD), choice=choice), 80)))
    assert lines[3:5] == [
        "Where no voice is named, `espeak:en-us` speaks: no better one works here.",
        "Better, but it does not speak: piper:kim: its model is broken.",
    ]


def test_what_was_never_brought_is_no_fault() -> None:
    """An engine of an extra that nobody asked for is told last, in passing."""
    lines = list(map(plain, doctor.report_lines(report(GOOD, replace(BAD, absent=True)), 80)))
    assert lines[-2:] == ["not installed", "  --  robot  it is broken; mend it"]


def test_the_choice_follows_the_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A voice that it names, the language that it names, and a mistake in it."""
    own = tmp_path / "own.toml"
    monkeypatch.setenv("VOICEGUIDE_CONFIG", str(own))
    store = Store(tmp_path / "store")
    own.write_text('language = "de"', encoding="utf-8")
    found = doctor.try_choice(store)
    assert (found.voice, found.fault) == ("espeak:de", None)
    assert found.reason == "it is built in, and no better one is installed"
    own.write_text('voice = "silent"', encoding="utf-8")
    found = doctor.try_choice(store)
    assert (found.voice, found.reason) == ("silent:silent", "your configuration names it")
    own.write_text('voice = "silent:loud"', encoding="utf-8")
    fault = doctor.try_choice(store).fault
    assert fault
    assert fault.message == "the speech engine `silent` has no voice `loud`"
    own.write_text("voice = silent", encoding="utf-8")
    fault = doctor.try_choice(store).fault
    assert fault
    assert "own.toml:1:9: this is not TOML" in fault.message


def test_many_voices_are_a_count() -> None:
    """A hundred voices take no more room than one, and are listed elsewhere."""
    many = replace(GOOD, voices=tuple(Voice(f"voice-{n}", "en") for n in range(100)))
    lines = list(map(plain, doctor.report_lines(report(many), 100)))
    shown = "\n".join(lines)
    assert "100 voices, 1 language (`voiceguide voices --engine robot`)" in shown
    assert "voice-7" not in shown
    assert max(map(len, lines)) <= 100
    assert len(lines) < 25


@pytest.mark.parametrize("arguments", [("doctor",), ("doctor", "--json")])
def test_the_doctor_here(run: Runner, arguments: tuple[str, ...]) -> None:
    """A whole installation is ready, and exit code 0 says so; an extra may be missing."""
    lacking = [] if find_spec("av") else ["m4b", "m4a"]
    ran = run(*arguments)
    assert (ran.code, ran.err) == (0, "")
    if "--json" in arguments:
        assert ran.json["ready"] is True
        formats = {one["name"]: one["works"] for one in ran.json["formats"]}
        assert tuple(formats) == NAMES
        assert {name for name, works in formats.items() if not works} <= set(lacking)
    else:
        refused = [row.split()[1] for row in ran.out.splitlines() if row.startswith("  no  ")]
        assert [name for name in refused if name in NAMES] == lacking
        assert "Ready to export." in ran.out


@pytest.mark.parametrize("arguments", [("doctor",), ("doctor", "--json")])
def test_a_machine_that_cannot_export(
    run: Runner, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Exit code 3, with the reason; the report is printed all the same."""
    monkeypatch.setattr(doctor, "examine", lambda: report(BAD))
    ran = run(*arguments)
    assert ran.code == 3
    assert ran.err.splitlines()[0] == (
        "error: nothing can be exported here: no speech engine works"
    )
    assert "it is broken" in ran.out


def test_a_format_that_cannot_be_written_is_told(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing encoder is a fault of its format alone."""

    def write(_blocks: object, path: Path) -> None:
        if path.suffix == ".mp3":
            raise ModuleNotFoundError("No module named 'lameenc'")

    monkeypatch.setattr(encode, "write", write)
    formats = {one["name"]: one for one in run("doctor", "--json").json["formats"]}
    assert formats["mp3"]["problem"] == "ModuleNotFoundError: No module named 'lameenc'"
    assert formats["wav"]["works"] is True


# ── the cache ────────────────────────────────────────────────────────────────


def test_the_cache_is_shown_and_cleared(run: Runner) -> None:
    """What is kept is counted, cleared on request, and only then."""
    store = Store(run.folder / ".cache")
    store.put("a", b"x" * 2000)
    store.put("b", b"y")
    size = store.size().size
    assert run("cache", "--json").json == {
        "folder": str(run.folder / ".cache"),
        "entries": 2,
        "bytes": size,
    }
    assert run("cache").out == f"{run.folder / '.cache'}: 2 entries, 2.1 kB\n"
    assert run("cache", "clear").out == "Removed 2 entries, 2.1 kB.\n"
    assert run("cache", "clear").out == "Removed 0 entries, 0 B.\n"
    assert store.get("a") is None


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file where the folder should be: exports go on without it, but slower."""
    place = tmp_path / "file"
    place.touch()
    found = doctor.try_cache(Store(place))
    assert found.fault
    assert found.fault.help == "set VOICEGUIDE_CACHE to a folder you can write to"


def test_an_extra_that_is_missing(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyAV the doctor says how to bring it, and an export says so before any work."""
    monkeypatch.setattr("voiceguide.encode.formats.find_spec", lambda name: None)
    formats = {one["name"]: one for one in run("doctor", "--json").json["formats"]}
    assert not formats["m4b"]["works"]
    assert 'pip install "voiceguide[m4b]"' in formats["m4b"]["help"]
    assert formats["opus"]["works"]
    run.write("- hold 2s\n")
    ran = run("export", "mine.md", "-o", "x.m4b", "--voice", "silent")
    assert ran.code == 3
    assert 'pip install "voiceguide[m4b]"' in ran.err
    assert not (run.folder / "x.m4b").exists()


def test_a_narrow_terminal_is_not_overrun() -> None:
    """Forty columns hold every line, the first among them, and nothing is left out."""
    whole = replace(report(GOOD, BAD), version="10.20.30", system="Windows AMD64")
    lines = list(map(plain, doctor.report_lines(whole, 40)))
    assert max(map(len, lines)) <= 40
    assert " ".join(lines[:2]) == f"voiceguide 10.20.30, Python {whole.python}, Windows AMD64"
