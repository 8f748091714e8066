"""A `Promise` as the text in a file's tag, and back.

One object of JSON, kept small: what comes again is said once and named by its place in a list, and
positions are counted from event to event. `docs/VERIFY.md` says what is in it.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterable, Iterator
from itertools import accumulate
from math import inf, isfinite
from typing import cast

from voiceguide.errors import UsageError
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.proof.fingerprint import BITS, UNIT, Excerpt, Fingerprint
from voiceguide.proof.promise import ChapterPromise, Promise, PromisedMoment, PromisedSound

VERSION = 1
"""Of what is written: a reader knows this one alone."""

LONGEST = 24 * 3600 * SAMPLE_RATE
"""Samples: no file promises more. The longest session is half of it."""

_EXCERPT = struct.Struct(f">Hb{BITS // 8}s")
"""Whole milliseconds after the beginning, the level in dBFS, the signs."""

_QUIETEST = -120
_SIDES = ("left", "right")
_MOST = 100_000
"""Events, and a round's or a repetition's number: no session has more."""


class BrokenPromiseError(UsageError):
    """A tag that holds no timeline that can be read."""


# ── writing ──────────────────────────────────────────────────────────────────


def as_text(promise: Promise) -> str:
    """The text for a file's tag; equal promises give equal texts."""
    kinds = _distinct(moment.kind for moment in promise.moments)
    texts = _distinct(moment.text for moment in promise.moments)
    places = {text: place for place, text in enumerate(texts)}
    befores = [0, *(moment.position for moment in promise.moments[:-1])][: len(promise.moments)]
    found = {
        "voiceguide": VERSION,
        "title": promise.title,
        "language": promise.language,
        "rate": SAMPLE_RATE,
        "length": promise.length,
        "channels": promise.channels,
        "loudness": promise.loudness,
        "ground": None if promise.ground is None else round(promise.ground, 1),
        "chapters": [[c.title, c.position, c.level] for c in promise.chapters],
        "kinds": kinds,
        "texts": texts,
        "sounds": [_written_sound(sound) for sound in promise.sounds],
        "events": [
            _written_moment(moment, before, kinds, places)
            for before, moment in zip(befores, promise.moments, strict=True)
        ],
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _distinct(names: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name is not None))


def _written_sound(sound: PromisedSound) -> list[object]:
    loudness = round(sound.loudness, 2) if isfinite(sound.loudness) else None
    row: list[object] = [int(sound.spoken), sound.lead, sound.length, sound.tail]
    row += [loudness, round(sound.peak, 1), round(sound.sharpness, 1)]
    known = sound.fingerprint
    return [*row, known.attack, _written_excerpts(known)] if known else row


def _written_excerpts(known: Fingerprint) -> str:
    packed = (
        _EXCERPT.pack(one.at // UNIT, max(_QUIETEST, round(one.level)), one.signs)
        for one in known.excerpts
    )
    return base64.b85encode(b"".join(packed)).decode()


def _written_moment(
    moment: PromisedMoment, before: int, kinds: list[str], places: dict[str, int]
) -> list[object]:
    """A row; what is nothing is left out at its end."""
    row: list[object] = [
        moment.position - before,
        moment.length,
        kinds.index(moment.kind),
        moment.sound,
        None if moment.text is None else places[moment.text],
        moment.chapter,
        None if moment.side is None else _SIDES.index(moment.side),
        moment.round,
        moment.rep,
        moment.level or None,
    ]
    while row[-1] is None:
        row.pop()
    return row


# ── reading ──────────────────────────────────────────────────────────────────


def read(text: str) -> Promise:
    """The promise that a tag holds.

    Raises:
        BrokenPromiseError: it is none, is cut off, or is of a version that is not known.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _broken("is not JSON: it may be cut off") from None
    version = found.get("voiceguide") if isinstance(found, dict) else None
    if version != VERSION:
        raise _of_another_version(version)
    try:
        return _promise(found)
    except (ValueError, KeyError, IndexError, struct.error) as error:
        raise _broken(f"makes no sense: {error}") from None


def _broken(how: str) -> BrokenPromiseError:
    return BrokenPromiseError(f"the timeline in the file {how}", "export the session again")


def _of_another_version(version: object) -> BrokenPromiseError:
    if isinstance(version, int) and version > VERSION:
        message = f"the timeline in the file is of version {version}, which is not known here"
        return BrokenPromiseError(message, "update voiceguide")
    return _broken("says no version that there ever was")


def _promise(found: dict[str, object]) -> Promise:
    if found["rate"] != SAMPLE_RATE:
        raise ValueError(f"a rate that is not {SAMPLE_RATE}")
    length = _whole(found["length"], 1, LONGEST)
    chapters = tuple(_chapter(row, length) for row in _rows(found["chapters"]))
    sounds = tuple(map(_sound, _rows(found["sounds"])))
    reader = _Moments(
        list(map(_text, _rows(found["kinds"]))),
        list(map(_text, _rows(found["texts"]))),
        len(sounds),
        len(chapters),
        length,
    )
    ground = found["ground"]
    return Promise(
        _text(found["title"]),
        _text(found["language"]),
        length,
        _whole(found["channels"], 1, 2),
        _number(found["loudness"], -70, 0),
        None if ground is None else _number(ground, _QUIETEST, 0),
        chapters,
        sounds,
        reader.moments(_rows(found["events"])),
    )


def _chapter(row: object, length: int) -> ChapterPromise:
    title, position, level = _row(row, 3, 3)
    return ChapterPromise(_text(title), _whole(position, 0, length), _whole(level, 1, 99))


def _sound(row: object) -> PromisedSound:
    spoken, lead, length, tail, loudness, peak, sharpness, *known = _row(row, 7, 9)
    return PromisedSound(
        bool(_whole(spoken, 0, 1)),
        _whole(lead, 0, LONGEST),
        _whole(length, 0, LONGEST),
        _whole(tail, 0, LONGEST),
        -inf if loudness is None else _number(loudness, -200, 20),
        _number(peak, -200, 20),
        _number(sharpness, -200, 40),
        _fingerprint(*known) if len(known) == 2 else None,
    )


def _fingerprint(attack: object, excerpts: object) -> Fingerprint:
    packed = base64.b85decode(_text(excerpts))
    found = tuple(Excerpt(at * UNIT, level, signs) for at, level, signs in _unpacked(packed))
    if not found:
        raise ValueError("a fingerprint without excerpts")
    return Fingerprint(_whole(attack, -SAMPLE_RATE, SAMPLE_RATE), found)


def _unpacked(packed: bytes) -> Iterator[tuple[int, int, bytes]]:
    return cast("Iterator[tuple[int, int, bytes]]", _EXCERPT.iter_unpack(packed))


class _Moments:
    """Reads rows of events, by the lists that they point into."""

    def __init__(
        self, kinds: list[str], texts: list[str], sounds: int, chapters: int, length: int
    ) -> None:
        self._kinds, self._texts = kinds, texts
        self._sounds, self._chapters, self._length = sounds, chapters, length

    def moments(self, rows: list[object]) -> tuple[PromisedMoment, ...]:
        """The events, at their positions."""
        wide = [(*_row(row, 3, 10), *[None] * 7)[:10] for row in rows]
        steps = (_whole(row[0], 0, self._length) for row in wide)
        return tuple(
            self._moment(position, row)
            for position, row in zip(accumulate(steps), wide, strict=True)
        )

    def _moment(self, position: int, row: tuple[object, ...]) -> PromisedMoment:
        _, length, kind, sound, text, chapter, side, round_, rep, level = row
        place, side_place = _maybe(text, len(self._texts) - 1), _maybe(side, 1)
        return PromisedMoment(
            _whole(position, 0, self._length),
            _whole(length, 0, LONGEST),
            self._kinds[_whole(kind, 0, len(self._kinds) - 1)],
            None if place is None else self._texts[place],
            None if side_place is None else _SIDES[side_place],
            _maybe(round_, _MOST),
            _maybe(rep, _MOST),
            _maybe(chapter, self._chapters - 1),
            _maybe(sound, self._sounds - 1),
            0.0 if level is None else _number(level, -60, 60),
        )


def _rows(value: object) -> list[object]:
    if not isinstance(value, list) or len(value) > _MOST:
        raise ValueError("a list is missing or too long")
    return value


def _row(value: object, least: int, most: int) -> list[object]:
    row = _rows(value)
    if not least <= len(row) <= most:
        raise ValueError(f"a row of {len(row)} fields")
    return row


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is missing")
    return value


def _maybe(value: object, high: int) -> int | None:
    return None if value is None else _whole(value, 0, high)


def _whole(value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"a number that is not between {low} and {high}")
    return value


def _number(value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"a number that is not between {low} and {high}")
    return float(value)
