"""Catalogues: what is made, what is kept, what goes wrong, and the same bytes whoever works."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import soundfile
from catalogues import ROUTINE, lengths, manifest, sums, write_plan, write_routine
from cli_running import COMMAND, Runner

import voiceguide
from voiceguide import files, studio
from voiceguide.audio.levels import loudness
from voiceguide.catalogue import Catalogue, RowResult, Survey, merge_shards, read_shard
from voiceguide.catalogue import work as work_module
from voiceguide.errors import UsageError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a routine, and a cache of its own."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    write_routine(tmp_path)
    return tmp_path


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in a folder with a routine."""
    write_routine(tmp_path)
    return Runner(capfd, monkeypatch, tmp_path)


def make(rows: Any, out: Path, **more: Any) -> list[RowResult]:
    """A catalogue, made by this process unless it is said otherwise."""
    return list(voiceguide.catalogue(rows, out, **{"jobs": 1, **more}))


def states(results: list[RowResult]) -> dict[str, str]:
    """What came of each row, by its id."""
    return {result.entry.id: result.state for result in results}


# ── what is made ─────────────────────────────────────────────────────────────


def test_sessions_are_those_that_an_export_makes(home: Path) -> None:
    """Each row's file is, byte for byte, the export with the row's settings."""
    rows = [
        {"id": "p1", "routine": "mine.md", "length": "14s", "set": {"name": "Maria"}},
        {"id": "p2", "routine": "mine.md", "level": "strong", "with": ["band"], "format": "flac"},
    ]
    made = make(rows, home / "out")
    with studio.load("mine.md", length="14s", words={"name": "Maria"}) as session:
        session.export(home / "one.mp3")
    with studio.load("mine.md", level="strong", with_=["band"]) as session:
        session.export(home / "two.flac")
    assert (home / "out/p1.mp3").read_bytes() == (home / "one.mp3").read_bytes()
    assert (home / "out/p2.flac").read_bytes() == (home / "two.flac").read_bytes()
    assert states(made) == {"p1": "made", "p2": "made"}


def test_the_manifest_says_what_there_is(home: Path) -> None:
    """File, checksum, bytes, exact length as it is decoded, loudness, voice and time, by row."""
    make(lengths(2), home / "out")
    first, second = manifest(home / "out")
    assert (first["id"], first["row"], second["id"], second["row"]) == ("s001", 1, "s002", 2)
    path = home / "out" / first["file"]
    assert first["sha256"] == sums(home / "out")["s001.mp3"]
    assert first["bytes"] == path.stat().st_size
    heard, rate = soundfile.read(path)
    assert (len(heard), rate) == (first["length"], 48_000)
    assert first["seconds"] == 12.1
    assert (first["loudness"], first["voice"], first["problems"]) == (None, "silent:silent", [])
    assert first["took"] > 0


def test_the_manifest_says_how_loud_the_voice_is(home: Path) -> None:
    """As it is measured in the decoded file, and not as it was asked for."""
    text = "---\ntitle: Spoken\nchimes: none\n---\n\nLie down, and let your belly be soft.\n"
    (home / "spoken.md").write_text(text, encoding="utf-8")
    row = {"id": "a", "routine": "spoken.md", "voice": "espeak", "format": "flac", "loudness": -21}
    make([row], home / "out")
    (entry,) = manifest(home / "out")
    heard, rate = soundfile.read(home / "out/a.flac", dtype="float32")
    assert entry["loudness"] == pytest.approx(loudness(heard, rate), abs=0.5)
    assert entry["loudness"] == pytest.approx(-21, abs=1)


def test_what_a_row_asks_for_lies_beside_it(home: Path) -> None:
    """A sheet with the doses of that session, captions, and what has a folder of its own."""
    rows = [
        {"id": "a", "routine": "mine.md", "level": "gentle", "sheet": True, "captions": "yes"},
        {"id": "b", "routine": "mine.md", "level": "strong", "bundle": "yes"},
    ]
    one, two = make(rows, home / "out")
    assert {file.name for file in one.entry.files} == {"a.mp3", "a.html", "a.lrc", "a.vtt"}
    assert one.entry.files[0].name == "a.mp3"
    assert "4 s" in (home / "out/a.html").read_text(encoding="utf-8")
    assert {"b/b.mp3", "b/cover.png", "b/b.html", "b/b.m3u8"} <= {f.name for f in two.entry.files}
    assert all((home / "out" / file.name).stat().st_size == file.bytes for file in two.entry.files)


@pytest.mark.slow
def test_a_programme_is_a_row(home: Path) -> None:
    """It becomes a folder with files of the row's format, a playlist and a calendar."""
    text = "title: Weeks\nweeks:\n  - day 1: mine.md\n    day 2:\n      routine: mine.md\n"
    (home / "weeks.yaml").write_text(f"{text}      level: gentle\n", encoding="utf-8")
    rows = [{"id": "w", "programme": "weeks.yaml", "start": "2026-12-01", "format": "opus"}]
    (result,) = make(rows, home / "out")
    endings = sorted(Path(file.name).suffix for file in result.entry.files)
    assert endings == [".ics", ".m3u8", ".opus", ".opus"]
    assert result.entry.files[0].name == "w/Weeks.m3u8"
    assert states(make(rows, home / "out")) == {"w": "kept"}
    write_routine(home, ROUTINE.replace("Lie down", "Sit down"))
    assert states(make(rows, home / "out")) == {"w": "made"}


def test_a_feed_names_every_session(home: Path) -> None:
    """Addresses, sizes and types; a row that failed is not in it."""
    rows = [*lengths(1), {"id": "opus", "routine": "mine.md", "format": "opus"}]
    make(
        [*rows, {"id": "bad", "routine": "mine.md", "length": "9h"}],
        home / "out",
        feed="https://x.test/s",
    )
    feed = (home / "out/feed.xml").read_text(encoding="utf-8")
    size = (home / "out/opus.opus").stat().st_size
    assert feed.count("<item>") == 2
    assert f'url="https://x.test/s/opus.opus" length="{size}" type="audio/ogg"' in feed


# ── made again ───────────────────────────────────────────────────────────────


def test_a_second_run_makes_what_changed_or_is_missing(home: Path) -> None:
    """Nothing, else the row that changed, the file that is gone, the one that was damaged."""
    rows = lengths(4)
    make(rows, home / "out")
    before = sums(home / "out")
    assert set(states(make(rows, home / "out")).values()) == {"kept"}
    rows[0]["level"] = "strong"
    del rows[0]["length"]
    (home / "out/s002.mp3").unlink()
    (home / "out/s003.mp3").write_bytes(b"half")
    again = states(make(rows, home / "out"))
    assert again == {"s001": "made", "s002": "made", "s003": "made", "s004": "kept"}
    after = sums(home / "out")
    assert {name for name in after if after[name] != before[name]} == {"s001.mp3"}


@pytest.mark.slow
@pytest.mark.parametrize("what", ["routine", "word", "format"])
def test_whatever_a_session_is_made_of_counts(home: Path, what: str) -> None:
    """Another text, another word, another format: it is made again, and the old file goes."""
    row: dict[str, Any] = {"id": "p", "routine": "mine.md", "set": {"name": "Maria"}}
    make([row], home / "out")
    if what == "routine":
        write_routine(home, ROUTINE.replace("Lie down", "Sit down"))
    elif what == "word":
        row["set"] = {"name": "Tom"}
    else:
        row["format"] = "opus"
    assert states(make([row], home / "out")) == {"p": "made"}
    assert [*sums(home / "out")] == ["p.opus" if what == "format" else "p.mp3"]


def test_what_no_longer_belongs_is_said_and_pruned_when_asked(home: Path) -> None:
    """Its file and its line stay until `prune`, and then go."""
    make(lengths(3), home / "out")
    rows = lengths(2)
    assert Catalogue(rows, home / "out").survey().stale == ["s003"]
    make(rows, home / "out")
    assert (home / "out/s003.mp3").exists()
    assert [line["row"] for line in manifest(home / "out")] == [1, 2, None]
    assert Catalogue(rows, home / "out").survey().stale == ["s003"]
    make(rows, home / "out", prune=True)
    assert not (home / "out/s003.mp3").exists()
    assert [line["id"] for line in manifest(home / "out")] == ["s001", "s002"]


def test_equal_rows_are_made_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of two equal sessions is a copy; one with a person's word never is."""
    made: list[str] = []
    session = work_module.Maker._session

    def counting(self: Any, order: Any, folder: Path) -> Any:
        made.append(order.id)
        return session(self, order, folder)

    monkeypatch.setattr(work_module.Maker, "_session", counting)
    plain = [{"id": name, "routine": "mine.md", "length": "13s"} for name in "ab"]
    named = [{**row, "id": row["id"] * 2, "set": {"name": "Maria"}} for row in plain]
    make([*plain, *named], home / "out")
    assert made == ["a", "aa", "bb"]
    found = sums(home / "out")
    assert found["a.mp3"] == found["b.mp3"] != found["aa.mp3"] == found["bb.mp3"]


# ── what goes wrong ──────────────────────────────────────────────────────────


def test_one_bad_row_stops_nothing(run: Runner) -> None:
    """It is told with file, row and column, the others are made, and the exit code is 1."""
    run.write("id,routine,length\na,mine.md,5x\nb,mine.md,9h\nc,mine.md,13s\n", "plan.csv")
    ran = run("catalogue", "plan.csv", "-o", "out", "--jobs", "1")
    assert ran.code == 1
    assert "plan.csv:2:3: row 1, `length`: `x` is not a unit of time" in ran.err
    assert "plan.csv:3: row 2, `length`: a length of 9:00:00 cannot be met" in ran.err
    assert ran.out == "3 rows: 1 made, 0 kept, 2 failed: out/manifest.jsonl\n"
    assert [*sums(run.folder / "out")] == ["c.mp3"]
    bad = manifest(run.folder / "out")[1]
    assert (bad["file"], bad["row"]) == (None, 2)
    assert bad["problems"][0]["help"]


def test_a_row_that_fails_keeps_what_it_had(home: Path) -> None:
    """A session that can no longer be made stays as it was, and is no good entry any more."""
    make([{"id": "a", "routine": "mine.md"}], home / "out")
    before = sums(home / "out")
    bad = [{"id": "a", "routine": "mine.md", "length": "9h"}]
    assert states(make(bad, home / "out")) == {"a": "failed"}
    assert sums(home / "out") == before
    assert states(make(bad, home / "out")) == {"a": "failed"}


def test_problems_tell_no_persons_word(home: Path) -> None:
    """The manifest of a row that failed has the word left out."""
    row = {"id": "a", "routine": "mine.md", "set": {"name": "Maria [pace 1]"}}
    (result,) = make([row], home / "out")
    assert result.state == "failed"
    assert result.entry.problems
    assert "Maria" not in (home / "out/manifest.jsonl").read_text(encoding="utf-8")


def test_a_fault_of_ours_is_one_rows_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is raised over a session, the next one is made."""
    export = studio.Session.export

    def failing(self: Any, path: Path, **more: Any) -> Any:
        if path.stem == "s001":
            raise ZeroDivisionError("oh")
        return export(self, path, **more)

    monkeypatch.setattr(studio.Session, "export", failing)
    made = make(lengths(2), home / "out")
    assert states(made) == {"s001": "failed", "s002": "made"}
    assert "ZeroDivisionError: oh" in str(made[0].entry.problems[0]["message"])
    assert [*sums(home / "out")] == ["s002.mp3"]


def test_a_dry_run_makes_nothing(run: Runner) -> None:
    """It says how many, how long, how large and how soon, and checks every row."""
    write_plan(run.folder, lengths(3))
    ran = run("catalogue", "plan.jsonl", "-o", "out", "--dry-run")
    assert ran.code == 0
    assert ran.out.startswith("3 rows: 3 would be made, 0 are there already.\nAbout 37 s of sound")
    assert sums(run.folder / "out") == {}
    found = run("catalogue", "plan.jsonl", "-o", "out", "--dry-run", "--json").json
    assert run("catalogue", "plan.jsonl", "-o", "out", "--jobs", "1").code == 0
    size = sum(path.stat().st_size for path in (run.folder / "out").glob("*.mp3"))
    assert found["bytes"] == pytest.approx(size, rel=0.1)
    assert found["seconds"] == pytest.approx(36.6)


def test_a_dry_run_warns_of_lengths_that_cannot_be_met(run: Runner) -> None:
    """By estimates, in the words of the run; such rows are in no forecast, and others are made."""
    rows = "a,mine.md,13s\nb,mine.md,9h\nc,mine.md,1s\nd,mine.md,\n"
    run.write(f"id,routine,length\n{rows}", "plan.csv")
    ran = run("catalogue", "plan.csv", "-o", "out", "--dry-run")
    assert ran.code == 0  # an estimate is no proof
    told = " ".join(ran.err.split())
    assert "plan.csv:3:1: warning: row 2, `length`: a length of 9:00:00 cannot be met: " in told
    assert "plan.csv:4:1: warning: row 3, `length`: a length of 0:01 cannot be met: " in told
    assert told.count("by estimated speech") == 2
    head = "4 rows: 2 would be made, 0 are there already, 2 probably cannot have the length.\n"
    assert ran.out.startswith(f"{head}About 2")  # seconds, not nine hours
    found = run("catalogue", "plan.csv", "-o", "out", "--dry-run", "--json").json
    assert (found["unmet"], found["to_make"], found["bad"]) == (["b", "c"], 4, 0)
    made = run("catalogue", "plan.csv", "-o", "out", "--jobs", "1")
    assert made.out.startswith("4 rows: 2 made, 0 kept, 2 failed")


def test_lengths_of_one_routine_are_estimated_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand rows that differ in length or in a person's words cost one estimate."""
    asked: list[float] = []
    pass_on = studio.Session.bounds

    def counted(self: Any, **more: Any) -> Any:
        asked.append(1)
        return pass_on(self, **more)

    monkeypatch.setattr(studio.Session, "bounds", counted)
    words = [{}, {"set": {"name": "Ann"}}, {"set": {"name": "Bob"}}]
    rows = [
        {"id": f"{n}", "routine": "mine.md", "length": f"{13 + n}s", **words[n % 3]}
        for n in range(6)
    ]
    assert Catalogue(rows, home / "out").survey(lengths=True).unmet == []
    assert len(asked) == 2  # without a word, and with one


# ── whoever works, and however it ends ───────────────────────────────────────


@pytest.mark.slow
def test_the_bytes_are_the_same_for_any_number_of_workers(home: Path) -> None:
    """One process, two and four, each with a cache of its own, and seven shards joined."""
    plan = write_plan(home, lengths(7))
    found = []
    for jobs in (1, 2, 4):
        os.environ["VOICEGUIDE_CACHE"] = str(home / f"cache-{jobs}")
        assert set(states(make(plan, home / f"out-{jobs}", jobs=jobs)).values()) == {"made"}
        found.append(sums(home / f"out-{jobs}"))
    os.environ["VOICEGUIDE_CACHE"] = str(home / "cache-shards")
    for number in range(1, 8):
        made = make(plan, home / "shards", shard=(number, 7))
        assert states(made) == {f"s{number:03d}": "made"}
    merged = merge_shards(home / "shards")
    assert (merged.entries, merged.failed, merged.doubled) == (7, 0, ())
    found.append(sums(home / "shards"))
    assert found[0]
    assert found[1:] == [found[0]] * 3
    assert set(states(make(plan, home / "shards")).values()) == {"kept"}
    lines = manifest(home / "shards")
    assert [line["row"] for line in lines] == [1, 2, 3, 4, 5, 6, 7]


def test_shards_are_joined_only_when_all_are_there(home: Path) -> None:
    """The missing ones are named, with the command that makes them."""
    plan = write_plan(home, lengths(3))
    make(plan, home / "out", shard=(1, 3))
    with pytest.raises(UsageError) as caught:
        merge_shards(home / "out")
    assert caught.value.message == "the shards 2/3, 3/3 are not done"
    assert "--shard 2/3" in caught.value.help
    with pytest.raises(UsageError, match="no manifest of a shard"):
        merge_shards(home / "none")
    for text in ("0/3", "4/3", "3", "a/b"):
        with pytest.raises(UsageError, match="is not a shard"):
            read_shard(text)


def test_who_stops_in_the_middle_goes_on_later(home: Path) -> None:
    """Results come as they are made; the manifest holds them, and the next run makes the rest."""
    results = voiceguide.catalogue(lengths(5), home / "out", jobs=1)
    assert [next(results).entry.id for _ in range(2)] == ["s001", "s002"]
    assert isinstance(results, Generator)
    results.close()
    assert [line["id"] for line in manifest(home / "out")] == ["s001", "s002"]
    again = states(make(lengths(5), home / "out"))
    assert [again[f"s00{n}"] for n in range(1, 6)] == ["kept", "kept", "made", "made", "made"]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs the signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_ended_leaves_whole_files(
    home: Path, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there after a kill is as in a run without one; the next run makes all of it."""
    plan = write_plan(home, lengths(12))
    make(plan, home / "whole")
    whole = sums(home / "whole")
    command = [*COMMAND, "catalogue", str(plan), "-o", "out", "--jobs", "2"]
    process = subprocess.Popen(command, cwd=home, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 300
    while len(list((home / "out").glob("*.mp3"))) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(how)
    process.wait()
    while list((home / "out").glob(".voiceguide-*.parts/lock")) and time.monotonic() < until:
        if all(map(files.is_free, (home / "out").glob(".voiceguide-*.parts/lock"))):
            break  # its workers have noticed
        time.sleep(0.02)
    there = {name: sum_ for name, sum_ in sums(home / "out").items() if name.endswith(".mp3")}
    assert len(there) >= 3
    assert there.items() <= whole.items()
    monkeypatch.setattr(files, "ABANDONED", 0.0)
    assert set(states(make(plan, home / "out")).values()) <= {"made", "kept"}
    assert sums(home / "out") == whole
    assert len(manifest(home / "out")) == 12


def test_what_was_begun_beside_a_manifest_is_swept(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill while lines of the manifest are written leaves a draft among its parts."""
    monkeypatch.setattr(files, "ABANDONED", -1.0)
    left = home / "out" / "manifest.parts" / ".voiceguide-0123456789abcdef.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"{")
    Catalogue(lengths(1), home / "out")
    assert not left.parent.exists()


@pytest.mark.skipif(os.name == "nt", reason="needs the signals of POSIX")
def test_a_worker_that_is_killed_costs_nothing(home: Path) -> None:
    """Its order is given to a new process, and the bytes are the same."""
    rows = lengths(6)
    make(rows, home / "whole")
    os.environ["VOICEGUIDE_CACHE"] = str(home / "other")
    results = voiceguide.catalogue(rows, home / "out", jobs=2)
    first = next(results)
    workers = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "catalogue.pool"],
        capture_output=True,
        text=True,
        check=True,
    )
    os.kill(int(workers.stdout.split()[0]), signal.SIGKILL)
    made = states([first, *results])
    assert set(made.values()) == {"made"}
    assert len(made) == 6
    assert sums(home / "out").items() >= sums(home / "whole").items()


@pytest.mark.slow
def test_a_session_that_ends_every_process_is_one_bad_row(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some tries it is reported, and the others are made."""
    pool = importlib.import_module("voiceguide.catalogue.pool")
    monkeypatch.setattr(
        pool,
        "_SERVE",
        "import os\nfrom voiceguide.catalogue import pool, work\n"
        "made = work.Maker.make\n"
        "work.Maker.make = lambda self, one: os._exit(9) if one.id == 's002' else made(self, one)\n"
        "pool.serve()",
    )
    results = make(lengths(4), home / "out", jobs=2)
    found = states(results)
    assert found == {"s001": "made", "s002": "failed", "s003": "made", "s004": "made"}
    (problem,) = next(r for r in results if r.state == "failed").entry.problems
    assert problem["message"] == "row 2: 3 processes ended while making it"


@pytest.mark.slow
def test_it_can_be_called_whoever_imported_it(home: Path) -> None:
    """`voiceguide.catalogue` is a function and a package, in either order, and needs no `main`."""
    write_plan(home, lengths(2))
    script = home / "script.py"
    script.write_text(
        "import voiceguide\n"
        "first = [r.state for r in voiceguide.catalogue('plan.jsonl', 'out', jobs=2)]\n"
        "import voiceguide.catalogue.rows\n"
        "print(first, [r.state for r in voiceguide.catalogue('plan.jsonl', 'out', jobs=2)])\n",
        encoding="utf-8",
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(script)], capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    assert ran.stdout == "['made', 'made'] ['kept', 'kept']\n"


def resident() -> int:
    """Bytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads memory as Linux tells it")
def test_a_thousand_rows_take_no_more_memory_than_a_hundred(home: Path) -> None:
    """One row in a hundred is bad and reported, all others are made, and memory stays flat."""
    quiet = ROUTINE.replace("title: Mine", "title: Mine\nlength: 16s\ncover: c.png")
    write_routine(home, quiet)
    from voiceguide.picture import cover

    (home / "c.png").write_bytes(cover("c", "", (), ()))
    rows = [
        {"id": f"r{n}", "routine": "mine.md", "set": {"name": f"Person {n}"}}
        | ({"level": "nope"} if n % 100 == 50 else {})
        for n in range(1000)
    ]
    held, found = [], {"made": 0, "failed": 0}
    for number, result in enumerate(voiceguide.catalogue(rows, home / "out", jobs=1), 1):
        found[result.state] += 1
        if number in (300, 1000):
            held.append(resident())
    assert found == {"made": 990, "failed": 10}
    assert len(manifest(home / "out")) == 1000
    assert held[1] < held[0] + (16 << 20)


def test_the_survey_shows_the_first_of_many_problems() -> None:
    """A million bad rows are counted, and some of them shown."""
    survey = Survey()
    problems = [voiceguide.Problem(f"problem {n}") for n in range(Survey.MOST_SHOWN + 7)]
    survey.add(problems)
    survey.add(problems[:3])
    assert (len(survey.problems), survey.more_problems) == (Survey.MOST_SHOWN, 7)


def test_merged_shards_and_json(run: Runner) -> None:
    """The command joins them, and its objects count."""
    write_plan(run.folder, lengths(4))
    for number in (1, 2):
        shard = ("--shard", f"{number}/2", "--jobs", "1", "--json")
        ran = run("catalogue", "plan.jsonl", "-o", "out", *shard)
        assert (ran.code, ran.json["made"], ran.json["rows"]) == (0, 2, 2)
    assert run("catalogue", "merge", "out", "--json").json == {
        "out": "out",
        "sessions": 4,
        "failed": 0,
    }
    assert not list((run.folder / "out").glob("manifest-*"))
    text = (run.folder / "out/manifest.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["id"] for line in text.splitlines()] == [
        f"s00{n}" for n in range(1, 5)
    ]
