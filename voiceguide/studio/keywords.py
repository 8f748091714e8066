"""The keywords of `voiceguide.load`: numbers are accepted, and errors name keywords."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from voiceguide.errors import UsageError
from voiceguide.patterns import late
from voiceguide.studio.supplied import Option

SECONDS = ("length", "lead in", "lead out")
"""Settings whose plain numbers are seconds."""

_RESERVED = ("with", "for")
"""Reserved words of Python: as keywords they end in an underscore."""

_AS_OPTION = late(r"`--([a-z][a-z-]*)(?: ([^`]*))?`")
_AS_SETTING = late(r"`([a-z]+(?: [a-z]+)?): ([^`\"]+)`")


def as_options(keywords: Mapping[str, Option]) -> dict[str, Option]:
    """Return the keywords by the names of settings, with numbers turned into texts."""
    named = ((name.rstrip("_").replace("_", " "), value) for name, value in keywords.items())
    return {name: _as_text(name, value) for name, value in named}


def _as_text(name: str, value: Option) -> Option:
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if name in SECONDS:
        return f"{value:.6f}".rstrip("0").rstrip(".") + "s"
    return f"{100 * value:g}%" if name == "level" else f"{value:g}"


@contextmanager
def in_python() -> Iterator[None]:
    """Make a UsageError of the block name keywords: `length="5x"`, not `--length 5x`."""
    try:
        yield
    except UsageError as error:
        if any(problem.place for problem in error.problems):
            raise  # it is about a file of the user
        raise type(error)(_spoken(error.message), _spoken(error.help)) from error.__cause__


def _spoken(text: str) -> str:
    text = _AS_OPTION.sub(lambda found: _keyword(found[1], found[2]), text)
    return _AS_SETTING.sub(lambda found: _keyword(found[1], found[2]), text)


def _keyword(name: str, value: str | None) -> str:
    word = re.sub("[- ]", "_", name) + ("_" if name in _RESERVED else "")
    return f"`{word}`" if value is None else f"`{word}={value!r}`"
