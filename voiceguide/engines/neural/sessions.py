"""The base of the models: sessions of onnxruntime, and the protocol of a loaded voice.

A model is prepared once: its parts are joined and checked, its random nodes are replaced, and the
result is written in onnxruntime's own format. That format is opened by a memory map: for Kokoro in
0.2 s of CPU instead of 0.7, with 70 MB less private memory per process; the rest is shared between
processes. The sound is bit-identical. Threads, arena, memory patterns and levels of optimisation
were tried as well: nothing made speaking cheaper, and a second thread costs two fifths more.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from voiceguide.patterns import late

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from voiceguide.audio.clip import Samples

_MAPPED = (
    "session.use_memory_mapped_ort_model",
    "session.use_ort_model_bytes_directly",
    "session.use_ort_model_bytes_for_initializers",
)
"""Options of onnxruntime that leave a model in its file instead of copying it."""


def open_session(prepared: Path, make: Callable[[], bytes]) -> InferenceSession:
    """Open the prepared model at a path; if there is none, make the model, prepare it and keep it.

    `make` returns a model in ONNX format.
    """
    if prepared.is_file():
        try:
            return _session(str(prepared), dict.fromkeys(_MAPPED, "1"))
        except Exception:  # damaged, or of another onnxruntime; its errors have no common class
            prepared.unlink(missing_ok=True)
    return _prepared(prepared, make())


def _prepared(path: Path, model: bytes) -> InferenceSession:
    """Open a session and write the prepared model, if possible; remove older versions of it."""
    draft = path.with_name(f"{path.name}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        session = _session(model, {"session.save_model_format": "ORT"}, str(draft))
        for old in path.parent.glob(f"{path.name.rpartition('-')[0]}-{'?' * 12}.ort"):
            old.unlink()
        draft.replace(path)
    except Exception:  # a full disk, a read-only folder: onnxruntime has its own error classes
        with suppress(OSError):
            draft.unlink()
        return _session(model, {})
    return session


def _session(model: str | bytes, config: dict[str, str], save_as: str = "") -> InferenceSession:
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # the next level would depend on the processor that prepares the model
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = save_as
    for key, value in config.items():
        options.add_session_config_entry(key, value)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


# ── noise instead of random numbers ──────────────────────────────────────────


_NOISE = 1 << 18
"""Samples of noise in a model: in Piper's voices it repeats after 15 seconds, inaudibly."""

_CHANCE = ("RandomNormalLike", "RandomUniformLike")
"""The random nodes in the known models; their default ranges are assumed."""

_SEED = 1
_APART = 99_991
"""Samples between the starts of two noises in a model."""


def fix_noise(model: Any) -> None:
    """Replace the random nodes of a model (`onnx.ModelProto`) by constant noise of our own.

    onnxruntime's generators are seeded once per session and continue from text to text, so that
    repeating a text exactly would need a new session. With its noise in the model, one session can
    speak all texts, and the sound is the same on every platform.
    """
    import numpy as np
    from onnx import numpy_helper

    graph = model.graph
    drawn = [node for node in graph.node if node.op_type in _CHANCE]
    if not drawn:
        return
    chance = np.random.default_rng(_SEED)
    constants: dict[str, Any] = {
        "RandomNormalLike": chance.standard_normal(_NOISE, np.float32),
        "RandomUniformLike": chance.random(_NOISE, np.float32),
        "one": np.int64(1),
        "size": np.int64(_NOISE),
        **{f"start{number}": np.int64(number * _APART) for number in range(len(drawn))},
    }
    nodes = [
        made
        for node in graph.node
        for made in (_noise_nodes(node, drawn.index(node)) if node in drawn else [node])
    ]
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(
        numpy_helper.from_array(np.asarray(value), f"noise/{name}")
        for name, value in constants.items()
    )


def _noise_nodes(node: Any, number: int) -> list[Any]:
    """Return nodes that take as many constant samples as the node's input has, in its shape."""
    from onnx import helper

    def made(kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> Any:
        return helper.make_node(kind, inputs, [output], **attributes)

    own = f"noise/{number}"
    return [
        made("Shape", [node.input[0]], f"{own}/shape"),
        made("ReduceProd", [f"{own}/shape"], f"{own}/count", keepdims=0),
        made("Add", [f"noise/start{number}", f"{own}/count"], f"{own}/stop"),
        made("Range", [f"noise/start{number}", f"{own}/stop", "noise/one"], f"{own}/run"),
        made("Mod", [f"{own}/run", "noise/size"], f"{own}/places"),
        made("Gather", [f"noise/{node.op_type}", f"{own}/places"], f"{own}/row"),
        made("Reshape", [f"{own}/row", f"{own}/shape"], node.output[0]),
    ]


# ── the interface of a model, used only in the child process ─────────────────


Span = tuple[int, int]

RAW = late(r"\[\[(.*?)\]\]")
"""Phonemes within a text."""

_SOUNDLESS = frozenset(" ^$_.,;:!?…—–-\"'“”«»()¿¡\u200d")
"""Signs among phonemes that have no sound: blanks, punctuation, and Piper's marks for the
beginning, the end and the padding between phonemes."""


class RefusedInputError(ValueError):
    """The request cannot be fulfilled, and a retry would not help."""

    def __init__(self, reason: str, help: str) -> None:  # noqa: A002  (the word users see)
        super().__init__(reason)
        self.help = help


class Spoken(Struct, frozen=True, eq=False):
    """A spoken text."""

    samples: Samples
    """Mono, shape (n,), float32."""
    rate: int
    """Hz."""
    words: tuple[Span, ...] | None
    """As in `voiceguide.engines.Utterance`."""


class Source(Struct, frozen=True):
    """The files from which the child process loads a voice."""

    files: tuple[Path, ...]
    language: str
    checksum: str
    """The SHA-256 of its model in hexadecimal digits, parts joined; empty if it is unknown."""
    prepared: Path
    """The path of the model in onnxruntime's own format, which exists once it is prepared."""

    def file(self, *endings: str) -> Path:
        """Return the first file whose name has one of the endings."""
        return next(path for path in self.files if path.name.endswith(endings))

    def model(self) -> bytes:
        """Read the model, its parts joined; raise a ValueError if its checksum is wrong."""
        parts = [path for path in self.files if path.name.endswith((".onnx", "part.bin"))]
        data = b"".join(path.read_bytes() for path in parts)
        if self.checksum and hashlib.sha256(data).hexdigest() != self.checksum:
            raise ValueError("their checksum is another one")
        return data


class Model(Protocol):
    """A loaded voice, ready to speak."""

    def say(self, text: str, speed: float, speaker: str | None) -> Spoken:
        """Speak a text; `speed` is relative to the natural speed.

        Raise a RefusedInputError if there is no such speaker or phoneme.
        """

    def transcribe(self, text: str) -> str:
        """Return the phonemes of plain words."""

    def unknown(self, phonemes: str) -> str | None:
        """Return the first unknown phoneme, with the rest of its word; None if all are known."""


def word_spans(sounds: Iterable[tuple[str, int, int]]) -> list[Span]:
    """Return the spans of words, from phonemes with their first and the next sample."""
    spans: list[Span] = []
    current: Span | None = None
    for phoneme, start, end in sounds:
        if phoneme.isspace():
            spans += [current] if current else []
            current = None
        elif phoneme not in _SOUNDLESS:
            current = (current[0] if current else start, end)
    return spans + ([current] if current else [])


def one_each(spans: Sequence[Span], text: str) -> tuple[Span, ...] | None:
    """Return the spans if each word has one; None if words run together and share a span."""
    words = [piece for piece in text.split() if any(map(str.isalnum, piece))]
    return tuple(spans) if len(spans) == len(words) else None


def has_sound(phonemes: Iterable[str]) -> bool:
    """Whether there is any sound, not only pauses."""
    return any(phoneme not in _SOUNDLESS for phoneme in phonemes)


def check_phonemes(written: Iterable[str], known: Iterable[str]) -> None:
    """Raise a RefusedInputError if a text has phonemes in brackets that a voice does not know."""
    for phonemes in written:
        unknown = first_unknown(phonemes, known)
        if unknown is not None:
            raise RefusedInputError(
                f"the voice knows no phoneme at the start of `{unknown}`",
                "the phonemes between `[[` and `]]` are those of the IPA: `[[ˈsoʊæs]]`",
            )


def first_unknown(phonemes: str, known: Iterable[str]) -> str | None:
    """Return the first unknown sign, with the rest of its word; None if all are known."""
    signs = set(known)
    for at, sign in enumerate(phonemes):
        if sign not in signs and not sign.isspace():
            return phonemes[at:].split(maxsplit=1)[0]
    return None
