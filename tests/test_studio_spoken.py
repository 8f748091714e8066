"""Texts that are spoken while others are heard: bit by bit, and by another voice if need be."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from voiceguide import load
from voiceguide.audio import ClipFacts
from voiceguide.audio.clip import Clip
from voiceguide.errors import MachineError
from voiceguide.lengths import samples
from voiceguide.player.transport import PartialBlocks
from voiceguide.sequence import Source, Words
from voiceguide.studio.narration import AT_A_TIME, LiveNarration
from voiceguide.studio.playing import Performance, Wishes

TEXTS = [Words(f"Text number {number}.") for number in range(3 * AT_A_TIME)]

EARLY = AT_A_TIME - 1
"""Texts that are spoken before the first eight in one go: one, two, and four."""


class Voice:
    """A voice of tones that waits for permission, and fails after some texts."""

    def __init__(self, name: str, most: int = 1000, *, free: bool = True) -> None:
        self.name = name
        self.closed = False
        self.go = Event()
        self._most = most
        if free:
            self.go.set()

    def prepare(self, words: Iterable[Words], progress: object = None) -> None:
        self.go.wait(180)
        self._most -= len(list(words))
        if self._most < 0:
            raise MachineError("it has lost its tongue", "")

    def __call__(self, source: Source) -> int:
        return samples(1)

    def clip(self, source: Source) -> Clip:
        sound = np.full(samples(1), 0.25 if self.name == "first" else 0.5, np.float32)
        return Clip(sound, 48_000, 0, len(sound), -19.0)

    def facts(self, source: Source) -> ClipFacts:
        clip = self.clip(source)
        return ClipFacts.of(clip, clip.samples.tobytes())

    def close(self) -> None:
        self.closed = True


def guess(source: Source) -> int:
    return samples(7)


def spoken(voice: Voice, other: Voice | None = None) -> LiveNarration:
    voices: Any = (voice, other)  # of tones, with what of a voice is used here
    measure: Any = guess
    return LiveNarration(voices[0], measure, TEXTS, lambda failed: voices[1])


def test_lengths_are_guessed_until_they_are_known() -> None:
    """What has been handed out does not change; what is asked for later is exact."""
    voice = Voice("first", free=False)
    texts = spoken(voice)
    before = texts.lengths()
    voice.go.set()
    assert texts.wait(180)
    after = texts.lengths()
    assert {before(text) for text in TEXTS} == {samples(7)}
    assert {after(text) for text in TEXTS} == {samples(1)}
    assert texts.count == len(TEXTS)
    texts.close()


def test_the_first_text_is_spoken_alone() -> None:
    """A session begins when its first sentence is there, and not when eight are."""
    voice = Voice("first")
    asked: list[int] = []
    prepare = voice.prepare

    def counted(words: Iterable[Words], progress: object = None) -> None:
        asked.append(len(list(words)))
        prepare(words, progress)

    voice.prepare = counted  # type: ignore[method-assign]  # a spy
    texts = spoken(voice)
    assert texts.wait(180)
    assert asked == [1, 2, 4, 8, 8, 1]
    texts.close()


def test_another_voice_speaks_on_where_one_fails() -> None:
    """What was spoken stays as it was, the rest is spoken by the next one, and it is said."""
    first, second = Voice("first", most=EARLY), Voice("second")
    texts = spoken(first, second)
    assert texts.wait(180)
    levels = [float(texts.clip(text).samples[0]) for text in TEXTS]
    assert levels == [0.25] * EARLY + [0.5] * (len(TEXTS) - EARLY)
    assert "first failed (it has lost its tongue): second speaks instead" in texts.note
    texts.close()
    assert second.closed


def test_where_no_voice_is_left_it_is_an_error() -> None:
    """The one that failed, as it was."""
    texts = spoken(Voice("first", most=EARLY))
    while texts.count < EARLY:
        texts.wait(0.05)
    with pytest.raises(MachineError, match="lost its tongue"):
        texts.wait(180)
    texts.close()


def test_blocks_can_be_read_as_far_as_they_are_spoken(tmp_path: Path) -> None:
    """Up to the first words that are not there yet; later, all of them."""
    path = tmp_path / "long.md"
    path.write_text("\n\n".join(f"{text.text}" for text in TEXTS), encoding="utf-8")
    session = load(path, voice="silent")
    with session, session.perform(Wishes(), lambda: 0.0) as performance:
        assert isinstance(performance, Performance)
        timeline = performance.conductor.timeline
        voice = Voice("first", free=False)
        texts = spoken(voice)
        early = texts.blocks(timeline, None)
        assert isinstance(early, PartialBlocks)
        assert early.known_until < timeline.events[0].position
        voice.go.set()
        texts.wait(180)
        unsaid = {e.source for e in timeline.events if isinstance(e.source, Words)} - set(TEXTS)
        texts.blocks(timeline, None)
        texts.wait(180)
        assert unsaid <= set(texts.lengths()._known)
        assert not isinstance(texts.blocks(timeline, None), PartialBlocks)
        texts.close()
