"""How the library's routines sound as texts: a table of what a listener would notice.

    python benchmarks/library.py [--exact] [ROUTINE ...]
    python benchmarks/library.py --page

For each routine (a name of the library or a path; all of the library where none is given), as it
plays at its standard level:

grade    the school year that the spoken words ask for (formulas: `grade`)
longest  words in the longest sentence
speech   share of the session in which somebody speaks, counted numbers included
first    when the listener first moves: as the first chapter begins after the words before all
         headings, or the first hold, reps or segment, whichever comes first
repeats  how often the sentence that comes most often comes, and which one

The lengths of spoken texts are estimated, or with `--exact` those of the voice. A line that is
outside the limits below is marked with `!`, and then the exit code is 1. With `--page`, the table
in docs/ROUTINES.md is written anew.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voiceguide import library, load
from voiceguide.timeline import Timeline

GRADE, LONGEST, SPEECH = 5.0, 20, 0.5
"""Limits: a school year, words, and a share of the session."""

SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
VOWELS = {
    "en": re.compile(r"[aeiouy]+"),
    "de": re.compile(r"ie|ei|ai|au|äu|eu|aa|ee|oo|[aeiouyäöü]"),
    "es": re.compile(r"[iuü]?[aeoáéó][iuy]?|[iuíúü]+|y\b"),
}
"""One match, one syllable: vowels that sound together."""

SILENT = re.compile(r"([aeiouy]l|[^aeiouyl])e$|([aeiouy]l|[^aeiouylscgxzh]|th)es$|[^aeiouytd]ed$")
"""An English ending whose e is not heard: "breathe" and "pulled", but not "table" or "lifted"."""


PAGE = Path(__file__).parent.parent / "docs" / "ROUTINES.md"

HEAD = """\
| routine | length | grade | longest sentence | speech | first movement | a sentence comes |
|---|--:|--:|--:|--:|--:|--:|
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What is measured of one routine. Lengths are seconds."""

    name: str
    length: float
    grade: float
    longest: int
    speech: float
    first: float
    repeats: int
    repeated: str

    @property
    def fits(self) -> bool:
        """Whether it keeps the limits."""
        return self.grade <= GRADE and self.longest <= LONGEST and self.speech <= SPEECH


def syllables(word: str, language: str) -> int:
    """The syllables of a word, counted by its vowels: right for about nine words in ten."""
    word = word.lower()
    count = len(VOWELS[language].findall(word))
    return max(1, count - bool(language == "en" and SILENT.search(word)))


def grade(sentences: Sequence[str], language: str) -> float:
    """The school year: by Flesch and Kincaid, in German by the fourth Wiener Sachtextformel, in
    Spanish by Crawford."""
    words = [word for sentence in sentences for word in WORD.findall(sentence)]
    counts = [syllables(word, language) for word in words]
    by_sentence, by_word = len(words) / len(sentences), sum(counts) / len(words)
    if language == "de":
        long = sum(count >= 3 for count in counts) / len(words)
        return 0.2656 * by_sentence + 27.44 * long - 1.693
    if language == "es":
        return -20.5 / by_sentence + 4.9 * by_word - 3.407
    return 0.39 * by_sentence + 11.8 * by_word - 15.59


def measure(name: str, *, exact: bool) -> Row:
    """A routine's row; raises what `load` raises."""
    session = load(name)
    timeline = session.plan(estimate=not exact).timeline
    spoken = [event for event in timeline.events if event.kind.value in ("say", "count")]
    texts = [event.text or "" for event in spoken if event.kind.value == "say"]
    sentences = [part for text in texts for part in SENTENCE_END.split(text) if WORD.search(part)]
    repeated, repeats = Counter(s for s in sentences if len(s.split()) > 1).most_common(1)[0]
    return Row(
        name=name,
        length=timeline.duration,
        grade=grade(sentences, session.settings.language[:2]),
        longest=max(len(WORD.findall(sentence)) for sentence in sentences),
        speech=sum(event.length for event in spoken) / timeline.length,
        first=first_movement(timeline),
        repeats=repeats,
        repeated=repeated,
    )


def first_movement(timeline: Timeline) -> float:
    """When the listener first moves, in seconds."""
    chapters = [chapter.at for chapter in timeline.chapters if chapter.position]
    steps = [event.at for event in timeline.events if event.kind.exercise]
    return min([*chapters, *steps], default=0.0)


def shown(seconds: float) -> str:
    """A length as `10:00`."""
    return "{}:{:02}".format(*divmod(round(seconds), 60))


def table() -> str:
    """The table of the page, with all routines of the library."""
    rows = [measure(name, exact=False) for name in library.routines()]
    return HEAD + "".join(
        f"| `{row.name}` | {shown(row.length)} | {max(row.grade, 0):.1f} | {row.longest} words "
        f"| {row.speech:.0%} | {row.first:.0f} s | {row.repeats} × |\n"
        for row in rows
    )


def write_page() -> None:
    """Put the table where the page has the old one, at its end."""
    words = PAGE.read_text(encoding="utf-8").partition(HEAD.partition("\n")[0])[0]
    PAGE.write_text(words + table(), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    if "--page" in arguments:
        write_page()
        return 0
    names = [name for name in arguments if name != "--exact"] or library.routines()
    print("routine                       length  grade  longest  speech  first  repeats")
    rows = [measure(name, exact="--exact" in arguments) for name in names]
    for row in rows:
        print(
            f"{row.name:28.28}{'' if row.fits else '!':1} {shown(row.length):>6}  "
            f"{row.grade:5.1f}  {row.longest:7}  {row.speech:6.0%}  {row.first:4.0f}s  "
            f"{row.repeats:3} {row.repeated}"
        )
    return 0 if all(row.fits for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
