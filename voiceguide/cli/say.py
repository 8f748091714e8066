"""`voiceguide say`: show how a text is spoken, and which source determines each word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
from msgspec import to_builtins

from voiceguide import encode, engines
from voiceguide.cli import console, options
from voiceguide.cli.console import Column, Line, Styled, line, table
from voiceguide.errors import (
    MachineError,
    Place,
    Problem,
    Severity,
    UsageError,
    VoiceguideError,
    quote,
)
from voiceguide.render import render
from voiceguide.script.foreign import foreign_letters
from voiceguide.sequence import EventKind, Words
from voiceguide.settings import PACES
from voiceguide.settings.configuration import read_configuration
from voiceguide.speech.speaker import Explanation, Speaker, open_speaker
from voiceguide.store import default_store
from voiceguide.timeline import Event, Timeline

_ORIGINS = {
    "say": "the setting `say`",
    "file": "the lexicon `{}`",
    "lexicon": "voiceguide's lexicon",
    "rules": "the voice's own rules",
}


@click.command
@click.argument("text")
@click.option("--language", metavar="TAG", help="Language: `de`, `en-gb`.  [default: en]")
@options.voice_option
@click.option(
    "--routine",
    metavar="ROUTINE",
    shell_complete=options.complete_routine,
    help="Speak as in this routine: its language, voice, `say` and lexicons.",
)
@click.option("-o", "--output", metavar="FILE", help="Write the speech to an audio file.")
@options.json_option
def say(
    text: str,
    *,
    language: str | None,
    voice: str | None,
    routine: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    """Show how a voice speaks TEXT: the words it reads, and the phonemes of each.

    \b
      voiceguide say "Stretch your psoas for 30 s."
      voiceguide say "Anjaneyasana" --voice espeak:en-gb -o word.wav
      voiceguide say "90°" --language de

    Beside each word is the source of its pronunciation: the setting `say`, a lexicon that the
    routine or the configuration names, voiceguide's own lexicon, or the voice's own rules. With
    --json, prints one object (see docs/JSON.md). docs/WORDS.md describes how to change it.
    """
    if not text.strip():
        raise UsageError("there is nothing to say", "write words in quotation marks")
    with _speaker(routine, language, voice) as speaker:
        explanation = speaker.explain(text)
        if unreadable := _unreadable(text):
            console.tell(*console.problem_lines(unreadable))
        if as_json:
            console.put_json(_as_dict(text, speaker.voice, explanation))
        else:
            console.put(*_lines(speaker.voice, explanation))
        if output is not None:
            console.tell(f"Wrote {write_sample(text, speaker, Path(output))}.")


def _unreadable(text: str) -> list[Problem]:
    """Warnings for letters that a voice cannot read, which `check` rejects in a routine."""
    return [
        Problem(
            f"no voice of this language has letters for {quote(found[0].strip())}",
            "in a routine it is an error: write it in Latin letters, as it is said",
            severity=Severity.WARNING,
        )
        for found in foreign_letters(text)
    ]


def _speaker(routine: str | None, language: str | None, voice: str | None) -> Speaker:
    """Make the speaker of a routine, or of an empty one with default settings."""
    from voiceguide.studio.narration import make_speaker
    from voiceguide.studio.opening import SourceText, open_text

    text = options.read_routine(routine) if routine else SourceText(b"Nothing.", "say", Path.cwd())
    chosen = options.given({"language": language, "voice": voice})
    return make_speaker(open_text(text, chosen))


def _as_dict(text: str, voice: str, explanation: Explanation) -> dict[str, object]:
    return {
        "text": text,
        "voice": voice,
        "notation": explanation.notation,
        "spoken": explanation.spoken,
        "words": [
            {**to_builtins(word), "source": word.source or None} for word in explanation.words
        ],
    }


def _lines(voice: str, explanation: Explanation) -> Iterator[Line]:
    yield line(Styled("spoken  ", "dim"), explanation.spoken)
    yield line(Styled("voice   ", "dim"), voice)
    yield line()
    rows = (
        (word.word, word.phonemes or word.said, _ORIGINS[word.origin.value].format(word.source))
        for word in explanation.words
    )
    yield from table((Column(style="bold"), Column(), Column(style="dim")), rows, None)


LONGEST_NAME = 60
"""Most characters of a voice's name in a file name."""


def try_voice(text: str, voice: str | None, language: str, target: Path | None) -> Path:
    """Write a text in a voice, as a session would say it; return the file's path.

    The default voice is the configuration's, or the best one installed.
    """
    configured = read_configuration().checked().settings.get("voice")
    chosen = voice or (str(configured) if configured else None)
    with open_speaker(chosen, language, PACES["calm"], store=default_store()) as speaker:
        path = target or Path(file_name(speaker.voice))
        return write_sample(text, speaker, path)


def write_sample(text: str, speaker: Speaker, path: Path) -> Path:
    """Write a text in a speaker's voice; return the file's path. Raises what `try_voice` raises."""
    encode.format_of(path)  # a wrong name is reported before anything is spoken
    clip = speaker.clip(text)
    if not clip.samples.any():
        raise MachineError(f"`{speaker.voice}` makes no sound for this text")
    place = Place("try", 1)
    said = Event(clip.onset, clip.sounding, EventKind.SAY, text, place, source=Words(text))
    blocks = render(Timeline(len(clip.samples), (said,), ()), lambda _source: clip)
    return encode.write(blocks, path)


def every_voice(language: str) -> Iterator[str]:
    """Yield `ENGINE:VOICE` for each voice installed for a language, better engines first.

    Engines whose voices are not installed one by one give only their best. Recorded voices are
    left out, since they only say their own lines.
    """
    for name in sorted(
        set(engines.names()) - {"silent", "recorded"}, key=lambda name: (name == "espeak", name)
    ):
        try:
            engine = engines.make(name)
        except VoiceguideError:
            continue  # not installed
        with closing(engine):
            for voice in _voices(engine, language):
                yield f"{name}:{voice}"


def file_name(voice: str, number: int | None = None) -> str:
    """Default file name of a sample: `07-piper-en_US-lessac-medium.wav`."""
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
