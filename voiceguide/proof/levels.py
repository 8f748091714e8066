"""Whether everything is as loud as promised: lines, chimes, peaks, and edges without a click."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.audio import Loop
from voiceguide.lengths import samples
from voiceguide.proof.listening import CELL, Cells, Heard, HeardSound
from voiceguide.proof.promise import FAINTEST, Promise, PromisedMoment, PromisedSound, in_decibels
from voiceguide.proof.report import Evidence, Fault, Outcome, named
from voiceguide.render import Blocks, Steady

# ── how loud it is where nothing sounds but a bed, or a floor of noise ───────


_GROUND_WINDOW = samples(0.4)
"""Samples over which a level is measured, as momentary loudness is."""


def ground_level(blocks: Blocks) -> float | None:
    """The loudest 400 ms of what sounds outside of the spans, in dBFS; None for digital silence.

    Of two channels, their mean is measured.
    """
    loops = {steady.loop.key: steady.loop for steady in _steadies(blocks)}
    sizes = {key: _loudest_ground(loop) for key, loop in loops.items()}
    levels = [steady.gain * sizes[steady.loop.key] for steady in _steadies(blocks)]
    return in_decibels(max(levels)) if levels else None


def _steadies(blocks: Blocks) -> Iterator[Steady]:
    """The ground in each stretch between spans."""
    ground = blocks.ground
    if ground is None:
        return
    silent_from = 0
    for start, stop in (*blocks.spans, (blocks.length, blocks.length)):
        if silent_from < start:
            yield ground.at(silent_from)
        silent_from = stop


def _loudest_ground(loop: Loop) -> float:
    """The root mean square of the loudest window of a loop, or of all of a shorter one."""
    mono = loop.mono.astype(np.float64)
    width = min(_GROUND_WINDOW, loop.length)
    around: npt.NDArray[np.float64] = np.concatenate([mono, mono[:width]])  # it is periodic
    sums = np.cumsum(np.pad(around**2, (1, 0)))
    return float(np.sqrt((sums[width:] - sums[:-width]).max() / width))


class CodecLimits(Struct, frozen=True):
    """What must be allowed for where a file was encoded so."""

    highest_peak: float
    """dBTP."""
    silent: float
    """dBFS of any 10 ms in digital silence."""


EXACT = CodecLimits(-1.0, -70.0)
"""MP3, FLAC and WAV. EBU R 128 allows peaks of -1 dBTP. MP3 leaves silence as it is; -70 dBFS is
quieter than the noise of a quiet room, at the loudness at which speech is listened to."""

LOOSE = CodecLimits(0.0, -60.0)
"""AAC, Vorbis and Opus. At their usual rates they add up to 1.2 dB to a peak: what is below 0 dBTP
is not cut off. Close to a sound they leave up to -66 dBFS behind where there was silence."""

_EXACT = {"MP3", "FLAC", "WAV"}


def codec(name: str) -> CodecLimits:
    """What must be allowed for, by the name that `OpenSound.codec` gives."""
    return EXACT if name in _EXACT else LOOSE


# ── whether everything is as loud as promised: lines, chimes, peaks, and edges without a click


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


def check_loudness(found: Evidence) -> Outcome:
    """Each line and each chime is as loud as promised."""
    promise = found.promise
    deviations = [
        (moment, sound, sound.loudness - planned.loudness - moment.level)
        for moment, sound, planned in found.found()
    ]
    made = _made_stereo(promise, found.heard, [by for _, _, by in deviations])
    deviations = [(moment, sound, by - made) for moment, sound, by in deviations]
    wrong = [
        (moment, f"{abs(by):.1f} LU {'louder' if by > 0 else 'quieter'}")
        for moment, sound, by in deviations
        if not _within(promise, moment, sound, by)
    ]
    faults = tuple(
        Fault(moment.position, f"{named(moment)} is {said} than promised") for moment, said in wrong
    )
    alone = [
        by
        for moment, sound, by in deviations
        if sound.alone and _added(promise, moment) < LOUDNESS_WITHIN
    ]
    return Outcome(max(alone, key=abs, default=None), LOUDNESS_WITHIN, faults)


def check_spread(found: Evidence) -> Outcome:
    """Spoken lines are equally loud, but for how the session settles."""
    lines = {
        moment.position: sound.loudness - moment.level
        for moment, sound, planned in found.lines()
        if planned.length >= NORMAL_LINE
    }
    if not lines:
        return Outcome(None, SPREAD_WITHIN)
    spread = max(lines.values()) - min(lines.values())
    middle = float(np.median(list(lines.values())))
    farthest = max(lines, key=lambda at: abs(lines[at] - middle))
    told = f"spoken lines differ by {spread:.1f} LU; this one stands out most"
    faults = (Fault(farthest, told),) if spread > SPREAD_WITHIN else ()
    return Outcome(spread, SPREAD_WITHIN, faults)


def check_peak(found: Evidence) -> Outcome:
    """No peak of the decoded file is too high for a player."""
    heard = found.heard
    highest, faults = codec(heard.codec).highest_peak, []
    if heard.peak > highest:
        at = int(np.argmax(np.maximum(heard.highest, -heard.lowest))) * CELL
        faults.append(Fault(at, f"the peak is at {heard.peak:.1f} dBTP"))
    return Outcome(heard.peak, highest, tuple(faults))


def check_cut(found: Evidence) -> Outcome:
    """The peaks of spoken lines stand as high above their loudness as promised: none is cut off."""
    lost = [
        (moment, (planned.peak - planned.loudness) - (sound.peak - sound.loudness))
        for moment, sound, planned in found.lines()
    ]
    faults = tuple(
        Fault(moment.position, f"{named(moment)} is clipped: its peaks are {by:.1f} dB lower")
        for moment, by in lost
        if by > CUT_WITHIN
    )
    worst = max((by for _, by in lost), default=None)
    return Outcome(worst, CUT_WITHIN, faults)


def check_sharpness(found: Evidence) -> Outcome:
    """Nowhere within a line does the curve of samples bend as it does in a click."""
    sharper = [
        (moment, sound, sound.sharpness - planned.sharpness - (sound.loudness - planned.loudness))
        for moment, sound, planned in found.lines()
    ]
    clicking = [
        (moment, by, _isolated(found.heard, moment.position + sound.late, moment.length))
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
    return Outcome(max(clicks or quiet, default=None), SHARPER_WITHIN, faults)


def check_seams(found: Evidence) -> Outcome:
    """Where a line begins and ends, the curve bends no more sharply than inside of it."""
    ratios = []
    for moment, sound, planned in found.lines():
        inside = float(10 ** (sound.sharpness / 20)) + _FAINT
        edges = _at_edges(found.heard, moment, sound, planned)
        ratios.append((moment, _decibels(edges / inside)))
    faults = tuple(
        Fault(moment.position, f"something clicks at an end of {named(moment)}")
        for moment, ratio in ratios
        if ratio > 0
    )
    return Outcome(max((ratio for _, ratio in ratios), default=None), 0.0, faults)


def _within(promise: Promise, moment: PromisedMoment, sound: HeardSound, by: float) -> bool:
    """Whether a sound may be so many LU louder: a bed is heard with a chime, and adds to it."""
    within = LOUDNESS_WITHIN if sound.alone else RINGING_WITHIN
    added = _added(promise, moment)
    return -within <= by <= added + (RINGING_WITHIN if added > 1 else within)


def _added(promise: Promise, moment: PromisedMoment) -> float:
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


def _isolated(heard: Heard, begin: int, length: int) -> float:
    """By how many dB the sharpest bend of a sound stands out from what is around it."""
    first, last = max(0, begin // CELL), (begin + length) // CELL + 1
    at = first + int(np.argmax(heard.sharpness[first:last]))
    before = heard.sharpness[max(0, at - _AROUND) : max(0, at - _BESIDE)]
    after = heard.sharpness[at + _BESIDE + 1 : at + _AROUND + 1]
    around = max(float(before.max(initial=0.0)), float(after.max(initial=0.0)))
    return _decibels(float(heard.sharpness[at]) / (around + _FAINT))


def _at_edges(
    heard: Heard, moment: PromisedMoment, sound: HeardSound, planned: PromisedSound
) -> float:
    """The sharpest bend around the two ends of a clip, where it fades; full scale 1."""
    begin = moment.position + sound.late
    end = begin + planned.length
    edges = ((begin - planned.lead - _EDGE, begin), (end, end + planned.tail + _EDGE))
    cells = (heard.sharpness[-(-max(0, a) // CELL) : max(0, b) // CELL] for a, b in edges)
    return max(float(part.max(initial=0.0)) for part in cells)


def _decibels(ratio: float) -> float:
    return 20 * float(np.log10(ratio + _FAINT))


# ── whether there is silence where silence was promised, or the bed and nothing else


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


def check_silence(found: Evidence) -> Outcome:
    """Nothing sounds in holds and pauses but their cues, and the ground."""
    promise, heard = found.promise, found.heard
    silent = codec(heard.codec).silent
    limit = silent if promise.ground is None else max(silent, promise.ground + ABOVE_GROUND)
    loudest = [(first, _loudest(heard.powers[first:last])) for first, last in _gaps(promise, heard)]
    faults = tuple(
        Fault(first * CELL + at * CELL, f"something sounds in a silence, at {level:.0f} dBFS")
        for first, (at, level) in loudest
        if level > limit
    )
    worst = max((level for _, (_, level) in loudest), default=None)
    return Outcome(worst, limit, faults)


def has_ground(found: Evidence) -> bool:
    """Whether a bed or a floor of noise was promised, and there is a silence to hear it in."""
    return found.promise.ground is not None and any(_gaps(found.promise, found.heard))


def check_floor(found: Evidence) -> Outcome:
    """The level of the longest silences; None where there are none."""
    heard = found.heard
    gaps = sorted(_gaps(found.promise, heard), key=lambda gap: gap[0] - gap[1])
    if not gaps:
        return Outcome(None, None)
    powers = [heard.powers[first:last] for first, last in gaps[:LONGEST_SILENCES]]
    return Outcome(_level(float(np.concatenate(powers).mean())), codec(heard.codec).silent)


def check_ground(found: Evidence) -> Outcome:
    """Where a bed was promised, it is there, in some silence: see `has_ground`."""
    # all of them: where beds change, the loudest need not lie under the longest silences
    promise, heard = found.promise, found.heard
    gaps, promised = list(_gaps(promise, heard)), promise.ground or 0.0
    level = max(_loudest_window(heard.powers[first:last]) for first, last in gaps)
    message = f"the ground is heard at {level:.0f} dBFS, and promised at {promised:.0f} dBFS"
    faults = (Fault(gaps[0][0] * CELL, message),) if level < promised - BELOW_GROUND else ()
    return Outcome(level, promised, faults)


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
