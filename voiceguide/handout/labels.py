"""The words of a handout in each language, from the language's own folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.languages import find_language
from voiceguide.languages.numbers import Form, numbers
from voiceguide.routine import Moment
from voiceguide.sequence.unroller import capital

Forms = Mapping[Form, str]
"""What is counted, by what its number asks for."""


class Labels(Struct, frozen=True):
    """The words of one language; `{}` stands for what is filled in."""

    language: str
    time: str
    needs: str
    purposes: str
    frequency: str
    not_if: str
    see: str
    metronome: str
    shuffled: str
    period: str
    left: str
    right: str
    breathing: str
    nothing: str
    opening: str
    notes: str
    exercise: str
    made_with: str
    optional: str
    with_: str
    or_: str
    each_side: str
    in_turn: str
    in_all: str
    left_side: str
    right_side: str
    hold: str
    rest: str
    round: Forms
    set: Forms
    times: Forms
    once: str
    breath: Forms
    one_every: str
    wait: str
    first: str
    again: str
    start: str
    half: str
    at: str
    every: str
    last: str
    end: str
    in_turn_every: str
    """Where a cue has more than one text."""
    decimal: str
    """The sign before decimals."""
    library: Mapping[str, str] = field(default_factory=dict)
    """The words that the library's routines have in `needs` and `for`, in this language."""
    address: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The ways to address somebody, each with the labels that are others then."""
    capital_nouns: bool = False
    """Whether nouns begin with a capital, wherever they stand."""

    def noun(self, word: str) -> str:
        """A word of `needs` or `for`, which settings have in lower case, as people write it."""
        if word in self.library:
            return self.library[word]
        return capital(word) if self.capital_nouns and " " not in word else word

    def counted(self, number: float, forms: Forms) -> str:
        """The form behind a number."""
        form = numbers(self.language).form(number)
        return forms.get(form, forms[Form.MANY])

    def addressing(self, address: str | None) -> Labels:
        """The labels as they address somebody: `Sie brauchen` in place of `Du brauchst`."""
        others: Mapping[str, Any] = self.address.get(address or "", {})
        return replace(self, **others)

    def moment(self, moment: Moment) -> str:
        """When a cue is said; `{}` is its length."""
        label: str = getattr(self, moment.value)
        return label


@cache
def labels(language: str) -> Labels:
    """The labels of a language, given by its tag; English ones where it has none."""
    found = find_language(language)
    if found is None:
        return labels("en")
    words: dict[str, Any] = {_field(name): _value(value) for name, value in found.handout.items()}
    return Labels(found.code, **words)


def _field(name: str) -> str:
    return f"{name}_" if name in ("with", "or") else name.replace(" ", "_")


def _value(value: object) -> object:
    """A list has one form, in Polish a few, and many."""
    if not isinstance(value, list):
        return value
    kinds = (Form.ONE, Form.MANY) if len(value) == 2 else (Form.ONE, Form.FEW, Form.MANY)
    return dict(zip(kinds, value, strict=True))
