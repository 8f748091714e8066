"""The promise of a part of a session, which has a file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf

from voiceguide.proof.promise import Moment, Promise, Sound


def part_of(promise: Promise, start: int, stop: int, title: str) -> Promise:
    """What a file with the samples [start, stop) of a session promises; it lists no chapters.

    What rings on from before `start` is not looked for, but may be heard.
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


def _ringing(promise: Promise, start: int, stop: int) -> Iterator[tuple[Moment, Sound]]:
    """What began before `start`, and how it goes on."""
    for moment in promise.moments:
        sound = promise.sound_of(moment)
        left = moment.end + sound.tail - start if sound else 0
        if sound and moment.position < start and left > 0:
            length = min(left, stop - start)
            yield (
                replace(moment, length=length),
                replace(sound, lead=0, length=length, tail=0, loudness=-inf, fingerprint=None),
            )
