"""The message buses of a Linux desktop: D-Bus, by jeepney. Nobody has to have one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SESSION, SYSTEM = "SESSION", "SYSTEM"
"""The bus of one user's programs, and that of the machine's services."""

PATIENCE = 2.0
"""Seconds that a service has for an answer."""

_SESSION_ADDRESS = "DBUS_SESSION_BUS_ADDRESS"


class NoBusError(Exception):
    """There is no bus here, or nobody on it does what was asked for."""


def open_bus(which: str, *, files: bool = False) -> Any:
    """A connection to a bus; with `files`, services can hand over open files.

    Raises:
        NoBusError: there is none.
    """
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
    """What jeepney opens: a bus by name, or the socket where a desktop has it."""
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
    """Call a method of a service, and give what it returns.

    Where no interface is named, it is called as the service is.

    Raises:
        NoBusError: the service is not there, refuses, or does not answer.
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
