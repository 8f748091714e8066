"""From pieces to a spoken text: sides, rounds, reps, lengths and the author's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voiceguide.errors import Place
from voiceguide.phrases import Phrases
from voiceguide.routine import Piece, Sentence, Side, Sided, Text, Word


@dataclass(frozen=True, slots=True)
class Here:
    """Whose turn it is where a text stands."""

    side: Side | None = None
    alternating: bool = False
    """Whether the side changes with every rep, and is nobody's between them."""
    round: int | None = None
    rounds: int | None = None
    rep: int | None = None
    reps: int | None = None
    hold: float | None = None
    """Seconds of the hold that `{hold}` means."""
    first: bool = True
    """Whether this is the first pass through everything around it."""
    later: bool = False
    """Whether something around it is in its second round or a later one."""
    via: Place | None = None
    """The `use` that brought this part in."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What turns a sentence into words."""

    phrases: Phrases
    own: Mapping[str, str]
    """The routine's `words:`."""

    def sentence(self, sentence: Sentence, here: Here, next_title: str = "") -> str:
        """The text of a sentence, begun with a capital."""
        said = "".join(self._piece(piece, here, next_title) for piece in sentence.pieces)
        return capital(" ".join(said.split()))

    def stressed(self, sentence: Sentence, here: Here, next_title: str = "") -> str:
        """The same with `*` around its stressed words; empty where none are."""
        if not any(piece.stressed for piece in sentence.pieces):
            return ""
        pieces = ((self._piece(piece, here, next_title), piece) for piece in sentence.pieces)
        said = "".join(_between_stars(text) if piece.stressed else text for text, piece in pieces)
        return " ".join(said.split())

    def _piece(self, piece: Piece, here: Here, next_title: str) -> str:
        if isinstance(piece, Text):
            return piece.text
        if isinstance(piece, Sided):
            return piece.right if here.side is Side.RIGHT else piece.left
        return next_title if piece.name == "next" else self._word(piece.name, here)

    def _word(self, name: str, here: Here) -> str:
        if name in self.own:
            return self.own[name]
        if name == "hold":
            return self.phrases.length(here.hold or 0.0)
        if name in ("side", "other side"):
            return self._side(name, here.side or Side.LEFT)
        number: int | None = getattr(here, name)
        return self.phrases.number(number or 1)

    def _side(self, name: str, side: Side) -> str:
        return self.phrases.side(side if name == "side" else side.other)


def _between_stars(text: str) -> str:
    """The text in asterisks, its outer spaces outside of them."""
    words = text.strip()
    return text.replace(words, f"*{words}*", 1) if words and "*" not in words else text


def capital(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def names_side(sentence: Sentence) -> bool:
    """Whether its words change with the side."""
    return any(
        isinstance(piece, Sided)
        or (isinstance(piece, Word) and piece.name in ("side", "other side"))
        for piece in sentence.pieces
    )


def asks_for(sentence: Sentence, word: str) -> Word | None:
    """The piece `{word}` of the sentence, where it has one."""
    pieces = (piece for piece in sentence.pieces if isinstance(piece, Word))
    return next((piece for piece in pieces if piece.name == word), None)
