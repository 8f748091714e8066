"""The child processes that speak: started when needed, ended after a crash or a time-out."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from voiceguide.errors import MachineError

# ── the child processes that speak: started when needed, ended after a crash or a time-out


KEPT = 2
"""Idle children that are kept for the next text."""


class ChildLostError(Exception):
    """A child crashed, or was ended because it took too long."""


class TooLateError(ChildLostError):
    """It was ended because it took too long; it would take as long again."""


class RefusedError(MachineError):
    """A child is well, and says why it cannot say a text."""

    def __init__(self, reason: str, head: Mapping[str, Any]) -> None:
        super().__init__(f"the speech engine failed: {reason}")
        self.reason = reason
        self.head = head
        """All that it told."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a child said."""

    pcm: bytes
    """Mono samples, little-endian, in the format of that child."""
    rate: int
    """Hz."""
    head: Mapping[str, Any]
    """All else that it told."""


class Child:
    """One child process, for one request at a time."""

    def __init__(self, arguments: Sequence[str]) -> None:
        try:
            self._process = subprocess.Popen(
                [python_program(), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                **out_of_reach_of_ctrl_c(),
            )
        except OSError as error:
            raise MachineError(f"the speech engine cannot be started: {error}") from error
        self._to = cast("IO[bytes]", self._process.stdin)
        self._from = cast("IO[bytes]", self._process.stdout)

    def ask(self, request: dict[str, object], seconds: int) -> dict[str, Any]:
        """The head of the child's reply, with the samples under `pcm`.

        Raises:
            TooLateError: it gave no answer within that many seconds.
            ChildLostError: it crashed.
        """
        late = threading.Event()
        timer = threading.Timer(seconds, self._kill, [late])
        timer.daemon = True
        timer.start()
        try:
            self._to.write(json.dumps(request).encode() + b"\n")
            self._to.flush()
            return self._read_reply()
        except (OSError, ValueError, ChildLostError) as error:  # ValueError: half a line of JSON
            raise (TooLateError if late.is_set() else ChildLostError)(str(error)) from error
        finally:
            timer.cancel()

    def _kill(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def _read_reply(self) -> dict[str, Any]:
        line = self._from.readline()
        if not line.endswith(b"\n"):
            raise ChildLostError("the child process ended")
        head: dict[str, Any] = json.loads(line)
        head["pcm"] = self._from.read(head.get("bytes", 0))
        if len(head["pcm"]) < head.get("bytes", 0):
            raise ChildLostError("the child process ended")
        return head

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def end(self) -> None:
        """End it at once; it has nothing to lose."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):  # what a crashed child left unread
                pipe.close()


class Children:
    """As many children as there are threads that ask: Pythons with these arguments."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = tuple(arguments)
        self._idle: list[Child] = []
        self._lock = threading.Lock()

    def ask(self, request: dict[str, object], seconds: int) -> Reply:
        """A child's reply.

        Raises:
            ChildLostError: the child crashed, or gave no answer within that many seconds.
            RefusedError: the library failed in it.
            MachineError: no child can be started.
        """
        with self._one() as child:
            reply = child.ask(request, seconds)
            if reply.get("last"):
                child.end()
        if "error" in reply:
            raise RefusedError(reply["error"], reply)
        return Reply(reply.pop("pcm"), reply.pop("rate"), reply)

    def close(self) -> None:
        """End the idle children; others follow as soon as their threads are done with them."""
        with self._lock:
            idle, self._idle[:] = list(self._idle), []
        for child in idle:
            child.end()

    @contextlib.contextmanager
    def _one(self) -> Iterator[Child]:
        child = self._take()
        try:
            yield child
        except BaseException:  # also Ctrl-C: its reply would answer the next request
            child.end()
            raise
        self._give_back(child)

    def _take(self) -> Child:
        with self._lock:
            child = self._idle.pop() if self._idle else None
        if child is not None and child.alive:
            return child
        if child is not None:
            child.end()
        return Child(self._arguments)

    def _give_back(self, child: Child) -> None:
        with self._lock:
            if child.alive and len(self._idle) < KEPT:
                self._idle.append(child)
                return
        child.end()


def python_program() -> str:
    """The program that runs this process.

    Raises:
        MachineError: it is not known, as in a program that embeds Python.
    """
    if not sys.executable:
        raise MachineError(
            "the speech engine needs a Python program to run, and this one does not know its own",
            "run voiceguide with a usual Python",
        )
    return sys.executable


def out_of_reach_of_ctrl_c() -> dict[str, Any]:
    """Options that keep the terminal's Ctrl-C for the parent, which then ends its children."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return {"creationflags": flags}
    return {"start_new_session": True}


# ── running another program once: with a time-out, and nothing of it left behind


_LAST_WORDS = 5
"""Seconds for the pipes of a process that was killed."""


class FailedError(Exception):
    """A program did not say a text; why, as the end of a sentence."""


class TookTooLongError(Exception):
    """The program was ended, for it had not ended by itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that ran to its end."""

    code: int
    """Its exit code; negative is the signal that ended it."""
    out: bytes
    err: bytes

    def complaint(self) -> str:
        """How it ended, with the last line that it wrote on standard error."""
        lines = self.err.decode("utf-8", "replace").split("\n")
        said = [" ".join(line.split()) for line in lines if line.strip()]
        reason = f"was ended by signal {-self.code}" if self.code < 0 else f"ended with {self.code}"
        return f"{reason}: {said[-1][:200]}" if said else reason


def run(
    arguments: Sequence[str], given: bytes, seconds: float, folder: Path | None = None
) -> Ended:
    """Run a program; no shell reads its arguments. `given` is its standard input.

    Raises:
        TookTooLongError: it took longer than `seconds`; it was ended, with those it had started.
        OSError: it cannot be started.
    """
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        **out_of_reach_of_ctrl_c(),
    )
    try:
        out, err = process.communicate(given, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise TookTooLongError from None
    finally:  # also after Ctrl-C; and a program may leave others behind
        _end(process)
    return Ended(process.returncode, out, err)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and those that it started, and let go of its pipes."""
    with contextlib.suppress(OSError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)  # it leads a session of its own
    with contextlib.suppress(subprocess.TimeoutExpired, ValueError, OSError):
        process.communicate(timeout=_LAST_WORDS)
    for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
        with contextlib.suppress(OSError):
            pipe.close()
