"""Programmes become albums: what is written, once each, when, and what stops it."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import mutagen.id3
import pytest
import soundfile
from icalendar import Calendar, Event

from voiceguide import __released__, encode, programme, studio
from voiceguide.errors import MachineError, RoutineError, Severity, UsageError
from voiceguide.files.sets import MANIFEST
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.programme import ProgrammeExport, playlist
from voiceguide.programme.plan import calendar
from voiceguide.speech import speaker
from voiceguide.speech.speaker import Speaker

TUESDAY = date(2026, 12, 1)

STRETCH = """
    ---
    title: Stretch
    author: A Teacher
    chimes: none
    countdown: 0
    phrases:
      finish: ""
    ---
    - hold 10-20s
    - hold 3s, option band
    """
"""Without words: 15 to 25 seconds, whatever the engine takes for speech."""

REST = """
    ---
    title: A rest
    chimes: none
    countdown: 0
    phrases:
      finish: ""
    ---
    - hold 4s
    """
WEEKS = """
    title: "Two weeks: hips"
    author: The Practice
    description: Slowly, and not too much.
    weeks:
      - title: Begin
        note: Do less than you could.
        level: gentle
        day 1: stretch.md
        day 3:
          - stretch.md
          - routine: rest.md
            note: Lie still; that is all.
      - title: Go on
        day 1:
          routine: stretch.md
          length: 22s
          guidance: quiet
        day 2: rest.md
    """


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a programme and its routines, and a cache of its own."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    return filled(tmp_path / "home")


def filled(home: Path) -> Path:
    """A new folder with a programme and its routines."""
    home.mkdir()
    for name, text in (("stretch.md", STRETCH), ("rest.md", REST), ("weeks.yaml", WEEKS)):
        write(home / name, text)
    return home


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> ProgrammeExport:
    """The programme, written once for all tests that only look at it."""
    base = tmp_path_factory.mktemp("programme")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEGUIDE_CACHE", str(base / "cache"))
        return exported(filled(base / "home"))


def write(path: Path, text: str) -> Path:
    """A file of a text that begins with an empty line."""
    path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def load(path: Path) -> programme.Course:
    """A programme that the silent engine speaks."""
    return programme.load(path, voice="silent")


def exported(folder: Path, *, at: time | None = None, to: str = "album") -> ProgrammeExport:
    """The programme of the folder, written."""
    return load(folder / "weeks.yaml").export(folder / to, TUESDAY, at=at)


def events(done: ProgrammeExport) -> list[Event]:
    """The events of a calendar, read back."""
    read = Calendar.from_ical(done.calendar.read_bytes())
    assert not read.errors
    assert all(not event.errors for event in read.walk("VEVENT"))
    return [event for event in read.walk("VEVENT") if isinstance(event, Event)]


# ── the album ────────────────────────────────────────────────────────────────


def test_each_file_is_written_once(done: ProgrammeExport) -> None:
    """Five sessions of three different sounds are three files, numbered by their first use."""
    assert [path.name for path in done.files] == [
        *("01 Stretch, 15s.mp3", "02 A rest.mp3", "03 Stretch, 22s.mp3")
    ]
    lists = ["Two weeks hips.ics", "Two weeks hips.m3u8"]
    assert sorted(path.name for path in done.folder.iterdir()) == sorted(
        [MANIFEST, *(path.name for path in done.files), *lists]
    )
    assert [session.track.number for session in done.plan.sessions] == [1, 1, 2, 3, 2]


def test_nothing_is_exported_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work, too, is done once for each file."""
    written: list[str] = []
    true_export = studio.Session.export

    def export(self: studio.Session, path: Path, **more: Any) -> studio.Export:
        written.append(path.name)
        return true_export(self, path, **more)

    monkeypatch.setattr(studio.Session, "export", export)
    done = exported(folder)
    assert len(written) == len(set(written)) == len(done.files)


def test_sessions_that_sound_alike_are_one_file(folder: Path) -> None:
    """However they are written: what a routine would do anyway makes no difference."""
    text = """
        title: Alike
        weeks:
          - day 1: stretch.md
            day 2: {routine: ./stretch.md, level: standard}
            day 3: {routine: stretch.md, guidance: full}
            day 4: {routine: stretch.md, level: 50%}
            day 5: {routine: stretch.md, length: 25 s}
            day 6: {routine: stretch.md, length: 0:25, level: strong}
          - day 1: rest.md
            day 2: {routine: rest.md, level: strong}
            day 3: {routine: rest.md, guidance: brief}
        """
    plan = load(write(folder / "alike.yaml", text)).plan(TUESDAY)
    assert [session.track.number for session in plan.sessions] == [1, 1, 1, 1, 2, 2, 3, 3, 3]
    assert [session.manner[1:3] for session in plan.sessions[-2:]] == [
        *(("strong", "full guidance"), ("standard", "brief guidance"))
    ]


def test_files_are_as_long_as_the_plan_says(done: ProgrammeExport) -> None:
    """The decoded samples are those of the plan, and an exact length is exact."""
    for track, path in zip(done.plan.tracks, done.files, strict=True):
        assert soundfile.info(path).frames == track.length
    assert done.plan.tracks[2].length == 22 * SAMPLE_RATE


def test_files_say_which_track_they_are(done: ProgrammeExport) -> None:
    """Title, artist, album, the album's artist, and number of so many."""
    read: Any = mutagen.id3.ID3  # it says that it is typed, and is not
    tags = [read(path) for path in done.files]
    assert [str(tag["TIT2"]) for tag in tags] == ["Stretch, 15s", "A rest", "Stretch, 22s"]
    assert [str(tag["TRCK"]) for tag in tags] == ["1/3", "2/3", "3/3"]
    assert {str(tag["TALB"]) for tag in tags} == {"Two weeks: hips"}
    assert {str(tag["TPE2"]) for tag in tags} == {"The Practice"}
    assert [str(tag.get("TPE1", "")) for tag in tags] == ["A Teacher", "", "A Teacher"]


def test_options_are_taken_in(folder: Path) -> None:
    """`with: band` makes another, longer file, and is said in its title."""
    text = """
        title: Bands
        weeks:
          - day 1: stretch.md
            day 2: {routine: stretch.md, with: Band}
        """
    plan = load(write(folder / "bands.yaml", text)).plan(TUESDAY)
    without, with_band = plan.tracks
    assert with_band.length > without.length + 3 * SAMPLE_RATE
    assert plan.sessions[1].manner[3] == "with band"


def test_many_files_have_longer_numbers(folder: Path) -> None:
    """A hundred files still stand in their order where names are sorted."""
    days = "\n".join(f"  - {{day 1: {{routine: rest.md, length: {n}s}}}}" for n in range(300, 401))
    write(folder / "rest.md", "- hold 5s-10min\n")
    course = load(write(folder / "many.yaml", f"title: Many\nweeks:\n{days}\n"))
    names = [track.file for track in course.plan(TUESDAY).tracks]
    assert (names[0][:4], names[-1][:4]) == ("001 ", "101 ")
    assert names == sorted(names)


def test_files_of_one_title_are_told_apart(folder: Path) -> None:
    """By length, else level, guidance or options, by as little as will do; else by number."""
    write(folder / "again.md", REST)
    write(folder / "told.md", "# Told\n\n- hold 2-30s\n  Lean.\n")
    text = """
        title: Apart
        weeks:
          - day 1: rest.md
            day 2: again.md
            day 3:
              - {routine: told.md, length: 40s}
              - {routine: told.md, length: 40s, guidance: quiet}
        """
    plan = load(write(folder / "apart.yaml", text)).plan(TUESDAY)
    assert [track.file for track in plan.tracks] == [
        "01 A rest.mp3",
        "02 A rest.mp3",
        "03 Told, full guidance.mp3",
        "04 Told, quiet guidance.mp3",
    ]


# ── the playlist ─────────────────────────────────────────────────────────────


def test_the_playlist_has_every_session(done: ProgrammeExport) -> None:
    """In the order of the days, with seconds and title; its files lie beside it."""
    lines = done.playlist.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["#EXTM3U", "#PLAYLIST:Two weeks: hips"]
    entries = list(zip(lines[2::2], lines[3::2], strict=True))
    told = [re.fullmatch(r"#EXTINF:(\d+),(.+)", about) for about, _ in entries]
    assert [(found[2], file) for found, (_, file) in zip(told, entries, strict=True) if found] == [
        ("Week 1, Day 1: Stretch, 15s", "01 Stretch, 15s.mp3"),
        ("Week 1, Day 3: Stretch, 15s", "01 Stretch, 15s.mp3"),
        ("Week 1, Day 3: A rest", "02 A rest.mp3"),
        ("Week 2, Day 1: Stretch, 22s", "03 Stretch, 22s.mp3"),
        ("Week 2, Day 2: A rest", "02 A rest.mp3"),
    ]
    for found, (_, file) in zip(told, entries, strict=True):
        assert found
        assert abs(int(found[1]) - soundfile.info(done.folder / file).duration) <= 0.5


# ── the calendar ─────────────────────────────────────────────────────────────


def test_the_calendar_has_every_session(done: ProgrammeExport) -> None:
    """All day, on its date, leaving the day free."""
    found = events(done)
    assert [event.decoded("dtstart") for event in found] == [
        *(date(2026, 12, 1), date(2026, 12, 3), date(2026, 12, 3)),
        *(date(2026, 12, 8), date(2026, 12, 9)),
    ]
    assert {str(event["transp"]) for event in found} == {"TRANSPARENT"}
    assert [str(event["summary"]) for event in found] == [
        *("Stretch, 15s", "Stretch, 15s", "A rest", "Stretch, 22s", "A rest")
    ]


def test_the_calendar_tells_what_and_why(done: ProgrammeExport) -> None:
    """Length, level, guidance, file, notes, and the week; its own note on its first day alone."""
    told = [str(event["description"]).split("\n") for event in events(done)]
    assert told[0] == [
        *("15s, gentle, full guidance.", "File: 01 Stretch, 15s.mp3"),
        *("Week 1 of 2: Begin", "Do less than you could."),
    ]
    assert told[2][2:] == ["Lie still; that is all.", "Week 1 of 2: Begin"]
    assert told[3] == [*("22s, quiet guidance.", "File: 03 Stretch, 22s.mp3", "Week 2 of 2: Go on")]


def test_a_time_of_day_is_kept(folder: Path) -> None:
    """Floating times, as long as the file; a second session follows the first."""
    done = exported(folder, at=time(7, 30))
    found = [(e.decoded("dtstart"), e.decoded("dtend")) for e in events(done)]
    assert [start for start, _ in found] == [
        *(datetime(2026, 12, 1, 7, 30), datetime(2026, 12, 3, 7, 30)),
        *(datetime(2026, 12, 3, 7, 35), datetime(2026, 12, 8, 7, 30)),
        datetime(2026, 12, 9, 7, 30),
    ]
    for (start, end), session in zip(found, done.plan.sessions, strict=True):
        left = end - start - timedelta(seconds=session.track.duration)
        assert timedelta(0) <= left < timedelta(seconds=1)
    raw = done.calendar.read_text(encoding="utf-8")
    assert "DTSTART:20261201T073000\n" in raw
    assert "TZID" not in raw
    assert "TRANSPARENT" not in raw


def test_a_session_may_follow_tomorrow(folder: Path) -> None:
    """Shortly before midnight, the second session of a day begins on the next one."""
    found = events(exported(folder, at=time(23, 59)))
    assert found[0].decoded("dtend").date() == date(2026, 12, 1)
    assert found[2].decoded("dtstart") == datetime(2026, 12, 4, 0, 0)


def test_the_calendar_is_valid(folder: Path) -> None:
    """RFC 5545: what has to be there, CRLF, lines of 75 bytes, texts escaped, each UID once."""
    text = WEEKS.replace("that is all", "Dehnung für Müde 🧘🏽, " * 12)
    write(folder / "weeks.yaml", text)
    done = exported(folder)
    raw = done.calendar.read_bytes()
    lines = raw.split(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    read = Calendar.from_ical(raw)
    assert (str(read["version"]), str(read["prodid"])[:13]) == ("2.0", "-//voiceguide")
    assert str(read["x-wr-calname"]) == "Two weeks: hips"
    assert str(read["description"]) == "Slowly, and not too much."
    assert rb"Slowly\, and not too much." in raw
    found = events(done)
    assert len({str(event["uid"]) for event in found}) == len(found) == 5
    assert {f"{event.decoded('dtstamp'):%Y-%m-%d}" for event in found} == {__released__}
    assert "Müde 🧘🏽, Dehnung" in str(found[2]["description"])


def test_the_same_session_keeps_its_uid(folder: Path) -> None:
    """Taken in again, events are replaced: for another time of day, note or length, not start."""
    first = {str(event["uid"]) for event in events(exported(folder))}
    write(folder / "weeks.yaml", WEEKS.replace("Lie still", "Lie down").replace("22s", "23s"))
    assert {str(event["uid"]) for event in events(exported(folder, at=time(8)))} == first
    later = load(folder / "weeks.yaml").export(folder / "later", date(2026, 12, 2))
    assert not {str(event["uid"]) for event in events(later)} & first


def test_weekdays_come_in_the_order_of_time(folder: Path) -> None:
    """Begun on a Tuesday, Monday's session comes last, and its file has the last number."""
    text = """
        title: Weekdays
        weeks:
          - monday: rest.md
            wednesday: stretch.md
        """
    course = load(write(folder / "weekdays.yaml", text))
    plan = course.plan(TUESDAY)
    assert [(session.day, session.track.file) for session in plan.sessions] == [
        (date(2026, 12, 2), "01 Stretch.mp3"),
        (date(2026, 12, 7), "02 A rest.mp3"),
    ]
    assert b"Week 1, Monday: A rest" in playlist(plan)


# ── its engines ──────────────────────────────────────────────────────────────


def test_every_session_is_closed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine is left with its model in memory, neither by a plan nor by an export."""
    opened: list[Speaker] = []
    closed: list[Speaker] = []
    true_close = Speaker.close

    def open_speaker(*how: Any, **more: Any) -> Speaker:
        opened.append(speaker.open_speaker(*how, **more))
        return opened[-1]

    def close(self: Speaker) -> None:
        closed.append(self)
        true_close(self)

    monkeypatch.setattr("voiceguide.studio.narration.open_speaker", open_speaker)
    monkeypatch.setattr(Speaker, "close", close)
    exported(folder)
    assert opened
    assert set(map(id, opened)) == set(map(id, closed))


# ── the same bytes ───────────────────────────────────────────────────────────


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_programme_gives_the_same_bytes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a warm cache, with an empty one, and in another year."""
    first = contents(exported(folder).folder)
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(folder / "empty"))
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert contents(exported(folder, to="again").folder) == first


def test_no_clock_is_asked() -> None:
    """Dates and times are reckoned, and never looked up."""
    room = Path(programme.__file__).parent
    for path in room.glob("*.py"):
        assert not re.search(r"\b(now|today|utcnow|uuid|random)\(", path.read_text("utf-8"))


def test_run_again_it_replaces_its_own_files_alone(folder: Path) -> None:
    """What else is in the folder stays; what has its names is made anew."""
    done = exported(folder)
    first = contents(done.folder)
    (done.folder / "notes.txt").write_text("mine")
    (done.folder / "09 Old.mp3").write_bytes(b"old")
    done.files[0].unlink()
    done.calendar.unlink()
    exported(folder)
    assert contents(done.folder) == {**first, "notes.txt": b"mine", "09 Old.mp3": b"old"}
    done.files[0].write_bytes(b"edited")
    with pytest.raises(UsageError, match="was changed since"):
        exported(folder)
    assert done.files[0].read_bytes() == b"edited"


# ── what stops it ────────────────────────────────────────────────────────────


def problems(path: Path) -> str:
    """What is said of a programme, the folder's name left out."""
    with pytest.raises(RoutineError) as caught:
        load(path).plan(TUESDAY)
    return "\n\n".join(map(str, caught.value.problems)).replace(f"{path.parent}/", "")


def test_what_is_wrong_with_its_routines(folder: Path) -> None:
    """Missing files, options, and errors of the routines, at once with those of the programme."""
    write(folder / "broken.md", "# Broken\n\n- hodl 5s\n")
    text = """
        title: T
        weeks:
          - levl: gentle
            day 1: strech.md
            day 2: {routine: stretch.md, with: [bnad, band]}
            day 3: {routine: rest.md, with: band}
            day 4: broken.md
            day 5: broken.md
        """
    assert problems(write(folder / "p.yaml", text)) == dedent(
        """\
        broken.md:3:3: unknown clause `hodl 5s`
            3 | - hodl 5s
              |   ^^^^^^^
        help: did you mean `hold 5s`?

        p.yaml:3:5: a week has no `levl`
            3 |   - levl: gentle
              |     ^^^^
        help: did you mean `level`?

        p.yaml:4:12: there is no file `strech.md`
            4 |     day 1: strech.md
              |            ^^^^^^^^^
        help: did you mean `stretch.md`?

        p.yaml:5:41: this routine has no option `bnad`
            5 |     day 2: {routine: stretch.md, with: [bnad, band]}
              |                                         ^^^^
        help: did you mean `band`?

        p.yaml:6:37: this routine has no option `band`
            6 |     day 3: {routine: rest.md, with: band}
              |                                     ^^^^
        help: it has no options: leave `with` out

        p.yaml:7:12: the routine `broken.md` has errors of its own
            7 |     day 4: broken.md
              |            ^^^^^^^^^
        help: mend them, or choose another routine

        p.yaml:8:12: the routine `broken.md` has errors of its own
            8 |     day 5: broken.md
              |            ^^^^^^^^^
        help: mend them, or choose another routine"""
    )


def test_what_cannot_be_as_long_as_it_is_to_be(folder: Path) -> None:
    """A length that cannot be met, and cues that do not fit, at the session that asks for them."""
    cue = "- hold 2-60s\n  - half: Breathe in, and out, and in again, and out.\n"
    write(folder / "cue.md", f"# Cue\n\n{cue}")
    text = """
        title: T
        weeks:
          - day 1: {routine: rest.md, length: 1 h}
            day 2: {routine: cue.md, level: gentle}
            day 3: {routine: cue.md, level: strong}
        """
    told = problems(write(folder / "p.yaml", text))
    places = re.findall(r"^(\S+): (.+)$", told, re.MULTILINE)
    assert [place for place, _ in places if ":" in place] == [
        *("cue.md:4:5", "p.yaml:3:39", "p.yaml:4:22")
    ]
    assert "a length of 1:00:00 cannot be met: the shortest is " in told
    assert "p.yaml:4:22: the routine `cue.md` cannot be like this" in told


def test_a_routine_with_a_length_of_its_own_that_cannot_be_met(folder: Path) -> None:
    """It is a problem of the routine, and the session is named that brought it in."""
    write(folder / "long.md", "---\nlength: 1 h\n---\n- hold 5s\n")
    told = problems(write(folder / "p.yaml", "title: T\nweeks:\n  - day 1: long.md\n"))
    assert "long.md:2:9: a length of 1:00:00 cannot be met" in told
    assert "p.yaml:3:12: the routine `long.md` cannot be like this" in told


def test_warnings_stop_nothing(folder: Path) -> None:
    """Those of the programme and of its routines come with the plan, each once."""
    write(folder / "bed.md", "---\nbed: rain\n---\n- hold 5-9s\n")
    session = "{routine: bed.md, level: gentle, length: 25s}"
    text = f"title: T\nweeks:\n  - day 1: {session}\n    day 2: bed.md\n"
    plan = load(write(folder / "p.yaml", text)).plan(TUESDAY)
    assert {problem.severity for problem in plan.problems} == {Severity.WARNING}
    places = [(Path(one.source).name, one.line) for one in plan.problems]
    assert len(places) == len(set(places))
    assert ("p.yaml", 3) in places


def test_a_link_does_not_lead_away(folder: Path) -> None:
    """A programme reads routines of its own folder and of the library, and no others."""
    write(folder.parent / "secret.md", REST)
    (folder / "link.md").symlink_to(folder.parent / "secret.md")
    told = problems(write(folder / "p.yaml", "title: T\nweeks:\n  - day 1: link.md\n"))
    assert told.startswith("p.yaml:3:12: `link.md` is outside")


def test_the_library_is_not_hidden_by_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name in a programme is the library's, whatever lies in the current folder."""
    monkeypatch.chdir(folder)
    write(folder / "constructive-rest", "Mine.\n")
    course = load(write(folder / "p.yaml", "title: T\nweeks:\n  - day 1: constructive-rest\n"))
    assert course.plan(TUESDAY).tracks[0].title == "Constructive rest"


@pytest.mark.parametrize("voice", ["nobody", "a b", "silent:nobody"])
def test_a_voice_that_is_not_there(folder: Path, voice: str) -> None:
    """It is wrong usage, no problem of the programme."""
    with pytest.raises(UsageError):
        programme.load(folder / "weeks.yaml", voice=voice).plan(TUESDAY)


def test_nothing_is_written_where_something_is_wrong(folder: Path) -> None:
    """No folder is made for a programme with problems, a wrong bit rate, or a date too late."""
    write(folder / "p.yaml", "title: T\nweeks:\n  - day 1: {routine: rest.md, length: 1 h}\n")
    with pytest.raises(RoutineError):
        load(folder / "p.yaml").export(folder / "album", TUESDAY)
    good = load(folder / "weeks.yaml")
    with pytest.raises(UsageError, match="bit rate"):
        good.export(folder / "album", TUESDAY, kbps=7)
    with pytest.raises(UsageError, match="9999"):
        good.export(folder / "album", date(9999, 12, 31))
    assert not (folder / "album").exists()


def test_folders_that_cannot_be(folder: Path) -> None:
    """A file where the folder is to be, or above it, and a folder where a file is to be."""
    course = load(folder / "weeks.yaml")
    for target in (folder / "rest.md", folder / "rest.md" / "album"):
        with pytest.raises(UsageError, match=r"rest\.md` is a file, not a folder"):
            course.export(target, TUESDAY)
    (folder / "album" / "02 A rest.mp3").mkdir(parents=True)
    with pytest.raises(MachineError, match="is a folder"):
        course.export(folder / "album", TUESDAY)
    assert [path.name for path in (folder / "album").iterdir()] == ["02 A rest.mp3"]


def test_folders_are_made(folder: Path) -> None:
    """With those above them."""
    done = load(folder / "weeks.yaml").export(folder / "a" / "b" / "c", TUESDAY)
    assert done.playlist.is_file()


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MachineError("the disk is full")])
def test_stopped_it_leaves_nothing_half(
    folder: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException] | BaseException
) -> None:
    """Ctrl-C in the third file: the album before stays as it was, all of it."""
    write(folder / "p.yaml", "title: Two weeks hips\nweeks:\n  - day 1: rest.md\n")
    load(folder / "p.yaml").export(folder / "album", TUESDAY)
    before = contents(folder / "album")
    filled: list[Any] = []

    def fill_two(blocks: Any, *how: Any, **more: Any) -> Any:
        filled.append(blocks)
        return encode.filling(blocks, *how, **more) if len(filled) < 3 else interrupt

    def interrupt(file: Any, _progress: object) -> None:
        file.write(b"half of a")
        raise stop

    monkeypatch.setattr("voiceguide.studio.exporting.filling", fill_two)
    with pytest.raises((KeyboardInterrupt, MachineError)):
        exported(folder)
    assert contents(folder / "album") == before


# ── progress ─────────────────────────────────────────────────────────────────


def test_progress_goes_from_nothing_to_all(folder: Path) -> None:
    """It never goes back, and ends at 1, over planning and writing."""
    told: list[float] = []
    course = load(folder / "weeks.yaml")
    course.export(folder / "album", TUESDAY, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    assert 0 < told[0] < 0.4


# ── opening ──────────────────────────────────────────────────────────────────


def test_a_name_that_is_not_there() -> None:
    """A missing programme is wrong usage, with the nearest name of the library."""
    with pytest.raises(UsageError) as caught:
        programme.load("four-week-psoa")
    assert caught.value.help == "did you mean `four-week-psoas`?"


@pytest.mark.parametrize("name", ["constructive-rest", "mine.md"])
def test_a_routine_is_no_programme(name: str) -> None:
    """Whoever mixes them up is told what a routine is for."""
    with pytest.raises(UsageError) as caught:
        programme.load(name)
    assert caught.value.message == f"`{name}` is a routine, not a programme"


@pytest.mark.parametrize("name", ["four-week-psoas", "weeks.yaml", "weeks.yml"])
def test_a_programme_is_no_routine(name: str) -> None:
    """The other way round, too, before a word of it is spoken."""
    with pytest.raises(UsageError) as caught:
        studio.load(name)
    assert caught.value.message == f"`{name}` is a programme, not a routine"
    assert f"voiceguide programme {name}" in caught.value.help


def test_a_folder_is_no_programme(folder: Path) -> None:
    """What cannot be read is wrong usage."""
    with pytest.raises(UsageError, match="cannot read"):
        programme.load(folder)


def test_lists_are_made_of_the_plan_alone(folder: Path) -> None:
    """Playlist and calendar need no file to be written first."""
    plan = load(folder / "weeks.yaml").plan(TUESDAY)
    done = exported(folder)
    assert playlist(plan) == done.playlist.read_bytes()
    assert calendar(plan) == done.calendar.read_bytes()
