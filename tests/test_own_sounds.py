"""Own chimes, sounds and beds, from files and from programs: levelled, trimmed, or refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

import voiceguide
from voiceguide.audio import decode
from voiceguide.audio.clip import Clip
from voiceguide.audio.decode import LARGEST
from voiceguide.audio.levels import CEILING, loudness, momentary, true_peak
from voiceguide.audio.loops import LONGEST_LOOP, LOOP_UNIT, Loop, loop_of
from voiceguide.audio.recording import (
    BELOW_VOICE,
    LONGEST,
    MOST_RAISED,
    SuppliedSound,
    mixed_down,
    played_clip,
    read_recording,
    recording_of,
    struck_clip,
)
from voiceguide.errors import InputError, RoutineError, Severity, UsageError
from voiceguide.sequence import Chime, Words
from voiceguide.settings import BED_LEVEL, LOUDNESS
from voiceguide.studio import Session, sounds
from voiceguide.studio.sounds import Sounds, bed_of

Reals = npt.NDArray[np.float64]

RATE = 48_000
VOICE = -19.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for routines, with a cache of its own."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    home = tmp_path / "home"
    home.mkdir()
    return home


def tone(seconds: float, peak: float = 0.3, hertz: float = 440.0, rate: int = RATE) -> Reals:
    times = np.arange(round(seconds * rate)) / rate
    return np.asarray(peak * np.sin(2 * np.pi * hertz * times))


def struck(seconds: float, peak: float = 0.5) -> Reals:
    """A tone that dies away."""
    return tone(seconds, peak) * np.exp(-4 * np.arange(round(seconds * RATE)) / RATE)


def hiss(seconds: float, peak: float = 0.2, rate: int = RATE, channels: int = 1) -> Reals:
    shape = (round(seconds * rate), channels)
    return np.random.default_rng(7).uniform(-peak, peak, shape)


def write(path: Path, samples: Any, rate: int = RATE, **more: str) -> Path:
    soundfile.write(path, samples, rate, **more)
    return path


def routine(folder: Path, text: str) -> Path:
    path = folder / "main.md"
    path.write_text(dedent(text), encoding="utf-8")
    return path


def looped(sound: SuppliedSound, level: float) -> Loop:
    """A sound of a program as the loop of a bed."""
    return loop_of(recording_of(sound, "the bed", LONGEST_LOOP, cut=True), level)


def clip_of(sound: SuppliedSound, made: Callable[..., Clip]) -> Clip:
    return made(recording_of(sound, "it"), VOICE)


# ── levels ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("peak", [0.9, 0.1, 0.02])
def test_a_chime_is_as_loud_as_the_librarys_own(peak: float) -> None:
    """Its loudest moment lies 6 LU below the voice, however loud it was recorded."""
    clip = clip_of(struck(2.0, peak), struck_clip)
    assert momentary(clip.samples, RATE) == pytest.approx(VOICE - 6, abs=0.1)


def test_a_click_is_not_made_a_chime_by_force() -> None:
    """What is too short to be as loud keeps its shape: its peaks are limited by 3 dB at most."""
    click = np.concatenate([tone(0.001, 0.5, 2_000), np.zeros(RATE)])
    clip = clip_of(click, struck_clip)
    assert true_peak(clip.samples) == pytest.approx(CEILING, abs=0.2)
    assert momentary(clip.samples, RATE) < VOICE - 6


@pytest.mark.parametrize(
    ("level", "becomes"), [(-8, -19), (-15, -19), (-20, -20), (-24, -24), (-33, -25), (-50, -38)]
)
def test_a_sound_is_levelled_gently(level: float, becomes: float) -> None:
    """Down to the voice, or up to 6 LU below it by 12 dB at most; alone in between."""
    plain = tone(3.0, 0.1, 1_000)
    gain = level - loudness(plain.astype(np.float32), RATE)
    clip = clip_of(plain * 10 ** (gain / 20), played_clip)
    assert clip.loudness == pytest.approx(becomes, abs=0.2)


def test_nothing_is_ever_far_above_the_voice() -> None:
    """A sound that is loud for a moment alone is turned down by it, to 3 LU over the voice."""
    sudden = np.concatenate([tone(20.0, 0.03), tone(0.5, 0.9), tone(20.0, 0.03)])
    clip = clip_of(sudden, played_clip)
    assert VOICE + 2 < momentary(clip.samples, RATE) < VOICE + 3.1


def test_silence_around_a_sound_is_cut_off_and_its_ringing_kept() -> None:
    """Its beginning is known to the millisecond, and it is heard until 60 dB below its strike."""
    sound = np.concatenate([np.zeros(RATE), struck(3.0), np.zeros(RATE)])
    clip = clip_of(sound + 0.02, struck_clip)
    assert clip.onset == pytest.approx(480, abs=48)
    assert len(clip.samples) / RATE == pytest.approx(np.log(1000) / 4, abs=0.15)
    assert abs(clip.samples[0]) < 1e-4
    assert abs(float(clip.samples.mean())) < 1e-4


@pytest.mark.slow
def test_another_loudness_takes_chimes_along(folder: Path) -> None:
    """At -25 LUFS chimes, sounds and bed are 6 dB softer; at -12 no peak passes the ceiling."""
    main = routine(folder, "---\nbed: rain\n---\nGo.\n\n- hold 5s\n")

    def heard(level: str) -> tuple[Clip, Loop]:
        session = voiceguide.load(main, loudness=level)
        bed = bed_of(session._opened)
        assert bed
        return Sounds(session._opened).clip(Chime("bowl-start")), bed

    (usual, bed), (soft, soft_bed), (loud, _) = (heard(level) for level in ("-19", "-25", "-12"))
    assert usual.loudness - soft.loudness == pytest.approx(6, abs=0.05)
    assert loud.loudness - usual.loudness == pytest.approx(7, abs=0.3)
    assert true_peak(loud.samples) <= CEILING + 0.01
    assert loudness(bed.samples, RATE) - loudness(soft_bed.samples, RATE) == pytest.approx(
        6, abs=0.1
    )


LINES = """\
    Kneel on your left knee, with your right foot flat in front of you.

    Ease your hips forward until you feel a gentle stretch. [chime]

    Breathe slowly, and let the hips soften.
    """


@pytest.mark.slow
@pytest.mark.parametrize(("level", "short"), [(-25, 0.8), (-16, 0.8), (-12, 2.5)])
def test_a_session_becomes_as_loud_as_was_asked_for(folder: Path, level: int, short: float) -> None:
    """Line by line; a very loud one as far as its peaks allow, at most -1 dBTP in the MP3.

    LAME turns everything down by 0.4 dB, and takes the highest tones away.
    """
    session = voiceguide.load(routine(folder, LINES), loudness=str(level), halfway="no")
    done = session.export(folder / "it.mp3")
    heard, _ = soundfile.read(done.file, dtype="float32")
    lines = [event for event in done.plan.timeline.events if isinstance(event.source, Words)]
    levels = [loudness(heard[line.position : line.end], RATE) for line in lines]
    assert level - short < min(levels) < max(levels) < level + 0.5
    assert true_peak(heard) < -1


# ── loops ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_file_becomes_a_loop(folder: Path, name: str, channels: int) -> None:
    """Of whole frames, with its channels, at the level asked for, whatever rate and format."""
    path = write(folder / name, hiss(9, rate=44_100, channels=channels), 44_100)
    bed = loop_of(path, -33.0)
    assert bed.length % LOOP_UNIT == 0
    assert bed.length / RATE == pytest.approx(6.3, abs=0.5)
    assert bed.channels == channels
    of_a_side = loudness(bed.samples, RATE) - 10 * np.log10(channels)
    assert of_a_side == pytest.approx(-33, abs=0.05)


def powers(samples: Any) -> Reals:
    """The power of each 24 ms."""
    return np.asarray((np.asarray(samples, np.float64).reshape(-1, LOOP_UNIT) ** 2).mean(axis=1))


def test_the_cross_fade_has_equal_power() -> None:
    """Noise is as loud in the three seconds in which its end goes over into its beginning."""
    found = powers(looped(hiss(30), -30.0).samples)
    fade, rest = found[: 3 * RATE // LOOP_UNIT], found[3 * RATE // LOOP_UNIT :]
    assert 10 * np.log10(fade.mean() / rest.mean()) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("hertz", [100.0, 100.1, 250.4])
def test_a_tone_neither_swells_nor_sinks_in_the_cross_fade(hertz: float) -> None:
    """A length is found at which its ends do not cancel, and what is alike is faded as that."""
    found = powers(looped(tone(12, hertz=hertz), -30.0).samples)
    level = 10 * np.log10(found / np.median(found))
    assert level.min() > -1
    assert level.max() < 0.5


@pytest.mark.parametrize("sound", [hiss(5), tone(5, hertz=90)], ids=["noise", "tone"])
def test_a_loop_has_no_step(sound: Reals) -> None:
    """Where it begins anew it bends no more than anywhere else, and it has no offset."""
    bed = looped(sound + 0.1, -30.0)
    around = np.concatenate([bed.samples, bed.samples[:2]])[:, 0].astype(np.float64)
    bends = np.abs(np.diff(around, 2))
    assert bends[-4:].max() <= bends[:-4].max()
    assert abs(bed.samples.mean()) < 1e-6


def test_no_level_makes_a_loop_clip() -> None:
    """At 0 dB a bed is as loud as its peaks allow, on the louder of its sides."""
    bed = looped(hiss(5, channels=2) * (1, 0.2), 0.0)
    assert max(map(true_peak, bed.samples.T)) == pytest.approx(CEILING, abs=0.01)


def test_a_loop_is_read_round_and_round() -> None:
    """Any stretch of it can be had, as often as it goes round."""
    bed = looped(hiss(2), -30.0)
    twice = np.concatenate([bed.samples] * 3)
    start, stop = bed.length - 5, 2 * bed.length + 7
    assert np.array_equal(bed.read(start, stop), twice[start:stop])


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros((LOOP_UNIT, 3), np.float32), "one or two channels"),
        (np.zeros(LOOP_UNIT, np.float32), "one or two channels"),
        (np.zeros((LOOP_UNIT, 1)), "float64"),
        (np.zeros((LOOP_UNIT + 1, 1), np.float32), "not a whole number of 1152"),
        (np.zeros((0, 1), np.float32), "not a whole number of 1152"),
    ],
)
def test_what_is_no_loop_is_refused(samples: Any, said: str) -> None:
    """Shape, type and length are what encoders count on."""
    with pytest.raises(ValueError, match=said):
        Loop.of(samples)


def test_a_long_file_is_looped_by_its_beginning(folder: Path) -> None:
    """Of an hour five minutes are decoded, and that is said as soon as the routine is opened."""
    with wave.open(str(folder / "long.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(4_000)
        file.writeframes(bytes([128, 140, 128, 110]) * 1_000 * 3_600)
    main = routine(folder, "---\nbed: long.wav\n---\nGo.\n")
    session = voiceguide.load(main)
    [warning] = [problem for problem in session.warnings if "long.wav" in problem.message]
    assert (warning.severity, warning.line) == (Severity.WARNING, 2)
    assert warning.message == "`long.wav` lasts 1:00:00: its first 5:00 go round and round"
    bed = bed_of(session._opened)
    assert bed
    assert bed.length / RATE == pytest.approx(300 - 3.5, abs=0.6)


@pytest.mark.parametrize(("channels", "left", "right"), [(3, 1, 0), (4, 1, 0), (6, 1, 0)])
def test_many_channels_are_mixed_down(channels: int, left: int, right: int) -> None:
    """The left one stays left, the centre is heard on both sides, and nothing is too loud."""
    first = np.eye(channels, dtype=np.float32)[:1]
    heard = mixed_down(first)
    assert (heard[0] > 0).tolist() == [bool(left), bool(right)]
    assert np.abs(mixed_down(np.ones((5, channels), np.float32))).max() <= 1.0001
    centre = np.eye(channels, dtype=np.float32)[2:3]
    if channels != 4:
        assert mixed_down(centre)[0, 0] == mixed_down(centre)[0, 1] > 0


def test_more_channels_than_have_names_become_one() -> None:
    """Sixteen tracks are one sound."""
    assert mixed_down(np.ones((5, 16), np.float32)).shape == (5, 1)


# ── handed in by a program ───────────────────────────────────────────────────


class Segment:
    """What pydub's `AudioSegment` has."""

    def __init__(self, samples: Any, width: int, rate: int) -> None:
        scaled = np.rint(np.asarray(samples) * (2 ** (8 * width - 1) - 1))
        self.raw_data = scaled.astype(f"<i{width}").tobytes()
        self.channels = scaled.shape[1] if scaled.ndim == 2 else 1
        self.sample_width = width
        self.frame_rate = rate


@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_segment_is_read_without_pydub(width: int, channels: int) -> None:
    """Its bytes, width, channels and rate are all that is asked of it."""
    sound = hiss(0.1, rate=22_050, channels=channels)
    heard = recording_of(Segment(sound, width, 22_050), "it")
    assert (heard.rate, heard.samples.shape) == (22_050, sound.shape)
    np.testing.assert_allclose(heard.samples, sound, rtol=0, atol=2.0 ** (1 - 8 * width) + 1e-6)


@pytest.mark.filterwarnings(
    # what pydub warns of as it is imported: Python's own audioop, its patterns, a missing ffmpeg
    "ignore:'audioop' is deprecated:DeprecationWarning",
    "ignore:.*invalid escape sequence",
    "ignore:Couldn't find ff:RuntimeWarning",
)
def test_pydubs_own_segments_are_read() -> None:
    """What pydub makes is what is read."""
    from pydub import AudioSegment

    numbers = (hiss(0.2, channels=2) * 32_767).astype("<i2")
    segment = AudioSegment(numbers.tobytes(), frame_rate=44_100, sample_width=2, channels=2)
    heard = recording_of(segment, "it")
    assert (heard.rate, heard.samples.shape) == (44_100, numbers.shape)
    np.testing.assert_allclose(heard.samples, numbers / 32_768, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", ["float32", "float64", "int16", "int32", "uint8", "int8"])
def test_an_array_of_any_numbers_is_read(kind: str) -> None:
    """Floats have a full scale of one, whole numbers that of their width."""
    sound = tone(0.1, 0.5)
    if kind.startswith("float"):
        given = sound.astype(kind)
    else:
        half = 2.0 ** (8 * np.dtype(kind).itemsize - 1)
        given = np.rint(sound * (half - 1) + (half if kind[0] == "u" else 0)).astype(kind)
    heard = recording_of(given, "it")
    assert heard.rate == RATE
    np.testing.assert_allclose(heard.samples[:, 0], sound, rtol=0, atol=0.01)
    assert recording_of((given, 8_000), "it").rate == 8_000


def test_chimes_and_a_bed_are_handed_in(folder: Path) -> None:
    """They take the place of the routine's own; its bed's level stays, and other chimes do."""
    main = routine(folder, "---\nbed: rain, -40 dB\nchimes: wood\n---\nGo.\n\n- hold 5s\n")
    write(folder / "end.wav", struck(1.0))
    chimes: dict[str, Any] = {"start": struck(0.5), "end": "end.wav", "rest": "bell"}
    session = voiceguide.load(main, bed=Segment(hiss(8, channels=2), 2, RATE), chimes=chimes)
    assert session.settings.chimes["rest"] == "bell"
    assert session.settings.chimes["switch"] == "wood"
    bed = bed_of(session._opened)
    assert bed
    assert bed.channels == 2
    assert loudness(bed.samples, RATE) == pytest.approx(-37, abs=0.1)
    events = {event.text: event for event in session.plan(estimate=True).timeline.events}
    assert events["start"].length == pytest.approx(0.5 * RATE, abs=100)
    assert events["end"].length == pytest.approx(RATE, abs=100)


HANDED_WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no sound": ({"bed": b"3"}, "the bed is not a sound, but a bytes"),
    "shape": ({"bed": np.zeros((2, 9))}, "the bed has the shape (2, 9)"),
    "words": ({"bed": np.array(["a"])}, "the bed holds <U1, not numbers"),
    "rate": ({"bed": (np.ones(9), 7)}, "the bed has a sample rate of 7 Hz"),
    "empty": ({"bed": np.zeros(0)}, "the bed is empty"),
    "silent": ({"bed": np.zeros(RATE)}, "the bed is silent"),
    "no numbers": ({"bed": np.full(RATE, np.nan)}, "the bed holds samples that are not numbers"),
    "short": ({"bed": tone(0.5)}, "the bed is too short for a bed: 0.50s of sound"),
    "role": ({"chimes": {"strat": tone(1)}}, "there is no chime for `strat`"),
    "silent chime": ({"chimes": {"start": np.zeros(9)}}, "the chime `start` is silent"),
    "long": (
        {"chimes": {"start": (np.ones(900_001, np.int8), 1_000)}},
        "the chime `start` is longer than 15 minutes",
    ),
}


@pytest.mark.parametrize("case", HANDED_WRONG)
def test_what_is_handed_in_wrongly_is_told(folder: Path, case: str) -> None:
    """A sentence says which of them is wrong, and how."""
    options, message = HANDED_WRONG[case]
    main = routine(folder, "Go.\n\n- hold 5s\n")
    with pytest.raises(UsageError) as raised:
        use(voiceguide.load(main, **options))
    assert raised.value.message == message
    assert raised.value.help


def use(session: Session) -> None:
    """Ask for everything that sounds."""
    session.plan(estimate=True)
    bed_of(session._opened)


def test_a_known_bed_is_not_decoded_before_it_sounds(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known of it stays with what its file holds; read, it has the very same samples."""
    main = routine(folder, "---\nbed: sea.flac\n---\nGo.\n")
    sea = write(folder / "sea.flac", hiss(6, channels=2))
    decoded: list[object] = []

    def counted(*what: Any, **more: Any) -> Loop:
        decoded.append(what)
        return loop_of(*what, **more)

    monkeypatch.setattr(sounds, "loop_of", counted)

    def bed() -> Loop:
        found = bed_of(voiceguide.load(main)._opened)
        assert found
        return found

    first, again = bed(), bed()
    assert (again.facts, len(decoded)) == (first.facts, 1)
    assert np.array_equal(again.read(0, again.length), first.samples)
    assert len(decoded) == 2
    write(sea, hiss(6, 0.1, channels=2))
    assert (bed().key != first.key, len(decoded)) == (True, 3)


# ── wrong files ──────────────────────────────────────────────────────────────


def endless(path: Path) -> None:
    os.mkfifo(path)


def lying(path: Path) -> None:
    """A WAV whose header promises two gigabytes, and that has a twentieth of a second."""
    write(path, tone(0.05))
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = (0x7FFF0000).to_bytes(4, "little")
    path.write_bytes(data)


def sparse(path: Path) -> None:
    """More than a gigabyte, without taking any room."""
    with path.open("wb") as file:
        file.truncate((1 << 30) + 1)


WRONG: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: None,
    "a folder": Path.mkdir,
    "a pipe": endless,
    "a text": lambda path: path.write_text("not a sound at all", encoding="utf-8"),
    "nothing": lambda path: path.write_bytes(b""),
    "no samples": lambda path: write(path, np.zeros(0)),
    "silent": lambda path: write(path, np.zeros(RATE)),
    "no numbers": lambda path: write(path, np.full(RATE, np.inf), subtype="FLOAT"),
    "huge": sparse,
    "slow": lambda path: write(path, tone(1), 90),
    "a lie": lying,
}

OF_A_SOUND = {
    "missing": "there is no file `it.wav`",
    "a folder": "`it.wav` is not a file",
    "a pipe": "`it.wav` is not a file",
    "a text": "the sound file `it.wav` cannot be read",
    "nothing": "the sound file `it.wav` cannot be read",
    "no samples": "the sound file `it.wav` is empty",
    "silent": "the sound file `it.wav` is silent",
    "no numbers": "the sound file `it.wav` holds samples that are not numbers",
    "huge": "the sound file `it.wav` is larger than 1024 MB",
    "slow": "the sound file `it.wav` has a sample rate of 90 Hz",
}

OF_A_BED = {**OF_A_SOUND, "a lie": "the sound file `it.wav` is too short for a bed: 0.05s of sound"}

OF_AN_OPTION = {
    **OF_A_BED,
    "missing": "there is no sound file `it.wav`",
    "a folder": "`it.wav` is not a file with a sound in it",
    "a pipe": "`it.wav` is not a file with a sound in it",
}


def made_wrong(kind: str, folder: Path) -> Path:
    path = folder / "it.wav"
    WRONG[kind](path)
    return path


WRITTEN = {
    "a sound": ("Go.\n\nListen. [sound it.wav]\n", (3, 9)),
    "a chime": ("---\nchimes:\n  start: it.wav\n---\nGo.\n\n- hold 5s\n", (3, 3)),
}


@pytest.mark.parametrize("kind", OF_A_SOUND)
@pytest.mark.parametrize("written", WRITTEN)
def test_a_wrong_file_is_told_at_its_place(folder: Path, kind: str, written: str) -> None:
    """Line and column of the tag or of the chime's role, a sentence, and a way out."""
    made_wrong(kind, folder)
    text, place = WRITTEN[written]
    with pytest.raises(RoutineError) as raised:
        voiceguide.load(routine(folder, text)).plan(estimate=True)
    [problem] = raised.value.problems
    assert (problem.message, bool(problem.help)) == (OF_A_SOUND[kind], True)
    assert (problem.line, problem.column) == place
    assert problem.line_text


@pytest.mark.parametrize("kind", OF_A_BED)
def test_a_wrong_bed_is_told_at_its_place(folder: Path, kind: str) -> None:
    """Where the front matter names it."""
    made_wrong(kind, folder)
    main = routine(folder, "---\nbed: it.wav, -30 dB\n---\nGo.\n")
    with pytest.raises(RoutineError) as raised:
        use(voiceguide.load(main))
    [problem] = [one for one in raised.value.problems if one.severity is Severity.ERROR]
    assert (problem.message, bool(problem.help)) == (OF_A_BED[kind], True)
    assert (problem.line, problem.column) == (2, 6)
    assert problem.line_text == "bed: it.wav, -30 dB"


@pytest.mark.parametrize("kind", OF_AN_OPTION)
def test_a_wrong_bed_of_an_option_is_wrong_usage(folder: Path, kind: str) -> None:
    """`--bed FILE` has no place in the routine: it is told as the option's fault."""
    path = made_wrong(kind, folder)
    with pytest.raises(UsageError) as raised:
        use(voiceguide.load(routine(folder, "Go.\n"), bed=f"{path}, -30 dB"))
    assert (raised.value.message, bool(raised.value.help)) == (OF_AN_OPTION[kind], True)


def test_a_device_is_no_sound() -> None:
    """What never ends is refused before it is read."""
    if not Path("/dev/zero").exists():
        pytest.skip("there is no /dev/zero here")
    with pytest.raises(InputError, match="is not a file with a sound in it"):
        loop_of(Path("/dev/zero"), -30.0)


def test_a_header_that_lies_is_not_believed(folder: Path) -> None:
    """What is there is played, not what the header promises."""
    path = folder / "it.wav"
    lying(path)
    assert played_clip(read_recording(path), VOICE).sounding == pytest.approx(0.05 * RATE, abs=50)


# ── options ──────────────────────────────────────────────────────────────────


def test_an_option_beats_the_routines_bed(folder: Path) -> None:
    """`--bed none` silences it, another name replaces it."""
    main = routine(folder, "---\nbed: rain\n---\nGo.\n")
    assert bed_of(voiceguide.load(main, bed="none")._opened) is None
    rain, drone = (
        bed_of(voiceguide.load(main, bed=bed)._opened) for bed in (None, "drone, -40 dB")
    )
    assert rain
    assert drone
    assert rain.key != drone.key
    assert loudness(drone.samples, RATE) == pytest.approx(-37, abs=0.1)


def test_a_bed_of_an_option_lies_in_the_current_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path on the command line is not one beside the routine, and may lead anywhere."""
    main = routine(folder, "Go.\n")
    elsewhere = folder / "else"
    elsewhere.mkdir()
    write(folder / "sea.flac", hiss(5))
    monkeypatch.chdir(elsewhere)
    assert bed_of(voiceguide.load(main, bed="../sea.flac")._opened)
    with pytest.raises(RoutineError, match="leads out of the routine's folder"):
        voiceguide.load(routine(folder, "---\nbed: ../sea.flac\n---\nGo.\n"))


@pytest.mark.parametrize("text", ["-9", "-31", "19", "loud", "-16 cm", "--16", "0"])
def test_an_impossible_loudness_is_refused(folder: Path, text: str) -> None:
    """Out of -30 to -10, or no number: the option is named, and what it may be."""
    with pytest.raises(UsageError) as raised:
        voiceguide.load(routine(folder, "Go.\n"), loudness=text)
    assert raised.value.message == f"`loudness={text!r}`: `{text}` is not a loudness"
    assert raised.value.help == "write -30 to -10 LUFS: `loudness='-19 LUFS'`"


@pytest.mark.parametrize("text", ["-16", "-16 LUFS", "-16lufs", "−16 dB"])
def test_a_loudness_is_written_with_or_without_its_unit(folder: Path, text: str) -> None:
    """In the front matter too, and with any minus sign."""
    main = routine(folder, f"---\nloudness: {text}\n---\nGo.\n")
    assert voiceguide.load(main).settings.loudness == -16


def test_the_page_of_the_language_gives_the_true_figures() -> None:
    """What `Sounds of your own` says is what is done."""
    page = (Path(__file__).parents[1] / "docs" / "SOUNDS.md").read_text(encoding="utf-8")
    said = " ".join(page.split())
    assert f"larger than {LARGEST >> 30} GB or longer than {LONGEST // 60} minutes" in said
    assert f"its loudest moment lies {BELOW_VOICE:g} LU below the voice" in said
    assert f"up to {BELOW_VOICE:g} LU below it, by {MOST_RAISED['sound']:g} dB at most" in said
    assert f"longer than {LONGEST_LOOP // 60} minutes its beginning is used" in said
    assert f"beside a voice of {LOUDNESS:g}: `rain, {BED_LEVEL:g} dB`" in said
    assert f"lies {LOUDNESS - BED_LEVEL:g} LU under the voice" in said


# ── other formats ────────────────────────────────────────────────────────────


def m4a(folder: Path, seconds: float = 3.0) -> Path:
    """An M4A, made by ffmpeg."""
    if not shutil.which("ffmpeg"):
        assert not os.environ.get("CI"), "ffmpeg is missing"
        pytest.skip("ffmpeg is not here")
    source, path = write(folder / "it.wav", hiss(seconds, channels=2)), folder / "it.m4a"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(source), "-c:a", "aac", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)
    return path


@pytest.mark.parametrize("decoder", ["av", "ffmpeg"])
def test_an_m4a_is_read_where_something_can(
    folder: Path, monkeypatch: pytest.MonkeyPatch, decoder: str
) -> None:
    """By PyAV or by an ffmpeg, with its channels and length."""
    path = m4a(folder)
    if decoder not in decode.decoders():
        assert not os.environ.get("CI"), f"{decoder} is missing"
        pytest.skip(f"{decoder} is not here")
    monkeypatch.setattr(decode, "decoders", lambda: (decoder,))
    heard = read_recording(path)
    assert (heard.rate, heard.samples.shape[1]) == (RATE, 2)
    assert len(heard.samples) / RATE == pytest.approx(3.0, abs=0.06)
    assert len(read_recording(path, 2, cut=True).samples) == 2 * RATE
    with pytest.raises(InputError, match="longer than"):
        read_recording(path, 2)


def test_what_nothing_here_can_read_names_the_way_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a decoder the help says which formats are read, and what reads the others."""
    path = folder / "it.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A " + bytes(400))
    monkeypatch.setattr(decode, "decoders", lambda: ())
    monkeypatch.setattr("voiceguide.audio.decode.decoders", lambda: ())
    with pytest.raises(InputError) as raised:
        read_recording(path)
    assert raised.value.message == "the sound file `it.m4a` cannot be read"
    assert "M4A" in raised.value.help
    assert "ffmpeg" in raised.value.help
