"""Compares the words that were said with those that a recogniser wrote, however either writes them.

A recogniser writes `2` for "two", `table top` for "tabletop" and `color` for "colour": nobody can
hear that, so it is no error. What it hears and nobody said, a syllable before a line say, is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from voiceguide.speech.reading import normalise

CONTRACTED = (
    (r"\bcan ?not\b", "cant"),
    (r"\bwill not\b", "wont"),
    (r"\b(do|does|did|is|are|was|were|has|have|had|should|would|could) not\b", r"\1nt"),
    (r"\b(i|you|we|they|it|that) will\b", r"\1ll"),
    (r"\b(you|we|they) are\b", r"\1re"),
    (r"\b(i|you|we|they) have\b", r"\1ve"),
    (r"\b(it|that|there|here|what|he|she) is\b", r"\1s"),
    (r"\bi am\b", "im"),
    (r"\blet us\b", "lets"),
)
"""Two words that are often written as one; written so, each counts as one word."""

BRITISH = (
    (r"\bpractis", "practic"),
    (r"\bgrey", "gray"),
    (r"\b(behavi|col|fav|flav|harb|hon|lab|neighb|rum)our", r"\1or"),
    (r"\b(cen|fib|me|thea)tre", r"\1ter"),
    (r"\b(\w{3,})is(e|es|ed|ing|ation)\b", r"\1iz\2"),
    (r"\b(\w{2,}[aeiou])ll(ed|ing|er)\b", r"\1l\2"),
    (r"\borthopaedic", "orthopedic"),
    (r"\bprogramme", "program"),
)
"""British spellings, and those that sound the same; of both sides alike, so that a word which has
only one way of writing may be changed, too."""

ALIKE = {"ok": "okay", "too": "two", "write": "right", "soas": "psoas"}
"""Words that sound the same. The recogniser leaves out the P of "psoas", as everybody does."""


def words(text: str) -> list[str]:
    """The words of a text, as they are compared."""
    plain = normalise(text, "en").lower()
    plain = re.sub(r"['’]", "", plain)
    plain = " ".join(re.sub(r"[^\w ]", " ", plain).split())
    for pattern, written in (*CONTRACTED, *BRITISH):
        plain = re.sub(pattern, written, plain)
    return [ALIKE.get(word, word) for word in plain.split()]


def distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """The words that were misheard, missed or added; two may be written as one."""
    costs = [[at + n for n in range(len(heard) + 1)] for at in range(len(said) + 1)]
    for at, word in enumerate(said, 1):
        for n, other in enumerate(heard, 1):
            tried = [costs[at - 1][n] + 1, costs[at][n - 1] + 1]
            tried.append(costs[at - 1][n - 1] + (word != other))
            if at > 1 and said[at - 2] + word == other:
                tried.append(costs[at - 2][n - 1])
            if n > 1 and heard[n - 2] + other == word:
                tried.append(costs[at - 1][n - 2])
            costs[at][n] = min(tried)
    return costs[-1][-1]


def differences(said: Sequence[str], heard: Sequence[str]) -> Iterator[str]:
    """What was said, and what was heard in its place."""
    for kind, i, j, m, n in SequenceMatcher(None, said, heard, autojunk=False).get_opcodes():
        if kind != "equal" and distance(said[i:j], heard[m:n]):
            yield f"{' '.join(said[i:j])} -> {' '.join(heard[m:n])}"
