"""`voiceguide doctor`: what works here, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from voiceguide.cli import console
from voiceguide.cli.console import Ink, Line, counted, line, size_text, wrapped
from voiceguide.cli.options import json_option
from voiceguide.errors import MachineError, Problem, UsageError

if TYPE_CHECKING:
    from voiceguide.cli.examining import ChoiceReport, EngineReport, Examination, SoundReport

_INSTALL_AGAIN = "install it again: `pip install --force-reinstall voiceguide`"


@click.command(short_help="Try out what an export needs here.")
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
        console.put_json(as_dict(report))
    else:
        console.put(*told(report, console.width() or console.PIPE_WIDTH))
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


# ── for programs ─────────────────────────────────────────────────────────────


def as_dict(report: Examination) -> dict[str, object]:
    """The object of `doctor --json`."""
    return {
        "version": report.version,
        "python": report.python,
        "system": report.system,
        "ready": report.lacks is None,
        "engines": list(map(_engine_dict, report.engines)),
        "choice": {
            "voice": report.choice.voice,
            "reason": report.choice.reason or None,
            "refused": [{"voice": r.voice, "problem": r.reason} for r in report.choice.refused],
            **_fault_dict(report.choice.fault),
        },
        "configuration": {
            "file": str(report.configuration.file),
            "settings": report.configuration.settings,
            **_fault_dict(report.configuration.fault),
        },
        "formats": [{"name": one.name, **_fault_dict(one.fault)} for one in report.formats],
        "cache": {
            "folder": str(report.cache.folder),
            "entries": report.cache.entries,
            "bytes": report.cache.size,
            **_fault_dict(report.cache.fault),
        },
        "library": {
            "routines": report.library.routines,
            "chimes": report.library.chimes,
            "beds": report.library.beds,
            **_fault_dict(report.library.fault),
        },
        "sound": {
            "speakers": [{"name": s.name, "system": s.system} for s in report.sound.speakers],
            **_fault_dict(report.sound.fault),
        },
    }


def _engine_dict(engine: EngineReport) -> dict[str, object]:
    return {
        "name": engine.name,
        "version": engine.version,
        "audible": engine.audible,
        "voice": engine.voice,
        "seconds": engine.seconds,
        "voices": [{"name": voice.name, "language": voice.language} for voice in engine.voices],
        **_fault_dict(engine.fault),
    }


def _fault_dict(fault: Problem | None) -> dict[str, object]:
    return {
        "works": fault is None,
        "problem": fault.message if fault else None,
        "help": (fault.help or None) if fault else None,
    }


# ── for people ───────────────────────────────────────────────────────────────


def told(report: Examination, width: int) -> Iterator[Line]:
    """The lines of the report, its lists of voices at most `width` cells wide."""
    yield line(f"voiceguide {report.version}, Python {report.python}, {report.system}")
    yield from _section("speech")
    for engine in report.engines:
        text = _engine_text(engine)
        yield from _item(engine.name, text, engine.fault, missed=not engine.absent)
    yield from _section("the voice where none is named")
    yield from _choice(report.choice)
    yield from _section("formats")
    for format_ in report.formats:
        yield from _item(format_.name, "", format_.fault)
    cache, library = report.cache, report.library
    kept = f"{counted(cache.entries, 'entry', 'entries')}, {size_text(cache.size)}"
    own, mine = report.configuration, report.configuration.settings
    yield from _section("kept and brought along")
    yield from _item("settings", f"{own.file}: {counted(mine, 'setting')} of your own", own.fault)
    yield from _item("cache", f"{cache.folder}: {kept}", cache.fault)
    sounds = f"{counted(library.chimes, 'chime')}, {counted(library.beds, 'bed')}"
    brought = f"{counted(library.routines, 'routine')}, {sounds}"
    yield from _item("library", brought, library.fault)
    yield from _section("sound devices, for `play`")
    yield from _sound(report.sound)
    for engine in report.engines:
        yield from _voices(engine, width)


def _section(name: str) -> Iterator[Line]:
    yield line()
    yield line(Ink(name, "bold"))


def _item(name: str, text: str, fault: Problem | None, *, missed: bool = True) -> Iterator[Line]:
    """A thing that works, or why it does not; `missed` if it should."""
    mark = Ink("  ok  ", "good") if fault is None else Ink("  no  ", "bad")
    if fault and not missed:
        mark = Ink("  --  ", "dim")
    yield line(mark, f"{name:<8} ", fault.message if fault else text)
    if fault and fault.help:
        yield line(Ink(f"      help: {fault.help}", "dim"))


def _sound(sound: SoundReport) -> Iterator[Line]:
    """Every device; none is no fault of ours, and an export needs none."""
    if sound.fault:
        yield from _item("sound", "", sound.fault, missed=False)
    for one in sound.speakers:
        yield line(Ink("  ok  ", "good"), one.name, Ink(f"  ({one.system})", "dim"))


def _choice(choice: ChoiceReport) -> Iterator[Line]:
    for one in choice.refused:
        yield line(Ink("  no  ", "bad"), f"{one.voice}: {one.reason}")
    yield from _item("voice", f"{choice.voice}: {choice.reason}", choice.fault)


def _engine_text(engine: EngineReport) -> str:
    languages = len({voice.language for voice in engine.voices})
    known = f"{counted(len(_names(engine)), 'voice')}, {counted(languages, 'language')}"
    heard = f"`{engine.voice}` said a word" if engine.audible else "makes no sound: for trying out"
    return f"{known}; {heard}"


def _voices(engine: EngineReport, width: int) -> Iterator[Line]:
    names = _names(engine)
    if names:
        yield from _section(f"voices of {engine.name}")
        for row in wrapped(" ".join(names), width - 2):
            yield line("  ", row)


def _names(engine: EngineReport) -> list[str]:
    return list(dict.fromkeys(voice.name for voice in engine.voices))
