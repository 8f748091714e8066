"""`*word*` from the routine to the voice: kept around the right words, or left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from voiceguide import studio
from voiceguide.engines import Utterance, Voice
from voiceguide.sequence import Words
from voiceguide.speech.speaker import Speaker


class Listening:
    """Remembers what it was asked for; `stresses` says whether it can."""

    name = "listening"
    version = "1"

    def __init__(self, *, stresses: bool) -> None:
        self.stresses = stresses
        self.said: list[str] = []

    def voices(self) -> Sequence[Voice]:
        return [Voice("one", "en")]

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        self.said.append(text)
        return Utterance(np.full(20_000, 0.1, np.float32), 22_050)

    def close(self) -> None:
        """Nothing to let go of."""


def heard(text: str, *, stresses: bool = True, say: dict[str, str] | None = None) -> str:
    """What the engine is given for a text."""
    engine = Listening(stresses=stresses)
    Speaker(engine, "one", say=say).clip(text)
    return engine.said[-1]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Breathe *slowly*.", "Breathe *slowly*."),
        ("**Do not** force it.", "*Do not* force it."),
        ("Hold *30s*, then rest.", "Hold *thirty seconds*, then rest."),
        ("*Now*, and *not* later.", "*Now*, and *not* later."),
        ("Hold 30s on the *left* side, 5x.", "Hold thirty seconds on the *left* side, five times."),
        ("Do it, *gently*!", "Do it, *gently*!"),
        ("Nothing here.", "Nothing here."),
        ("3 * 4 and 5 *6 more*", None),
        ("one *two", "one two"),
        ("* * *", ""),
    ],
)
def test_the_stressed_words_are_marked(text: str, form: str | None) -> None:
    """After reading, and without the points around them; what has no partner is nothing."""
    if form == "":
        assert Speaker(Listening(stresses=True), "one").clip(text).sounding == 0
        return
    given = heard(text)
    assert given.count("*") % 2 == 0
    assert form is None or given == form


def test_a_respelled_word_can_be_stressed() -> None:
    """The asterisks are around what is said for it."""
    assert heard("Feel your *hip*.", say={"hip": "hyp joint"}) == "Feel your *hyp joint*."


def test_stress_changes_nothing_else() -> None:
    """Without the asterisks, the words are those of the text without stress."""
    texts = [
        "Hold *30s-40s*.",
        "The *1/2* way",
        "*3* x 30 s",
        "Lift 3 *x* now",
        "a*b*c d",
        "**a*b**",
    ]
    for text in texts:
        stressed, plain = heard(text), heard(text, stresses=False)
        assert stressed.replace("*", "") == plain


def test_an_engine_that_cannot_is_given_plain_words() -> None:
    """It never sees an asterisk."""
    assert heard("Breathe *slowly*.", stresses=False) == "Breathe slowly."


ROUTINE = """---
title: Stress
---

Do *not* bounce.

- hold 20s, each side
  Lift your *{left|right}* arm.
"""


def test_a_routines_stress_reaches_the_voice_and_not_the_captions() -> None:
    """The speaker is given asterisks; what is shown has none."""
    session = studio.load_text(studio.SourceText(ROUTINE.encode(), "-", Path.cwd()))
    said = {
        event.source.text: event.source.said
        for event in session.plan(estimate=True).timeline.events
        if isinstance(event.source, Words)
    }
    assert said["Do not bounce."] == "Do *not* bounce."
    assert said["Lift your left arm."] == "Lift your *left* arm."
    assert said["Lift your right arm."] == "Lift your *right* arm."
    assert not any("*" in text for text in said)
    assert said["Switch sides."] == "Switch sides."
