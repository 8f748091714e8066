"""Any program that writes a WAV file, as the configuration describes it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from busyness import Slower
from engine_contract import EngineContract, FailingContract

from voiceguide.audio.clip import find_sounding
from voiceguide.engines import Engine, find_voice, make, processes
from voiceguide.engines.command import CommandEngine
from voiceguide.engines.processes import (
    FailedError,
    Programs,
    TookTooLongError,
    WaveError,
    decode_wave,
)
from voiceguide.engines.texts import plain_words
from voiceguide.errors import ConfigurationError, MachineError, UsageError

ROBOT = (sys.executable, "-S", str(Path(__file__).with_name("robot.py")))
PAGE = Path(__file__).parent.parent / "docs" / "VOICES.md"

Configure = Callable[[str], CommandEngine]


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Makes an engine of the text of a configuration file."""
    file = tmp_path / "own.toml"
    monkeypatch.setenv("VOICEGUIDE_CONFIG", str(file))

    def configured(text: str) -> CommandEngine:
        file.write_text(text, encoding="utf-8")
        return CommandEngine()

    return configured


def robot(*arguments: str, name: str = "robot", more: str = "") -> str:
    """The table of the tests' own program."""
    return f"[command.{name}]\nrun = {json.dumps([*ROBOT, *arguments])}\n{more}\n"


def needs(program: str) -> None:
    """Skip without a program; in CI it has to be there."""
    if not shutil.which(program):
        assert not os.environ.get("CI"), f"CI brings {program}"
        pytest.skip(f"there is no {program} here")


# ── the contract ─────────────────────────────────────────────────────────────


class TestWithArguments(EngineContract):
    """A program that takes the text as an argument, and writes a file."""

    @pytest.fixture
    def engine(self, configure: Configure) -> Engine:
        return configure(robot("--text={text}", "--out", "{out}", "--rate", "{rate}"))


class TestWithPipes(EngineContract):
    """A program that reads standard input and writes standard output, at its own pace."""

    keeps_pace = False

    @pytest.fixture
    def engine(self, configure: Configure) -> Engine:
        return configure(robot("--do", "pipe"))


class TestFailing(FailingContract):
    """Programs that complain, and that hang."""

    @pytest.fixture
    def crashing(self, configure: Configure) -> Engine:
        return configure(robot("--do", "complain"))

    @pytest.fixture
    def hanging(self, configure: Configure) -> Engine:
        return configure(robot("--do", "hang", more="timeout = 0.5"))


@pytest.mark.slow
class TestFlite(EngineContract):
    """flite, as the page on voices has it."""

    voice = "flite/slt"

    @pytest.fixture
    def engine(self, configure: Configure) -> Engine:
        needs("flite")
        return configure(recipe("flite"))


# ── the page on voices ───────────────────────────────────────────────────────


def recipe(name: str) -> str:
    """The table of a program, as the page shows it."""
    page = PAGE.read_text(encoding="utf-8")
    blocks: list[str] = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if block.startswith(f"[command.{name}]"))


@pytest.mark.parametrize("name", ["flite", "say", "pico", "espeak-ng"])
def test_a_recipe_speaks(configure: Configure, name: str) -> None:
    """Each recipe of the page that can be run here says a sentence, about as quickly as asked."""
    engine = configure(recipe(name))
    program = engine._programs[name].run[0]
    if program in ("say", "pico2wave") and not shutil.which(program):
        pytest.skip(f"{program} belongs to another system, or is not free: CI has none")
    needs(program)
    said = engine.speak("Breathe slowly, and let the hips soften.", name, 130)
    onset, end = find_sounding(said.samples, said.rate)
    assert (end - onset) / said.rate == pytest.approx(3.6, rel=0.3)


# ── what it is handed ────────────────────────────────────────────────────────


SHOW = """
import sys, pathlib
sys.path.insert(0, {tests!r})
import robot
given = sys.stdin.buffer.read().decode()
pathlib.Path({log!r}).write_text(repr((sys.argv[2:], given)))
pathlib.Path(sys.argv[1]).write_bytes(robot.wav(3, 130))
"""


@pytest.fixture
def shown(configure: Configure, tmp_path: Path) -> Callable[..., tuple[list[str], str]]:
    """Says a text with a program, and gives the arguments and the input that it was handed."""

    def show(text: str, *arguments: str, voice: str = "show") -> tuple[list[str], str]:
        log = tmp_path / "log"
        program = SHOW.format(tests=str(Path(__file__).parent), log=str(log))
        line = json.dumps([sys.executable, "-S", "-c", program, "{out}", *arguments])
        voices = 'voices = { Anna = "de-DE", kim = "en" }'
        configure(f"[command.show]\nrun = {line}\n{voices}\n").speak(text, voice, 140)
        heard: tuple[list[str], str] = eval(log.read_text(encoding="utf-8"))
        return heard

    return show


def test_placeholders_are_filled_in(shown: Callable[..., tuple[list[str], str]]) -> None:
    """Inside of an argument, more than once, and each with what it names."""
    arguments, given = shown("Lift $HOME; `ls`", "{voice}-{language}", "say:{text}", "{}")
    assert arguments == ["Anna-de-de", "say:Lift $HOME; `ls`", "{}"]
    assert given == ""
    arguments, given = shown("Lift 2%.", "{voice}", voice="show/kim")
    assert (arguments, given) == (["kim"], "Lift 2%.")


def test_a_text_is_no_option_and_no_placeholder(
    shown: Callable[..., tuple[list[str], str]],
) -> None:
    """What begins with a hyphen, and what looks like a placeholder, stays words."""
    assert shown("-o /etc/passwd", "{text}")[0] == [" -o /etc/passwd"]
    assert shown("a {out} b", "{text}")[0] == ["a out b"]


def test_a_text_gives_no_orders() -> None:
    """What SAPI, macOS, pico2wave or espeak-ng would take for a command is gone."""
    assert plain_words("a [[slnc 5000]] <break/> b\0\x1b[1m\ud800c\u2028d") == (
        "a slnc 5000 break/ b 1m c d"
    )
    assert plain_words(" …! ") == plain_words("🙂") == ""
    assert plain_words("नमस्ते  12 é") == "नमस्ते 12 é"


def test_a_text_without_words_starts_no_program(configure: Configure) -> None:
    """There is nothing to be said."""
    engine = configure('[command.none]\nrun = ["no-such-program"]\n')
    assert len(engine.speak("…", "none", 130).samples) == 0


def test_a_pace_is_handed_on_as_programs_count(
    shown: Callable[..., tuple[list[str], str]],
) -> None:
    """In words a minute, and as a factor of 160 of them, in percent, and turned over."""
    arguments, _ = shown("Lift.", "{rate} {speed} {percent} {stretch}")
    assert arguments == ["140 0.875 88 1.143"]


def test_a_pace_is_the_programs_own(configure: Configure) -> None:
    """Nothing is measured, and one that counts otherwise is as slow as it makes of it."""
    engine = configure(robot("--text={text}", "--rate", "{percent}", name="slow"))
    slow, quick = (len(engine.speak("Lift " * 20, "slow", pace).samples) for pace in (80, 160))
    assert slow == 2 * quick == 8_000 * 20 * 60 / 50


def test_relative_paths_lie_beside_the_configuration(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the user stands."""
    shutil.copy(ROBOT[-1], tmp_path / "mine.py")
    (tmp_path / "elsewhere").mkdir()
    engine = configure(f'[command.mine]\nrun = [{json.dumps(sys.executable)}, "mine.py"]\n')
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert engine.speak("Lift.", "mine", 130).rate == 8_000
    if os.name != "nt":
        script = tmp_path / "bin" / "mine"
        script.parent.mkdir()
        script.write_text(f"#!/bin/sh\nexec {sys.executable} mine.py\n", encoding="utf-8")
        script.chmod(0o755)
        engine = configure('[command.mine]\nrun = ["bin/mine"]\n')
        assert engine.speak("Lift.", "mine", 130).rate == 8_000


# ── voices and versions ──────────────────────────────────────────────────────


def test_voices_are_named_after_their_programs(configure: Configure) -> None:
    """A program by itself is its first voice; a language finds the right one."""
    engine = configure(robot(more='voices = { anna = "de", kim = "en-GB" }'))
    assert [(voice.name, voice.language) for voice in engine.voices()] == [
        ("robot", "de"),
        ("robot/anna", "de"),
        ("robot/kim", "en-gb"),
    ]
    assert find_voice(engine, None, "en").name == "robot/kim"
    assert find_voice(engine, "Robot/Kim", "de").name == "robot/kim"
    with pytest.raises(UsageError, match="has no voice `jo`") as raised:
        engine.speak("Lift.", "robot/jo", 130)
    assert raised.value.help == "known are `anna`, `kim`"


def test_the_version_changes_with_the_configuration(configure: Configure) -> None:
    """Another argument may be another sound: nothing that is kept may be used for it."""
    tables = (robot(), robot("--rate", "99"), robot(more="timeout = 9"), robot(name="two"))
    versions = [configure(table).version for table in (*tables, tables[0])]
    assert len(set(versions)) == 4
    assert versions[0] == versions[-1]


def test_without_a_program_it_says_how_to_name_one(configure: Configure) -> None:
    """It is the machine's fault, and a mistake in the file is named with its place."""
    with pytest.raises(MachineError, match="no program that speaks is configured") as raised:
        configure("")
    assert "[command.flite]" in raised.value.help
    with pytest.raises(ConfigurationError, match="is not TOML"):
        configure("[command")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        make("command")


# ── what goes wrong ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("complain", "it ended with 1: robot: out of oil"),
        ("cut", "it wrote a WAV file that is cut short"),
        ("babble", "it wrote no WAV and no AIFF, but `here is your sound`"),
    ],
)
def test_what_a_program_does_wrong_is_told(configure: Configure, behaviour: str, said: str) -> None:
    """With the text that is missing for it, and where to mend it."""
    engine = configure(robot("--do", behaviour))
    with pytest.raises(MachineError) as raised:
        engine.speak("Lift your leg.", "robot", 130)
    assert raised.value.message == f"the program `robot` did not say `Lift your leg.`: {said}"
    assert "`[command.robot]`" in raised.value.help


def test_a_program_that_is_not_there_is_told(configure: Configure) -> None:
    """By its name, before anything is run."""
    with pytest.raises(MachineError, match="there is no program `no-such` for `command:a`"):
        configure('[command.a]\nrun = ["no-such", "{text}"]\n').speak("Lift.", "a", 130)


def test_a_program_without_its_file_is_told(configure: Configure) -> None:
    """It ended well, and wrote nothing where it should have."""
    engine = configure(robot("--text={text}", "--do=speak{out}"))
    with pytest.raises(MachineError, match=r"it wrote no file `\{out\}`"):
        engine.speak("Lift.", "robot", 130)


LEAVING = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(300)"])
print(child.pid, flush=True)
if sys.argv[1] == "stay":
    child.wait()
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize("way", ["stay", "leave"])
def test_nothing_is_left_behind(way: str, tmp_path: Path) -> None:
    """Neither a program that hangs nor one that goes leaves a process of its own running."""
    log = tmp_path / "pid"
    program = LEAVING.replace("print(child.pid", f"print(child.pid, file=open({str(log)!r}, 'w')")
    seconds = 0.5
    while not (log.exists() and log.read_text()):  # a busy machine is given longer to begin
        seconds *= 2
        with pytest.raises(TookTooLongError):
            Programs().run([sys.executable, "-S", "-c", program, way], b"", seconds)
    began = time.monotonic()
    while is_running(int(log.read_text())):  # the signal is on its way
        assert time.monotonic() - began < 180


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_program_may_talk_and_not_listen() -> None:
    """Much on both pipes blocks nothing, and what nobody reads is no error; of complaints, the
    last are kept."""
    program = "import sys; sys.stderr.write('e' * 200_000); sys.stdout.write('o' * 200_000)"
    ended = Programs().run([sys.executable, "-S", "-c", program], b"x" * 1_000_000, 300)
    assert (ended.code, len(ended.out), len(ended.err)) == (0, 200_000, 1 << 16)


ENDLESS = """
import sys
piece = bytes(1 << 16)
while True:
    sys.stdout.buffer.write(piece)
"""


def test_an_endless_output_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that never stops writing takes neither the memory nor the time-out."""
    monkeypatch.setattr(processes, "MOST_OUTPUT", 1 << 20)
    began = time.monotonic()
    with pytest.raises(FailedError, match="it wrote more than 1 MB"):
        Programs().run([sys.executable, "-S", "-c", ENDLESS], b"", 600)
    assert time.monotonic() - began < 300


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a named pipe")
@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("os.mkfifo(out)", "is not a file"),
        ("os.symlink('/dev/zero', out)", "is not a file"),
        ("open(out, 'wb').truncate(1 << 40)", "has more than 64 MB"),
    ],
)
def test_a_file_without_an_end_is_not_read(configure: Configure, action: str, said: str) -> None:
    """A pipe, a device and a terabyte in the place of `{out}` are told, and at once."""
    program = f"import os, sys; out = sys.argv[1]; {action}"
    run = json.dumps([sys.executable, "-S", "-c", program, "{out}"])
    engine = configure(f"[command.robot]\nrun = {run}\n")
    with pytest.raises(MachineError, match=said):
        engine.speak("Lift.", "robot", 130)


OUTLIVING = """
import os, sys
from voiceguide.engines.processes import Programs
program = "import os, time; print(os.getpid(), file=open({log!r}, 'w'), flush=True); time.sleep(99)"
Programs().run([sys.executable, "-S", "-c", program], b"", 300)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGHUP, signal.SIGQUIT])
def test_a_program_does_not_outlive_voiceguide(signal_: int, tmp_path: Path) -> None:
    """However voiceguide ends, by a closed terminal or killed outright, its programs end, too."""
    log = tmp_path / "pid"
    ours = subprocess.Popen([sys.executable, "-c", OUTLIVING.format(log=str(log))])
    began = time.monotonic()
    while not (log.exists() and log.read_text()):
        assert time.monotonic() - began < 180
        time.sleep(0.02)
    ours.send_signal(signal_)
    assert ours.wait(180) == -signal_
    began = time.monotonic()
    while is_running(int(log.read_text())):
        assert time.monotonic() - began < 180
        time.sleep(0.02)


def test_closing_ends_the_program_that_speaks(configure: Configure, slower: Slower) -> None:
    """Another thread that waits for it is told within two seconds, though it had a minute."""
    engine = configure(robot("--do", "hang"))
    failed: list[Exception] = []

    def speak() -> None:
        try:
            engine.speak("Lift.", "robot", 130)
        except MachineError as error:
            failed.append(error)

    thread = threading.Thread(target=speak)
    thread.start()
    while not engine._running._running:
        time.sleep(0.01)
    began = time.monotonic()
    engine.close()
    thread.join(60)
    assert failed
    assert time.monotonic() - began < 2 * slower()


# ── the files that programs write ────────────────────────────────────────────


@pytest.mark.parametrize(
    ("format_", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("WAV", "PCM_U8"),
        ("WAV", "FLOAT"),
        ("WAV", "ULAW"),
        ("AIFF", "PCM_16"),
        ("AIFF", "PCM_24"),
        ("AIFF", "FLOAT"),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_kind_of_wave_is_read(
    tmp_path: Path, format_: str, subtype: str, channels: int
) -> None:
    """WAV and AIFF, AIFF-C among them, of any encoding, mixed down, whatever they are called."""
    import soundfile

    tone = np.sin(np.arange(800) / 9).astype(np.float32) / 2
    path = tmp_path / "out.wav"
    sound = np.stack([tone] * channels, axis=1)
    soundfile.write(path, sound, 16_000, format=format_, subtype=subtype)
    samples, rate = decode_wave(path.read_bytes())
    assert (rate, samples.shape) == (16_000, (800,))
    assert samples.dtype == np.float32
    assert np.abs(samples - tone).max() < 0.02
    with pytest.raises(WaveError):
        decode_wave(path.read_bytes()[:-50])


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"FORM\0\0\0\0AIFF", b"x" * 99]
)
def test_what_is_no_wave_is_told(data: bytes) -> None:
    """Whatever the bytes are."""
    with pytest.raises(WaveError, match=r"^it wrote "):
        decode_wave(data)


def test_a_stranger_to_sizes_is_read() -> None:
    """A WAV from a pipe says nothing of its length, or the largest there is."""
    line = [*ROBOT, "--text", "Lift your leg.", "--rate", "180"]
    whole = subprocess.run(line, capture_output=True, check=True).stdout
    samples, _ = decode_wave(whole)
    for size in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\xf0\xff\x7f"):
        piped = whole[:4] + size + whole[8:40] + size + whole[44:]
        assert np.array_equal(decode_wave(piped)[0], samples)
