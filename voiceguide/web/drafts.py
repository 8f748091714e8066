"""Drafts: a routine's text as it stands in the editor, with the options beside it.

A draft is known by its number. What it becomes, a plan, a sound, a sheet, is asked for by that
number, so that a page shows, plays and exports the very same thing. Few are kept: the latest ones.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import nullcontext, suppress
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from voiceguide import studio
from voiceguide.encode.mp3.frames import Rate, encoded
from voiceguide.encode.pcm import samples_of
from voiceguide.errors import Problem, UsageError, VoiceguideError
from voiceguide.lengths import in_seconds, samples
from voiceguide.render import Blocks
from voiceguide.studio.editing import examine, in_the_text
from voiceguide.timeline import Timeline
from voiceguide.web.moments import player_data
from voiceguide.web.texts import texts

OPTIONS = ("length", "level", "guidance", "voice", "bed", "loudness", "language", "with", "words")
"""What a page may ask for, besides what the text says."""

MOST_DRAFTS = 4
"""Each holds its clips."""

PIECE = samples(0.5)
"""Samples that are encoded at a time: the first ones are heard soon."""

_HEARD = {1: Rate(64, 1), 2: Rate(128, 2)}
"""How a draft is encoded to be heard, by its channels."""


class Draft:
    """A text with its options. Several threads may ask; one after the other is answered.

    Drafts of one page share `engines`, which one of them may use at a time: whose `turn` it is.
    """

    def __init__(
        self,
        text: studio.SourceText,
        options: Mapping[str, Any],
        engines: studio.Studio | None = None,
        turn: Lock | None = None,
    ) -> None:
        self.text, self.options = text, dict(options)
        self._load = engines.load_text if engines else studio.load_text
        self._turn = turn or Lock()
        self.stale = False
        """Whether a newer text has come, so that nobody waits for this one to be spoken."""
        self._lock = Lock()
        self._opened: studio.Session | None = None
        self._blocks: Blocks | None = None

    def planned(self, *, exact: bool) -> dict[str, object]:
        """What happens when, and every problem: JSON.

        With `exact`, all texts are spoken; without, their lengths are guessed, at once. A text that
        has become stale while it is spoken is given up; what was spoken is kept for the next one.
        """
        with self._turn if exact else nullcontext(), self._lock:
            try:
                found = examine(self._session, lambda session: self._plan(session, exact=exact))
                seen = self._seen(found.plan, exact=exact) if found.plan else {}
            except _StaleError:
                return {**_NOTHING, "stale": True}
            except VoiceguideError as error:
                return {**_NOTHING, "problems": list(map(_problem, error.problems))}
        return {**_NOTHING, "problems": list(map(_problem, found.problems)), **seen}

    def _plan(self, session: studio.Session, *, exact: bool) -> studio.Plan:
        return session.plan(progress=self._go_on) if exact else session.plan(estimate=True)

    def _go_on(self, _share: float) -> None:
        if self.stale:
            raise _StaleError

    def _seen(self, plan: studio.Plan, *, exact: bool) -> dict[str, object]:
        session = self._session()
        return {
            "session": _shown(plan.timeline, session),
            "exact": exact,
            "bounds": session.bounds(estimate=False) if exact else None,
            "voice": plan.voice,
            "words": dict(session.settings.words),
        }

    def sound(self, start: float, stop: float | None) -> Iterator[bytes]:
        """The session's sound from a second to another, as an MP3 in pieces.

        Raises:
            VoiceguideError: it has problems, or cannot be spoken.
        """
        blocks = self._mixed()
        end = blocks.length if stop is None else min(samples(stop), blocks.length)
        begin = min(max(0, samples(start)), end)
        if begin == end:
            raise UsageError("there is nothing to be heard there", "choose an earlier place")
        pieces = samples_of(blocks, begin, end, PIECE)
        return filter(None, encoded(pieces, _HEARD[blocks.channels]))

    def warm(self) -> None:
        """Make ready to be heard, so that a key is answered at once."""
        with suppress(VoiceguideError):  # whoever wants to hear it is told
            self._mixed()

    def _mixed(self) -> Blocks:
        with self._turn, self._lock:
            self._blocks = self._blocks or self._session().blocks()
            return self._blocks

    def sheet(self) -> str:
        """The handout as a page."""
        from voiceguide.handout.page import as_html

        with self._lock:
            return as_html(self._session().sheet())

    def export(self, path: Path, *, kind: str, progress: studio.Progress) -> studio.Export:
        """Write it to a file: alone, with captions, or as a bundle.

        A session of its own, so that the page goes on meanwhile.

        Raises:
            VoiceguideError: it cannot be exported.
        """
        with studio.load_text(self.text, **self.options) as session:
            bundle, captions = kind == "bundle", kind == "captions"
            return session.export(path, bundle=bundle, captions=captions, progress=progress)

    def _session(self) -> studio.Session:
        if self._opened is None:
            self._opened = self._load(self.text, **self.options)
        return self._opened


class _StaleError(Exception):
    """Nobody wants to know any more."""


_NOTHING: Mapping[str, object] = {
    "problems": [],
    "session": None,
    "exact": False,
    "bounds": None,
    "voice": None,
    "words": {},
    "stale": False,
}


def _problem(found: Problem) -> dict[str, object]:
    problem = in_the_text(found)
    place = problem.place
    return {
        "line": place.line if place else None,
        "column": place.column if place else None,
        "width": place.width if place else None,
        "severity": problem.severity.value,
        "message": problem.message,
        "help": problem.help,
    }


def _shown(timeline: Timeline, session: studio.Session) -> dict[str, object]:
    lines = [
        (in_seconds(event.position), in_seconds(event.length), event.place.outermost.line)
        for event in timeline.events
    ]
    data = player_data(timeline, texts(session.settings.language))
    return {**data, "title": session.title, "lines": lines}


class Drafts:
    """The latest drafts of a page, by their numbers; they share their engines."""

    def __init__(self) -> None:
        self._engines, self._turn = studio.Studio(), Lock()
        self._numbers = count(1)
        self._kept: OrderedDict[int, Draft] = OrderedDict()
        self._lock = Lock()

    def add(self, text: studio.SourceText, options: Mapping[str, Any]) -> int:
        """Keep a draft, and let the oldest go; gives its number.

        The same text with the same options stays the draft that it is; all others become stale.
        """
        with self._lock:
            same = None
            for number, kept in self._kept.items():
                kept.stale = (kept.text, kept.options) != (text, options)
                same = same if kept.stale else number
            if same is not None:
                self._kept.move_to_end(same)
                return same
            number = next(self._numbers)
            self._kept[number] = Draft(text, options, self._engines, self._turn)
            while len(self._kept) > MOST_DRAFTS:
                self._kept.popitem(last=False)
        return number

    def get(self, number: int) -> Draft | None:
        """A draft; None where it is gone."""
        with self._lock:
            return self._kept.get(number)

    def close(self) -> None:
        """Let all of them go."""
        with self._lock:
            self._kept.clear()
            self._engines.close()


def read_options(found: object) -> dict[str, Any]:
    """The options that a page sends, of the right kinds; nothing else.

    Raises:
        UsageError: one of them is no option, or of another kind.
    """
    if not isinstance(found, dict):
        raise UsageError("the options are not a map", "reload the page")
    options: dict[str, Any] = {}
    for name, value in found.items():
        if name not in OPTIONS or not _fits(name, value):
            raise UsageError(f"`{name}` is not an option of this page", "reload the page")
        if value:  # Python has a word `with` already
            options["with_" if name == "with" else name] = value
    return options


def _fits(name: str, value: object) -> bool:
    if name == "with":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if name == "words":
        return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    return isinstance(value, str)
