"""Whether there is silence where silence was promised, or the bed and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from voiceguide.lengths import samples
from voiceguide.proof.codecs import codec
from voiceguide.proof.heard import CELL, Cells, Heard
from voiceguide.proof.making import FAINTEST
from voiceguide.proof.promise import Promise
from voiceguide.proof.report import Check, Fault

ABOVE_GROUND = 12.0
"""dB by which 10 ms may be louder than the loudest 400 ms of the ground: single drops of rain."""

BELOW_GROUND = 12.0
"""dB by which the loudest of a bed may be below what was promised: it fades, and settles."""

FADED = samples(0.06)
"""What is heard so close to a sound may be its own: MP3 spreads it over two frames of 24 ms."""

SHORTEST = samples(0.1)
"""Shorter stretches are not looked at."""

LONGEST_SILENCES = 5
"""The noise floor is that of so many silences, the longest ones."""

_WINDOW = samples(0.4) // CELL
"""Cells over which a ground is measured."""

_NOTHING = 1e-12
"""A power: -120 dBFS."""

Stretch = tuple[int, int]
"""Cells, [first, last)."""


def check_silence(promise: Promise, heard: Heard) -> Check:
    """Nothing sounds in holds and pauses but their cues, and the ground."""
    silent = codec(heard.codec).silent
    limit = silent if promise.ground is None else max(silent, promise.ground + ABOVE_GROUND)
    loudest = [(first, _loudest(heard.powers[first:last])) for first, last in _gaps(promise, heard)]
    faults = tuple(
        Fault(first * CELL + at * CELL, f"something sounds in a silence, at {level:.0f} dBFS")
        for first, (at, level) in loudest
        if level > limit
    )
    worst = max((level for _, (_, level) in loudest), default=None)
    return Check("silences", worst, limit, "dBFS", faults)


def check_floor(promise: Promise, heard: Heard) -> Check:
    """The level of the longest silences; where a bed was promised, it is there."""
    gaps = sorted(_gaps(promise, heard), key=lambda gap: gap[0] - gap[1])[:LONGEST_SILENCES]
    if not gaps:
        return Check("noise floor", None, None, "dBFS")
    if promise.ground is None:
        powers = np.concatenate([heard.powers[first:last] for first, last in gaps])
        return Check("noise floor", _level(float(powers.mean())), codec(heard.codec).silent, "dBFS")
    lowest = promise.ground - BELOW_GROUND
    windows = [_loudest_window(heard.powers[first:last]) for first, last in gaps]
    level = max(windows)
    told = f"the ground is heard at {level:.0f} dBFS, and promised at {promise.ground:.0f} dBFS"
    faults = (Fault(gaps[0][0] * CELL, told),) if level < lowest else ()
    return Check("ground", level, promise.ground, "dBFS", faults)


def _gaps(promise: Promise, heard: Heard) -> Iterator[Stretch]:
    """Stretches of whole cells in which nothing was promised to sound."""
    silent_from = 0
    for start, stop in (*_sounding(promise, heard), (heard.length + FADED, heard.length)):
        first, last = -(-silent_from // CELL), min(start - FADED, heard.length) // CELL
        if (last - first) * CELL >= SHORTEST:
            yield first, last
        silent_from = max(silent_from, stop + FADED)


def _sounding(promise: Promise, heard: Heard) -> list[Stretch]:
    """Where something is to be heard, in samples, by their beginnings: that it comes late is said
    elsewhere."""
    return sorted(
        (begin - sound.lead, begin + sound.length + sound.tail)
        for moment, found in zip(promise.moments, heard.sounds, strict=True)
        if (sound := promise.sound_of(moment))
        for begin in (moment.position + (found.late if found else 0),)
    )


def _loudest(powers: Cells) -> tuple[int, float]:
    at = int(np.argmax(powers))
    return at, _level(float(powers[at]))


def _loudest_window(powers: Cells) -> float:
    width = min(_WINDOW, len(powers))
    sums = np.cumsum(np.pad(powers.astype(np.float64), (1, 0)))
    return _level(float((sums[width:] - sums[:-width]).max()) / width)


def _level(power: float) -> float:
    return max(FAINTEST, 10 * float(np.log10(max(power, _NOTHING))))
