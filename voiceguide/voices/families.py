"""Recognise the model families of sherpa-onnx by the files in a voice's folder.

    VITS          a model, and `tokens.txt`
    Matcha        as VITS, and a vocoder: `hifigan….onnx` or `vocos….onnx`
    Kokoro        a model, `voices.bin`, and `tokens.txt`
    Kitten        as Kokoro, and its model contains `kitten-tts`
    Pocket TTS    `lm_flow….onnx`, `lm_main….onnx`, `encoder….onnx`, `decoder….onnx`,
                  `text_conditioner….onnx`, `vocab.json`, `token_scores.json`, and a recording of
                  the voice: one `….wav`, or several
    Supertonic    `duration_predictor….onnx`, `text_encoder….onnx`, `vector_estimator….onnx`,
                  `vocoder….onnx`, `tts.json`, `unicode_indexer.bin`, `voice.bin`

Lexicons and rules may be beside them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from voiceguide.errors import UsageError
from voiceguide.files import is_file, is_folder
from voiceguide.voices import LINES, QUALITIES, recorded_language

VOCODERS = ("hifigan", "vocos")
"""Prefixes of the names of Matcha's vocoders."""

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
"""sherpa-onnx's names for the parts of the families that read letters, each with the prefix and the
suffix of its file's name."""

_LICENCES = {
    "kokoro": "Apache-2.0",
    "kitten": "Apache-2.0",
    "pocket": "CC BY 4.0",
    "supertonic": "OpenRAIL-M",
}
"""Licences of the families with one maker, as that maker names them; VITS and Matcha have many."""

_NAMED = (
    (r"open\W?rail", "OpenRAIL-M"),
    (r"noncommercial|non-commercial", "non-commercial"),
    (r"attribution 4\.0|cc.by.4\.0", "CC BY 4.0"),
    (r"apache license", "Apache-2.0"),
    (r"mit license", "MIT"),
    (r"cc0|public domain dedication", "CC0"),
)
"""Patterns that identify a licence by the beginning of its text; the strictest first."""

_HEAD = 4_000
"""Characters of the text that are searched."""


def family_of(files: Sequence[Path]) -> str | None:
    """sherpa-onnx's name for the family of these files; None if they are of no known family.

    Raises:
        OSError: a model cannot be read.
    """
    for family, parts in PARTS.items():
        if all(part_of(files, *part) for part in parts.values()):
            return family
    names = {path.name for path in files}
    models = [path for path in files if path.suffix == ".onnx"]
    if not models or "tokens.txt" not in names or part_of(files, "encoder", ".onnx"):
        return None  # an encoder means ZipVoice, which is not supported
    if any(path.name.startswith(VOCODERS) for path in models):
        return "matcha"
    if "voices.bin" not in names:
        return "vits"
    return "kitten" if b"kitten-tts" in models[0].read_bytes() else "kokoro"


def part_of(files: Sequence[Path], start: str, end: str) -> Path | None:
    """The first file of that name: `encoder.onnx` or `encoder.int8.onnx`, not `encoders.onnx`."""
    named = re.compile(rf"{re.escape(start)}(?:[.-].*)?{re.escape(end)}")
    return next((path for path in files if named.fullmatch(path.name)), None)


def licence_of(files: Sequence[Path], family: str | None) -> str:
    """The licence that the folder's text or the family's maker names; empty if unknown."""
    text = next((path for path in files if path.stem.upper() in ("LICENSE", "LICENCE")), None)
    head = text.read_text("utf-8", "replace")[:_HEAD].lower() if text else ""
    named = (name for pattern, name in _NAMED if re.search(pattern, head))
    return next(named, _LICENCES.get(family or "", ""))


# ── voices in local files: their engine, and the description that the files contain


_FORMS = (
    "a voice is Piper's `NAME.onnx` beside its `NAME.onnx.json`, or a folder with the files of one"
    " voice: Piper's, Kokoro's (a model and `voices….bin`), sherpa-onnx's (a model and"
    " `tokens.txt`, or all parts of Pocket TTS or Supertonic) or recordings (`lines.tsv`)"
)


class LocalVoice(Struct, frozen=True):
    """A voice in local files."""

    engine: str
    name: str
    language: str
    """Language tag; empty if the files do not contain it."""
    quality: str
    files: tuple[Path, ...]
    licence: str = ""
    """Licence; empty if unknown."""


def recognised(path: Path) -> LocalVoice:
    """Recognise the voice in a file or folder; a UsageError if there is none."""
    if is_folder(path):
        return _in_folder(path)
    model = path.with_suffix("") if path.name.endswith(".onnx.json") else path
    config = model.with_name(f"{model.name}.json")
    if model.suffix != ".onnx" or not is_file(model):
        raise UsageError(f"`{path}` is not a voice", _FORMS)
    if not config.is_file():
        raise UsageError(f"`{model}` is not a voice without `{config.name}` beside it", _FORMS)
    return _piper(model, config)


def _in_folder(folder: Path) -> LocalVoice:
    files = tuple(sorted(path for path in folder.iterdir() if path.is_file()))
    models = [path for path in files if path.suffix == ".onnx"]
    configs = [path for path in files if path.name.endswith(".onnx.json")]
    if len(models) == 1 and len(configs) == 1:
        return _piper(models[0], configs[0])
    names = {path.name for path in files}
    if LINES in names:
        return LocalVoice("recorded", folder.resolve().name, recorded_language(folder), "", files)
    family = family_of(files)
    if family:
        return _sherpa(folder, files, family)
    lists = [path for path in files if path.name.startswith("voices") and path.suffix == ".bin"]
    if len(models) == 1 and len(lists) == 1:
        return LocalVoice("kokoro", models[0].stem, "en-us", "", (models[0], lists[0]))
    raise UsageError(f"`{folder}` contains no voice, or more than one", _FORMS)


def _sherpa(folder: Path, files: tuple[Path, ...], family: str) -> LocalVoice:
    """A voice of sherpa-onnx; recordings for Pocket TTS may be in a subfolder."""
    name = folder.resolve().name
    samples = sorted(folder.glob("*/*.wav")) if family == "pocket" else []
    new = {path.name: path for path in samples}
    language = _language_in(name) or ("en" if family == "pocket" else "")
    every = (*files, *(new[one] for one in new if not (folder / one).is_file()))
    return LocalVoice("sherpa", name, language, _quality_in(name), every, licence_of(files, family))


def _piper(model: Path, config: Path) -> LocalVoice:
    try:
        found: Any = json.loads(config.read_text("utf-8"))
        code = found.get("language", {}).get("code") or found["espeak"]["voice"]
        if not found["phoneme_id_map"] or not found["audio"]["sample_rate"]:
            raise ValueError("it lists no phonemes")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"`{config}` does not describe a voice of Piper: {error}", _FORMS
        ) from error
    language = str(code).lower().replace("_", "-")
    return LocalVoice("piper", model.stem, language, _quality_in(model.stem), (model, config))


def _language_in(name: str) -> str:
    """The language tag in a name: `en-gb` in `vits-piper-en_GB-alan-low`; empty if it has none."""
    found = re.search(r"(?:^|-)([a-z]{2,3})_([A-Z]{2})(?:-|$)", name)
    return "-".join(found.groups()).lower() if found else ""


def _quality_in(name: str) -> str:
    last = name.rpartition("-")[2]
    return last if last in QUALITIES else ""
