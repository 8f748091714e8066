"""Whether everything is as loud as promised: lines, chimes, peaks, and edges without a click."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from voiceguide.lengths import samples
from voiceguide.proof.codecs import codec
from voiceguide.proof.heard import CELL, Heard, HeardSound
from voiceguide.proof.promise import Moment, Promise, Sound
from voiceguide.proof.report import Check, Fault
from voiceguide.proof.timing import named

LOUDNESS_WITHIN = 1.5
"""LU: more than an ear overlooks. Untouched, a file is within 0.15; encoded again, LAME makes it
0.45 dB quieter, each time."""

RINGING_WITHIN = 2.0
"""LU, of a sound into which another one rings: it can only be judged by parts of it."""

MADE_STEREO = -3.01
"""dB: programs that make stereo of a mono file put it into each channel as it is, or so much
quieter, which measures the same. Neither is a fault."""

SPREAD_WITHIN = 0.5
"""LU between the loudest and the quietest line: nobody reaches for the volume."""

NORMAL_LINE = samples(1.0)
"""A shorter one is hardly longer than what loudness is measured over, 0.4 s."""

CUT_WITHIN = 1.5
"""dB by which a sound's peak may have come down against its loudness: MP3 moves it by 0.2, Opus of
24 kbps by 1.0; clipping it by half, by 6."""

SHARPER_WITHIN = 6.0
ISOLATED = 18.0
"""dB by which the curve may bend more sharply than promised, and than 40 to 100 ms around it.
A click does both; a plosive (24 dB above what is around it) was promised. MP3, Vorbis and Opus were
measured to add 2 dB at most; AAC adds up to 15 in soft lines, as noise, at most 14 above what is
around it. A click of a third of full scale adds 9, and stands out by 70."""

_BESIDE, _AROUND = 4, 10
"""Cells on both sides of one: those nearer may belong to the same click, those up to the other are
what it is compared to."""

_EDGE = samples(0.01)
"""A seam reaches so far around where a clip begins and ends."""

_FAINT = 1e-6
"""Full scale: what bends less than -120 dBFS is silence."""


def check_loudness(promise: Promise, heard: Heard) -> Check:
    """Each line and each chime is as loud as promised."""
    deviations = [
        (moment, sound, sound.loudness - planned.loudness - moment.level)
        for moment, sound, planned in _found(promise, heard)
    ]
    made = _made_stereo(promise, heard, [by for _, _, by in deviations])
    deviations = [(moment, sound, by - made) for moment, sound, by in deviations]
    faults = tuple(
        Fault(moment.position, f"{named(moment)} is {_louder(by)} than promised")
        for moment, sound, by in deviations
        if not _low(sound) <= by <= _high(promise, moment, sound)
    )
    alone = [
        by
        for moment, sound, by in deviations
        if sound.alone and _added(promise, moment) < LOUDNESS_WITHIN
    ]
    return Check("loudness", max(alone, key=abs, default=None), LOUDNESS_WITHIN, "LU", faults)


def check_spread(promise: Promise, heard: Heard) -> Check:
    """Spoken lines are equally loud, but for how the session settles."""
    lines = {
        moment.position: sound.loudness - moment.level
        for moment, sound, planned in _found(promise, heard)
        if planned.spoken and sound.alone and planned.length >= NORMAL_LINE
    }
    if not lines:
        return Check("spread of lines", None, SPREAD_WITHIN, "LU")
    spread = max(lines.values()) - min(lines.values())
    middle = float(np.median(list(lines.values())))
    farthest = max(lines, key=lambda at: abs(lines[at] - middle))
    told = f"spoken lines differ by {spread:.1f} LU; this one stands out most"
    faults = (Fault(farthest, told),) if spread > SPREAD_WITHIN else ()
    return Check("spread of lines", spread, SPREAD_WITHIN, "LU", faults)


def check_peak(heard: Heard) -> Check:
    """No peak of the decoded file is too high for a player."""
    highest, faults = codec(heard.codec).highest_peak, []
    if heard.peak > highest:
        at = int(np.argmax(np.maximum(heard.highest, -heard.lowest))) * CELL
        faults.append(Fault(at, f"the peak is at {heard.peak:.1f} dBTP"))
    return Check("true peak", heard.peak, highest, "dBTP", tuple(faults))


def check_cut(promise: Promise, heard: Heard) -> Check:
    """The peaks of spoken lines stand as high above their loudness as promised: none is cut off."""
    lost = [
        (moment, (planned.peak - planned.loudness) - (sound.peak - sound.loudness))
        for moment, sound, planned in _found(promise, heard)
        if planned.spoken and sound.alone
    ]
    faults = tuple(
        Fault(moment.position, f"{named(moment)} is clipped: its peaks are {by:.1f} dB lower")
        for moment, by in lost
        if by > CUT_WITHIN
    )
    worst = max((by for _, by in lost), default=None)
    return Check("clipping", worst, CUT_WITHIN, "dB", faults)


def check_sharpness(promise: Promise, heard: Heard) -> Check:
    """Nowhere within a line does the curve of samples bend as it does in a click."""
    sharper = [
        (moment, sound, sound.sharpness - planned.sharpness - (sound.loudness - planned.loudness))
        for moment, sound, planned in _found(promise, heard)
        if planned.spoken and sound.alone
    ]
    clicking = [
        (moment, by, _isolated(heard, moment.position + sound.late, moment.length))
        for moment, sound, by in sharper
        if by > SHARPER_WITHIN
    ]
    faults = tuple(
        Fault(moment.position, f"something clicks in {named(moment)}")
        for moment, _, above in clicking
        if above > ISOLATED
    )
    quiet = [by for _, _, by in sharper if by <= SHARPER_WITHIN]
    clicks = [by for _, by, above in clicking if above > ISOLATED]
    return Check("clicks", max(clicks or quiet, default=None), SHARPER_WITHIN, "dB", faults)


def check_seams(promise: Promise, heard: Heard) -> Check:
    """Where a line begins and ends, the curve bends no more sharply than inside of it."""
    ratios = [
        (moment, _decibels(_at_edges(heard, moment, sound, planned) / _inside(sound)))
        for moment, sound, planned in _found(promise, heard)
        if planned.spoken and sound.alone
    ]
    faults = tuple(
        Fault(moment.position, f"something clicks at an end of {named(moment)}")
        for moment, ratio in ratios
        if ratio > 0
    )
    return Check("seams", max((ratio for _, ratio in ratios), default=None), 0.0, "dB", faults)


def _low(sound: HeardSound) -> float:
    return -LOUDNESS_WITHIN if sound.alone else -RINGING_WITHIN


def _high(promise: Promise, moment: Moment, sound: HeardSound) -> float:
    """A bed is heard with a chime, and adds to it."""
    added = _added(promise, moment)
    return added + (RINGING_WITHIN if added > 1 else -_low(sound))


def _added(promise: Promise, moment: Moment) -> float:
    """LU by which the ground makes a sound louder, at the most."""
    if promise.ground is None:
        return 0.0
    planned = promise.sounds[moment.sound or 0].loudness + moment.level
    return 10 * float(np.log10(1 + 10 ** ((promise.ground - planned) / 10)))


def _made_stereo(promise: Promise, heard: Heard, deviations: list[float]) -> float:
    """By how much everything is louder in each channel because others were added."""
    if heard.channels == promise.channels or not deviations:
        return 0.0
    middle = float(np.median(deviations))
    return MADE_STEREO if abs(middle - MADE_STEREO) < abs(middle) else 0.0


def _found(promise: Promise, heard: Heard) -> Iterator[tuple[Moment, HeardSound, Sound]]:
    for moment, sound in zip(promise.moments, heard.sounds, strict=True):
        if sound and moment.sound is not None:
            yield moment, sound, promise.sounds[moment.sound]


def _isolated(heard: Heard, begin: int, length: int) -> float:
    """By how many dB the sharpest bend of a sound stands out from what is around it."""
    first, last = max(0, begin // CELL), (begin + length) // CELL + 1
    at = first + int(np.argmax(heard.sharpness[first:last]))
    before = heard.sharpness[max(0, at - _AROUND) : max(0, at - _BESIDE)]
    after = heard.sharpness[at + _BESIDE + 1 : at + _AROUND + 1]
    around = max(float(before.max(initial=0.0)), float(after.max(initial=0.0)))
    return _decibels(float(heard.sharpness[at]) / (around + _FAINT))


def _at_edges(heard: Heard, moment: Moment, sound: HeardSound, planned: Sound) -> float:
    """The sharpest bend around the two ends of a clip, where it fades; full scale 1."""
    begin = moment.position + sound.late
    end = begin + planned.length
    edges = ((begin - planned.lead - _EDGE, begin), (end, end + planned.tail + _EDGE))
    cells = (heard.sharpness[-(-max(0, a) // CELL) : max(0, b) // CELL] for a, b in edges)
    return max(float(part.max(initial=0.0)) for part in cells)


def _inside(sound: HeardSound) -> float:
    return float(10 ** (sound.sharpness / 20)) + _FAINT


def _decibels(ratio: float) -> float:
    return 20 * float(np.log10(ratio + _FAINT))


def _louder(by: float) -> str:
    return f"{abs(by):.1f} LU {'louder' if by > 0 else 'quieter'}"
