"""`voiceguide say`: how a text will be spoken, and who says that it is spoken so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceguide.cli import console
from voiceguide.cli.console import Column, Line, Styled, line, table
from voiceguide.cli.options import (
    complete_routine,
    given,
    json_option,
    read_routine,
    voice_option,
)
from voiceguide.errors import UsageError

if TYPE_CHECKING:
    from voiceguide.speech import Explanation, Speaker

_ORIGINS = {
    "say": "the setting `say`",
    "file": "the lexicon `{}`",
    "lexicon": "voiceguide's lexicon",
    "rules": "the voice's own rules",
}


@click.command
@click.argument("text")
@click.option("--language", metavar="TAG", help="The language: `de`, `en-gb`.  [default: en]")
@voice_option
@click.option(
    "--routine",
    metavar="ROUTINE",
    shell_complete=complete_routine,
    help="Speak as this routine does: its language, voice, `say` and lexicons.",
)
@click.option("-o", "--output", metavar="FILE", help="Write it to an audio file, to be heard.")
@json_option
def say(
    text: str,
    *,
    language: str | None,
    voice: str | None,
    routine: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    """Show what a voice makes of TEXT: as it is read, and each word with its phonemes.

    \b
      voiceguide say "Stretch your psoas for 30 s."
      voiceguide say "Anjaneyasana" --voice espeak:en-gb -o word.wav
      voiceguide say "90°" --language de

    Beside each word stands who says that it is spoken so: the setting `say`, a lexicon that the
    routine or the configuration names, voiceguide's own lexicon, or the voice's own rules. With
    --json, one object (see docs/JSON.md). docs/WORDS.md tells how to change it.
    """
    if not text.strip():
        raise UsageError("there is nothing to say", "write words in quotation marks")
    with _speaker(routine, language, voice) as speaker:
        explanation = speaker.explain(text)
        if as_json:
            console.put_json(_as_dict(text, speaker.voice, explanation))
        else:
            console.put(*_lines(speaker.voice, explanation))
        if output is not None:
            from voiceguide.cli.trying import write_sample

            console.tell(f"Wrote {write_sample(text, speaker, Path(output))}.")


def _speaker(routine: str | None, language: str | None, voice: str | None) -> Speaker:
    """The speaker of a routine, or of one that says nothing of its own."""
    from voiceguide.studio import SourceText
    from voiceguide.studio.narration import make_speaker
    from voiceguide.studio.opening import open_text

    text = read_routine(routine) if routine else SourceText(b"Nothing.", "say", Path.cwd())
    options = {"language": language, "voice": voice}
    return make_speaker(open_text(text, given(options)))


def _as_dict(text: str, voice: str, explanation: Explanation) -> dict[str, object]:
    return {
        "text": text,
        "voice": voice,
        "notation": explanation.notation,
        "spoken": explanation.spoken,
        "words": [
            {
                "word": word.word,
                "said": word.said,
                "phonemes": word.phonemes,
                "origin": word.origin.value,
                "source": word.source or None,
            }
            for word in explanation.words
        ],
    }


def _lines(voice: str, explanation: Explanation) -> Iterator[Line]:
    yield line(Styled("spoken  ", "dim"), explanation.spoken)
    yield line(Styled("voice   ", "dim"), voice)
    yield line()
    rows = [
        (word.word, word.phonemes or word.said, _ORIGINS[word.origin.value].format(word.source))
        for word in explanation.words
    ]
    yield from table((Column(style="bold"), Column(), Column(style="dim")), rows, None)
