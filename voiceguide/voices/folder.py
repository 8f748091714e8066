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
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from voiceguide.errors import UsageError, did_you_mean
from voiceguide.files import told
from voiceguide.voices.data import QUALITIES, InstalledVoice

ENGINES = ("piper", "kokoro", "sherpa")
"""The engines whose voices are kept here."""

MANIFEST = "voice.json"

FETCHING = "fetching"


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
        MachineError: they cannot be removed.
    """
    with told(voice.folder):
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
        if old is not None:
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
            f"`{name}` is no name for a voice",
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
