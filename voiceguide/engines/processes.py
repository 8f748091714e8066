"""Processes that speak: Python children that are reused, and programs that run once per text.

A child is started when it is needed, and ended after a crash or a time-out. A program has limits of
time and of output. Neither outlives voiceguide: a child ends when its standard input closes, and
a guard (`guard.py`) watches the programs, which may not notice that.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from msgspec import Struct

from voiceguide.engines import guard
from voiceguide.engines.guard import end
from voiceguide.errors import MachineError
from voiceguide.files.signals import signals_postponed
from voiceguide.installation import AS_PYTHON, FROZEN

if TYPE_CHECKING:
    from io import BufferedReader

    from voiceguide.audio.clip import Samples

KEPT = 2
"""Most idle children that are kept for the next text."""


class ChildLostError(Exception):
    """A child crashed, or was killed because it took too long."""


class TooLateError(ChildLostError):
    """A child was killed because it took too long; a retry would take as long again."""


class StoppedError(MachineError):
    """The engine was closed while it spoke, as by Ctrl-C; the request must not be repeated."""

    def __init__(self) -> None:
        super().__init__("the speech engine was stopped while it spoke", "start again")


class RefusedError(MachineError):
    """A child works, and reports why it cannot speak a text."""

    def __init__(self, reason: str, head: Mapping[str, Any]) -> None:
        super().__init__(f"the speech engine failed: {reason}")
        self.reason = reason
        self.head = head
        """The head of its reply."""


class Reply(Struct, frozen=True):
    """A child's reply."""

    pcm: bytes
    """Mono samples, little-endian, in the format of that child."""
    rate: int
    """Hz."""
    head: Mapping[str, Any]
    """The other values of the reply's head."""


class Child:
    """One child process, for one request at a time."""

    def __init__(self, arguments: Sequence[str]) -> None:
        try:
            self._process = subprocess.Popen(
                [*python_command(), *arguments],
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
        """Send a request, and return the head of the reply with the samples under `pcm`.

        Raises:
            TooLateError: there was no reply within that many seconds.
            ChildLostError: the child crashed.
        """
        late = threading.Event()
        timer = threading.Timer(seconds, self._give_up, [late])
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

    def _give_up(self, late: threading.Event) -> None:
        late.set()
        self.kill()

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
        """Whether the process is running."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill the process; a thread that waits for its reply gets a ChildLostError."""
        self._process.kill()

    def end(self) -> None:
        """Kill the process and wait for its end; it has no state to lose."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):  # a crashed child leaves unread data
                pipe.close()


class Children:
    """A pool of Python children with the same arguments, one for each thread that asks."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = tuple(arguments)
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._closings = 0
        self._lock = threading.Lock()

    def ask(self, request: dict[str, object], seconds: int) -> Reply:
        """Send a request to a child, and return its reply.

        Raises:
            ChildLostError: the child crashed, or did not reply within that many seconds.
            RefusedError: the library in the child failed.
            StoppedError: `close` was called meanwhile.
            MachineError: no child can be started.
        """
        closings = self._closings
        try:
            with self._one() as child:
                reply = child.ask(request, seconds)
                if reply.get("last"):
                    child.end()
        except ChildLostError:
            if closings != self._closings:
                raise StoppedError from None
            raise
        if "error" in reply:
            raise RefusedError(reply["error"], reply)
        return Reply(reply.pop("pcm"), reply.pop("rate"), reply)

    def close(self) -> None:
        """End all children, even those that are speaking; the next request starts new ones."""
        with self._lock:
            self._closings += 1
            idle, self._idle[:] = list(self._idle), []
            for child in self._busy:
                child.kill()
        for child in idle:
            child.end()

    @contextlib.contextmanager
    def _one(self) -> Iterator[Child]:
        child = self._take()
        try:
            yield child
        except BaseException:  # also Ctrl-C: a late reply would be taken for the next one
            with self._lock:
                self._busy.discard(child)
            child.end()
            raise
        self._give_back(child)

    def _take(self) -> Child:
        with self._lock:
            child = self._idle.pop() if self._idle else None
            if child is None or not child.alive:
                lost, child = child, Child(self._arguments)
                if lost is not None:
                    lost.end()
            self._busy.add(child)
        return child

    def _give_back(self, child: Child) -> None:
        with self._lock:
            self._busy.discard(child)
            if child.alive and len(self._idle) < KEPT:
                self._idle.append(child)
                return
        child.end()


def python_command() -> tuple[str, ...]:
    """Return the command that runs Python with further arguments, as this process is run.

    Raise a MachineError if it is unknown, as in a program that embeds Python.
    """
    if not sys.executable:
        raise MachineError(
            "the speech engine needs a Python program to run, and this one does not know its own",
            "run voiceguide with a usual Python",
        )
    return (sys.executable, AS_PYTHON) if FROZEN else (sys.executable,)


def out_of_reach_of_ctrl_c() -> dict[str, Any]:
    """Return Popen options that keep Ctrl-C from the child; the parent ends it instead."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return {"creationflags": flags}
    return {"start_new_session": True}


MOST_OUTPUT = 64 << 20
"""Most bytes that a program may write: ten minutes of 16 bits at 48,000 Hz are 57.6 million."""

_LAST_WORDS = 1 << 16
"""Most bytes of standard error that are kept."""

_PIECE = 1 << 16


class FailedError(Exception):
    """A program did not speak a text; the message is the reason, as the end of a sentence."""


class TookTooLongError(Exception):
    """The program was killed because it did not end in time."""


class Ended(Struct, frozen=True):
    """The result of a program that ran to its end."""

    code: int
    """Its exit code; negative for the signal that killed it."""
    out: bytes
    err: bytes

    def complaint(self) -> str:
        """Describe how it ended, with the last line of its standard error."""
        lines = self.err.decode("utf-8", "replace").split("\n")
        said = [" ".join(line.split()) for line in lines if line.strip()]
        reason = f"was ended by signal {-self.code}" if self.code < 0 else f"ended with {self.code}"
        return f"{reason}: {said[-1][:200]}" if said else reason


class Programs:
    """Runs programs once per text, for one engine and any number of threads."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def run(
        self, arguments: Sequence[str], given: bytes, seconds: float, folder: Path | None = None
    ) -> Ended:
        """Run a program; no shell reads its arguments. `given` is its standard input.

        Raises:
            TookTooLongError: it took longer than `seconds`; it and its children were killed.
            FailedError: it wrote more than `MOST_OUTPUT`.
            OSError: it cannot be started.
        """
        with self._started(arguments, folder) as process:
            out = _Reader(process.stdout, MOST_OUTPUT, lambda: end(process.pid))
            err = _Reader(process.stderr, _LAST_WORDS, lambda: None)
            writer = threading.Thread(target=_write, args=(process.stdin, given), daemon=True)
            writer.start()
            _wait(process, (writer, out, err), seconds)
        if out.is_full:
            raise FailedError(f"it wrote more than {MOST_OUTPUT >> 20} MB")
        return Ended(process.returncode, bytes(out.data), bytes(err.data))

    def close(self) -> None:
        """End all running programs."""
        with self._lock:
            for process in self._running:
                end(process.pid)

    @contextlib.contextmanager
    def _started(
        self, arguments: Sequence[str], folder: Path | None
    ) -> Iterator[subprocess.Popen[bytes]]:
        _GUARD.start()
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            **out_of_reach_of_ctrl_c(),
        )
        try:
            _GUARD.tell(f"+{process.pid}")
            with self._lock:
                self._running.add(process)
            yield process
        finally:  # also after Ctrl-C; a program may leave children behind
            end(process.pid)
            with self._lock:
                self._running.discard(process)
            process.wait()
            _GUARD.tell(f"-{process.pid}")


def _wait(
    process: subprocess.Popen[bytes], threads: Sequence[threading.Thread], seconds: float
) -> None:
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            raise TookTooLongError
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TookTooLongError from None


def _write(pipe: IO[bytes], given: bytes) -> None:
    with contextlib.suppress(OSError), pipe:  # the program need not read it
        pipe.write(given)


class _Reader(threading.Thread):
    """Reads a pipe to its end and keeps the last `most` bytes; calls `full` if there are more."""

    def __init__(self, pipe: IO[bytes] | None, most: int, full: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._pipe = cast("BufferedReader", pipe)
        self._most = most
        self._full = full
        self.data = bytearray()
        self.is_full = False
        self.start()

    def run(self) -> None:
        with contextlib.suppress(OSError), self._pipe:
            while piece := self._pipe.read1(_PIECE):
                self.data += piece
                if len(self.data) > self._most:
                    del self.data[: -self._most]
                    self.is_full = True
                    self._full()


class _Guard:
    """The guard process, started with the first program; it outlives this process to end them."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start it before the first program. Without it, only time-outs end the programs."""
        with self._lock, contextlib.suppress(OSError, MachineError):
            if self._process is None or self._process.poll() is not None:
                self._process = self._started()

    def tell(self, line: str) -> None:
        """Report that a program started or ended."""
        with self._lock, contextlib.suppress(OSError):
            pipe = self._process and self._process.stdin
            if pipe:
                pipe.write(f"{line}\n".encode())
                pipe.flush()

    def _started(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*python_command(), "-I", "-S", str(Path(guard.__file__).with_suffix(".py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **out_of_reach_of_ctrl_c(),
        )
        atexit.register(_dismiss, process)
        return process


def _dismiss(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        cast("IO[bytes]", process.stdin).close()
    process.wait()


_GUARD = _Guard()
"""The guard that all engines of this process share."""


# ── the WAV or AIFF data that programs write; the content decides which it is


_UNKNOWN_SIZE = 0x7F000000
"""A program that writes to a pipe gives this size or a larger one, or 0, for an unknown size."""


class WaveError(FailedError):
    """A program wrote no complete WAV or AIFF file."""


def decode_wave(data: bytes) -> tuple[Samples, int]:
    """Return the samples, mixed down to mono float32 of shape (n,), and their rate in Hz.

    Accepts RIFF and AIFF files of any encoding that libsndfile knows, including AIFF-C. Raise a
    WaveError if there are no samples, or fewer than the file claims.
    """
    if not data:
        raise WaveError("it wrote nothing")
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        data = _with_sizes(data)
    elif data[:4] != b"FORM" or data[8:12] not in (b"AIFF", b"AIFC"):
        raise WaveError(f"it wrote no WAV and no AIFF, but {_beginning(data)}")
    elif len(data) < 8 + int.from_bytes(data[4:8], "big"):
        raise WaveError("it wrote an AIFF file that is cut short")
    return _decoded(data)


def _decoded(data: bytes) -> tuple[Samples, int]:
    import numpy as np
    import soundfile

    try:
        with signals_postponed():
            samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise WaveError(f"it wrote a sound file that cannot be read: {error}") from error
    mixed: Samples = np.clip(samples.mean(axis=1, dtype=np.float32), -1, 1)
    return mixed, int(rate)


def _with_sizes(data: bytes) -> bytes:
    """Correct the sizes of a WAV, which a program that writes to a pipe cannot know."""
    for name, start, size in _chunks(data):
        if name == b"data":
            left = len(data) - start
            if 0 < size < _UNKNOWN_SIZE and size > left:
                raise WaveError("it wrote a WAV file that is cut short")
            known = size if 0 < size <= left else left
            head = data[: start - 4] + struct.pack("<I", known)
            whole = head + data[start:]
            return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]
    raise WaveError("it wrote a WAV file without any samples")


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield each chunk's name, the start of its content, and its stated size in bytes."""
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        yield name, at + 8, size
        at += 8 + size + size % 2


def _beginning(data: bytes) -> str:
    """Return the first bytes as readable text: often they are an error message."""
    text = "".join(c if c.isprintable() else " " for c in data[:40].decode("utf-8", "replace"))
    return f"`{' '.join(text.split())}`"
