"""`Ear`: a stream from a microphone to the phrases that were said, the guide's own words aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from voiceguide.player.hearing.echo import EXPLAINED, own_share
from voiceguide.player.hearing.played import Played
from voiceguide.player.hearing.segments import IsSpeech, Samples, Segment, Segmenter

PhraseOf = Callable[[Samples], str | None]
"""The phrase that a segment is, or None: mono, 16 kHz, shape (n,)."""


class Ear:
    """Hears what a listener says while the guide speaks from the same room."""

    def __init__(self, is_speech: IsSpeech, phrase_of: PhraseOf, played: Played) -> None:
        self._segmenter = Segmenter(is_speech)
        self._phrase_of = phrase_of
        self._played = played

    def hear(self, samples: Samples, now: int) -> Iterator[str]:
        """The phrases that end within the next samples of the stream: mono, 16 kHz, shape (n,).

        `now` is the count of what was played when they came in.
        """
        for segment in self._segmenter.feed(samples):
            phrase = None if self._is_own(segment, now) else self._phrase_of(segment.sound)
            if phrase:
                yield phrase

    def _is_own(self, segment: Segment, now: int) -> bool:
        return own_share(segment, self._played, now) >= EXPLAINED
