"""Read a finished file back and compare it with what it promises.

    timeline, clips ─promise▶ Promise ─as_text▶ the file's tag         when it is written
    file ─read_promise▶ Promise ┐
             ─decoding▶ samples ─listening▶ Heard ─timing, levels▶ Report   when it is verified

The tag holds the plan and a fingerprint of every sound, so a file is verified without its routine
and clips.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from voiceguide.audio.decode import OpenSound, open_sound
from voiceguide.encode import FoundTags, tags_in
from voiceguide.errors import UsageError, VoiceguideError, blame
from voiceguide.proof import levels, timing
from voiceguide.proof.listening import Progress, listen
from voiceguide.proof.promise import (
    BrokenPromiseError,
    Promise,
    as_text,
    part_of,
    promise,
    read_promise,
)
from voiceguide.proof.report import GROUND, Check, Evidence, Fault, Outcome, Report, clock

__all__ = [
    "BrokenPromiseError",
    "Check",
    "Fault",
    "Promise",
    "Report",
    "ShortfallError",
    "as_text",
    "part_of",
    "promise",
    "verify",
]

LARGEST = 1 << 32
"""Largest file that `voiceguide export` writes, in bytes: the limit of a WAV."""


CHECKS: tuple[tuple[str, str, str, Callable[[Evidence], Outcome]], ...] = (
    ("length", "decoded length compared with the timeline", "ms", timing.check_length),
    ("sounds missing", "words and chimes that are missing or different", "", timing.check_heard),
    ("times", "when each sound begins", "ms", timing.check_times),
    ("ends", "when each spoken line ends", "ms", timing.check_ends),
    ("holds", "how long holds, rests and pauses are", "ms", timing.check_holds),
    ("sides", "left side compared with the right", "ms", timing.check_sides),
    ("chapters", "titles and start times of the chapters", "ms", timing.check_chapters),
    ("loudness", "each line and chime compared with the plan", "LU", levels.check_loudness),
    ("spread of lines", "loudest line compared with the quietest", "LU", levels.check_spread),
    ("true peak", "highest peak, including between samples", "dBTP", levels.check_peak),
    ("clipping", "peaks of lines that were cut off", "dB", levels.check_cut),
    ("clicks", "sharp bends of the waveform within lines", "dB", levels.check_sharpness),
    (
        "seams",
        "bends where lines begin and end, compared with those inside",
        "dB",
        levels.check_seams,
    ),
    ("silences", "loudest 10 ms where nothing should sound", "dBFS", levels.check_silence),
    ("noise floor", "level of the longest silences", "dBFS", levels.check_floor),
    (GROUND, "bed or noise floor in the longest silences", "dBFS", levels.check_ground),
)
"""Every check in the order shown: its name, what it looks at, its unit, and its function.

The limits and their reasons are beside the functions in `timing` and `levels`; what codecs may
change is in `levels.CodecLimits`. The report, the page, the terminal and JSON are built from this
table; `docs/VERIFY.md` explains it."""


def _checked(found: Evidence) -> Iterator[Check]:
    """Run the checks on a file: the ground check if it has a ground, else the noise floor check."""
    ground = levels.has_ground(found)
    for name, about, unit, measure in CHECKS:
        if name == ("noise floor" if ground else GROUND):
            continue
        outcome = measure(found)
        yield Check(name, about, outcome.measured, outcome.limit, unit, outcome.faults)


class ShortfallError(VoiceguideError):
    """A file falls short of what it promises; `report` says where."""

    exit_code = 1

    def __init__(self, report: Report) -> None:
        first, *others = report.faults
        at = "" if first.at is None else f"at {clock(first.at)}, "
        more = f", and {len(others)} more" if others else ""
        super().__init__(
            f"the file falls short of what it promises: {at}{first.message}{more}",
            "nothing was replaced; export without `--verify`, and `voiceguide verify` shows all",
        )
        self.report = report


def verify(path: Path, progress: Progress | None = None) -> Report:
    """Read a finished file from beginning to end and check it.

    `progress` is called with the share done, from 0 to 1.

    Raises:
        UsageError: the file is missing, is not audio, or holds no readable timeline.
    """
    said = _said(path)
    promised = _promise(path, said)
    with closing(_opened(path)) as sound:
        heard = listen(sound, promised, progress)
    lengths = timing.measured_lengths(promised, heard)
    checks = tuple(_checked(Evidence(promised, heard, lengths, said.chapters)))
    return Report(path, promised, heard, checks, lengths)


def _said(path: Path) -> FoundTags:
    _check_file(path)
    try:
        return tags_in(path)
    except OSError as error:
        raise _unreadable(path, error) from error


def _promise(path: Path, said: FoundTags) -> Promise:
    if said.timeline is None:
        _opened(path).close()  # a file that is not audio gets that error first
        raise UsageError(
            f"`{path}` holds no timeline to be verified by",
            "export the session again, in any format but WAV, which cannot hold one",
        )
    return read_promise(said.timeline)


def _opened(path: Path) -> OpenSound:
    with blame(None):
        return open_sound(path)


def _check_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise UsageError(f"`{path}` is a folder", "name an audio file in it")
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not path.is_file():
        raise UsageError(f"`{path}` is not an ordinary file", "name an audio file")
    if not size:
        raise UsageError(f"`{path}` is empty", "export the session again")
    if size > LARGEST:
        raise UsageError(f"`{path}` is larger than any session", "name an audio file")


def _unreadable(path: Path, error: OSError | ValueError) -> UsageError:
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError(f"cannot read `{path}`: {reason.lower()}", "name an audio file")
