"""The program of the child process: says texts with one engine's voices, and keeps the last one.

request  a line of JSON on standard input: {"task", "text", "seconds", "files", "language",
         "checksum", "prepared"} (see `Source`), and to `say` it "speed" and "speaker"; other tasks
         are `transcribe`, `unknown`, `read`
reply    a line of JSON on standard output, and then as many "bytes" of samples as it names,
         float32, little-endian, mono: {"rate", "bytes", "words"}, or {"answer"}, or
         {"error", "kind", "help"}, the kind being `usage`, `files` or `failed`
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from voiceguide.engines.neural.sessions import Model, RefusedInputError, Source


def main(engine: str, scratch: str) -> None:
    """Answer requests until standard input ends."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the replies
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = scratch
    kept = _Kept(_reader(engine))
    for line in sys.stdin.buffer:
        head, samples = answer(kept, json.loads(line))
        replies.write(json.dumps(head).encode() + b"\n" + samples)
        replies.flush()


class _Kept:
    """The last voice that was read."""

    def __init__(self, read: Callable[[Source], Model]) -> None:
        self._read = read
        self._source: Source | None = None
        self._model: Model | None = None

    def model(self, source: Source) -> Model:
        """The voice that is read from there."""
        if self._model is None or self._source != source:
            self._model = None  # its memory is wanted now
            self._model = self._read(source)
            self._source = source
        return self._model


def answer(kept: _Kept, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The reply to one request: its head and its samples."""
    limit_time(request["seconds"] + 5)  # the parent comes first, if it still lives
    try:
        try:
            model = kept.model(_source(request))
        except Exception as error:  # a broken file makes libraries fail in any way
            return _refused(error, "files"), b""
        return _reply(model, request)
    except RefusedInputError as error:
        return {"error": str(error), "kind": "usage", "help": error.help}, b""
    except Exception as error:  # a model that does not fit its library, too
        return _refused(error, "failed"), b""
    finally:
        limit_time(0)


def _source(request: dict[str, Any]) -> Source:
    files = tuple(map(Path, request["files"]))
    return Source(files, request["language"], request["checksum"], Path(request["prepared"]))


def _reply(model: Model, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    text = request["text"]
    if request["task"] == "read":
        return {"rate": 0}, b""
    if request["task"] != "say":
        ask = model.transcribe if request["task"] == "transcribe" else model.unknown
        return {"rate": 0, "answer": ask(text)}, b""
    spoken = model.say(text, request["speed"], request["speaker"])
    samples = spoken.samples.astype("<f4").tobytes()
    return {"rate": spoken.rate, "bytes": len(samples), "words": spoken.words}, samples


def _refused(error: Exception, kind: str) -> dict[str, Any]:
    said = " ".join(str(error).split()) or type(error).__name__
    return {"error": said[:300], "kind": kind, "help": ""}


def limit_time(seconds: int) -> None:
    """End this process by an alarm, should it hang with no parent left to end it; 0: no limit."""
    if sys.platform != "win32":
        signal.alarm(seconds)


def _reader(engine: str) -> Callable[[Source], Model]:
    if engine == "piper":
        from voiceguide.engines.neural.piper import PiperModel

        return PiperModel
    if engine in ("kokoro", "natural"):
        from voiceguide.engines.neural.kokoro import KokoroModel

        return KokoroModel
    from voiceguide.engines.neural.sherpa import SherpaModel

    return SherpaModel
