"""`sherpa`: voices of the VITS family that were made ready for sherpa-onnx, a folder each."""

from __future__ import annotations

from voiceguide.engines.neural import FileEngine


class SherpaEngine(FileEngine):
    """sherpa-onnx, as the package `sherpa-onnx` brings it; `NAME+NUMBER` is one of its speakers.

    Raises:
        MachineError: the package is not installed.
    """

    name = "sherpa"
    package = "sherpa-onnx"
    notation = None
