"""The program of the child process: says texts with espeak-ng, each from a fresh library image.

It is run as a file, by `python -I -S child.py LIBRARY DATA`, and knows nothing of voiceguide. A
crash of the library ends this process and no other.

    request  a line of JSON on standard input:
             {"text", "voice", "rate", "gap", "pitch", "range", "phonemes", "seconds"}, or
             {"text", "voice", "transcribe", "seconds"}, to be told the phonemes and not the samples
    reply    a line of JSON on standard output: {"rate", "bytes", "last"} or {"error", "last"},
             and then that many bytes of samples, 16 bit, little-endian, mono

Within one library image, the same text varies by some milliseconds with what was said before; each
utterance therefore has an image of its own. Where the system keeps a library loaded (musl does),
the reply says `last`, this process ends, and the parent starts another one.
"""

from __future__ import annotations

import _ctypes
import ctypes
import json
import os
import signal
import sys

TYPE_CHECKING = False  # `typing` and `pathlib` are a third of what it takes to start
if TYPE_CHECKING:
    from typing import Any

SYNCHRONOUS = 2
"""espeak-ng's `AUDIO_OUTPUT_SYNCHRONOUS`: samples come by a callback, before the call returns."""

DONT_EXIT = 0x8000
"""`espeakINITIALIZE_DONT_EXIT`: a missing data folder is an error code, not the process's end."""

UTF8, PHONEMES = 0x1, 0x100
"""`espeakCHARS_UTF8`, and `espeakPHONEMES`: read what stands in [[ ]] as phonemes."""

PARAMETERS = {"rate": 1, "pitch": 3, "range": 4, "gap": 7}
"""espeak-ng's numbers for `espeakRATE`, `espeakPITCH`, `espeakRANGE` and `espeakWORDGAP`."""

Receive = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def main() -> None:
    """Answer requests until standard input ends."""
    library, data = sys.argv[1:]
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the library prints must not get between the replies
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # the library keeps at most 159 bytes of the data's path: a dot always fits
    os.chdir(os.path.dirname(data))  # noqa: PTH120 (without pathlib)
    for line in sys.stdin.buffer:
        head, samples = answer(library, json.loads(line))
        head["last"] = is_loaded(library)
        replies.write(json.dumps(head).encode() + b"\n" + samples)
        replies.flush()
        if head["last"]:
            break


def answer(library: str, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The reply to one request: its head and its samples."""
    limit_time(request["seconds"])
    try:
        rate, samples = say(library, request)
    except (OSError, RuntimeError) as error:
        return {"error": str(error)}, b""
    finally:
        limit_time(0)
    return {"rate": rate, "bytes": len(samples)}, samples


def limit_time(seconds: int) -> None:
    """End this process by an alarm, should it hang with no parent left to end it; 0: no limit."""
    if sys.platform != "win32":
        signal.alarm(seconds)


def say(library: str, request: dict[str, Any]) -> tuple[int, bytes]:
    """Say a text from a fresh image of the library: the rate in Hz and the samples."""
    image = ctypes.CDLL(library)  # locally: loaded globally, it crashes other speech libraries
    try:
        rate = initialise(image)
        work = transcribe if request.get("transcribe") else synthesise
        samples = work(image, request)
        image.espeak_Terminate()
        return rate, samples
    finally:
        unload(image)


def initialise(image: ctypes.CDLL) -> int:
    """Start the library with the data in this folder; the rate in Hz."""
    image.espeak_Initialize.argtypes = [
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
    ]
    rate: int = image.espeak_Initialize(SYNCHRONOUS, 0, b".", DONT_EXIT)
    if rate <= 0:
        raise RuntimeError("the data of espeak-ng cannot be read")
    return rate


def set_voice(image: ctypes.CDLL, voice: str) -> None:
    """Load a voice."""
    if not set_by_file(image, voice) and image.espeak_SetVoiceByName(voice.encode()):
        raise RuntimeError("espeak-ng cannot load the voice " + voice)


def set_by_file(image: ctypes.CDLL, voice: str) -> bool:
    """Load a voice whose name has capitals, such as `gmw/en-US`; whether that was done.

    The library looks for the file of such a name in small letters. Where that is another name, it
    reads all voices to find the one, for each text. So it is handed the file's contents, in memory,
    where they have a path without capitals.
    """
    name, plus, variant = voice.partition("+")
    if name == name.lower() or not hasattr(os, "memfd_create"):
        return False
    try:
        with open(f"espeak-ng-data/lang/{name}", "rb") as file:  # noqa: PTH123 (without pathlib)
            contents = file.read()
        memory = os.memfd_create("voice")
    except OSError:
        return False
    try:
        os.write(memory, contents)
        path = f"/proc/self/fd/{memory}{plus}{variant}"
        return not image.espeak_SetVoiceByFile(path.encode())
    finally:
        os.close(memory)


def transcribe(image: ctypes.CDLL, request: dict[str, Any]) -> bytes:
    """The phonemes of a text, clause by clause, as mnemonics in UTF-8."""
    set_voice(image, request["voice"])
    of_clause = image.espeak_TextToPhonemes
    of_clause.restype = ctypes.c_char_p
    of_clause.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    rest = ctypes.c_char_p(request["text"].encode())
    clauses = []
    while rest.value:  # the library moves it on, and makes it null at the end
        clauses.append(of_clause(ctypes.byref(rest), UTF8, 0) or b"")
    return b"\n".join(clauses)


def synthesise(image: ctypes.CDLL, request: dict[str, Any]) -> bytes:
    """The samples of a text."""
    samples = bytearray()

    def receive(wave: Any, count: int, _events: Any) -> int:
        if wave and count > 0:
            samples.extend(ctypes.string_at(wave, 2 * count))
        return 0

    callback = Receive(receive)
    image.espeak_SetSynthCallback.argtypes = [Receive]
    image.espeak_SetSynthCallback(callback)
    set_voice(image, request["voice"])
    for name, number in PARAMETERS.items():
        image.espeak_SetParameter(number, request[name], 0)
    run(image, request["text"].encode(), UTF8 | (PHONEMES if request["phonemes"] else 0))
    return bytes(samples)


def run(image: ctypes.CDLL, text: bytes, flags: int) -> None:
    """Hand the text over; the library returns when all of it has been said."""
    synth = image.espeak_Synth
    synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    code = synth(text, len(text) + 1, 0, 1, 0, flags, None, None)
    if code:
        raise RuntimeError(f"espeak-ng failed with code {code}")


def unload(image: ctypes.CDLL) -> None:
    """Let go of the library image."""
    if sys.platform == "win32":
        _ctypes.FreeLibrary(image._handle)
    else:
        _ctypes.dlclose(image._handle)


def is_loaded(library: str) -> bool:
    """Whether the system still holds an image of the library."""
    if sys.platform == "win32":
        return False  # a library is unloaded with its last handle
    try:
        _ctypes.dlclose(_ctypes.dlopen(library, os.RTLD_NOLOAD | os.RTLD_NOW))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
