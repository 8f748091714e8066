"""Chaos: everything that a machine and the people on it can do to a command while it works.

    make chaos                              # all campaigns, within ten minutes
    python benchmarks/chaos.py --minutes 2 --seed 7 --only kill

Each try is a process of its own, in a folder of its own: it is killed, its calls of the system
fail, its disk is full, its titles, paths, routines and callers are hostile. Afterwards the same
holds always: a file is whole, the old one or the new one; files that belong together are all old or
all new; nothing is left behind once the next command has run; nobody has seen a traceback; the exit
code is one that the documentation knows. What is tried follows from the seed; how far a command was
when it was killed, from the machine. Exit code 1 where anything did not hold.
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import importlib
import io
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from random_texts import random_text

from voiceguide import files, library, loads
from voiceguide.cli import main
from voiceguide.cli.app import COMMANDS
from voiceguide.errors import VoiceguideError
from voiceguide.player.remote import Remote, call

SEED = 20261130
MINUTES = 10.0

LONGEST = 60.0
"""Seconds after which a command hangs."""

EXITS = {0, 1, 2, 3, 130, 128 + signal.SIGTERM, 128 + signal.SIGHUP}
"""Exit codes that the documentation knows."""

ROUTINE = """\
---
title: {title}
language: en
---

Stop at a pain. [1s]

## One

- hold 3s
  {words}

## Two

- hold 3s
  Lie still again.
"""

STRANGER = "note.txt"
"""A file in the folder that is somebody's own: nothing may ever happen to it."""

AFTER = ("handout", "other.md", "-o", "out")
"""The next command that writes into the folder: it is to finish what was begun, and to sweep."""

WRITERS: Mapping[str, tuple[str, ...]] = {
    "export": ("export", "mine.md", "--voice", "silent", "-o", "out/mine.mp3"),
    "captions": ("export", "mine.md", "--voice", "silent", "-o", "out/mine.mp3", "--captions"),
    "bundle": ("export", "mine.md", "--voice", "silent", "--bundle", "out"),
    "split": ("export", "mine.md", "--voice", "silent", "--split", "-o", "out"),
    "config set": ("config", "set", "author"),
}

State = Mapping[str, str]
"""Checksums by the names of files."""

Hook = Callable[[], None]
"""What is done to a process before the command runs in it."""


# ── a process of its own ─────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, or the signal that killed it, below zero."""

    code: int
    told: str
    seconds: float

    def faults(self) -> Iterator[str]:
        """What nobody may ever see."""
        if self.code not in EXITS and self.code != -signal.SIGKILL:
            yield f"exit code {self.code}: {self.told[-200:]}"
        if "Traceback" in self.told or "has a fault" in self.told:
            yield self.told[-400:]


def run(
    folder: Path,
    arguments: Sequence[str],
    hook: Hook = lambda: None,
    signals: Sequence[tuple[float, int]] = (),
) -> Ended:
    """Run a command in a folder; after so many seconds each, send it these signals."""
    # a pipe, for it is on no disk; it holds more than any command here says
    reading, writing = os.pipe()
    begun = time.monotonic()
    child = os.fork()
    if not child:
        _become(folder, arguments, hook, writing)
    os.close(writing)
    code = _wait(child, begun, sorted(signals))
    with open(reading, errors="replace") as told:  # noqa: PTH123  (it has no path)
        return Ended(code, told.read(), time.monotonic() - begun)


def _become(folder: Path, arguments: Sequence[str], hook: Hook, told: int) -> None:
    code = 70
    try:
        os.setpgid(0, 0)
        for number in (1, 2):
            os.dup2(told, number)
        os.close(told)
        # anew: those of before may have been files, and know it
        sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
        sys.stdin = io.TextIOWrapper(io.BytesIO(b""))
        os.environ["VOICEGUIDE_CONFIG"] = str(folder / "out" / "config.toml")
        os.chdir(folder)
        hook()
        code = main(list(arguments))
    except SystemExit as left:
        code = int(left.code or 0)
    except BaseException:  # no command may end so: it is told as what it is
        traceback.print_exc()
    finally:
        with suppress(OSError):  # a full disk
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _wait(child: int, begun: float, signals: list[tuple[float, int]]) -> int:
    """Until the child has ended; one that hangs is killed, and tells so by its code."""
    waiting = list(signals)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        now = time.monotonic() - begun
        if waiting and now >= waiting[0][0]:
            os.kill(child, waiting.pop(0)[1])
        elif now > LONGEST:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return -signal.SIGALRM
        time.sleep(0.001)


# ── what stands in a folder ──────────────────────────────────────────────────


def state(folder: Path) -> State:
    """The files that somebody may see."""
    if not folder.is_dir():
        return {}
    seen = (path for path in folder.iterdir() if not path.name.startswith("."))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in seen}


def hidden(folder: Path) -> list[str]:
    """What is left of work that was never finished."""
    left = folder.rglob(f"{files.HIDDEN}*") if folder.is_dir() else ()
    return [path.name for path in left if path.suffix in (files.DRAFT, files.DRAFTS)]


def age(folder: Path) -> None:
    """Let a minute pass for what was left behind: only then it is swept."""
    for name in hidden(folder):
        with suppress(OSError):
            past = time.time() - 2 * files.ABANDONED
            os.utime(folder / name, (past, past))


@dataclass(frozen=True, slots=True)
class Job:
    """A command that replaces files, with what it makes of the folder."""

    name: str
    template: Path
    """A folder in which the old files stand, and the routine for the new ones."""
    old: State
    new: State
    seconds: float

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command for the new files."""
        return (*WRITERS[self.name], "New") if self.name == "config set" else WRITERS[self.name]


def make_job(name: str, workspace: Path) -> Job:
    """The old files and the new ones, as the command makes them when nothing happens."""
    template = workspace / f"template-{name.replace(' ', '-')}"
    (template / "out").mkdir(parents=True)
    (template / "out" / STRANGER).write_text("mine")
    (template / "other.md").write_text(ROUTINE.format(title="Other", words="Rest."))
    states: list[State] = []
    for title, words in (("Old", "Lie still."), ("New", "Lie very still, and rest.")):
        (template / "mine.md").write_text(ROUTINE.format(title=title, words=words))
        if states:
            kept = workspace / f"kept-{template.name}"
            shutil.copytree(template, kept)
        more = (title,) if name == "config set" else ()
        ended = run(template, (*WRITERS[name], *more))
        assert ended.code == 0, ended.told
        states.append(state(template / "out"))
    shutil.rmtree(template)
    kept.rename(template)
    return Job(name, template, states[0], states[1], ended.seconds)


# ── the invariants ───────────────────────────────────────────────────────────


def faults_of(job: Job, folder: Path, ended: Ended) -> Iterator[str]:
    """What does not hold after a command that replaces files."""
    yield from ended.faults()
    out = folder / "out"
    known = {name: {job.old.get(name), job.new.get(name)} for name in {*job.old, *job.new}}
    for name, found in state(out).items():
        if found not in known.get(name, ()):
            yield f"`{name}` is neither the old nor the new one"
    if ended.code == 0 and state(out) != job.new:
        yield "it said that all is well, and not all is new"
    if ended.code not in (0, -signal.SIGKILL):
        if state(out) not in (job.old, job.new):
            yield f"mixed: {_which(job, state(out))}"
        if hidden(out):
            yield f"left behind: {hidden(out)}"
    yield from _faults_afterwards(job, folder)


def _faults_afterwards(job: Job, folder: Path) -> Iterator[str]:
    """What does not hold once another command has written into the folder."""
    out = folder / "out"
    age(out)
    after = run(folder, AFTER)
    if after.code:
        yield f"the next command fails: {after.told[-200:]}"
    left = {name: found for name, found in state(out).items() if name != "other.html"}
    if left not in (job.old, job.new):
        yield f"mixed after the next command: {_which(job, left)}"
    if hidden(out):
        yield f"left behind by the next command: {hidden(out)}"


def _which(job: Job, found: State) -> str:
    """Which files are old, new or gone."""
    kinds = {
        name: "gone" if name not in found else "old" if found[name] == job.old.get(name) else "new"
        for name in sorted({*job.old, *job.new, *found})
    }
    return ", ".join(f"{name} {kind}" for name, kind in kinds.items())


# ── the campaigns ────────────────────────────────────────────────────────────


@dataclass
class Campaign:
    """What was tried of one kind, and what did not hold."""

    name: str
    tries: int = 0
    failures: list[str] = field(default_factory=list)

    def note(self, what: str, faults: Sequence[str]) -> None:
        """One more try."""
        self.tries += 1
        if faults:
            self.failures.append(f"{what}: {'; '.join(faults)}")


Try = Callable[[random.Random, Path], tuple[str, list[str]]]
"""Tries one thing in an empty folder: what it was, and what did not hold."""


def killed(job: Job) -> Try:
    """Killed at some moment: at once, politely, or by a terminal that is closed."""

    def attempt(chance: random.Random, folder: Path) -> tuple[str, list[str]]:
        shutil.copytree(job.template, folder, dirs_exist_ok=True)
        number = chance.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGHUP))
        # most of what may go wrong lies at the end
        share = chance.choice((chance.uniform(0, 1), chance.uniform(0.7, 1.1)))
        ended = run(folder, job.arguments, signals=[(job.seconds * share, number)])
        return f"{job.name}, {number.name} at {share:.2f}", list(faults_of(job, folder, ended))

    return attempt


FAILING = {"fsync": errno.EIO, "replace": errno.EIO, "write": errno.ENOSPC, "mkdir": errno.EACCES}


def failing(job: Job) -> Try:
    """The Nth call of one kind fails."""

    def attempt(chance: random.Random, folder: Path) -> tuple[str, list[str]]:
        shutil.copytree(job.template, folder, dirs_exist_ok=True)
        call_, number = chance.choice(list(FAILING)), chance.randint(1, 16)
        ended = run(folder, job.arguments, lambda: break_call(call_, number))
        return f"{job.name}, {call_} {number}", list(faults_of(job, folder, ended))

    return attempt


def break_call(name: str, number: int) -> None:
    """Let a call of the system fail when it is made for the `number`th time, in this process."""
    home: object = files._Raw if name == "write" else os
    real, calls = getattr(home, name), iter(range(1, 1_000_000))

    def call_(*given: object, **more: object) -> object:
        if next(calls) == number:
            if name == "write":  # such as the system itself would refuse
                with files.told(given[0]._target):  # type: ignore[attr-defined]  # it has one
                    raise OSError(FAILING[name], os.strerror(FAILING[name]))
            raise OSError(FAILING[name], os.strerror(FAILING[name]))
        return real(*given, **more)

    setattr(home, name, call_)


def small(job: Job) -> Try:
    """No file may become larger than this, or the disk itself is small where root may mount one."""
    size = max(1, sum(path.stat().st_size for path in (job.template / "out").iterdir()))

    def attempt(chance: random.Random, folder: Path) -> tuple[str, list[str]]:
        most = int(size * chance.uniform(0.0, 1.3))
        if chance.random() < 0.5:
            with disk(folder, _room(job.template) + most) as mounted:
                if mounted:
                    shutil.copytree(job.template, folder, dirs_exist_ok=True)
                    what = f"{job.name}, a disk with {most} bytes left"
                    ended = run(folder, job.arguments)
                    return what, [*faults_of(job, folder, ended)]
        shutil.copytree(job.template, folder, dirs_exist_ok=True)
        limit = (most, resource.RLIM_INFINITY)
        ended = run(folder, job.arguments, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
        return f"{job.name}, files of {most} bytes", [*faults_of(job, folder, ended)]

    return attempt


PAGE = 4096
"""Bytes that the smallest file takes on a disk in memory."""


def _room(template: Path) -> int:
    """Bytes that a folder takes on a disk, with some for the lists and the next command's page."""
    sizes = (path.stat().st_size for path in template.rglob("*"))
    return sum(-(-size // PAGE) * PAGE + PAGE for size in sizes) + 16 * PAGE


@contextmanager
def disk(folder: Path, size: int) -> Iterator[bool]:
    """A disk of so many bytes in the place of a folder; False where none may be mounted."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        mounted = not subprocess.run(command, check=False, capture_output=True).returncode
    except OSError:  # there is no `mount` here
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=False, capture_output=True)


TITLES = (
    *("</title><script>alert(1)</script>", "a\\u0000b", "../../x", "x" * 300, "-o", "$(id)", "%s"),
    *("a/b\\c:d*e?f", "NUL", "\u202egnp", "🧘" * 80, "'; DROP", "#EXTM3U", "-->", "WEBVTT", "[x]"),
)


def hostile_title(chance: random.Random, folder: Path) -> tuple[str, list[str]]:
    """Titles that break out of pages, tags, playlists and names of files, if anything does."""
    title, chapter = (chance.choice((chance.choice(TITLES), random_text(chance))) for _ in "ab")
    quoted = "'" + title.replace("'", "''").replace("\n", " ") + "'"
    text = ROUTINE.format(title=quoted, words="Rest.").replace("## One", f"## {chapter}")
    (folder / "mine.md").write_text(text, encoding="utf-8", errors="replace")
    ended = run(folder, WRITERS[chance.choice(("bundle", "split"))])
    faults = list(ended.faults())
    there, out = {path.name for path in folder.iterdir()}, folder / "out"
    if there - {"mine.md", "out"}:
        faults.append(f"files elsewhere: {there}")
    if hidden(folder):
        faults.append("left behind")
    if any("<script>alert" in page.read_text(encoding="utf-8") for page in out.glob("*.html")):
        faults.append("a script came through")
    for playlist in out.glob("*.m3u8"):
        rows = playlist.read_text(encoding="utf-8").splitlines()
        strange = [row for row in rows if row[:1] != "#" and not (out / row).is_file()]
        faults += [f"the playlist names {row!r}" for row in strange]
    return f"titles {title!r}, {chapter!r}", faults


def hostile_path(chance: random.Random, folder: Path) -> tuple[str, list[str]]:
    """A name that no file should have, or can have, in the place of each path."""
    (folder / "mine.md").write_text(ROUTINE.format(title="Mine", words="Rest."))
    letters = random_text(chance).replace("/", "").replace("\x00", "")
    name = chance.choice((letters, "-", "--", ".", "..", "x" * 300, "a\nb", "/dev/full", "", "~"))
    ending = chance.choice(("", ".md", ".mp3", ".html", ".svg"))
    path = name + ending
    arguments = chance.choice(
        (
            ("export", "mine.md", "--voice", "silent", f"--output={path}"),
            ("handout", "mine.md", f"--output={path}"),
            ("plan", "mine.md", "--estimate", f"--output={path}"),
            *((command, "--", path) for command in ("new", "check", "verify", "show", "fmt")),
        )
    )
    ended = run(folder, arguments)
    faults = list(ended.faults())
    if hidden(folder):
        faults.append("left behind")
    return f"{arguments}", faults


def mutated(chance: random.Random, folder: Path) -> tuple[str, list[str]]:
    """A routine of the library, in which letters, words, lines or bytes were changed."""
    name = chance.choice(sorted(library.routines()))
    text = library.find_routine(name).read_text(encoding="utf-8")
    for _ in range(chance.randint(1, 12)):
        text = chance.choice((_letters, _words, _lines))(text, chance)
    data = bytearray(text.encode(errors="replace"))
    if chance.random() < 0.1:
        data[chance.randrange(len(data))] = chance.randrange(256)
    signal.alarm(int(LONGEST))  # one that hangs ends the campaign, with a traceback of where
    try:
        session = loads(bytes(data), folder=folder)
        session.plan(estimate=True).lint()
    except VoiceguideError as error:
        faults = [] if all(one.message for one in error.problems) else ["an error without words"]
    except Exception as error:  # whatever it is, nobody foresaw it
        faults = [f"{error!r} at {bytes(data)!r}"]
    else:
        faults = []
    finally:
        signal.alarm(0)
    return f"{name}, mutated", faults


def _letters(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    new = chance.choice(
        ("", "[", "]", "{", "}", ",", ":", "-", "\t", "\n", "9", "|", "½", "\u200b")
    )
    return text[:at] + new + text[at + chance.randint(0, 3) :]


def _words(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    words[chance.randrange(len(words))] = chance.choice(words)
    return " ".join(words)


def _lines(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    taken = lines.pop(at)
    lines[chance.randrange(len(lines) + 1) : 0] = chance.choice(
        ([], [taken, taken], ["  " + taken], [taken.lstrip()])
    )
    return "\n".join(lines)


def hostile_caller(chance: random.Random, folder: Path) -> tuple[str, list[str]]:
    """Strangers on the port of a session, while somebody honest asks how it stands."""
    remote = Remote(lambda _claim: None, folder / "remote.json")
    port = remote._server.getsockname()[1]
    kind = chance.choice(("noise", "silent", "half", "long", "gone", "web page"))
    data = {
        "noise": chance.randbytes(chance.randint(1, 400)),
        "half": b"secret sta",
        "long": b"x" * 5_000,
        "web page": b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nnext\n",
    }.get(kind, b"")
    strangers = [socket.create_connection(("127.0.0.1", port)) for _ in range(chance.randint(1, 8))]
    faults = []
    try:
        for stranger in strangers:
            with suppress(OSError):
                stranger.sendall(data)
                if kind == "gone":
                    stranger.close()
        begun = time.monotonic()
        if not call("status", folder / "remote.json").get("ok"):
            faults.append("no answer")
        if time.monotonic() - begun > 2:
            faults.append(f"the answer took {time.monotonic() - begun:.1f} s")
    except Exception as error:  # whatever it is, it did not hold
        faults.append(repr(error))
    finally:
        for stranger in strangers:
            stranger.close()
        remote.close()
    if (folder / "remote.json").exists():
        faults.append("the file with the secret is left")
    return f"{len(strangers)} callers, {kind}", faults


# ── all of them ──────────────────────────────────────────────────────────────


def campaigns(workspace: Path, only: str) -> dict[str, Try]:
    """The campaigns whose names hold `only`."""
    found: dict[str, Try] = {}
    writing: Mapping[str, Callable[[Job], Try]] = {
        "killed": killed,
        "a call fails": failing,
        "a small disk": small,
    }
    jobs: dict[str, Job] = {}
    for kind, of_job in writing.items():
        for name in WRITERS:
            if only in f"{kind}: {name}":
                jobs[name] = jobs.get(name) or make_job(name, workspace)
                found[f"{kind}: {name}"] = of_job(jobs[name])
    others: Mapping[str, Try] = {
        "hostile titles": hostile_title,
        "hostile paths": hostile_path,
        "mutated routines": mutated,
        "hostile callers": hostile_caller,
    }
    return found | {name: one for name, one in others.items() if only in name}


def play(seconds: float, seed: int, only: str = "") -> list[Campaign]:
    """Try until the time is over: each campaign gets the same share of it, and one try at least."""
    for module, _ in set(COMMANDS.values()):
        importlib.import_module(f"voiceguide.cli.{module}")
    with tempfile.TemporaryDirectory(prefix="chaos-") as made:
        workspace = Path(made).resolve()
        os.environ |= {"VOICEGUIDE_CACHE": str(workspace / "cache")}
        os.environ |= {"VOICEGUIDE_VOICES": os.devnull, "VOICEGUIDE_PIP_VOICES": "off"}
        until = time.monotonic() + seconds
        waiting = campaigns(workspace, only)
        done = []
        for number, (name, attempt) in enumerate(waiting.items()):
            chance = random.Random(f"{seed} {name}")
            share = (until - time.monotonic()) / (len(waiting) - number)
            done.append(_campaign(name, attempt, chance, workspace, time.monotonic() + share))
            print(f"{name}: {done[-1].tries} tries", *done[-1].failures, sep="\n  ", flush=True)
        return done


def _campaign(
    name: str, attempt: Try, chance: random.Random, workspace: Path, until: float
) -> Campaign:
    campaign = Campaign(name)
    while not campaign.tries or time.monotonic() < until:
        folder = workspace / f"try-{campaign.tries}"
        folder.mkdir()
        campaign.note(*attempt(chance, folder))
        shutil.rmtree(folder)
    return campaign


def table(done: Sequence[Campaign]) -> str:
    """The figures, as Markdown."""
    rows = ["| campaign | tries | failures |", "| --- | --: | --: |"]
    rows += [f"| {one.name} | {one.tries} | {len(one.failures)} |" for one in done]
    tries, failures = sum(one.tries for one in done), sum(len(one.failures) for one in done)
    return "\n".join([*rows, f"| all | {tries} | {failures} |"])


def told() -> int:
    """Run what the command line asks for, and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", default="", help="the campaigns whose names hold this")
    asked = parser.parse_args()
    done = play(60 * asked.minutes, asked.seed, asked.only)
    print(table(done))
    return int(any(one.failures for one in done))


if __name__ == "__main__":
    sys.exit(told())
