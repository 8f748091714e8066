"""Read and refresh the catalogue of voices that can be installed: the package's, or a newer copy.

`catalogue.json` has a base address for each engine, and a line for each voice. Sizes and checksums
come from the publishers: Piper's from the list `voices.json` beside its voices, Kokoro's from the
files of its release. `refreshed` updates the catalogue from Piper's current list; everything else
in it stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from voiceguide.errors import MachineError, UsageError, nearest
from voiceguide.patterns import late
from voiceguide.voices import ENGINES, QUALITIES, KnownVoice, VoiceFile, voices_folder

NAME = "catalogue.json"

PIPER_LIST = "voices.json"
"""Name of Piper's own list, beside its voices."""

_PACKAGED = Path(__file__).with_name(NAME)
_CHECKSUM = late(r"md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}")
_PATH = late(r"[\w.+-]{1,200}(/[\w.+-]{1,200}){0,20}")
"""Letters, digits and `. _ + -`, which exclude NUL and drives; `_faults` also refuses `..`."""

_LANGUAGE = late(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def known() -> tuple[KnownVoice, ...]:
    """Every voice that can be installed, by engine and name: from the user's newer catalogue or, if
    that is missing or damaged, from the package's."""
    try:
        return read_catalogue((voices_folder() / NAME).read_bytes())
    except (OSError, MachineError):
        return packaged()


@lru_cache(maxsize=1)
def packaged() -> tuple[KnownVoice, ...]:
    """The catalogue that comes with voiceguide."""
    return read_catalogue(_PACKAGED.read_bytes())


def find_known(name: str, engine: str | None = None) -> KnownVoice | None:
    """The voice of that name, ignoring case, or the one that contains a voice of that name."""
    wanted = name.lower()
    voices = [voice for voice in known() if engine in (None, voice.engine)]
    exact = (voice for voice in voices if voice.name.lower() == wanted)
    holds = (voice for voice in voices if wanted in voice.within)
    return next(exact, None) or next(holds, None)


def known_voice(name: str, engine: str | None = None) -> KnownVoice:
    """The voice of that name; see `find_known`.

    Raises:
        UsageError: the catalogue has none; the nearest name is suggested.
    """
    voice = find_known(name, engine)
    if voice is None:
        near, others = _near(name, engine), "`voiceguide voices` lists those it has, and "
        way_out = f"{others}`voiceguide voices update` fetches a newer list"
        way_out = f"did you mean `{near}`?" if near else way_out
        raise UsageError(f"the catalogue has no voice `{name}`", way_out)
    return voice


def way_to(name: str, engine: str) -> str:
    """Help for installing a voice of that name or the nearest one; empty if there is none."""
    voice = find_known(name, engine)
    if voice is None:
        near = _near(name, engine)
        voice = find_known(near, engine) if near else None
    return f"`voiceguide voices install {voice.name}` brings it" if voice else ""


def _near(name: str, engine: str | None) -> str | None:
    """The nearest name in the catalogue; None if none is near."""
    voices = [voice for voice in known() if engine in (None, voice.engine)]
    by_lower = {one.lower(): one for voice in voices for one in (voice.name, *voice.within)}
    found = nearest(name, by_lower)
    return by_lower[found] if found else None


# ── reading ──────────────────────────────────────────────────────────────────


def read_catalogue(data: bytes) -> tuple[KnownVoice, ...]:
    """Parse the voices of a catalogue.

    Raises:
        MachineError: it is not a catalogue, or not a valid one.
    """
    try:
        found: Any = json.loads(data)
        if found["format"] != 1:
            raise ValueError(f"its format is {found['format']}, not 1")
        return _checked(_voice(one, found["bases"]) for one in found["voices"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise MachineError(f"the catalogue of voices cannot be read: {_said(error)}") from error


def write_catalogue(voices: Iterable[KnownVoice]) -> bytes:
    """Encode a catalogue of these voices as JSON, a line for each."""
    voices = tuple(voices)
    bases = {voice.engine: voice.base for voice in voices}
    lines = ",\n".join(json.dumps(_as_dict(voice), ensure_ascii=False) for voice in voices)
    head = f'"format": 1,\n"bases": {json.dumps(bases)}'
    return f'{{\n{head},\n"voices": [\n{lines}\n]\n}}\n'.encode()


def refreshed(piper_list: bytes, before: Iterable[KnownVoice]) -> tuple[KnownVoice, ...]:
    """The catalogue `before`, with Piper's voices replaced by those in its current list.

    Licences are not in that list; they are kept from `before`.

    Raises:
        MachineError: it is not a list of voices, or not a valid one.
    """
    before = tuple(before)
    old = {voice.name: voice for voice in before if voice.engine == "piper"}
    base = next(voice.base for voice in old.values())
    try:
        found: dict[str, Any] = json.loads(piper_list)
        newer = [_from_piper(name, found[name], base, old.get(name)) for name in sorted(found)]
        return (*_checked(newer), *(voice for voice in before if voice.engine != "piper"))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise MachineError(f"that is not a list of Piper's voices: {_said(error)}") from error


def _from_piper(name: str, found: Any, base: str, old: KnownVoice | None) -> KnownVoice:
    model = {path: one for path, one in found["files"].items() if ".onnx" in path}
    folder = next(iter(model)).rpartition("/")[0]
    files = (
        VoiceFile(path, one["size_bytes"], f"md5:{one['md5_digest']}")
        for path, one in sorted(model.items())
    )
    return KnownVoice(
        "piper",
        name,
        found["language"]["code"].lower().replace("_", "-"),
        found["quality"],
        found["num_speakers"],
        old.licence if old else "",
        f"{base.replace('/resolve/', '/blob/')}{folder}/MODEL_CARD",
        base,
        tuple(files),
    )


_KEYS = ("engine", "name", "language", "quality", "speakers", "licence", "card")


def _voice(found: Any, bases: Any) -> KnownVoice:
    files = tuple(VoiceFile(*file) for file in found["files"])
    about = {key: found[key] for key in _KEYS}
    within = tuple(found.get("within", ()))
    return KnownVoice(**about, base=bases[found["engine"]], files=files, within=within)


def _as_dict(voice: KnownVoice) -> dict[str, object]:
    about: dict[str, object] = {key: getattr(voice, key) for key in _KEYS}
    about["files"] = [[file.path, file.size, file.checksum] for file in voice.files]
    return {**about, "within": list(voice.within)} if voice.within else about


# ── checking ─────────────────────────────────────────────────────────────────


def _checked(voices: Iterable[KnownVoice]) -> tuple[KnownVoice, ...]:
    """Check voices, since fetched data decides on files here; a ValueError if one is not valid."""
    checked = tuple(voices)
    if not checked:
        raise ValueError("it lists no voices")
    for voice in checked:
        for fault in _faults(voice):
            raise ValueError(f"`{voice.name}`: {fault}")
    return checked


def _faults(voice: KnownVoice) -> Iterator[str]:
    if voice.engine not in ENGINES:
        yield f"no engine `{voice.engine}` has voices to install"
    if not re.fullmatch(r"[\w.+-]{1,200}", voice.name) or voice.name.startswith("."):
        yield "that is not a name"
    if not _LANGUAGE.fullmatch(voice.language) or voice.quality not in QUALITIES:
        yield "its language or quality is not valid"
    if not voice.base.startswith("https://") or not voice.card.startswith("https://"):
        yield "it has no address that begins with https://"
    if not any(file.path.endswith(".onnx") for file in voice.files):
        yield "it has no model"
    for file in voice.files:
        if not _PATH.fullmatch(file.path) or ".." in file.path:
            yield f"the path `{file.path}` leads elsewhere"
        if not isinstance(file.size, int) or file.size <= 0:
            yield f"`{file.name}` has no size"
        if not _CHECKSUM.fullmatch(file.checksum):
            yield f"`{file.name}` has no checksum"


def _said(error: Exception) -> str:
    return f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)
