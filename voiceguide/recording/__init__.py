"""Record a person's own voice: list the lines to say, then check, trim, level and keep each take.

routine ─script_of▶ lines ─┬─ Prompter: the reader says them one by one into a microphone
                           ├─ a long take ─pieces_of▶ pieces ─matched▶ pairs
                           └─ files, one per line
                                 └─take_of▶ VoiceTake ─▶ VoiceFolder, which `recorded` speaks from
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from itertools import product, zip_longest
from typing import TYPE_CHECKING

from msgspec import Struct

from voiceguide.engines.recorded import key_of
from voiceguide.lengths import in_seconds
from voiceguide.settings import LEVELS, Guidance
from voiceguide.speech.pace import estimate
from voiceguide.studio.estimated import slowed

if TYPE_CHECKING:
    from voiceguide.studio import Option, Session

# ── the lines to say, in the order of the routine ────────────────────────────


Load = Callable[[Mapping[str, "Option"]], "Session"]
"""Opens a routine with the given options."""


class ScriptLine(Struct, frozen=True):
    """A line for a reader to say."""

    text: str
    stressed: str
    """The text with `*` around stressed words."""
    expected: float
    """Estimated length in seconds."""

    @property
    def key(self) -> str:
        """The key that recordings of this line are found by."""
        return key_of(self.text)


def script_of(load: Load, options: Mapping[str, Option]) -> list[ScriptLine]:
    """List the lines that a person's voice has to say, once each.

    They cover every level and guidance that `options` leave open, with and without the optional
    steps, and include the built-in words and numbers. Lines of other voices are left out.

    Raises:
        RoutineError, UsageError, MachineError: the routine cannot be opened with these options, or
            cannot have the requested length.
    """
    found: dict[str, ScriptLine] = {}
    for session in variants(load, options):
        settings = session.settings
        for words in session.words():
            if not words.voice and key_of(words.text) not in found:
                pace = slowed(words.words_a_minute or settings.words_a_minute, words.slowness)
                length = estimate(words.text, pace, settings.language)
                text, stressed = (" ".join(one.split()) for one in (words.text, words.said))
                found[key_of(text)] = ScriptLine(text, stressed, in_seconds(length))
    return list(found.values())


def variants(load: Load, options: Mapping[str, Option]) -> Iterator[Session]:
    """Yield a routine's sessions at each level and guidance that is left open, without and with all
    optional steps; the standard one comes first."""
    named = load(options).optional
    levels: Iterable[Option] = sorted(LEVELS, key=lambda name: name != "standard")
    amounts: Iterable[Option] = [amount.value for amount in Guidance]
    taken_in: Iterable[Option] = ([], named) if named else ([],)
    for level, guidance, extra in product(
        [options["level"]] if "level" in options else levels,
        [options["guidance"]] if "guidance" in options else amounts,
        [options["with_"]] if "with_" in options else taken_in,
    ):
        yield load({**options, "level": level, "guidance": guidance, "with_": extra})


# ── the sheet: a page of the lines, to read from paper or a tablet ───────────


TEXTS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "{title}: lines to record",
        "Read every line in this order. Leave two seconds of silence after each, and none that is"
        " as long within a line. Before the first, record five seconds of the quiet room.",
        "If you slip, stop, wait for two seconds, and say the line again; cut the slip out"
        " afterwards, or record each line to a file of its own, named by its number.",
        "Keep your distance from the microphone, and speak as you would to somebody who lies in"
        " the room. Words in bold are stressed.",
    ),
    "de": (
        "{title}: Zeilen zum Aufnehmen",
        "Lies alle Zeilen in dieser Reihenfolge. Lass nach jeder zwei Sekunden Stille, und in einer"
        " Zeile keine so lange. Nimm vor der ersten fünf Sekunden lang den stillen Raum auf.",
        "Wenn du dich versprichst, halte an, warte zwei Sekunden und sprich die Zeile noch einmal;"
        " schneide den Versprecher danach heraus, oder nimm jede Zeile in eine eigene Datei auf,"
        " die nach ihrer Nummer heißt.",
        "Bleib im gleichen Abstand zum Mikrofon, und sprich wie zu jemandem, der im Raum liegt."
        " Fett gedruckte Wörter werden betont.",
    ),
}
"""The heading and the instructions to the reader, by language."""

_STYLE = """
body { font: 1.5rem/1.5 Georgia, serif; max-width: 38rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; }
p { font-size: 1.1rem; }
li { margin: 0 0 1.4em; padding-left: .5em; break-inside: avoid; }
li::marker { color: #767676; font-size: 1rem; }
@media (prefers-color-scheme: dark) { body { background: #16181d; color: #eceae4; } }
@media print { body { margin: 0; max-width: none; font-size: 14pt; } li::marker { color: #555; } }
"""


def sheet_of(title: str, language: str, lines: Iterable[ScriptLine]) -> str:
    """Make the sheet as a complete HTML page with its own style; it loads nothing."""
    known = TEXTS.get(language.partition("-")[0].lower(), TEXTS["en"])
    heading, *asked = (escape(text.format(title=title)) for text in known)
    items = "\n".join(f"<li>{_stressed(line.stressed)}</li>" for line in lines)
    paragraphs = "\n".join(f"<p>{text}</p>" for text in asked)
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{heading}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{heading}</h1>\n"
        f"{paragraphs}\n<ol>\n{items}\n</ol>\n</body>\n</html>\n"
    )


def _stressed(text: str) -> str:
    """Convert a text to HTML, with the words between two `*` in bold."""
    plain, bold = text.split("*")[::2], text.split("*")[1::2]
    pieces = zip_longest(plain, bold, fillvalue="")
    return "".join(
        escape(before) + (f"<b>{escape(stressed)}</b>" if stressed else "")
        for before, stressed in pieces
    )
