"""`[command.NAME]`: a program that speaks, as the configuration file describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from voiceguide.errors import did_you_mean, quote
from voiceguide.settings.configuration.places import KeyPath

COMMAND = "command"
"""The table of all programs, and the engine that runs them."""

PLACEHOLDERS = ("text", "out", "voice", "language", "rate", "speed", "percent", "stretch")
"""What may stand in braces among a program's arguments."""

PATIENCE = 60.0
"""Seconds that a program has for a text where nothing else is said."""

_KEYS = ("run", "language", "voices", "timeout")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_RUN = '`run = ["flite", "-t", "{text}", "-o", "{out}"]`'


@dataclass(frozen=True, slots=True)
class Program:
    """A program that turns a text into a WAV file."""

    name: str
    run: tuple[str, ...]
    """Its path or name, and its arguments, with placeholders."""
    voices: tuple[tuple[str, str], ...]
    """Its voices and their languages, the best first; the name of one that has none is empty."""
    timeout: float
    """Seconds that it has for a text."""

    def takes(self, placeholder: str) -> bool:
        """Whether an argument holds `{placeholder}`."""
        return any(f"{{{placeholder}}}" in argument for argument in self.run)


@dataclass(frozen=True, slots=True)
class Wronged:
    """What is wrong in a table, and under which key."""

    key: KeyPath
    message: str
    help: str
    in_value: bool = False


class _Wrong(Exception):  # noqa: N818  (raised and caught in this module)
    def __init__(self, key: KeyPath, message: str, way_out: str, *, in_value: bool = False) -> None:
        super().__init__(message)
        self.wronged = Wronged(key, message, way_out, in_value)


def read_programs(tables: object) -> tuple[Mapping[str, Program], tuple[Wronged, ...]]:
    """The programs by their names, and what is wrong with others."""
    programs: dict[str, Program] = {}
    wrongs: list[Wronged] = []
    if not isinstance(tables, dict):
        return {}, (Wronged((COMMAND,), "`command` is a table", "write `[command.NAME]`"),)
    for name, table in tables.items():
        try:
            programs[name] = _program(name, table)
        except _Wrong as wrong:  # noqa: PERF203  (all that is wrong is wanted at once)
            wrongs.append(wrong.wronged)
    return programs, tuple(wrongs)


def _program(name: str, table: object) -> Program:
    here = (COMMAND, name)
    if not isinstance(table, dict):
        raise _Wrong(here, f"{quote(name)} is no table", f"write `[command.{name}]` above it")
    if not _NAME.fullmatch(name):
        way_out = "use letters in lower case, digits and hyphens"
        raise _Wrong(here, f"{quote(name)} is no name for a program", way_out)
    for key in table:
        if key not in _KEYS:
            way_out = did_you_mean(key, _KEYS)
            raise _Wrong((*here, key), f"a program has no setting {quote(key)}", way_out)
    voices = tuple(_voices(table, here))
    return Program(name, _run(table, here), voices, _timeout(table, here))


def _run(table: Mapping[str, object], here: KeyPath) -> tuple[str, ...]:
    if "run" not in table:
        raise _Wrong(here, f"`{here[-1]}` does not say what to run", f"write {_RUN}")
    key, run = (*here, "run"), table["run"]
    if isinstance(run, str):
        message = "`run` is a list: the program, and each of its arguments"
        raise _Wrong(key, message, f"write {_RUN}; no shell reads it", in_value=True)
    if not isinstance(run, list) or not all(isinstance(part, str) for part in run):
        raise _Wrong(key, "`run` is a list of texts", f"write {_RUN}", in_value=True)
    if not run or not run[0].strip():
        raise _Wrong(key, "`run` names no program", f"write {_RUN}", in_value=True)
    if any("\0" in part for part in run):
        raise _Wrong(key, "no argument can hold a NUL", f"write {_RUN}", in_value=True)
    for name in (found[1] for part in run for found in _PLACEHOLDER.finditer(part)):
        if name not in PLACEHOLDERS:
            way_out = did_you_mean(name, PLACEHOLDERS)
            raise _Wrong(key, f"unknown placeholder `{{{name}}}`", way_out, in_value=True)
    return tuple(run)


def _voices(table: Mapping[str, object], here: KeyPath) -> Iterator[tuple[str, str]]:
    language = _language(table.get("language", "en"), (*here, "language"))
    voices = table.get("voices", {})
    if not isinstance(voices, dict):
        message = "`voices` is a table of names and their languages"
        way_out = 'write `voices = { slt = "en-us" }`'
        raise _Wrong((*here, "voices"), message, way_out, in_value=True)
    if not voices:
        yield "", language
    for name, spoken in voices.items():
        key = (*here, "voices", name)
        if not name.strip() or "\0" in name:
            way_out = "write what the program calls it"
            raise _Wrong(key, f"{quote(name)} is no name of a voice", way_out)
        yield name, _language(spoken, key)


def _language(value: object, key: KeyPath) -> str:
    tag = value.lower().replace("_", "-") if isinstance(value, str) else ""
    if not _LANGUAGE.fullmatch(tag):
        message = f"{quote(str(value))} is no language"
        raise _Wrong(key, message, "write a tag such as `en`, `en-gb` or `pt-br`", in_value=True)
    return tag


def _timeout(table: Mapping[str, object], here: KeyPath) -> float:
    value = table.get("timeout", PATIENCE)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 3600:
        message = f"`timeout` cannot be {quote(str(value))}"
        raise _Wrong((*here, "timeout"), message, "write seconds: `timeout = 60`", in_value=True)
    return float(value)
