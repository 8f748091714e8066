"""The child process: speaks texts with the voices of one engine, and keeps the last one loaded.

request  a line of JSON on standard input: {"task", "text", "seconds", "files", "language",
         "checksum", "prepared"} (see `Source`), and for the task `say` also "speed" and
         "speaker"; the other tasks are `transcribe`, `unknown` and `read`
reply    a line of JSON on standard output, followed by as many "bytes" of samples as it names,
         float32, little-endian, mono: {"rate", "bytes", "words"}, or {"answer"}, or
         {"error", "kind", "help"}, where the kind is `usage`, `files` or `failed`
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
    os.dup2(2, 1)  # a library's own output must not get between the replies
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = scratch
    kept = _Kept(_reader(engine))
    for line in sys.stdin.buffer:
        head, samples = answer(kept, json.loads(line))
        replies.write(json.dumps(head).encode() + b"\n" + samples)
        replies.flush()


class _Kept:
    """The voice that was loaded last."""

    def __init__(self, read: Callable[[Source], Model]) -> None:
        self._read = read
        self._source: Source | None = None
        self._model: Model | None = None

    def model(self, source: Source) -> Model:
        """Return the voice of a source, loaded if necessary."""
        if self._model is None or self._source != source:
            self._model = None  # free its memory before the next one is loaded
            self._model = self._read(source)
            self._source = source
        return self._model


def answer(kept: _Kept, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Answer one request: return the head of the reply and the samples."""
    limit_time(request["seconds"] + 5)  # a living parent ends this process earlier
    try:
        try:
            model = kept.model(_source(request))
        except Exception as error:  # libraries fail in any way on a broken file
            return _refused(error, "files"), b""
        return _reply(model, request)
    except RefusedInputError as error:
        return {"error": str(error), "kind": "usage", "help": error.help}, b""
    except Exception as error:  # also if the model does not fit its library
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
    """Kill this process by an alarm in case it hangs and its parent is gone; 0 cancels it."""
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
