"""Drafts: a routine's text as it is in an editor, with the options beside it.

A draft has a number. Its plan, its sound and its sheet are requested by that number, so that an
editor shows, plays and exports the same text. Only the latest few drafts are kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from msgspec import Struct

from voiceguide import library, studio
from voiceguide.encode.formats import MP3, PURPOSE_NAMES, purpose_of
from voiceguide.encode.mp3.frames import Rate, encoded
from voiceguide.encode.pcm import samples_of
from voiceguide.errors import RoutineError, UsageError, VoiceguideError, did_you_mean
from voiceguide.files import replacing
from voiceguide.lengths import samples
from voiceguide.patterns import late
from voiceguide.render import Block, Blocks
from voiceguide.studio.editing import Examined, examine
from voiceguide.studio.opening import MOST_BYTES
from voiceguide.studio.playing import PIECE, Preview, PreviewStream
from voiceguide.timeline import Timeline

MOST_DRAFTS = 4
"""How many drafts are kept; each holds its clips."""

KINDS = ("sound", "captions", *PURPOSE_NAMES)
"""Kinds of export: only the sound, the sound with captions, or the files of a purpose."""

_HEARD = {1: Rate(64, 1), 2: Rate(128, 2)}
"""The bit rate at which a draft is heard, by its number of channels."""


class Draft:
    """A text with its options. Several threads may use it.

    Drafts of one page share `engines`; the lock `turn` lets one draft use them at a time.
    """

    def __init__(
        self,
        text: studio.SourceText,
        options: Mapping[str, Any],
        engines: studio.Studio | None = None,
        turn: Lock | None = None,
    ) -> None:
        self.text, self.options = text, dict(options)
        self._load = engines.load_text if engines else studio.load_text
        self._turn = turn or Lock()
        self.stale = False
        """Whether a newer text has come, so that nobody waits for this one any more."""
        self._lock, self._beginning = Lock(), Lock()
        self._opened: studio.Session | None = None
        self._spoken: Preview | None = None
        self._blocks: Blocks | None = None
        self._stream: PreviewStream | None = None

    def planned(self, *, exact: bool) -> Examined:
        """Return the plan and every problem.

        With `exact`, all texts are spoken first; without, their lengths are guessed immediately.

        Raises:
            StaleError: a newer text came while it was spoken; the clips are kept for that text.
            VoiceguideError: it cannot be spoken or opened, but not because of the text.
        """
        if not exact:
            with self._lock:
                return examine(self.session, lambda session: session.plan(estimate=True))
        with suppress(RoutineError):  # the plan reports it, too
            self._preview().wait(self._go_on)
        with self._turn, self._lock:
            return examine(self.session, studio.Session.plan)

    def bounds(self) -> tuple[float, float]:
        """Return the shortest and longest length of the session, in seconds, by spoken texts."""
        with self._turn, self._lock:
            return self.session().bounds(estimate=False)

    def _go_on(self) -> None:
        if self.stale:
            self.give_up()
            raise StaleError

    def sound(self, start: float, stop: float | None) -> Iterator[bytes]:
        """Return the sound between two times in seconds, as an MP3 in pieces.

        Texts that are not spoken yet are spoken while the first pieces are heard.

        Raises:
            VoiceguideError: the text has problems, or cannot be spoken.
        """
        end = None if stop is None else samples(stop)
        preview = self._preview()
        if not preview.whole:
            stream = self._stream = preview.stream(samples(start), end)
            return self._mp3(stream.pieces(), stream.channels)
        blocks = self._mixed()
        end = blocks.length if end is None else min(end, blocks.length)
        begin = min(max(0, samples(start)), end)
        if begin == end:
            raise UsageError("there is nothing to be heard there", "choose an earlier place")
        return self._mp3(samples_of(blocks, begin, end, PIECE), blocks.channels)

    def _mp3(self, pieces: Iterator[Block], channels: int) -> Iterator[bytes]:
        try:
            yield from filter(None, encoded(pieces, _HEARD[channels]))
        finally:
            if self.stale:
                self.give_up()

    @property
    def heard(self) -> Timeline | None:
        """The timeline that is heard while texts are still being spoken; None if none is heard."""
        return self._stream.timeline if self._stream and not self._stream.over else None

    def warm(self) -> None:
        """Mix the session in advance, so that playing starts immediately."""
        with suppress(VoiceguideError):  # playing it reports the error
            self._mixed()

    def _mixed(self) -> Blocks:
        with self._turn, self._lock:
            self._blocks = self._blocks or self.session().blocks()
            return self._blocks

    def sheet(self) -> str:
        """Return the handout as an HTML page."""
        from voiceguide.handout.page import as_html

        with self._lock:
            return as_html(self.session().sheet())

    def export(
        self, stem: Path, ending: str, *, kind: str, progress: studio.Progress
    ) -> studio.Export:
        """Export to a file with the stem `stem`, or, for a bundle, into a folder of that name.

        `ending` is the suffix of a format, or empty for the usual one; `kind` is one of `KINDS`.
        The export uses a session of its own, so that the page can go on meanwhile.

        Raises:
            VoiceguideError: the draft cannot be exported.
        """
        purpose = purpose_of(kind) if kind in PURPOSE_NAMES else None
        usual = purpose.format if purpose else MP3
        name = f"{stem.name}{f'.{ending}' if ending else usual.ending}"
        path = stem / name if purpose and purpose.bundle else stem.with_name(name)
        with studio.load_text(self.text, **self.options) as session:
            captions, meant = kind == "captions", kind if purpose else None
            return session.export(path, captions=captions, purpose=meant, progress=progress)

    def session(self) -> studio.Session:
        """Return the session of the text, opened once."""
        self._opened = self._opened or self._load(self.text, **self.options)
        return self._opened

    def _preview(self) -> Preview:
        with self._beginning:
            with self._lock:
                session = self.session()
            self._spoken = self._spoken or session.hear(self._turn)
            return self._spoken

    def give_up(self) -> None:
        """Stop speaking, unless somebody listens."""
        if self._stream is None or self._stream.over:
            self.close()

    def close(self) -> None:
        """Stop speaking."""
        with self._beginning:
            if self._spoken:
                self._spoken.close()
            self._spoken = None


class StaleError(Exception):
    """A newer text has come, and nobody waits for the answer any more."""


class Drafts:
    """The latest drafts of a page, by number; they share their engines."""

    def __init__(self) -> None:
        self._engines, self._turn = studio.Studio(), Lock()
        self._numbers = count(1)
        self._kept: OrderedDict[int, Draft] = OrderedDict()
        self._lock = Lock()

    def add(self, text: studio.SourceText, options: Mapping[str, Any]) -> int:
        """Keep a draft, drop the oldest, and return the draft's number.

        The same text with the same options keeps its draft; all other drafts become stale.
        """
        with self._lock:
            same = None
            for number, kept in self._kept.items():
                kept.stale = (kept.text, kept.options) != (text, options)
                same = same if kept.stale else number
            if same is not None:
                self._kept.move_to_end(same)
                return same
            number = next(self._numbers)
            self._kept[number] = Draft(text, options, self._engines, self._turn)
            while len(self._kept) > MOST_DRAFTS:
                self._kept.popitem(last=False)[1].give_up()
        return number

    def get(self, number: int) -> Draft:
        """Return a draft; a UsageError if the draft is not kept any more."""
        with self._lock:
            if number not in self._kept:
                message = "this text is not kept any more"
                raise UsageError(message, "change something, and try again")
            return self._kept[number]

    def close(self) -> None:
        """Close and drop all drafts."""
        with self._lock:
            for draft in self._kept.values():
                draft.close()
            self._kept.clear()
            self._engines.close()


# ── the author's folder: plain files, read and written only by their names ────


_NAME = late(r"[^\W_][\w .()+,'’-]{0,100}\.md")
"""A file's name: without a path separator and without a leading dot."""

_PROGRAMME = late(r"[^\W_][\w .-]{0,100}\.ya?ml")
_UNNAMED = late(r"[^\w .()+,-]")


class Folder(Struct, frozen=True):
    """The folder of an author's routines."""

    path: Path

    def names(self) -> tuple[str, ...]:
        """Return the names of the routines, sorted."""
        found = (path.name for path in self.path.glob("*.md") if path.is_file())
        return tuple(sorted(name for name in found if _NAME.fullmatch(name)))

    def programmes(self) -> tuple[str, ...]:
        """Return the names of the programmes, sorted."""
        found = (path.name for path in self.path.glob("*.y*ml"))
        return tuple(sorted(name for name in found if _PROGRAMME.fullmatch(name)))

    def read(self, name: str) -> tuple[str, str]:
        """Return a routine's text and its digest.

        Raises:
            UsageError: there is no such routine, it is too large, or it is not text.
        """
        path = self._path(name)
        if not path.is_file():
            raise UsageError(f"there is no routine `{name}` any more", "reload the page")
        data = path.read_bytes()
        if len(data) > MOST_BYTES:
            raise UsageError(f"`{name}` is larger than a routine can be", "choose another file")
        try:
            # the editor knows only `\n`, and would take a byte order mark for a letter
            text = data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise UsageError(f"`{name}` is not UTF-8 text", "save it as UTF-8") from error
        return text, sha256(data).hexdigest()

    def write(self, name: str, text: str, digest: str | None) -> str:
        """Replace a routine that still has this digest, or make a new one; return the new digest.

        Raises:
            UsageError: the file has been changed by somebody else, or exists already.
            MachineError: the file cannot be written.
        """
        path = self._path(name)
        now = sha256(path.read_bytes()).hexdigest() if path.exists() else None
        if now != digest:
            raise ChangedElsewhereError(name, new=digest is None)
        data = text.encode("utf-8")
        if len(data) > MOST_BYTES:
            raise UsageError("the text is larger than a routine can be", "make two of it")
        with replacing(path) as file:
            file.write(data)
        return sha256(data).hexdigest()

    def new(self, title: str, purpose: str) -> str:
        """Make a new routine from a template; return its name.

        Raises:
            UsageError: the title makes no name, the file exists already, or there is no such
                template.
        """
        if purpose not in library.PURPOSES:
            raise UsageError(
                f"there is no template `{purpose}`", did_you_mean(purpose, library.PURPOSES)
            )
        name = _UNNAMED.sub("", " ".join(title.split())).strip(" .-_")[:80] + library.ENDING
        if name == library.ENDING:
            raise UsageError(f"`{title}` is not a name", "write a title with letters or numbers")
        self.write(name, library.template(purpose, title), None)
        return name

    def copy(self, name: str) -> str:
        """Copy a routine of the library; return the copy's name.

        Raises:
            UsageError: there is no such routine, or the file exists already.
        """
        return library.copy_routine(name, self.path).name

    def _path(self, name: str) -> Path:
        plain = _NAME.fullmatch(name) is not None
        path = (self.path / name).resolve() if plain else self.path
        if path.parent != self.path.resolve():
            raise UsageError(f"`{name}` is not a name for a routine here", "write a plain name")
        return path


class ChangedElsewhereError(UsageError):
    """A file has changed since the editor read it; what another program wrote must not be lost."""

    def __init__(self, name: str, *, new: bool) -> None:
        changed = f"`{name}` has been changed by another program"
        what = f"there is already a file `{name}`" if new else changed
        way_out = "choose another name" if new else "open it again, or copy your text elsewhere"
        super().__init__(what, way_out)
