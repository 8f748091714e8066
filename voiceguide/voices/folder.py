"""Where installed voices live: a folder for each, with a list of its files.

    FOLDER/piper/en_US-lessac-medium/en_US-lessac-medium.onnx
                                     en_US-lessac-medium.onnx.json
                                     voice.json     what is known of it, and the names of its files
    FOLDER/fetching/…                               what is on its way, of no use yet
    FOLDER/catalogue.json                           a newer catalogue than the package's

A folder counts as a voice once its `voice.json` names files that are all there.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from msgspec import Struct

from voiceguide.errors import MachineError, UsageError, did_you_mean
from voiceguide.files import is_file, is_folder, told
from voiceguide.voices.data import QUALITIES, InstalledVoice
from voiceguide.voices.families import family_of, licence_of
from voiceguide.voices.packages import packaged_voices

# ── where installed voices live: a folder for each, with a list of its files ─


ENGINES = ("kokoro", "natural", "piper", "recorded", "sherpa")
"""The engines whose voices are installed one by one."""

MANIFEST = "voice.json"

FETCHING = "fetching"

PREPARED = "prepared"
"""The folder of models that engines have made ready for themselves; each may be made again."""


def voices_folder() -> Path:
    """The user's own: VOICEGUIDE_VOICES, or a folder where the system keeps a user's data."""
    wanted = os.environ.get("VOICEGUIDE_VOICES")
    if wanted:
        return Path(wanted).expanduser().absolute()
    import platformdirs

    return platformdirs.user_data_path("voiceguide", appauthor=False) / "voices"


def installed(engine: str | None = None) -> tuple[InstalledVoice, ...]:
    """The voices that are here, of one engine or of all; of a language the best one first."""
    names = (engine,) if engine else ENGINES
    return tuple(voice for name in names for voice in sorted(_of_engine(name), key=_rank))


def find_installed(name: str, engine: str | None = None) -> InstalledVoice | None:
    """The voice of that name, capitals or not, if it is here."""
    return next((v for v in installed(engine) if v.name.lower() == name.lower()), None)


def remove(voice: InstalledVoice) -> None:
    """Remove a voice's files, and its folder where nothing else is in it.

    Raises:
        UsageError: it is a package's.
        MachineError: they cannot be removed.
    """
    if voice.package:
        raise UsageError(
            f"`{voice.name}` was brought by pip", f"`pip uninstall {voice.package}` removes it"
        )
    with told(voice.folder):
        for prepared in (voices_folder() / PREPARED).glob(
            f"{voice.engine}-{voice.name}-{'?' * 12}.ort"
        ):
            prepared.unlink(missing_ok=True)
        # the list goes first: half a voice is none
        for name in (MANIFEST, *voice.files):
            (voice.folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # something of the user's own is in it
            voice.folder.rmdir()


def settle(draft: Path, voice: InstalledVoice) -> None:
    """Write the list of a draft's files, and move the draft in one step to where the voice lives.

    An older copy of the same voice is replaced.

    Raises:
        MachineError: the machine refuses.
    """
    with told(voice.folder):
        (draft / MANIFEST).write_text(json.dumps(_as_dict(voice), indent=1) + "\n", "utf-8")
        voice.folder.parent.mkdir(parents=True, exist_ok=True)
        old = find_installed(voice.name, voice.engine)
        if old is not None and not old.package:
            remove(old)
        if voice.folder.exists():  # it holds something of the user's own
            for path in list(draft.iterdir()):
                path.replace(voice.folder / path.name)
            draft.rmdir()
        else:
            draft.replace(voice.folder)


def check_name(name: str) -> str:
    """The name, if it can be that of a folder and a file here.

    Raises:
        UsageError: it cannot.
    """
    if not name or name.startswith(".") or not all(c.isalnum() or c in "_-." for c in name):
        raise UsageError(
            f"`{name}` is not a name for a voice",
            "name it with letters, digits, `-`, `_` and `.`, as in `en_US-lessac-medium`",
        )
    return name


def installed_voice(name: str, engine: str | None = None) -> InstalledVoice:
    """The installed voice of that name.

    Raises:
        UsageError: it is not here; the nearest one is suggested.
    """
    voice = find_installed(name, engine)
    if voice is None:
        known = [voice.name for voice in installed(engine)]
        way_out = did_you_mean(name, known) or "`voiceguide voices` lists what can be installed"
        raise UsageError(f"the voice `{name}` is not installed", way_out)
    return voice


def _rank(voice: InstalledVoice) -> tuple[str, int, str]:
    quality = QUALITIES.index(voice.quality) if voice.quality in QUALITIES else len(QUALITIES)
    return voice.language, quality, voice.name


def _of_engine(engine: str) -> Iterator[InstalledVoice]:
    own = {voice.name: voice for voice in _in_folder_of(engine)}
    yield from own.values()
    yield from (
        voice for voice in packaged_voices() if voice.engine == engine and voice.name not in own
    )


def _in_folder_of(engine: str) -> Iterator[InstalledVoice]:
    try:
        folders = sorted(path for path in (voices_folder() / engine).iterdir() if path.is_dir())
    except OSError:
        return
    for folder in folders:
        voice = _read(engine, folder)
        if voice is not None and all((folder / name).is_file() for name in voice.files):
            yield voice


def _read(engine: str, folder: Path) -> InstalledVoice | None:
    """The voice in a folder; None where there is none, or its list is damaged."""
    try:
        found: Any = json.loads((folder / MANIFEST).read_text("utf-8"))
        files = tuple(Path(name).name for name in found["files"])
        language, quality, licence = (str(found[key]) for key in ("language", "quality", "licence"))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    if not files:
        return None
    return InstalledVoice(engine, folder.name, language, quality, licence, folder, files)


def _as_dict(voice: InstalledVoice) -> dict[str, object]:
    about = {"language": voice.language, "quality": voice.quality, "licence": voice.licence}
    return {"engine": voice.engine, "name": voice.name, **about, "files": list(voice.files)}


# ── voices whose files somebody has already: which engine they are for, and what they say of it


_FORMS = (
    "a voice is Piper's `NAME.onnx` beside its `NAME.onnx.json`, or a folder with the files of one"
    " voice: Piper's, Kokoro's (a model and `voices….bin`), sherpa-onnx's (a model and"
    " `tokens.txt`, or all parts of Pocket TTS or Supertonic) or recordings (`lines.tsv`)"
)


class LocalVoice(Struct, frozen=True):
    """A voice in files that are here."""

    engine: str
    name: str
    language: str
    """Empty where the files do not say."""
    quality: str
    files: tuple[Path, ...]
    licence: str = ""
    """Empty where it is not known."""


def recognised(path: Path) -> LocalVoice:
    """The voice of a file or folder.

    Raises:
        UsageError: it is none.
    """
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
    if "lines.tsv" in names:
        return LocalVoice("recorded", folder.resolve().name, "en", "", files)
    family = family_of(files)
    if family:
        return _sherpa(folder, files, family)
    lists = [path for path in files if path.name.startswith("voices") and path.suffix == ".bin"]
    if len(models) == 1 and len(lists) == 1:
        return LocalVoice("kokoro", models[0].stem, "en-us", "", (models[0], lists[0]))
    raise UsageError(f"`{folder}` holds no voice, or more than one", _FORMS)


def _sherpa(folder: Path, files: tuple[Path, ...], family: str) -> LocalVoice:
    """A voice of sherpa-onnx; recordings for Pocket TTS may lie in a folder within."""
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


# ── a lock between processes, which the system takes back from one that ends, however it ends


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def alone(path: Path, busy: str) -> Iterator[None]:
    """Be the only process in the block; `path` is a file made for the purpose, and stays.

    Raises:
        MachineError: another one is, which `busy` says.
    """
    with told(path):
        file = path.open("a+b")
    with file:
        try:
            _take(file.fileno())
        except OSError as error:
            raise MachineError(busy, "wait until it is done") from error
        yield
