"""Check levels in a decoded file: loudness, peaks, clicks, silences, and the ground.

The ground is what sounds between the spans: a bed, or a floor of noise.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from voiceguide.lengths import samples
from voiceguide.proof.listening import CELL, Cells, Heard, HeardSound
from voiceguide.proof.promise import FAINTEST, Promise, PromisedMoment, PromisedSound, in_decibels
from voiceguide.proof.report import Evidence, Fault, Outcome, named
from voiceguide.render import Blocks, Steady

# ── the level of the ground ──────────────────────────────────────────────────


def ground_level(blocks: Blocks) -> float | None:
    """Level of the loudest 400 ms outside the spans, in dBFS; None for digital silence.

    Two channels are measured by their mean.
    """
    levels = [steady.gain * steady.loop.loudest for steady in _steadies(blocks)]
    return in_decibels(max(levels)) if levels else None


def _steadies(blocks: Blocks) -> Iterator[Steady]:
    """Yield the ground of each stretch between spans."""
    ground = blocks.ground
    if ground is None:
        return
    silent_from = 0
    for start, stop in (*blocks.spans, (blocks.length, blocks.length)):
        if silent_from < start:
            yield ground.at(silent_from)
        silent_from = stop


class CodecLimits(Struct, frozen=True):
    """What a codec is allowed to add."""

    highest_peak: float
    """Highest true peak, in dBTP."""
    silent: float
    """Highest level of any 10 ms of digital silence, in dBFS."""


EXACT = CodecLimits(-1.0, -70.0)
"""Limits for MP3, FLAC and WAV. EBU R 128 allows peaks of -1 dBTP. MP3 keeps silence; -70 dBFS is
below the noise of a quiet room, at the usual loudness of speech."""

LOOSE = CodecLimits(0.0, -60.0)
"""Limits for AAC, Vorbis and Opus. At their usual rates they add up to 1.2 dB to a peak; below
0 dBTP nothing is clipped. Close to a sound they leave up to -66 dBFS in silence."""

_EXACT = {"MP3", "FLAC", "WAV"}


def codec(name: str) -> CodecLimits:
    """The limits of a codec, by its `OpenSound.codec` name."""
    return EXACT if name in _EXACT else LOOSE


# ── checks of sounds: loudness, peaks and clicks ─────────────────────────────


LOUDNESS_WITHIN = 1.5
"""Largest loudness deviation in LU, just audible. An untouched file is within 0.15; each further
encoding by LAME makes it 0.45 dB quieter."""

RINGING_WITHIN = 2.0
"""The same in LU for a sound into which another one rings: only parts of it can be measured."""

MADE_STEREO = -3.01
"""dB by which some programs lower each channel when they turn mono into stereo, which keeps the
measured loudness; others copy the samples. Neither is a fault."""

SPREAD_WITHIN = 0.5
"""Most LU between the loudest and the quietest line; nobody needs to adjust the volume."""

NORMAL_LINE = samples(1.0)
"""Shortest line in samples that counts for the spread; loudness is measured over 0.4 s."""

CUT_WITHIN = 1.5
"""dB that a sound's peak may lose against its loudness: MP3 moves it by 0.2, Opus of 24 kbps by
1.0, and clipping it by half by 6."""

SHARPER_WITHIN = 6.0
ISOLATED = 18.0
"""dB by which the waveform may bend more sharply than promised, and than 40 to 100 ms around it.
A click exceeds both; a plosive (24 dB above its surroundings) exceeds only the second. MP3, Vorbis
and Opus were measured to add 2 dB at most; AAC adds up to 15 in soft lines, as noise, at most 14
above its surroundings. A click of a third of full scale adds 9, and stands out by 70."""

_BESIDE, _AROUND = 4, 10
"""Cells on each side of a bend: nearer ones than the first may belong to the same click; those from
there to the second are what it is compared with."""

_EDGE = samples(0.01)
"""Samples that a seam extends around a clip's beginning and end."""

_FAINT = 1e-6
"""-120 dBFS, of full scale 1: a smaller bend is silence."""


def check_loudness(found: Evidence) -> Outcome:
    """Check that each line and chime is as loud as promised."""
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
    """Check that spoken lines are equally loud, apart from their planned levels."""
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
    """Check that no peak of the decoded file is too high for a player."""
    heard = found.heard
    highest, faults = codec(heard.codec).highest_peak, []
    if heard.peak > highest:
        at = int(np.argmax(np.maximum(heard.highest, -heard.lowest))) * CELL
        faults.append(Fault(at, f"the peak is at {heard.peak:.1f} dBTP"))
    return Outcome(heard.peak, highest, tuple(faults))


def check_cut(found: Evidence) -> Outcome:
    """Check that no spoken line is clipped: its peaks are as far above its loudness as promised."""
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
    """Check that nothing clicks within a line: the waveform has no isolated sharp bend."""
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
    """Check that the waveform bends no more sharply at a line's ends than inside it."""
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
    """Whether a deviation in LU is allowed; a bed adds to a sound's loudness."""
    within = LOUDNESS_WITHIN if sound.alone else RINGING_WITHIN
    added = _added(promise, moment)
    return -within <= by <= added + (RINGING_WITHIN if added > 1 else within)


def _added(promise: Promise, moment: PromisedMoment) -> float:
    """Most LU by which the ground makes a sound louder."""
    if promise.ground is None:
        return 0.0
    planned = promise.sounds[moment.sound or 0].loudness + moment.level
    return 10 * float(np.log10(1 + 10 ** ((promise.ground - planned) / 10)))


def _made_stereo(promise: Promise, heard: Heard, deviations: list[float]) -> float:
    """dB by which each channel changed because mono was turned into stereo."""
    if heard.channels == promise.channels or not deviations:
        return 0.0
    middle = float(np.median(deviations))
    return MADE_STEREO if abs(middle - MADE_STEREO) < abs(middle) else 0.0


def _isolated(heard: Heard, begin: int, length: int) -> float:
    """dB by which the sharpest bend of a sound stands out from its surroundings."""
    first, last = max(0, begin // CELL), (begin + length) // CELL + 1
    at = first + int(np.argmax(heard.sharpness[first:last]))
    before = heard.sharpness[max(0, at - _AROUND) : max(0, at - _BESIDE)]
    after = heard.sharpness[at + _BESIDE + 1 : at + _AROUND + 1]
    around = max(float(before.max(initial=0.0)), float(after.max(initial=0.0)))
    return _decibels(float(heard.sharpness[at]) / (around + _FAINT))


def _at_edges(
    heard: Heard, moment: PromisedMoment, sound: HeardSound, planned: PromisedSound
) -> float:
    """Sharpest bend around a clip's two ends, where it fades; full scale 1."""
    begin = moment.position + sound.late
    end = begin + planned.length
    edges = ((begin - planned.lead - _EDGE, begin), (end, end + planned.tail + _EDGE))
    cells = (heard.sharpness[-(-max(0, a) // CELL) : max(0, b) // CELL] for a, b in edges)
    return max(float(part.max(initial=0.0)) for part in cells)


def _decibels(ratio: float) -> float:
    return 20 * float(np.log10(ratio + _FAINT))


# ── checks of silences: nothing else sounds, and the ground is there ─────────


ABOVE_GROUND = 12.0
"""dB by which 10 ms may exceed the loudest 400 ms of the ground, such as single drops of rain."""

BELOW_GROUND = 12.0
"""dB by which the loudest window of a bed may be below the promise, since it fades and settles."""

FADED = samples(0.06)
"""Samples around a sound that are not searched: MP3 spreads it over two frames of 24 ms."""

SHORTEST = samples(0.1)
"""Shortest silence in samples that is checked."""

LONGEST_SILENCES = 5
"""Number of silences, the longest ones, that the noise floor is measured over."""

_WINDOW = samples(0.4) // CELL
"""Window in cells over which a ground is measured."""

_NOTHING = 1e-12
"""Power of -120 dBFS."""

Stretch = tuple[int, int]
"""Cells [first, last)."""


def check_silence(found: Evidence) -> Outcome:
    """Check that only cues and the ground sound in holds and pauses."""
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
    """Whether a ground was promised and there is a silence to hear it in."""
    return found.promise.ground is not None and any(_gaps(found.promise, found.heard))


def check_floor(found: Evidence) -> Outcome:
    """Measure the level of the longest silences; None where there are none."""
    heard = found.heard
    gaps = sorted(_gaps(found.promise, heard), key=lambda gap: gap[0] - gap[1])
    if not gaps:
        return Outcome(None, None)
    powers = [heard.powers[first:last] for first, last in gaps[:LONGEST_SILENCES]]
    return Outcome(_level(float(np.concatenate(powers).mean())), codec(heard.codec).silent)


def check_ground(found: Evidence) -> Outcome:
    """Check that the promised ground is heard in some silence; needs `has_ground`."""
    # every silence: where beds change, the loudest may not be under the longest silences
    promise, heard = found.promise, found.heard
    gaps, promised = list(_gaps(promise, heard)), promise.ground or 0.0
    level = max(_loudest_window(heard.powers[first:last]) for first, last in gaps)
    message = f"the ground is heard at {level:.0f} dBFS, and promised at {promised:.0f} dBFS"
    faults = (Fault(gaps[0][0] * CELL, message),) if level < promised - BELOW_GROUND else ()
    return Outcome(level, promised, faults)


def _gaps(promise: Promise, heard: Heard) -> Iterator[Stretch]:
    """Yield stretches of whole cells in which no sound was promised."""
    silent_from = 0
    for start, stop in (*_sounding(promise, heard), (heard.length + FADED, heard.length)):
        first, last = -(-silent_from // CELL), min(start - FADED, heard.length) // CELL
        if (last - first) * CELL >= SHORTEST:
            yield first, last
        silent_from = max(silent_from, stop + FADED)


def _sounding(promise: Promise, heard: Heard) -> list[Stretch]:
    """Stretches with a sound, in samples, sorted, at the time it is heard: `timing` checks
    lateness."""
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
