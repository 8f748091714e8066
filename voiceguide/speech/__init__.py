"""Text to clip: reading what is written, respelling words, and pronunciation it as sound.

`voiceguide.speech.estimate` guesses a text's length without any engine.
"""

from voiceguide.speech.explain import ExplainedWord, Explanation
from voiceguide.speech.lexicon import Lexicon, Pronunciation
from voiceguide.speech.reading import normalise, spoken_form
from voiceguide.speech.speaker import Clips, Progress, Speaker, open_speaker

__all__ = [
    "Clips",
    "ExplainedWord",
    "Explanation",
    "Lexicon",
    "Progress",
    "Pronunciation",
    "Speaker",
    "normalise",
    "open_speaker",
    "spoken_form",
]
