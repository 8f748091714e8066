"""Sessions of onnxruntime that give the same samples for the same words.

Most voices add noise, from generators that are seeded when a session is made and run on from one
text to the next: the third text sounds different when the second is left out. A model with such
generators therefore gets a fresh session for every text, seeded alike; one without keeps its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_SEED = 1

_CHANCE = (b"RandomNormal", b"RandomUniform", b"Multinomial", b"Bernoulli")
"""Operators of ONNX with a generator of their own, `…Like` among them, as a model's file names
them."""


class Sessions:
    """Sessions of one model, given by its path or its bytes."""

    def __init__(self, model: str | bytes) -> None:
        self._model = model
        data = model if isinstance(model, bytes) else Path(model).read_bytes()
        self._by_chance = any(name in data for name in _CHANCE)
        self._kept = _session(model)
        self._fresh = True

    def next(self) -> InferenceSession:
        """The session for the next text."""
        if self._by_chance and not self._fresh:
            self._kept = _session(self._model)
        self._fresh = False
        return self._kept


def _session(model: str | bytes) -> InferenceSession:
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    onnxruntime.set_seed(_SEED)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
