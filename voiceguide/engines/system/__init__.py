"""The voices of the user's machine."""

from voiceguide.engines.system.engine import SystemEngine

__all__ = ["SystemEngine"]
