"""Chaos: what a session lives through in the wild, made on purpose, and what must hold.

    make chaos                             # all of it, within ten minutes
    python benchmarks/chaos.py --minutes 2

    killed     an export of a bundle is killed at any moment; the next one finds a whole set
    refused    the Nth write, sync or renaming fails, or the disk has room for so many bytes only
    mutated    routines with characters and lines lost, doubled and swapped
    named      hostile titles, chapters and file names, exported

After each: no file is half, nothing of anybody else's is touched, nothing is left behind, and what
cannot be done is told in a sentence, with exit code 1, 2 or 3 and no traceback. Everything is drawn
by a fixed seed. Exit code 1 where something did not hold; it is printed with what was done.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path

from voiceguide import library
from voiceguide.errors import VoiceguideError

SEED = 20261130
MINUTES = 10.0
PATIENCE = 60.0
"""Seconds that one command has."""

FAIL = """
import sys
from pathlib import Path
import os
step, number = sys.argv[1], int(sys.argv[2])
home = Path if step == "replace" else os
real, calls = getattr(home, step), iter(range(10**9))
def failing(*given, **more):
    if next(calls) == number:
        raise OSError(5, "Input/output error")
    return real(*given, **more)
setattr(home, step, failing)
from voiceguide.cli import main
sys.exit(main(sys.argv[3:]))
"""
"""A program that runs voiceguide, in which one call to the system fails."""

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from voiceguide.cli import main
sys.exit(main(sys.argv[2:]))
"""
"""The same on a disk that takes files of so many bytes only."""

PLAIN = "import sys; from voiceguide.cli import main; sys.exit(main(sys.argv[1:]))"

OTHER = "other.html"
"""A set of its own in the same folder."""

NAMES = (
    "../../etc/passwd",
    "CON",
    "a" * 400,
    "\u202egnp.exe",
    "<script>alert(1)</script>",
    "x' onload='y",
    "&amp;\u0000\u009b31m",
    "--output=/tmp/x",
    "$(touch hacked)",
    "%2e%2e%2f",
    "\ufeff.",
    "e\u0301\U0001f9d8\u200d\u2642",
    "|| true",
    "\n#EXTM3U\n/etc/passwd",
    " . ",
    "-->]]><x",
)


class Broken(Exception):  # noqa: N818  (what the campaign is looking for)
    """Something did not hold."""


# ── one voiceguide ───────────────────────────────────────────────────────────


def run(home: Path, code: str, *arguments: str) -> int:
    """The exit code of a command; what it must never say is looked for."""
    environment = os.environ | {
        "VOICEGUIDE_CACHE": str(home / "cache"),
        "VOICEGUIDE_CONFIG": os.devnull,
        "VOICEGUIDE_STATE": str(home / "state"),
        "PYTHONUTF8": "1",
    }
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=home,
        env=environment,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    said = ran.stderr.decode(errors="replace")
    if ran.returncode not in (0, 1, 2, 3):
        raise Broken(f"exit code {ran.returncode}: {said[-300:]}")
    if "Traceback" in said or "voiceguide has a fault" in said:
        raise Broken(said[-600:])
    return ran.returncode


def bundle(routine: str) -> tuple[str, ...]:
    """The arguments that make the set of files that the campaign tortures."""
    return "export", routine, "--bundle", "out", "--format", "wav", "--voice", "silent"


def written(folder: Path) -> dict[str, str]:
    """The files of a folder with their checksums."""
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return {p.name: blake2b(p.read_bytes()).hexdigest() for p in found if p.is_file()}


def check_whole(home: Path, sets: list[dict[str, str]]) -> None:
    """The folder holds one of the sets, all of it, and what was somebody's own before."""
    there = written(home / "out")
    theirs = there.pop("mine.txt", None)
    if theirs != blake2b(b"mine").hexdigest():
        raise Broken("a stranger's file was touched")
    left = [name for name in there if name.startswith(".voiceguide-")]
    there = {name: found for name, found in there.items() if name[0] != "." and name != OTHER}
    if there not in sets:
        raise Broken(f"a mixture: {sorted(there)}")
    if left:
        raise Broken(f"left behind: {left}")


def prepared(home: Path) -> list[dict[str, str]]:
    """A folder with the first of two sets; what each of the sets is."""
    (home / "out").mkdir(parents=True)
    (home / "out" / "mine.txt").write_bytes(b"mine")
    (home / "other.md").write_text("# Other\n\nGo.\n", encoding="utf-8")
    sets: list[dict[str, str]] = []
    for version in ("two", "one"):
        write_version(home, version)
        run(home, PLAIN, *bundle("r.md"))
        sets.append(
            {n: s for n, s in written(home / "out").items() if n[0] != "." and n != "mine.txt"}
        )
    return sets


def write_version(home: Path, version: str) -> None:
    """The routine in one of its two versions, whose bundles differ in every file."""
    hold = {"one": 2, "two": 3}[version]
    text = f"# R {version}\n\nGo {version}.\n\n## C {version}\n\n- hold {hold}s\n"
    (home / "r.md").write_text(text, encoding="utf-8")


# ── the four kinds of trouble ────────────────────────────────────────────────


def killed(home: Path, chance: random.Random) -> Iterator[str]:
    """Kill an export at any moment; then let the next one tidy up."""
    sets = prepared(home)
    began = time.monotonic()
    write_version(home, "two")
    run(home, PLAIN, *bundle("r.md"))
    usual = time.monotonic() - began
    while True:
        version = chance.choice(("one", "two"))
        write_version(home, version)
        wait = chance.uniform(0.3, 1.1) * usual
        process = subprocess.Popen(
            [sys.executable, "-c", PLAIN, *bundle("r.md")],
            cwd=home,
            env=os.environ
            | {"VOICEGUIDE_CACHE": str(home / "cache"), "VOICEGUIDE_CONFIG": os.devnull},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(wait)
        process.send_signal(chance.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)))
        process.wait()
        for path in (home / "out").glob(".voiceguide-*"):  # as if a minute had gone by
            os.utime(path, (0, 0))
        # another set in the same folder has to finish, or take away, what was begun
        run(home, PLAIN, "handout", "other.md", "-o", "out")
        check_whole(home, sets)
        yield f"killed after {wait:.2f} s"


def refused(home: Path, chance: random.Random) -> Iterator[str]:
    """Let one call to the system fail, or the disk be full."""
    sets = prepared(home)
    while True:
        write_version(home, chance.choice(("one", "two")))
        if chance.random() < 0.3:
            code, how = LIMITED, [str(chance.randrange(1, 600_000))]
        else:
            code, how = FAIL, [chance.choice(("fsync", "replace")), str(chance.randrange(30))]
        run(home, code, *how, *bundle("r.md"))
        check_whole(home, sets)
        yield f"refused {' '.join(how)}"


def mutated(home: Path, chance: random.Random) -> Iterator[str]:
    """Read routines of the library in which something went wrong, and plan those that still can."""
    import voiceguide

    texts = [(library.scripts() / f"{name}.md").read_bytes() for name in library.routines()]
    home.mkdir()
    while True:
        text = bytearray(chance.choice(texts))
        for _ in range(chance.randrange(1, 8)):
            _mutate(text, chance)
        try:
            session = voiceguide.loads(bytes(text), folder=library.scripts())
            session.plan(estimate=True)
        except VoiceguideError as error:
            if not all(problem.message for problem in error.problems):
                raise Broken("an error without words") from error
        except Exception as error:
            (home / "mutant.md").write_bytes(text)
            raise Broken(f"{type(error).__name__}: {error}\n{bytes(text)!r:.2000}") from error
        yield "mutated"


def _mutate(text: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(text) or 1)
    stop = min(len(text), start + chance.choice((1, 1, 2, 10, 80)))
    kind = chance.randrange(5)
    if kind == 0:
        del text[start:stop]
    elif kind == 1:
        text[start:start] = text[start:stop] * chance.choice((1, 2, 50))
    elif kind == 2:
        text[start:start] = chance.choice(
            (b"- ", b"  ", b"---\n", b"{", b"[", b"*", b"\xff", b"9" * 30)
        )
    elif kind == 3:
        text[start:stop] = bytes(reversed(text[start:stop]))
    else:
        lines = bytes(text).split(b"\n")
        chance.shuffle(lines[: chance.randrange(1, 6)])
        first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[first], lines[second] = lines[second], lines[first]
        text[:] = b"\n".join(lines)


def named(home: Path, chance: random.Random) -> Iterator[str]:
    """Export what has hostile names."""
    home.mkdir()
    while True:
        title, chapter, name = (chance.choice(NAMES) for _ in range(3))
        text = f"---\ntitle: {json.dumps(title)}\n---\nGo.\n\n## {chapter}\n\n- hold 1s\n"
        (home / "r.md").write_text(text.replace("\0", ""), encoding="utf-8", errors="replace")
        target = home / "to"
        way = chance.choice((("--split", "-o", "to"), ("--bundle", "to")))
        more = ("--format", chance.choice(("wav", "mp3", "flac", "opus")), "--voice", "silent")
        run(home, PLAIN, "export", "r.md", *way, *more)
        run(
            home,
            PLAIN,
            "export",
            "r.md",
            "-o",
            f"{name}.wav".replace("\0", ""),
            "--voice",
            "silent",
        )
        outside = [path for path in home.parent.rglob("*") if not path.is_relative_to(home)]
        if outside or (home / "hacked").exists() or Path("/tmp/x").exists():
            raise Broken(f"{outside or name} was made")
        for playlist in target.glob("*.m3u8"):
            for row in playlist.read_text(encoding="utf-8").splitlines():
                if not row.startswith("#") and not (target / row).is_file():
                    raise Broken(f"{playlist} names {row!r}")
        yield f"named {title!r}"


KINDS: dict[str, Callable[[Path, random.Random], Iterator[str]]] = {
    "killed": killed,
    "refused": refused,
    "mutated": mutated,
    "named": named,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--only", choices=list(KINDS), action="append")
    asked = parser.parse_args()
    kinds = asked.only or list(KINDS)
    broken = 0
    print("| | tried | broken |\n|---|--:|--:|")
    for kind in kinds:
        until = time.monotonic() + 60 * asked.minutes / len(kinds)
        tried, failed = 0, 0
        with tempfile.TemporaryDirectory(prefix="voiceguide-chaos-") as folder:
            home = Path(folder) / kind / "home"
            home.parent.mkdir()
            trouble = KINDS[kind](home, random.Random(SEED))
            last = "begun"
            while time.monotonic() < until:
                try:
                    last = next(trouble)
                    tried += 1
                except Broken as error:
                    failed += 1
                    print(f"{kind}: after `{last}`: {error}", file=sys.stderr)
                    break  # what is broken once may be so for all that follows
        print(f"| {kind} | {tried} | {failed} |", flush=True)
        broken += failed
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
