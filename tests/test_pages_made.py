"""What is made and lies in docs/: the page of the interface, the table of routines, the sample."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from cli_running import COMMAND

import voiceguide
from voiceguide import library
from voiceguide.encode import tags_in

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def script(path: str) -> ModuleType:
    """A script of the checkout, as a module."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def test_the_interface_is_that_of_the_docstrings() -> None:
    """`python docs/api.py` would write the page that is there."""
    page = (DOCS / "API.md").read_text(encoding="utf-8")
    assert page == script("docs/api.py").page(), "run `python docs/api.py`"


def test_the_interface_is_whole() -> None:
    """All that the package exports has an entry."""
    page = (DOCS / "API.md").read_text(encoding="utf-8")
    for name in voiceguide.__all__:
        assert f"### `{name}`\n" in page or f"## `voiceguide.{name}`\n" in page


def test_the_table_of_routines_is_fresh() -> None:
    """`python benchmarks/library.py --page` would write the table that is there, and it fits."""
    page = (DOCS / "ROUTINES.md").read_text(encoding="utf-8")
    bench = script("benchmarks/library.py")
    assert page.endswith(bench.table()), "run `python benchmarks/library.py --page`"
    assert all(f"| `{name}` |" in page for name in library.routines())


# ── links to elsewhere: `make links` asks them; here nobody asks the network ──


def test_links_to_elsewhere_are_found(tmp_path: Path) -> None:
    """Each with its places, without marks and anchors; examples are none."""
    page = tmp_path / "page.md"
    page.write_text(
        "See [it](https://one.test/a#b), <https://two.test/>.\n`http://127.0.0.1:8640/`\n"
        "https://one.test/a; https://example.org/x\n",
        encoding="utf-8",
    )
    found = script("docs/links.py").links([page])
    assert found == {
        "https://one.test/a": ["page.md:1", "page.md:3"],
        "https://two.test/": ["page.md:1"],
    }


def test_a_dead_link_elsewhere_is_told() -> None:
    """What is gone, or does not answer; who refuses a program is there all the same."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "away.test":
            raise httpx.ConnectError("no such host")
        return httpx.Response({"gone.test": 404, "shy.test": 403}.get(request.url.host, 200))

    found = {f"https://{name}.test/": ["a.md:1"] for name in ("here", "gone", "shy", "away")}
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        told = list(script("docs/links.py").faults(client, found))
    assert told == [
        "a.md:1: https://gone.test/ is gone: 404",
        "a.md:1: https://away.test/ does not answer: no such host",
    ]


# ── the sample ───────────────────────────────────────────────────────────────


def run(*arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody who has nothing installed but voiceguide itself."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("VOICEGUIDE_")}
    own = {"VOICEGUIDE_CACHE": str(cache), "VOICEGUIDE_CONFIG": os.devnull}
    env |= own | {"VOICEGUIDE_VOICES": os.devnull, "PYTHONUTF8": "1"}
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_sample_is_small_and_keeps_its_promise(tmp_path: Path) -> None:
    """It fits the README's first screen, and `verify` finds nothing wrong with it."""
    assert (DOCS / "sample.mp3").stat().st_size < 200_000
    verified = run("verify", "docs/sample.mp3", cache=tmp_path)
    assert verified.returncode == 0, verified.stdout


def test_the_sample_is_of_its_lines_by_our_own_voice(tmp_path: Path) -> None:
    """`make sample` would say the same, in the voice that speaks where nothing is installed."""
    target = tmp_path / "sample.mp3"
    made = run("export", "docs/sample.txt", "--json", "-o", str(target), cache=tmp_path)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["voice"] == "recorded:library"
    then, now = (json.loads(tags_in(path).timeline or "") for path in (DOCS / "sample.mp3", target))
    assert then["texts"] == now["texts"]
    assert then["chapters"][1][0] == now["chapters"][1][0]


@pytest.mark.parametrize("name", ["sample.mp3", "sample.txt"])
def test_the_readme_leads_to_it(name: str) -> None:
    """To the sound, and to the lines that it was made of."""
    assert f"](docs/{name})" in (ROOT / "README.md").read_text(encoding="utf-8")
