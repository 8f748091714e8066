"""The order of the stages: opening, `use`, sounds, lengths, and files whole or not there."""

from __future__ import annotations

import os
import re
from math import ceil, floor
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
import soundfile

import voiceguide
from voiceguide import studio
from voiceguide.audio.levels import loudness
from voiceguide.encode import tags_in
from voiceguide.engines.silent import SilentEngine
from voiceguide.errors import MachineError, RoutineError, Severity, UsageError
from voiceguide.lengths import SAMPLE_RATE, samples
from voiceguide.sequence import EventKind
from voiceguide.studio import Plan, opening
from voiceguide.studio.sounds import LARGEST_COVER


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for routines, with a cache of its own."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    home = tmp_path / "home"
    home.mkdir()
    return home


def write(path: Path, text: str) -> Path:
    """A routine's file."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return path


def problems_of(path: Path, **options: Any) -> list[str]:
    """The problems of a routine that cannot be planned, as `file:line: message`."""
    with pytest.raises(RoutineError) as caught:
        voiceguide.load(path, **options).plan(estimate=True)
    return [f"{Path(p.source).name}:{p.line}: {p.message}" for p in caught.value.problems]


def estimated(path: str | Path, **options: Any) -> Plan:
    """The plan of a routine, without an engine."""
    return voiceguide.load(path, **options).plan(estimate=True)


# ── opening ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("n" * 300, "there is no routine"),
        ("n" * 300 + ".md", "cannot read .*: file name too long"),
        ("a\0b.md", "there is no routine"),
        ("README.md/x.md", "there is no routine"),
    ],
)
def test_what_no_file_can_be_called_is_wrong_usage(name: str, said: str) -> None:
    """However a name is impossible, it is told with a way out."""
    with pytest.raises(UsageError, match=said) as caught:
        voiceguide.load(name)
    assert caught.value.help


def test_a_folder_that_may_not_be_entered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told what the system says of a file in it, not that there is none."""
    true_open = Path.open

    def refused(self: Path, *how: Any, **more: Any) -> Any:
        if self.parent.name == "shut":
            raise PermissionError(13, "Permission denied", str(self))
        return true_open(self, *how, **more)

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(UsageError, match=r"cannot read `.*x\.md`: permission denied"):
        voiceguide.load(folder / "shut" / "x.md")


def test_a_name_that_is_not_there_suggests_one_that_is() -> None:
    """A missing routine is wrong usage, with the nearest name of the library."""
    with pytest.raises(UsageError) as caught:
        voiceguide.load("constructiv-rest")
    assert "constructive-rest" in caught.value.help


def test_a_file_beats_a_name_of_the_library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in the current folder is what its path says."""
    monkeypatch.chdir(folder)
    write(folder / "constructive-rest", "Mine.\n")
    assert (
        voiceguide.load("constructive-rest").plan(estimate=True).timeline.events[0].text == "Mine."
    )


def test_use_finds_files_beside_the_routine(folder: Path) -> None:
    """`use` of a path is beside the file that uses it, however deep."""
    write(folder / "parts" / "b.md", "## B\n\nBe.\n")
    write(folder / "parts" / "a.md", "## A\n\nAh.\n\n- use b.md\n")
    main = write(folder / "main.md", "Go.\n\n- use parts/a.md\n")
    plan = voiceguide.load(main).plan(estimate=True)
    assert [chapter.title for chapter in plan.timeline.chapters] == ["main", "A", "B"]
    data = plan.as_dict()
    lines = {event["text"]: event["line"] for event in data["events"]}  # type: ignore[attr-defined]
    assert (lines["Ah."], lines["Be."]) == (3, 3)


def test_used_words_and_respellings_come_along(folder: Path) -> None:
    """A used routine's `words` are known in it; the session's own beat them."""
    write(folder / "a.md", "---\nwords:\n  prop: band\n---\n## A\n\nTake the {prop}.\n")
    plain = write(folder / "main.md", "- use a.md\n")
    own = write(folder / "own.md", "---\nwords:\n  prop: strap\n---\n- use a.md\n")
    said = [
        voiceguide.load(path).plan(estimate=True).timeline.events[0].text for path in (plain, own)
    ]
    assert said == ["Take the band.", "Take the strap."]


def test_problems_of_used_routines_come_too(folder: Path) -> None:
    """All problems of all files come at once, each with its own file."""
    write(folder / "a.md", "- hodl 30s\n")
    main = write(folder / "main.md", "- use a.md\n- use b.md\n- hold 30\n")
    found = problems_of(main)
    assert "a.md:1: unknown clause `hodl 30s`" in found
    assert any(problem.startswith("main.md:2: there is no file `b.md`") for problem in found)
    assert any(problem.startswith("main.md:3: ") for problem in found)


def test_a_routine_that_uses_itself_is_a_problem(folder: Path) -> None:
    """A circle is told with its way round, and ends."""
    write(folder / "b.md", "## B\n\n- use main.md\n")
    main = write(folder / "main.md", "- use b.md\n")
    [problem] = problems_of(main)
    assert re.fullmatch(
        r"b\.md:3: this routine uses itself: .*main\.md > .*b\.md > .*main\.md", problem
    )


def test_use_is_not_followed_without_end(folder: Path) -> None:
    """Files that use files that use files are refused at some depth."""
    for number in range(20):
        write(folder / f"r{number}.md", f"## R\n\n- use r{number + 1}.md\n")
    write(folder / "r20.md", "## R\n\nGo.\n")
    [problem] = problems_of(folder / "r0.md")
    assert "routines are used more than 8 deep" in problem


def test_a_voice_of_another_language_is_told_of(folder: Path) -> None:
    """Asked for by an option, or named in the routine, where it has a place; not of its own."""
    plain = write(folder / "a.md", "Go.\n")
    named = write(folder / "b.md", "---\ntitle: B\nvoice: espeak:de\n---\nGo.\n")
    german = write(folder / "c.md", "---\nlanguage: de\nvoice: espeak:de\n---\nLos.\n")
    found = {}
    for path, options in ((plain, {"voice": "espeak:de"}), (named, {}), (german, {})):
        with voiceguide.load(path, **options) as session:
            found[path] = session.plan().problems
    (asked,), (written,) = found[plain], found[named]
    assert asked.message == "the voice `espeak:de` speaks `de`, and the routine is in `en`"
    assert (asked.severity, asked.place) == (Severity.WARNING, None)
    assert (written.message, written.line) == (asked.message, 3)
    assert found[german] == ()


def test_each_file_is_followed_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten uses of ten uses of … are eight files, not ten million; still too deep is too deep."""
    opened: list[str] = []
    true_read = opening.read_used

    def read_used(name: str, home: Path) -> studio.SourceText:
        opened.append(name)
        return true_read(name, home)

    monkeypatch.setattr(opening, "read_used", read_used)
    for number in range(8):
        write(folder / f"r{number}.md", "## R\n\n" + f"- use r{number + 1}.md\n" * 10)
    write(folder / "r8.md", "## R\n\nGo.\n")
    voiceguide.load(folder / "r1.md")
    assert len(opened) == 7 * 10
    voiceguide.load(folder / "r0.md")
    write(folder / "deeper.md", "## R\n\n- use r7.md\n- use r0.md\n")
    found = problems_of(folder / "deeper.md")
    assert len(found) == 10
    assert all("routines are used more than 8 deep" in problem for problem in found)


def test_paths_stay_in_the_folder(folder: Path) -> None:
    """Neither `use` nor `sound` leads out of the routine's folder, not by a link either."""
    write(folder.parent / "secret.md", "## S\n\nSecret.\n")
    (folder / "link.md").symlink_to(folder.parent / "secret.md")
    main = write(folder / "main.md", "- use link.md\n")
    assert any("link.md" in problem for problem in problems_of(main))


def test_a_bed_is_heard(folder: Path) -> None:
    """`bed: rain` is no problem: the silences of the file are as loud as it says, in stereo."""
    main = write(folder / "main.md", "---\nbed: rain, -40 dB\n---\n- pause 12s\n")
    export = voiceguide.load(main, voice="silent").export(folder / "main.wav")
    assert not export.plan.problems
    heard, _ = soundfile.read(export.file)
    assert heard.shape == (export.plan.timeline.length, 2)
    middle = heard[4 * 48_000 : 8 * 48_000].astype(np.float32)
    assert loudness(middle, 48_000) == pytest.approx(-37.0, abs=1.5)


def test_silence_is_not_digital_zero_unless_asked_for(folder: Path) -> None:
    """A floor far below hearing keeps Bluetooth awake; without it there is nothing at all."""
    session = voiceguide.load(write(folder / "main.md", "- pause 5s\n"), voice="silent")
    for digital in (False, True):
        path = folder / "main.mp3"
        session.export(path, digital_silence=digital)
        heard, _ = soundfile.read(path)
        middle = heard[48_000 : 4 * 48_000]
        assert np.any(middle, axis=-1).mean() == (0 if digital else pytest.approx(1, abs=0.02))
        assert np.abs(middle).max() < 10 ** (-75 / 20)


# ── sounds ───────────────────────────────────────────────────────────────────


def tone(path: Path, seconds: float = 1.0) -> Path:
    """A sound of the author's."""
    time = np.arange(int(44_100 * seconds)) / 44_100
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 440 * time), 44_100)
    return path


def test_own_sounds_and_chimes_are_heard(folder: Path) -> None:
    """`[sound FILE]` plays the file, `chimes:` takes files too; both resampled to the session."""
    tone(folder / "waves.flac", 2.0)
    tone(folder / "ping.wav", 0.5)
    text = "---\nchimes:\n  start: ping.wav\n---\nGo. [sound waves.flac]\n\n- hold 10s\n"
    main = write(folder / "main.md", text)
    export = voiceguide.load(main).export(folder / "main.wav")
    sounds = [event for event in export.plan.timeline.events if event.kind is EventKind.SOUND]
    assert [abs(event.length - 2 * SAMPLE_RATE) < 500 for event in sounds] == [True]
    heard, _ = soundfile.read(export.file)
    start = next(e for e in export.plan.timeline.events if e.text == "start")
    assert np.abs(heard[start.position : start.position + 20_000]).max() > 0.05


@pytest.mark.parametrize("content", [None, b"", b"no sound at all"])
def test_a_sound_that_cannot_be_played_is_a_problem(folder: Path, content: bytes | None) -> None:
    """A missing, empty or broken sound file is a problem at its place."""
    if content is not None:
        (folder / "waves.flac").write_bytes(content)
    main = write(folder / "main.md", "Go.\n\nListen. [sound waves.flac]\n")
    [problem] = problems_of(main)
    assert problem.startswith("main.md:3: ")


def test_missing_files_come_with_all_other_problems(folder: Path) -> None:
    """Sounds, chimes and covers that are not there are told at once, each at its place."""
    text = (
        "---\ncover: me.png\nchimes:\n  start: ping.wav\n---\nGo. [sound sea.flac]\n\n- hodl 5s\n"
    )
    main = write(folder / "main.md", text)
    assert problems_of(main) == [
        "main.md:2: there is no file `me.png`",
        "main.md:4: there is no file `ping.wav`",
        "main.md:6: there is no file `sea.flac`",
        "main.md:8: unknown clause `hodl 5s`",
    ]


def test_own_chimes_are_the_sessions(folder: Path) -> None:
    """A chime file is beside the session, also where a used routine elsewhere strikes it."""
    tone(folder / "ping.wav", 0.5)
    write(folder / "parts" / "a.md", "## A\n\n- hold 5s\n")
    main = write(folder / "main.md", "---\nchimes:\n  start: ping.wav\n---\n- use parts/a.md\n")
    assert "start" in {event.text for event in estimated(main).timeline.events}


def test_a_level_that_is_asked_for_beats_the_routines_length(folder: Path) -> None:
    """`--level gentle` is no idle word where the front matter says `length`."""
    text = "---\nlength: 90s\n---\nGo.\n\n- hold 30-90s\n"
    main = write(folder / "main.md", text)
    assert estimated(main).timeline.length == samples(90)
    holds = [e for e in estimated(main, level="gentle").timeline.events if e.kind is EventKind.HOLD]
    assert [hold.length for hold in holds] == [samples(30)]


# ── lengths ──────────────────────────────────────────────────────────────────


def test_a_length_in_the_front_matter_that_cannot_be_met(folder: Path) -> None:
    """It is a problem at its place, with the shortest and the longest that can be met."""
    main = write(folder / "main.md", "---\nlength: 1 h\n---\nGo.\n\n- hold 30-60s\n")
    [problem] = problems_of(main)
    assert re.fullmatch(
        r"main\.md:2: a length of 1:00:00 cannot be met: the shortest is \S+, the longest \S+",
        problem,
    )


def test_the_shortest_and_longest_that_are_named_can_be_met(folder: Path) -> None:
    """What a message names works when it is asked for."""
    main = write(folder / "main.md", "Go.\n\n- hold 30-60s, each side\n")
    with pytest.raises(UsageError) as caught:
        voiceguide.load(main, length="1 h").plan(estimate=True)
    named = re.findall(r"\d+:\d\d(?:\.\d)?", caught.value.message)
    for length in named[-2:]:
        plan = voiceguide.load(main, length=length).plan(estimate=True)
        minutes, seconds = length.split(":")
        assert plan.timeline.length == samples(int(minutes) * 60 + float(seconds))


def test_bounds_are_met_and_not_exceeded(folder: Path) -> None:
    """The shortest leaves out what is optional; beyond both ends nothing can be had."""
    main = write(folder / "main.md", "Go. Stop.\n\n- hold 30-60s\n- hold 20s, optional\n")
    shortest, longest = voiceguide.load(main).bounds()
    assert longest - shortest > 30 + 20
    for length in (ceil(shortest), floor(longest)):
        plan = voiceguide.load(main, length=f"{length}s").plan(estimate=True)
        assert plan.timeline.duration == length
    for length in (floor(shortest), ceil(longest)):
        with pytest.raises(UsageError, match="cannot be met"):
            voiceguide.load(main, length=f"{length}s").plan(estimate=True)


def test_options_beat_the_front_matter(folder: Path) -> None:
    """`level`, `guidance` and `with_` come from the caller."""
    text = "---\nlevel: strong\n---\n- hold 30-60s\n  Kneel.\n- hold 5s, option band\n"
    main = write(folder / "main.md", text)
    plan = voiceguide.load(main, level="gentle", guidance="quiet", with_=["band"]).plan(
        estimate=True
    )
    holds = [event.length for event in plan.timeline.events if event.kind is EventKind.HOLD]
    assert holds == [samples(30), samples(5)]
    assert "Kneel." not in {event.text for event in plan.timeline.events}


@pytest.mark.parametrize(
    "options",
    [
        {"length": "soon"},
        {"level": "fierce"},
        {"guidance": "loud"},
        {"with_": ["bnad"]},
        {"voice": "nobody"},
        {"voice": "espeak:klingon-of-nowhere"},
        {"colour": "blue"},
    ],
)
def test_options_that_make_no_sense(folder: Path, options: dict[str, Any]) -> None:
    """Wrong options are wrong usage, with a way out."""
    main = write(folder / "main.md", "- hold 5s, option band\n")
    with pytest.raises(UsageError) as caught:
        voiceguide.load(main, **options).plan()
    assert caught.value.help


def test_a_voice_in_the_front_matter_that_is_not_there(folder: Path) -> None:
    """It is a problem at its place."""
    main = write(folder / "main.md", "---\nvoice: nobody\n---\nGo.\n")
    with pytest.raises(RoutineError) as caught:
        voiceguide.load(main).plan()
    [problem] = caught.value.problems
    assert (problem.line, "nobody" in problem.message) == (2, True)


# ── files ────────────────────────────────────────────────────────────────────

SHORT = "# Short\n\nGo. Breathe in.\n\n- hold 5s\n  Hold it.\n"


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["mp3", "wav", "flac"])
def test_every_format_has_the_timelines_length(folder: Path, suffix: str) -> None:
    """The decoded file is as long as the timeline says, in each format."""
    export = voiceguide.load(write(folder / "short.md", SHORT)).export(folder / f"short.{suffix}")
    heard, rate = soundfile.read(export.file)
    assert (len(heard), rate) == (export.plan.timeline.length, SAMPLE_RATE)
    assert export.bytes == export.file.stat().st_size


def test_same_routine_same_bytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cold, warm, streamed cache or none: the same routine gives the same bytes."""
    main = write(folder / "short.md", SHORT)
    first = voiceguide.load(main).export(folder / "a.mp3").file.read_bytes()
    warm = voiceguide.load(main).export(folder / "b.mp3").file.read_bytes()
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(folder / "another"))
    cold = voiceguide.load(main).export(folder / "c.mp3").file.read_bytes()
    assert first == warm == cold


def test_stitched_and_streamed_say_the_same(folder: Path) -> None:
    """Both ways to an MP3 decode to the same length and nearly the same sound."""
    session = voiceguide.load(write(folder / "short.md", SHORT))
    stitched, _ = soundfile.read(session.export(folder / "a.mp3").file)
    streamed, _ = soundfile.read(session.export(folder / "b.mp3", stream=True).file)
    assert len(stitched) == len(streamed)
    assert np.sqrt(np.mean((stitched - streamed) ** 2)) < 0.1 * np.sqrt(np.mean(streamed**2))


def test_progress_goes_from_nothing_to_all(folder: Path) -> None:
    """Progress never goes back, and ends at 1."""
    told: list[float] = []
    session = voiceguide.load(write(folder / "short.md", SHORT))
    session.export(folder / "a.mp3", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_what_goes_wrong_leaves_the_old_file(folder: Path) -> None:
    """A routine with problems, an unknown format, a missing folder: the old file stays whole."""
    old = folder / "old.mp3"
    old.write_bytes(b"old")
    bad = write(
        folder / "bad.md", "- hold 5s\n  - half: This is far too long for so short a hold.\n"
    )
    with pytest.raises(RoutineError):
        voiceguide.load(bad).export(old)
    good = voiceguide.load(write(folder / "short.md", SHORT))
    for target in (folder / "x.docx", folder / "x"):
        with pytest.raises(UsageError):
            good.export(target)
    with pytest.raises(UsageError):
        good.export(old, kbps=7)
    with pytest.raises(UsageError):
        good.export(folder / "nowhere" / "x.mp3")
    assert old.read_bytes() == b"old"
    assert sorted(path.name for path in folder.iterdir()) == ["bad.md", "old.mp3", "short.md"]


def test_an_engine_that_dies_leaves_the_old_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that fails in the middle is said, and costs no file."""
    from voiceguide.engines.espeak import EspeakEngine

    def dies(*_: object) -> None:
        raise MachineError("the speech engine crashed", "try again")

    monkeypatch.setattr(EspeakEngine, "speak", dies)
    old = folder / "old.mp3"
    old.write_bytes(b"old")
    with pytest.raises(MachineError, match="crashed"):
        voiceguide.load(write(folder / "short.md", SHORT)).export(old)
    assert old.read_bytes() == b"old"
    assert [path.name for path in folder.glob("*.mp3")] == ["old.mp3"]


def test_a_session_lets_its_engine_go(folder: Path) -> None:
    """As a context manager a session leaves no engine behind, and can be used again."""
    with voiceguide.load(write(folder / "short.md", SHORT)) as session:
        first = session.plan().timeline
    assert session.plan().timeline == first
    session.close()
    session.close()


def test_own_cover(folder: Path) -> None:
    """`cover:` puts the author's picture into the file; one that is not there is a problem."""
    import mutagen
    from PIL import Image

    Image.new("RGB", (8, 8), "red").save(folder / "me.png")
    main = write(folder / "main.md", "---\ncover: me.png\n---\nGo.\n")
    export = voiceguide.load(main).export(folder / "main.mp3")
    [picture] = mutagen.File(export.file).tags.getall("APIC")
    assert picture.data == (folder / "me.png").read_bytes()
    (folder / "me.png").unlink()
    with pytest.raises(RoutineError, match=re.escape("me.png")):
        voiceguide.load(main).export(folder / "main.mp3")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such pipes")
def test_a_cover_that_is_a_pipe_or_has_no_end(folder: Path) -> None:
    """Neither is waited for, nor read until the memory is full."""
    main = write(folder / "main.md", "---\ncover: me.png\n---\nGo.\n")
    os.mkfifo(folder / "me.png")
    with pytest.raises(RoutineError, match=re.escape("me.png")):
        voiceguide.load(main).export(folder / "main.mp3")
    (folder / "me.png").unlink()
    with (folder / "me.png").open("wb") as file:
        file.truncate(LARGEST_COVER + 1)
    with pytest.raises(RoutineError, match=re.escape("me.png")) as told:
        voiceguide.load(main).export(folder / "main.mp3")
    assert "8 MB" in told.value.problems[0].help


@pytest.mark.parametrize(
    ("written", "epoch", "date"),
    [
        ("", "", None),
        ("", "1764460800", "2025-11-30"),
        ("date: 2024-02-29", "", "2024-02-29"),
        ("date: 2024", "1764460800", "2024"),
    ],
)
def test_the_date_is_the_routines_or_the_builds(
    folder: Path, monkeypatch: pytest.MonkeyPatch, written: str, epoch: str, date: str | None
) -> None:
    """What the routine says comes first; where nobody says one, a file has no date."""
    import mutagen

    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    path = write(folder / "main.md", f"---\nauthor: A\n{written}\n---\n- hold 2s\n")
    tags = mutagen.File(voiceguide.load(path, voice="silent").export(folder / "m.mp3").file).tags
    assert [str(one) for one in tags.getall("TDRC")] == ([date] if date else [])


def test_a_date_that_is_none_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its line where the routine says it, by its name where the environment does."""
    for wrong in ("2025-02-29", "30.11.2025", "0000", "2025-13"):
        path = write(folder / "main.md", f"---\ndate: {wrong}\n---\nGo.\n")
        assert problems_of(path) == [f"main.md:2: `{wrong}` is not a date"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    session = voiceguide.load(write(folder / "main.md", "- hold 2s\n"), voice="silent")
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH"):
        session.export(folder / "m.mp3")


@pytest.mark.parametrize("intro", ["", "Lie down. "])
def test_the_first_chapter_begins_with_the_file(folder: Path, intro: str) -> None:
    """What is said before it has a chapter of the session's title; and the file is as promised."""
    text = (
        f"# Calm\n\n{intro}\n\n## One\n\n### Inner\n\nGo on.\n\n- hold 5s\n\n## Two\n\n- hold 5s\n"
    )
    path = write(folder / "main.md", text)
    done = voiceguide.load(path, voice="silent").export(folder / "m.mp3", verify=True)
    found = tags_in(done.file).chapters
    assert found[0].start == 0
    assert [one.title for one in found] == [*(["Calm"] if intro else []), "Inner", "Two"]
    assert found[-1].start == pytest.approx(done.plan.timeline.chapters[-1].position, abs=48)


def test_tags_tell_what_it_is(folder: Path) -> None:
    """Title, artist, genre, date, comment, chapters, words and their times are in the file."""
    import mutagen

    text = """
        ---
        title: Calm
        author: A Teacher
        date: 2026-11-30
        description: Two calm minutes.
        ---
        ## One
        Go slowly.
        ## Two
        - hold 5s
          Hold it.
    """
    export = voiceguide.load(write(folder / "main.md", text.lstrip("\n"))).export(folder / "m.mp3")
    tags = mutagen.File(export.file).tags
    first = {
        frame: str(tags.getall(frame)[0]) for frame in ("TIT2", "TPE1", "TCON", "TDRC", "COMM")
    }
    assert first == {
        "TIT2": "Calm",
        "TPE1": "A Teacher",
        "TCON": "Speech",
        "TDRC": "2026-11-30",
        "COMM": "Two calm minutes.",
    }
    chapters = sorted(tags.getall("CHAP"), key=lambda chapter: int(chapter.start_time))
    assert [str(chapter.sub_frames["TIT2"]) for chapter in chapters] == ["One", "Two"]
    at = [round(mark.position / 48) for mark in export.plan.timeline.chapters]
    assert [chapter.start_time for chapter in chapters] == [0, at[1]]
    spoken = [
        (e.text, round(e.position / 48))
        for e in export.plan.timeline.events
        if e.kind in (EventKind.SAY, EventKind.COUNT)
    ]
    assert [(line.strip(), time) for line, time in tags.getall("SYLT")[0].text] == spoken
    assert "Hold it." in str(tags.getall("USLT")[0])
    assert tags.getall("APIC")[0].data[:4] == b"\x89PNG"


def test_text_in_hand() -> None:
    """Standard input is opened as text, its paths beside the current folder."""
    session = studio.load_text(studio.SourceText(b"# Mine\n\nGo.\n", "-", Path.cwd()))
    assert session.title == "Mine"


# ── sessions that share their engines ────────────────────────────────────────


def test_sessions_of_a_studio_share_one_engine(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their pace, words and lengths; each sounds as it would alone, and all are closed."""
    made: list[object] = []
    closed: list[object] = []
    true_init, true_close = SilentEngine.__init__, SilentEngine.close

    def init(self: SilentEngine) -> None:
        made.append(self)
        true_init(self)

    def close(self: SilentEngine) -> None:
        closed.append(self)
        true_close(self)

    path = write(folder / "a.md", "Lie down on your back.\n\n- hold 2-9s\n")
    ways: list[dict[str, Any]] = [{}, {"pace": 200}, {"say": {"back": "behind"}}, {"length": 20}]
    alone = [voiceguide.load(path, voice="silent", **way).samples() for way in ways]
    monkeypatch.setattr(SilentEngine, "__init__", init)
    monkeypatch.setattr(SilentEngine, "close", close)
    with studio.Studio() as home:
        for way, before in zip(ways, alone, strict=True):
            with home.load(path, voice="silent", **way) as session:
                assert np.array_equal(session.samples(), before)
        assert (len(made), closed) == (1, [])
    assert closed == made
