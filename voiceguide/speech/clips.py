"""`Clips`: the clips of some texts, by their texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy comes with the first clip, not with the first import
    from voiceguide.audio import Clip


class Clips(Mapping[str, "Clip"]):
    """The clips of some texts, all of them made; each is decoded when it is looked up.

    They stay packed, so that a session of any length fits into memory.
    """

    def __init__(self, clip: Callable[[str], Clip], texts: Iterable[str]) -> None:
        self._clip = clip
        self._texts = dict.fromkeys(texts)

    def __getitem__(self, text: str) -> Clip:
        if text not in self._texts:
            raise KeyError(text)
        return self._clip(text)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)
