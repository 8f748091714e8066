"""What the stages come to: a plan, and an exported file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import Problem, UsageError
from voiceguide.files import check_target, replacing
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.lint import Subject, lint
from voiceguide.sequence import unroll
from voiceguide.settings import Guidance
from voiceguide.studio.opening import Opened
from voiceguide.timeline import Timeline
from voiceguide.timeline.data import as_dict

if TYPE_CHECKING:
    from voiceguide.proof.report import Report


class Plan(Struct, frozen=True):
    """What happens when."""

    opened: Opened
    timeline: Timeline
    problems: tuple[Problem, ...]
    """Warnings, and cues that do not fit."""
    voice: str | None
    """`ENGINE:VOICE`; None where the lengths of spoken texts are estimated."""

    @property
    def title(self) -> str:
        """The title of the session."""
        return self.opened.title

    @property
    def exact(self) -> bool:
        """Whether the lengths of spoken texts were measured."""
        return self.voice is not None

    def lint(self) -> tuple[Problem, ...]:
        """What the author may have forgotten, as warnings."""
        opened = self.opened
        full = replace(opened.settings, guidance=Guidance.FULL)
        sequence = unroll(opened.routine, full, opened.phrases, used=opened.used)
        language = opened.phrases.language
        subject = Subject(opened.routine, opened.settings, language, sequence, self.timeline)
        return tuple(map(opened.located, lint(subject)))

    def as_dict(self) -> dict[str, object]:
        """The object of `plan --json`."""
        return as_dict(
            self.timeline,
            title=self.title,
            language=self.opened.settings.language,
            exact=self.exact,
            problems=self.problems,
        )


class Album(Struct, frozen=True):
    """What a session is a track of."""

    title: str
    artist: str
    number: int
    """The track's, from 1."""
    tracks: int


class Companions(Struct, frozen=True):
    """What is written besides one file of sound."""

    split: bool = False
    """A file for each chapter instead of one, and a playlist."""
    captions: bool = False
    """The spoken words with their times."""
    bundle: bool = False
    """All that a phone wants: captions, cover, handout, playlist."""
    cue: bool = False
    """The tracks of a CD."""

    @property
    def in_a_folder(self) -> bool:
        """Whether the files have a folder of their own, and a playlist."""
        return self.split or self.bundle


class Export(Struct, frozen=True):
    """What was written, and the plan it follows."""

    plan: Plan
    file: Path
    """The file to play: the sound, or the playlist of its parts."""
    bytes: int
    """The size of the sound."""
    files: tuple[Path, ...]
    """All that was written."""
    proofs: tuple[Report, ...] = ()
    """What was found when the files of sound were read back, if that was asked for."""
    sample_rate: int = SAMPLE_RATE
    loudness: float | None = None
    """LUFS, mono, of all that is spoken, as its clips were measured; None where nothing sounds."""

    def as_dict(self) -> dict[str, object]:
        """The object of `export --json`."""
        return {
            **self.plan.as_dict(),
            "file": str(self.file),
            "bytes": self.bytes,
            "files": list(map(str, self.files)),
            "voice": self.plan.voice,
            "sample_rate": self.sample_rate,
            "proofs": [report.as_dict() for report in self.proofs],
        }


# ── a plan to a picture in a file ────────────────────────────────────────────


_PICTURES = (".svg", ".png")


def check_picture(path: str | Path) -> Path:
    """See to it, before any work, that the picture can be written."""
    path = Path(path)
    if path.suffix.lower() not in _PICTURES:
        said = f"`{path.name}` is not a name for a picture"
        raise UsageError(said, "end it in `.svg` or `.png`")
    check_target(path)
    return path


def draw(plan: Plan, path: str | Path) -> Path:
    """Write the picture of a session; an old file stays whole until the new one is done."""
    from voiceguide.picture import as_png, as_svg, session_drawing

    target = check_picture(path)
    drawing = session_drawing(plan.title, plan.timeline, exact=plan.exact)
    written = as_svg if target.suffix.lower() == ".svg" else as_png
    with replacing(target) as file:
        file.write(written(drawing))
    return target
