"""The programmes that come with voiceguide: they are right, and what a therapist would set."""

from __future__ import annotations

from datetime import date
from itertools import groupby, pairwise
from pathlib import Path

import pytest
import soundfile
from icalendar import Calendar

from voiceguide import library, programme
from voiceguide.errors import UsageError
from voiceguide.programme import ProgrammeExport, ProgrammePlan
from voiceguide.settings import LEVELS, Guidance

MINUTES = {
    "ten-minute-psoas-relief": (10, 10),
    "constructive-rest": (10, 20),
    "psoas-stretches": (15, 30),
    "psoas-strength": (15, 25),
    "yoga-for-the-psoas": (8, 15),
    "pilates-for-the-psoas": (8, 15),
    "before-a-workout": (5, 8),
    "desk-break": (3, 5),
}
"""How long each session may be."""

START = date(2026, 12, 1)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> ProgrammeExport:
    """The four weeks, exported once, in silence."""
    folder = tmp_path_factory.mktemp("psoas")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEGUIDE_CACHE", str(folder / "cache"))
        course = programme.load("four-week-psoas", voice="silent")
        return course.export(folder / "album", START, kbps=32)


@pytest.fixture
def plan(done: ProgrammeExport) -> ProgrammePlan:
    """What is to be heard when."""
    return done.plan


# ── finding them ─────────────────────────────────────────────────────────────


def test_programmes_are_found() -> None:
    """By their names, which are those of their files."""
    assert "four-week-psoas" in library.programmes()
    for name in library.programmes():
        assert library.find_programme(name).stem == name
        assert library.is_name(name)


def test_programmes_are_no_routines() -> None:
    """The list of routines does not see their folder."""
    assert not set(library.programmes()) & set(library.routines())
    assert "programmes" not in library.routines()


@pytest.mark.parametrize("name", ["four-week-psos", "", "../index", "programmes/four-week-psoas"])
def test_an_unknown_programme(name: str) -> None:
    """It is wrong usage, with the name that was meant, or all there are."""
    with pytest.raises(UsageError) as caught:
        library.find_programme(name)
    assert caught.value.message == f"there is no programme `{name}` in the library"
    assert "four-week-psoas" in caught.value.help


@pytest.mark.slow
@pytest.mark.parametrize("name", library.programmes())
def test_every_programme_has_no_problem(name: str) -> None:
    """Not even a warning, and a description for the calendar."""
    course = programme.load(name, voice="silent")
    assert not course.warnings
    plan = course.plan(START)
    assert not plan.problems
    assert plan.programme.description


# ── the four weeks ───────────────────────────────────────────────────────────


@pytest.mark.slow
def test_three_to_five_sessions_a_week(plan: ProgrammePlan) -> None:
    """Four weeks, each with so many, and with days that are free."""
    weeks = [list(group) for _, group in groupby(plan.sessions, key=lambda one: one.week)]
    assert len(weeks) == len(plan.programme.weeks) == 4
    for sessions in weeks:
        assert 3 <= len(sessions) <= 5
        assert len({session.day for session in sessions}) <= 5


@pytest.mark.slow  # every session of the programme is planned
def test_lengths_are_within_their_ranges(plan: ProgrammePlan) -> None:
    """Each session is as long as its kind may be."""
    seen = set()
    for session in plan.sessions:
        name = session.take.text.source
        low, high = MINUTES.get(name, (2, 15))  # an exercise alone
        assert low * 60 <= session.track.duration <= high * 60, name
        seen.add(name)
    assert set(MINUTES) <= seen


@pytest.mark.slow
def test_it_goes_from_gentle_to_strong(plan: ProgrammePlan) -> None:
    """No week is gentler than the one before; the first is all gentle, the last has strong ones."""
    points = [
        (session.week, session.take.settings.point)
        for session in plan.sessions
        if session.take.settings.length is None
    ]
    assert {point for week, point in points if week == 1} == {LEVELS["gentle"]}
    assert {point for week, point in points if week == 3} == {LEVELS["standard"]}
    assert {point for week, point in points if week == 4} == {LEVELS["strong"]}
    assert [point for _, point in points] == sorted(point for _, point in points)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["psoas-stretches", "psoas-strength", "before-a-workout"])
def test_what_comes_again_never_gets_shorter_by_much(plan: ProgrammePlan, name: str) -> None:
    """The same session grows over the weeks; a few seconds less, where there are fewer words."""
    lengths = [s.track.duration for s in plan.sessions if s.take.text.source == name]
    assert len(lengths) >= 3
    assert all(later > earlier - 10 for earlier, later in pairwise(lengths))
    assert lengths[-1] > lengths[0]


@pytest.mark.slow
def test_it_goes_from_full_guidance_to_brief(plan: ProgrammePlan) -> None:
    """Every word in the first half, fewer in the second."""
    guidance = [session.take.settings.guidance for session in plan.sessions]
    assert [amount for amount, _ in groupby(guidance)] == [Guidance.FULL, Guidance.BRIEF]


@pytest.mark.slow
def test_long_holds_come_after_a_workout_and_light_ones_before(plan: ProgrammePlan) -> None:
    """Wherever there is a workout, one light session and one of stretches, and both say when."""
    for _, group in groupby(plan.sessions, key=lambda session: session.day):
        sessions = list(group)
        names = [session.take.text.source for session in sessions]
        if len(names) > 1:
            assert names == ["before-a-workout", "psoas-stretches"]
            assert "right before you" in sessions[0].note.lower()
            assert "after" in sessions[1].note.lower()
        else:
            assert "before-a-workout" not in names
            assert "psoas-stretches" not in names


@pytest.mark.slow
def test_every_session_says_why(plan: ProgrammePlan) -> None:
    """And the whole says once when to stop."""
    assert all(session.note for session in plan.sessions)
    assert "sharp or radiating pain" in plan.programme.description
    assert "ask a professional" in plan.programme.description


# ── exported ─────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_every_file_is_there_and_as_long_as_it_says(done: ProgrammeExport) -> None:
    """To the sample; fewer files than sessions, each of another sound."""
    assert len(done.files) < len(done.plan.sessions)
    for track, path in zip(done.plan.tracks, done.files, strict=True):
        assert soundfile.info(path).frames == track.length
    contents = {path.read_bytes() for path in done.files}
    assert len(contents) == len(done.files)


@pytest.mark.slow
def test_the_shortest_file_is_decoded(done: ProgrammeExport) -> None:
    """What decodes is as long as what the file's head says."""
    shortest = min(done.plan.tracks, key=lambda track: track.length)
    heard, _ = soundfile.read(done.files[shortest.number - 1], dtype="int16")
    assert len(heard) == shortest.length


@pytest.mark.slow
def test_exact_lengths_are_exact(done: ProgrammeExport) -> None:
    """The ten minutes of the first day are ten minutes."""
    assert done.files[0].name == "01 Ten-minute psoas relief.mp3"
    assert soundfile.info(done.files[0]).frames == 600 * 48_000


@pytest.mark.slow
def test_the_lists_name_files_that_are_there(done: ProgrammeExport) -> None:
    """The playlist and every event of the calendar."""
    lines = done.playlist.read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if not line.startswith("#")]
    events = Calendar.from_ical(done.calendar.read_bytes()).walk("VEVENT")
    told = [str(event["description"]).split("\n")[1].removeprefix("File: ") for event in events]
    assert listed == told
    assert set(listed) == {path.name for path in done.files}
    assert all((Path(done.folder) / name).is_file() for name in listed)
