"""What holds for every engine that is installed, the built-in ones and a stranger's."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from voiceguide.engines import Engine, Utterance, find_voice, make, names
from voiceguide.errors import MachineError, UsageError

LINE = "Breathe slowly, and let the hips soften."
LINES = (LINE, "Left side.", "Three.", "Come back to centre.", "10 to 15 times", "Rest.")
ODD = (
    "naïve façade",
    "e\u0301 cafe\u0301",
    "שלום",
    "مرحبا بك",
    "膝を曲げる",
    "नमस्ते",
    "🧘‍♀️ breathe 🙂",
    "a\u200bb \u2028 c\u00a0d",
    "nul \0 bell \a escape \x1b[31m",
    "lone \ud800 surrogates \udfff",
    "\x01 80S faster",
    "<speak><break time='9s'/></speak> & <b>bold</b>",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "\"'`\\/{}[]()<>|~^%$#@!?;:",
)


@pytest.fixture(params=names())
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each engine, closed afterwards; one that says why it cannot be used is left out."""
    try:
        made = make(request.param)
    except MachineError as error:
        pytest.skip(error.message)
    yield made
    made.close()


def say(engine: Engine, text: str, words_a_minute: int = 130) -> Utterance:
    """Say a text with the engine's first English voice."""
    return engine.speak(text, find_voice(engine, None, "en").name, words_a_minute)


def digest(utterance: Utterance) -> str:
    """Names the samples."""
    return hashlib.sha256(utterance.samples.tobytes()).hexdigest()


def seconds(utterance: Utterance) -> float:
    return len(utterance.samples) / utterance.rate


def test_an_utterance_is_mono_floating_point(engine: Engine) -> None:
    """Samples are one row of float32 within full scale, at a rate for speech."""
    said = say(engine, LINE)
    assert said.samples.ndim == 1
    assert said.samples.dtype == np.float32
    assert np.abs(said.samples).max(initial=0) <= 1
    assert 8_000 <= said.rate <= 192_000
    assert 1.5 < seconds(said) < 6


def test_the_same_is_the_same_in_another_order(engine: Engine) -> None:
    """What was said before changes nothing: not one bit."""
    once = {line: digest(say(engine, line)) for line in LINES}
    again = {line: digest(say(engine, line)) for line in reversed(LINES)}
    assert once == again


ELSEWHERE = """
import hashlib, sys
from voiceguide.engines import find_voice, make
engine = make(sys.argv[1])
voice = find_voice(engine, None, "en").name
for line in sys.argv[2:]:
    print(hashlib.sha256(engine.speak(line, voice, 130).samples.tobytes()).hexdigest())
engine.close()
"""


def test_the_same_is_the_same_in_another_process(engine: Engine) -> None:
    """A program started later, after other texts, makes the same samples."""
    command = [sys.executable, "-W", "error", "-c", ELSEWHERE, engine.name, *LINES[::-1]]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stderr == ""
    assert run.stdout.split() == [digest(say(engine, line)) for line in LINES[::-1]]


def test_two_threads_at_once_hear_the_same(engine: Engine) -> None:
    """An engine that gains from threads gives each of them what it gives one alone."""
    alone = [digest(say(engine, line)) for line in LINES]
    with ThreadPoolExecutor(getattr(engine, "at_once", 1)) as pool:
        together = list(pool.map(lambda line: digest(say(engine, line)), LINES * 3))
    assert together == alone * 3


@pytest.mark.parametrize("text", ["", " ", "\n", "...", "—", "\u200b"])
def test_what_has_no_words_is_short_and_no_error(engine: Engine, text: str) -> None:
    """Nothing to say takes next to no time."""
    assert seconds(say(engine, text)) < 0.1


@pytest.mark.parametrize("text", ODD)
def test_odd_text_is_no_error(engine: Engine, text: str) -> None:
    """Scripts, pictures, controls, marks: something comes back, of a sensible length."""
    assert seconds(say(engine, text)) < 60


def test_a_text_may_be_long(engine: Engine) -> None:
    """5,000 characters are said to their end: ten times as many take ten times as long."""
    tenth = "Lift your leg slowly, and lower it again. " * 12
    length = seconds(say(engine, tenth))
    assert seconds(say(engine, tenth * 10)) == pytest.approx(10 * length, rel=0.05)


def test_a_pace_is_kept(engine: Engine) -> None:
    """At twice the pace a text takes half as long, within a tenth."""
    slow, quick = (seconds(say(engine, LINE * 4, pace)) for pace in (110, 220))
    assert quick == pytest.approx(slow / 2, rel=0.1)


def test_every_voice_is_named_once_for_each_language(engine: Engine) -> None:
    """Voices have names and lower-case tags, and no pair of them twice."""
    voices = engine.voices()
    assert len(set(voices)) == len(voices) > 0
    assert all(voice.name and voice.language == voice.language.lower() for voice in voices)


def test_an_unknown_voice_is_a_usage_error(engine: Engine) -> None:
    """It is not quietly another voice."""
    with pytest.raises(UsageError):
        engine.speak("Rest.", "no-such-voice", 130)


def test_it_has_a_version(engine: Engine) -> None:
    """Its sound is kept under its name and version, which stay the same."""
    assert engine.name
    assert engine.version
    assert make(engine.name).version == engine.version


def test_closing_twice_is_harmless(engine: Engine) -> None:
    """Before speaking, after it, and once more."""
    engine.close()
    say(engine, "Rest.")
    engine.close()
    engine.close()
