"""Sessions on a ground, for tests: speech at known samples over a loop of noise."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from session_sounds import speech

from voiceguide.audio.clip import Clip
from voiceguide.audio.loops import Loop
from voiceguide.encode.mp3.frames import FRAME
from voiceguide.render import Block, Mix, PlacedClip
from voiceguide.render.blocks import joined
from voiceguide.render.ducking import Gain, Move, floor_gain, floor_loop
from voiceguide.render.ground import LoopGround
from voiceguide.sequence import Source, Words

SECOND = 48_000
WORDS = 2 * SECOND
"""Samples of everything that is said."""


@cache
def noise_loop(channels: int, frames: int = 125, level: float = -30.0) -> Loop:
    """Pink noise, periodic, with grains in it for which an encoder takes short windows."""
    noise = np.random.default_rng(channels)
    count = frames * FRAME
    frequencies = np.maximum(np.fft.rfftfreq(count, 1 / SECOND), 40.0)
    shape = (len(frequencies), channels)
    spectrum = noise.standard_normal(shape) + 1j * noise.standard_normal(shape)
    sound = np.fft.irfft(spectrum / np.sqrt(frequencies)[:, None], count, axis=0)
    for at in noise.integers(0, count - 500, 3 * frames // 40):
        sound[at : at + 400] *= 1 + 5 * np.exp(-np.arange(400) / 60)[:, None]
    sound *= 10 ** (level / 20) / np.sqrt(np.mean(sound**2))
    return Loop.of(sound.astype(np.float32))


def said(number: int) -> Clip:
    """Two seconds of speech, as soft at both ends as a clip is."""
    samples = speech(WORDS, number) / np.float32(32768)
    fade = np.linspace(0, 1, 480, dtype=np.float32)
    samples[:480] *= fade
    samples[-480:] *= fade[::-1]
    return Clip(samples.astype(np.float32), SECOND, 0, WORDS, -19.0)


def session(length: int, starts: Sequence[int], ground: LoopGround | None) -> Mix:
    """Another text at each of these samples; every fourth is the first one again."""
    sources = [Words(str(number % 4)) for number in range(len(starts))]
    placed = [
        PlacedClip(at, at + WORDS, source, source.text)
        for at, source in zip(starts, sources, strict=True)
    ]
    clips: dict[Source, Clip] = {source: said(int(source.text)) for source in sources}
    return Mix(placed, length, clips.__getitem__, ground)


def on_a_bed(
    seconds: int, channels: int, every: int = 8, loop: Loop | None = None, texts: int = 1000
) -> Mix:
    """Two seconds of speech every so many, at another place of frame and loop each time."""
    length = seconds * SECOND
    places = range(SECOND, length - 2 * WORDS, every * SECOND)
    starts = [at + 137 * n for n, at in enumerate(places)]
    moves = [Move(0, SECOND // 2, 0.0, 1.0)]
    groups = joined(((start, start + WORDS) for start in starts[:texts]), 2 * SECOND)
    for start, stop in groups:
        moves.append(Move(start - 19_200, start, 1.0, 0.355))
        moves.append(Move(stop, stop + 57_600, 0.355, 1.0))
    moves.append(Move(length - SECOND // 2, length, 1.0, 0.0))
    ground = LoopGround(loop or noise_loop(channels), Gain(tuple(moves)))
    return session(length, starts[:texts], ground)


def on_the_floor(seconds: int, every: int = 8) -> Mix:
    """The same over the floor of noise, at three places of a frame."""
    starts = range(SECOND, seconds * SECOND - 2 * WORDS, every * SECOND)
    gain = floor_gain((at, at + WORDS) for at in starts)
    return session(seconds * SECOND, starts, LoopGround(floor_loop(), gain))


def whole(blocks: Mix) -> Block:
    """All samples."""
    return blocks.read(0, blocks.length)
