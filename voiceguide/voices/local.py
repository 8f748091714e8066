"""Voices whose files somebody has already: which engine they are for, and what they say of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voiceguide.errors import UsageError
from voiceguide.voices.data import QUALITIES

_FORMS = (
    "a voice is Piper's `NAME.onnx` beside its `NAME.onnx.json`, or a folder with the files of one"
    " voice: Piper's, Kokoro's (a model and `voices….bin`) or sherpa-onnx's (a model and"
    " `tokens.txt`)"
)


@dataclass(frozen=True, slots=True)
class LocalVoice:
    """A voice in files that are here."""

    engine: str
    name: str
    language: str
    """Empty where the files do not say."""
    quality: str
    files: tuple[Path, ...]


def recognised(path: Path) -> LocalVoice:
    """The voice of a file or folder.

    Raises:
        UsageError: it is none.
    """
    if path.is_dir():
        return _in_folder(path)
    model = path.with_suffix("") if path.name.endswith(".onnx.json") else path
    config = model.with_name(f"{model.name}.json")
    if model.suffix != ".onnx" or not model.is_file():
        raise UsageError(f"`{path}` is no voice", _FORMS)
    if not config.is_file():
        raise UsageError(f"`{model}` is no voice without `{config.name}` beside it", _FORMS)
    return _piper(model, config)


def _in_folder(folder: Path) -> LocalVoice:
    files = tuple(sorted(path for path in folder.iterdir() if path.is_file()))
    models = [path for path in files if path.suffix == ".onnx"]
    configs = [path for path in files if path.name.endswith(".onnx.json")]
    if len(models) == 1 and len(configs) == 1:
        return _piper(models[0], configs[0])
    names = {path.name for path in files}
    if models and "tokens.txt" in names:
        name = folder.resolve().name
        return LocalVoice("sherpa", name, _language_in(name), _quality_in(name), files)
    lists = [path for path in files if path.name.startswith("voices") and path.suffix == ".bin"]
    if len(models) == 1 and len(lists) == 1:
        return LocalVoice("kokoro", models[0].stem, "en-us", "", (models[0], lists[0]))
    raise UsageError(f"`{folder}` holds no voice, or more than one", _FORMS)


def _piper(model: Path, config: Path) -> LocalVoice:
    try:
        found: Any = json.loads(config.read_text("utf-8"))
        code = found.get("language", {}).get("code") or found["espeak"]["voice"]
        if not found["phoneme_id_map"] or not found["audio"]["sample_rate"]:
            raise ValueError("it lists no phonemes")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"`{config}` describes no voice of Piper: {error}", _FORMS) from error
    language = str(code).lower().replace("_", "-")
    return LocalVoice("piper", model.stem, language, _quality_in(model.stem), (model, config))


def _language_in(name: str) -> str:
    """`vits-piper-en_GB-alan-low` speaks `en-gb`; empty where a name does not say."""
    found = re.search(r"(?:^|-)([a-z]{2,3})_([A-Z]{2})(?:-|$)", name)
    return "-".join(found.groups()).lower() if found else ""


def _quality_in(name: str) -> str:
    last = name.rpartition("-")[2]
    return last if last in QUALITIES else ""
