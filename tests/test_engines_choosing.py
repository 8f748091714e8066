"""The voice where nobody names one: the best that speaks here, and what is said of the others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_running import COMMAND

from voiceguide import engines
from voiceguide.engines import NEURAL, SYSTEM, Utterance, Voice, choosing
from voiceguide.engines.choosing import (
    Refused,
    best_voice,
    candidates,
    natural_is_better,
    self_test,
    told,
)
from voiceguide.engines.neural import kokoro
from voiceguide.errors import MachineError, UsageError
from voiceguide.speech.speaker import open_speaker
from voiceguide.store import Store


@dataclass
class Robot:
    """An engine as good as a test wants it."""

    name: str
    languages: tuple[str, ...] = ("en",)
    version: str = "1"
    kind: str = NEURAL
    closed: int = field(default=0, compare=False)

    def voices(self) -> list[Voice]:
        return [Voice(f"{tag}-voice", tag) for tag in self.languages]

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        return Utterance(np.full(9, 0.5, np.float32), 8_000)

    def close(self) -> None:
        self.closed += 1


@dataclass
class Here:
    """The engines that are installed, and which of their voices speak."""

    engines: dict[str, Any]
    faults: dict[str, str] = field(default_factory=dict)
    tested: list[str] = field(default_factory=list)

    def make(self, name: str) -> Any:
        made = self.engines[name]
        if isinstance(made, Exception):
            raise made
        return made

    def test(self, engine: str, voice: str) -> str:
        self.tested.append(f"{engine}:{voice}")
        return self.faults.get(engine, "")


Install = Callable[..., Here]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Lets these be the engines that are installed, beside espeak."""

    def installed(*robots: Robot, **broken: Exception) -> Here:
        espeak = Robot("espeak", ("en", "de", "fr"), kind="embedded")
        here = Here({robot.name: robot for robot in (espeak, *robots)} | broken)
        kinds = {name: getattr(robot, "kind", NEURAL) for name, robot in here.engines.items()}
        monkeypatch.setattr(choosing, "kinds", lambda: kinds)
        monkeypatch.setattr(choosing, "make", here.make)
        return here

    return installed


# ── the order ────────────────────────────────────────────────────────────────


def test_neural_comes_before_the_systems_and_these_before_the_embedded(install: Install) -> None:
    """By their names within a kind; the system's voices only where they are any good."""
    install(Robot("sys", kind=SYSTEM), Robot("b"), Robot("a"))
    assert candidates("linux") == ["a", "b"]
    assert candidates("darwin") == candidates("win32") == ["a", "b", "sys"]


def test_the_best_for_the_language_is_taken(install: Install) -> None:
    """One without the language is passed over without a word, and closed."""
    english, german = Robot("a"), Robot("b", ("de-at",))
    here = install(english, german)
    best = best_voice("de", test=here.test)
    assert (best.engine, best.voice) == (german, Voice("de-at-voice", "de-at"))
    assert best.refused == ()
    assert (english.closed, german.closed) == (1, 0)
    assert best_voice("fr", test=here.test).engine.name == "espeak"
    assert here.tested == ["b:de-at-voice"]


def test_a_language_that_nobody_speaks_is_an_error(install: Install) -> None:
    """And the embedded engine is closed."""
    here = install(Robot("a"))
    with pytest.raises(UsageError, match="no voice for the language `tlh`"):
        best_voice("tlh", test=here.test)
    assert here.engines["espeak"].closed == 1


# ── falling back ─────────────────────────────────────────────────────────────


def test_a_voice_that_does_not_speak_is_passed_over_and_told(install: Install) -> None:
    """With the reason, on one line, and nothing in it that commands a terminal."""
    here = install(Robot("a"), Robot("b"))
    here.faults = {"a": "no\nmodel \x1b[31m", "b": "it hangs"}
    best = best_voice("en", test=here.test)
    assert best.engine.name == "espeak"
    assert best.refused == (
        Refused("a:en-voice", "no model [31m"),
        Refused("b:en-voice", "it hangs"),
    )
    assert list(told(best))[1] == (
        "voiceguide: the voice b:en-voice cannot be used here (it hangs); espeak speaks instead"
    )


def test_what_was_never_brought_is_not_told(install: Install) -> None:
    """An engine of an extra that says what it lacks is no fall; one that breaks is."""
    broken = MachineError("the speech engine `b` cannot be used: KeyError: 7")
    broken.__cause__ = KeyError(7)
    here = install(a=MachineError("it is not installed"), b=broken)
    assert best_voice("en", test=here.test).refused == (Refused("b", broken.message),)


def test_an_engine_that_cannot_list_its_voices_is_told(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's engine may fail in any way."""
    here = install(Robot("a"))
    monkeypatch.setattr(here.engines["a"], "voices", lambda: 1 / 0)
    (refused,) = best_voice("en", test=here.test).refused
    assert refused.voice == "a"
    assert refused.reason.endswith("ZeroDivisionError: division by zero")


def test_the_fall_is_said_once_and_the_voice_still_speaks(
    install: Install, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However many sessions are made; a voice that is named is never exchanged."""
    install(Robot("a", version="said once"))
    monkeypatch.setattr(choosing, "self_test", lambda *_: "it is hoarse, said once")
    for _ in range(2):
        assert open_speaker().voice == "espeak:en-voice"
    assert [record.getMessage() for record in caplog.records] == [
        "voiceguide: the voice a:en-voice cannot be used here (it is hoarse, said once);"
        " espeak speaks instead"
    ]


# ── what is remembered ───────────────────────────────────────────────────────


def test_what_was_found_out_is_believed_until_something_changes(
    install: Install, tmp_path: Path
) -> None:
    """A voice is tried once; again with another version of its engine, or when asked to."""
    store = Store(tmp_path)
    here = install(Robot("a"), Robot("b"))
    here.faults = {"a": "it is hoarse"}
    first = best_voice("en", store, test=here.test)
    again = best_voice("en", store, test=here.test)
    assert here.tested == ["a:en-voice", "b:en-voice"]
    assert (first.refused, first.voice) == (again.refused, again.voice)
    here.engines["a"].version = "2"
    here.faults = {}
    assert best_voice("en", store, test=here.test).engine.name == "a"
    assert len(here.tested) == 3
    best_voice("en", store, again=True, test=here.test)
    assert len(here.tested) == 4


def test_kinds_are_those_of_the_engines() -> None:
    """The built-in ones say what they are; `silent` and `command` wait to be named."""
    kinds = engines.kinds()
    assert kinds["espeak"] == "embedded"
    assert kinds["system"] == "system"
    assert not {"silent", "command"} & set(kinds)


# ── the test of a voice, for real ────────────────────────────────────────────

STRANGER = """
import os, sys, time
import numpy as np
from voiceguide.engines import Utterance, Voice

class Engine:
    name, version, kind = "stranger", "1", "neural"
    def voices(self):
        return [Voice(name, "en") for name in os.environ.get("STRANGER", "hoarse").split()]
    def speak(self, text, voice, words_a_minute):
        print("a library that prints")
        if voice == "crash":
            os.abort()
        if voice == "fail":
            raise KeyError("tin")
        if voice == "hang":
            time.sleep(60)
        return Utterance(np.full(9, 0.0 if voice == "hoarse" else 0.5, np.float32), 8_000)
    def close(self):
        pass
"""


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an engine of somebody else's."""
    info = tmp_path / "stranger-1.dist-info"
    info.mkdir()
    (tmp_path / "stranger.py").write_text(STRANGER, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[voiceguide.engines]\nstranger = stranger:Engine\n")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("voice", "reason"),
    [
        ("good", ""),
        ("hoarse", "it makes no sound"),
        ("fail", "KeyError: 'tin'"),
        ("crash", "its process was ended by signal 6"),
    ],
)
@pytest.mark.usefixtures("stranger")
def test_a_voice_says_a_word_in_a_process_of_its_own(voice: str, reason: str) -> None:
    """Whatever it does there, and whatever it prints."""
    if os.name == "nt" and voice == "crash":
        reason = "its process ended with"
    assert self_test("stranger", voice).startswith(reason)
    assert bool(self_test("stranger", voice)) is bool(reason)


@pytest.mark.usefixtures("stranger")
def test_a_voice_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """It blocks nothing."""
    monkeypatch.setattr(choosing, "PATIENCE", 1.0)
    assert self_test("stranger", "hang") == "no answer within 1 s"


@pytest.mark.parametrize("engine", ["espeak", "system"])
def test_the_engines_here_pass(engine: str) -> None:
    """The test is no harder than speaking."""
    voice = engines.find_voice(engines.make(engine), None, "en").name
    assert self_test(engine, voice) == ""


@pytest.mark.slow
def test_an_export_falls_back_and_says_so(stranger: Path, tmp_path: Path) -> None:
    """On standard error, as a process of its own shows it; named, the voice is an error."""
    routine = tmp_path / "mine.md"
    routine.write_text("Sit down.\n", encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(stranger), "STRANGER": "fail"}
    env["VOICEGUIDE_CACHE"] = str(tmp_path / "cache")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*COMMAND, "export", "mine.md", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )

    for _ in range(2):
        done = run("-o", "mine.wav")
        assert (done.returncode, done.stdout) == (0, "mine.wav\n")
        assert done.stderr == (
            "voiceguide: the voice stranger:fail cannot be used here (KeyError: 'tin');"
            " espeak speaks instead\n"
        )
    named = run("--voice", "stranger", "-o", "other.wav")
    assert named.returncode == 3
    assert "the speech engine `stranger` failed" in named.stderr
    assert not (tmp_path / "other.wav").exists()
    env["STRANGER"] = "good"
    assert run("-o", "mine.wav").stderr == ""


QUICK = """
import sys
from voiceguide.engines import choosing
choosing.candidates("darwin")
print(sorted({"numpy", "onnxruntime", "piper", "pyttsx3", "soundfile"} & set(sys.modules)))
"""


def test_looking_for_engines_imports_nothing_heavy() -> None:
    """It costs an export with the embedded voice next to nothing."""
    run = subprocess.run([sys.executable, "-c", QUICK], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_that_nothing_better_is_installed_is_known_until_something_is_brought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking for it takes longer than all else of a start; a folder that pip wrote to is news."""
    asked: list[bool] = []
    look = candidates

    def looking() -> list[str]:
        asked.append(True)
        return look("linux")

    monkeypatch.setattr(choosing, "candidates", looking)
    packages = tmp_path / "packages"
    packages.mkdir()
    monkeypatch.syspath_prepend(packages)
    store = Store(tmp_path / "store")
    for again, times in ((False, 1), (False, 1), (True, 2), (False, 2)):
        best = best_voice("en", store, again=again)
        assert (best.engine.name, best.voice.name) == ("espeak", "en-us")
        assert len(asked) == times
    (packages / "voice-1.dist-info").mkdir()
    best_voice("en", store)
    assert len(asked) == 3


@pytest.mark.usefixtures("stranger")
def test_a_strangers_engine_is_asked_each_time(tmp_path: Path) -> None:
    """Nobody else knows when it has got a voice."""
    store = Store(tmp_path / "store")
    for _ in range(2):
        best = best_voice("de", store, test=lambda _engine, _voice: "")
        assert best.engine.name == "espeak"
    assert best_voice("en", store, test=lambda _engine, _voice: "").engine.name == "stranger"


# ── what would be better ─────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "better"),
    [("en", True), ("en-GB", True), ("es_MX", True), ("fr", False), ("nl", False), ("tlh", False)],
)
def test_a_natural_voice_is_better_where_it_speaks(language: str, better: bool) -> None:
    """It is proposed after the embedded engine, in each of its languages and in no other."""
    assert natural_is_better("espeak:en-us", language) is better


@pytest.mark.parametrize("spoken", ["recorded:library", "natural:cedar", "system:Anna", ""])
def test_no_other_voice_is_talked_down(spoken: str) -> None:
    """Whoever chose a voice, or has a good one, is told of none."""
    assert not natural_is_better(spoken, "en")


def test_what_is_proposed_is_there() -> None:
    """The natural voice is proposed in each language of which its engine has a voice."""
    assert all(natural_is_better("espeak:x", tag) for tag in kokoro.NATURAL_LANGUAGES.values())
