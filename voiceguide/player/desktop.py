"""A session on a desktop: `Awake` keeps the machine awake, `Mpris` offers media controls.

A listener lies on the floor and touches nothing. `Awake` uses D-Bus on Linux desktops, the program
`caffeinate` on macOS, and a kernel call on Windows; where none is available, it does nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any
from xml.sax.saxutils import quoteattr

from voiceguide.errors import VoiceguideError
from voiceguide.lengths import SAMPLE_RATE, samples
from voiceguide.player.conductor import Ask, Command, State, Status

with suppress(ImportError):  # if it is missing, `open_bus` raises before it is used
    import jeepney


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
    from jeepney.wrappers import unwrap_msg

    address = jeepney.DBusAddress(path, service, interface or service)
    message = jeepney.new_method_call(address, member, signature, arguments)
    try:
        answer: tuple[Any, ...] = unwrap_msg(bus.send_and_get_reply(message, timeout=PATIENCE))
    except (jeepney.DBusErrorResponse, OSError) as error:
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


# ── `Mpris`: offers a session to media keys, headset buttons and desktop widgets on Linux

# They control media players over D-Bus, by MPRIS. Without a bus, nothing happens. jeepney speaks
# D-Bus: pure Python, without dependencies, and without an event loop, since one thread only waits
# for messages.

TURN = 0.1
"""Longest wait for a message in seconds before changes are announced."""

CoverOf = Callable[[], bytes]
"""Makes the session's cover, PNG or JPEG; called once, in the thread of `Mpris`."""


class Mpris:
    """Offers a session on the user's bus, in a thread of its own."""

    def __init__(self, ask: Ask, cover_of: CoverOf, folder: Path) -> None:
        """The cover is kept in `folder` while the session is played; widgets read it there."""
        self._ask = ask
        self._cover_of = cover_of
        self._folder = folder
        self._status: Status | None = None
        self._told = Event()
        self._closed = False
        self._thread = Thread(target=self._serve, name="voiceguide mpris", daemon=True)
        self._thread.start()

    def tell(self, status: Status) -> None:
        """Take the session's current status."""
        self._status = status
        self._told.set()

    def close(self) -> None:
        """Leave the bus."""
        self._closed = True
        self._told.set()
        self._thread.join(PATIENCE)

    def _serve(self) -> None:
        # OSError: the bus has gone; playing continues without it
        with suppress(NoBusError, OSError), closing(open_bus(SESSION)) as bus:
            self._told.wait()
            if self._status:
                self._be_seen(bus, self._status)

    def _be_seen(self, bus: Any, status: Status) -> None:
        service = Service(bus, self._ask, status)
        self._turn(bus, service)
        file = self._written_cover()
        try:
            service.art = file.as_uri() if file else None
            while not self._closed:
                self._turn(bus, service)
        finally:
            if file:
                file.unlink(missing_ok=True)

    def _turn(self, bus: Any, service: Service) -> None:
        """Announce changes, and answer one call if it comes within `TURN`."""
        if self._status:
            service.announce(self._status)
        with suppress(TimeoutError):
            service.answer(bus.receive(timeout=TURN))

    def _written_cover(self) -> Path | None:
        """Write the cover to a file, as widgets require; None if it cannot be made.

        The file is named after the process, so that two sessions do not share it; files of dead
        processes are removed.
        """
        with suppress(VoiceguideError, OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for old in self._folder.glob("cover-*"):
                if not _runs(old.name):
                    old.unlink(missing_ok=True)
            data = self._cover_of()
            ending = "png" if data.startswith(b"\x89PNG") else "jpg"
            file = self._folder / f"cover-{os.getpid()}.{ending}"
            file.write_bytes(data)
            return file
        return None


def _runs(name: str) -> bool:
    """Whether the process that a cover is named after is still running."""
    number = name.removeprefix("cover-").partition(".")[0]
    return number.isdecimal() and Path("/proc", number).exists()


# ── the properties and methods of MPRIS 2.2, as data ─────────────────────────


PATH = "/org/mpris/MediaPlayer2"
ROOT = "org.mpris.MediaPlayer2"
PLAYER = "org.mpris.MediaPlayer2.Player"
NAME = "org.mpris.MediaPlayer2.voiceguide"

PROPERTIES = "org.freedesktop.DBus.Properties"
INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"

TRACK = "/org/mpris/voiceguide/session"
"""Object path of the only track."""

Value = tuple[str, Any]
"""A D-Bus signature and its value."""

COMMANDS: Mapping[str, Command | None] = {
    "Raise": None,
    "Quit": Command.QUIT,
    "Play": Command.GO_ON,
    "Pause": Command.PAUSE,
    "PlayPause": Command.TOGGLE,
    "Stop": Command.QUIT,
    "Next": Command.NEXT,
    "Previous": Command.BACK,
    "Seek": None,
    "SetPosition": None,
    "OpenUri": None,
}
"""The command of each method; None for methods that do nothing."""

OF_ROOT = ("Raise", "Quit")
"""Methods of the `ROOT` interface; the others belong to `PLAYER`."""

_ARGUMENTS = {"Seek": "x", "SetPosition": "ox", "OpenUri": "s"}

_STATUS = {State.PLAYING: "Playing", State.PAUSED: "Paused", State.WAITING: "Paused"}

ABOUT: Mapping[str, Value] = {
    "CanQuit": ("b", True),
    "CanRaise": ("b", False),
    "HasTrackList": ("b", False),
    "Identity": ("s", "voiceguide"),
    "SupportedUriSchemes": ("as", []),
    "SupportedMimeTypes": ("as", []),
}
"""Properties of the `ROOT` interface."""


def properties(status: Status, art: str | None) -> dict[str, Value]:
    """The player's properties without its position; `art` is the cover's URI."""
    return {
        "PlaybackStatus": ("s", _STATUS.get(status.state, "Stopped")),
        **dict.fromkeys(("Rate", "MinimumRate", "MaximumRate", "Volume"), ("d", 1.0)),
        "Metadata": ("a{sv}", _metadata(status, art)),
        **dict.fromkeys(("CanGoNext", "CanGoPrevious", "CanPlay", "CanPause"), ("b", True)),
        "CanSeek": ("b", False),
        "CanControl": ("b", True),
    }


def position(status: Status) -> Value:
    """The session's position in microseconds, as a D-Bus value."""
    return ("x", microseconds(status.now.position))


def microseconds(samples: int) -> int:
    """Convert samples to microseconds, the unit of MPRIS."""
    return samples * 1_000_000 // SAMPLE_RATE


def _metadata(status: Status, art: str | None) -> dict[str, Value]:
    """Metadata with the session as the title and its chapter as the album."""
    found: dict[str, Value] = {
        "mpris:trackid": ("o", TRACK),
        "mpris:length": ("x", microseconds(status.now.length)),
        "xesam:title": ("s", _text(status.title)),
    }
    if status.now.chapter:
        found["xesam:album"] = ("s", _text(status.now.chapter))
    if art:
        found["mpris:artUrl"] = ("s", art)
    return found


def _text(text: str) -> str:
    """Remove characters that D-Bus strings may not contain."""
    return text.replace("\0", "").encode(errors="replace").decode()


def described(status: Status) -> str:
    """Describe the interfaces in D-Bus's introspection XML."""
    player = {**properties(status, None), "Position": position(status)}
    of_player = [name for name in COMMANDS if name not in OF_ROOT]
    seeked = '<signal name="Seeked"><arg type="x"/></signal>'
    of_both = (*_interface(ROOT, OF_ROOT, ABOUT), *_interface(PLAYER, of_player, player, seeked))
    return "\n".join(("<node>", *of_both, "</node>"))


def _interface(
    name: str, methods: Iterable[str], has: Mapping[str, Value], *more: str
) -> Iterator[str]:
    yield f"<interface name={quoteattr(name)}>"
    for method in methods:
        arguments = (f'<arg direction="in" type="{one}"/>' for one in _ARGUMENTS.get(method, ""))
        yield f'<method name="{method}">{"".join(arguments)}</method>'
    for property_, (signature, _) in has.items():
        yield f'<property name="{property_}" type="{signature}" access="read"/>'
    yield from more
    yield "</interface>"


# ── `Service`: answers calls on the bus and announces changes ────────────────


JUMP = samples(2)
"""Samples: a larger step between two updates, or a step back, is a jump."""

_BUS = "org.freedesktop.DBus"
_OWNER = 1
_DO_NOT_QUEUE = 4
_WRONG = f"{_BUS}.Error."


class Service:
    """The media player that other programs on the bus see."""

    def __init__(self, bus: Any, ask: Ask, status: Status) -> None:
        """Claim a bus name, a second one for a second session; raise a NoBusError without one."""
        self._bus, self._ask, self._status = bus, ask, status
        self._shown = properties(status, None)
        self.art: str | None = None
        """The cover's URI, as soon as it exists."""
        if not (self._own(NAME) or self._own(f"{NAME}.instance{os.getpid()}")):
            raise NoBusError("the bus gives no name")

    def answer(self, message: jeepney.Message) -> None:
        """Answer a method call; ignore other messages."""
        header = message.header
        if header.message_type is not jeepney.MessageType.method_call:
            return
        reply = self._reply(message)
        if not header.flags & jeepney.MessageFlag.no_reply_expected:
            self._bus.send(reply)

    def announce(self, status: Status) -> None:
        """Send signals for what has changed."""
        moved = status.now.position - self._status.now.position
        self._status = status
        now = properties(status, self.art)
        changed = {name: value for name, value in now.items() if value != self._shown[name]}
        self._shown = now
        if changed:
            self._signal(PROPERTIES, "PropertiesChanged", "sa{sv}as", (PLAYER, changed, []))
        if not 0 <= moved <= JUMP:
            self._signal(PLAYER, "Seeked", "x", (position(status)[1],))

    def _own(self, name: str) -> bool:
        asked = (name, _DO_NOT_QUEUE)
        [answer] = call(self._bus, _BUS, "/org/freedesktop/DBus", "RequestName", "su", asked)
        return bool(answer == _OWNER)

    def _signal(self, interface: str, name: str, signature: str, body: tuple[Any, ...]) -> None:
        emitter = jeepney.DBusAddress(PATH, interface=interface)
        self._bus.send(jeepney.new_signal(emitter, name, signature, body))

    def _reply(self, message: jeepney.Message) -> jeepney.Message:
        """The reply to a call; an error if its arguments are wrong."""
        try:
            return self._result(message)
        except (KeyError, ValueError, TypeError):
            text = "the arguments are not those of this method, or there is no such property"
            return jeepney.new_error(message, f"{_WRONG}InvalidArgs", "s", (text,))

    def _result(self, message: jeepney.Message) -> jeepney.Message:
        fields = message.header.fields
        if fields.get(jeepney.HeaderFields.path) != PATH:
            return jeepney.new_error(message, f"{_WRONG}UnknownObject")
        interface, member = (
            fields.get(jeepney.HeaderFields.interface),
            fields[jeepney.HeaderFields.member],
        )
        if member in COMMANDS and interface in (None, ROOT if member in OF_ROOT else PLAYER):
            command = COMMANDS[member]
            if command:
                self._ask(command)
            return jeepney.new_method_return(message)
        if interface in (None, PROPERTIES):
            return self._property(message, member)
        if interface == INTROSPECTABLE and member == "Introspect":
            return jeepney.new_method_return(message, "s", (described(self._status),))
        return jeepney.new_error(message, f"{_WRONG}UnknownMethod", "s", (f"there is no {member}",))

    def _property(self, message: jeepney.Message, member: str) -> jeepney.Message:
        if member == "Get":
            interface, name = message.body
            return jeepney.new_method_return(message, "v", (self._properties(interface)[name],))
        if member == "GetAll":
            [interface] = message.body
            return jeepney.new_method_return(message, "a{sv}", (self._properties(interface),))
        if member == "Set":
            return jeepney.new_error(
                message, f"{_WRONG}PropertyReadOnly", "s", ("nothing can be set",)
            )
        return jeepney.new_error(message, f"{_WRONG}UnknownMethod", "s", (f"there is no {member}",))

    def _properties(self, interface: str) -> dict[str, Value]:
        """All properties of an interface; raise a KeyError if it does not exist."""
        player = {**self._shown, "Position": position(self._status)}
        return dict({ROOT: ABOUT, PLAYER: player}[interface])
