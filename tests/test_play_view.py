"""The screen of a session that is played: readable from the floor, steady, in any terminal."""

from __future__ import annotations

import io
import os
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import voiceguide
from voiceguide.cli.console import ASCII, FINE, plain
from voiceguide.cli.screen import FIGURES, Screen, View, commands_of, figures, screen, told
from voiceguide.lengths import samples
from voiceguide.player import Command, Now, State
from voiceguide.player.now import now
from voiceguide.sequence import EventKind
from voiceguide.timeline import Event, Timeline

PAGE = Path(__file__).parent.parent / "docs" / "LIVE.md"
VIEW = View("Ten-minute psoas relief")


@cache
def session() -> Timeline:
    return voiceguide.load("ten-minute-psoas-relief").plan(estimate=True).timeline


def first(kind: EventKind, side: str | None = None) -> Event:
    events = (event for event in session().events if event.kind is kind)
    return next(e for e in events if side is None or (e.side and e.side.value == side))


def moment(event: Event, after: float) -> Now:
    return now(session(), event.position + samples(after))


def shown(at: Now, state: State = State.PLAYING, width: int = 80, height: int = 24) -> list[str]:
    return [plain(line) for line in screen(VIEW, at, state, width, height)]


# ── what it shows ────────────────────────────────────────────────────────────


def test_a_hold_shows_its_seconds_its_side_and_what_comes() -> None:
    """Large figures for the time that is left, whose turn it is, and the next step."""
    hold = first(EventKind.HOLD, "left")
    lines = shown(moment(hold, 10.0))
    assert any(line.startswith("hold, left side") for line in lines)
    left = -(-(hold.length - samples(10)) // 48_000)
    for row in figures(str(left)):
        assert any(row.strip() in line for line in lines)
    assert any(line.startswith("then: hold") and "right side" in line for line in lines)


@pytest.mark.parametrize(
    ("before", "number"), [(0.01, "1"), (1.0, "1"), (1.01, "2"), (59.99, "60")]
)
def test_the_last_second_is_one(before: float, number: str) -> None:
    """The number that is shown is the one that is counted; nought is the chime."""
    hold = next(e for e in session().events if e.kind is EventKind.HOLD and e.length > samples(61))
    at = now(session(), hold.end - samples(before))
    if number == "60":
        number = "1:00"
    assert all(any(row.strip() in line for line in shown(at)) for row in figures(number))


def test_the_words_that_are_spoken_are_shown() -> None:
    """The whole sentence, over lines where it is long."""
    words = first(EventKind.SAY)
    lines = shown(moment(words, 0.1), width=40)
    assert words.text
    assert words.text in " ".join(line.strip() for line in lines)


def test_a_pause_and_a_wait_say_how_to_go_on() -> None:
    """And the keys are named where there are any."""
    at = moment(first(EventKind.SAY), 0.1)
    assert any("paused" in line for line in shown(at, State.PAUSED))
    assert any("waiting for you" in line for line in shown(at, State.WAITING))
    assert any("space pause" in line for line in shown(at))
    without = [plain(line) for line in screen(View("A", keys=False), at, State.PLAYING, 80, 24)]
    assert not any("space pause" in line for line in without)


def test_a_note_stands_over_the_bar() -> None:
    """A device that has gone, for one."""
    lines = screen(
        View("A", note="it has gone"), moment(first(EventKind.SAY), 0), State.PAUSED, 80, 24
    )
    assert any("it has gone" in plain(line) for line in lines)


@given(
    st.integers(20, 130),
    st.integers(3, 50),
    st.floats(0, 1),
    st.sampled_from(State),
    st.sampled_from([FINE, ASCII]),
)
def test_it_fits_into_every_terminal(
    width: int, height: int, share: float, state: State, glyphs: object
) -> None:
    """Exactly as many lines as there are, and none too wide."""
    at = now(session(), round(share * session().length))
    lines = screen(VIEW, at, state, width, height, glyphs)  # type: ignore[arg-type]  # one of two
    assert len(lines) == height
    assert max(cell_len(plain(line)) for line in lines) <= width


def test_figures_are_told_apart() -> None:
    """No two look alike, and all are equally large."""
    assert len(set(FIGURES.values())) == len(FIGURES)
    assert {len(row) for rows in FIGURES.values() for row in rows} == {3}


def test_without_a_terminal_an_event_is_a_line() -> None:
    """Its time, what it is, and whose turn."""
    hold = first(EventKind.HOLD, "left")
    assert re.fullmatch(r"\d+:\d\d  hold \d:\d\d, left, round 1", told(hold))
    words = first(EventKind.SAY)
    assert told(words).endswith(f"  {words.text}")


@pytest.mark.parametrize(("width", "height"), [(80, 16), (40, 18)])
def test_the_page_shows_the_screen_as_it_is(width: int, height: int) -> None:
    """The pictures of docs/LIVE.md are what a terminal of that size shows."""
    picture = "\n".join(
        shown(moment(first(EventKind.HOLD, "left"), 10.0), width=width, height=height)
    )
    assert f"```\n{picture}\n```" in PAGE.read_text(encoding="utf-8")


# ── drawing it ───────────────────────────────────────────────────────────────


def test_only_what_changes_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nothing flickers; at the end the terminal is as it was."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((80, 24)))
    monkeypatch.setenv("NO_COLOR", "1")
    shows = Screen()
    hold = first(EventKind.HOLD, "left")
    shows.show(VIEW, moment(hold, 10.0), State.PLAYING, session())
    begun = len(out.getvalue())
    shows.show(VIEW, moment(hold, 10.0), State.PLAYING, session())
    assert len(out.getvalue()) == begun
    shows.show(VIEW, moment(hold, 11.0), State.PLAYING, session())
    changed = out.getvalue()[begun:]
    assert 0 < len(changed) < begun / 2
    assert VIEW.title not in changed.replace("3:", "") or changed.count("\x1b[1;1H") == 1
    shows.close()
    assert out.getvalue().startswith("\x1b[?1049h")
    assert out.getvalue().endswith("\x1b[?25h\x1b[?1049l")


# ── keys ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("pressed", "commands"),
    [
        (" ", [Command.TOGGLE]),
        ("nN", [Command.NEXT, Command.NEXT]),
        ("\x1b[C\x1b[D", [Command.NEXT, Command.BACK]),
        ("+-r", [Command.MORE, Command.END, Command.REPEAT]),
        ("xé\x1b", []),
        ("", []),
    ],
)
def test_keys_mean_commands(pressed: str, commands: list[Command]) -> None:
    """Several at once, capitals, arrows; others mean nothing."""
    assert list(commands_of(pressed)) == commands
