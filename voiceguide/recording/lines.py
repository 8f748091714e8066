"""What there is to say: every line that a routine can say, in the order in which it says them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING

from msgspec import Struct

from voiceguide.engines.recorded import key_of
from voiceguide.lengths import in_seconds
from voiceguide.sequence import Words
from voiceguide.settings import LEVELS, Guidance
from voiceguide.speech.pace import estimate
from voiceguide.studio.estimated import slowed

if TYPE_CHECKING:
    from voiceguide.studio import Option, Session

Load = Callable[[Mapping[str, "Option"]], "Session"]
"""Opens a routine with some options."""


class ScriptLine(Struct, frozen=True):
    """A line that somebody is to say."""

    text: str
    stressed: str
    """The same with `*` around the words that are to be stressed."""
    expected: float
    """Seconds that it should take, about."""

    @property
    def key(self) -> str:
        """What it is found by."""
        return key_of(self.text)


def script_of(load: Load, options: Mapping[str, Option]) -> list[ScriptLine]:
    """The lines that a person's voice is to say, once each.

    Those at every level and guidance that `options` leave open, with the optional steps and
    without them; the built-in words and numbers among them. What another voice is to say is not.

    Raises:
        RoutineError, UsageError, MachineError: it cannot be opened so, or not be so long.
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
    """A routine's sessions, the usual one first: at each level and guidance that is left open,
    without and with all its optional steps."""
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


def said_by(load: Load) -> Iterator[Words]:
    """Every text that a routine can say, by whatever voice, each variant's one after another."""
    for session in variants(load, {}):
        yield from session.words()
