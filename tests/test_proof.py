"""Time proved in the file: every event of every bundled routine, in the decoded MP3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from listening import DECODERS, FAINT, Sound, loudest, onset, shift

from voiceguide import library, studio
from voiceguide.errors import Place
from voiceguide.lengths import samples
from voiceguide.sequence import EventKind, Words
from voiceguide.studio import Export
from voiceguide.studio.narration import Voiced, make_speaker
from voiceguide.timeline import Event, Timeline

WITHIN = samples(0.005)
"""Every event is heard within 5 ms of its time."""

MARGIN = samples(0.05)
"""Sounds are looked for so far around their time."""

FADED = samples(0.012)
"""An MP3 frame spreads a sound's edge by so much before and after it."""


@dataclass(frozen=True)
class Heard:
    """An exported routine, decoded, with the clips it was made of."""

    export: Export
    sound: Sound
    voiced: Voiced

    @property
    def timeline(self) -> Timeline:
        return self.export.plan.timeline


@pytest.fixture(scope="module", params=library.routines())
def exported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Export, Voiced]:
    """Each routine of the library, exported once."""
    path = tmp_path_factory.mktemp("proof") / f"{request.param}.mp3"
    export = studio.load(request.param).export(path)
    return export, Voiced(export.plan.opened, make_speaker(export.plan.opened))


@pytest.fixture(
    scope="module",
    params=[
        "libsndfile",
        *(pytest.param(name, marks=pytest.mark.slow) for name in DECODERS if name != "libsndfile"),
    ],
)
def heard(request: pytest.FixtureRequest, exported: tuple[Export, Voiced]) -> Heard:
    """The same, decoded by each decoder."""
    export, voiced = exported
    return Heard(export, DECODERS[request.param](export.file), voiced)


def test_the_length_is_exact(heard: Heard) -> None:
    """The decoder gives as many samples as the timeline has."""
    assert len(heard.sound) == heard.timeline.length
    wish = heard.export.plan.opened.settings.length
    assert wish is None or len(heard.sound) == samples(wish)


def test_every_sound_is_heard_at_its_time(heard: Heard) -> None:
    """Each spoken text and each chime is found, by its own shape, where the timeline has it.

    A chime rings on under what follows: what else should sound there is taken away first.
    """
    rest = heard.sound - _mixed(heard)
    for event in _sounding(heard.timeline):
        assert event.source
        clip = heard.voiced.clip(event.source)
        start = event.position - clip.onset
        alone = rest[start - MARGIN : start + len(clip.samples) + MARGIN].copy()
        alone[MARGIN : MARGIN + len(clip.samples)] += clip.samples * _factor(event)
        late, alike = shift(alone, clip.samples, MARGIN, MARGIN)
        assert abs(late) <= WITHIN, f"{event.text} at {event.position} is {late} samples late"
        assert alike > 0.9, f"{event.text} at {event.position} is alike by {alike:.3f} only"


def test_a_sound_that_is_late_is_noticed(heard: Heard) -> None:
    """The way of looking can fail: the same file 10 ms later is seen to be 480 samples late."""
    event = next(event for event in _sounding(heard.timeline) if isinstance(event.source, Words))
    assert event.source
    clip = heard.voiced.clip(event.source)
    later = np.concatenate([np.zeros(480, dtype=np.float32), heard.sound])
    late, alike = shift(later, clip.samples, event.position - clip.onset, MARGIN)
    assert late == 480
    assert alike > 0.9


SOFTEST = 36.0
"""dB below the loudest part of a word: the `f` of a calm voice's "Five."."""


def test_speech_begins_at_its_time(heard: Heard) -> None:
    """After silence, the first energy of a spoken text is where its event begins."""
    checked = 0
    for event in _after_silence(heard.timeline):
        around = (event.position - samples(0.2), event.position + samples(0.2))
        first = onset(heard.sound, *around, SOFTEST)
        assert first is not None, f"{event.text} at {event.position} is not heard"
        assert abs(first - event.position) <= samples(0.03), event
        checked += 1
    assert checked >= 3


def test_silence_is_silent(heard: Heard) -> None:
    """Holds, rests and pauses are silent but for their cues and the chimes that ring on."""
    sounding = np.zeros(heard.timeline.length, dtype=bool)
    for event in _sounding(heard.timeline):
        assert event.source
        clip = heard.voiced.clip(event.source)
        start = event.position - clip.onset
        sounding[max(0, start - FADED) : start + len(clip.samples) + FADED] = True
    assert loudest(heard.sound[~sounding], 0, len(heard.sound)) < FAINT
    assert (~sounding).mean() > 0.2


def test_both_sides_are_equally_long(heard: Heard) -> None:
    """The holds of a step are equal to the sample, whatever the side and the round."""
    by_step: dict[Place, set[int]] = {}
    for event in heard.timeline.events:
        if event.kind is EventKind.HOLD:
            by_step.setdefault(event.place, set()).add(event.length)
    assert all(len(lengths) == 1 for lengths in by_step.values())


def test_counts_end_in_a_chime(heard: Heard) -> None:
    """`One` sounds a second before the chime of a hold or a segment, the first rep, or a ready."""
    events = [e for e in heard.timeline.events if e.kind is EventKind.COUNT and e.rep is None]
    chimes = [e for e in heard.timeline.events if e.kind is EventKind.CHIME]
    struck = [e.position for e in chimes if e.text not in ("tick", "wake")]
    begun = (EventKind.REP, EventKind.READY)  # which nothing is struck for
    ends = [*struck, *(e.position for e in heard.timeline.events if e.kind in begun)]
    ones = [e.position for e in events if e.text == "One."]
    assert all(position + samples(1.0) in ends for position in ones)


def _mixed(heard: Heard) -> Sound:
    """Everything that should sound, summed up."""
    mixed = np.zeros(heard.timeline.length, dtype=np.float32)
    for event in _sounding(heard.timeline):
        assert event.source
        clip = heard.voiced.clip(event.source)
        start = event.position - clip.onset
        mixed[start : start + len(clip.samples)] += clip.samples * _factor(event)
    return mixed


def _factor(event: Event) -> np.float32:
    """What the event's level means for its samples."""
    return np.float32(10 ** (event.level / 20))


def _sounding(timeline: Timeline) -> list[Event]:
    return [event for event in timeline.events if event.source]


def _after_silence(timeline: Timeline) -> Iterator[Event]:
    """Spoken texts with at least half a second of silence before them."""
    ended = 0
    for event in _sounding(timeline):
        if isinstance(event.source, Words) and event.position - ended > samples(0.5):
            yield event
        ended = max(ended, event.end)
