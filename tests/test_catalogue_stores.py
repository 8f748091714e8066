"""Buckets and shared clips: whole objects, one speaker among many, and nothing of any person."""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from catalogues import lengths, manifest, sums, write_plan, write_routine

import voiceguide
from voiceguide import studio
from voiceguide.catalogue import stores
from voiceguide.catalogue.stores import (
    SECRET,
    Bucket,
    FolderBucket,
    RemoteBucket,
    SharedClips,
    SharedStore,
    open_bucket,
)
from voiceguide.engines.silent import SilentEngine
from voiceguide.errors import MachineError, UsageError

HAS_FSSPEC = importlib.util.find_spec("fsspec") is not None
HAS_S3 = all(map(importlib.util.find_spec, ("s3fs", "moto", "flask", "flask_cors")))

needs_s3 = pytest.mark.skipif(not HAS_S3, reason="needs s3fs, and moto's server: the test-extras")
"""s3fs leaves a session open where a server goes away, which Python warns of."""


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a bucket of a server on this machine."""
    moto = pytest.importorskip("moto.server")
    fsspec = pytest.importorskip("fsspec")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_CONFIG_FILE", "none")
        fsspec.filesystem("s3").mkdir("clinic")
        yield "s3://clinic"
    server.stop()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a routine, a cache of its own, and a key for shared clips."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv(SECRET, "a long secret text")
    monkeypatch.chdir(tmp_path)
    write_routine(tmp_path)
    return tmp_path


def check_contract(bucket: Bucket, folder: Path) -> None:
    """What every kind of bucket does."""
    assert bucket.get("a/none") is None
    assert list(bucket.lines("a/none")) == []
    bucket.put("a/one", b"1\n2\n")
    (folder / "large").write_bytes(b"x" * 100_000)
    bucket.put("a/two", folder / "large")
    assert bucket.get("a/one") == b"1\n2\n"
    assert list(bucket.lines("a/one")) == [b"1\n", b"2\n"]
    assert bucket.get("a/two") == b"x" * 100_000
    assert bucket.put_if_absent("a/three", b"first")
    assert not bucket.put_if_absent("a/three", b"second")
    assert bucket.get("a/three") == b"first"
    bucket.put("a/three", b"third")
    assert bucket.get("a/three") == b"third"
    assert bucket.names("a") == ["a/one", "a/three", "a/two"]
    assert (bucket.size("a/two"), bucket.size("a/none")) == (100_000, None)
    for name in bucket.names("a"):
        bucket.remove(name)
    bucket.remove("a/none")
    assert bucket.names("a") == []


# ── places ───────────────────────────────────────────────────────────────────


def test_a_folder_is_a_bucket(tmp_path: Path) -> None:
    """Files appear whole; nothing is left of drafts, or of empty folders."""
    check_contract(open_bucket(tmp_path / "out"), tmp_path)
    assert list((tmp_path / "out").rglob("*")) == []


@pytest.mark.skipif(not HAS_FSSPEC, reason="needs fsspec: the extra `buckets`")
def test_whatever_fsspec_reaches_is_a_bucket(tmp_path: Path) -> None:
    """Its memory, here."""
    check_contract(open_bucket("memory://here"), tmp_path)


@needs_s3
@pytest.mark.filterwarnings("ignore")
def test_s3_is_a_bucket(s3: str, tmp_path: Path) -> None:
    """By a server of moto's, with its conditional requests."""
    check_contract(open_bucket(f"{s3}/contract"), tmp_path)


def test_one_of_many_threads_puts_what_is_absent(tmp_path: Path) -> None:
    """Twenty at once: one of them did it, and what is there is whole."""
    bucket = open_bucket(tmp_path / "out")
    done: list[bool] = []
    threads = [
        threading.Thread(target=lambda n=n: done.append(bucket.put_if_absent("x", b"%d" % n * 99)))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False] * 19 + [True]
    assert len(set((bucket.get("x") or b"").split())) == 1


def test_a_place_of_no_kind_is_refused() -> None:
    """With a way out."""
    with pytest.raises((UsageError, MachineError)) as caught:
        open_bucket("nowhere://x")
    assert caught.value.help


def test_a_bucket_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails a few times is done in the end; what always fails is told with the address."""
    monkeypatch.setattr(stores, "WAIT", 0.0)
    answers: list[Any] = [OSError("busy"), RuntimeError("odd"), b"found"]

    class Files:
        def cat_file(self, path: str) -> bytes:
            assert path == "root/x"
            answer = answers.pop(0) if answers else OSError("gone for good")
            if isinstance(answer, Exception):
                raise answer
            return bytes(answer)

    bucket = RemoteBucket("s3://root", Files(), "root")
    assert bucket.get("x") == b"found"
    with pytest.raises(MachineError, match="`s3://root` could not read `x`: gone for good"):
        bucket.get("x")


# ── a whole catalogue in a bucket ────────────────────────────────────────────


@needs_s3
@pytest.mark.filterwarnings("ignore")
def test_a_catalogue_lies_in_a_bucket(s3: str, home: Path) -> None:
    """The same bytes as in a folder, a manifest, and a second run that makes what is missing."""
    rows = lengths(3)
    list(voiceguide.catalogue(rows, home / "out", jobs=1))
    where = f"{s3}/sessions"
    list(voiceguide.catalogue(rows, where, jobs=1, shared=f"{s3}/clips"))
    bucket = open_bucket(where)
    names = [name for name in bucket.names("") if name.endswith(".mp3")]
    assert names == ["s001.mp3", "s002.mp3", "s003.mp3"]
    for name in names:
        assert bucket.get(name) == (home / "out" / name).read_bytes()
    assert len(list(bucket.lines("manifest.jsonl"))) == 3
    assert bucket.names("manifest.parts") == []
    bucket.remove("s002.mp3")
    again = voiceguide.catalogue(rows, where, jobs=1)
    assert sorted(result.state for result in again) == ["kept", "kept", "made"]
    assert open_bucket(f"{s3}/clips").size("none") is None


# ── shared clips ─────────────────────────────────────────────────────────────


class Counting:
    """The silent engine, which counts what it is asked to say."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        speak = SilentEngine.speak

        def counted(engine: SilentEngine, text: str, voice: str, pace: int) -> Any:
            self.texts.append(text)
            return speak(engine, text, voice, pace)

        monkeypatch.setattr(SilentEngine, "speak", counted)


def test_what_one_worker_speaks_no_other_speaks(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second worker with an empty cache fetches every clip, and makes the same bytes."""
    counting = Counting(monkeypatch)
    found = []
    for number, said in ((1, True), (2, False)):
        monkeypatch.setenv("VOICEGUIDE_CACHE", str(home / f"cache-{number}"))
        out = home / f"out-{number}"
        list(voiceguide.catalogue(lengths(2), out, jobs=1, shared=home / "clips"))
        assert bool(counting.texts) is said
        counting.texts.clear()
        found.append(sums(out))
    assert found[0] == found[1]


def test_a_persons_words_never_leave_the_worker(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a name, no more is shared than without one; the name itself is spoken each time."""
    counting = Counting(monkeypatch)
    shared = []
    for number, words in enumerate(({}, {"name": "Maria"}, {"name": "Maria"})):
        monkeypatch.setenv("VOICEGUIDE_CACHE", str(home / f"cache-{number}"))
        clips = home / ("plain" if not words else "named")
        row = {"id": "p", "routine": "mine.md", "set": words}
        counting.texts.clear()
        list(voiceguide.catalogue([row], home / f"out-{number}", jobs=1, shared=clips))
        shared.append({name for name in sums(clips) if name.startswith("clips/")})
    assert shared[1]
    assert shared[1] <= shared[0]
    assert shared[2] == shared[1]
    assert [text for text in counting.texts if "Maria" in text]
    assert [text for text in counting.texts if "Maria" not in text] == []
    everything = b"".join(p.read_bytes() for p in (home / "named").rglob("*") if p.is_file())
    assert b"Maria" not in everything


def test_what_twenty_need_one_speaks(tmp_path: Path) -> None:
    """Twenty workers at once, each with a store of its own: one speaks, the others wait for it."""
    spoken: list[str] = []
    begun = threading.Barrier(20)

    def work(number: int) -> None:
        clips = SharedClips(open_bucket(tmp_path / "clips"), b"key", patience=600)
        store = SharedStore(tmp_path / f"store-{number}", clips)

        def speak() -> None:
            if store.get("voice clip Breathe.") is None:
                spoken.append("Breathe.")
                time.sleep(0.3)
                store.put("voice clip Breathe.", b"sound")

        begun.wait()
        store.spoken_once("routine", speak)
        assert store.get("voice clip Breathe.") == b"sound"

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spoken == ["Breathe."]


def test_the_claim_of_a_lost_worker_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who finds an old claim and nothing said speaks at once."""
    clips = SharedClips(open_bucket(tmp_path / "clips"), b"key")
    clips.put("claim routine", f"{time.time() - 2 * stores.CLAIM:.0f}".encode())
    monkeypatch.setattr(SharedStore, "_wait_for", lambda *_: pytest.fail("it waits"))
    said: list[int] = []
    SharedStore(tmp_path / "store", clips).spoken_once("routine", lambda: said.append(1))
    assert said == [1]


class BadBucket(FolderBucket):
    """A bucket that fails, lies or is slow."""

    def __init__(self, folder: Path, how: str) -> None:
        super().__init__(folder)
        self.how, self.asked = how, 0

    def get(self, name: str) -> bytes | None:
        """Everything goes wrong here."""
        self.asked += 1
        if self.how == "fails":
            raise OSError("no route")
        if self.how == "slow":
            time.sleep(1.0)
        found = super().get(name)
        return b"lies" * 20 if self.how == "lies" else found

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """The same."""
        self.asked += 1
        if self.how == "fails":
            raise OSError("no route")
        if self.how == "slow":
            time.sleep(1.0)
        return super().put_if_absent(name, data)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["fails", "lies", "slow"])
def test_a_bad_store_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Whatever the store of clips does, the sessions are the same, and it is soon left alone."""
    list(voiceguide.catalogue(lengths(2), home / "whole", jobs=1))
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(home / "other"))
    bad = BadBucket(home / "bad", how)
    real: Callable[[Any], Bucket] = open_bucket

    def opened(where: Any) -> Bucket:
        return bad if str(where) == "bad" else real(where)

    monkeypatch.setattr("voiceguide.catalogue.work.open_bucket", opened)
    monkeypatch.setattr(stores, "PATIENCE", 0.05)
    clips = "voiceguide.catalogue.work.SharedClips"
    monkeypatch.setattr(clips, lambda bucket, key: SharedClips(bucket, key, patience=0.1))
    results = list(voiceguide.catalogue(lengths(2), home / "out", jobs=1, shared="bad"))
    assert [result.state for result in results] == ["made", "made"]
    assert sums(home / "out") == sums(home / "whole")
    if how != "lies":
        assert bad.asked <= stores.MOST_FAILURES + 1


def test_what_was_not_put_by_us_does_not_count(tmp_path: Path) -> None:
    """Another key, a changed byte, an entry under another's name: missing, and put anew."""
    bucket = open_bucket(tmp_path / "clips")
    ours = SharedClips(bucket, b"key")
    assert ours.put("a", b"one")
    assert ours.put("b", b"two")
    assert SharedClips(bucket, b"other").get("a") is None
    first, second = (name for name in sorted(sums(tmp_path / "clips")))
    whole = bucket.get(first) or b""
    bucket.put(second, whole)
    assert {ours.get("a"), ours.get("b")} <= {b"one", b"two", None}
    assert None in {ours.get("a"), ours.get("b")}
    assert ours.put("a", b"one") or ours.put("b", b"two")
    assert {ours.get("a"), ours.get("b")} == {b"one", b"two"}


def test_shared_clips_need_a_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one nothing is begun, and the variable is named."""
    monkeypatch.delenv(SECRET)
    with pytest.raises(UsageError, match=SECRET):
        list(voiceguide.catalogue(lengths(1), home / "out", shared=home / "clips"))
    assert not (home / "clips").exists()


def test_a_manifest_of_a_killed_run_is_taken_up(home: Path) -> None:
    """Parts without an end, half a line among them, count as far as they are whole."""
    plan = write_plan(home, lengths(3))
    list(voiceguide.catalogue(plan, home / "out", jobs=1))
    lines = (home / "out/manifest.jsonl").read_bytes().splitlines(keepends=True)
    (home / "out/manifest.jsonl").unlink()
    (home / "out/manifest.parts").mkdir()
    part = home / "out/manifest.parts/manifest-000007.jsonl"
    part.write_bytes(lines[0] + lines[1] + lines[2][:40])
    states = [result.state for result in voiceguide.catalogue(plan, home / "out", jobs=1)]
    assert sorted(states) == ["kept", "kept", "made"]
    assert [line["id"] for line in manifest(home / "out")] == ["s001", "s002", "s003"]
    assert not (home / "out/manifest.parts").exists()


def test_a_studio_keeps_clips_where_it_is_told(home: Path) -> None:
    """What is spoken goes to the store that is handed in, and can be read from there again."""
    store = SharedStore(home / "own", SharedClips(open_bucket(home / "clips"), b"key"))
    with studio.Studio(store) as together, together.load("mine.md") as session:
        session.plan()
    assert store.size().entries > 2
    shared = [path for path in (home / "clips").rglob("*") if path.is_file()]
    assert len(shared) == 1  # how quick the voice is; nobody said that more may be shared
