"""`recorded`: lines recorded in advance, by a person or with a voice of another engine.

    FOLDER/lines.tsv    comments `# NAME: VALUE`, the heads `text`, `file`, `seconds`, `date`, and
                        a row for each recorded line; fields are separated by tabs
           about.md     the speaker, and what they agreed to
           0001.flac …  the recordings: FLAC, WAV, Ogg Opus, anything that libsndfile reads

The names are `language`, a tag; `voice`, the speaker; and if the voice was recorded at one pace,
`paces`, the range of words a minute for which the recordings are used: `115-145`. A text is found
by its words and punctuation; case, blanks and `*` are ignored.

The voices are the subfolders of `recorded` in the folder of installed voices, by their names, and
the library's own narration, `recorded:library`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from msgspec import Struct

from voiceguide.engines import RECORDED, MissingLineError, Utterance, Voice, missing_voice
from voiceguide.errors import MachineError, quote
from voiceguide.patterns import late
from voiceguide.settings import LOUDNESS
from voiceguide.voices import voices_folder

LIBRARY = "library"
"""The voice of the narration that comes with voiceguide."""

LINES = "lines.tsv"
HEADS = ("text", "file", "seconds", "date")

_ANY_PACE = range(1, 1_000)
_HEADER = late(r"#\s*(\w[\w ]*?)\s*:\s*(.*?)\s*")


class RecordedLine(Struct, frozen=True):
    """A recorded line."""

    text: str
    file: str
    """The name of its file in the folder."""
    seconds: float
    date: str = ""


class Recordings(Struct, frozen=True):
    """A folder of recorded lines."""

    folder: Path
    facts: Mapping[str, str]
    """The comments of its list: `language`, `voice`, `paces`."""
    lines: Mapping[str, RecordedLine]
    """The lines by their `key_of`."""

    @property
    def language(self) -> str:
        """The language tag, in lower case."""
        return self.facts.get("language", "en").lower().replace("_", "-")

    @property
    def paces(self) -> range:
        """The words a minute for which the recordings are used."""
        first, dash, last = self.facts.get("paces", "").partition("-")
        known = dash and first.strip().isdecimal() and last.strip().isdecimal()
        return range(int(first), int(last) + 1) if known else _ANY_PACE

    def missing(self, texts: Iterable[str], words_a_minute: int) -> Iterator[str]:
        """Return the texts that are not recorded; all texts if the pace is not."""
        at_pace = words_a_minute in self.paces
        return (text for text in texts if not (at_pace and key_of(text) in self.lines))


def key_of(text: str) -> str:
    """Return the key under which a text is found."""
    return " ".join(text.replace("*", "").casefold().split())


def file_of(text: str, ending: str) -> str:
    """Return the name of a line's file: its first words, and a hash that makes it unique."""
    start = "-".join("".join(c if c.isalnum() else " " for c in text.casefold()).split()[:5])
    return f"{start[:40]}-{hashlib.sha256(key_of(text).encode()).hexdigest()[:8]}{ending}"


@lru_cache(maxsize=8)
def read_recordings(folder: Path) -> Recordings:
    """Read the recordings of a folder; raise a MachineError if its list cannot be read."""
    import csv

    try:
        rows = (folder / LINES).read_text("utf-8").splitlines()
        found = filter(None, map(_HEADER.fullmatch, rows))
        facts = {header[1]: header[2] for header in found}
        listed = csv.DictReader(
            (row for row in rows if not row.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE
        )
        lines = [
            RecordedLine(
                row["text"], Path(row["file"]).name, float(row["seconds"]), row["date"] or ""
            )
            for row in listed
        ]
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise MachineError(
            f"the recordings in `{folder}` cannot be read: {error}",
            f"see to `{LINES}`: the heads are {', '.join(HEADS)}, parted by tabs",
        ) from error
    return Recordings(folder, facts, {key_of(line.text): line for line in lines})


def write_lines(recordings: Recordings) -> bytes:
    """Return the contents of the list, as `read_recordings` reads it."""
    rows = [f"# {name}: {value}" for name, value in recordings.facts.items()]
    rows.append("\t".join(HEADS))
    for line in sorted(recordings.lines.values(), key=lambda line: key_of(line.text)):
        text = " ".join(line.text.split())
        rows.append("\t".join((text, line.file, f"{line.seconds:.3f}", line.date)))
    return ("\n".join(rows) + "\n").encode()


# ── the speaker and their consent ────────────────────────────────────────────

ABOUT = "about.md"

_SIGNED = late(r"[-*]?\s*(Who speaks|When|Permission):\s*(\S.*?)\s*")


class VoiceConsent(Struct, frozen=True):
    """The speaker, the date and the permission, as at the beginning of `about.md`."""

    who: str
    when: str
    permission: str

    def written(self) -> str:
        """Return the text of `about.md`."""
        return (
            "# Whose voice this is\n\n"
            f"- Who speaks: {self.who}\n- When: {self.when}\n- Permission: {self.permission}\n"
        )

    def __str__(self) -> str:
        return f"Voice: {self.who}, recorded {self.when}. Permission: {self.permission}"


def read_consent(folder: Path) -> VoiceConsent | None:
    """Read who speaks in a folder, and the permission; None if it does not tell."""
    try:
        rows = (folder / ABOUT).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return None
    said = {found[1]: found[2] for found in map(_SIGNED.fullmatch, rows) if found}
    who = said.get("Who speaks")
    return VoiceConsent(who, said.get("When", "?"), said.get("Permission", "?")) if who else None


# ── the engine ───────────────────────────────────────────────────────────────


def folders() -> dict[str, Path]:
    """Return the folders of recordings, by the names of their voices."""
    own = voices_folder() / "recorded"
    found = {path.parent.name: path.parent for path in sorted(own.glob(f"*/{LINES}"))}
    library = library_folder()
    return {**found, LIBRARY: library} if library else found


def library_folder() -> Path | None:
    """Return the folder of the library's own narration: in the package, or beside it in a checkout.

    None if it does not exist, or if VOICEGUIDE_NARRATION is `off`.
    """
    package = Path(__file__).resolve().parents[1]
    here = package / "audio_assets"
    folder = (here if here.is_dir() else package.parent / "audio_assets") / "narration"
    off = os.environ.get("VOICEGUIDE_NARRATION", "").lower() == "off"
    return folder if not off and (folder / LINES).is_file() else None


class RecordedEngine:
    """The engine of recorded voices; each can only say the lines that it has."""

    name = RECORDED
    at_once = 2
    written = True

    @cached_property
    def version(self) -> str:
        """Changes when the list of any folder changes."""
        lists = ((folder / LINES).read_bytes() for folder in folders().values())
        return f"1-{hashlib.sha256(b''.join(lists)).hexdigest()[:16]}"

    def voices(self) -> Sequence[Voice]:
        """Return all folders of recordings as voices, the library's own last."""
        return [Voice(name, read_recordings(path).language) for name, path in folders().items()]

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        """Return the recording of a text, or raise a MissingLineError; see `Engine`."""
        recordings = self._recordings(voice)
        if self.lacks(text, voice, words_a_minute):
            raise MissingLineError(
                f"`{self.name}:{voice}` has no recording of {quote(text)} at {words_a_minute} words"
                " a minute",
                "record it (`voiceguide record`), or name a second voice for what is missing:"
                f" `{self.name}:{voice}, natural`; `{recordings.folder / LINES}` lists what there"
                " is",
            )
        return _decoded(recordings.folder / recordings.lines[key_of(text)].file)

    def sample(self, voice: str) -> tuple[str, int] | None:
        """Return a recorded text and the words a minute to request; see `sample_by`."""
        recordings = self._recordings(voice)
        line = next(iter(recordings.lines.values()), None)
        return (line.text, recordings.paces[0]) if line else None

    def lacks(self, text: str, voice: str, words_a_minute: int) -> bool:
        """See `voiceguide.engines.lacks`."""
        return next(self._recordings(voice).missing([text], words_a_minute), None) is not None

    def credit(self, voice: str) -> str:
        """See `voiceguide.engines.credit_of`."""
        consent = read_consent(self._recordings(voice).folder)
        return str(consent) if consent else ""

    def measured(self, _voice: str) -> tuple[float, float]:
        """See `voiceguide.engines.measured_by`."""
        return LOUDNESS, 1.0

    def close(self) -> None:
        """Do nothing; the engine holds no resources."""

    def _recordings(self, voice: str) -> Recordings:
        there_are = folders()
        if voice not in there_are:
            raise missing_voice(self.name, voice, there_are)
        return read_recordings(there_are[voice])


def _decoded(path: Path) -> Utterance:
    import soundfile

    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.SoundFileError, RuntimeError) as error:
        raise MachineError(
            f"the recording `{path}` cannot be read: {error}", "record the line again"
        ) from error
    return Utterance(samples.mean(axis=1, dtype=samples.dtype), int(rate))
