"""Catalogues by dask: two workers, one of them killed, and a session that ends every worker."""

from __future__ import annotations

import importlib.util
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalogues import lengths, manifest, sums, write_routine

import voiceguide
from voiceguide.catalogue import pool
from voiceguide.catalogue.work import CatalogueJob
from voiceguide.errors import MachineError, UsageError

HAS_DASK = importlib.util.find_spec("distributed") is not None

pytestmark = [
    pytest.mark.skipif(not HAS_DASK, reason="needs dask.distributed: the extra `dask`"),
    # its event loops and sockets end after the test does, and it warns of itself
    pytest.mark.filterwarnings("ignore"),
]

ENDS_WORKERS = """
import os
from voiceguide.catalogue import work

made = work.Maker.make


def make(self, order):
    if order.id == "s003":
        os._exit(9)
    return made(self, order)


def dask_setup(worker):
    work.Maker.make = make
"""
"""Preloaded by a worker: the third session ends its process."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a routine, and a cache of its own."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    write_routine(tmp_path)
    return tmp_path


@pytest.fixture
def start(home: Path) -> Iterator[Any]:
    """Starts a cluster of two workers on this machine; gives its address for `on`."""
    from distributed import LocalCluster

    begun: list[Any] = []

    def started(**more: Any) -> Any:
        begun.append(
            LocalCluster(
                n_workers=2,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                worker_dashboard_address=None,
                local_directory=str(home / "dask"),
                **more,
            )
        )
        return begun[0]

    yield started
    for one in begun:
        one.close()


def place(running: Any) -> str:
    """The address of a cluster, as `--on` takes it."""
    address: str = running.scheduler_address
    return f"dask://{address.removeprefix('tcp://')}"


@pytest.mark.slow
def test_a_killed_worker_loses_nothing(home: Path, start: Any) -> None:
    """One of two is killed in the middle: all sessions are made, the same bytes as here."""
    rows = lengths(24)
    list(voiceguide.catalogue(rows, home / "whole", jobs=1))
    os.environ["VOICEGUIDE_CACHE"] = str(home / "other")
    running = start()
    processes = [worker.pid for worker in running.workers.values()]
    results = voiceguide.catalogue(rows, home / "out", on=place(running))
    states = [next(results).state]
    os.kill(processes[0], signal.SIGKILL)
    states += [result.state for result in results]
    assert states == ["made"] * 24
    whole = sums(home / "whole")
    found = sums(home / "out")
    assert {name: found[name] for name in whole} == whole
    assert len(manifest(home / "out")) == 24


@pytest.mark.slow
def test_a_session_that_ends_workers_is_one_bad_row(home: Path, start: Any) -> None:
    """Its batch is halved until it is found; everything else is made."""
    (home / "ends.py").write_text(ENDS_WORKERS, encoding="utf-8")
    running = start(preload=str(home / "ends.py"))
    results = list(voiceguide.catalogue(lengths(4), home / "out", on=place(running)))
    states = {result.entry.id: result.state for result in results}
    assert states == {"s001": "made", "s002": "made", "s003": "failed", "s004": "made"}
    (problem,) = next(r.entry for r in results if r.state == "failed").problems
    assert "processes ended while making it" in str(problem["message"])


def test_a_place_that_does_not_answer_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No scheduler, no kind of place: with a way out, and nothing is made."""
    monkeypatch.setattr(pool, "PATIENCE", "1s")
    with pytest.raises(MachineError, match="no dask scheduler answers") as told:
        list(voiceguide.catalogue(lengths(1), home / "out", on="dask://127.0.0.1:9"))
    assert "dask scheduler" in told.value.help
    with pytest.raises(UsageError, match="`ray://x` is not a scheduler's address"):
        list(voiceguide.catalogue(lengths(1), home / "out", on="ray://x"))
    assert not list((home / "out").glob("*.mp3"))


def test_another_version_is_refused(home: Path) -> None:
    """Workers of another release would make other bytes."""
    job = CatalogueJob(str(home / "out"), "plan", "", "0.0.1")
    with pytest.raises(MachineError, match=r"made by voiceguide 0\.0\.1"):
        pool.make_batch(job, ())
