"""What a media player says of itself by MPRIS 2.2, as data; its source is
<https://specifications.freedesktop.org/mpris-spec/latest/>.

A session is left and entered at its steps, so it offers no seeking: `CanSeek` is false, and `Seek`
and `SetPosition` do nothing, as the specification wants it then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from voiceguide.lengths import SAMPLE_RATE
from voiceguide.player.conductor import Command, State, Status

PATH = "/org/mpris/MediaPlayer2"
ROOT = "org.mpris.MediaPlayer2"
PLAYER = "org.mpris.MediaPlayer2.Player"
NAME = "org.mpris.MediaPlayer2.voiceguide"

PROPERTIES = "org.freedesktop.DBus.Properties"
INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"

TRACK = "/org/mpris/voiceguide/session"
"""The one track there is, as an object's path."""

Value = tuple[str, Any]
"""A signature of D-Bus, and what it describes."""

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
"""What each method asks for."""

OF_ROOT = ("Raise", "Quit")
"""The methods of the first interface; the others are the player's."""

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
"""The properties of the first interface."""


def properties(status: Status, art: str | None) -> dict[str, Value]:
    """The properties of the player, but for its position; `art` is the address of a picture."""
    return {
        "PlaybackStatus": ("s", _STATUS.get(status.state, "Stopped")),
        "Rate": ("d", 1.0),
        "MinimumRate": ("d", 1.0),
        "MaximumRate": ("d", 1.0),
        "Volume": ("d", 1.0),
        "Metadata": ("a{sv}", _metadata(status, art)),
        "CanGoNext": ("b", True),
        "CanGoPrevious": ("b", True),
        "CanPlay": ("b", True),
        "CanPause": ("b", True),
        "CanSeek": ("b", False),
        "CanControl": ("b", True),
    }


def position(status: Status) -> Value:
    """Where the session is."""
    return ("x", microseconds(status.now.position))


def microseconds(samples: int) -> int:
    """The unit of MPRIS."""
    return samples * 1_000_000 // SAMPLE_RATE


def _metadata(status: Status, art: str | None) -> dict[str, Value]:
    """The session is the title, and its chapter stands where players show an album."""
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
    """Without what no text of D-Bus may have."""
    return text.replace("\0", "").encode(errors="replace").decode()


# ── for programs that ask what there is ──────────────────────────────────────


def described(status: Status) -> str:
    """The interfaces, in the XML of D-Bus's introspection."""
    player = {**properties(status, None), "Position": position(status)}
    of_player = [name for name in COMMANDS if name not in OF_ROOT]
    return "\n".join(
        [
            "<node>",
            *_interface(ROOT, OF_ROOT, ABOUT),
            *_interface(
                PLAYER, of_player, player, '<signal name="Seeked"><arg type="x"/></signal>'
            ),
            "</node>",
        ]
    )


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
