"""A sentence in a voice, as a file to listen to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from voiceguide import encode, engines
from voiceguide.errors import MachineError, Place, VoiceguideError
from voiceguide.render import render
from voiceguide.sequence import EventKind, Words
from voiceguide.settings import PACES
from voiceguide.settings.configuration import read_configuration
from voiceguide.speech import Speaker, open_speaker
from voiceguide.store import default_store
from voiceguide.timeline import Event, Timeline

LONGEST_NAME = 60
"""Characters of a file's name that come from a voice's."""


def try_voice(text: str, voice: str | None, language: str, target: Path | None) -> Path:
    """Write a text in a voice, as a session would say it; to which file.

    Where no voice is named, it is the configuration's, or the best one installed.

    Raises:
        UsageError: there is no such voice, or the file's name is that of no format.
        MachineError: the engine failed, says nothing of this text, or the file cannot be written.
    """
    configured = read_configuration().checked().settings.get("voice")
    chosen = voice or (str(configured) if configured else None)
    with open_speaker(chosen, language, PACES["calm"], store=default_store()) as speaker:
        path = target or Path(file_name(speaker.voice))
        return write_sample(text, speaker, path)


def write_sample(text: str, speaker: Speaker, path: Path) -> Path:
    """Write a text that a speaker says; to which file.

    Raises:
        UsageError: the file's name is that of no format.
        MachineError: the engine failed, says nothing of this text, or the file cannot be written.
    """
    encode.format_of(path)  # a slip is told before anything is said
    clip = speaker.clip(text)
    if not clip.samples.any():
        raise MachineError(f"`{speaker.voice}` makes no sound of that text")
    place = Place("try", 1)
    said = Event(clip.onset, clip.sounding, EventKind.SAY, text, place, source=Words(text))
    blocks = render(Timeline(len(clip.samples), (said,), ()), lambda _source: clip)
    return encode.write(blocks, path).path


def every_voice(language: str) -> Iterator[str]:
    """`ENGINE:VOICE` of each voice that is installed for a language, the better engines first.

    Of an engine whose voices nobody chose one by one, its best.
    """
    for name in sorted(set(engines.names()) - {"silent"}, key=_rank):
        try:
            engine = engines.make(name)
        except VoiceguideError:
            continue  # it is not here
        try:
            for voice in _voices(engine, language):
                yield f"{name}:{voice}"
        finally:
            engine.close()


def file_name(voice: str, number: int | None = None) -> str:
    """What a sample is called where nobody says: `07-piper-en_US-lessac-medium.wav`."""
    plain = "".join(c if c.isalnum() or c in "_-+." else "-" for c in voice)
    before = "voice" if number is None else f"{number:02d}"
    return f"{before}-{plain[:LONGEST_NAME]}.wav"


def _voices(engine: engines.Engine, language: str) -> list[str]:
    if engines.kind_of(engine) != engines.NEURAL:
        try:
            return [engines.find_voice(engine, None, language).name]
        except VoiceguideError:
            return []
    asked = language.lower().replace("_", "-")
    speaking = (v for v in engine.voices() if f"{v.language}-".startswith(f"{asked}-"))
    return list(dict.fromkeys(voice.name for voice in speaking))


def _rank(name: str) -> tuple[bool, str]:
    return name == "espeak", name
