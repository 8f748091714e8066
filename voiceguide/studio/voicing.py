"""Clips for everything that sounds in a session, and their lengths for the timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from voiceguide.audio import Clip
from voiceguide.errors import Problem, RoutineError, UsageError
from voiceguide.sequence import EASE_STEP, Source, Words
from voiceguide.speech import Speaker, open_speaker
from voiceguide.speech.estimate import estimate
from voiceguide.speech.lexicon import Saying
from voiceguide.store import default_store
from voiceguide.studio.opening import Opened
from voiceguide.studio.saying import unsayable
from voiceguide.studio.sounds import Sounds

Progress = Callable[[float], None]
"""Told the share done, from 0 to 1."""


class Estimated:
    """Lengths without an engine: texts are guessed, sounds are measured."""

    def __init__(self, opened: Opened) -> None:
        self._pace = opened.settings.words_a_minute
        self._language = opened.settings.language
        self._sounds = Sounds(opened)

    def __call__(self, source: Source) -> int:
        """Samples that a source sounds for."""
        if isinstance(source, Words):
            return estimate(source.text, _eased(self._pace, source.ease), self._language)
        return self._sounds.clip(source).sounding


def make_speaker(opened: Opened) -> Speaker:
    """The speaker that a routine, the options or the default choose.

    Raises:
        RoutineError: the routine names a voice that is not there, or phonemes that it has not.
        UsageError: the options do.
        MachineError: the engine cannot be used here.
    """
    settings = opened.settings
    voice, language, pace = settings.voice, settings.language, settings.words_a_minute
    say: dict[str, str | Saying] = {**opened.sayings, **settings.say}
    try:
        speaker = open_speaker(
            voice, language, pace, say, default_store(), loudness=settings.loudness
        )
    except UsageError as error:
        if opened.voice_place is None:
            raise
        problem = Problem(opened.voice_place, error.message, error.help)
        raise RoutineError([opened.located(problem)]) from error
    _check_phonemes(opened, speaker)
    return speaker


def _check_phonemes(opened: Opened, speaker: Speaker) -> None:
    try:
        routines = (opened.routine, *opened.used.values())
        problems = list(unsayable(opened.settings.say, routines, speaker))
        if problems:
            raise RoutineError(map(opened.located, problems))
    except BaseException:
        speaker.close()
        raise


class Voiced:
    """Exact lengths, and the clips themselves, decoded when they are asked for."""

    def __init__(self, opened: Opened, speaker: Speaker) -> None:
        self._pace = opened.settings.words_a_minute
        self._speakers = {0: speaker}
        self._sounds = Sounds(opened)

    @property
    def name(self) -> str:
        """`ENGINE:VOICE`."""
        return self._speakers[0].voice

    def prepare(self, words: Iterable[Words], progress: Progress | None = None) -> None:
        """Voice many texts at once."""
        by_ease: dict[int, list[str]] = defaultdict(list)
        for one in words:
            by_ease[one.ease].append(one.said)
        for done, (ease, texts) in enumerate(by_ease.items()):
            told = _by_share(progress, done / len(by_ease), 1 / len(by_ease))
            self._speaker(ease).clips(texts, told)

    def __call__(self, source: Source) -> int:
        """Samples that a source sounds for."""
        if isinstance(source, Words):
            return self._speaker(source.ease).length_of(source.said)
        return self._sounds.clip(source).sounding

    def clip(self, source: Source) -> Clip:
        """The clip of a source."""
        if isinstance(source, Words):
            return self._speaker(source.ease).clip(source.said)
        return self._sounds.clip(source)

    def close(self) -> None:
        """Let the engine go."""
        self._speakers[0].close()

    def _speaker(self, ease: int) -> Speaker:
        if ease not in self._speakers:
            self._speakers[ease] = self._speakers[0].at_pace(_eased(self._pace, ease))
        return self._speakers[ease]


def _eased(words_a_minute: int, ease: int) -> int:
    return round(words_a_minute * (1 - EASE_STEP * ease))


def _by_share(
    progress: Progress | None, start: float, share: float
) -> Callable[[int, int], None] | None:
    """Tells of the part of a progress that begins at `start` and is so large a `share` of it."""
    if progress is None:
        return None
    return lambda done, of: progress(start + share * done / of)
