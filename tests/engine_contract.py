"""What holds for every engine, to be tried on any of them.

A file of tests makes a class of its own, with a fixture `engine`:

    class TestRobot(EngineContract):
        @pytest.fixture
        def engine(self):
            with closing(RobotEngine()) as engine:
                yield engine

`FailingContract` asks for two more, an engine that crashes and one that hangs. In the process of
its own that one test starts, the engine is made by its name, from the same environment.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from voiceguide.audio.clip import find_sounding
from voiceguide.engines import Engine, Utterance, find_voice, make
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
    "-h --help",
    "<speak><break time='9s'/></speak> & <b>bold</b>",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "\"'`\\/{}[]()<>|~^%$#@!?;:",
)

ELSEWHERE = """
import hashlib, sys
from voiceguide.engines import make
engine = make(sys.argv[1])
for line in sys.argv[3:]:
    print(hashlib.sha256(engine.speak(line, sys.argv[2], 130).samples.tobytes()).hexdigest())
engine.close()
"""


def digest(utterance: Utterance) -> str:
    """Names the samples."""
    return hashlib.sha256(utterance.samples.tobytes()).hexdigest()


def seconds(utterance: Utterance) -> float:
    return len(utterance.samples) / utterance.rate


class EngineContract:
    """The tests; an attribute says what an engine cannot do."""

    audible = True
    """Whether there is any sound: an engine may be silent on purpose."""
    keeps_pace = True
    """Whether it can be asked to speak more quickly."""
    voice: str | None = None
    """The voice that is tried; None is the first English one."""

    def say(self, engine: Engine, text: str, words_a_minute: int = 130) -> Utterance:
        """Say a text with the voice that is tried."""
        return engine.speak(text, find_voice(engine, self.voice, "en").name, words_a_minute)

    def test_an_utterance_is_mono_floating_point(self, engine: Engine) -> None:
        """Samples are one row of float32 within full scale, at a rate for speech."""
        said = self.say(engine, LINE)
        assert said.samples.ndim == 1
        assert said.samples.dtype == np.float32
        assert np.abs(said.samples).max(initial=0) <= 1
        assert 8_000 <= said.rate <= 192_000
        assert 1.5 < seconds(said) < 6

    def test_the_sound_starts_soon(self, engine: Engine) -> None:
        """A voice is heard from within the first second to within the last."""
        said = self.say(engine, LINE)
        onset, end = find_sounding(said.samples, said.rate)
        assert (end > onset) is self.audible
        assert onset < said.rate
        assert not self.audible or len(said.samples) - end < said.rate

    def test_the_same_is_the_same_in_another_order(self, engine: Engine) -> None:
        """What was said before changes nothing: not one bit."""
        once = {line: digest(self.say(engine, line)) for line in LINES}
        again = {line: digest(self.say(engine, line)) for line in reversed(LINES)}
        assert once == again

    def test_the_same_is_the_same_in_another_process(self, engine: Engine) -> None:
        """A program started later, after other texts, makes the same samples."""
        voice = find_voice(engine, self.voice, "en").name
        command = [sys.executable, "-W", "error", "-c", ELSEWHERE, engine.name, voice]
        run = subprocess.run([*command, *LINES[::-1]], capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr) == (0, "")
        assert run.stdout.split() == [digest(self.say(engine, line)) for line in LINES[::-1]]

    def test_two_threads_at_once_hear_the_same(self, engine: Engine) -> None:
        """An engine that gains from threads gives each of them what it gives one alone."""
        alone = [digest(self.say(engine, line)) for line in LINES]
        with ThreadPoolExecutor(getattr(engine, "at_once", 1)) as pool:
            together = list(pool.map(lambda line: digest(self.say(engine, line)), LINES * 2))
        assert together == alone * 2

    @pytest.mark.parametrize("text", ["", " ", "\n", "...", "—", "\u200b"])
    def test_what_has_no_words_is_short_and_no_error(self, engine: Engine, text: str) -> None:
        """Nothing to say takes next to no time."""
        assert seconds(self.say(engine, text)) < 0.1

    @pytest.mark.parametrize("text", ODD)
    def test_odd_text_is_no_error(self, engine: Engine, text: str) -> None:
        """Scripts, pictures, controls, marks: something comes back, of a sensible length."""
        assert seconds(self.say(engine, text)) < 60

    def test_a_text_may_be_long(self, engine: Engine) -> None:
        """5,000 characters are said to their end: ten times as many take ten times as long."""
        tenth = "Lift your leg slowly, and lower it again. " * 12
        length = seconds(self.say(engine, tenth))
        assert seconds(self.say(engine, tenth * 10)) == pytest.approx(10 * length, rel=0.05)

    def test_a_pace_is_followed(self, engine: Engine) -> None:
        """Asked to be quicker, it is, by about as much; what is wrong with its count is measured
        where it is used."""
        if self.keeps_pace:
            paces = (80, 110, 150, 220)
            lengths = [seconds(self.say(engine, LINE * 4, pace)) for pace in paces]
            assert lengths == sorted(set(lengths), reverse=True)
            assert lengths[3] == pytest.approx(lengths[1] / 2, rel=0.15)

    def test_every_voice_is_named_once_for_each_language(self, engine: Engine) -> None:
        """Voices have names and lower-case tags, and no pair of them twice."""
        voices = engine.voices()
        assert len(set(voices)) == len(voices) > 0
        assert all(voice.name and voice.language == voice.language.lower() for voice in voices)

    def test_an_unknown_voice_is_a_usage_error(self, engine: Engine) -> None:
        """It is not quietly another voice."""
        with pytest.raises(UsageError):
            engine.speak("Rest.", "no-such-voice", 130)

    def test_it_has_a_version(self, engine: Engine) -> None:
        """Its sound is kept under its name and version, which stay the same."""
        assert engine.name
        assert engine.version
        assert make(engine.name).version == engine.version

    def test_closing_twice_is_harmless(self, engine: Engine) -> None:
        """Before speaking, after it, and once more."""
        engine.close()
        self.say(engine, "Rest.")
        engine.close()
        engine.close()


class FailingContract:
    """What an engine says when it crashes, and when it hangs."""

    def test_a_crash_is_told_with_the_text(self, crashing: Engine) -> None:
        """The machine's fault, which names the text that is missing for it."""
        voice = find_voice(crashing, None, "en").name
        with pytest.raises(MachineError, match=r"Let the hips soften\."):
            crashing.speak("Let the hips soften.", voice, 130)

    def test_a_hang_is_ended(self, hanging: Engine) -> None:
        """After its time-out it is told as well; nothing waits for ever."""
        voice = find_voice(hanging, None, "en").name
        with pytest.raises(MachineError, match=r"Let the hips soften\."):
            hanging.speak("Let the hips soften.", voice, 130)
