"""The ground under a session: a bed, several beds with cross-fades, or a floor of noise.

Outside the spans in which something changes, exactly one loop sounds, at a constant gain; encoders
rely on that for long silences.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from voiceguide.audio.clip import Channels
from voiceguide.audio.loops import Loop
from voiceguide.lengths import samples
from voiceguide.render.blocks import Span, Steady, joined
from voiceguide.render.ducking import Gain, Move, Product, floor_gain, floor_loop

CROSS_FADE = samples(4.0)
"""Length of the cross-fade between two beds, in samples."""


class LoopGround(Struct, frozen=True):
    """A `Ground` of one loop and its gain over the session."""

    loop: Loop
    gain: Gain | Product

    @property
    def channels(self) -> int:
        """1 or 2."""
        return self.loop.channels

    @property
    def spans(self) -> Sequence[Span]:
        """The spans in which the gain moves."""
        return self.gain.spans

    def at(self, position: int) -> Steady:
        """The loop at the constant gain around a sample."""
        return Steady(self.loop, self.gain.at(position))

    def read(self, start: int, stop: int) -> Channels:
        """The sound in [start, stop)."""
        heard: Channels = np.zeros((stop - start, self.channels), np.float32)
        at = start
        for first, last in (*self.gain.moving(start, stop), (stop, stop)):
            self._put(heard[at - start : first - start], at, self.gain.at(at))
            moving = self.gain.read(first, last).astype(np.float32)
            self._put(heard[first - start : last - start], first, moving[:, None])
            at = last
        return heard

    def _put(self, heard: Channels, start: int, gain: float | Channels) -> None:
        """Fill `heard` with the loop from `start` on, at a constant gain or one per sample."""
        if len(heard) and not (isinstance(gain, float) and gain == 0.0):
            factor = np.float32(gain) if isinstance(gain, float) else gain
            np.multiply(self.loop.read(start, start + len(heard)), factor, out=heard)

    def key(self, start: int, stop: int) -> str:
        """Equal keys mean equal samples in [start, stop)."""
        return f"{self.loop.key} {start % self.loop.length} {self.gain.key(start, stop)}"


class LayeredGround(Struct, frozen=True):
    """A `Ground` of loops with the same number of channels; outside cross-fades, one sounds."""

    layers: tuple[LoopGround, ...]

    @property
    def channels(self) -> int:
        """1 or 2."""
        return self.layers[0].channels

    @property
    def spans(self) -> Sequence[Span]:
        """The spans in which any of the gains moves."""
        return tuple(joined(span for layer in self.layers for span in layer.spans))

    def at(self, position: int) -> Steady:
        """The loop that sounds at a sample outside the spans; if none does, the first at gain 0."""
        steadies = [layer.at(position) for layer in self.layers]
        return next((steady for steady in steadies if steady.gain), steadies[0])

    def read(self, start: int, stop: int) -> Channels:
        """The sound in [start, stop)."""
        sum_: Channels = np.zeros((stop - start, self.channels), np.float32)
        for layer in self._sounding(start, stop):
            sum_ += layer.read(start, stop)
        return sum_

    def key(self, start: int, stop: int) -> str:
        """Equal keys mean equal samples in [start, stop)."""
        return " + ".join(layer.key(start, stop) for layer in self._sounding(start, stop))

    def _sounding(self, start: int, stop: int) -> list[LoopGround]:
        return [layer for layer in self.layers if _sounds(layer, start, stop)]


def _sounds(layer: LoopGround, start: int, stop: int) -> bool:
    moves = any(first < stop and last > start for first, last in layer.spans)
    return moves or layer.gain.at(start) != 0.0


BedLaid = tuple[int, Loop | None]
"""The first sample of a bed, and the bed; None for no bed."""


def layered(
    laid: Sequence[BedLaid],
    length: int,
    gain_of: Callable[[Loop], Product],
    sounding: Sequence[Span] | None,
) -> LoopGround | LayeredGround | None:
    """Combine beds that follow one another, the first from the start; None if nothing sounds.

    `gain_of` returns the gain of a bed as if it were under the whole session. Where there is no
    bed, a floor of noise fills the silences between the spans `sounding`; if that is None, zeros.
    """
    loops = {_name(loop): loop for _, loop in laid}
    grounds = []
    for name, loop in loops.items():
        ground = _whole(loop, gain_of, sounding)
        if ground and len(loops) == 1:
            return ground
        if ground:
            own = presence([(at, _name(one) == name) for at, one in laid], length)
            grounds.append(replace(ground, gain=ground.gain * own))
    return LayeredGround(_alike(grounds)) if grounds else None


def _whole(
    loop: Loop | None, gain_of: Callable[[Loop], Product], sounding: Sequence[Span] | None
) -> LoopGround | None:
    """The ground of one bed, or of the floor of noise, as if it were under the whole session."""
    if loop is not None:
        return LoopGround(loop, gain_of(loop))
    return None if sounding is None else LoopGround(floor_loop(), floor_gain(sounding))


def _name(loop: Loop | None) -> str:
    return loop.key if loop else ""


def _alike(grounds: Sequence[LoopGround]) -> tuple[LoopGround, ...]:
    """Make all grounds stereo if one of them is."""
    if all(ground.channels == 1 for ground in grounds):
        return tuple(grounds)
    return tuple(replace(ground, loop=ground.loop.in_stereo()) for ground in grounds)


def presence(there: Sequence[tuple[int, bool]], length: int) -> Gain:
    """The gain of one of several beds; `there` has the samples from which it is on or off."""
    moves = []
    for (_, before), (at, after), (until, _) in zip(
        there, there[1:], [*there[2:], (length, True)], strict=False
    ):
        fade = min(CROSS_FADE, until - at)
        if before != after and fade > 0:
            moves.append(Move(at, at + fade, float(before), float(after)))
    return Gain(tuple(moves), float(there[0][1]))
