"""Voices as lines: a row for each where the terminal is wide enough, otherwise some lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.cells import cell_len

from voiceguide.cli.ink import Ink, Line, columns, line, wrapped
from voiceguide.cli.voices.offers import Offer
from voiceguide.cli.words import counted, size_text

HEADINGS = ("voice", "speaks", "quality", "size", "licence")
INDENT = "  "

FEW = 12
"""Names that are listed under a model that holds so many voices; of more, there is a number."""

UNKNOWN = "see its card"
"""What stands for a licence that the catalogue does not know."""


def shown(offers: Sequence[Offer], width: int, *, names: bool) -> Iterator[Line]:
    """Sections of an engine's voices: those that are here, and then those that are not.

    With `names`, all voices within a model are named.
    """
    rows = columns([HEADINGS, *map(cells, offers)])
    wide = max(map(cell_len, rows)) + len(INDENT) <= width
    for number, (title, members) in enumerate(groupby(zip(offers, rows[1:], strict=True), _title)):
        yield from [line()] if number else []
        yield line(Ink(title, "bold"))
        if wide:
            yield line(INDENT, Ink(rows[0], "dim"))
        for offer, row in members:
            yield from [_row(offer, row)] if wide else _block(offer, width)
            yield from _within(offer, width, names=names)


def cells(offer: Offer) -> tuple[str, str, str, str, str]:
    """What stands in the columns."""
    licence = offer.licence or (UNKNOWN if offer.card else "")
    size = size_text(offer.size) if offer.size else ""
    return offer.name, offer.language, offer.quality, size, licence


def _title(pair: tuple[Offer, str]) -> str:
    offer = pair[0]
    return f"{offer.engine}: {'installed' if offer.installed else 'can be installed'}"


def _row(offer: Offer, row: str) -> Line:
    return line(INDENT, Ink(row[: len(offer.name)], "bold"), row[len(offer.name) :].rstrip())


def _block(offer: Offer, width: int) -> Iterator[Line]:
    name, *about = cells(offer)
    for part in wrapped(name, width - len(INDENT)):
        yield line(INDENT, Ink(part, "bold"))
    for part in wrapped(", ".join(filter(None, about)), width - 2 * len(INDENT)):
        yield line(2 * INDENT, Ink(part, "dim"))


def _within(offer: Offer, width: int, *, names: bool) -> Iterator[Line]:
    """The names that an author writes, or how many speakers there are."""
    said, number = "", len(offer.within)
    if number:
        few = offer.within if names or number <= FEW else (*offer.within[:3], "…")
        said = f"{counted(number, 'voice')}: {' '.join(few)}"
    elif offer.speakers > 1:
        said = f"{counted(offer.speakers, 'speaker')}: {offer.name}+0 to +{offer.speakers - 1}"
    for part in wrapped(said, width - 2 * len(INDENT)) if said else ():
        yield line(2 * INDENT, Ink(part, "dim"))
