"""What the models have in common: sessions of onnxruntime, and what a model is and says.

A model is prepared once: its parts joined and checked, what it draws by chance replaced, and all
of it written in onnxruntime's own form. That form opens by a memory map: for Kokoro in 0.2 s of
CPU in place of 0.7, with 70 MB fewer of each process's own, and two processes share the rest. The
sound is the same to the bit. Threads, arena, memory patterns and levels of optimisation were tried
as well: nothing made speaking cheaper, and a second thread costs two fifths more.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from voiceguide.audio import Samples

_MAPPED = (
    "session.use_memory_mapped_ort_model",
    "session.use_ort_model_bytes_directly",
    "session.use_ort_model_bytes_for_initializers",
)
"""Options of onnxruntime that leave a model in the file that it is read from."""


def open_session(prepared: Path, make: Callable[[], bytes]) -> InferenceSession:
    """A session of the model that is prepared there, or else of the one that is made, and kept.

    `make` gives a model in the form of ONNX.
    """
    if prepared.is_file():
        try:
            return _session(str(prepared), dict.fromkeys(_MAPPED, "1"))
        except Exception:  # damaged, or of another onnxruntime: what it raises has no common class
            prepared.unlink(missing_ok=True)
    return _prepared(prepared, make())


def _prepared(path: Path, model: bytes) -> InferenceSession:
    """The session, written down on the way where that can be done; older versions go."""
    draft = path.with_name(f"{path.name}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        session = _session(model, {"session.save_model_format": "ORT"}, str(draft))
        for old in path.parent.glob(f"{path.name.rpartition('-')[0]}-{'?' * 12}.ort"):
            old.unlink()
        draft.replace(path)
    except Exception:  # a full disk, a folder that may not be written: onnxruntime has own kinds
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
    # one level more would depend on the processor that prepares it
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = save_as
    for key, value in config.items():
        options.add_session_config_entry(key, value)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


# ── chance ───────────────────────────────────────────────────────────────────


_NOISE = 1 << 18
"""Samples of noise in a model: Piper's voices repeat it after 15 seconds, which nobody hears."""

_CHANCE = ("RandomNormalLike", "RandomUniformLike")
"""What draws by chance in the models that are known; their usual bounds are taken."""

_SEED = 1
_APART = 99_991
"""Samples between the beginnings of two noises in a model."""


def fix_noise(model: Any) -> None:
    """Put noise of our own into a model (`onnx.ModelProto`), in the place of what it draws.

    onnxruntime's generators are seeded with a session and run on from text to text, so that one
    text would need a session of its own to sound the same again. With its noise in the model, one
    session serves all, and the sound is the same on every platform.
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
    """As many samples as the node's input has, out of the constant ones, in its shape."""
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


# ── what a model says, and where its words are; known in the child process alone


Span = tuple[int, int]

_SOUNDLESS = frozenset(" ^$_.,;:!?…—–-\"'“”«»()¿¡\u200d")
"""What stands among phonemes and is no sound: blanks, punctuation, and Piper's marks for the
beginning, the end and what is between."""


class RefusedInputError(ValueError):
    """What was asked for cannot be said, whoever is asked."""

    def __init__(self, reason: str, help: str) -> None:  # noqa: A002  (the word users see)
        super().__init__(reason)
        self.help = help


class Spoken(Struct, frozen=True, eq=False):
    """A text as samples."""

    samples: Samples
    """Mono, shape (n,), float32."""
    rate: int
    """Hz."""
    words: tuple[Span, ...] | None
    """As `voiceguide.engines.Utterance` has them."""


class Source(Struct, frozen=True):
    """What a voice is read from, in the child process."""

    files: tuple[Path, ...]
    language: str
    checksum: str
    """The SHA-256 of its model in hexadecimal digits, parts joined; empty where nobody knows."""
    prepared: Path
    """The model in onnxruntime's own form, once it has been prepared."""

    def file(self, *endings: str) -> Path:
        """The first file whose name ends so."""
        return next(path for path in self.files if path.name.endswith(endings))

    def model(self) -> bytes:
        """The model, its parts joined.

        Raises:
            ValueError: it is not what it should be.
        """
        parts = [path for path in self.files if path.name.endswith((".onnx", "part.bin"))]
        data = b"".join(path.read_bytes() for path in parts)
        if self.checksum and hashlib.sha256(data).hexdigest() != self.checksum:
            raise ValueError("their checksum is another one")
        return data


class Model(Protocol):
    """A voice that has been read, ready to speak."""

    def say(self, text: str, speed: float, speaker: str | None) -> Spoken:
        """Say a text, so many times as quick as by itself.

        Raises:
            RefusedInputError: there is no such speaker or phoneme.
        """

    def transcribe(self, text: str) -> str:
        """The phonemes of plain words."""

    def unknown(self, phonemes: str) -> str | None:
        """The first phoneme, to the end of its word, that the voice does not have."""


def word_spans(sounds: Iterable[tuple[str, int, int]]) -> list[Span]:
    """The spans of words, from phonemes with the samples where each begins and ends."""
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
    """The spans, if there are as many as words in the text: some are said in one breath as one."""
    words = [piece for piece in text.split() if any(map(str.isalnum, piece))]
    return tuple(spans) if len(spans) == len(words) else None


def has_sound(phonemes: Iterable[str]) -> bool:
    """Whether there is more to say than pauses."""
    return any(phoneme not in _SOUNDLESS for phoneme in phonemes)


def first_unknown(phonemes: str, known: Iterable[str]) -> str | None:
    """The first sign that is not known, to the end of its word."""
    signs = set(known)
    for at, sign in enumerate(phonemes):
        if sign not in signs and not sign.isspace():
            return phonemes[at:].split(maxsplit=1)[0]
    return None
