"""The built-in words of each language, as data: one YAML file a language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from voiceguide.routine import Side

SPOKEN = ("left side", "right side", "switch", "rest", "halfway", "finish")
"""The phrases that a session says by itself."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """The built-in words of one language, with a routine's own in their place."""

    language: str
    words: Mapping[str, str] = field(hash=False)

    def __getitem__(self, name: str) -> str:
        return self.words[name]

    def side(self, side: Side) -> str:
        """`left` or `right`."""
        return self.words[side.value]

    def side_alone(self, side: Side) -> str:
        """`Left side.`"""
        return self.words[f"{side.value} side"]

    def number(self, number: int) -> str:
        """A whole number in words: `twenty-one`."""
        return _number(number, self.language)

    def length(self, seconds: float) -> str:
        """A length in words, to the nearest second: `one minute and thirty seconds`."""
        whole = max(1, round(seconds))
        parts = [
            (whole // 3600, "hour"),
            (whole // 60 % 60, "minute"),
            (whole % 60, "second"),
        ]
        said = [self._counted(count, unit) for count, unit in parts if count]
        return f" {self.words['and']} ".join(said)

    def _counted(self, count: int, unit: str) -> str:
        return f"{self.number(count)} {self.words[unit if count == 1 else unit + 's']}"


@cache
def languages() -> frozenset[str]:
    """The languages whose built-in words are here, as two-letter codes."""
    files = resources.files(__name__).iterdir()
    return frozenset(file.name[:-5] for file in files if file.name.endswith(".yaml"))


def phrases(language: str, own: Mapping[str, str] | None = None) -> Phrases:
    """The built-in words of `language`, with the routine's `own` in their place.

    Raises:
        KeyError: the language is not one of `languages()`.
    """
    base = _primary(language)
    if base not in languages():
        raise KeyError(language)
    return Phrases(base, {**_built_in(base), **(own or {})})


def _primary(language: str) -> str:
    return language.replace("_", "-").split("-")[0].lower()


@cache
def _built_in(language: str) -> Mapping[str, str]:
    import yaml

    text = (resources.files(__name__) / f"{language}.yaml").read_text(encoding="utf-8")
    words = yaml.safe_load(text)
    return {str(name): str(word) for name, word in words.items()}


@cache
def _number(number: int, language: str) -> str:
    import num2words

    return str(num2words.num2words(number, lang=language))
