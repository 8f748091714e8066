"""The child process: speaks one text, or lists the voices, with pyttsx3.

It is run as a file and imports nothing of voiceguide. One process speaks only one text: in a
process that speaks several, pyttsx3 2.99 loses settings and files, or hangs.

    request  JSON on standard input: {"do": "list"}, or
             {"do": "say", "text", "voice", "rate", "out", "seconds"}
             and in both "library" and "data": espeak-ng, for a system that has none
    reply    JSON on standard output: {"driver", "library", "default", "voices"},
             {"lost"}: whether to repeat the request, or {"error"}

It exits by `os._exit`, because the libraries that pyttsx3 uses may hang or crash in their cleanup.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

SONAME = "libespeak-ng.so.1"
"""The name under which pyttsx3 loads espeak-ng on Linux."""

ENDS_AT_ONCE = {"sapi5"}
"""Drivers that have written the file when they return, and never report the end."""


def main() -> None:
    """Answer the only request."""
    sys.path.pop(0)  # this folder
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # pyttsx3 prints
    request = json.load(sys.stdin.buffer)
    try:
        reply = answer(request)
    except BaseException as error:  # the parent must be told of any error
        reply = {"error": f"{type(error).__name__}: {error}".strip(": ")}
    json.dump(reply, replies)
    replies.flush()
    os._exit(0)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return the reply to a request."""
    if sys.platform != "win32":
        signal.alarm(request.get("seconds", 60))  # in case there is no parent left to end it
    if sys.platform == "linux" and request.get("library"):
        lend_espeak(request["library"], request["data"])
    import pyttsx3

    engine = pyttsx3.init()
    return listed(engine) if request["do"] == "list" else said(engine, request)


def lend_espeak(library: str, data: str) -> None:
    """If the system has no espeak-ng, load ours, which pyttsx3 then finds under the usual name."""
    try:
        ctypes.CDLL(SONAME)
    except OSError:
        ctypes.CDLL(library)
        # the library keeps at most 159 bytes of the data's path: a dot always fits
        os.chdir(Path(data).parent)
        os.environ["ESPEAK_DATA_PATH"] = "."


def listed(engine: Any) -> dict[str, Any]:
    """Return the driver's name, and its descriptions of all voices."""
    voices = [
        {"id": str(voice.id), "name": str(voice.name or ""), "languages": tags(voice.languages)}
        for voice in engine.getProperty("voices")
    ]
    default = engine.getProperty("voice")
    return {
        "driver": str(engine),
        "library": espeak_release() if str(engine) == "espeak" else "",
        "default": str(default or ""),
        "voices": voices,
    }


def espeak_release() -> str:
    """Return the version of the espeak-ng in use, the system's or ours."""
    if sys.platform != "linux":
        return ""
    tell = ctypes.CDLL(SONAME).espeak_Info
    tell.argtypes, tell.restype = [ctypes.c_void_p], ctypes.c_char_p
    return (tell(None) or b"").decode("ascii", "replace")


def tags(languages: Any) -> list[str]:
    """Return languages as text; older drivers give bytes that start with a priority."""
    found = languages if isinstance(languages, list | tuple) else [languages]
    texts = [
        one.lstrip(bytes(range(32))).decode("ascii", "replace") if isinstance(one, bytes) else one
        for one in found
    ]
    return [text.lstrip("".join(map(chr, range(32)))) for text in texts if isinstance(text, str)]


def said(engine: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Speak a text into a file, and wait until it is written."""
    finished = threading.Event()
    errors: list[str] = []
    cut_short: list[bool] = []

    def failed(exception: object = None, **_: object) -> None:
        errors.append(f"{type(exception).__name__}: {exception}")
        finished.set()

    def done(completed: object = True, **_: object) -> None:
        cut_short.append(not completed)
        finished.set()

    engine.connect("finished-utterance", done)
    engine.connect("error", failed)
    keep_orders(engine)
    engine.setProperty("voice", request["voice"])
    engine.setProperty("rate", request["rate"])
    engine.save_to_file(request["text"], request["out"])
    engine.runAndWait()
    if str(engine) not in ENDS_AT_ONCE:
        finished.wait()  # runAndWait may return before the file exists; a time-out ends the wait
    if errors:
        return {"error": errors[0]}
    return {"lost": any(cut_short)}


def keep_orders(engine: Any) -> None:
    """Keep espeak's driver from cancelling its own commands.

    It sends commands to a thread of the library and then, before the text, cancels whatever that
    thread is doing: on a busy machine that can be the rate, and one text in forty is spoken at
    another.
    """
    driver = getattr(getattr(engine, "proxy", None), "_driver", None)
    if str(engine) == "espeak" and driver is not None:
        driver.stop = lambda: None


if __name__ == "__main__":
    main()
