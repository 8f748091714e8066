"""`voiceguide say`: how a text will be spoken, and who says that it is spoken so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceguide.cli import console
from voiceguide.cli.console import Ink, Line, line
from voiceguide.cli.options import complete_routine, given, json_option, voice_option
from voiceguide.errors import UsageError

if TYPE_CHECKING:
    from voiceguide.speech import ExplainedWord, Explanation, Speaker

_ORIGINS = {
    "say": "the setting `say`",
    "file": "the lexicon `{}`",
    "lexicon": "voiceguide's lexicon",
    "rules": "the voice's own rules",
}


@click.command(short_help="Show how words are spoken, and why.")
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
        told = speaker.explain(text)
        if as_json:
            console.put_json(_as_dict(text, speaker.voice, told))
        else:
            console.put(*_lines(speaker.voice, told))
        if output is not None:
            from voiceguide.cli.trying import write_sample

            console.tell(f"Wrote {write_sample(text, speaker, Path(output))}.")


def _speaker(routine: str | None, language: str | None, voice: str | None) -> Speaker:
    """The speaker of a routine, or of one that says nothing of its own."""
    from voiceguide.cli.opening import read_routine
    from voiceguide.studio import SourceText
    from voiceguide.studio.narration import make_speaker
    from voiceguide.studio.opening import open_text

    text = read_routine(routine) if routine else SourceText(b"Nothing.", "say", Path.cwd())
    options = {"language": language, "voice": voice}
    return make_speaker(open_text(text, given(options)))


def _as_dict(text: str, voice: str, told: Explanation) -> dict[str, object]:
    return {
        "text": text,
        "voice": voice,
        "notation": told.notation,
        "spoken": told.spoken,
        "words": [
            {
                "word": word.word,
                "said": word.said,
                "phonemes": word.phonemes,
                "origin": word.origin.value,
                "source": word.source or None,
            }
            for word in told.words
        ],
    }


def _lines(voice: str, told: Explanation) -> Iterator[Line]:
    yield line(Ink("spoken  ", "dim"), told.spoken)
    yield line(Ink("voice   ", "dim"), voice)
    yield line()
    cells = [(word.word, word.phonemes or word.said, _origin(word)) for word in told.words]
    widths = [max((_width(row[column]) for row in cells), default=0) for column in range(2)]
    for first, second, third in cells:
        yield line(
            Ink(_padded(first, widths[0]), "bold"),
            f"  {_padded(second, widths[1])}  ",
            Ink(third, "dim"),
        )


def _origin(word: ExplainedWord) -> str:
    return _ORIGINS[word.origin.value].format(word.source)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)
