"""What live tests run for themselves: a message bus, a sound server; nothing of the user's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cli_running import COMMAND, environment

LONGEST = 180.0
"""Seconds after which what a test waits for will not come any more."""

unix_alone = pytest.mark.skipif(
    sys.platform == "win32", reason="these services and terminals are those of Unix"
)


def need(*programs: str) -> None:
    """Skip the test where one of these is missing; in CI it must not be."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"CI has to bring {', '.join(missing)}")
    if missing:
        pytest.skip(f"without {', '.join(missing)}")


def wait_until(happened: Callable[[], object]) -> None:
    """Wait until something has happened."""
    until = time.monotonic() + LONGEST
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


# ── a bus ────────────────────────────────────────────────────────────────────


@contextmanager
def message_bus() -> Iterator[str]:
    """A bus of the test's own; its address."""
    need("dbus-daemon")
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        try:
            assert daemon.stdout
            yield daemon.stdout.readline().strip()
        finally:
            daemon.terminate()


# ── a sound server ───────────────────────────────────────────────────────────


@dataclass
class Pulse:
    """A PulseAudio of the test's own, with a sink of one channel that nobody hears."""

    folder: Path
    server: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o700)
        self.environment = {
            "XDG_RUNTIME_DIR": str(self.folder),
            "HOME": str(self.folder),
            "PULSE_SERVER": f"unix:{self.folder}/native",
        }

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = ["pulseaudio", "-n", "--exit-idle-time=-1", "--daemonize=no"]
        command += ["--use-pid-file=no", "--disable-shm=yes", "--realtime=no"]
        command += [f"--load=module-native-protocol-unix socket={self.folder}/native"]
        command += ["--load=module-null-sink sink_name=heard rate=48000 channels=1 format=s16le"]
        self.server = subprocess.Popen(
            command,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: self.control("info").returncode == 0)

    def stop(self) -> None:
        """End it; harmless when done twice."""
        if self.server:
            self.server.kill()
            self.server.wait()
            self.server = None

    def control(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Ask or command it by `pactl`."""
        return subprocess.run(
            ["pactl", *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )

    def record(self, file: Path) -> subprocess.Popen[bytes]:
        """Write what the sink hears to a file, raw, until it is terminated."""
        command = ["parec", "-d", "heard.monitor", "--format=s16le", "--rate=48000", "--channels=1"]
        command += ["--latency-msec=50", "--raw", str(file)]
        recorder = subprocess.Popen(
            command, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL
        )
        wait_until(lambda: file.exists() and file.stat().st_size)
        return recorder


@contextmanager
def sound_server(folder: Path) -> Iterator[Pulse]:
    """A sound server that runs, in a folder that is not there yet."""
    need("pulseaudio", "pactl", "parec")
    pulse = Pulse(folder)
    try:
        pulse.start()
        yield pulse
    finally:
        pulse.stop()


# ── a session ────────────────────────────────────────────────────────────────


def play(
    folder: Path, *arguments: str, more: Mapping[str, str] | None = None, stdin: int | None = None
) -> subprocess.Popen[str]:
    """`voiceguide play` as a process of its own, its output a pipe, its state in the folder."""
    own = environment(folder, VOICEGUIDE_STATE=str(folder / "state"), **(more or {}))
    return subprocess.Popen(
        [*COMMAND, "play", *arguments],
        cwd=folder,
        env=own,
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
