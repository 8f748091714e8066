"""Check rows and turn them into orders: all that a worker needs to make one session, anywhere.

Every row is opened as an export would open it, before anything is made. Rows that differ only in
a person's words are opened once; their words are checked separately.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide import __version__, library, programme
from voiceguide.catalogue.rows import EXPORTING, OF_PROGRAMMES, WORD, Row, Value, naming
from voiceguide.encode.formats import FORMATS, check_format
from voiceguide.errors import (
    InputError,
    Place,
    Problem,
    RoutineError,
    Severity,
    UsageError,
    VoiceguideError,
    any_error,
    quote,
)
from voiceguide.files import is_file
from voiceguide.script import is_path
from voiceguide.settings import Bed, Settings
from voiceguide.settings.merge import settle
from voiceguide.studio.opening import (
    Opened,
    SourceText,
    UnmetLengthError,
    known_names,
    open_text,
    read,
)
from voiceguide.studio.supplied import as_options, named_files

NAMES = tuple(kind.ending.removeprefix(".") for kind in FORMATS)

_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_OPTION = re.compile(r"`--([a-z][a-z-]*)(?: [^`]*)?`(?:: )?")

_NO_SPEECH = {
    *("title", "author", "description", "cover", "date", "needs", "purposes", "frequency", "see"),
    *("length", "point", "bed", "seed", "chimes", "lead_in", "lead_out", "fade", "allow", "asked"),
    *("words", "places", "loudness", "breath"),
}
"""Fields of the settings that change little or nothing of the spoken text."""

_NOT_KEYED = {"words", "places", "lexicons", "allow"}


class Order(Struct, frozen=True):
    """A session or a programme to make, with everything that a worker needs to know."""

    id: str
    row: int
    line: int
    """The row's line in its plan."""
    text: SourceText
    """Source text of the routine or the programme."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options for `studio.load_text`, without a person's words."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Words for the routine's placeholders, which may name a person."""
    format: str = "mp3"
    kbps: int | None = None
    flags: frozenset[str] = frozenset()
    """Names from `EXPORTING`: `captions`, `sheet`, …"""
    start: str = ""
    """The first day of a programme; empty for a routine."""
    at: str = ""
    length: float | None = None
    """Seconds that the session should last; None if the routine's own doses decide."""
    key: str = ""
    """Changes with everything that its files depend on."""
    speech: str = ""
    """The same for all rows with the same speech, a person's words left out."""

    @property
    def file(self) -> str:
        """File name of the sound."""
        return f"{self.id}.{self.format}"

    @property
    def in_folder(self) -> bool:
        """Whether its files are in a separate folder."""
        return bool(self.start or self.flags & {"split", "bundle"})


class CheckedRow(Struct, frozen=True):
    """A row with its order, or with its problems."""

    row: Row
    order: Order | None
    problems: tuple[Problem, ...] = ()


class _Base(Struct, frozen=True):
    """The result of opening that rows share if they differ only in a person's words."""

    key: str
    speech: str
    length: float | None
    problems: tuple[Problem, ...] = ()


class Checker:
    """Checks rows; paths are relative to `folder`, and `secret` is the key for hashing words."""

    MOST_BASES = 2_000

    def __init__(self, folder: Path, secret: bytes = b"") -> None:
        self._folder, self._secret = folder, secret
        self._texts: dict[str, SourceText] = {}
        self._bases: dict[object, _Base] = {}
        self._voices: dict[tuple[str | None, str], str] = {}
        self._sums: dict[Path, str] = {}
        self._known = known_names()  # once, because it searches the library

    def check(self, row: Row) -> CheckedRow:
        """Check a row and return it with its order, or with all its problems."""
        told = _RowProblems(row, [*row.faults, *naming(row)])
        order = _Reading(row, told.found).order()
        if row.cells or not row.faults:
            order = self._opened(told, order)
        return CheckedRow(row, None if any_error(told.found) else order, tuple(told.found))

    def _opened(self, told: _RowProblems, order: Order) -> Order:
        try:
            text = self._text(told.row)
            if told.row.cells.get("programme"):
                return self._programme(told, replace(order, text=text))
            options = {name: self._beside(name, value) for name, value in order.options.items()}
            base = self._base(told, text, order, options)
        except VoiceguideError as error:
            told.add(error)
            return order
        if base is None:
            return order
        key = self._key(base.key, repr((order.format, order.kbps, sorted(order.flags))), order)
        found = {"key": key, "speech": base.speech, "length": base.length}
        return replace(order, text=text, options=options, **found)

    def _text(self, row: Row) -> SourceText:
        """Read the routine or the programme of a row; each file is read once."""
        column = "programme" if row.cells.get("programme") else "routine"
        name = str(row.cells.get(column, ""))
        if not name:
            raise RoutineError([row.problem("there is no routine", "name one", "routine")])
        known = f"{column} {name}"
        if known not in self._texts:
            self._texts[known] = self._read(row, column, name)
        return self._texts[known]

    def _read(self, row: Row, column: str, name: str) -> SourceText:
        reader = programme.read if column == "programme" else read
        beside = self._folder / name
        names = library.programmes() if column == "programme" else library.routines()
        try:
            return reader(name if name in names and not is_file(beside) else beside)
        except UsageError as error:
            raise RoutineError([row.problem(error.message, error.help, column)]) from error

    def _beside(self, name: str, value: Any) -> Any:
        """The value of an option, with the path of a bed made relative to the plan's folder."""
        if name != "bed" or not isinstance(value, str):
            return value
        file, comma, level = value.partition(",")
        if not is_path(file.strip()):
            return value
        return f"{self._folder.resolve() / Path(file.strip()).expanduser()}{comma}{level}"

    # ── work that rows share ─────────────────────────────────────────────────

    def _base(
        self, told: _RowProblems, text: SourceText, order: Order, options: Mapping[str, Any]
    ) -> _Base | None:
        known = (text.source, _frozen(options), frozenset(order.words))
        base = self._bases.get(known)
        if base is None:
            opened = self._open(told, text, options, order.words)
            if opened is None:
                return None
            base = self._made_base(told.row, text, opened)
            if len(self._bases) >= self.MOST_BASES:
                self._bases.clear()
            self._bases[known] = base
        elif order.words:
            with told.catching():
                settle((), options={"words": order.words}, known=self._known)
        told.found.extend(base.problems)
        return base

    def _open(
        self,
        told: _RowProblems,
        text: SourceText,
        options: Mapping[str, Any],
        words: Mapping[str, str],
    ) -> Opened | None:
        """Open a routine with a row's options; on failure, report bad cells and return None."""
        left = {**options, **({"words": words} if words else {})}
        opened = None
        while True:
            try:
                found = open_text(text, left)
            except UsageError as error:
                name = _blamed(error, left)
                told.add(error, name)
                if name is None:
                    return None
                del left[name]
                opened = False
                continue
            except RoutineError as error:
                told.add(error)
                return None
            return found if opened is None else None

    def _made_base(self, row: Row, text: SourceText, opened: Opened) -> _Base:
        settings = opened.settings
        voice = self._voice(row, settings.voice, settings.language)
        warnings = tuple(one for one in opened.warnings if one.severity is Severity.WARNING)
        sources = [(name, _digest(data)) for name, data in sorted(self._sources(text, opened))]
        said = repr((__version__, sources, voice, sorted(opened.sayings.items())))
        whole = _settings_text(settings, row.words, _NOT_KEYED)
        speech = _settings_text(settings, settings.words, _NO_SPEECH)
        keys = _digest(f"{said} {whole}"), _digest(f"{said} {speech}")
        return _Base(*keys, settings.length, warnings)

    def _sources(self, text: SourceText, opened: Opened) -> Iterator[tuple[str, bytes]]:
        """Yield the name and contents, or checksum, of every file that the session is made from."""
        yield text.source, text.data
        for routine in (opened.routine, *opened.used.values()):
            yield routine.source, "\n".join(routine.lines).encode()
            folder = opened.folders[routine.source]
            for name, _ in named_files(routine):
                path = library.resolve_beside(name, folder)
                yield f"{routine.source} {name}", self._sum(path).encode()
        bed = opened.settings.bed
        if bed and is_path(bed.name):
            path = Path(bed.name).expanduser()
            place = opened.settings.places.get("bed")
            path = library.resolve_beside(bed.name, text.folder) if place else path
            yield f"bed {bed.name}", self._sum(path).encode()

    def _sum(self, path: Path) -> str:
        if path not in self._sums:
            with path.open("rb") as file:
                self._sums[path] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._sums[path]

    def _voice(self, row: Row, voice: str | None, language: str) -> str:
        """The voice that will speak, with its version, as `named_voice` returns it."""
        if (voice, language) not in self._voices:
            try:
                self._voices[voice, language] = named_voice(voice, language)
            except UsageError as error:
                column = "voice" if "voice" in row.cells else "routine"
                raise RoutineError([row.problem(error.message, error.help, column)]) from error
        return self._voices[voice, language]

    def _programme(self, told: _RowProblems, order: Order) -> Order:
        with told.catching("start"):
            programme.read_date(order.start)
        if order.at:
            with told.catching("at"):
                programme.read_time(order.at)
        voice = order.options.get("voice")
        course = programme.load_text(order.text, voice=voice)
        told.found.extend(course.warnings)
        opened = ((take.text, open_text(take.text, take.options)) for take in course.takes)
        sources = {name: _digest(data) for one in opened for name, data in self._sources(*one)}
        plan = _digest(order.text.data)
        said = repr(
            (__version__, plan, sorted(sources.items()), self._voice(told.row, voice, "en"))
        )
        about = repr((order.start, order.at, order.format, order.kbps))
        return replace(order, key=self._key(_digest(said), about, order))

    def _key(self, base: str, about: str, order: Order) -> str:
        """Compute the key of a row; a person's words are hashed with the secret."""
        said = repr(sorted(order.words.items())).encode()
        words = hmac.new(self._secret, said, hashlib.sha256).hexdigest() if order.words else ""
        return _digest(f"{base} {about} {words}")[:32]


# ── reading the cells ────────────────────────────────────────────────────────


class _Reading(Struct):
    """Reads the cells of a row into an order that has no text yet."""

    row: Row
    problems: list[Problem]

    def order(self) -> Order:
        """The order from all cells that could be read; the others become problems."""
        cells = dict(self.row.cells)
        cells.pop("id", None)
        cells.pop(WORD, None)
        exporting = {name: cells.pop(name) for name in EXPORTING if name in cells}
        of_programme = {name: cells.pop(name) for name in OF_PROGRAMMES if name in cells}
        routine = cells.pop("routine", None)
        if "programme" in of_programme:
            self._refuse_beside_programme(routine, cells, exporting)
        flags = frozenset(name for name in EXPORTING if self._flag(name, exporting))
        format_ = self._format(exporting)
        return Order(
            self.row.id,
            self.row.number,
            self.row.place.line,
            SourceText(b"", "", Path()),
            options=as_options(self._options(cells)),
            words=self.row.words,
            format=format_,
            kbps=self._kbps(exporting, format_),
            flags=flags,
            start=str(of_programme.get("start", "")),
            at=str(of_programme.get("at", "")),
        )

    def _options(self, cells: Mapping[str, Value]) -> dict[str, Any]:
        options: dict[str, Any] = {}
        for name, value in cells.items():
            if isinstance(value, bool):
                options[name] = "yes" if value else "no"
            elif name == "with" and isinstance(value, str):
                options[name] = [one.strip() for one in value.split(",") if one.strip()]
            else:
                options[name] = value
        return options

    def _refuse_beside_programme(
        self, routine: object, cells: Mapping[str, Value], exporting: Mapping[str, Value]
    ) -> None:
        if routine:
            message = "a row makes either a routine or a programme"
            self._problem("routine", message, "leave one empty")
        allowed = {"voice", "format", "bitrate"}
        for name in (*cells, *exporting, *((WORD,) if self.row.words else ())):
            if name not in allowed:
                way_out = "its sessions set this themselves: leave it empty"
                self._problem(name, "this does not apply to a programme", way_out)

    def _flag(self, name: str, exporting: Mapping[str, Value]) -> bool:
        if name in ("format", "bitrate") or name not in exporting:
            return False
        written = str(exporting[name]).strip().lower()
        if written not in _YES:
            self._problem(name, f"{quote(written)} is neither yes nor no", "write `yes` or `no`")
        return _YES.get(written, False)

    def _format(self, exporting: Mapping[str, Value]) -> str:
        written = str(exporting.get("format", NAMES[0])).strip().lower().removeprefix(".")
        if written in NAMES:
            return written
        way_out = f"write one of {', '.join(NAMES)}"
        self._problem("format", f"there is no format {quote(written)}", way_out)
        return NAMES[0]

    def _kbps(self, exporting: Mapping[str, Value], format_: str) -> int | None:
        written = exporting.get("bitrate")
        if written is None:
            return None
        kind = next(kind for kind in FORMATS if kind.ending == f".{format_}")
        try:
            kbps = int(str(written).removesuffix("kbps").strip())
            check_format(kind, kbps)
        except ValueError:
            self._problem("bitrate", f"{quote(str(written))} is not a number", "write `64`")
        except VoiceguideError as error:
            self._problem("bitrate", error.message, error.help)
        else:
            return kbps
        return None

    def _problem(self, column: str, message: str, way_out: str) -> None:
        self.problems.append(self.row.problem(message, way_out, column))


# ── problems of a row ────────────────────────────────────────────────────────


class _RowProblems(Struct):
    """A row and the problems found in it."""

    row: Row
    found: list[Problem]

    def add(self, error: VoiceguideError, option: str | None = None) -> None:
        """Add the problems of an error."""
        self.found.extend(_of_row(self.row, error, option))

    @contextmanager
    def catching(self, column: str | None = None) -> Iterator[None]:
        """Add the problems of errors raised in a `with` block, and suppress the errors."""
        try:
            yield
        except (InputError, UsageError, RoutineError) as error:
            self.add(error, column)


def _blamed(error: UsageError, options: Mapping[str, Any]) -> str | None:
    """The option that an error is about; None if it names none."""
    found = _OPTION.search(error.message)
    name = found[1].replace("-", " ") if found else ""
    if name in options:
        return name
    return "with" if "no option" in error.message and "with" in options else None


def _of_row(row: Row, error: VoiceguideError, option: str | None = None) -> list[Problem]:
    """Turn the problems of an error into problems of a row and, if known, of its column."""
    if any(problem.place for problem in error.problems):
        own = [one for one in error.problems if one.source == row.place.source]
        if own:
            return own
        said = row.problem(
            "the routine has errors of its own", "mend them, or choose another", "routine"
        )
        return [*error.problems, said]
    column = option or _blamed(error, row.cells) if isinstance(error, UsageError) else option
    column = WORD if column == "words" else column
    message = _OPTION.sub("", error.message, count=1) if column else error.message
    help_ = error.help.replace("`--with`", "`with`")
    return [row.problem(message, help_, column or "")]


def of_order(order: Order, plan: str, error: VoiceguideError) -> list[Problem]:
    """Problems of a session that could not be made; `plan` is the file that its order is from."""
    row = Row(order.row, Place(plan, order.line))
    if isinstance(error, UnmetLengthError):
        return _of_row(row, error, "length")
    return _of_row(row, error)


# ── keys ─────────────────────────────────────────────────────────────────────


def named_voice(voice: str | None, language: str) -> str:
    """Name a voice with its engine and version: `espeak 1.52 en-us`.

    Raises:
        UsageError: there is no such voice.
        MachineError: its engine cannot be used here.
    """
    from voiceguide.engines import find_voice, make, read_choice, recorded, version_of
    from voiceguide.engines.choosing import best_voice
    from voiceguide.store import default_store

    if voice is None:
        best = best_voice(language, default_store())
        engine, name = best.engine, best.voice.name
    else:
        choice = read_choice(voice)
        engine = make(choice.engine)
    with closing(engine):
        if voice is not None:
            name = find_voice(engine, choice.voice, language).name
        narrated = voice is None and recorded.library_folder() is not None
        narration = recorded.RecordedEngine().version if narrated else ""
        return f"{engine.name} {version_of(engine)} {name} {narration}"


def _settings_text(settings: Settings, words: Mapping[str, str], without: set[str]) -> str:
    """The settings as a text that is the same in every process, without the row's words."""
    names = sorted(set(Settings.__struct_fields__) - without)
    said = [(name, _ordered(getattr(settings, name))) for name in names]
    own = sorted((name, word) for name, word in settings.words.items() if name not in words)
    return repr((said, own, sorted(words)))


def _ordered(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Bed):  # the folder of its file makes no difference
        return Path(value.name).name, value.level
    return sorted(value.items()) if isinstance(value, Mapping) else value


def _frozen(options: Mapping[str, Any]) -> object:
    return repr(sorted((name, _listed(value)) for name, value in options.items()))


def _listed(value: object) -> object:
    if isinstance(value, Mapping):
        return sorted(value.items())
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _digest(said: str | bytes) -> str:
    data = said.encode() if isinstance(said, str) else said
    return hashlib.sha256(data).hexdigest()
