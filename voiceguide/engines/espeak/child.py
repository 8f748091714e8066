"""The child process: speaks texts with espeak-ng, each with a freshly loaded library.

It is run as a file, by `python -I -S child.py LIBRARY DATA`, and imports nothing of voiceguide. A
crash of the library ends only this process.

    request  a line of JSON on standard input:
             {"text", "voice", "rate", "gap", "pitch", "range", "phonemes", "seconds"}, or
             {"text", "voice", "transcribe", "seconds"} for the phonemes instead of the samples
    reply    a line of JSON on standard output: {"rate", "bytes", "last"} or {"error", "last"},
             followed by that many bytes of samples, 16 bit, little-endian, mono

With one loaded library, the same text varies by some milliseconds depending on earlier texts, so
each utterance loads it anew. If the system does not unload a library (musl does not), the reply
has `last`, this process ends, and the parent starts another one.
"""

from __future__ import annotations

import _ctypes
import ctypes
import json
import os
import signal
import sys

TYPE_CHECKING = False  # importing `typing` and `pathlib` takes a third of the start-up time
if TYPE_CHECKING:
    from typing import Any

SYNCHRONOUS = 2
"""espeak-ng's `AUDIO_OUTPUT_SYNCHRONOUS`: a callback gets the samples before the call returns."""

DONT_EXIT = 0x8000
"""`espeakINITIALIZE_DONT_EXIT`: a missing data folder gives an error code and does not exit."""

UTF8, PHONEMES = 0x1, 0x100
"""`espeakCHARS_UTF8`, and `espeakPHONEMES`: read text in [[ ]] as phonemes."""

PARAMETERS = {"rate": 1, "pitch": 3, "range": 4, "gap": 7}
"""espeak-ng's numbers for `espeakRATE`, `espeakPITCH`, `espeakRANGE` and `espeakWORDGAP`."""

Receive = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def main() -> None:
    """Answer requests until standard input ends."""
    library, data = sys.argv[1:]
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # the library's own output must not get between the replies
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
    """Answer one request: return the head of the reply and the samples."""
    limit_time(request["seconds"])
    try:
        rate, samples = say(library, request)
    except (OSError, RuntimeError) as error:
        return {"error": str(error)}, b""
    finally:
        limit_time(0)
    return {"rate": rate, "bytes": len(samples)}, samples


def limit_time(seconds: int) -> None:
    """Kill this process by an alarm in case it hangs and its parent is gone; 0 cancels it."""
    if sys.platform != "win32":
        signal.alarm(seconds)


def say(library: str, request: dict[str, Any]) -> tuple[int, bytes]:
    """Speak or transcribe with a freshly loaded library; return the rate in Hz and the data."""
    image = ctypes.CDLL(library)  # not RTLD_GLOBAL, which crashes other speech libraries
    try:
        rate = initialise(image)
        work = transcribe if request.get("transcribe") else synthesise
        samples = work(image, request)
        image.espeak_Terminate()
        return rate, samples
    finally:
        unload(image)


def initialise(image: ctypes.CDLL) -> int:
    """Initialise the library with the data in the current folder; return the rate in Hz."""
    image.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
    rate: int = image.espeak_Initialize(SYNCHRONOUS, 0, b".", DONT_EXIT)
    if rate <= 0:
        raise RuntimeError("the data of espeak-ng cannot be read")
    return rate


def set_voice(image: ctypes.CDLL, voice: str) -> None:
    """Load a voice."""
    if not set_by_file(image, voice) and image.espeak_SetVoiceByName(voice.encode()):
        raise RuntimeError("espeak-ng cannot load the voice " + voice)


def set_by_file(image: ctypes.CDLL, voice: str) -> bool:
    """Load a voice whose name has capitals, such as `gmw/en-US`; return whether it was loaded.

    The library looks for a file with the name in lower case. If that is another name, it reads all
    voices for each text to find the right one. So it gets the contents of the file in memory, under
    a path without capitals, where the system supports that.
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
    """Return the phonemes of a text, a line per clause, as mnemonics in UTF-8."""
    set_voice(image, request["voice"])
    of_clause = image.espeak_TextToPhonemes
    of_clause.restype = ctypes.c_char_p
    of_clause.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    rest = ctypes.c_char_p(request["text"].encode())
    clauses = []
    while rest.value:  # the library advances it, and sets it to null at the end
        clauses.append(of_clause(ctypes.byref(rest), UTF8, 0) or b"")
    return b"\n".join(clauses)


def synthesise(image: ctypes.CDLL, request: dict[str, Any]) -> bytes:
    """Return the samples of a text."""
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
    """Synthesise a text; the library returns when all of it has been spoken."""
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
    """Unload the library."""
    if sys.platform == "win32":
        _ctypes.FreeLibrary(image._handle)
    else:
        _ctypes.dlclose(image._handle)


def is_loaded(library: str) -> bool:
    """Whether the library is still loaded."""
    if sys.platform == "win32":
        return False  # Windows unloads a library with its last handle
    try:
        _ctypes.dlclose(_ctypes.dlopen(library, os.RTLD_NOLOAD | os.RTLD_NOW))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
