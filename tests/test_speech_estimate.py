"""The guess at a text's length, against the voice itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from spoken_lines import UNSEEN

from voiceguide import load
from voiceguide.audio.clip import find_sounding
from voiceguide.engines import find_voice
from voiceguide.engines.espeak import EspeakEngine
from voiceguide.languages import SPOKEN, phrases
from voiceguide.lengths import in_seconds
from voiceguide.speech.pace import estimate


@pytest.fixture(scope="module")
def engine() -> Iterator[EspeakEngine]:
    made = EspeakEngine()
    yield made
    made.close()


@pytest.mark.parametrize("pace", [100, 130, 175])
def test_the_guess_is_near_the_voice(engine: EspeakEngine, pace: int) -> None:
    """Fifty lines that it was not fitted to: 6 % off on average, a quarter at worst, 4 % in all."""
    guessed = np.array([in_seconds(estimate(line, pace)) for line in UNSEEN])
    heard = np.array([sounding(engine, line, pace) for line in UNSEEN])
    off = np.abs(guessed / heard - 1)
    assert len(UNSEEN) == 50
    assert off.mean() < 0.065
    assert off.max() < 0.25
    assert guessed.sum() == pytest.approx(heard.sum(), rel=0.04)


def sounding(engine: EspeakEngine, line: str, pace: int, voice: str = "en-us") -> float:
    said = engine.speak(line, voice, pace)
    onset, end = find_sounding(said.samples, said.rate)
    return (end - onset) / said.rate


def test_what_is_read_is_what_is_guessed() -> None:
    """Abbreviations take as long as the words that they stand for, pictures take no time."""
    assert estimate("Hold 30s.", 130) == estimate("Hold 30 seconds.", 130)
    assert estimate("10-15 reps", 130) == estimate("ten to fifteen reps", 130)
    assert estimate("**Rest** 🙂", 130) == estimate("Rest", 130)
    assert estimate("🙂", 130) == estimate("", 130) == 0


def test_guessing_needs_no_numpy() -> None:
    """`plan --estimate` does not wait for the packages of sound."""
    code = (
        "import sys; from voiceguide.speech.pace import estimate; estimate('one', 130);"
        " print('numpy' in sys.modules or 'espeakng_loader' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


OTHERS = {
    "de": ("Höre auf, wenn du einen stechenden Schmerz spürst.", "Und nun lass die Schultern los."),
    "es": ("Si sientes un dolor agudo, para.", "Relaja los hombros, y cierra los ojos."),
    "fr": ("Arrêtez si vous sentez une douleur vive.", "Relâchez les épaules, fermez les yeux."),
    "it": ("Fermati se senti un dolore acuto.", "Rilassa le spalle, e chiudi gli occhi."),
    "nl": ("Stop als je scherpe pijn voelt.", "Laat je schouders los, en sluit je ogen."),
    "pl": ("Przerwij, jeśli poczujesz ostry ból.", "Rozluźnij ramiona, i zamknij oczy."),
    "pt": ("Pare se sentir uma dor aguda.", "Solte os ombros, e feche os olhos."),
}
"""Lines that the guess was not fitted to."""


@pytest.mark.parametrize("language", OTHERS)
def test_other_languages_are_guessed_too(engine: EspeakEngine, language: str) -> None:
    """Within a seventh in all, over two instructions and everything that is said by itself."""
    voice = find_voice(engine, None, language).name
    words = phrases(language)
    lines = (*OTHERS[language], *(words[name] for name in SPOKEN))
    guessed = sum(in_seconds(estimate(line, 130, language)) for line in lines)
    heard = sum(sounding(engine, line, 130, voice) for line in lines)
    assert guessed == pytest.approx(heard, rel=0.14)


def test_a_german_plan_needs_no_engine() -> None:
    """The guess at a German routine is near what its voice takes."""
    with load("psoas-dehnung", voice="espeak") as session:
        guessed = session.plan(estimate=True).timeline
        exact = session.plan().timeline
    assert guessed.length == pytest.approx(exact.length, rel=0.03)
