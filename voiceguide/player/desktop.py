"""`Awake`: keeps the machine and its screen awake while a session is played.

A listener lies on the floor and touches nothing. It uses D-Bus on Linux desktops, the program
`caffeinate` on macOS, and a kernel call on Windows; where none is available, it does nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from threading import Condition, Thread
from typing import Any

from voiceguide.player.conductor import State, Status

# ── the message buses of a Linux desktop: D-Bus, by jeepney; both are optional


SESSION, SYSTEM = "SESSION", "SYSTEM"
"""The buses of the user's programs and of the machine's services."""

PATIENCE = 2.0
"""Seconds to wait for a service's reply."""

_SESSION_ADDRESS = "DBUS_SESSION_BUS_ADDRESS"


class NoBusError(Exception):
    """There is no bus, or no service on it fulfils the request."""


def open_bus(which: str, *, files: bool = False) -> Any:
    """Connect to a bus, or raise a NoBusError; with `files`, services can pass open files."""
    try:
        from jeepney.io.blocking import open_dbus_connection
    except ImportError:
        raise NoBusError("jeepney is not installed") from None
    try:
        return open_dbus_connection(_address(which, os.environ), enable_fds=files)
    # KeyError: no address; RuntimeError: of a kind that jeepney does not know
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        raise NoBusError(str(error)) from error


def _address(which: str, environ: Mapping[str, str]) -> str:
    """The address for jeepney: a bus's name, or the usual socket of a desktop."""
    usual = Path(environ.get("XDG_RUNTIME_DIR", "/nowhere"), "bus")
    if which == SESSION and not environ.get(_SESSION_ADDRESS) and usual.exists():
        return f"unix:path={usual}"
    return which


def call(
    bus: Any,
    service: str,
    path: str,
    member: str,
    signature: str,
    arguments: tuple[Any, ...],
    *,
    interface: str = "",
) -> tuple[Any, ...]:
    """Call a method of a service and return its result; raise a NoBusError if the call fails.

    The interface defaults to the service's name.
    """
    from jeepney import DBusAddress, DBusErrorResponse, new_method_call
    from jeepney.wrappers import unwrap_msg

    address = DBusAddress(path, service, interface or service)
    message = new_method_call(address, member, signature, arguments)
    try:
        answer: tuple[Any, ...] = unwrap_msg(bus.send_and_get_reply(message, timeout=PATIENCE))
    except (DBusErrorResponse, OSError) as error:
        raise NoBusError(str(error)) from error
    return answer


# ── `Awake`: keeps the machine and its screen awake while a session is played


_WHO, _WHY = "voiceguide", "a session is played"

_SCREEN = ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver")
_LOGIN = ("org.freedesktop.login1", "/org/freedesktop/login1")
_MANAGER = "org.freedesktop.login1.Manager"

Keeper = Callable[[], Any]
"""Returns a context manager within which the machine stays awake. Raises NoBusError or OSError
where that is impossible."""


class Awake:
    """Keeps the machine awake while a session is not paused.

    It makes all requests from a thread of its own, because Windows keeps a request only as long as
    its thread lives, and because a service may be slow.
    """

    def __init__(self, keepers: tuple[Keeper, ...] | None = None) -> None:
        self._keepers = _KEEPERS.get(sys.platform, ()) if keepers is None else keepers
        self._changed = Condition()
        self._wanted = False
        self._closed = False
        self._thread = Thread(target=self._keep, name="voiceguide awake", daemon=True)
        self._thread.start()

    def tell(self, status: Status) -> None:
        """Take the session's status: in a pause, the machine may sleep."""
        with self._changed:
            self._wanted = status.state in (State.PLAYING, State.WAITING)
            self._changed.notify_all()

    def close(self) -> None:
        """Let the machine sleep, and end the thread."""
        with self._changed:
            self._wanted, self._closed = False, True
            self._changed.notify_all()
        self._thread.join(2 * PATIENCE)

    def _keep(self) -> None:
        while self._wait_until(wanted=True):
            with ExitStack() as kept:
                for keeper in self._keepers:
                    with suppress(NoBusError, OSError):
                        kept.enter_context(keeper())
                self._wait_until(wanted=False)

    def _wait_until(self, *, wanted: bool) -> bool:
        """Wait until sleep is to be prevented, or not; False if closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._wanted is wanted)
            return not self._closed


@contextmanager
def screen_kept_on() -> Iterator[None]:
    """Inhibit the screen saver; if we crash, the desktop drops the request with our connection."""
    with closing(open_bus(SESSION)) as bus:
        [cookie] = call(bus, *_SCREEN, "Inhibit", "ss", (_WHO, _WHY))
        yield
        with suppress(NoBusError):
            call(bus, *_SCREEN, "UnInhibit", "u", (cookie,))


@contextmanager
def sleep_inhibited() -> Iterator[None]:
    """Inhibit sleep by systemd, for as long as the file that it returns stays open."""
    with closing(open_bus(SYSTEM, files=True)) as bus:
        asked = ("sleep:idle", _WHO, _WHY, "block")
        [file] = call(bus, *_LOGIN, "Inhibit", "ssss", asked, interface=_MANAGER)
        with file:
            yield


@contextmanager
def caffeinated() -> Iterator[None]:
    """Run `caffeinate`, which ends when we do (`-w`, see `man caffeinate`)."""
    command = ["caffeinate", "-d", "-i", "-w", str(os.getpid())]
    nothing = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing) as child:
        try:
            yield
        finally:
            child.terminate()


_CONTINUOUS, _SYSTEM, _DISPLAY = 0x8000_0000, 0x1, 0x2


@contextmanager
def execution_required() -> Iterator[None]:  # pragma: no cover
    """Ask the kernel on behalf of this thread (`SetThreadExecutionState` of `winbase.h`)."""
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]  # on Windows alone
    kernel.SetThreadExecutionState(_CONTINUOUS | _SYSTEM | _DISPLAY)
    try:
        yield
    finally:
        kernel.SetThreadExecutionState(_CONTINUOUS)


_KEEPERS: dict[str, tuple[Keeper, ...]] = {
    "linux": (screen_kept_on, sleep_inhibited),
    "darwin": (caffeinated,),
    "win32": (execution_required,),
}
