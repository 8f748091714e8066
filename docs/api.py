"""Writes docs/API.md from the docstrings: `python docs/api.py`. A test holds the page to them.

Everything in it is public: what `voiceguide` exports, the sessions that it opens, what they give
back, and what a speech engine has to have.
"""

from __future__ import annotations

import enum
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

PAGE = Path(__file__).parent / "API.md"

HEAD = """\
# The interface

Made from the docstrings by `python docs/api.py`. [In Python](PYTHON.md) shows how it is used.
`voiceguide` itself has `load`, `loads` and the errors; they are described where they are from.
`voiceguide.catalogue(rows, out)` is `voiceguide.catalogue.run`.
"""

SHOWN = {
    "voiceguide.studio": ["load", "loads", "Session", "Studio", "Plan", "Export", "Album"],
    "voiceguide.timeline": ["Timeline", "Event", "ChapterMark"],
    "voiceguide.errors": [
        *("VoiceguideError", "RoutineError", "UsageError", "MachineError"),
        *("Problem", "Place", "Severity"),
    ],
    "voiceguide.encode": ["tags_in", "FoundTags"],
    "voiceguide.catalogue": ["run", "Catalogue", "RowResult"],
    "voiceguide.engines": ["Engine", "Phonetic", "ReadsIpa", "Utterance", "Voice"],
}
"""What is shown of each module, in the order of the page."""


LISTS = re.compile(r"\n((?:Args|Raises)\b[^\n]*):\n")
"""What begins a list in a docstring."""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(part for module in SHOWN for part in _module(module))])


def _module(name: str) -> Iterator[str]:
    module = import_module(name)
    yield f"## `{name}`\n"
    for member in SHOWN[name]:
        yield from _entry(module, member)


def _entry(module: ModuleType, name: str) -> Iterator[str]:
    thing = getattr(module, name)
    yield f"### `{name}`\n"
    if inspect.isclass(thing):
        yield _prose(inspect.getdoc(thing))
        if (made := vars(thing).get("__init__")) and made.__doc__:
            yield from _function(name, made)
        yield from _fields(thing)
        yield from _members(thing)
    else:
        yield from _function(name, thing)


def _function(name: str, function: Any) -> Iterator[str]:
    yield f"```python\n{name}({_arguments(function)}){_returned(function)}\n```\n"
    yield _prose(inspect.getdoc(function))


def _fields(owner: type) -> Iterator[str]:
    """The fields of data or the members of an enumeration, each with the words below it."""
    if issubclass(owner, enum.Enum):
        yield "".join(f"- `{one.name}` is `{one.value!r}`\n" for one in owner)
    elif kinds := inspect.get_annotations(owner):
        told = _told(inspect.getsource(owner))
        rows = ((name, kind, told.get(name, "")) for name, kind in kinds.items())
        yield "".join(f"- `{name}: {kind}`{text and ': '}{text}\n" for name, kind, text in rows)


def _told(source: str) -> dict[str, str]:
    """The strings that stand under fields, by the fields' names."""
    found = re.findall(r'^ +(\w+): [^\n]+\n +"""(.+?)"""', source, re.MULTILINE | re.DOTALL)
    return {name: _code(" ".join(text.split())) for name, text in found}


def _members(owner: type) -> Iterator[str]:
    for name, member in vars(owner).items():
        if name.startswith("_") or not inspect.getdoc(member):
            continue
        if isinstance(member, property):
            yield f"#### `{owner.__name__}.{name}`\n"
            yield _prose(inspect.getdoc(member))
        elif inspect.isfunction(member):
            yield f"#### `{owner.__name__}.{name}`\n"
            yield from _function(name, member)


def _arguments(function: Any) -> str:
    """Its arguments as they are written, without `self`; many are on lines of their own."""
    taken = [one for one in inspect.signature(function).parameters.values() if one.name != "self"]
    by_name = [one.kind is inspect.Parameter.KEYWORD_ONLY for one in taken]
    texts = [_argument(one) for one in taken]
    if any(by_name):
        texts.insert(by_name.index(True), "*")
    return (
        ", ".join(texts) if len(texts) < 5 else "".join(f"\n    {text}," for text in texts) + "\n"
    )


def _returned(function: Any) -> str:
    is_class = function.__name__ == "__init__"
    return "" if is_class else f" -> {inspect.signature(function).return_annotation}"


def _argument(one: inspect.Parameter) -> str:
    stars: dict[Any, str] = {
        inspect.Parameter.VAR_POSITIONAL: "*",
        inspect.Parameter.VAR_KEYWORD: "**",
    }
    default = "" if one.default is one.empty else f" = {one.default!r}"
    return f"{stars.get(one.kind, '')}{one.name}: {one.annotation}{default}"


def _prose(docstring: str | None) -> str:
    """A docstring as Markdown: arguments and what is raised as lists, indented lines as code."""
    text, *listed = LISTS.split(f"\n{docstring or ''}")
    parts = [_paragraph(part) for part in text.strip().split("\n\n")] if text.strip() else []
    for title, entries in zip(listed[::2], listed[1::2], strict=True):
        separate = re.split(r"\n(?=\S)", textwrap.dedent(entries).strip())
        rows = (f"- {_code(' '.join(entry.split()))}" for entry in separate)
        parts.append(f"{title}\n\n" + "\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _paragraph(part: str) -> str:
    lines = part.splitlines()
    if all(line.startswith("    ") for line in lines):
        return f"```text\n{textwrap.dedent(part)}\n```"
    return _code(part)


def _code(text: str) -> str:
    """Prose in which nothing is a link or HTML by accident."""
    pieces = re.split(r"(`[^`]+`)", text)
    pieces[::2] = [piece.replace("<", "&lt;").replace("[", "\\[") for piece in pieces[::2]]
    return "".join(pieces)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
