"""The built-in words of each language, as data: one YAML file a language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from voiceguide.languages.numbers import Form, Numbers, numbers
from voiceguide.routine import Side

SPOKEN = ("left side", "right side", "switch", "rest", "halfway", "finish")
"""The phrases that a session says by itself."""

_UNIT_KEYS = {Form.ONE: "{}", Form.FEW: "few {}s", Form.MANY: "{}s"}


@dataclass(frozen=True, slots=True)
class Phrases:
    """The built-in words of one language, with a routine's own in their place."""

    language: str
    """Two letters: `en`, also where the routine says `en-gb`."""
    words: Mapping[str, str] = field(hash=False)
    tag: str = ""
    """The language with its region, in lower case, which numbers may depend on: `pt-br`."""

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
        return self._numbers.words(number)

    def length(self, seconds: float) -> str:
        """A length in words, to the nearest second: `one minute and thirty seconds`."""
        whole = max(1, round(seconds))
        counting = self._numbers
        parts = [
            (whole // 3600, "hour", counting.hour),
            (whole // 60 % 60, "minute", counting.time),
            (whole % 60, "second", counting.time),
        ]
        said = [self._counted(count, unit, gender) for count, unit, gender in parts if count]
        return f" {self.words['and']} ".join(said)

    @property
    def _numbers(self) -> Numbers:
        return numbers(self.tag or self.language)

    def _counted(self, count: int, unit: str, gender: str) -> str:
        counting = self._numbers
        thing = self.words[_UNIT_KEYS[counting.form(count)].format(unit)]
        return counting.joined(f"{counting.words(count, gender)} {thing}")


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
    return Phrases(base, {**_built_in(base), **(own or {})}, _tag(language))


def _primary(language: str) -> str:
    return _tag(language).partition("-")[0]


def _tag(language: str) -> str:
    return language.replace("_", "-").lower()


@cache
def _built_in(language: str) -> Mapping[str, str]:
    import yaml

    text = (resources.files(__name__) / f"{language}.yaml").read_text(encoding="utf-8")
    words = yaml.safe_load(text)
    return {str(name): str(word) for name, word in words.items()}
