"""What strays into prose from other texts: each is answered with a way out, and none is spoken."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceguide import loads
from voiceguide.importing import import_text
from voiceguide.script import Known, parse
from voiceguide.studio.editing import examine

ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("accidents.tsv").read_text(encoding="utf-8").splitlines()
]
BESIDE = ("(no-ending)", "(long-talk)")
"""What a routine of a sentence may be told, too."""
KNOWN = Known(chimes=frozenset({"bowl", "bell"}))


def routine(language: str, prose: str) -> str:
    """A routine that begins with the prose."""
    text = prose.replace("\\n", "\n")
    return f"---\nlanguage: {language}\n---\n{text}\n"


def helps(text: str) -> list[str]:
    """The ways out of all that `check` says of a routine."""
    found = examine(lambda: loads(text), lambda session: session.plan(estimate=True)).problems
    return [problem.help for problem in found if not problem.message.endswith(BESIDE)]


@pytest.mark.parametrize(("language", "written", "way_out", "instead"), ROWS)
def test_an_accident_is_answered_with_a_way_out_that_passes(
    language: str, written: str, way_out: str, instead: str
) -> None:
    """Once, in each language; and what it says to write is no accident any more."""
    (told,) = helps(routine(language, written))
    assert way_out in told
    assert helps(f"{routine(language, instead)}\nBreathe.\n") == []


@pytest.mark.parametrize(
    ("prose", "line"),
    [("your left/right leg", "{left|right}"), ("dein rechtes / linkes Bein", "{linkes|rechtes}")],
)
def test_among_sides_a_slash_is_answered_with_braces(prose: str, line: str) -> None:
    """The left form stands first in them, whichever was written first."""
    text = f"- hold 30s, each side\n  Lift {prose}.\n"
    (problem,) = parse(text, "r.md", KNOWN).problems
    assert problem.help == f"write `{line}`"


PLAIN = [
    "Raise your arms (if you can).",
    "Lie on your side (the left one) and rest.",
    "Rest. (Stop whenever you like.) Go on.",
    "We met at 8. A C# and a B, at e.g. 5 p.m., for the St. Anna team.",
    "See [our page](https://example.com), and look at 3/4 of it.",
    "Left, then right. Cat/cow, in/out, and/or both.",
]


@pytest.mark.parametrize("prose", PLAIN)
def test_what_only_looks_like_an_accident_is_spoken(prose: str) -> None:
    """Asides, links, notes of music, abbreviations, other slashes."""
    assert helps(routine("en", f"{prose}\n\nBreathe.")) == []


def test_an_import_leaves_no_accident_and_tells_of_each() -> None:
    """Words take its place where there are some."""
    script = (
        "Visit www.example.com or lift your left/right leg. (inhale) Go. ~~Not this.~~ __Now__."
    )
    brought = import_text(script.encode(), "script.txt", KNOWN)
    assert "Visit or lift your left or right leg. Breathe in. Go. **Now**." in brought.text
    assert len(brought.unknown) == 5
    assert helps(brought.text) == []
