"""voiceguide: the builder of voice-guided audio routines."""

__version__ = "0.1.0"
