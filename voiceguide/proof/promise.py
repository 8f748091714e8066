"""`Promise`: what a file says it holds, so that it can be verified without its routine.

In the file's tag it is one compact JSON object: repeated items are stored once and named by their
index, and each position is relative to the event before. `docs/VERIFY.md` documents it.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterable, Iterator
from itertools import accumulate
from math import inf, isfinite
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta, Struct
from msgspec.structs import astuple, replace

from voiceguide.audio import ClipFacts
from voiceguide.audio.clip import Samples
from voiceguide.audio.fingerprint import BITS, UNIT, Excerpt, Fingerprint, fingerprint
from voiceguide.errors import UsageError
from voiceguide.lengths import SAMPLE_RATE, samples
from voiceguide.render import ClipOf, FactsOf
from voiceguide.sequence import Source, Words
from voiceguide.store import Store, kept
from voiceguide.timeline import Event, Timeline

ABOVE_GROUND = 6.0
"""dB by which a sound's loudest excerpt must exceed a bed for the sound to be searched. Of 30
chimes 2 to 4 dB above a bed, one was found a period of its tone too late. Speech is far above."""


class PromisedSound(Struct, frozen=True):
    """A text or a chime before encoding; lengths in samples, levels as planned."""

    spoken: bool
    lead: int
    """Samples of the clip before its sound begins."""
    length: int
    tail: int
    """Samples of the clip after its sound ends, where it fades or rings on."""
    loudness: float
    """LUFS of the clip, mono; minus infinity for silence."""
    peak: float
    """Largest sample in dBFS."""
    sharpness: float
    """Largest second difference of neighbouring samples, in dBFS."""
    fingerprint: Fingerprint | None
    """None for silence."""


class PromisedMoment(Struct, frozen=True):
    """An event of the timeline; position and length in samples."""

    position: int
    length: int
    kind: str
    """As in `plan --json`: `say`, `hold`, `chime`, …"""
    text: str | None
    side: str | None
    round: int | None
    rep: int | None
    chapter: int | None
    """Index of the chapter."""
    sound: int | None
    """Index of the sound; None for a silence."""
    level: float
    """Gain of the sound in dB."""

    @property
    def end(self) -> int:
        """The sample after the event."""
        return self.position + self.length


class ChapterPromise(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A chapter and its position in samples."""

    title: str
    position: Annotated[int, Meta(ge=0)]
    level: Annotated[int, Meta(ge=1, le=99)]


class Promise(Struct, frozen=True):
    """Everything that a file promises."""

    title: str
    language: str
    length: int
    """Samples, at `lengths.SAMPLE_RATE`."""
    channels: int
    """1 or 2."""
    loudness: float
    """Target loudness of spoken lines in LUFS, mono."""
    ground: float | None
    """Loudest 400 ms of the bed or floor of noise where nothing else sounds, in dBFS; None for
    digital silence."""
    chapters: tuple[ChapterPromise, ...]
    sounds: tuple[PromisedSound, ...]
    moments: tuple[PromisedMoment, ...]
    """Sorted by position."""

    def sound_of(self, moment: PromisedMoment) -> PromisedSound | None:
        """The sound of a moment; None for a silence."""
        return None if moment.sound is None else self.sounds[moment.sound]

    def is_heard(self, moment: PromisedMoment) -> bool:
        """Whether a moment's sound can be found: it is not silent, and no bed masks it."""
        sound = self.sound_of(moment)
        if sound is None or sound.fingerprint is None:
            return False
        loudest = max(excerpt.level for excerpt in sound.fingerprint.excerpts) + moment.level
        return self.ground is None or loudest >= self.ground + ABOVE_GROUND


# ── from a timeline and its clips to a `Promise` ─────────────────────────────


STRIKE = samples(0.5)
"""Samples of a chime that are fingerprinted; words may be spoken while it rings on."""

FAINTEST = -120.0
"""Level of silence in dBFS."""


def promise(
    timeline: Timeline,
    clip_of: ClipOf,
    facts_of: FactsOf,
    store: Store | None = None,
    *,
    title: str,
    language: str,
    channels: int,
    loudness: float,
    ground: float | None,
    chapters: Iterable[ChapterPromise],
) -> Promise:
    """Make the promise of a timeline's file; the keyword arguments are fields of `Promise`.

    `clip_of` returns the clip of a source, as it will be mixed, and `facts_of` its known facts
    without opening it; `store` caches the fingerprints that facts lack.
    """
    sources = timeline.sources()
    indices = {source: index for index, source in enumerate(sources)}
    return Promise(
        title,
        language,
        timeline.length,
        channels,
        loudness,
        ground,
        tuple(chapters),
        tuple(_sound(source, facts_of(source), clip_of, store) for source in sources),
        tuple(_moment(event, indices) for event in timeline.events),
    )


def sharpness(heard: Samples) -> float:
    """Largest second difference of neighbouring samples, in dBFS."""
    differences = np.abs(np.diff(heard, 2))
    return in_decibels(float(differences.max(initial=0.0)))


def in_decibels(size: float) -> float:
    """Convert an amplitude at full scale 1 to dBFS, at least `FAINTEST`."""
    return max(FAINTEST, 20 * float(np.log10(size))) if size > 0 else FAINTEST


def _sound(source: Source, facts: ClipFacts, clip_of: ClipOf, store: Store | None) -> PromisedSound:
    spoken = isinstance(source, Words)
    within = facts.sounding if spoken else STRIKE
    key = f"fingerprint 1 {facts.digest} {within}"

    def made() -> bytes:
        return fingerprint(clip_of(source), within).packed()

    silent = not np.isfinite(facts.loudness)
    known = b"" if silent else facts.fingerprint or kept(store, key, made)
    return PromisedSound(
        spoken,
        facts.onset,
        facts.sounding,
        facts.length - facts.end,
        facts.loudness,
        in_decibels(facts.peak),
        in_decibels(facts.sharpness),
        Fingerprint.unpacked(known) if known else None,
    )


def _moment(event: Event, indices: dict[Source, int]) -> PromisedMoment:
    return PromisedMoment(
        event.position,
        event.length,
        event.kind.value,
        event.text,
        event.side.value if event.side else None,
        event.round,
        event.rep,
        event.chapter,
        indices[event.source] if event.source else None,
        event.level,
    )


# ── the promise of a file with one part of a session ─────────────────────────


def part_of(promise: Promise, start: int, stop: int, title: str) -> Promise:
    """Make the promise of a file with the samples [start, stop) of a session; it has no chapters.

    Sounds that ring on from before `start` are allowed, but not searched.
    """
    within = [one for one in promise.moments if start <= one.position < stop]
    used = sorted({one.sound for one in within if one.sound is not None})
    places = {index: place for place, index in enumerate(used)}
    ringing = list(_ringing(promise, start, stop))
    return replace(
        promise,
        title=title,
        length=stop - start,
        chapters=(),
        sounds=(*(promise.sounds[index] for index in used), *(sound for _, sound in ringing)),
        moments=(
            *(
                replace(moment, position=0, sound=len(used) + place, chapter=None)
                for place, (moment, _) in enumerate(ringing)
            ),
            *(
                replace(
                    one,
                    position=one.position - start,
                    sound=None if one.sound is None else places[one.sound],
                    chapter=None,
                )
                for one in within
            ),
        ),
    )


def _ringing(
    promise: Promise, start: int, stop: int
) -> Iterator[tuple[PromisedMoment, PromisedSound]]:
    """Yield the sounds that began before `start`, shortened to what is left of them."""
    for moment in promise.moments:
        sound = promise.sound_of(moment)
        left = moment.end + sound.tail - start if sound else 0
        if sound and moment.position < start and left > 0:
            length = min(left, stop - start)
            yield (
                replace(moment, length=length),
                replace(sound, lead=0, length=length, tail=0, loudness=-inf, fingerprint=None),
            )


VERSION = 1
"""Version of the format written, the only one that can be read."""

LONGEST = 24 * 3600 * SAMPLE_RATE
"""Longest file in samples, twice the longest session."""

_EXCERPT = struct.Struct(f">Hb{BITS // 8}s")
"""Whole milliseconds after the sound's beginning, level in dBFS, and signs."""

_SIDES = ("left", "right")
_MOST = 100_000
"""Most events in a session, and the highest number of a round or repetition."""


_Samples = Annotated[int, Meta(ge=0, le=LONGEST)]
_Size = Annotated[float, Meta(ge=-200, le=20)]
_Place = Annotated[int, Meta(ge=0, le=_MOST)]
_Sparse = Meta(max_length=_MOST)


class _SoundRow(Struct, array_like=True, forbid_unknown_fields=True):
    """A sound's row in a tag, in this order; the last two are left out for silence."""

    spoken: Annotated[int, Meta(ge=0, le=1)]
    lead: _Samples
    length: _Samples
    tail: _Samples
    loudness: _Size | None
    peak: _Size
    sharpness: Annotated[float, Meta(ge=-200, le=40)]
    attack: Annotated[int, Meta(ge=-SAMPLE_RATE, le=SAMPLE_RATE)] | None = None
    excerpts: str | None = None


class _MomentRow(Struct, array_like=True, forbid_unknown_fields=True):
    """An event's row in a tag, in this order, without trailing empty values."""

    step: _Samples
    """Samples from the event before it."""
    length: _Samples
    kind: _Place
    sound: _Place | None = None
    text: _Place | None = None
    chapter: _Place | None = None
    side: Annotated[int, Meta(ge=0, le=1)] | None = None
    round: _Place | None = None
    rep: _Place | None = None
    level: Annotated[float, Meta(ge=-60, le=60)] | None = None


class _Tag(Struct):
    """The object in a tag; rows name kinds, texts, sounds and chapters by their index."""

    title: str
    language: str
    rate: Literal[48_000]
    length: Annotated[int, Meta(ge=1, le=LONGEST)]
    channels: Annotated[int, Meta(ge=1, le=2)]
    loudness: Annotated[float, Meta(ge=-70, le=0)]
    ground: Annotated[float, Meta(ge=FAINTEST, le=0)] | None
    chapters: Annotated[tuple[ChapterPromise, ...], _Sparse]
    kinds: Annotated[list[str], _Sparse]
    texts: Annotated[list[str], _Sparse]
    sounds: Annotated[list[_SoundRow], _Sparse]
    events: Annotated[list[_MomentRow], _Sparse]


class BrokenPromiseError(UsageError):
    """A tag holds no readable timeline."""


# ── from a promise to the text in a file's tag, and back ─────────────────────


def as_text(promise: Promise) -> str:
    """Write a promise as the text for a file's tag; equal promises give equal texts."""
    kinds = list(dict.fromkeys(moment.kind for moment in promise.moments))
    texts = list(dict.fromkeys(one.text for one in promise.moments if one.text is not None))
    places = {text: place for place, text in enumerate(texts)}
    befores = [0, *(moment.position for moment in promise.moments[:-1])]
    found = {
        "voiceguide": VERSION,
        "title": promise.title,
        "language": promise.language,
        "rate": SAMPLE_RATE,
        "length": promise.length,
        "channels": promise.channels,
        "loudness": promise.loudness,
        "ground": None if promise.ground is None else round(promise.ground, 1),
        "chapters": list(map(astuple, promise.chapters)),
        "kinds": kinds,
        "texts": texts,
        "sounds": [_written_sound(sound) for sound in promise.sounds],
        "events": [
            _written_moment(moment, before, kinds, places)
            for before, moment in zip(befores, promise.moments, strict=False)
        ],
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _written_sound(sound: PromisedSound) -> list[object]:
    loudness = round(sound.loudness, 2) if isfinite(sound.loudness) else None
    row: list[object] = [int(sound.spoken), sound.lead, sound.length, sound.tail]
    row += [loudness, round(sound.peak, 1), round(sound.sharpness, 1)]
    known = sound.fingerprint
    if known is None:
        return row
    packed = (
        _EXCERPT.pack(one.at // UNIT, max(round(FAINTEST), round(one.level)), one.signs)
        for one in known.excerpts
    )
    return [*row, known.attack, base64.b85encode(b"".join(packed)).decode()]


def _written_moment(
    moment: PromisedMoment, before: int, kinds: list[str], places: dict[str, int]
) -> list[object]:
    """Make a moment's row, without trailing empty values."""
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


def read_promise(text: str) -> Promise:
    """Read the promise from a tag's text.

    Raise a BrokenPromiseError if it is not a promise, is cut off, or has an unknown version.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _broken("is not JSON: it may be cut off") from None
    version = found.get("voiceguide") if isinstance(found, dict) else None
    if isinstance(version, int) and version > VERSION:
        message = f"the timeline in the file is of version {version}, which is not known here"
        raise BrokenPromiseError(message, "update voiceguide")
    if version != VERSION:
        raise _broken("says no version that there ever was")
    try:
        return _promise(msgspec.convert(found, _Tag))
    except (ValueError, IndexError, struct.error) as error:
        raise _broken(f"makes no sense: {error}") from None


def _broken(how: str) -> BrokenPromiseError:
    return BrokenPromiseError(f"the timeline in the file {how}", "export the session again")


def _promise(tag: _Tag) -> Promise:
    positions = list(accumulate(row.step for row in tag.events))
    if max((*positions, *(one.position for one in tag.chapters)), default=0) > tag.length:
        raise ValueError("something begins after the end")
    return Promise(
        tag.title,
        tag.language,
        tag.length,
        tag.channels,
        tag.loudness,
        tag.ground,
        tag.chapters,
        tuple(map(_read_sound, tag.sounds)),
        tuple(_read_moment(*one, tag) for one in zip(positions, tag.events, strict=True)),
    )


def _read_sound(row: _SoundRow) -> PromisedSound:
    known = None if row.excerpts is None else _read_fingerprint(row.attack or 0, row.excerpts)
    loudness = -inf if row.loudness is None else row.loudness
    lengths = (row.lead, row.length, row.tail)
    return PromisedSound(bool(row.spoken), *lengths, loudness, row.peak, row.sharpness, known)


def _read_fingerprint(attack: int, packed: str) -> Fingerprint:
    rows = _EXCERPT.iter_unpack(base64.b85decode(packed))
    found = tuple(Excerpt(at * UNIT, level, signs) for at, level, signs in rows)
    if not found:
        raise ValueError("a fingerprint without excerpts")
    return Fingerprint(attack, found)


def _read_moment(position: int, row: _MomentRow, tag: _Tag) -> PromisedMoment:
    for place, there in ((row.sound, tag.sounds), (row.chapter, tag.chapters)):
        if place is not None and place >= len(there):
            raise IndexError("a row that there is not")
    return PromisedMoment(
        position,
        row.length,
        tag.kinds[row.kind],
        None if row.text is None else tag.texts[row.text],
        None if row.side is None else _SIDES[row.side],
        row.round,
        row.rep,
        row.chapter,
        row.sound,
        row.level or 0.0,
    )
