"""Finding engines and voices, and guessing how long a text takes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from voiceguide import engines
from voiceguide.engines import Choice, Engine, Utterance, Voice, find_voice, make, read_choice
from voiceguide.engines.silent import SilentEngine, seconds_to_say
from voiceguide.errors import MachineError, UsageError
from voiceguide.speech.speaker import Speaker


class Polyglot:
    """An engine of many voices, none of which speaks."""

    name = "polyglot"
    version = "1"

    def voices(self) -> list[Voice]:
        tags = ("en-us", "en-gb", "de", "fr-ca", "fr-fr", "zh-cmn")
        return [Voice(f"{tag} voice", tag) for tag in tags]

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        return Utterance(np.zeros(len(text), np.float32), 8_000)

    def close(self) -> None:
        pass


def installed(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """Let these be the engines that are installed."""
    points = {name: EntryPoint(name, value, engines.GROUP) for name, value in values.items()}
    monkeypatch.setattr(engines, "_installed", lambda: points)


# ── engines ──────────────────────────────────────────────────────────────────


def test_the_built_in_engines_are_found_like_a_strangers() -> None:
    """Both are registered as entry points, and made by their names."""
    assert {"espeak", "silent"} <= set(engines.names())
    silent = make("silent")
    assert isinstance(silent, SilentEngine)
    assert silent.name == "silent"


def test_an_unknown_engine_gets_a_suggestion() -> None:
    """A slip of the keyboard is a usage error that names the engine that was meant."""
    with pytest.raises(UsageError) as raised:
        make("espaek")
    assert raised.value.message == "there is no speech engine `espaek`"
    assert raised.value.help == "did you mean `espeak`?"


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("no_such_package:Engine", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("voiceguide.engines.silent:Nothing", "has no attribute 'Nothing'"),
        ("builtins:int.from_bytes", "TypeError"),
    ],
)
def test_an_engine_that_fails_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch, value: str, fault: str
) -> None:
    """A broken package is the machine's fault, said with its reason; the rest still works."""
    installed(monkeypatch, broken=value, silent="voiceguide.engines.silent:SilentEngine")
    assert engines.names() == ("broken", "silent")
    with pytest.raises(MachineError) as raised:
        make("broken")
    assert raised.value.message.startswith("the speech engine `broken` cannot be used: ")
    assert fault in raised.value.message
    assert make("silent").name == "silent"


def test_an_engines_own_error_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that says itself what is missing is not wrapped in other words."""
    installed(monkeypatch, picky="test_engines_picky:Picky")

    class Picky:
        def __init__(self) -> None:
            raise MachineError("it needs a model", "download one")

    monkeypatch.setattr(EntryPoint, "load", lambda _: Picky)
    with pytest.raises(MachineError, match="it needs a model"):
        make("picky")


@pytest.mark.parametrize("needed", ["name", "version", "voices", "speak", "close"])
def test_an_engine_that_lacks_something_is_told(
    monkeypatch: pytest.MonkeyPatch, needed: str
) -> None:
    """A stranger's engine without a part of the protocol is named, with what it lacks."""
    parts = {name: part for name, part in vars(Polyglot).items() if name != needed}
    installed(monkeypatch, polyglot="nowhere:Polyglot")
    monkeypatch.setattr(EntryPoint, "load", lambda _: type("Partial", (), parts))
    with pytest.raises(MachineError, match=f"it has no `{needed}`") as raised:
        make("polyglot")
    assert "choose another engine" in raised.value.help


def test_voices_that_are_none_are_told() -> None:
    """What `voices` raises or gives is the engine's fault, in a sentence."""
    engine = Polyglot()
    for wrong in (lambda: None, lambda: ["en"], lambda: 1 / 0):
        engine.voices = wrong  # type: ignore[method-assign, assignment]  # that is the test
        with pytest.raises(MachineError, match="`polyglot` does not tell its voices") as raised:
            find_voice(engine, None, "en")
        assert raised.value.help


@pytest.mark.parametrize(
    ("speak", "said"),
    [
        (lambda *_: None, "it gave NoneType in place of an utterance"),
        (lambda *_: Utterance(np.zeros((2, 2), np.float32), 8_000), "no mono samples"),
        (lambda *_: 1 / 0, "ZeroDivisionError: division by zero"),
    ],
)
def test_what_an_engine_says_wrongly_is_told(speak: Callable[..., Utterance], said: str) -> None:
    """Nothing, samples of another shape, any exception: a sentence that names engine and text."""
    engine = Polyglot()
    engine.speak = speak  # type: ignore[method-assign]  # that is the test
    with Speaker(engine, "en-us voice") as speaker, pytest.raises(MachineError) as raised:
        speaker.clip("Lift.")
    assert said in raised.value.message
    assert "`polyglot` failed on `" in raised.value.message
    assert raised.value.help


def test_an_engine_that_cannot_tell_its_version_is_told() -> None:
    """What is kept of it stands under its version, so nothing can be spoken."""

    class Timeless(Polyglot):
        @property
        def version(self) -> str:  # type: ignore[override]  # that is the test
            raise RuntimeError("no idea")

    with Speaker(Timeless(), "en-us voice") as speaker, pytest.raises(MachineError) as raised:
        speaker.clip("Lift.")
    assert "`polyglot` does not tell its version: RuntimeError: no idea" in raised.value.message


def test_listing_engines_imports_nothing_heavy() -> None:
    """The names of the engines, and a text's length, are known without numpy."""
    code = (
        "import sys; from voiceguide.engines import names; from voiceguide.engines.silent import"
        " seconds_to_say; names(); seconds_to_say('one two', 130);"
        " print('numpy' in sys.modules or 'espeakng_loader' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


# ── voices ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        (None, Choice("espeak", None)),
        ("", Choice("espeak", None)),
        ("silent", Choice("silent", None)),
        (" Espeak : en-us+f3 ", Choice("espeak", "en-us+f3")),
        ("espeak:a:b", Choice("espeak", "a:b")),
    ],
)
def test_a_choice_of_voice_is_read(text: str | None, choice: Choice) -> None:
    """`ENGINE` and `ENGINE:VOICE`; nothing at all is the default engine."""
    assert read_choice(text) == choice


@pytest.mark.parametrize("text", [":", "espeak:", ":en-us"])
def test_half_a_choice_is_an_error(text: str) -> None:
    """A colon promises a name on both sides."""
    with pytest.raises(UsageError, match="names no voice"):
        read_choice(text)


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("en", "en-us voice"),
        ("en-GB", "en-gb voice"),
        ("en_GB", "en-gb voice"),
        ("en-AU", "en-us voice"),
        ("fr", "fr-ca voice"),
        ("de-AT", "de voice"),
        ("zh", "zh-cmn voice"),
    ],
)
def test_a_voice_is_found_for_a_language(language: str, voice: str) -> None:
    """The very tag first, then the first voice of the same language."""
    assert find_voice(Polyglot(), None, language).name == voice


def test_a_voice_is_found_by_its_name() -> None:
    """In any case, with a variant kept as it is written."""
    assert find_voice(Polyglot(), "EN-GB Voice", "de") == Voice("en-gb voice", "en-gb")
    assert find_voice(Polyglot(), "de voice+Anna", "de").name == "de voice+Anna"


def test_an_unknown_voice_gets_a_suggestion() -> None:
    """A near name is suggested; a far one is not answered with a hundred names."""
    engine: Engine = Polyglot()
    with pytest.raises(UsageError) as raised:
        find_voice(engine, "en-gb voise", "en")
    assert raised.value.message == "the speech engine `polyglot` has no voice `en-gb voise`"
    assert raised.value.help == "did you mean `en-gb voice`?"
    with pytest.raises(UsageError, match="no voice for the language `tlh`") as raised:
        find_voice(engine, None, "tlh")
    assert raised.value.help.startswith("it speaks `de`, `en-gb`, ")
    assert raised.value.help.endswith("`voiceguide voices --language tlh` lists who else speaks")


# ── how long a text takes ────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["", " ", "...", "—", "🙂", "\n"])
def test_nothing_takes_no_time(text: str) -> None:
    """What has no letters and no digits is not spoken."""
    assert seconds_to_say(text, 130) == 0


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("7", "seven"),
        ("30", "thirty"),
        ("45", "forty five"),
        ("112", "one hundred twelve"),
        ("1,000", "one thousand"),
        ("20,305,011", "twenty million three hundred five thousand eleven"),
        ("2.5", "two point five"),
        ("20%", "twenty per cent"),
        ("1234567890", "one two three four five six seven eight nine zero"),
    ],
)
def test_a_number_takes_as_long_as_its_words(number: str, words: str) -> None:
    """Digits are read out, not counted as letters."""
    assert seconds_to_say(number, 130) == seconds_to_say(words, 130)


def test_more_takes_longer_and_quicker_takes_less() -> None:
    """A longer text takes longer, and twice the pace half the time."""
    short = seconds_to_say("Lift your leg.", 130)
    long = seconds_to_say("Lift your leg, and hold it there.", 130)
    assert 0.5 < short < long - 0.5
    assert seconds_to_say("Lift your leg.", 260) == pytest.approx(short / 2)


@pytest.mark.parametrize("text", ["ноги вместе", "膝を曲げる", "शांत", "٣ ٤", "²", "é" * 9])
def test_other_scripts_take_time_too(text: str) -> None:
    """A sign is a sound, or a syllable, in every script."""
    assert 0.2 < seconds_to_say(text, 130) < 5
