"""What makes the embedded voice calmer makes it no harder to understand, by a recogniser."""

from __future__ import annotations

import os
from importlib.util import find_spec

import numpy as np
import pytest
from recognising import Recogniser
from spoken_lines import INSTRUCTIONS

from voiceguide.engines import Utterance
from voiceguide.engines.espeak import EspeakEngine
from voiceguide.engines.espeak.voices import CALM, PLAIN, Style

pytestmark = pytest.mark.skipif(
    find_spec("pocketsphinx") is None and not os.environ.get("CI"),
    reason="pocketsphinx is not installed",
)

FEW = INSTRUCTIONS
"""One hundred and eighty-odd words, as sessions have them."""


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser()


def errors(recogniser: Recogniser, manner: Style) -> int:
    """Words misheard, missed or added, over some lines."""
    engine = EspeakEngine(style=manner)
    found = sum(recogniser.errors(line, engine.speak(line, "en-us", 130))[0] for line in FEW)
    engine.close()
    return found


@pytest.mark.slow
def test_the_calm_voice_is_no_less_clear_than_the_raw_one(recogniser: Recogniser) -> None:
    """It makes no more errors over the instructions."""
    assert errors(recogniser, CALM) <= errors(recogniser, PLAIN)


@pytest.mark.slow
def test_the_recogniser_can_tell(recogniser: Recogniser) -> None:
    """A voice in noise as loud as itself is heard worse, or the figures would mean nothing."""
    engine = EspeakEngine()
    clear = noisy = 0
    for line in FEW[:6]:
        said = engine.speak(line, "en-us", 130)
        noise = np.random.default_rng(2).normal(0, said.samples.std(), len(said.samples))
        drowned = Utterance((said.samples + noise).astype(np.float32), said.rate)
        clear += recogniser.errors(line, said)[0]
        noisy += recogniser.errors(line, drowned)[0]
    engine.close()
    assert noisy > clear * 1.3
