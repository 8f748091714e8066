"""Texts on which espeak-ng crashes: said in pieces, or named; and hundreds of random ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from random_texts import random_text

from voiceguide.engines.espeak import EspeakEngine
from voiceguide.engines.processes import ChildLostError, Reply
from voiceguide.engines.texts import halves
from voiceguide.errors import MachineError


class Frail:
    """Stands for the children: lost on some texts, and remembers what they said."""

    def __init__(self, lost_on: Callable[[str], bool]) -> None:
        self.said: list[str] = []
        self.asked = 0
        self._lost_on = lost_on

    def ask(self, request: dict[str, object], _seconds: int) -> Reply:
        text = str(request["text"])
        self.asked += 1
        if self._lost_on(text):
            raise ChildLostError("crashed")
        self.said.append(text)
        return Reply(np.ones(len(text), "<i2").tobytes(), 22_050, {})

    def close(self) -> None:
        """Nothing to end."""


def frail_engine(
    monkeypatch: pytest.MonkeyPatch, lost_on: Callable[[str], bool]
) -> tuple[EspeakEngine, Frail]:
    engine, frail = EspeakEngine(), Frail(lost_on)
    monkeypatch.setattr(engine, "_children", frail)
    return engine, frail


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Breathe in, and out. Then rest a while.", ("Breathe in, and out.", "Then rest a while.")),
        ("Breathe in slowly, and out slowly", ("Breathe in slowly,", "and out slowly")),
        ("No. Let everything become as heavy as it is", ("No. Let everything", "become as heavy")),
        ("well-known", ("well-", "known")),
        ("aaaaaa", ("aaa", "aaa")),
        ("ab", ("a", "b")),
        ("say [[s'oU@s]]", ("say", "[[s'oU@s]]")),
    ],
)
def test_a_text_is_divided_where_it_hurts_least(text: str, pieces: tuple[str, str]) -> None:
    """After a sentence, else a comma, else a word, else anywhere; not far from the middle."""
    found = halves(text)
    assert found
    assert all(half.startswith(piece) for half, piece in zip(found, pieces, strict=True))
    assert "".join(found).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("text", ["", " ", "a", " a ", "[[s'oU@s]]", "[[s'oU@s"])
def test_some_texts_are_one_piece(text: str) -> None:
    """A character, and phonemes in their brackets."""
    assert halves(text) is None


def test_a_lost_text_is_tried_again_and_then_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """As large ones as can be said, in their order, and none of the words is lost."""
    text = "One two three four. Five six BAD seven. Eight nine ten."
    engine, frail = frail_engine(monkeypatch, lambda said: "BAD" in said and len(said) > 10)
    said = engine.speak(text, "en-us", 130)
    assert " ".join(frail.said).split() == text.split()
    assert any("BAD" in piece for piece in frail.said)
    assert len(frail.said) < 7
    assert len(said.samples) > 0.9 * len(text)


def test_one_crash_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a second child can say is not taken apart."""
    engine, frail = frail_engine(monkeypatch, lambda _: frail.asked == 1)
    engine.speak("Breathe in, and out.", "en-us", 130)
    assert frail.said == ["Breathe in, and out."]


def test_stress_is_given_up_before_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the commands for stress are what it crashes on, the words are said plainly."""
    engine, frail = frail_engine(monkeypatch, lambda said: "\x01" in said)
    engine.speak("Breathe *slowly*.", "en-us", 130)
    assert frail.said == ["Breathe slowly."]


def test_what_no_piece_of_can_be_said_is_an_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not silence in the middle of a session."""
    engine, _ = frail_engine(monkeypatch, lambda said: "Q" in said)
    with pytest.raises(MachineError) as raised:
        engine.speak("All is well, but for Q", "en-us", 130)
    assert raised.value.message == "the speech engine `espeak` crashes on the text `Q`"
    assert "other words" in raised.value.help


@pytest.fixture(scope="module")
def engine() -> Iterator[EspeakEngine]:
    made = EspeakEngine(seconds=10)
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_random_texts_lose_no_line(engine: EspeakEngine, seed: int) -> None:
    """Fifty of each seed, with stress, phonemes, signs and scripts: each is said, all of it."""
    chance = random.Random(seed)
    for _ in range(50):
        text = random_text(chance)
        said = engine.speak(text, "en-us", 220)
        assert np.isfinite(said.samples).all()
        assert said.rate == 22_050
        if any("a" <= character <= "z" for character in text):
            assert np.abs(said.samples).max(initial=0) > 0.01, repr(text)
