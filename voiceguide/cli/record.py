"""`voiceguide record`: record a person's voice line by line, or import recordings."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceguide.cli import console, options
from voiceguide.cli.console import Column, Line, Styled, counted, line, shortened, table
from voiceguide.errors import InputError, UsageError
from voiceguide.files import is_folder, replacing
from voiceguide.lengths import SAMPLE_RATE, show_time

if TYPE_CHECKING:
    from voiceguide.cli.console import Glyphs
    from voiceguide.cli.screen import Screen
    from voiceguide.recording import ScriptLine
    from voiceguide.recording.intake import Intake, IntakeRow
    from voiceguide.recording.prompter import PromptKey, PromptView
    from voiceguide.recording.takes import VoiceFolder, VoiceTake
    from voiceguide.studio import Option, Session

_PERMISSION = "for sessions that the speaker makes; ask them before any other use"


@click.command
@options.routine_argument()
@click.option("-o", "--output", metavar="FOLDER", help="Folder of the recordings.")
@click.option("--as", "name", metavar="NAME", help="Name of the voice.  [default: my-voice]")
@click.option("--sheet", metavar="FILE.html", help="Write the lines as a page to read from.")
@click.option(
    "--from", "source", metavar="PATH", help="Import recordings: a folder, or one long take."
)
@click.option("--yes", is_flag=True, help="Import with `--from` without asking.")
@click.option("--all", "again", is_flag=True, help="Record every line, even recorded ones.")
@click.option(
    "--only", metavar="WORDS", help="Record only lines with these words, recorded or not."
)
@click.option("--person", metavar="NAME", help="The speaker; stored with the recordings.")
@click.option("--permission", metavar="WORDS", help="What the speaker agreed to; stored, too.")
@click.option("--no-playback", is_flag=True, help="Do not play each take back.")
@options.chosen_options
@options.guidance_option
def record(
    routine: str,
    *,
    output: str | None,
    name: str | None,
    sheet: str | None,
    source: str | None,
    yes: bool,
    again: bool,
    only: str | None,
    person: str | None,
    permission: str | None,
    no_playback: bool,
    **wishes: options.Wish,
) -> None:
    """Record the lines of ROUTINE: each is shown, checked, levelled, played back and stored.

    \b
      voiceguide record my-routine.md
      voiceguide record my-routine.md --sheet lines.html
      voiceguide record my-routine.md --from long.wav
      voiceguide export my-routine.md --voice recorded:my-voice

    The lines are all that the routine can say at every level and guidance, or at those that you
    name. Lines that were recorded already, for any routine, are left out. A line ends when you are
    silent. Press a to record it again, b to go back, s to skip it, n to keep or end it, q to quit;
    recorded lines are kept, and the next run continues there.

    --sheet writes the lines as a page for a recording studio. --from imports the result: a folder
    with a file for each line, named by its number, or one long take, which is cut at its pauses and
    shown beside the lines for you to confirm.
    """
    from voiceguide import studio
    from voiceguide.recording import script_of

    _check_asked(sheet, source, person, yes=yes)
    text, chosen = options.read_routine(routine), options.given(wishes)

    def load(chosen: Mapping[str, Option]) -> Session:
        return studio.load_text(text, **chosen)

    session = load(chosen)
    voice = _voice_folder(output, name, session.settings.language)
    lines = _wanted(script_of(load, chosen), voice, again=again, only=only)
    if sheet is not None:
        _write_sheet(options.page_named(sheet), session, lines)
        return
    if not lines:
        console.tell(f"Nothing is missing: {counted(voice.count, 'line')} in {voice.path}.")
        return
    signature = _signature(voice, person, permission)
    came = _come_in(Path(source), lines, yes=yes) if source is not None else None
    if signature:
        voice.sign(*signature)
    kept = came.keep(voice) if came else _prompt(voice, lines, playback=not no_playback)
    _tell_end(kept, voice, len(voice.missing(lines)), routine, named=output is None)


# ── the lines to record, and their folder ────────────────────────────────────


def _check_asked(sheet: str | None, source: str | None, person: str | None, *, yes: bool) -> None:
    """Raise a UsageError if options conflict or name nothing."""
    if person is not None and not person.strip():
        raise UsageError("`--person` is empty", "write who speaks: `--person NAME`")
    if sheet is not None and source is not None:
        way_out = "write the page first, and import the recordings later"
        raise UsageError("`--sheet` and `--from` contradict each other", way_out)
    if yes and source is None:
        raise UsageError("`--yes` only works with `--from`", "leave it out")
    if source is not None and not Path(source).exists():
        way_out = "name a folder of recordings, or one long take"
        raise UsageError(f"there is no `{source}`", way_out)


def _voice_folder(output: str | None, name: str | None, language: str) -> VoiceFolder:
    from voiceguide.recording.takes import NAME, VoiceFolder, folder_of

    if output and name:
        raise UsageError("`--as` and `--output` both name the folder", "leave one of them out")
    return VoiceFolder(Path(output) if output else folder_of(name or NAME), language)


def _wanted(
    lines: list[ScriptLine], voice: VoiceFolder, *, again: bool, only: str | None
) -> list[ScriptLine]:
    if only is not None:
        chosen = [one for one in lines if only.casefold() in one.text.casefold()]
        if not chosen:
            raise UsageError(f"no line has the words `{only}`", "`--sheet` writes all of them")
        return chosen
    return lines if again else voice.missing(lines)


def _write_sheet(path: Path, session: Session, lines: Sequence[ScriptLine]) -> None:
    from voiceguide.recording import sheet_of

    with replacing(path) as file:
        file.write(sheet_of(session.title, session.settings.language, lines).encode())
    length = show_time(sum(one.expected for one in lines))
    console.tell(f"Wrote {path}: {counted(len(lines), 'line')}, about {length} of speech.")


def _signature(
    voice: VoiceFolder, person: str | None, permission: str | None
) -> tuple[str, str] | None:
    """The speaker and their permission, asked for on a terminal; None if already known."""
    if voice.consent and person is None and permission is None:
        return None
    who, agreed = person, permission
    if console.is_terminal(sys.stdin):
        who = who or click.prompt("Who speaks? The name is written into the files' tags", err=True)
        agreed = agreed or click.prompt("For what may it be used?", _PERMISSION, err=True)
    if not who and voice.consent:
        who = voice.consent.who
    if not who:
        raise UsageError("the speaker is not named", "name them: `--person NAME`")
    return who, agreed or _PERMISSION


def _tell_end(kept: int, voice: VoiceFolder, missing: int, routine: str, *, named: bool) -> None:
    rest = f"; {counted(missing, 'line')} still missing" if missing else ""
    console.tell(f"Recorded {counted(kept, 'line')} into {voice.path}{rest}.")
    if missing:
        console.tell("Run the same command again to continue.")
    elif named:
        console.tell(f"Hear it: `voiceguide export {routine} --voice recorded:{voice.path.name}`")
    else:
        console.tell(
            f"`voiceguide voices install {voice.path}` makes it the voice"
            f" `recorded:{voice.path.resolve().name}`."
        )


# ── recordings made elsewhere ────────────────────────────────────────────────


def _come_in(source: Path, lines: Sequence[ScriptLine], *, yes: bool) -> Intake:
    """Import recordings, show them beside their lines, and ask whether they match."""
    from voiceguide.recording.intake import from_folder, from_long_take

    came = (from_folder if is_folder(source) else from_long_take)(source, lines)
    if came.problem:
        first = max(0, came.first_wrong - 3)
        console.put(*_table(came.rows[first : first + 8], first + 1))
        raise InputError(came.problem, _MISMATCH)
    console.put(*_table(came.rows, 1))
    odd = sum(bool(row.take and row.take.faults) for row in came.rows)
    if odd:
        console.tell(f"{counted(odd, 'line')} should be said again: `--only WORDS` records one.")
    if yes:
        return came
    if not console.is_terminal(sys.stdin):
        raise UsageError("there is no terminal to confirm this on", "confirm it with `--yes`")
    usable = counted(len(came.usable), "line")
    if not click.confirm(f"Does each sound match its words? {usable} will be kept", err=True):
        raise UsageError("nothing was kept", _MISMATCH)
    return came


_MISMATCH = (
    "listen there; cut out what is too much, record what is missing, or record each line to a"
    " file named by its number, and name their folder"
)


def _table(rows: Sequence[IntakeRow], first: int) -> list[Line]:
    """Lay out rows: number, place, length, and the line with its faults."""
    columns = (Column(right=True), Column(), Column(right=True), Column())
    cells = []
    for number, row in enumerate(rows, first):
        text, note = row.line.text if row.line else "", f"({row.note})" if row.note else ""
        beside = Styled("  ".join(filter(None, (text, note))), "bad" if note else "")
        length = f"{row.take.seconds:.1f} s" if row.take else ""
        cells.append((str(number), row.where, length, beside))
    return table(columns, cells, console.width())


# ── the microphone ───────────────────────────────────────────────────────────

_TEXT = 44
"""Width of the text in cells, narrow enough to read at a glance."""

_QUIETEST, _LOUDEST = -60.0, 0.0
"""Range of the level meter in dB."""

_KEYS = "a again   b back   s skip   n next   q quit"


def _prompt(voice: VoiceFolder, lines: Sequence[ScriptLine], *, playback: bool) -> int:
    """Prompt the lines one by one and record them; return how many were recorded."""
    from voiceguide.cli.screen import Screen, open_keys
    from voiceguide.player.device import Microphone
    from voiceguide.recording.prompter import PromptDesk, Prompter

    with ExitStack() as stack:
        ear = stack.enter_context(closing(Microphone(SAMPLE_RATE)))
        keys = open_keys()
        if keys:
            stack.callback(keys.close)
        on_screen = keys and console.is_terminal(sys.stdout)
        screen = stack.enter_context(closing(Screen())) if on_screen else None
        shown = _Shown(screen)
        desk = PromptDesk(
            ear,
            SAMPLE_RATE,
            _play if playback else lambda _take: None,
            lambda seconds: _pressed(keys.wait(seconds)) if keys else (),
            shown,
            attended=keys is not None,
        )
        prompter = Prompter(voice, lines, desk)
        prompter.run()
    return len(prompter.kept)


def _play(take: VoiceTake) -> None:
    from voiceguide.audio.clip import quantised, resample
    from voiceguide.player.device import Device, play_once

    sound = resample(take.samples, take.rate, SAMPLE_RATE)
    play_once(quantised(sound), Device(1))


def _pressed(keys: str) -> Iterator[PromptKey]:
    from voiceguide.recording.prompter import PromptKey

    meanings = {one.value[0]: one for one in PromptKey} | dict.fromkeys(" \r\n", PromptKey.NEXT)
    yield from (meanings[key] for key in keys.lower() if key in meanings)


class _Shown:
    """Shows lines on the terminal's screen, or prints each if there is none."""

    def __init__(self, screen: Screen | None) -> None:
        self._screen = screen
        self._told = ""

    def __call__(self, view: PromptView) -> None:
        """Show the view, or print its line once."""
        if self._screen:
            self._screen.fill(partial(prompt_screen, view))
            return
        notes = "; ".join(view.notes)
        told = f"{view.number}/{view.count}  {view.line.text}{f'  ({notes})' if notes else ''}"
        if told != self._told:
            self._told = told
            console.put(told)


def prompt_screen(view: PromptView, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Lay out the line to say, centred in `height` lines of at most `width` cells."""
    margin = " " * max(0, (width - _TEXT) // 2)
    wide = min(_TEXT, width)
    rows = console.wrapped(view.line.text, wide)
    spread = [part for row in rows for part in (line(margin, Styled(row, "bold")), line())]
    told = [row for note in view.notes for row in console.wrapped(note, wide)]
    notes = [line(margin, Styled(row, "bad")) for row in told]
    place = f"{view.number} of {view.count}  "
    state = Styled(shortened(view.state.value, max(0, width - len(place))), "good")
    head = [line(Styled(place, "dim"), state), line()]
    foot = [line(_bar(view.level, width, glyphs)), line(Styled(_KEYS[:width], "dim"))]
    body = [*spread, *notes]
    above = [line()] * max(0, (height - len(head) - len(foot) - len(body)) // 2)
    filled = [*head, *above, *body, *[line()] * height][: max(0, height - len(foot))]
    return [*filled, *foot][:height]


def _bar(level: float, width: int, glyphs: Glyphs) -> Styled:
    share = min(1.0, max(0.0, (level - _QUIETEST) / (_LOUDEST - _QUIETEST)))
    return Styled(glyphs.hold * round(share * width), "bad" if level > -1 else "hold")
