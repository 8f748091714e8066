"""`voiceguide config` and `cache`: the user's settings, and the cache of earlier work."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from voiceguide.cli import console
from voiceguide.cli.console import Column, Line, Styled, counted, line, size_text, table
from voiceguide.cli.options import completing, json_option
from voiceguide.errors import MachineError
from voiceguide.files import is_file

if TYPE_CHECKING:
    from voiceguide.script import Known
    from voiceguide.settings.configuration import Configuration


def _names() -> Iterator[CompletionItem]:
    from voiceguide.settings.table import TABLE

    rows = (row for row in TABLE if not row.of_one_routine)
    yield from (CompletionItem(row.name.replace(" ", "-"), help=row.help) for row in rows)


def _complete_value(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from voiceguide.settings.table import SETTINGS

    row = SETTINGS.get(str(ctx.params.get("name", "")).replace("-", " "))
    words = row.words if row else ()
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


_name = click.argument("name", shell_complete=completing(_names))


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def config(ctx: click.Context, *, as_json: bool) -> None:
    """Show your own settings; they apply to all routines that do not set them otherwise.

    \b
      voiceguide config
      voiceguide config set pace steady
      voiceguide config set say.psoas so-as
      voiceguide config unset pace

    The settings are in a file, whose path is shown first; the environment variable
    VOICEGUIDE_CONFIG names another file. With --json, prints one object (see docs/JSON.md).
    """
    if ctx.invoked_subcommand:
        return
    configuration = _read()
    if as_json:
        console.put_json(as_dict(configuration))
    else:
        console.put(*_lines(configuration))
    configuration.checked()


@config.command()
def path() -> None:
    """Print the path of the file, whether or not it exists."""
    from voiceguide.settings.configuration import configuration_path

    console.put(str(configuration_path()))


@config.command()
@_name
def get(name: str) -> None:
    """Print the value of NAME: `pace`, `lead-in`, `say.psoas`."""
    from voiceguide.settings.editing import key_path, value_of

    console.put(_text(value_of(_read(), key_path(name))))


# a value such as `-3` is not an option
@config.command("set", context_settings={"ignore_unknown_options": True})
@_name
@click.argument("value", shell_complete=_complete_value)
def set_(name: str, value: str) -> None:
    """Set NAME to VALUE; comments in the file are kept.

    \b
      voiceguide config set voice espeak:en-gb
      voiceguide config set lead-out 6s
      voiceguide config set command.flite.run '["flite", "-t", "{text}", "-o", "{out}"]'
    """
    from voiceguide.engines import check_voice
    from voiceguide.settings.editing import key_path, set_value

    if name == "voice":
        check_voice(value)
    set_value(key_path(name), value, _known())


@config.command()
@_name
def unset(name: str) -> None:
    """Remove NAME from the file."""
    from voiceguide.settings.editing import key_path, unset_value

    unset_value(key_path(name), _known())


@config.command()
def edit() -> None:
    """Edit the file in your editor ($VISUAL or $EDITOR), then check it."""
    from voiceguide.settings.editing import TEMPLATE, write_text

    configuration = _read()
    if not is_file(configuration.path):
        write_text(configuration, TEMPLATE)
    try:
        click.edit(filename=str(configuration.path))
    except click.ClickException as error:
        way_out = f"name one in the variable EDITOR, or edit `{configuration.path}` by hand"
        raise MachineError(f"the editor failed: {error.message}", way_out) from error
    _read().checked()


def _lines(configuration: Configuration) -> Iterator[Line]:
    """Yield the file's path and every value in it, by the name that `get` takes."""
    there = "" if is_file(configuration.path) else "  (no file yet)"
    yield line(Styled(str(configuration.path), "bold"), Styled(there, "dim"))
    rows = [(name, _text(value)) for name, value in _rows(configuration)]
    yield from table((Column(), Column()), rows, None, "  ")


def as_dict(configuration: Configuration) -> dict[str, object]:
    """Return the object of `config --json`."""
    programs = {
        name: {
            "run": list(program.run),
            "voices": [{"name": voice, "language": tag} for voice, tag in program.voices],
            "timeout": program.timeout,
        }
        for name, program in configuration.programs.items()
    }
    return {
        "file": str(configuration.path),
        "exists": is_file(configuration.path),
        "settings": dict(configuration.settings),
        "commands": programs,
        "problems": [problem.as_dict() for problem in configuration.problems],
    }


def _rows(configuration: Configuration) -> Iterator[tuple[str, object]]:
    for name, value in configuration.settings.items():
        shown_name = name.replace(" ", "-")
        if isinstance(value, Mapping):
            yield from ((f"{shown_name}.{key}", inner) for key, inner in value.items())
        else:
            yield shown_name, value
    for name, program in configuration.programs.items():
        yield f"command.{name}.run", list(program.run)


def _text(value: object) -> str:
    """Show a value as a user would type it; lists and tables as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)  # TOML has dates, JSON does not
    return str(value)


def _read() -> Configuration:
    from voiceguide.settings.configuration import read_configuration

    return read_configuration(_known())


def _known() -> Known:
    from voiceguide.studio.opening import known_names

    return known_names()


# ── `voiceguide cache`: shows and clears the cache ───────────────────────────


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def cache(ctx: click.Context, *, as_json: bool) -> None:
    """Show the cache of earlier work: spoken texts and encoded pieces for the next export.

    \b
      voiceguide cache
      voiceguide cache clear

    Prints the folder, the number of entries and their size. The entries that have been unused for
    longest are removed automatically. The environment variable VOICEGUIDE_CACHE names another
    folder.
    """
    from voiceguide.store import default_store

    if ctx.invoked_subcommand:
        return
    store = default_store()
    entries, size = store.size()
    if as_json:
        console.put_json({"folder": str(store.folder), "entries": entries, "bytes": size})
    else:
        console.put(f"{store.folder}: {counted(entries, 'entry', 'entries')}, {size_text(size)}")


@cache.command()
def clear() -> None:
    """Remove all entries of the cache; the next export makes them again.

    \b
      voiceguide cache clear

    Prints how much was removed. Only the cache's own files are touched.
    """
    from voiceguide.store import default_store

    entries, size = default_store().clear()
    console.put(f"Removed {counted(entries, 'entry', 'entries')}, {size_text(size)}.")
