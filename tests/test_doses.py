"""The doses of the library, written once, here: in the timeline, and in the decoded file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from listening import Sound, by_libsndfile, shift

from voiceguide import library, load
from voiceguide.audio.recording import read_sound
from voiceguide.lengths import SAMPLE_RATE, in_seconds, samples
from voiceguide.routine import Side
from voiceguide.sequence import EventKind
from voiceguide.settings import CHIME_ROLES
from voiceguide.timeline import Event, Timeline

LEVELS = ("gentle", "standard", "strong")
GUIDANCE = ("full", "brief", "quiet")
Range = tuple[float, float]


@dataclass(frozen=True)
class Dose:
    """What a physiotherapist wrote: seconds, and how often on each side or in all."""

    hold: Range | None = None
    holds: Range = (0, 0)
    """Holds in all, or on each side where there are sides."""
    reps: Range = (0, 0)
    """Likewise."""
    held: Range | None = None
    """The second phase of a rep: the moment at the top."""
    sides: bool = False
    minutes: Range | None = None


DOSES = {
    "kneeling-hip-flexor-stretch": Dose(hold=(30, 60), holds=(3, 3), sides=True),
    "constructive-rest": Dose(minutes=(10, 22.5)),
    "lying-psoas-stretch": Dose(hold=(30, 60), holds=(1, 1), sides=True),
    "standing-pelvic-tilt": Dose(hold=(10, 20), holds=(4, 6)),
    "ground-bridge": Dose(reps=(6, 12), held=(5, 10)),
    "glute-bridge": Dose(reps=(8, 24)),
    "knee-to-chest": Dose(reps=(10, 10), held=(3, 5), sides=True),
    "straight-leg-raise": Dose(reps=(8, 20), held=(3, 5), sides=True),
    "psoas-march": Dose(reps=(10, 10), sides=True),
    "bird-dog": Dose(reps=(4, 12), sides=True),
    "low-lunge": Dose(hold=(20, 90), holds=(1, 4), sides=True),
    "warrior-one": Dose(hold=(20, 90), holds=(1, 4), sides=True),
    "roll-up": Dose(reps=(4, 16)),
    "leg-circles": Dose(reps=(8, 24), sides=True),
    "light-warm-up": Dose(minutes=(5, 11.1)),
    "movement-break": Dose(minutes=(2, 6.1)),
    "psoas-dehnung": Dose(hold=(30, 60), holds=(3, 3), sides=True),
    **dict.fromkeys(("beckenboden", "pelvic-floor", "suelo-pelvico"), Dose(reps=(18, 20))),
    **dict.fromkeys(("box-breathing", "kastenatmung", "respiracion-cuadrada"), Dose(reps=(6, 34))),
    **dict.fromkeys(("body-scan", "koerperreise", "recorrido-corporal"), Dose(minutes=(7, 28))),
    **dict.fromkeys(
        ("neck-and-shoulders", "nacken-und-schultern", "cuello-y-hombros"),
        Dose(hold=(15, 30), holds=(3, 6), reps=(17, 26), minutes=(4, 10)),
    ),
    **dict.fromkeys(
        ("lower-back-morning", "ruecken-am-morgen", "espalda-por-la-manana"),
        Dose(holds=(3, 3), reps=(32, 40), minutes=(7, 11.1)),
    ),
    "chair-strength": Dose(reps=(40, 86), minutes=(7, 14)),
    "choir-warm-up": Dose(reps=(21, 29), minutes=(5, 9.7)),
    "eye-rest": Dose(holds=(2, 2), reps=(8, 10)),
    "four-seven-eight": Dose(reps=(4, 8)),
    "good-night": Dose(minutes=(10, 35)),
    "hip-opening": Dose(holds=(6, 6), reps=(10, 14), minutes=(7.5, 12.5)),
    "muscle-relaxation": Dose(holds=(14, 14), minutes=(8.5, 17)),
    "physiological-sigh": Dose(reps=(20, 34), minutes=(4, 7.5)),
    "pomodoro": Dose(holds=(5, 5), minutes=(118, 122)),
    "resonance-breathing": Dose(reps=(20, 113), minutes=(4.5, 21.5)),
    "steady-balance": Dose(holds=(6, 10), reps=(21, 34), minutes=(7, 14)),
    "sun-salutation": Dose(minutes=(6.5, 15)),
    "core-circuit": Dose(holds=(2, 3), sides=True, minutes=(10, 17.5)),
    "couch-to-5k-week-1": Dose(minutes=(30.5, 31.5)),
    "emom": Dose(reps=(100, 200), minutes=(11, 11.5)),
    "knee-after-injury": Dose(reps=(60, 80), minutes=(10.5, 13)),
    "tabata": Dose(minutes=(11, 11.6)),
    "walking-meditation": Dose(minutes=(7, 20)),
    "wrists-and-hands": Dose(hold=(15, 30), holds=(4, 4), reps=(8, 16), minutes=(4, 7)),
    "yin-for-the-hips": Dose(holds=(7, 7), minutes=(18, 38)),
    "yoga-nidra": Dose(minutes=(17.5, 41)),
}

SESSIONS: dict[str, tuple[Range, list[str]]] = {
    "ten-minute-psoas-relief": (
        (10, 10),
        ["Standing pelvic tilt", "Kneeling hip flexor stretch", "Lying psoas stretch"],
    ),
    "constructive-rest": ((10, 20), ["Lie down", "Rest", "Come back"]),
    "psoas-stretches": (
        (15, 30),
        ["Kneeling hip flexor stretch", "Lying psoas stretch"],
    ),
    "psoas-strength": ((15, 25), ["Bird dog", "Ground bridge", "Psoas march", "Glute bridge"]),
    "yoga-for-the-psoas": ((8, 15), ["Warrior one", "Low lunge"]),
    "pilates-for-the-psoas": ((8, 15), ["Roll-up", "Leg circles", "Psoas march"]),
    "before-a-workout": ((5, 8), ["Leg swings", "Gentle marches"]),
    "desk-break": ((3, 5), ["Movement break", "Standing pelvic tilt"]),
}
"""Minutes, and the chapters that are always there, in the order that a body likes: standing,
kneeling, hands and knees, back."""

OPTIONS = {
    ("kneeling-hip-flexor-stretch", "arm overhead"): "arm",
    ("ground-bridge", "band"): "band",
    ("ground-bridge", "ball"): "ball",
}
"""Words that are spoken only when the option is asked for."""


def test_every_routine_has_its_dose() -> None:
    """The table has every routine of the library, and no other."""
    assert set(DOSES) | set(SESSIONS) == set(library.routines())


def planned(name: str, **options: str | list[str]) -> Timeline:
    """The timeline of a routine, with the lengths of texts guessed."""
    return load(name, **options).plan(estimate=True).timeline


def within(value: float, bounds: Range) -> bool:
    """Whether a value lies in a range, to the millisecond."""
    return bounds[0] - 0.001 <= value <= bounds[1] + 0.001


# ── in the timeline ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", DOSES)
@pytest.mark.parametrize("level", LEVELS)
def test_the_dose_is_in_the_timeline(name: str, level: str) -> None:
    """Holds in their range, counts right, both sides equal, at every level."""
    dose, timeline = DOSES[name], planned(name, level=level)
    for kind, often in ((EventKind.HOLD, dose.holds), (EventKind.REP, dose.reps)):
        events = [event for event in timeline.events if event.kind is kind]
        if often != (0, 0):
            assert all(within(count, often) for count in _counts(events, sides=dose.sides))
    if dose.hold:
        holds = [event.length for event in timeline.events if event.kind is EventKind.HOLD]
        assert all(within(in_seconds(length), dose.hold) for length in holds)
        assert len(set(holds)) == 1
    if dose.held:
        tops = [phases[1] for phases in _phases(timeline)]
        assert tops
        assert all(within(top, dose.held) for top in tops)
    if dose.minutes:
        assert within(timeline.duration / 60, dose.minutes)


def _counts(events: list[Event], *, sides: bool) -> list[int]:
    """How often on the left and on the right, or in all."""
    counts = Counter(event.side for event in events)
    if not sides:
        return [counts.total()]
    assert counts[Side.LEFT] == counts[Side.RIGHT]
    assert counts[None] == 0
    return [counts[Side.LEFT], counts[Side.RIGHT]]


def _phases(timeline: Timeline) -> Iterator[list[float]]:
    """Seconds of the phases of each rep, by what sounds as each begins."""
    for rep in (event for event in timeline.events if event.kind is EventKind.REP):
        begins = [
            event.position
            for event in timeline.events
            if event.source and rep.position <= event.position < rep.end
        ]
        yield [in_seconds(b - a) for a, b in pairwise([*begins, rep.end])]


@pytest.mark.parametrize(("asked", "word"), list(OPTIONS.items()))
def test_options_are_spoken_only_when_asked_for(asked: tuple[str, str], word: str) -> None:
    """Without `--with`, nobody is told of an arm, a band or a ball."""
    name, option = asked

    with_it, without = planned(name, with_=[option]), planned(name)
    assert not any(word in _words(event) for event in without.events)
    assert any(word in _words(event) for event in with_it.events)


def _words(event: Event) -> list[str]:
    return (event.text or "").lower().replace(",", " ").replace(".", " ").split()


@pytest.mark.parametrize("name", SESSIONS)
def test_sessions_keep_an_order_that_a_body_likes(name: str) -> None:
    """The chapters come in the order of the table, never up and down."""
    minutes, chapters = SESSIONS[name]
    titles = [chapter.title for chapter in planned(name, length=f"{minutes[1]} min").chapters]
    assert [title for title in titles if title in chapters] == chapters


GRID = [
    (name, length, guidance)
    for name, ((low, high), _) in SESSIONS.items()
    for length, guidance in product(sorted({low, (low + high) / 2, high}), GUIDANCE)
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "minutes", "guidance"), GRID)
def test_sessions_answer_every_length(name: str, minutes: float, guidance: str) -> None:
    """Over the whole range, at every guidance, exact and without a problem."""
    session = load(name, length=f"{minutes} min", guidance=guidance, voice="silent")
    plan = session.plan()
    assert plan.timeline.length == samples(60 * minutes)
    assert not [str(problem) for problem in plan.problems]


# ── in the decoded file ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    # reps end with a chime, but begin with none, so the pairs would not match
    [name for name, dose in DOSES.items() if dose.hold and not dose.reps[1]],
)
def test_the_dose_is_in_the_file(name: str, tmp_path: Path) -> None:
    """Start and end chimes, searched for in the whole file, are as far apart as the dose says."""
    dose = DOSES[name]
    export = load(name, level="standard").export(tmp_path / "dose.mp3")
    heard = by_libsndfile(export.file)
    struck = _strikes(heard)
    for role, times in struck.items():
        events = [
            e for e in export.plan.timeline.events if e.kind is EventKind.CHIME and e.text == role
        ]
        planned_at = [in_seconds(event.position) for event in events]
        assert times == pytest.approx(planned_at, abs=0.005), role
    holds = [end - start for start, end in zip(struck["start"], struck["end"], strict=True)]
    assert dose.hold
    assert all(within(length, dose.hold) for length in holds)
    assert max(holds) - min(holds) < 0.002
    in_all = len(holds) / (2 if dose.sides else 1)
    assert within(in_all, dose.holds)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "corner"), list(product(SESSIONS, (0, 1))))
def test_corners_are_exported(name: str, corner: int, tmp_path: Path) -> None:
    """The shortest and the longest of each session, voiced, are exact in the file."""
    minutes = SESSIONS[name][0][corner]
    export = load(name, length=f"{minutes} min").export(tmp_path / "corner.mp3")
    assert len(by_libsndfile(export.file)) == samples(60 * minutes)


STRIKES = [role for role in CHIME_ROLES if role != "wake"]
"""What is searched for; a wake sound is too soft to be found where it is not expected."""

COARSE = 8
"""Chimes are low enough to be found in every eighth sample, smoothed."""

ALONE = 1.45
"""Seconds of a chime that nothing is said over, and that tell it from the others."""

STRUCK = 0.6
"""What is alike to a strike by so much is looked at closely."""


def _strikes(heard: Sound) -> dict[str, list[float]]:
    """Seconds at which each chime of the bowl is struck, wherever in the file.

    All begin with the same bowl: what follows the first strike tells them apart.
    """
    signal = _coarse(heard)
    patterns = {role: _coarse(_chime(role)) for role in STRIKES}
    found: dict[str, list[float]] = {role: [] for role in STRIKES}
    for near in _candidates(signal, patterns.values()):
        fits = {role: shift(signal, sound, near, 60) for role, sound in patterns.items()}
        role, (late, alike) = max(fits.items(), key=lambda fit: fit[1][1])
        if alike > STRUCK:
            found[role].append((near + late) * COARSE / SAMPLE_RATE)
        if role == "finish":  # the last chime of a session, of several strikes
            break
    return found


def _chime(role: str) -> Sound:
    path = library.chime_file("bowl", role)
    assert path
    return read_sound(path).samples[: int(ALONE * SAMPLE_RATE)]


def _coarse(sound: Sound) -> Sound:
    whole = sound[: len(sound) // COARSE * COARSE]
    return np.asarray(whole.reshape(-1, COARSE).mean(axis=1), dtype=np.float32)


def _candidates(signal: Sound, patterns: Iterable[Sound]) -> list[int]:
    """Where the first quarter of a second of some chime stands out, none twice."""
    begins = [pattern[: SAMPLE_RATE // COARSE // 4] for pattern in patterns]
    found = sorted({place for begin in begins for place in _standing_out(signal, begin)})
    return [b for a, b in pairwise([-SAMPLE_RATE, *found]) if b - a > SAMPLE_RATE // COARSE // 4]


def _standing_out(signal: Sound, begin: Sound) -> Iterator[int]:
    size = 1 << (len(signal) + len(begin)).bit_length()
    match = np.fft.irfft(np.fft.rfft(signal, size) * np.conj(np.fft.rfft(begin, size)), size)
    over = np.flatnonzero(match[: len(signal)] > STRUCK * float(np.sum(begin**2)))
    for group in np.split(over, np.flatnonzero(np.diff(over) > len(begin)) + 1):
        if len(group):
            yield int(group[np.argmax(match[group])])
