"""Spoken commands, without a device: segments, what is the guide's own, what is understood."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from cli_running import Runner
from live_services import need
from rehearsal import wait_until_ready

from voiceguide.audio.clip import resample
from voiceguide.audio.recording import read_sound
from voiceguide.errors import MachineError, UsageError
from voiceguide.player import Command, State
from voiceguide.player.hearing import (
    EXPLAINED,
    Hearing,
    MonitoredOutput,
    PhraseListener,
    PlaybackHistory,
    meaning,
    own_share,
    tick,
)
from voiceguide.player.recogniser import (
    FILLERS,
    FRAME,
    LONGEST,
    PHRASES,
    RATE,
    SHORTEST,
    Recogniser,
    Samples,
    Segmenter,
    SpeechSegment,
    check_hearing,
    voice_activity,
)
from voiceguide.player.transport import Transport
from voiceguide.render import Block

DELAY = 12
"""Samples at 48 kHz by which what was played is remembered too late: half of its filter."""

STREAM = 960
"""Samples that a microphone brings at a time."""


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    """The real one; CI has to bring it."""
    if not os.environ.get("CI"):
        pytest.importorskip("pocketsphinx", reason="needs the extra hands-free")
    return Recogniser()


def loud(frame: bytes) -> bool:
    """A detector of voices that takes all that is loud for one."""
    return bool(np.abs(np.frombuffer(frame, np.int16)).max() > 1000)


def noise(count: int, level: float = 3000, seed: int = 1) -> Samples:
    return (level * np.random.default_rng(seed).standard_normal(count)).astype(np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.int16)


def fed(segmenter: Segmenter, stream: Samples, at_once: int = STREAM) -> list[SpeechSegment]:
    pieces = range(0, len(stream), at_once)
    return [one for at in pieces for one in segmenter.feed(stream[at : at + at_once])]


# ── segments ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at_once", [STREAM, 333, 7001])
def test_a_word_in_silence_is_a_segment(at_once: int) -> None:
    """From a little before its first sample to a little after its last, wherever blocks end."""
    word = noise(20 * FRAME)
    [segment] = fed(Segmenter(loud), np.concatenate([silence(3), word, silence(1)]), at_once)
    before = 3 * RATE - segment.start
    assert 0.12 * RATE <= before <= 0.18 * RATE
    assert np.array_equal(segment.sound[before : before + len(word)], word)
    assert len(segment.sound) - before - len(word) <= 0.15 * RATE


def test_a_breath_before_a_word_is_left_out() -> None:
    """Also where the detector takes it for speech; what is nearly as loud as the word stays."""
    breath, word = noise(15 * FRAME, 12), noise(20 * FRAME)
    hiss = noise(15 * FRAME, 150)
    for before, begins in ((breath, 3 * RATE + len(breath)), (hiss, 3 * RATE)):
        stream = np.concatenate([silence(3), before, word, silence(1)])
        [segment] = fed(Segmenter(any), stream)
        assert 0.12 * RATE <= begins - segment.start <= 0.18 * RATE


@pytest.mark.parametrize(
    ("frames", "is_command"), [(3, False), (SHORTEST, True), (LONGEST, True), (LONGEST + 1, False)]
)
def test_what_is_no_command_by_its_length_is_no_segment(frames: int, is_command: bool) -> None:
    """A click is too short, a sentence too long."""
    stream = np.concatenate([silence(3), noise(frames * FRAME), silence(1)])
    assert bool(fed(Segmenter(loud), stream)) is is_command


def test_after_a_sentence_a_command_is_a_segment_again() -> None:
    """Talk that is long enough to be forgotten leaves nothing behind."""
    stream = np.concatenate([silence(1), noise(9 * RATE), silence(1), noise(RATE // 2), silence(1)])
    [segment] = fed(Segmenter(loud), stream)
    assert segment.start >= 10 * RATE


# ── the guide's own voice ────────────────────────────────────────────────────


def in_a_room(sound: Samples, seconds: float = 0.3, level: float = 0.3) -> Samples:
    """A sound as a room gives it back: many weak copies of it, for so many seconds."""
    count = round(seconds * RATE)
    echoes = np.random.default_rng(5).standard_normal(count) * 0.04
    echoes *= np.exp(-6.9 * np.arange(count) / count)
    echoes[0] = 1
    return (level * np.convolve(sound, echoes)[: len(sound)]).astype(np.int16)


def played(stream: Samples) -> PlaybackHistory:
    """What a device took: the stream, at its own rate of 48 kHz."""
    remembered = PlaybackHistory()
    for start in range(0, len(stream), 8000):
        remembered.add(np.repeat(stream[start : start + 8000], 3))
    return remembered


def syllables(seconds: float, seed: int) -> Samples:
    """Something like speech: noise that comes and goes."""
    time = np.arange(round(seconds * RATE)) / RATE
    swell = np.clip(np.sin(2 * np.pi * 2.3 * time + seed), 0, 1)
    return (swell * noise(len(time), seed=seed)).astype(np.int16)


@pytest.mark.parametrize("delay", [0.1, 0.55, 1.4])
@pytest.mark.parametrize("room", [0.01, 0.3, 0.6])
def test_what_was_played_is_known_again(delay: float, room: float) -> None:
    """After half a second in the device, softer, out of a room: it is the guide's own."""
    guide = syllables(4, seed=3)
    late = np.concatenate([silence(delay), in_a_room(guide, room), silence(2)])[: len(guide)]
    segment = SpeechSegment(2 * RATE, (late + noise(len(late), 20, seed=9))[-RATE * 3 // 4 :])
    assert own_share(segment, played(guide), len(guide)) > 2 * EXPLAINED


def test_what_a_listener_says_is_not_the_guides() -> None:
    """While the guide speaks of other things, and while a bed is heard under it."""
    for guide in (syllables(4, seed=3), noise(4 * RATE, 400, seed=4)):
        said = syllables(0.75, seed=8) + in_a_room(noise(RATE * 3 // 4, 200, seed=4))
        assert own_share(SpeechSegment(0, said), played(guide), len(guide)) < EXPLAINED / 2


def test_in_silence_all_is_the_listeners() -> None:
    """Where nothing was played, nothing is the guide's; its floor of noise is nothing."""
    for guide in (silence(4), noise(4 * RATE, 3)):
        assert own_share(SpeechSegment(0, syllables(0.7, seed=8)), played(guide), 4 * RATE) == 0


def test_what_was_played_is_remembered_for_seconds() -> None:
    """At its place, at a third of the rate, one channel or two; before and after it is silence."""
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(48_000 * 9) / 48_000)).astype(np.int16)
    for block in (tone, np.stack([tone, tone], axis=1)):
        remembered = PlaybackHistory()
        for start in range(0, len(block), 7001):
            remembered.add(block[start : start + 7001])
        assert remembered.count == 9 * RATE
        kept = remembered.between(9 * RATE - 1600, 9 * RATE) * 32768
        late = tone[-4800 - DELAY : -DELAY : 3]
        assert np.abs(kept - late).max() < 500  # two samples at 48 kHz
        assert not remembered.between(0, RATE // 2).any()
        assert not remembered.between(9 * RATE, 10 * RATE).any()


def test_a_device_is_overheard() -> None:
    """It gets the samples that it would get anyway, and they are remembered."""

    class Taker:
        name = "taker"
        taken: Block

        def start(self, pull: object) -> None:
            assert callable(pull)
            self.taken = pull(4800)

        def close(self) -> None:
            self.name = "closed"

    taker, remembered = Taker(), PlaybackHistory()
    output = MonitoredOutput(taker, remembered)
    output.start(lambda count: np.full(count, 300, np.int16))
    assert np.array_equal(taker.taken, np.full(4800, 300))
    assert (output.name, remembered.count) == ("taker", 1600)
    output.close()
    assert taker.name == "closed"


# ── what is understood ───────────────────────────────────────────────────────


SENTENCE = "Let us pause and go on to the next one and come back and repeat that before we stop."


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Samples]:
    """Words spoken by flite, by what is said."""
    need("flite")
    folder = tmp_path_factory.mktemp("said")
    others = ("sofa", "marvellous", "telephone", SENTENCE)
    return {words: spoken(folder, words) for words in (*PHRASES, *others)}


def spoken(folder: Path, words: str) -> Samples:
    path = folder / "said.wav"
    command = ["flite", "-voice", "slt", "-t", words, "-o", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)
    clip = read_sound(path)
    return np.rint(resample(clip.samples, clip.rate, RATE) * 16_000).astype(np.int16)


def heard(recogniser: Recogniser, stream: Samples, guide: Samples) -> list[str]:
    """What is understood in a stream while a guide plays."""
    remembered = PlaybackHistory()
    ear = PhraseListener(voice_activity(), recogniser.phrase, remembered)
    phrases: list[str] = []
    for start in range(0, len(stream), STREAM):
        remembered.add(np.repeat(guide[start : start + STREAM], 3))
        phrases += ear.hear(stream[start : start + STREAM], remembered.count)
    return phrases


def in_quiet(*sounds: Samples) -> Samples:
    """Sounds one after the other in a quiet room."""
    spaced = [part for sound in sounds for part in (sound, silence(0.8))]
    stream = np.concatenate([silence(1), *spaced])
    return stream + noise(len(stream), 8)


def test_commands_are_understood(recogniser: Recogniser, clips: dict[str, Samples]) -> None:
    """Each of the seven, from a voice that is not ours."""
    stream = in_quiet(*(clips[phrase] for phrase in PHRASES))
    assert heard(recogniser, stream, np.zeros_like(stream)) == list(PHRASES)


def test_a_command_is_understood_again_and_again_in_a_silent_room(
    recogniser: Recogniser, clips: dict[str, Samples]
) -> None:
    """The detector takes ever softer sounds for speech there, such as the breath before a word."""
    said = [clips["pause"], silence(4)] * 25
    stream = np.concatenate([silence(1), *said])
    stream += noise(len(stream), 1)
    assert heard(recogniser, stream, np.zeros_like(stream)) == ["pause"] * 25


def test_other_words_are_not(recogniser: Recogniser, clips: dict[str, Samples]) -> None:
    """What is said in a room, and a sentence that has commands in it."""
    words = in_quiet(clips["sofa"], clips["marvellous"], clips["telephone"])
    for stream in (words, in_quiet(clips[SENTENCE])):
        assert heard(recogniser, stream, np.zeros_like(stream)) == []


def test_the_guide_may_say_them(recogniser: Recogniser, clips: dict[str, Samples]) -> None:
    """The same words from the loudspeaker, half a second after the device was given them."""
    guide = in_quiet(*(clips[phrase] for phrase in PHRASES))
    stream = np.concatenate([silence(0.5), in_a_room(guide, level=0.8)])
    stream += noise(len(stream), 8)
    assert heard(recogniser, stream, np.concatenate([guide, silence(0.5)])) == []


def test_no_filler_is_a_command() -> None:
    """And each stands there once; none is so short that it would match anything."""
    said = {word for phrase in PHRASES for word in phrase.split()}
    assert not said & set(FILLERS)
    assert len(set(FILLERS)) == len(FILLERS)
    assert min(map(len, FILLERS)) >= 3


def test_stop_ends_a_session_only_when_it_is_paused() -> None:
    """A word that was misheard must not end it."""
    assert meaning("stop", State.PLAYING) is Command.PAUSE
    assert meaning("stop", State.WAITING) is Command.PAUSE
    assert meaning("stop", State.PAUSED) is Command.QUIT
    assert meaning("more time", State.PAUSED) is Command.MORE


# ── the source of commands ───────────────────────────────────────────────────


class Tape:
    """A microphone that brings a recording, and is gone then."""

    def __init__(self, stream: Samples) -> None:
        self._pieces = iter(np.split(stream, range(STREAM, len(stream), STREAM)))
        self.closed = False

    def read(self, _seconds: float) -> Samples | None:
        return next(self._pieces, None)

    def close(self) -> None:
        self.closed = True


@pytest.mark.usefixtures("recogniser")
def test_what_is_said_is_asked_for_and_answered(clips: dict[str, Samples]) -> None:
    """Each command once, with a tick and a note; a microphone that goes away is told of."""
    gone = threading.Event()
    asked: list[Command] = []
    told: list[str] = []
    answers: list[bool] = []

    def tell(note: str) -> None:
        told.append(note)
        if "gone" in note:
            gone.set()

    tape = Tape(in_quiet(clips["next"], clips["more time"]))
    hearing = Hearing(
        asked.append,
        PlaybackHistory(),
        answer=lambda: answers.append(True),
        told=tell,
        open_microphone=lambda: tape,
    )
    assert gone.wait(180)
    hearing.close()
    assert asked == [Command.NEXT, Command.MORE]
    assert len(answers) == 2
    assert told[0].startswith("listening: `pause`")
    assert told[1:] == [
        "heard: next",
        "heard: more time",
        "not listening: the microphone has gone",
    ]
    assert tape.closed


@pytest.mark.usefixtures("recogniser")
def test_without_a_microphone_it_says_so() -> None:
    """The session plays on, and the note tells why nothing is obeyed."""
    tried = threading.Event()

    def none() -> Tape:
        raise MachineError("there is no microphone", "")

    told: list[str] = []

    def tell(note: str) -> None:
        told.append(note)
        tried.set()

    hearing = Hearing(
        lambda _: None,
        PlaybackHistory(),
        told=tell,
        open_microphone=none,
    )
    assert tried.wait(180)
    hearing.close()
    assert told == ["not listening: there is no microphone"]


@pytest.mark.parametrize("channels", [1, 2])
def test_the_answer_is_heard_over_whatever_plays(channels: int) -> None:
    """Added to the session, whole, across two blocks, and once."""

    class Ten:
        length = 48_000
        spans = ()
        ground = None

        def __init__(self) -> None:
            self.channels = channels

        def read(self, start: int, stop: int) -> Block:
            shape = (stop - start,) if channels == 1 else (stop - start, 2)
            return np.full(shape, 10, np.int16)

        def key(self, start: int, stop: int) -> str:
            return f"{start} {stop}"

    transport = Transport(Ten())
    transport.go()
    wait_until_ready(transport, 12_000)
    sound = tick()
    transport.say_over(sound)
    both = np.concatenate([transport.pull(4000), transport.pull(4000)])
    mono = both if channels == 1 else both[:, 1]
    assert np.array_equal(mono[: len(sound)], sound + 10)
    assert (mono[len(sound) :] == 10).all()
    transport.close()


def test_the_answer_is_soft() -> None:
    """Below a voice, without a click at its end, and over before a word could follow."""
    sound = tick().astype(int)
    assert 1000 < np.abs(sound).max() < 2500
    assert np.abs(sound[[0, -1]]).max() <= 10
    assert len(sound) < 0.15 * 48_000


# ── what is asked for in vain ────────────────────────────────────────────────


@pytest.fixture
def without_pocketsphinx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voiceguide.player.recogniser.find_spec", lambda _name: None)


@pytest.mark.usefixtures("without_pocketsphinx")
def test_without_the_extra_nothing_plays(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The line for pip comes first, before the routine is even looked at."""
    run = Runner(capfd, monkeypatch, tmp_path)
    ran = run("play", "nowhere.md", "--listen")
    assert (ran.code, ran.out) == (3, "")
    assert "listening needs the package pocketsphinx" in ran.err
    assert 'pip install "voiceguide[hands-free]"' in ran.err


def test_another_language_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It knows English alone, and says so."""
    monkeypatch.setattr("voiceguide.player.recogniser.find_spec", lambda _name: object())
    check_hearing("en")
    check_hearing("en-GB")
    with pytest.raises(UsageError, match=r"knows only English words so far.*`de`"):
        check_hearing("de")
