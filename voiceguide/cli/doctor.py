"""`voiceguide doctor`: what works here, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import click

from voiceguide.cli import console
from voiceguide.cli.console import Line, Styled, line, lines_of
from voiceguide.cli.options import json_option
from voiceguide.errors import MachineError, Problem, UsageError

if TYPE_CHECKING:
    from voiceguide.cli.examining import Examination, Finding

_INSTALL_AGAIN = "install it again: `pip install --force-reinstall voiceguide`"


@click.command
@click.option("--chime", is_flag=True, help="Only play a chime, to hear that it is heard.")
@click.option("--speaker", metavar="NAME", help="With --chime: on which sound device.")
@json_option
def doctor(*, chime: bool, speaker: str | None, as_json: bool) -> None:
    """Try out what an export needs: speech engines, formats, the cache, the library.

    \b
      voiceguide doctor
      voiceguide doctor --chime --speaker headphones

    Prints what works, which voice is taken where none is named and why, every voice that `--voice`
    can name, and for what does not work a way out.
    The exit code is 3 where nothing could be exported, or no chime was played.
    With --json, one object (see docs/JSON.md).
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
        raise MachineError(f"nothing can be exported here: {report.lacks}", _INSTALL_AGAIN)


def _strike(speaker: str | None, *, as_json: bool) -> None:
    """Play a chime, and say where."""
    if as_json:
        raise UsageError("`--chime` has nothing to tell with `--json`", "leave out one of them")
    from voiceguide.cli.examining import a_chime
    from voiceguide.player.device import Device, play_once

    device = Device(1, speaker)
    play_once(a_chime(), device)
    console.put(f"Played a chime on `{device.name}`.")


# ── for people ───────────────────────────────────────────────────────────────


def report_lines(report: Examination, width: int) -> Iterator[Line]:
    """The lines of the report, its lists of voices at most `width` cells wide."""
    yield line(f"voiceguide {report.version}, Python {report.python}, {report.system}")
    yield from _section("speech")
    for engine in report.engines:
        yield from _item(engine.name, engine.text, engine.fault, missed=not engine.absent)
    yield from _section("the voice where none is named")
    for one in report.choice.refused:
        yield line(Styled("  no  ", "bad"), f"{one.voice}: {one.reason}")
    choice = report.choice
    yield from _item("voice", f"{choice.voice}: {choice.reason}", choice.fault)
    yield from _section("formats")
    for format_ in report.formats:
        yield from _item(format_.name, format_.text, format_.fault)
    yield from _section("kept and brought along")
    for found in (report.configuration, report.cache, report.library):
        yield from _item(found.name, found.text, found.fault)
    yield from _section("sound devices, for `play`")
    yield from _sound(report.sound)
    for engine in report.engines:
        if engine.names:
            yield from _section(f"voices of {engine.name}")
            yield from lines_of(" ".join(engine.names), width, "", "  ")


def _section(name: str) -> Iterator[Line]:
    yield line()
    yield line(Styled(name, "bold"))


def _item(name: str, text: str, fault: Problem | None, *, missed: bool = True) -> Iterator[Line]:
    """A thing that works, or why it does not; `missed` if it should."""
    mark = Styled("  ok  ", "good") if fault is None else Styled("  no  ", "bad")
    if fault and not missed:
        mark = Styled("  --  ", "dim")
    yield line(mark, f"{name:<8} ", fault.message if fault else text)
    if fault and fault.help:
        yield line(Styled(f"      help: {fault.help}", "dim"))


def _sound(sound: Finding) -> Iterator[Line]:
    """Every device; none is no fault of ours, and an export needs none."""
    if sound.fault:
        yield from _item("sound", "", sound.fault, missed=False)
    for one in cast("list[dict[str, str]]", sound.facts["speakers"]):
        yield line(Styled("  ok  ", "good"), one["name"], Styled(f"  ({one['system']})", "dim"))
