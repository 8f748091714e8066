"""Text to clip: reading what is written, respelling words, and saying it as sound.

`voiceguide.speech.estimate` guesses a text's length without any engine.
"""

from voiceguide.speech.explain import Telling, ToldWord
from voiceguide.speech.lexicon import Lexicon, Saying
from voiceguide.speech.reading import normalise, spoken_form
from voiceguide.speech.speaker import Clips, Progress, Speaker, open_speaker

__all__ = [
    "Clips",
    "Lexicon",
    "Progress",
    "Saying",
    "Speaker",
    "Telling",
    "ToldWord",
    "normalise",
    "open_speaker",
    "spoken_form",
]
