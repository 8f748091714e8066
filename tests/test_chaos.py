"""The campaign of faults: it runs, and it would notice what it looks for."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from voiceguide import files

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "benchmarks" / "chaos.py"

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


@pytest.fixture(scope="module")
def chaos() -> ModuleType:
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("chaos", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def test_a_campaign_runs_and_prints_its_figures() -> None:
    """One try of each of three kinds, with the exit code of success."""
    command = [sys.executable, str(SCRIPT), "--minutes", "0", "--only", "config set"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    for kind in ("killed", "a call fails", "a small disk"):
        assert f"| {kind}: config set | 1 | 0 |" in done.stdout
    assert "| all | 3 | 0 |" in done.stdout


@pytest.mark.parametrize(
    ("code", "told", "stands", "fault"),
    [
        (0, "", {"a": "new", "b": "new"}, None),
        (3, "error: …", {"a": "old", "b": "old"}, None),
        (-9, "", {"a": "old", "b": "old"}, None),
        (0, "", {"a": "old", "b": "old"}, "not all is new"),
        (3, "error: …", {"a": "new", "b": "old"}, "mixed: a new, b old"),
        (3, "error: …", {"a": "new"}, "mixed: a new, b gone"),
        (-9, "", {"a": "new", "b": "old"}, "mixed after the next command"),
        (143, "", {"a": "ne", "b": "old"}, "`a` is neither the old nor the new one"),
        (1, "Traceback (most recent call last)", {"a": "old", "b": "old"}, "Traceback"),
        (-11, "", {"a": "old", "b": "old"}, "exit code -11"),
        (3, "", {"a": "old", "b": "old", f"{files.HIDDEN}1{files.DRAFT}": "x"}, "left behind"),
    ],
)
def test_it_notices_what_does_not_hold(
    chaos: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    code: int,
    told: str,
    stands: dict[str, str],
    fault: str | None,
) -> None:
    """Half a file, a mixed set, something left behind, a traceback, a strange exit code."""
    monkeypatch.setattr(chaos, "run", lambda *_: chaos.Ended(0, "", 0.0))
    out = tmp_path / "out"
    out.mkdir()
    for name, text in stands.items():
        (out / name).write_text(text)

    def state(text: str) -> dict[str, str]:
        return dict.fromkeys(("a", "b"), hashlib.sha256(text.encode()).hexdigest())

    job = chaos.Job("export", tmp_path, state("old"), state("new"), 1.0)
    found = "; ".join(chaos.faults_of(job, tmp_path, chaos.Ended(code, told, 1.0)))
    assert (fault in found) if fault else not found


@pytest.mark.parametrize("name", ["fsync", "replace", "mkdir"])
def test_a_call_fails_when_it_is_to(
    chaos: ModuleType, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The second of three is refused, and the others are not."""
    monkeypatch.setattr(os, name, lambda given: given)
    chaos.break_call(name, 2)
    call = getattr(os, name)
    assert call(1) == 1
    with pytest.raises(OSError, match=r".+"):
        call(2)
    assert call(3) == 3
