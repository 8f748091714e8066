"""What an editor asks of a text: the problems that `check` finds, what can follow, lines' times."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from voiceguide import library, studio
from voiceguide.errors import Severity
from voiceguide.lengths import show_clock, show_seconds
from voiceguide.settings.table import TABLE
from voiceguide.studio.editing import (
    CONTEXTS,
    CUES,
    Examined,
    examine,
    hover,
    in_the_text,
    offer_lists,
    offers,
)

ROUTINE = """\
---
title: Hips
language: en
---

Stop if you feel a sharp pain. [3s]

## Stretch

- 3 rounds
  Now the round.
  - hold 20s
    Draw your knee in.
    - at 5s: Breathe.
  - rest 10s
Let go.

## Rest

- hold 60s
  Lie still.
Well done.
"""


def examined(text: str, folder: Path = Path()) -> Examined:
    """The text as an editor has it examined, with estimated lengths."""
    given = studio.SourceText(text.encode(), "mine.md", folder)
    return examine(lambda: studio.load_text(given), lambda session: session.plan(estimate=True))


# ── problems ─────────────────────────────────────────────────────────────────


def test_problems_are_of_the_text_the_timeline_and_the_author() -> None:
    """A wrong clause stops the plan; a cue that does not fit and a forgotten word do not."""
    wrong = examined(ROUTINE.replace("hold 20s", "hodl 20s"))
    assert wrong.plan is None
    assert [(one.line, one.help) for one in wrong.problems] == [(12, "did you mean `hold 20s`?")]
    late = ROUTINE.replace("at 5s: Breathe", "at 19s: Breathe in, and breathe out again")
    odd = examined(late.replace("Stop if you feel a sharp pain. ", ""))
    assert odd.plan is not None
    assert {one.line for one in odd.problems if one.severity is Severity.ERROR} == {14}
    assert any("no-safety" in one.message for one in odd.problems)


def test_a_sound_text_has_no_problems() -> None:
    """Nothing is found where nothing is wrong, and there is a plan."""
    found = examined(ROUTINE)
    assert found.problems == ()
    assert found.plan is not None


def test_a_problem_of_another_routine_stands_at_its_use(tmp_path: Path) -> None:
    """What a used file has is told at the line that uses it, with the file's name."""
    (tmp_path / "other.md").write_text(
        "## Other\n\n- hold 5s\n  Hi.\n  - at 4s: Far too long a cue for it.\n"
    )
    found = examined("Stop at a pain.\n\n## Mine\n\n- use other.md\n", tmp_path)
    moved = [in_the_text(one) for one in found.problems if one.severity is Severity.ERROR]
    assert [one.line for one in moved] == [5]
    assert moved[0].message.startswith(f"{tmp_path / 'other.md'}: ")


# ── what can follow ──────────────────────────────────────────────────────────

FRONT = "---\ntitle: Hips\n"


@pytest.mark.parametrize(
    ("before", "begun", "offered"),
    [
        (FRONT + "mo", "mo", {"mood: "}),
        (FRONT + "level: g", "g", {"gentle"}),
        (FRONT + "bed: ra", "ra", {"rain"}),
        (FRONT + "allow: no-heading, no-s", "no-s", {"no-safety"}),
        (FRONT + "chimes:\n  st", "st", {"start: "}),
        (FRONT + "chimes:\n  start: bowl-e", "bowl-e", {"bowl-end"}),
        (FRONT + "say:\n  psoas: bo", "", set()),
        (FRONT + "---\n\n- ho", "ho", {"hold 30s"}),
        ("- hold 30s, ea", "ea", {"each side"}),
        ("- Knee: 3 rounds, ho", "ho", {"hold 30s"}),
        ("- hold 30s\n  - ha", "ha", {"half: "}),
        ("- hold 30s\n  - half: br", "", set()),
        ("- use psoas-m", "psoas-m", {"psoas-march"}),
        ("- chime bowl-s", "bowl-s", {"bowl-start", "bowl-switch"}),
        ("Breathe. [chime woo", "chime woo", {"chime wood"}),
        ("Your {le", "le", {"left|right"}),
        ("Just words ho", "", set()),
    ],
)
def test_what_can_follow(before: str, begun: str, offered: set[str]) -> None:
    """By what stands before the cursor: settings, values, clauses, cues, names, tags, words."""
    found, choices = offers(before)
    assert found == begun
    texts = {one.text for one in choices}
    assert offered <= texts
    assert bool(offered) == bool(texts)
    assert all(text.lower().startswith(begun) for text in texts)


def test_an_empty_bullet_offers_everything() -> None:
    """Every clause at the edge; every cue, too, under a step."""
    clauses = {one.text for one in offer_lists()["clauses"]}
    assert {one.text for one in offers("- ")[1]} == clauses
    assert {one.text for one in offers("- hold 30s\n  - ")[1]} == clauses | {f"{c}: " for c in CUES}


def test_settings_come_with_their_help() -> None:
    """All settings of the table, each with its sentence."""
    found = {one.text: one.help for one in offers("---\n")[1]}
    assert found == {f"{one.name}: ": one.help for one in TABLE}


def test_routines_beside_it_can_be_used(tmp_path: Path) -> None:
    """Files of the folder come before the library."""
    (tmp_path / "mine.md").write_text("Hi.")
    texts = [one.text for one in offers("- use ", tmp_path)[1]]
    assert texts == ["mine.md", *library.routines()]


def test_the_patterns_are_such_as_browsers_read_too() -> None:
    """No lookbehind, named group or flag of Python's alone."""
    for context in CONTEXTS:
        assert re.compile(context.pattern).groups >= 1
        assert not re.search(r"\(\?[P<(ims]|\\[AZ]", context.pattern)
        assert set(context.lists) <= set(offer_lists())


# ── how long a line takes ────────────────────────────────────────────────────


def hovered(line: str) -> str:
    """What the first line that holds these words says of itself."""
    lines = ROUTINE.split("\n")
    at = next(number for number, text in enumerate(lines, 1) if line in text)
    return hover(examined(ROUTINE).plan, lines, at)


def test_a_hold_takes_its_instructions_and_its_time_in_every_round() -> None:
    """Three rounds are three times; the group around it is played once."""
    hold = re.fullmatch(
        r"about \*\*([\d:.]+s?( min)?)\*\*, 3 times, first at [\d:.]+", hovered("- hold 20s")
    )
    assert hold
    group = hovered("- 3 rounds")
    assert "times" not in group


def test_prose_takes_its_words() -> None:
    """The last line's own words: neither what the program says after them, nor its chime."""
    found = examined(ROUTINE).plan
    assert found
    (said,) = [event for event in found.timeline.events if event.text == "Well done."]
    words = re.search(r"\*\*([\d.]+)(s|ms)\*\*", hovered("Well done."))
    assert words
    seconds = float(words[1]) / (1000 if words[2] == "ms" else 1)
    assert seconds == pytest.approx(said.length / 48_000, abs=0.051)


def test_a_chapter_ends_where_the_next_begins() -> None:
    """A heading stands for all below it, from its first words to the next chapter's."""
    found = examined(ROUTINE).plan
    assert found
    first = next(event for event in found.timeline.events if event.place.line == 11)
    after = next(event for event in found.timeline.events if event.place.line >= 19)
    length = show_seconds(round((after.position - first.position) / 48_000, 1))
    at = show_clock(first.position / 48_000)
    assert hovered("## Stretch") == f"about **{length}**, at {at}"


def test_a_cue_takes_its_words_alone() -> None:
    """Not the silence of the hold that follows it."""
    found = examined(ROUTINE).plan
    assert found
    said = [event.length / 48_000 for event in found.timeline.events if event.text == "Breathe."]
    words = re.search(r"\*\*([\d.]+)s\*\*, 3 times", hovered("at 5s"))
    assert words
    assert float(words[1]) == pytest.approx(sum(said), abs=0.051)


def test_a_setting_tells_what_it_means() -> None:
    """The sentence of the table, with or without a plan; a fence and a blank line say nothing."""
    assert hovered("language: en").startswith("`language`: the voice's language")
    assert hover(None, ["---", "mood: x", "---"], 2).startswith("`mood`: ")
    assert hover(None, ["---", "mood: x", "---"], 1) == ""
    assert hovered("---") == ""
    assert hover(examined(ROUTINE).plan, ROUTINE.split("\n"), 5) == ""
