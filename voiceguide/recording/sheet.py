"""The sheet: a routine's lines as a page to read from, on paper or on a tablet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from itertools import zip_longest

from voiceguide.recording.lines import ScriptLine

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
"""The heading and what a reader is asked for, by language."""

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
    """The page, whole: HTML with its own style, and nothing that it loads."""
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
    """The text as HTML; what stands between two `*` is bold."""
    plain, bold = text.split("*")[::2], text.split("*")[1::2]
    pieces = zip_longest(plain, bold, fillvalue="")
    return "".join(
        escape(before) + (f"<b>{escape(stressed)}</b>" if stressed else "")
        for before, stressed in pieces
    )
