"""A finished file read back, and held against what it promises.

    timeline, clips ─making▶ Promise ─text▶ the file's tag          when it is written
    file ─text▶ Promise ┐
         ─decoding▶ samples ─listening▶ Heard ─timing, levels, silence▶ Report   when it is verified

The tag says what was planned, with a fingerprint of every sound: neither the routine nor its clips
are needed to see what became of it.
"""

from __future__ import annotations

from pathlib import Path

from voiceguide.audio import OpenSound, open_sound
from voiceguide.encode import FoundTags, tags_in
from voiceguide.errors import UsageError, VoiceguideError, blame
from voiceguide.proof import text, timing
from voiceguide.proof.checks import Evidence, checked
from voiceguide.proof.levels import clock
from voiceguide.proof.listening import Progress, listen
from voiceguide.proof.promise import Promise, part_of, promise
from voiceguide.proof.report import Check, Fault, Report
from voiceguide.proof.text import BrokenPromiseError, as_text

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
    "promise_of",
    "verify",
]

LARGEST = 1 << 32
"""Bytes: no file is larger that `voiceguide export` writes; a WAV ends there."""


class ShortfallError(VoiceguideError):
    """A file does not hold what it promises; the report says where."""

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
    """Read a finished file back, from beginning to end.

    `progress` is told the share done, from 0 to 1.

    Raises:
        UsageError: there is no such file, it is no sound, or holds no timeline that can be read.
    """
    said = _said(path)
    promised = _promise(path, said)
    sound = _opened(path)
    try:
        heard = listen(sound, promised, progress)
    finally:
        sound.close()
    lengths = timing.measured_lengths(promised, heard)
    checks = tuple(checked(Evidence(promised, heard, lengths, said.chapters)))
    return Report(path, promised, heard, checks, lengths)


def promise_of(path: Path) -> Promise:
    """What a file promises.

    Raises:
        UsageError: there is no such file, or it holds no timeline that can be read.
    """
    return _promise(path, _said(path))


def _said(path: Path) -> FoundTags:
    _check_file(path)
    try:
        return tags_in(path)
    except OSError as error:
        raise _unreadable(path, error) from error


def _promise(path: Path, said: FoundTags) -> Promise:
    if said.timeline is None:
        _opened(path).close()  # what is no sound at all is told first
        raise UsageError(
            f"`{path}` holds no timeline to be verified by",
            "export the session again, in any format but WAV, which cannot hold one",
        )
    return text.read(said.timeline)


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
