"""`voiceguide doctor`: what works here, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import click

from voiceguide.cli import console
from voiceguide.cli.console import Column, Line, Styled, line, lines_of, table
from voiceguide.cli.options import json_option
from voiceguide.errors import MachineError, Problem, UsageError
from voiceguide.installation import again

if TYPE_CHECKING:
    from voiceguide.cli.examining import Examination


@click.command
@click.option("--chime", is_flag=True, help="Only play a chime, to hear that it is heard.")
@click.option("--speaker", metavar="NAME", help="With --chime: on which sound device.")
@json_option
def doctor(*, chime: bool, speaker: str | None, as_json: bool) -> None:
    """Try out what an export needs: speech engines, formats, the cache, the library.

    \b
      voiceguide doctor
      voiceguide doctor --chime --speaker headphones

    Prints whether an export works, which voice is taken where none is named and why, for what does
    not work a way out, and what works. `voiceguide voices` lists the voices. The exit code is 3
    where nothing could be exported, or no chime was played. With --json, one object (see
    docs/JSON.md).
    """
    if chime:
        _strike(speaker, as_json=as_json)
    elif speaker is not None:
        raise UsageError("`--speaker` goes with `--chime` here", "add `--chime`")
    else:
        _examine(as_json=as_json)


def _examine(*, as_json: bool) -> None:
    from voiceguide.cli.examining import examine

    report = examine()
    if as_json:
        console.put_json(report.as_dict())
    else:
        console.put(*report_lines(report, console.width() or console.PIPE_WIDTH))
    if report.lacks:
        raise MachineError(f"nothing can be exported here: {report.lacks}", again())


def _strike(speaker: str | None, *, as_json: bool) -> None:
    """Play a chime, and say where."""
    if as_json:
        raise UsageError("`--chime` has nothing to tell with `--json`", "leave out one of them")
    from voiceguide.cli.examining import a_chime
    from voiceguide.player.device import Device, play_once

    device = Device(1, speaker)
    play_once(a_chime(), device)
    console.put(f"Played a chime on `{device.name}`.")


_Row = tuple[Styled | str, str, str]

_COLUMNS = (Column(style="dim"), Column(), Column())


# ── for people ───────────────────────────────────────────────────────────────


def report_lines(report: Examination, width: int) -> Iterator[Line]:
    """The report, at most `width` cells wide: whether it is ready, what is missing, the rest."""
    yield line(f"voiceguide {report.version}, Python {report.python}, {report.system}")
    yield line()
    yield from _outcome(report, width)
    yield from _missing(report, width)
    for title, rows in _sections(report):
        yield from (line(), line(Styled(title, "bold")))
        yield from table(_COLUMNS, rows, width)


def _outcome(report: Examination, width: int) -> Iterator[Line]:
    """Whether something can be exported, and who speaks."""
    choice = report.choice
    if report.lacks:
        yield from lines_of(f"Nothing can be exported here: {report.lacks}.", width, "bad")
    else:
        yield line(Styled("Ready to export.", "good"))
    if choice.voice:
        said = f"Where no voice is named, `{choice.voice}` speaks: {choice.reason}."
        yield from lines_of(said, width)
    for one in choice.refused:
        yield from lines_of(f"Better, but it does not speak: {one.voice}: {one.reason}.", width)


def _missing(report: Examination, width: int) -> Iterator[Line]:
    """What should work and does not, each with its way out."""
    others = (report.configuration, report.cache, report.library)
    faults = [(one.name, one.fault) for one in (*report.formats, *others) if one.fault]
    faults += [(one.name, one.fault) for one in report.engines if one.fault and not one.absent]
    if report.choice.fault:
        faults.append(("voice", report.choice.fault))
    if faults:
        yield from (line(), line(Styled("what does not work", "bold")))
    for name, fault in faults:
        yield from table(_COLUMNS, [_row(name, "", fault)], width)
        yield from lines_of(f"help: {fault.help}" if fault.help else "", width, "dim", " " * 6)


def _sections(report: Examination) -> Iterator[tuple[str, list[_Row]]]:
    """What works, and what was never brought here, which is no fault."""
    working = [one for one in report.engines if not one.fault]
    yield "speech", [_row(one.name, one.text) for one in working]
    yield "formats", [_row(", ".join(one.name for one in report.formats if not one.fault), "")]
    kept = (report.configuration, report.cache, report.library)
    yield "kept and brought along", [_row(one.name, one.text) for one in kept if not one.fault]
    found = cast("list[dict[str, str]]", report.sound.facts["speakers"])
    devices = [_row(one["name"], f"({one['system']})") for one in found]
    silent = [("  --", "sound", report.sound.fault.message)] if report.sound.fault else []
    if devices or silent:
        yield "sound devices, for `play`", [*devices, *silent]
    absent = [one for one in report.engines if one.fault and one.absent]
    if absent:
        yield "not installed", [("  --", one.name, _in_a_line(one.fault)) for one in absent]


def _row(name: str, text: str, fault: Problem | None = None) -> _Row:
    mark = Styled("  no", "bad") if fault else Styled("  ok", "good")
    return mark, name, fault.message if fault else text


def _in_a_line(fault: Problem | None) -> str:
    return "; ".join(filter(None, (fault.message, fault.help))) if fault else ""
