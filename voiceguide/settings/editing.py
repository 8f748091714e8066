"""Change the configuration file one setting at a time, and keep its comments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from voiceguide.errors import ConfigurationError, UsageError, quote
from voiceguide.files import locked, make_folder, replacing
from voiceguide.script import Known
from voiceguide.settings.configuration import (
    ABOUT_ONE_ROUTINE,
    COMMAND,
    CONFIGURABLE,
    Configuration,
    KeyPath,
    configuration_path,
    parse_configuration,
    read_configuration,
    setting_name,
)
from voiceguide.settings.merge import setting_meant

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

TEMPLATE = """\
# Settings for all your routines; a routine's own front matter beats them.
# `voiceguide config` shows what is set, docs/LANGUAGE.md says what there is.

# voice = "espeak:en-gb"
# pace = "steady"
# lead-out = "6s"

# [say]
# psoas = "so-as"

# A program that speaks, for `--voice command:flite` (see docs/VOICES.md):
# [command.flite]
# run = ["flite", "-t", "{text}", "-o", "{out}"]
"""
"""The text of a new file, for a user who opens it in an editor."""


def key_path(name: str) -> KeyPath:
    """The path of a key such as `lead-in`, `say.psoas` or `command.flite.timeout`.

    Raises:
        UsageError: there is no such setting, or it concerns a single routine.
    """
    first, *others = (part.strip() for part in name.split("."))
    setting = setting_name(first)
    if setting in ABOUT_ONE_ROUTINE:
        way_out = "write it in the front matter of that routine"
        raise UsageError(f"`{setting}` is about one routine, not about all of them", way_out)
    if setting not in {*CONFIGURABLE, COMMAND}:
        way_out = setting_meant(setting, {*CONFIGURABLE, COMMAND})
        raise UsageError(f"there is no setting {quote(first)}", way_out)
    return (setting, *others)


def value_of(configuration: Configuration, path: KeyPath) -> object:
    """The value of a setting in the file, as TOML reads it.

    Raises:
        UsageError: the file does not set it.
    """
    document = _document(configuration)
    found: object = document.unwrap()
    for key in _written(document, path):
        found = found.get(key) if isinstance(found, Mapping) else None
    if found is None:
        name = show_path(path)
        way_out = f"set it with `voiceguide config set {name} …`"
        raise UsageError(f"`{name}` is not set in `{configuration.path}`", way_out)
    return found


def set_value(path: KeyPath, value: str, known: Known) -> None:
    """Write a setting into the user's file; create the file if there is none."""

    def change(document: TOMLDocument, configuration: Configuration) -> None:
        *tables, key = _written(document, path)
        _table(document, tables, configuration)[key] = _read(value, path)

    _rewrite(change, known)


def unset_value(path: KeyPath, known: Known) -> None:
    """Remove a setting from the user's file."""

    def change(document: TOMLDocument, configuration: Configuration) -> None:
        value_of(configuration, path)
        *tables, key = _written(document, path)
        del _table(document, tables, configuration)[key]

    _rewrite(change, known)


def write_text(configuration: Configuration, text: str) -> None:
    """Replace the whole file atomically."""
    make_folder(configuration.path.parent)
    with replacing(configuration.path) as file:
        file.write(text.encode("utf-8"))


def show_path(path: KeyPath) -> str:
    """The name of a key on the command line: `lead-in`, `say.psoas`."""
    return ".".join((path[0].replace(" ", "-"), *path[1:]))


def _rewrite(change: Callable[[TOMLDocument, Configuration], None], known: Known) -> None:
    """Change the file unless that causes a new problem.

    A lock lets one process at a time read, change and write it, so that no change is lost.

    Raises:
        UsageError: the change causes a new problem.
    """
    import tomlkit

    folder = configuration_path().parent
    make_folder(folder)
    with locked(folder):
        configuration = read_configuration(known)
        document = _document(configuration)
        change(document, configuration)
        text = tomlkit.dumps(document)
        changed = parse_configuration(text.encode("utf-8"), configuration.path, known)
        before = {(problem.message, problem.line_text) for problem in configuration.problems}
        new = [one for one in changed.problems if (one.message, one.line_text) not in before]
        if new:
            raise UsageError(new[0].message, new[0].help)
        write_text(configuration, text)


def _document(configuration: Configuration) -> TOMLDocument:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    if configuration.text is None:
        raise ConfigurationError(configuration.problems)
    try:
        return tomlkit.parse(configuration.text)
    except (TOMLKitError, RecursionError):
        raise ConfigurationError(configuration.problems) from None


def _table(
    document: TOMLDocument, path: Iterable[str], configuration: Configuration
) -> MutableMapping[str, Any]:
    """The table at a path; missing ones are created."""
    import tomlkit

    table: MutableMapping[str, Any] = document
    for key in path:
        if key not in table:
            table[key] = tomlkit.table(is_super_table=key == COMMAND)
        if not isinstance(table[key], MutableMapping):
            way_out = f"take it away first: `voiceguide config unset {key}`"
            raise UsageError(f"`{key}` is one value in `{configuration.path}`", way_out)
        table = table[key]
    return table


def _written(document: TOMLDocument, path: KeyPath) -> KeyPath:
    """The path with the setting's name as the file spells it; a new one gets hyphens."""
    same = (key for key in document if setting_name(key) == path[0])
    return (next(same, path[0].replace(" ", "-")), *path[1:])


def _read(text: str, path: KeyPath) -> object:
    """The value of a text: a whole number, a Boolean, or else a string.

    A value of a program is read as TOML if it can be: `["flite", "{text}"]`.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    plain = text.strip()
    if plain in ("true", "false"):
        return plain == "true"
    if plain.isascii() and plain.isdigit() and str(int(plain[:18])) == plain:
        return int(plain)
    if path[0] == COMMAND:
        try:
            return tomlkit.value(plain)
        except (TOMLKitError, RecursionError):
            return text
    return text
