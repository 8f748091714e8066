"""espeak-ng in its child processes: voices, pace, phonemes, and everything that goes wrong."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from voiceguide.audio.clip import find_sounding
from voiceguide.engines.espeak import EspeakEngine
from voiceguide.engines.espeak import engine as espeak
from voiceguide.engines.espeak.voices import FASTEST, PLAIN, SLOWEST, pace_for
from voiceguide.engines.processes import ChildLostError, Children
from voiceguide.errors import MachineError, UsageError

posix = pytest.mark.skipif(os.name == "nt", reason="signals and sessions are POSIX's")

PASSAGE = """
    Sit down on a chair that does not roll, and place both feet on the floor. Let your hands rest on
    your legs. With your next breath in, grow a little taller, as if somebody were pulling you up by
    a thread. With your next breath out, let your shoulders drop. Now straighten your right leg, and
    pull your toes towards you until you feel the back of your leg. Do not lean back. Hold this for
    a moment, and lower the foot again. The other leg may feel quite different, and that is fine.

    The muscles around your hips work together all day, often without your noticing. When you sit
    for many hours, some of them shorten and others forget their work. This session gives both of
    them what they need: a little length, a little strength, and plenty of time. You can do every
    movement on a mat, on a carpet or on the grass. Regular practice matters more than perfect
    practice, so choose a time of day that you can keep. If a position seems uncomfortable, make it
    smaller, put a cushion underneath, or leave it out altogether.
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[EspeakEngine]:
    made = EspeakEngine()
    yield made
    made.close()


def sounding(engine: EspeakEngine, text: str, voice: str = "en-us", pace: int = 130) -> float:
    """Seconds that a text sounds."""
    said = engine.speak(text, voice, pace)
    onset, end = find_sounding(said.samples, said.rate)
    return (end - onset) / said.rate


# ── pace ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("pace", [60, 85, 100, 130, 150, 175, 220])
def test_words_a_minute_are_what_is_heard(engine: EspeakEngine, pace: int) -> None:
    """A passage is spoken at the pace asked for, within 5 %."""
    heard = len(PASSAGE.split()) / sounding(engine, PASSAGE, pace=pace) * 60
    assert heard == pytest.approx(pace, rel=0.05)


def test_every_pace_is_slower_than_the_next(engine: EspeakEngine) -> None:
    """From the slowest to the quickest, without a step back."""
    paces = [SLOWEST, 55, 70, 80, 84, 90, 95, 120, 200, 300, FASTEST]
    lengths = [sounding(engine, PASSAGE[:300], pace=pace) for pace in paces]
    assert lengths == sorted(lengths, reverse=True)
    assert len(set(lengths)) == len(lengths)


@pytest.mark.parametrize("pace", [SLOWEST - 1, FASTEST + 1, 0, -5])
def test_a_pace_out_of_reach_is_an_error(pace: int) -> None:
    """It is not quietly another pace."""
    with pytest.raises(UsageError, match="cannot speak") as raised:
        pace_for(pace)
    assert raised.value.help == f"choose a pace from {SLOWEST} to {FASTEST}"


# ── voices and phonemes ──────────────────────────────────────────────────────


def test_voices_come_best_first(engine: EspeakEngine) -> None:
    """Of English, the American voice; of other languages, what espeak-ng itself prefers."""
    by_language: dict[str, str] = {}
    for voice in engine.voices():
        by_language.setdefault(voice.language.partition("-")[0], voice.name)
    assert by_language["en"] == "en-us"
    assert by_language["fr"] == "fr-fr"
    assert by_language["zh"] == by_language["cmn"] == "cmn"
    assert len(by_language) > 90


def test_each_voice_listed_can_be_loaded(engine: EspeakEngine) -> None:
    """A sample of the list, all over the alphabet, speaks."""
    for voice in engine.voices()[::12]:
        assert sounding(engine, "1, 2, 3", voice.name) > 0.5, voice


BOTH_WAYS = """
import hashlib, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import child
library, data = sys.argv[2:]
os.chdir(Path(data).parent)
by_file = child.set_by_file
lang = Path(data) / "lang"
names = [one.relative_to(lang).as_posix() for one in lang.glob("*/*") if one.is_file()]
for name in sorted(one for one in names if one != one.lower()):
    for more in ({"voice": name}, {"voice": name + "+edward"}, {"voice": name, "transcribe": True}):
        request = {"text": "Breathe in. 1, 2, 3.", "rate": 130, "pitch": 40, "range": 45, "gap": 1}
        request |= {"phonemes": False, **more}
        loaded = []
        child.set_by_file = lambda *given: loaded.append(by_file(*given)) or loaded[-1]
        own = child.say(library, request)
        child.set_by_file = lambda *given: False
        print(name, loaded, own == child.say(library, request), len(own[1]) > 9)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a name's capitals do not count")
def test_a_voice_with_capitals_sounds_the_same_from_its_own_file() -> None:
    """Every voice whose name has capitals says and transcribes the same by its file as by name."""
    import espeakng_loader

    folder = Path(espeak.__file__).parent
    found = (espeakng_loader.get_library_path(), espeakng_loader.get_data_path())
    command = [sys.executable, "-c", BOTH_WAYS, str(folder), *map(str, found)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert any(line.startswith("gmw/en-US ") for line in lines)
    assert {line.partition(" ")[2] for line in lines} == {"[True] True True"}


def test_a_variant_is_another_sound(engine: EspeakEngine) -> None:
    """What stands after the plus is heard."""
    plain, varied = (engine.speak("Rest.", voice, 130) for voice in ("en-us", "en-us+f3"))
    assert not np.array_equal(plain.samples, varied.samples)


@pytest.mark.parametrize(
    ("voice", "message", "help_"),
    [
        ("en-uk", "espeak has no voice `en-uk`", "did you mean `en-us`?"),
        ("en-us+f33", "espeak has no variant `f33` of its voices", "did you mean `f3`?"),
        ("en-us+", "espeak has no variant `` of its voices", "there are `f1` to `f5` and"),
        ("en-us+../../en", "espeak has no variant `../../en` of its voices", ""),
        ("../en", "espeak has no voice `../en`", ""),
    ],
)
def test_unknown_voices_and_variants_are_errors(
    engine: EspeakEngine, voice: str, message: str, help_: str
) -> None:
    """espeak-ng would say it with the voice alone; here it is said what is wrong."""
    with pytest.raises(UsageError) as raised:
        engine.speak("Rest.", voice, 130)
    assert raised.value.message == message
    assert help_ in raised.value.help


def test_phonemes_are_spoken(engine: EspeakEngine) -> None:
    """`[[…]]` sounds like the word that it spells, and not like its letters."""
    spelled = engine.speak("[[s'oU@s]]", "en-us", 130)
    word = engine.speak("soeus", "en-us", 130)  # which espeak-ng reads as just these phonemes
    assert np.array_equal(spelled.samples, word.samples)


@pytest.mark.parametrize(("text", "rest"), [("[[s'oU5@s]]", "5@s"), ("a [[t3 ~]] b", "~")])
def test_an_unknown_phoneme_is_an_error(engine: EspeakEngine, text: str, rest: str) -> None:
    """espeak-ng would cut the word short there, without a sound or a word."""
    with pytest.raises(UsageError, match=r"knows no phoneme at the start of") as raised:
        engine.speak(text, "en-us", 130)
    assert f"`{rest}`" in raised.value.message


def test_brackets_that_do_not_close_are_phonemes_to_the_end(engine: EspeakEngine) -> None:
    """As espeak-ng reads them."""
    assert sounding(engine, "[[s'oU@s") == sounding(engine, "[[s'oU@s]]")


def test_markup_is_text_and_not_a_command(engine: EspeakEngine) -> None:
    """Neither SSML nor espeak-ng's own control characters change how something is said."""
    assert sounding(engine, "<break time='5s'/> rest") < 4
    assert sounding(engine, "\x01400S rest and rest") > 0.9 * sounding(
        engine, "400 S rest and rest"
    )


# ── crashes, time-outs, and what is left behind ──────────────────────────────


@pytest.mark.slow
def test_what_crashes_as_a_whole_is_said_in_pieces(engine: EspeakEngine) -> None:
    """The library aborts on this text; all of it is heard nevertheless, and the next one too."""
    before = engine.speak("Rest.", "en-us", 130)
    whole = engine.speak("s'" * 100, "en-us", 130)
    assert len(whole.samples) / whole.rate > 10
    assert np.array_equal(whole.samples, engine.speak("s'" * 100, "en-us", 130).samples)
    assert np.array_equal(engine.speak("Rest.", "en-us", 130).samples, before.samples)


FAKE = """
import json, os, sys, time
behaviour, log = sys.argv[1:]
with open(log, "a") as file:
    print(os.getpid(), file=file)
for line in sys.stdin.buffer:
    lives = len(open(log).read().split())
    if behaviour == "hang" or behaviour == "hang once" and lives == 1:
        time.sleep(60)
    if behaviour == "crash once" and lives == 1:
        os._exit(9)
    if behaviour == "babble":
        sys.stdout.write("not json\\n")
    elif behaviour == "fail":
        sys.stdout.write(json.dumps({"error": "out of order"}) + "\\n")
    else:
        size = 8 if behaviour == "short" else 4
        last = behaviour == "last"
        sys.stdout.write(json.dumps({"rate": 8000, "bytes": size, "last": last}) + "\\n1234")
    sys.stdout.flush()
    if behaviour in ("last", "short"):
        break
"""


class Fakes:
    """Child processes that misbehave in a chosen way."""

    def __init__(self, folder: Path, behaviour: str) -> None:
        program = folder / "fake.py"
        program.write_text(FAKE, encoding="utf-8")
        self._log = folder / "log"
        self.children = Children(("-I", "-S", str(program), behaviour, str(self._log)))

    @property
    def started(self) -> int:
        return len(self._log.read_text(encoding="utf-8").split())


@pytest.mark.parametrize("behaviour", ["hang", "babble", "short"])
def test_a_child_that_misbehaves_is_given_up(tmp_path: Path, behaviour: str) -> None:
    """One that hangs, talks nonsense, or ends in the middle of a reply is lost, and replaced."""
    fakes = Fakes(tmp_path, behaviour)
    for _ in range(2):
        with pytest.raises(ChildLostError):
            fakes.children.ask({}, 1)
    assert fakes.started == 2
    fakes.children.close()


@pytest.mark.parametrize("behaviour", ["crash once", "hang once"])
def test_one_crash_or_time_out_is_forgiven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str
) -> None:
    """The text is given to a new child before anything is reported."""
    fakes = Fakes(tmp_path, behaviour)
    engine = EspeakEngine(seconds=1, style=PLAIN)
    monkeypatch.setattr(engine, "_children", fakes.children)
    assert len(engine.speak("Rest.", "en-us", 130).samples) == 2
    assert fakes.started == 2
    engine.close()


def test_a_child_whose_library_stays_is_used_once(tmp_path: Path) -> None:
    """Where the system keeps the library loaded, each text has a process of its own."""
    fakes = Fakes(tmp_path, "last")
    for _ in range(3):
        assert fakes.children.ask({}, 5).pcm == b"1234"
    assert fakes.started == 3
    fakes.children.close()


def test_a_child_is_used_again(tmp_path: Path) -> None:
    """Otherwise one process says all texts of a thread."""
    fakes = Fakes(tmp_path, "well")
    for _ in range(3):
        assert fakes.children.ask({}, 5).rate == 8_000
    assert fakes.started == 1
    fakes.children.close()


def test_the_librarys_own_failure_is_the_machines_fault(tmp_path: Path) -> None:
    """What the child reports is passed on."""
    fakes = Fakes(tmp_path, "fail")
    with pytest.raises(MachineError, match="the speech engine failed: out of order"):
        fakes.children.ask({}, 5)
    fakes.children.close()


def test_without_a_python_there_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that embeds Python may not know of any."""
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(MachineError, match="needs a Python program"):
        EspeakEngine().speak("Rest.", "en-us", 130)
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(MachineError, match="cannot be started"):
        EspeakEngine().speak("Rest.", "en-us", 130)


def test_missing_data_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A library without its data says so, whatever is missing of it."""
    library, data = espeak._find_library()
    broken = tmp_path / "espeak-ng-data"
    monkeypatch.setattr(espeak, "_find_library", lambda: (library, broken))
    with pytest.raises(MachineError, match="the data of espeak-ng cannot be read"):
        EspeakEngine().voices()
    broken.mkdir()
    (broken / "lang").symlink_to(data / "lang")
    with pytest.raises(MachineError, match="the data of espeak-ng cannot be read"):
        EspeakEngine().speak("[[t]]", "en-us", 130)
    with pytest.raises(MachineError, match="the data of espeak-ng cannot be read"):
        EspeakEngine().speak("Rest.", "en-us", 130)


@pytest.mark.parametrize(
    "name", ["with spaces and 'quotes'", "ünïcode 膝", "long " + "path/of many folders " * 12]
)
def test_it_works_wherever_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: EspeakEngine, name: str
) -> None:
    """Neither spaces nor accents nor more than 160 bytes in the path do any harm."""
    home = tmp_path / name
    home.mkdir(parents=True)
    library, data = espeak._find_library()
    (home / "espeak-ng-data").symlink_to(data)
    (home / Path(library).name).symlink_to(library)
    child = home / "child.py"
    child.write_bytes(espeak._CHILD.read_bytes())
    found = str(home / Path(library).name), home / "espeak-ng-data"
    monkeypatch.setattr(espeak, "_find_library", lambda: found)
    monkeypatch.setattr(espeak, "_CHILD", child)
    moved = EspeakEngine()
    said = moved.speak("Rest.", "en-us", 130)
    assert np.array_equal(said.samples, engine.speak("Rest.", "en-us", 130).samples)
    moved.close()


def test_it_works_where_the_user_stands_and_whatever_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: EspeakEngine
) -> None:
    """Neither modules in the current folder nor variables of espeak or Python reach the child."""
    (tmp_path / "json.py").write_text("raise SystemExit", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("ESPEAK_DATA_PATH", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "C")
    fresh = EspeakEngine()
    said = fresh.speak("naïve", "en-us", 130)
    assert np.array_equal(said.samples, engine.speak("naïve", "en-us", 130).samples)
    fresh.close()


def test_a_forgotten_engine_leaves_nothing_behind() -> None:
    """Collected without `close`, it ends its children; a warning would fail this test."""
    forgotten = EspeakEngine()
    forgotten.speak("Rest.", "en-us", 130)
    (child,) = forgotten._children._idle
    process = child._process
    del child, forgotten
    gc.collect()
    assert process.poll() is not None


STAYING = """
import os, subprocess, sys, time
from voiceguide.engines import make
pids, start = [], subprocess.Popen
def recorded(*arguments, **options):
    process = start(*arguments, **options)
    pids.append(process.pid)
    return process
subprocess.Popen = recorded
engine = make("espeak")
engine.speak("Rest.", "en-us", 130)
print(*pids, flush=True)
time.sleep(300)
"""


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")


@posix
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_child_outlives_its_parent(end: signal.Signals) -> None:
    """Ctrl-C, `kill` and `kill -9` leave no process behind, and the child prints nothing."""
    parent = subprocess.Popen(
        [sys.executable, "-c", STAYING],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert is_running(child)
    os.killpg(parent.pid, end)  # as a terminal does
    _, problems = parent.communicate(timeout=180)
    until = time.monotonic() + 180
    while is_running(child) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_running(child)
    assert "child.py" not in problems
    assert problems.count("KeyboardInterrupt") == (end is signal.SIGINT)


# ── phonemes ─────────────────────────────────────────────────────────────────


def test_it_tells_what_it_makes_of_words(engine: EspeakEngine) -> None:
    """Mnemonics of the whole text, clause by clause; a voice's variant makes no difference."""
    assert engine.transcribe("Breathe, and rest.", "en-us") == "br'i:D and r'Est"
    assert engine.transcribe("Breathe, and rest.", "en-us+f3") == "br'i:D and r'Est"
    assert engine.transcribe("", "en-us") == ""
    assert engine.transcribe("\x01 80S \0", "en-us")


def test_it_knows_its_own_phonemes(engine: EspeakEngine) -> None:
    """What it makes of words it can say, and what it cannot is told from where it begins."""
    assert engine.unknown_phoneme(engine.transcribe("the psoas", "en-us"), "en-us") is None
    assert engine.unknown_phoneme("s'oU@\u0283s", "en-us") == "\u0283s"
    with pytest.raises(UsageError, match="no voice `klingon`"):
        engine.unknown_phoneme("s", "klingon")


@pytest.mark.parametrize(
    ("voice", "ipa", "mnemonics"),
    [
        ("en-us", "ˈsoʊəs", "'soU@s"),
        ("en-gb", "ˈsəʊəs", "'soU@s"),
        ("en-us", "ˈt͡ʃɪ.ɡɔŋ", "'tSIg0N"),
        ("de", "ˈpsoːas", "'pso:as"),
        ("fr-fr", "bɔ̃ vɛ̃", "bO~ vE~"),
        ("pl", "ˈt͡ɕi", "'ts;i"),
        ("en-us", "ʘ", None),
        ("en-us", "", ""),
    ],
)
def test_it_says_sounds_of_the_ipa(
    engine: EspeakEngine, voice: str, ipa: str, mnemonics: str | None
) -> None:
    """In mnemonics that the voice knows; what it cannot say is not said in part."""
    assert engine.from_ipa(ipa, voice) == mnemonics
    assert mnemonics is None or engine.unknown_phoneme(mnemonics, voice) is None


def test_sounds_that_would_be_read_as_another_are_kept_apart(engine: EspeakEngine) -> None:
    """`t` and `S` in a row are not the `tS` of "chair" where the IPA has two sounds."""
    assert engine.from_ipa("at.ʃ", "en-us") == "at|S"
    assert engine.from_ipa("atʃ", "en-us") == "atS"
    assert engine.from_ipa("eɪ", "en-us") == "eI"
    assert engine.from_ipa("ɒʊ", "en-us") == "0U"
