"""The results of the stages: a plan, and an exported file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import Problem, UsageError
from voiceguide.files import check_target, replacing
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.lint import lint
from voiceguide.lint.rules import Subject
from voiceguide.sequence.steps import unroll
from voiceguide.settings import Guidance
from voiceguide.studio.opening import Opened
from voiceguide.timeline import Timeline
from voiceguide.timeline.data import as_dict

if TYPE_CHECKING:
    from voiceguide.proof.report import Report


class Plan(Struct, frozen=True):
    """What happens when, in a session."""

    opened: Opened
    timeline: Timeline
    problems: tuple[Problem, ...]
    """Warnings, and cues that do not fit."""
    voice: str | None
    """`ENGINE:VOICE`; None if the lengths of spoken texts are estimated."""

    @property
    def title(self) -> str:
        """The title of the session."""
        return self.opened.title

    @property
    def exact(self) -> bool:
        """Whether the lengths of spoken texts were measured."""
        return self.voice is not None

    def lint(self) -> tuple[Problem, ...]:
        """Return warnings about what the author may have forgotten."""
        opened = self.opened
        full = replace(opened.settings, guidance=Guidance.FULL)
        sequence = unroll(opened.routine, full, opened.phrases, used=opened.used)
        language = opened.phrases.language
        subject = Subject(opened.routine, opened.settings, language, sequence, self.timeline)
        return tuple(map(opened.located, lint(subject)))

    def as_dict(self) -> dict[str, object]:
        """Return the object that `plan --json` prints."""
        return as_dict(
            self.timeline,
            title=self.title,
            language=self.opened.settings.language,
            exact=self.exact,
            problems=self.problems,
        )


class Album(Struct, frozen=True):
    """The album of which a session is a track."""

    title: str
    artist: str
    number: int
    """The track's number, from 1."""
    tracks: int


class Companions(Struct, frozen=True):
    """What an export writes besides, or in place of, one sound file."""

    split: bool = False
    """A file for each chapter in place of one file, and a playlist."""
    captions: bool = False
    """The spoken words with their times."""
    bundle: bool = False
    """Everything for a phone: captions, cover, handout, playlist."""
    cue: bool = False
    """The cue sheet with the tracks of a CD."""

    @property
    def in_a_folder(self) -> bool:
        """Whether the files get a folder of their own, and a playlist."""
        return self.split or self.bundle


class Export(Struct, frozen=True):
    """The files that were written, and their plan."""

    plan: Plan
    file: Path
    """The file to play: the sound, or the playlist of its parts."""
    bytes: int
    """The size of the sound files, in bytes."""
    files: tuple[Path, ...]
    """All files that were written."""
    proofs: tuple[Report, ...] = ()
    """Reports on the sound files that were read back, if that was asked for."""
    sample_rate: int = SAMPLE_RATE
    loudness: float | None = None
    """Loudness of all speech, LUFS mono, by its measured clips; None if nothing sounds."""

    def as_dict(self) -> dict[str, object]:
        """Return the object that `export --json` prints."""
        return {
            **self.plan.as_dict(),
            "file": str(self.file),
            "bytes": self.bytes,
            "files": list(map(str, self.files)),
            "voice": self.plan.voice,
            "sample_rate": self.sample_rate,
            "proofs": [report.as_dict() for report in self.proofs],
        }


# ── the picture of a plan, as a file ─────────────────────────────────────────


_PICTURES = (".svg", ".png")


def check_picture(path: str | Path) -> Path:
    """Check, before any work, that the picture can be written."""
    path = Path(path)
    if path.suffix.lower() not in _PICTURES:
        said = f"`{path.name}` is not a name for a picture"
        raise UsageError(said, "end it in `.svg` or `.png`")
    check_target(path)
    return path


def draw(plan: Plan, path: str | Path) -> Path:
    """Write the picture of a session; an old file stays until the new one is complete."""
    from voiceguide.picture import as_png, as_svg, session_drawing

    target = check_picture(path)
    drawing = session_drawing(plan.title, plan.timeline, exact=plan.exact)
    written = as_svg if target.suffix.lower() == ".svg" else as_png
    with replacing(target) as file:
        file.write(written(drawing))
    return target
