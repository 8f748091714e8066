"""The families of models that sherpa-onnx speaks with: each is known by the files in its folder.

    VITS          a model, and `tokens.txt`
    Matcha        the same, and a vocoder: `hifigan….onnx` or `vocos….onnx`
    Kokoro        a model, `voices.bin`, and `tokens.txt`
    Kitten        the same, and its model says so
    Pocket TTS    `lm_flow….onnx`, `lm_main….onnx`, `encoder….onnx`, `decoder….onnx`,
                  `text_conditioner….onnx`, `vocab.json`, `token_scores.json`, and a recording of
                  the voice: one `….wav`, or several
    Supertonic    `duration_predictor….onnx`, `text_encoder….onnx`, `vector_estimator….onnx`,
                  `vocoder….onnx`, `tts.json`, `unicode_indexer.bin`, `voice.bin`

Lexicons and rules may lie beside them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

VOCODERS = ("hifigan", "vocos")
"""What the names of Matcha's vocoders begin with."""

PARTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "pocket": {
        "lm_flow": ("lm_flow", ".onnx"),
        "lm_main": ("lm_main", ".onnx"),
        "encoder": ("encoder", ".onnx"),
        "decoder": ("decoder", ".onnx"),
        "text_conditioner": ("text_conditioner", ".onnx"),
        "vocab_json": ("vocab", ".json"),
        "token_scores_json": ("token_scores", ".json"),
    },
    "supertonic": {
        "duration_predictor": ("duration_predictor", ".onnx"),
        "text_encoder": ("text_encoder", ".onnx"),
        "vector_estimator": ("vector_estimator", ".onnx"),
        "vocoder": ("vocoder", ".onnx"),
        "tts_json": ("tts", ".json"),
        "unicode_indexer": ("unicode_indexer", ".bin"),
        "voice_style": ("voice", ".bin"),
    },
}
"""What sherpa-onnx calls the parts of the families that read letters, and how the name of each
part's file begins and ends."""

_LICENCES = {
    "kokoro": "Apache-2.0",
    "kitten": "Apache-2.0",
    "pocket": "CC BY 4.0",
    "supertonic": "OpenRAIL-M",
}
"""Those that their makers name, of the families with one maker; VITS and Matcha are anybody's."""

_NAMED = (
    (r"open\W?rail", "OpenRAIL-M"),
    (r"noncommercial|non-commercial", "non-commercial"),
    (r"attribution 4\.0|cc.by.4\.0", "CC BY 4.0"),
    (r"apache license", "Apache-2.0"),
    (r"mit license", "MIT"),
    (r"cc0|public domain dedication", "CC0"),
)
"""How the beginning of a licence's text tells which one it is; the strictest first."""

_HEAD = 4_000
"""Characters of such a text."""


def family_of(files: Sequence[Path]) -> str | None:
    """What sherpa-onnx calls the family of models that these files are of; None: of no known one.

    Raises:
        OSError: a model cannot be read.
    """
    for family, parts in PARTS.items():
        if all(part_of(files, *part) for part in parts.values()):
            return family
    names = {path.name for path in files}
    models = [path for path in files if path.suffix == ".onnx"]
    if not models or "tokens.txt" not in names or part_of(files, "encoder", ".onnx"):
        return None  # with an encoder of its own it is ZipVoice's, which is not taken
    if any(path.name.startswith(VOCODERS) for path in models):
        return "matcha"
    if "voices.bin" not in names:
        return "vits"
    return "kitten" if b"kitten-tts" in models[0].read_bytes() else "kokoro"


def part_of(files: Sequence[Path], start: str, end: str) -> Path | None:
    """The first file that is named so: `encoder.onnx`, `encoder.int8.onnx`, not `encoders.onnx`."""
    named = re.compile(rf"{re.escape(start)}(?:[.-].*)?{re.escape(end)}")
    return next((path for path in files if named.fullmatch(path.name)), None)


def licence_of(files: Sequence[Path], family: str | None) -> str:
    """The licence that the folder's own text names, or the family's makers; empty: not known."""
    text = next((path for path in files if path.stem.upper() in ("LICENSE", "LICENCE")), None)
    head = text.read_text("utf-8", "replace")[:_HEAD].lower() if text else ""
    named = (name for pattern, name in _NAMED if re.search(pattern, head))
    return next(named, _LICENCES.get(family or "", ""))
