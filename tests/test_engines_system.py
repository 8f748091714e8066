"""The system's voices: for real on this machine, and with imitations of what others do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_contract import EngineContract, FailingContract

from voiceguide.engines import SYSTEM, Engine, find_voice, kind_of, make
from voiceguide.engines.system.engine import (
    _CHILD,
    SystemEngine,
    _embedded,
    normal_tag,
    read_voices,
)
from voiceguide.errors import MachineError, UsageError

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="CI's system is Linux")
without_pyttsx3 = pytest.mark.skipif(util.find_spec("pyttsx3") is None, reason="no pyttsx3 here")


# ── for real ─────────────────────────────────────────────────────────────────


@on_linux
@without_pyttsx3
class TestHere(EngineContract):
    """The voices that this machine has; without an espeak of its own, the embedded ones."""

    @pytest.fixture
    def engine(self) -> Engine:
        return make("system")

    @pytest.mark.parametrize(("language", "voice"), [("en", "en-us"), ("pt-BR", "pt-br")])
    def test_a_language_finds_its_voice(self, engine: Engine, language: str, voice: str) -> None:
        """The whole tag first; of English the voice of most."""
        assert find_voice(engine, None, language).name == voice

    def test_it_waits_to_be_asked(self) -> None:
        """The best voice is looked for by the engine's kind."""
        assert kind_of(SystemEngine) == SYSTEM


LENDING = """
import ctypes, json, sys
sys.argv = [sys.argv[0]]
sys.path.insert(0, {folder!r})
import child
child.SONAME, asked = "libespeak-ng-that-is-not-there.so", {request!r}
child.lend_espeak(asked["library"], asked["data"])
child.SONAME = "libespeak-ng.so.1"
print(json.dumps([child.espeak_release(), child.answer(asked)]))
sys.stdout.flush()
import os
os._exit(0)
"""


@on_linux
@without_pyttsx3
def test_without_an_espeak_of_the_system_the_embedded_one_speaks(tmp_path: Path) -> None:
    """pip alone is enough: the library is lent to pyttsx3 under the name that it looks for."""
    out = tmp_path / "out.wav"
    say = {"do": "say", "text": "Lift your leg.", "voice": "gmw/en-us", "rate": 130}
    request = {**say, **_embedded(), "out": str(out), "seconds": 30}
    program = LENDING.format(folder=str(_CHILD.parent), request=request)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    release, reply = json.loads(run.stdout.splitlines()[-1])
    assert release.startswith("1.52")
    assert reply == {"lost": False}
    assert out.stat().st_size > 22_050


# ── imitations ───────────────────────────────────────────────────────────────

FAKE = '''
"""Imitates pyttsx3 as it is on a system, and what goes wrong with it."""
import json, os, sys, threading, time
from pathlib import Path

ASKED = json.loads(Path(__file__).with_name("asked.json").read_text(encoding="utf-8"))
LOG = Path(__file__).with_name("log")


class Voice:
    def __init__(self, id, name, languages):
        self.id, self.name = id, name
        self.languages = [one.encode() if one.startswith("\\x05") else one for one in languages]


class Engine:
    def __init__(self):
        self.callbacks, self.properties, self.saved = {}, {}, None
        print("a driver that prints")

    def __str__(self):
        return ASKED["driver"]

    def connect(self, topic, callback):
        self.callbacks[topic] = callback

    def getProperty(self, name):
        if name == "voices":
            return [Voice(*row) for row in ASKED["voices"]]
        if name in self.properties:
            return self.properties[name]
        return ASKED["voices"][0][0] if ASKED["voices"] else None

    def setProperty(self, name, value):
        self.properties[name] = value

    def save_to_file(self, text, name):
        assert self.saved is None, "only the first is said"
        self.saved = text, name

    def runAndWait(self):
        text, name = self.saved
        with LOG.open("a", encoding="utf-8") as log:
            print(json.dumps([text, self.properties]), file=log)
        getattr(self, "do_" + ASKED["do"])(text, name)

    def do_late(self, text, name):
        def later():
            time.sleep(0.2)
            self.write(text, name)
            self.callbacks["finished-utterance"](name=None, completed=True)
        threading.Thread(target=later).start()

    def do_at_once(self, text, name):
        self.write(text, name)

    def do_nothing(self, text, name):
        self.callbacks["finished-utterance"](name=None, completed=True)

    def do_empty(self, text, name):
        Path(name).touch()
        self.do_nothing(text, name)

    def do_error(self, text, name):
        self.callbacks["error"](name=None, exception=ValueError("unknown voice id"))

    def do_raise(self, text, name):
        raise RuntimeError("no audio")

    def do_crash(self, text, name):
        os.abort()

    def do_hang(self, text, name):
        time.sleep(60)

    def do_cancel(self, text, name):
        self.callbacks["finished-utterance"](name=None, completed=False)

    def do_never(self, text, name):
        self.write(text, name)

    def write(self, text, name):
        import numpy as np, soundfile
        seconds = len(text.split()) * 60 / self.properties["rate"] * ASKED["slower"]
        tone = np.sin(np.arange(int(seconds * 22_050)) / 20) / 3
        soundfile.write(name, tone, 22_050, format=ASKED["format"])


def init():
    if ASKED["do"] == "no driver":
        raise ImportError("No module named 'objc'")
    return Engine()
'''

MAC = [
    ("com.apple.eloquence.en-US.Eddy", "Eddy (English (US))", ["en_US"]),
    ("com.apple.speech.synthesis.voice.Bahh", "Bahh", ["en_US"]),
    ("com.apple.voice.compact.en-GB.Daniel", "Daniel", ["en_GB"]),
    ("com.apple.voice.compact.en-US.Samantha", "Samantha", ["en_US"]),
    ("com.apple.voice.premium.de-DE.Anna", "Anna (Premium)", ["de_DE"]),
    ("com.apple.voice.compact.de-DE.Anna", "Anna", ["de_DE"]),
]
TOKENS = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Speech\\Voices\\Tokens\\TTS_MS_"
WINDOWS = [
    (f"{TOKENS}EN-US_ZIRA_11.0", "Microsoft Zira Desktop - English (United States)", ["en-US"]),
    (f"{TOKENS}DE-DE_HEDDA_11.0", "Microsoft Hedda Desktop - German", ["de-DE"]),
    (f"{TOKENS}ODD", "Microsoft Odd", ["Unknown Locale: 4242"]),
]
OLD = [("english-us", "english-us", ["\x05en-us"]), ("german", "german", ["\x05de"])]

Imitate = Callable[..., SystemEngine]


@pytest.fixture
def imitate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Imitate:
    """Makes an engine upon a pyttsx3 that behaves as it is told."""
    package, info = tmp_path / "pyttsx3", tmp_path / "pyttsx3-2.99.dist-info"
    package.mkdir()
    info.mkdir()
    (package / "__init__.py").write_text(FAKE, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pyttsx3\nVersion: 2.99\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def imitated(
        do: str, voices: list[Any] = WINDOWS, seconds: int = 180, **more: Any
    ) -> SystemEngine:
        asked = {"driver": "sapi5", "format": "WAV", "slower": 1.0, "do": do, "voices": voices}
        (package / "asked.json").write_text(json.dumps({**asked, **more}), encoding="utf-8")
        return SystemEngine(seconds)

    return imitated


def handed(tmp_path: Path) -> list[Any]:
    """What the imitation was asked to say, and how."""
    lines = (tmp_path / "pyttsx3" / "log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


class TestFailing(FailingContract):
    """A driver that aborts, and one that hangs."""

    @pytest.fixture
    def crashing(self, imitate: Imitate) -> Engine:
        return imitate("crash")

    @pytest.fixture
    def hanging(self, imitate: Imitate) -> Engine:
        return imitate("hang", seconds=1)


def test_windows_writes_at_once_and_never_says_so(imitate: Imitate, tmp_path: Path) -> None:
    """SAPI 5's driver reports no end of a file; the file is whole when it returns."""
    engine = imitate("at_once")
    said = engine.speak("Lift your leg.", "Microsoft Zira Desktop", 130)
    assert len(said.samples) > 20_000
    for text, properties in handed(tmp_path):
        assert text
        assert list(properties) == ["voice", "rate"]
        assert properties["voice"].endswith("EN-US_ZIRA_11.0")


def test_macos_writes_aiff_and_says_when(imitate: Imitate) -> None:
    """Whatever the file is called; nobody looks at it before it is finished."""
    engine = imitate("late", MAC, driver="nsss", format="AIFF")
    said = engine.speak("Lift your leg.", "Samantha", 130)
    assert said.rate == 22_050
    assert 0.3 < np.abs(said.samples).max() < 0.34


def test_a_driver_is_asked_for_the_rate_of_the_pace(imitate: Imitate, tmp_path: Path) -> None:
    """The very words a minute, once, and nothing else is said first; a slow voice is slow."""
    engine = imitate("at_once", slower=1.5)
    voice = engine.voices()[0].name
    slow, quick = (len(engine.speak("Lift " * 26, voice, pace).samples) for pace in (100, 200))
    assert [properties["rate"] for _, properties in handed(tmp_path)] == [100, 200]
    assert slow == pytest.approx(2 * quick, rel=0.001)
    assert slow == pytest.approx(22_050 * 26 * 60 / 100 * 1.5, rel=0.001)


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        ("nothing", "it wrote no file"),
        ("empty", "it wrote nothing"),
        ("error", "ValueError: unknown voice id"),
        ("raise", "RuntimeError: no audio"),
    ],
)
def test_what_a_driver_does_wrong_is_told(imitate: Imitate, do: str, reason: str) -> None:
    """With the text that is missing for it."""
    engine = imitate(do)
    with pytest.raises(MachineError) as raised:
        engine.speak("Lift.", engine.voices()[0].name, 140)
    assert raised.value.message == (
        f"the speech engine `system` failed, it did not say `Lift.`: {reason}"
    )


@pytest.mark.slow
@on_linux
@without_pyttsx3
def test_a_busy_machine_changes_no_pace() -> None:
    """Its driver would lose the rate of one text in forty, were it let."""
    engine = SystemEngine()
    with ThreadPoolExecutor(6) as pool:
        said = pool.map(lambda _: engine.speak("Three.", "en-us", 118).samples.tobytes(), range(60))
        assert len(set(said)) == 1


def test_what_is_lost_each_time_is_told(imitate: Imitate) -> None:
    """It is not tried for ever."""
    with pytest.raises(MachineError, match="its driver cut it short, 3 times"):
        imitate("cancel", OLD, driver="espeak").speak("Lift.", "german", 130)


def test_a_driver_that_forgets_to_finish_is_ended(imitate: Imitate) -> None:
    """It may have written a file, but nobody knows whether all of it."""
    engine = imitate("never", MAC, seconds=1, driver="nsss")
    with pytest.raises(MachineError, match=r"`Lift\.`: no answer within \d s"):
        engine.speak("Lift.", "Samantha", 99)


def test_a_system_without_a_driver_or_a_voice_is_told(imitate: Imitate) -> None:
    """The machine's fault, in words."""
    with pytest.raises(MachineError, match="No module named 'objc'"):
        imitate("no driver").voices()
    with pytest.raises(MachineError, match="the system has no voices"):
        imitate("at_once", []).voices()


def test_without_pyttsx3_it_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """On macOS it is an extra."""
    monkeypatch.setattr(util, "find_spec", lambda _name: None)
    with pytest.raises(MachineError, match="needs the package pyttsx3") as raised:
        SystemEngine()
    assert "voiceguide[system]" in raised.value.help


# ── voices ───────────────────────────────────────────────────────────────────


def test_names_are_short_and_languages_are_tags(imitate: Imitate) -> None:
    """As SAPI 5, NSSpeechSynthesizer and an older espeak driver describe them."""
    voices = imitate("at_once").voices()
    assert [(voice.name, voice.language) for voice in voices] == [
        ("Microsoft Zira Desktop", "en-us"),
        ("Microsoft Hedda Desktop", "de-de"),
        ("Microsoft Odd", "und"),
    ]
    voices = imitate("at_once", OLD, driver="espeak").voices()
    assert {(voice.name, voice.language) for voice in voices} == {
        ("english-us", "en-us"),
        ("german", "de"),
    }
    assert normal_tag("pt_BR") == "pt-br"


def test_the_best_voice_comes_first() -> None:
    """The user's own choice, then voices that were brought, then the plain ones, toys last."""
    rows: list[dict[str, object]] = [
        {"id": id_, "name": name, "languages": tags} for id_, name, tags in MAC
    ]
    names = [voice.name for voice in read_voices(rows, "")]
    assert names[0] == "Anna (Premium)"
    assert names.index("Samantha") < names.index("Daniel") < names.index("Bahh")
    chosen = read_voices(rows, "com.apple.voice.compact.en-GB.Daniel")
    assert chosen[0].name == "Daniel"


def test_voices_of_one_name_keep_their_own() -> None:
    """What a routine names is one voice."""
    rows: list[dict[str, object]] = [
        {"id": f"apple.{kind}.Kim", "name": "Kim", "languages": ["en"]} for kind in ("a", "b")
    ]
    assert [voice.name for voice in read_voices(rows, "")] == ["apple.a.Kim", "apple.b.Kim"]


def test_an_unknown_voice_gets_a_suggestion(imitate: Imitate) -> None:
    """It is not quietly another one; the system's own name is one, too."""
    engine = imitate("at_once")
    with pytest.raises(
        UsageError, match="the system has no voice `Microsoft Sira Desktop`"
    ) as raised:
        engine.speak("Lift.", "Microsoft Sira Desktop", 130)
    assert raised.value.help == "did you mean `Microsoft Zira Desktop`?"
    assert engine._voice(f"{TOKENS}EN-US_ZIRA_11.0").name == "Microsoft Zira Desktop"
