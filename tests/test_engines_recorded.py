"""Recorded lines: found by their text, played as they are, and never mixed with another voice."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile

from voiceguide import studio
from voiceguide.engines import MissingLineError, Voice, check_voice, make, voices_in
from voiceguide.engines.recorded import (
    LIBRARY,
    RecordedLine,
    Recordings,
    VoiceConsent,
    key_of,
    read_consent,
    read_recordings,
    write_lines,
)
from voiceguide.errors import MachineError, RoutineError, UsageError, VoiceguideError
from voiceguide.sequence import Choices, Words
from voiceguide.speech.speaker import Speaker
from voiceguide.voices.installing import install_files

RATE = 48_000


def tone(hertz: float, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """A recording that can be told from others."""
    times = np.arange(round(seconds * RATE)) / RATE
    return (0.2 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def record(folder: Path, *texts: str, **facts: str) -> Recordings:
    """A folder in which each text is a tone, the n-th of n tenths of a second and 200 n Hz."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = {}
    for number, text in enumerate(texts, 1):
        file = f"{number}.flac"
        soundfile.write(folder / file, tone(200 * number, 0.5 + number / 10), RATE)
        lines[key_of(text)] = RecordedLine(text, file, 0.5 + number / 10, "2026-11-30")
    made = Recordings(folder, {"language": "en", **facts}, lines)
    (folder / "lines.tsv").write_bytes(write_lines(made))
    read_recordings.cache_clear()
    return made


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a person's recordings, `recorded:me`, among the installed voices."""
    monkeypatch.setenv("VOICEGUIDE_VOICES", str(tmp_path / "voices"))
    return tmp_path / "voices" / "recorded" / "me"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the library's narration, which the test fills."""
    folder = tmp_path / "narration"
    monkeypatch.setattr("voiceguide.engines.recorded.library_folder", lambda: folder)
    return folder


# ── the engine ───────────────────────────────────────────────────────────────


def test_a_line_is_found_by_its_words(own: Path) -> None:
    """Whatever its capitals, blanks and stress; the sound is the recording's, to the sample."""
    record(own, "Sink down.", "Let go, and rest.")
    with closing(make("recorded")) as engine:
        assert engine.voices() == [Voice("me", "en")]
        said = engine.speak("let  *go*, and Rest.", "me", 130)
        assert said.rate == RATE
        assert np.abs(said.samples - tone(400, 0.7)).max() < 1e-4
        with pytest.raises(UsageError, match="has no voice `you`"):
            engine.speak("Sink down.", "you", 130)


def test_a_line_that_is_missing_is_named(own: Path) -> None:
    """With the list of those that there are."""
    record(own, "Sink down.")
    with closing(make("recorded")) as engine, pytest.raises(MissingLineError) as raised:
        engine.speak("Stand up.", "me", 130)
    assert "`recorded:me` has no recording of `Stand up.`" in raised.value.message
    assert "lines.tsv" in raised.value.help


def test_a_pace_may_have_bounds(own: Path) -> None:
    """What was recorded at one pace does not pretend to be another."""
    record(own, "Sink down.", paces="115-145")
    with closing(make("recorded")) as engine:
        for pace in (115, 145):
            assert len(engine.speak("Sink down.", "me", pace).samples)
        for pace in (114, 146):
            with pytest.raises(MissingLineError, match=f"at {pace} words a minute"):
                engine.speak("Sink down.", "me", pace)


@pytest.mark.parametrize(
    "listed",
    [b"", b"text\tfile\n", b"text\tfile\tseconds\tdate\na\tb\tsoon\t\n", b"\xff\xfe", b"text\nx\n"],
)
def test_a_list_that_cannot_be_read_is_told(own: Path, listed: bytes) -> None:
    """With what it should be; an empty one names no lines."""
    record(own, "Sink down.")
    (own / "lines.tsv").write_bytes(listed)
    read_recordings.cache_clear()
    with closing(make("recorded")) as engine, pytest.raises(MachineError):
        engine.speak("Sink down.", "me", 130)


def test_a_recording_that_cannot_be_read_is_told(own: Path) -> None:
    """A file that is missing or none is named."""
    record(own, "Sink down.")
    for data in (b"no sound", None):
        (own / "1.flac").unlink() if data is None else (own / "1.flac").write_bytes(data)
        with closing(make("recorded")) as engine, pytest.raises(MachineError, match=r"1\.flac"):
            engine.speak("Sink down.", "me", 130)


def test_a_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Quotes, umlauts and marks are kept; no field can end a row."""
    texts = ('Say "ah".', "Atme – ruhig; so:", "# not a comment")
    made = record(tmp_path, *texts, voice="Anna")
    read = read_recordings(tmp_path)
    assert read.facts == {"language": "en", "voice": "Anna"}
    assert {line.text for line in read.lines.values()} == set(texts[:2])
    assert read.lines[key_of(texts[0])] == made.lines[key_of(texts[0])]


def test_a_folder_of_recordings_can_be_installed(own: Path, tmp_path: Path) -> None:
    """As every other voice: copied whole, and then spoken with."""
    record(tmp_path / "anna", "Sink down.")
    install_files(tmp_path / "anna")
    with closing(make("recorded")) as engine, Speaker(engine, "anna") as speaker:
        clip = speaker.clip("*Sink* down.")
    assert clip.sounding / RATE == pytest.approx(0.6, abs=0.01)


# ── a session ────────────────────────────────────────────────────────────────

ROUTINE = """# Two lines

Sink down.
- hold 5s
Let go, and rest.
- hold 5s
"""


def voice_of(folder: Path, text: str = ROUTINE, **options: str) -> str:
    """Who speaks a routine."""
    (folder / "mine.md").write_text(text, encoding="utf-8")
    with studio.load(folder / "mine.md", **options) as session:
        return session.plan().voice or ""


def lines(folder: Path, text: str = ROUTINE) -> list[str]:
    """All that a routine says."""
    (folder / "mine.md").write_text(text, encoding="utf-8")
    with studio.load(folder / "mine.md", voice="silent") as session:
        return [words.text for words in session._unroll(choices=Choices(0.5)).words()]


def test_a_session_that_is_recorded_whole_is_spoken_so(library: Path, tmp_path: Path) -> None:
    """By the narration, where nobody names a voice."""
    record(library, *lines(tmp_path), paces="115-145")
    assert voice_of(tmp_path) == f"recorded:{LIBRARY}"
    assert voice_of(tmp_path, voice="espeak").startswith("espeak:")


@pytest.mark.parametrize("what", ["a line is missing", "another pace", "words said otherwise"])
def test_a_session_is_never_spoken_by_two(library: Path, tmp_path: Path, what: str) -> None:
    """One line that is not recorded, a pace that is not, a word that the user wants said
    otherwise: all of it is spoken by one engine."""
    texts = lines(tmp_path)
    record(library, *(texts[1:] if what == "a line is missing" else texts), paces="115-145")
    front = {
        "a line is missing": "",
        "another pace": "---\npace: brisk\n---\n",
        "words said otherwise": "---\nsay:\n  rest: wrest\n---\n",
    }
    assert voice_of(tmp_path, front[what] + ROUTINE).startswith("espeak:")


def test_a_line_that_is_found_missing_later_changes_the_voice_of_all(
    library: Path, tmp_path: Path
) -> None:
    """A length that is said depends on the fit: where it is not recorded then, one engine speaks
    all."""
    text = "# One\n\n- hold 5-60s\n  Stay for {hold}.\n"
    record(library, *lines(tmp_path, text))
    assert voice_of(tmp_path, text) == f"recorded:{LIBRARY}"
    assert voice_of(tmp_path, text, length="50s").startswith("espeak:")


# ── lines that are missing, and a second voice ───────────────────────────────


def say_with(folder: Path, voice: str) -> studio.Session:
    """The routine by a voice that its front matter names."""
    text = f"---\nvoice: {voice}\n---\n\n{ROUTINE}"
    (folder / "mine.md").write_text(text, encoding="utf-8")
    return studio.load(folder / "mine.md")


def test_all_lines_that_are_missing_are_named_at_their_places(own: Path, tmp_path: Path) -> None:
    """Each once, before anything is spoken, with what to do; those that are recorded are not."""
    texts = lines(tmp_path)
    record(own, texts[0])
    with say_with(tmp_path, "recorded:me") as session, pytest.raises(RoutineError) as raised:
        session.plan()
    problems = raised.value.problems
    assert [problem.message for problem in problems] == [
        f"`recorded:me` has no recording of `{text}`" for text in texts[1:]
    ]
    assert all(problem.place and problem.place.source.endswith("mine.md") for problem in problems)
    assert "`recorded:me, natural`" in problems[0].help


def test_of_many_lines_that_are_missing_the_first_are_named(own: Path, tmp_path: Path) -> None:
    """And how many more there are: a screen is not filled with what one command writes down."""
    record(own, "Nothing of it.")
    many = "\n\n".join(f"This is sentence {number}." for number in range(30))
    (tmp_path / "mine.md").write_text(f"# Many\n\n{many}\n", encoding="utf-8")
    session = studio.load(tmp_path / "mine.md", voice="recorded:me")
    with session, pytest.raises(RoutineError) as raised:
        session.plan()
    *first, last = raised.value.problems
    assert len(first) == 20
    missing = len(session.words()) - len(first)
    assert last.message == f"{missing} more lines are not recorded, from here on"


def test_a_second_voice_says_what_is_missing_where_it_is_asked_for(
    own: Path, tmp_path: Path
) -> None:
    """And nothing else; the plan names both. The first alone is named where nothing is missing."""
    texts = lines(tmp_path)
    record(own, *texts[:-1])
    with say_with(tmp_path, "recorded:me, espeak:en-gb") as session:
        plan = session.plan()
        assert plan.voice == "recorded:me, espeak:en-gb"
        said = {e.text: e.length for e in plan.timeline.events if isinstance(e.source, Words)}
    tones = {text: RATE * (0.5 + number / 10) for number, text in enumerate(texts[:-1], 1)}
    heard = {text: said[text] for text in tones if text in said}
    assert len(heard) > 2
    assert heard == pytest.approx({text: tones[text] for text in heard}, abs=0.01 * RATE)
    record(own, *texts)
    with say_with(tmp_path, "recorded:me, espeak:en-gb") as session:
        assert session.plan().voice == "recorded:me"


def test_a_second_voice_that_is_not_there_is_told(own: Path, tmp_path: Path) -> None:
    """When it is needed, and by `config set` at once."""
    record(own, lines(tmp_path)[0])
    session = say_with(tmp_path, "recorded:me, robot")
    with session, pytest.raises(VoiceguideError, match="no speech engine `robot`"):
        session.plan()
    with pytest.raises(UsageError, match="no speech engine `robot`"):
        check_voice("recorded:me, robot")
    check_voice("recorded:me, espeak:en-gb")


def test_only_recordings_have_stand_ins() -> None:
    """A comma in another voice's name is a part of it."""
    assert voices_in("recorded:me, natural, espeak") == ("recorded:me", "natural", "espeak")
    assert voices_in("system:Anna, enhanced") == ("system:Anna, enhanced",)
    assert voices_in("recorded:,") == ("recorded:",)


# ── whose voice it is ────────────────────────────────────────────────────────


def test_the_file_says_whose_voice_it_is(own: Path, tmp_path: Path) -> None:
    """The speaker, the day and the permission of `about.md` are in the tags, beside the rest."""
    record(own, *lines(tmp_path))
    consent = VoiceConsent("Anna Example", "2026-11-30", "for my own sessions")
    (own / "about.md").write_text(consent.written() + "\nMore about it.\n", encoding="utf-8")
    assert read_consent(own) == consent
    with say_with(tmp_path, "recorded:me") as session:
        session.export(tmp_path / "mine.flac")
        session.export(tmp_path / "mine.mp3")
    said = "Voice: Anna Example, recorded 2026-11-30. Permission: for my own sessions"
    flac, mp3 = mutagen.File(tmp_path / "mine.flac"), mutagen.File(tmp_path / "mine.mp3")
    [comment] = flac["COMMENT"]
    assert comment.startswith("Made with voiceguide")
    assert comment.endswith(said)
    assert str(mp3.tags.getall("COMM")[0]).endswith(said)


def test_a_folder_that_says_nothing_of_its_speaker_is_no_fault(own: Path, tmp_path: Path) -> None:
    """There is no credit then, and the comment is as without it."""
    record(own, *lines(tmp_path))
    (own / "about.md").write_text("Somebody.\n", encoding="utf-8")
    assert read_consent(own) is None
    with say_with(tmp_path, "recorded:me") as session:
        session.export(tmp_path / "mine.flac")
    assert "Voice:" not in mutagen.File(tmp_path / "mine.flac")["COMMENT"][0]
