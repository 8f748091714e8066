"""The words of the pages, in each language that they know: data, in `texts/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

DEFAULT = "en"

_FOLDER = resources.files("voiceguide.web") / "texts"


class Texts(Mapping[str, str]):
    """The words of one language by their names; those of a group as `group.name`."""

    def __init__(self, language: str, found: Mapping[str, Any]) -> None:
        self.language = language
        self._found = dict(_flat(found))

    def __getitem__(self, name: str) -> str:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def group(self, name: str) -> dict[str, str]:
        """The words of one group, for a script."""
        start = f"{name}."
        return {key[len(start) :]: text for key, text in self.items() if key.startswith(start)}


def _flat(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, text in found.items():
        if isinstance(text, Mapping):
            yield from ((f"{name}.{key}", inner) for key, inner in _flat(text))
        else:
            yield name, text


@cache
def languages() -> tuple[str, ...]:
    """The languages that pages can be in, such as `de`."""
    names = (file.name for file in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@cache
def texts(language: str) -> Texts:
    """The words of a language, `de-AT` as `de`; English where it has none."""
    short = language.replace("_", "-").partition("-")[0].lower()
    known = short if short in languages() else DEFAULT
    return Texts(known, yaml.safe_load((_FOLDER / f"{known}.yaml").read_text(encoding="utf-8")))


def preferred(accept_language: str) -> Texts:
    """The words for a browser that sends this `Accept-Language` (RFC 9110, 12.5.4)."""
    asked = [part.partition(";") for part in accept_language.split(",")[:20]]
    ranked = sorted(asked, key=lambda part: -_weight(part[2]))
    short = (tag.strip().partition("-")[0].lower() for tag, _, _ in ranked)
    return texts(next((tag for tag in short if tag in languages()), DEFAULT))


def _weight(parameters: str) -> float:
    try:
        return float(parameters.partition("q=")[2] or 1)
    except ValueError:
        return 0.0
