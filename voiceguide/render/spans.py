"""Spans of samples, joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voiceguide.render.blocks import Span


def joined(spans: Iterable[Span], near: int = 0) -> Iterator[Span]:
    """Spans in any order as sorted, disjoint ones; those at most `near` samples apart are one."""
    current: Span | None = None
    for start, stop in sorted(spans):
        if stop <= start:
            continue
        if current and start <= current[1] + near:
            current = (current[0], max(current[1], stop))
        else:
            if current:
                yield current
            current = (start, stop)
    if current:
        yield current
