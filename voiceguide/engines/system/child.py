"""The program of the child process: one text, or the list of voices, with pyttsx3.

It is run as a file and knows nothing of voiceguide. One process says one text: in one that says
several, pyttsx3 2.99 loses settings and files, or hangs.

    request  JSON on standard input: {"do": "list"}, or
             {"do": "say", "text", "voice", "rate", "out", "seconds"}
             and in both "library" and "data": espeak-ng, for where the system has none
    reply    JSON on standard output: {"driver", "library", "default", "voices"},
             {"lost"}: whether it has to be asked again, or {"error"}

It leaves by `os._exit`, for the libraries that pyttsx3 uses may hang or crash when they are cleared
away.
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
"""By this name pyttsx3 asks for espeak-ng on Linux."""

ENDS_AT_ONCE = {"sapi5"}
"""Drivers that have written the file when they return, and never say that they have finished."""


def main() -> None:
    """Answer the one request."""
    sys.path.pop(0)  # this folder
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # pyttsx3 prints
    request = json.load(sys.stdin.buffer)
    try:
        reply = answer(request)
    except BaseException as error:  # whatever it is, the parent is to hear of it
        reply = {"error": f"{type(error).__name__}: {error}".strip(": ")}
    json.dump(reply, replies)
    replies.flush()
    os._exit(0)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The reply to a request."""
    if sys.platform != "win32":
        signal.alarm(request.get("seconds", 60))  # should no parent be left to end it
    if sys.platform == "linux" and request.get("library"):
        lend_espeak(request["library"], request["data"])
    import pyttsx3

    engine = pyttsx3.init()
    return listed(engine) if request["do"] == "list" else said(engine, request)


def lend_espeak(library: str, data: str) -> None:
    """Where the system has no espeak-ng, load ours: pyttsx3 then finds it under its name."""
    try:
        ctypes.CDLL(SONAME)
    except OSError:
        ctypes.CDLL(library)
        # the library keeps at most 159 bytes of the data's path: a dot always fits
        os.chdir(Path(data).parent)
        os.environ["ESPEAK_DATA_PATH"] = "."


def listed(engine: Any) -> dict[str, Any]:
    """The driver, and all voices as it describes them."""
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
    """Which espeak-ng speaks, the system's or ours."""
    if sys.platform != "linux":
        return ""
    tell = ctypes.CDLL(SONAME).espeak_Info
    tell.argtypes, tell.restype = [ctypes.c_void_p], ctypes.c_char_p
    return (tell(None) or b"").decode("ascii", "replace")


def tags(languages: Any) -> list[str]:
    """Languages as text; older drivers give bytes, the first of which is a priority."""
    found = languages if isinstance(languages, list | tuple) else [languages]
    texts = [
        one.lstrip(bytes(range(32))).decode("ascii", "replace") if isinstance(one, bytes) else one
        for one in found
    ]
    return [text.lstrip("".join(map(chr, range(32)))) for text in texts if isinstance(text, str)]


def said(engine: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Say a text into a file, and wait until it is written."""
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
        finished.wait()  # it may return before there is a file; who waits too long is ended
    if errors:
        return {"error": errors[0]}
    return {"lost": any(cut_short)}


def keep_orders(engine: Any) -> None:
    """Let espeak's driver cancel nothing.

    It gives its orders to a thread of the library, and then, before the text, cancels whatever that
    thread is at: on a busy machine the rate is among it, and one text in forty is said at another.
    """
    driver = getattr(getattr(engine, "proxy", None), "_driver", None)
    if str(engine) == "espeak" and driver is not None:
        driver.stop = lambda: None


if __name__ == "__main__":
    main()
