"""espeak-ng, from a wheel: the voice that is always there."""

from voiceguide.engines.espeak.engine import EspeakEngine

__all__ = ["EspeakEngine"]
