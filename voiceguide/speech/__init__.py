"""From text to clip: normalise a text, apply the lexicon, and speak it with an engine.

`voiceguide.speech.pace.estimate` estimates the length of a text without an engine.
"""
