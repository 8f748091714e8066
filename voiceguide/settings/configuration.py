"""Read the user's configuration, a TOML file, and report everything that is wrong in it.

    voice = "piper:en_US-lessac-medium"
    lead-in = "2s"

    [say]
    psoas = "so-as"

    [command.flite]
    run = ["flite", "-t", "{text}", "-o", "{out}"]

Settings have the names of the front matter, with a hyphen or an underscore for each space.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.errors import (
    ConfigurationError,
    EnoughProblems,
    InputError,
    MachineError,
    Place,
    Problem,
    Reporter,
    did_you_mean,
    quote,
)
from voiceguide.files import is_file
from voiceguide.patterns import late
from voiceguide.routine import Setting
from voiceguide.script import Known, is_path
from voiceguide.settings.merge import setting_meant, settle
from voiceguide.settings.table import TABLE
from voiceguide.settings.written import NONE

if TYPE_CHECKING:
    from tomlkit.container import Container
    from tomlkit.items import Item, Key

# ── the positions of keys and values; tomlkit keeps all the text of the file in order


KeyPath = tuple[str, ...]
"""The keys from the top level down: `("command", "flite", "run")`."""


class Positions(Struct, frozen=True):
    """The place of each key, and of its value."""

    source: str
    keys: Mapping[KeyPath, Place] = field(default_factory=dict)
    values: Mapping[KeyPath, Place] = field(default_factory=dict)

    def of(self, path: KeyPath, *, value: bool = False) -> Place:
        """The place of a key or its value, else of the nearest enclosing key that has a place."""
        for size in range(len(path), 0, -1):
            found = (self.values if value else self.keys).get(path[:size])
            found = found or self.keys.get(path[:size])
            if found:
                return found
        return Place(self.source, 1)


def positions_of(text: str, source: str) -> Positions:
    """Find the positions of all keys and values; a TOMLKitError if the text is not TOML."""
    import tomlkit  # late: only needed for a file with a problem in it

    walk = _Walk(text, source)
    walk.container(tomlkit.parse(text), ())
    return Positions(source, walk.keys, walk.values)


class _Walk:
    """Searches the text for the parsed keys and values, one after the other."""

    def __init__(self, text: str, source: str) -> None:
        self.keys: dict[KeyPath, Place] = {}
        self.values: dict[KeyPath, Place] = {}
        self._text, self._source = text, source
        self._at = 0

    def container(self, container: Container, path: KeyPath) -> None:
        """Find every key and value; skip the comments, which may contain the same words."""
        for key, item in container.body:
            if key is None:
                self._find(item.as_string())
            else:
                self._pair(key, item, (*path, key.key))

    def _pair(self, key: Key, item: Item, path: KeyPath) -> None:
        from tomlkit.items import AoT, InlineTable, Table

        for one in item.body if isinstance(item, AoT) else [item]:
            self._note(self.keys, path, key.as_string().strip())
            if isinstance(one, Table):
                if not one.is_super_table():  # its comment belongs to the table within
                    self._find(one.trivia.comment)
                self.container(one.value, path)
                continue
            inline = isinstance(one, InlineTable)
            self._note(self.values, path, "{" if inline else one.as_string())
            if inline:
                self.container(one.value, path)
            self._find(one.trivia.comment)

    def _note(self, places: dict[KeyPath, Place], path: KeyPath, piece: str) -> None:
        found = self._find(piece)
        if found:
            places.setdefault(path, found)

    def _find(self, piece: str) -> Place | None:
        """The place of the next occurrence of `piece`; the search goes on after it."""
        # a bare key may also be part of another word
        pattern = rf"(?<![\w-]){re.escape(piece)}(?![\w-])" if piece[:1].isalnum() else None
        found = re.compile(pattern or re.escape(piece)).search(self._text, self._at)
        if found is None or not piece:
            return None
        self._at = found.end()
        line = self._text.count("\n", 0, found.start()) + 1
        column = found.start() - self._text.rfind("\n", 0, found.start())
        return Place(self._source, line, column, len(piece.split("\n", maxsplit=1)[0]))


# ── `[command.NAME]`: a program that speaks, as the configuration file describes it


COMMAND = "command"
"""The name of the table of programs, and of the engine that runs them."""

PLACEHOLDERS = ("text", "out", "voice", "language", "rate", "speed", "percent", "stretch")
"""The names that may stand in braces in a program's arguments."""

PATIENCE = 60.0
"""Seconds that a program has for a text if it sets no `timeout`."""

_KEYS = ("run", "language", "voices", "timeout")
_NAME = late(r"[a-z0-9][a-z0-9_-]*")
_LANGUAGE = late(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_PLACEHOLDER = late(r"\{(\w+)\}")
_RUN = '`run = ["flite", "-t", "{text}", "-o", "{out}"]`'


class Program(Struct, frozen=True):
    """A program that turns a text into a WAV file."""

    name: str
    run: tuple[str, ...]
    """Its path or name, and its arguments, with placeholders."""
    voices: tuple[tuple[str, str], ...]
    """Its voices and their languages, the best first; a program without voices has one unnamed."""
    timeout: float
    """Seconds that it has for a text."""

    def takes(self, placeholder: str) -> bool:
        """Whether an argument contains `{placeholder}`."""
        return any(f"{{{placeholder}}}" in argument for argument in self.run)


class _Here(Struct, frozen=True):
    """A table of the file, with the positions of its keys and values."""

    path: KeyPath
    positions: Positions

    def error(self, message: str, way_out: str, *keys: str, value: bool = False) -> InputError:
        """An error at a key within the table, or at its value."""
        return InputError(message, way_out, self.positions.of((*self.path, *keys), value=value))


def _program(name: str, table: object, positions: Positions) -> Program:
    here = _Here((COMMAND, name), positions)
    if not isinstance(table, dict):
        raise here.error(f"{quote(name)} is not a table", f"write `[command.{name}]` above it")
    if not _NAME.fullmatch(name):
        way_out = "use letters in lower case, digits and hyphens"
        raise here.error(f"{quote(name)} is not a name for a program", way_out)
    for key in table:
        if key not in _KEYS:
            message = f"a program has no setting {quote(key)}"
            raise here.error(message, did_you_mean(key, _KEYS), key)
    voices = tuple(_voices(table, here))
    return Program(name, _run(table, here), voices, _timeout(table, here))


def _run(table: Mapping[str, object], here: _Here) -> tuple[str, ...]:
    if "run" not in table:
        raise here.error(f"`{here.path[-1]}` does not say what to run", f"write {_RUN}")
    run, shape = table["run"], f"write {_RUN}"
    if isinstance(run, str):
        message = "`run` is a list: the program, and each of its arguments"
        raise here.error(message, f"{shape}; no shell reads it", "run", value=True)
    if not isinstance(run, list) or not all(isinstance(part, str) for part in run):
        raise here.error("`run` is a list of texts", shape, "run", value=True)
    if not run or not run[0].strip():
        raise here.error("`run` names no program", shape, "run", value=True)
    if any("\0" in part for part in run):
        raise here.error("no argument can hold a NUL", shape, "run", value=True)
    for name in (found[1] for part in run for found in _PLACEHOLDER.finditer(part)):
        if name not in PLACEHOLDERS:
            way_out = did_you_mean(name, PLACEHOLDERS)
            raise here.error(f"unknown placeholder `{{{name}}}`", way_out, "run", value=True)
    return tuple(run)


def _voices(table: Mapping[str, object], here: _Here) -> Iterator[tuple[str, str]]:
    language = _language(table.get("language", "en"), here, "language")
    voices = table.get("voices", {})
    if not isinstance(voices, dict):
        message = "`voices` is a table of names and their languages"
        raise here.error(message, 'write `voices = { slt = "en-us" }`', "voices", value=True)
    if not voices:
        yield "", language
    for name, spoken in voices.items():
        if not name.strip() or "\0" in name:
            message = f"{quote(name)} is not the name of a voice"
            raise here.error(message, "write what the program calls it", "voices", name)
        yield name, _language(spoken, here, "voices", name)


def _language(value: object, here: _Here, *keys: str) -> str:
    tag = value.lower().replace("_", "-") if isinstance(value, str) else ""
    if not _LANGUAGE.fullmatch(tag):
        message = f"{quote(str(value))} is not a language"
        way_out = "write a tag such as `en`, `en-gb` or `pt-br`"
        raise here.error(message, way_out, *keys, value=True)
    return tag


def _timeout(table: Mapping[str, object], here: _Here) -> float:
    value = table.get("timeout", PATIENCE)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 3600:
        message = f"`timeout` cannot be {quote(str(value))}"
        raise here.error(message, "write seconds: `timeout = 60`", "timeout", value=True)
    return float(value)


# ── the file ──────────────────────────────────────────────────────────────────


ABOUT_ONE_ROUTINE = frozenset(row.name for row in TABLE if row.of_one_routine)
"""Settings that concern a single routine."""

CONFIGURABLE = tuple(row.name for row in TABLE if not row.of_one_routine)
"""The settings that the file may contain, in the order of the language's page."""

LARGEST = 1 << 20
"""Most bytes of the file."""

_POSITION = late(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)$")


class Configuration(Struct, frozen=True):
    """The contents of the file; everything is empty if there is no file."""

    path: Path
    text: str | None = ""
    """The text of the file; None if it is too large or not UTF-8."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """The values by their names in front matter."""
    programs: Mapping[str, Program] = field(default_factory=dict)
    """The programs that speak, by their names."""
    problems: tuple[Problem, ...] = ()

    def place_of(self, name: str) -> Place | None:
        """The place of a top-level setting that is not a table; None if it is not set."""
        for number, text in enumerate((self.text or "").splitlines(), 1):
            if text.startswith("["):
                break
            if name in self.settings and text.partition("=")[0].strip(" \t\"'") == name:
                return Place(str(self.path), number, 1, len(text))
        return None

    def checked(self) -> Configuration:
        """Return the configuration itself; a ConfigurationError if there are problems in it."""
        if self.problems:
            raise ConfigurationError(self.problems)
        return self


def configuration_path() -> Path:
    """The path in VOICEGUIDE_CONFIG, or `config.toml` in the user's folder for configurations."""
    wanted = os.environ.get("VOICEGUIDE_CONFIG", "").strip()
    if wanted:
        return Path(wanted).expanduser()
    import platformdirs

    return platformdirs.user_config_path("voiceguide", appauthor=False) / "config.toml"


def read_configuration(known: Known | None = None) -> Configuration:
    """Read the user's file, and find its problems; `known` holds the names in the library.

    Without `known` the values of the settings are not checked.

    Raises:
        MachineError: the file cannot be read.
    """
    path = configuration_path()
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return Configuration(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise MachineError(
            f"the configuration file `{path}` cannot be read: {reason}",
            "mend it, or name another one in VOICEGUIDE_CONFIG",
        ) from error
    if len(data) > LARGEST:
        problem = Problem(
            "the file is larger than 1 MiB", "write only settings", Place(str(path), 1)
        )
        return Configuration(path, None, problems=(problem,))
    return parse_configuration(data, path, known)


def parse_configuration(data: bytes, path: Path, known: Known | None = None) -> Configuration:
    """Read a configuration from bytes, and find its problems."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Problem("this is not UTF-8", "save the file as UTF-8", Place(str(path), line))
        return Configuration(path, None, problems=(problem,))
    found = _Reading(path, text).configuration(known)
    if not found.problems:
        return found
    from tomlkit.exceptions import TOMLKitError

    try:
        positions = positions_of(text, str(path))
    except (TOMLKitError, RecursionError):
        return found  # not TOML: the problem has its place already
    return _Reading(path, text, positions).configuration(known)


def setting_name(key: str) -> str:
    """The name in front matter of a key such as `lead-in`, `lead_in` or `lead in`."""
    return re.sub(r"[-_\s]+", " ", key.strip().lower())


class _Reading:
    """Reads one file."""

    def __init__(self, path: Path, text: str, positions: Positions | None = None) -> None:
        self._path = path
        self._text = text
        self._lines = text.split("\n")
        self._positions = positions or Positions(str(path))
        self._report = Reporter(str(path), [line.rstrip("\r") for line in self._lines])
        self._say = self._report.error

    def configuration(self, known: Known | None) -> Configuration:
        """The contents of the file, with the problems found in it."""
        settings: Mapping[str, object] = {}
        programs: Mapping[str, Program] = {}
        document = self._document()
        if document is not None:
            with suppress(EnoughProblems):
                programs = self._programs(document.pop(COMMAND, {}))
                settings = self._settings(document, known)
        problems = tuple(dict.fromkeys(self._report.problems()))
        return Configuration(self._path, self._text, settings, programs, problems)

    def _document(self) -> dict[str, object] | None:
        if not self._text.strip():
            return {}
        import tomllib  # late: most people have no such file, or an empty one

        try:
            return tomllib.loads(self._text)
        except ValueError as error:  # TOMLDecodeError, or a number with too many digits
            self._say(self._misread(str(error)), *_unwritten(str(error)))
        except RecursionError:
            self._say(Place(str(self._path), 1), *_unwritten("nested too deep"))
        return None

    def _misread(self, message: str) -> Place:
        """The place where the parser stopped; for the end of the file, its last line with text."""
        position = _POSITION.search(message)
        if position and position[1]:
            return Place(str(self._path), int(position[1]), int(position[2]))
        last = max((n for n, line in enumerate(self._lines, 1) if line.strip()), default=1)
        return Place(str(self._path), last, max(1, len(self._lines[last - 1].rstrip())))

    def _programs(self, tables: object) -> Mapping[str, Program]:
        programs: dict[str, Program] = {}
        if not isinstance(tables, dict):
            place = self._positions.of((COMMAND,))
            self._say(place, "`command` is a table", "write `[command.NAME]`")
            return {}
        for name, table in tables.items():
            with self._report.catching():
                programs[name] = _program(name, table, self._positions)
        return programs

    def _settings(self, document: Mapping[str, object], known: Known | None) -> dict[str, object]:
        settings: dict[str, Setting] = {}
        for key, value in document.items():
            name = setting_name(key)
            place = self._positions.of((key,))
            if name in settings:
                message = f"{quote(name)} is here twice"
                self._say(place, message, f"the first is in line {settings[name].place.line}")
            elif self._belongs(name, key, place) and self._is_text(value, (key,)):
                settings[name] = self._setting(name, key, value, place)
        for setting in settings.values():
            self._check_files(setting)
        if known is not None:
            for problem in settle(settings.values(), known=known).problems:
                self._report.add(replace(problem, help=_in_toml(problem.help)))
        return {name: setting.value for name, setting in settings.items()}

    def _setting(self, name: str, key: str, value: object, place: Place) -> Setting:
        keys = value if isinstance(value, dict) else ()
        places = {inner: self._positions.of((key, inner)) for inner in keys}
        return Setting(name, value, place, places, self._positions.of((key,), value=True))

    def _belongs(self, name: str, key: str, place: Place) -> bool:
        if name in ABOUT_ONE_ROUTINE:
            way_out = "write it in the front matter of that routine"
            self._say(place, f"`{name}` is about one routine, not about all of them", way_out)
        elif name not in CONFIGURABLE:
            way_out = setting_meant(name, {*CONFIGURABLE, COMMAND})
            self._say(place, f"unknown setting {quote(key)}", way_out)
        return name in CONFIGURABLE

    def _is_text(self, value: object, key: KeyPath) -> bool:
        """Whether the value contains no date or time, which settings cannot be; report one."""
        if isinstance(value, dict):
            fine = [self._is_text(inner, (*key, name)) for name, inner in value.items()]
            return all(fine)
        if not isinstance(value, str | int | float | list):
            place = self._positions.of(key, value=True)
            message = f"{quote(key[-1])} cannot be a date or a time"
            self._say(place, message, 'write it in quotes: `"…"`')
            return False
        return True

    def _check_files(self, setting: Setting) -> None:
        """Check lexicons; report paths of chimes and beds, which start at a routine's folder."""
        if setting.name == "lexicon":
            self._check_lexicons(setting)
        if setting.name not in ("chimes", "bed"):
            return
        value = setting.value
        for key, name in value.items() if isinstance(value, dict) else [("", value)]:
            if is_path(str(name).partition(",")[0]):
                place = setting.places.get(key) or setting.value_place or setting.place
                message = f"{quote(str(name))} is a file, which only a routine can name"
                way_out = "name a sound that comes with voiceguide, or write it in that routine"
                self._say(place, message, way_out)

    def _check_lexicons(self, setting: Setting) -> None:
        """Report lexicons that do not exist; relative paths start at this file's folder."""
        value = setting.value
        names = map(str, value) if isinstance(value, list) else str(value).split(",")
        for name in filter(None, map(str.strip, names)):
            path = self._path.parent / Path(name).expanduser()
            if name.lower() != NONE and not is_file(path):
                place = setting.value_place or setting.place
                way_out = "write its whole path: `/home/me/words.pls`, or take it out"
                self._say(place, f"there is no lexicon {quote(str(path))}", way_out)


def _in_toml(way_out: str) -> str:
    """Rewrite a help that shows front matter so that it shows TOML."""
    for yaml, toml in _IN_TOML:
        way_out = yaml.sub(toml, way_out)
    return way_out


def _as_line(found: re.Match[str]) -> str:
    return f'`{found[1].replace(" ", "-")} = "{found[2]}"`'


_IN_TOML = (
    (late(r"`([a-z ]+):`, and under it an indented line"), r"`[\1]`, and under it a line"),
    (late(r"`([a-z ]+): ([^`\"]+)`"), _as_line),
)


def _unwritten(message: str) -> tuple[str, str]:
    """The message of the parser as a sentence, and a help."""
    said = _POSITION.sub("", message)
    sentence = said[:1].lower() + said[1:]
    return f"this is not TOML: {sentence}", 'a setting is a line such as `pace = "brisk"`'
