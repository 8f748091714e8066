"""espeak-ng, installed as a wheel: the voice that is always available."""

from voiceguide.engines.espeak.engine import EspeakEngine

__all__ = ["EspeakEngine"]
