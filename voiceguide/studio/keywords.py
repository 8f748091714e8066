"""The keywords of `voiceguide.load`: numbers as one would write them, errors that speak Python."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from voiceguide.errors import UsageError
from voiceguide.patterns import late
from voiceguide.studio.supplied import Option

SECONDS = ("length", "lead in", "lead out")
"""The settings of which a bare number is one of seconds."""

_RESERVED = ("with", "for")
"""Words that are Python's own: as keywords they end in an underscore."""

_AS_OPTION = late(r"`--([a-z][a-z-]*)(?: ([^`]*))?`")
_AS_SETTING = late(r"`([a-z]+(?: [a-z]+)?): ([^`\"]+)`")


def as_options(keywords: Mapping[str, Option]) -> dict[str, Option]:
    """What was said by keywords, by the settings' names and as texts where it was numbers."""
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
    """Let a UsageError of the block speak of keywords: `length="5x"`, not `--length 5x`."""
    try:
        yield
    except UsageError as error:
        if any(problem.place for problem in error.problems):
            raise  # of a file of the user's
        raise type(error)(_spoken(error.message), _spoken(error.help)) from error.__cause__


def _spoken(text: str) -> str:
    text = _AS_OPTION.sub(lambda found: _keyword(found[1], found[2]), text)
    return _AS_SETTING.sub(lambda found: _keyword(found[1], found[2]), text)


def _keyword(name: str, value: str | None) -> str:
    word = re.sub("[- ]", "_", name) + ("_" if name in _RESERVED else "")
    return f"`{word}`" if value is None else f"`{word}={value!r}`"
