"""Whole samples out of shares: the method of the largest remainder.

Every share gets its whole part; what is left goes, one by one, to those with the largest
fraction. A share that occurs six times, three rounds on two sides, takes six samples or none,
so that both sides stay equally long.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import floor
from typing import TypeVar

from voiceguide.timeline.shape import Elastic, Pause

Share = TypeVar("Share", bound=Hashable)


def round_shares(
    shares: Mapping[Share, Elastic], point: float, total: int
) -> tuple[dict[Share, int], int]:
    """Lengths of the shares at `point` that sum up to `total` samples, and what is left over.

    What is left is less than the sum of all `times`.
    """
    exact = {share: part.at(point) for share, part in shares.items()}
    lengths = {share: floor(length) for share, length in exact.items()}
    left = total - sum(part.times * lengths[share] for share, part in shares.items())
    for share in sorted(exact, key=lambda share: lengths[share] - exact[share]):
        part = shares[share]
        if part.times <= left and lengths[share] < part.high:
            lengths[share] += 1
            left -= part.times
    return lengths, left


def apportion(over: int, pauses: Sequence[Pause]) -> tuple[tuple[int, ...], int]:
    """Pauses longer by `over` samples in all (shorter, where negative), and what is left over.

    Each gives in proportion to what it can give; what is left is nothing where they all can.
    """
    room = [
        pause.high - pause.natural if over > 0 else pause.natural - pause.low for pause in pauses
    ]
    given = _largest_remainder(min(abs(over), sum(room)), room)
    sign = 1 if over > 0 else -1
    lengths = tuple(p.natural + sign * part for p, part in zip(pauses, given, strict=True))
    return lengths, over - sign * sum(given)


def _largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """`total` split in proportion to `weights`, none above its weight; exact, in integers."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % whole))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts
