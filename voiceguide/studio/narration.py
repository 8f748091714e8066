"""Clips for every sound of a session, and their lengths for the timeline."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from threading import Condition, Thread
from typing import TYPE_CHECKING

from msgspec.structs import replace

from voiceguide import library
from voiceguide.engines import RECORDED, read_choice, voices_in
from voiceguide.errors import (
    MachineError,
    Place,
    Problem,
    RoutineError,
    Severity,
    VoiceguideError,
    quote,
)
from voiceguide.lengths import samples
from voiceguide.routine import Override
from voiceguide.sequence import Sequence, Source, Words
from voiceguide.settings.configuration import read_configuration
from voiceguide.speech.lexicon import Pronunciation
from voiceguide.speech.speaker import Speaker, open_speaker
from voiceguide.store import Store, default_store
from voiceguide.studio.estimated import Estimated, Progress, SoundLengths, part_of, slowed
from voiceguide.studio.opening import Opened, known_names, unsayable
from voiceguide.timeline import Event, Timeline

if TYPE_CHECKING:
    from voiceguide.audio import ClipFacts
    from voiceguide.audio.clip import Clip
    from voiceguide.audio.loops import Loop
    from voiceguide.render import BedAt, Blocks


_MOST_TOLD = 20
"""How many lines without a recording are reported one by one."""

_RECORD = (
    "`voiceguide record` records it; or name a second voice for what is missing: `{}, natural`"
)


def make_speaker(opened: Opened, place: Place | None = None, store: Store | None = None) -> Speaker:
    """Open the speaker chosen by the routine, the options or the default.

    Errors are reported at `place`, by default where the voice is named. Clips are kept in `store`,
    by default the user's own.
    """
    settings = opened.settings
    voice, language, pace = settings.voice, settings.language, settings.words_a_minute
    say: dict[str, str | Pronunciation] = {**opened.sayings, **settings.say}
    with opened.blame(place or opened.voice_place):
        kept_in = store or default_store()
        speaker = open_speaker(voice, language, pace, say, kept_in, loudness=settings.loudness)
    _check_phonemes(opened, speaker)
    return speaker


class SpeakerPool(AbstractContextManager["SpeakerPool"]):
    """Speakers that sessions share: an engine is started once for each voice, and closed here.

    For one thread at a time. Clips are kept in `store`, and their facts in memory until `close`.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._engines: dict[tuple[str | None, str], Speaker] = {}
        self._speakers: dict[object, Speaker] = {}

    def of(self, opened: Opened) -> Speaker:
        """Return the speaker chosen by the routine, the options or the default."""
        settings = opened.settings
        say: dict[str, str | Pronunciation] = {**opened.sayings, **settings.say}
        voice = (settings.voice, settings.language)
        key = (voice, settings.words_a_minute, settings.loudness, frozenset(say.items()))
        if key in self._speakers:
            return self._speakers[key]
        if voice in self._engines:
            pace, loudness = settings.words_a_minute, settings.loudness
            speaker = self._engines[voice].another(pace, say, loudness)
            _check_phonemes(opened, speaker, close=False)
        else:
            speaker = self._engines[voice] = make_speaker(opened, store=self._store)
        self._speakers[key] = speaker
        return speaker

    def close(self) -> None:
        """Close the engines."""
        for speaker in self._engines.values():
            speaker.close()
        self._engines.clear()
        self._speakers.clear()

    def __exit__(self, *_: object) -> None:
        self.close()


def _override_place(opened: Opened, voice: str) -> Place | None:
    """Return the place where prose asks for a voice."""
    routines = (opened.routine, *opened.used.values())
    parts = (part for routine in routines for part in routine.spoken())
    asked = (part for part in parts if isinstance(part, Override))
    return next((part.place for part in asked if part.value == voice), None)


def library_speaker(opened: Opened, words: Iterable[Words]) -> Speaker | None:
    """Return voiceguide's own narration if it has every line of a session, else None.

    It speaks if no voice is named; it never shares a session with another voice.
    """
    if opened.settings.voice is not None:
        return None
    from voiceguide.engines import recorded

    folder = recorded.library_folder()
    if folder is None or _says_otherwise(opened):
        return None
    settings, recordings = opened.settings, recorded.read_recordings(folder)
    if recordings.language.partition("-")[0] != settings.language.partition("-")[0]:
        return None
    for one in words:
        pace = slowed(one.words_a_minute or settings.words_a_minute, one.slowness)
        if one.voice or next(recordings.missing([one.text], pace), None) is not None:
            return None
    say, language, pace = settings.say, settings.language, settings.words_a_minute
    engine, store = recorded.RecordedEngine(), default_store()
    return Speaker(engine, recorded.LIBRARY, language, pace, say, store, settings.loudness)


def _says_otherwise(opened: Opened) -> bool:
    """Whether `say` or a lexicon may ask for pronunciations that were not recorded.

    Only those of the library's own routines were.
    """
    said = {**opened.sayings, **opened.settings.say}
    source = opened.folders.get(opened.routine.source)
    ours = source is not None and source.resolve().is_relative_to(library.scripts().resolve())
    by_user = opened.sayings or read_configuration(known_names()).settings.get("say")
    return bool(said) and (not ours or bool(by_user))


def _check_phonemes(opened: Opened, speaker: Speaker, *, close: bool = True) -> None:
    try:
        routines = (opened.routine, *opened.used.values())
        problems = list(unsayable(opened.settings.say, routines, speaker))
        if problems:
            raise RoutineError(map(opened.located, problems))
    except BaseException:
        if close:
            speaker.close()
        raise


def unrecorded(opened: Opened, voiced: Voiced, sequence: Sequence) -> Iterator[Problem]:
    """Yield a problem for each text without a recording, at its place; at most `_MOST_TOLD`."""
    sounds = {
        sound.source: sound.origin.place
        for sound in reversed(list(sequence.sounds()))
        if isinstance(sound.source, Words) and voiced.lacks(sound.source)
    }
    missing = list(reversed(sounds.items()))
    for words, place in missing[:_MOST_TOLD]:
        voice = words.voice or voiced.name
        message = f"`{voice}` has no recording of {quote(words.text)}"
        yield opened.located(Problem(message, _RECORD.format(voice), place))
    for _words, place in missing[_MOST_TOLD : _MOST_TOLD + 1]:
        more = f"{len(missing) - _MOST_TOLD} more lines are not recorded, from here on"
        way_out = "`voiceguide record ROUTINE --sheet FILE.html` writes all of them down"
        yield opened.located(Problem(more, way_out, place))


def foreign_voice(opened: Opened, voiced: Voiced) -> Iterator[Problem]:
    """Yield a warning if the voice is made for another language than the routine's."""
    language = opened.settings.language.lower().partition("-")[0]
    if voiced.languages and language not in voiced.languages:
        spoken = " and ".join(f"`{tag}`" for tag in sorted(voiced.languages))
        message = f"the voice `{voiced.name}` speaks {spoken}, and the routine is in `{language}`"
        engine = voiced.name.partition(":")[0]
        listing = f"`voiceguide voices --engine {engine} --language {language}` lists them"
        way_out = f"choose one of {language}: {listing}"
        problem = Problem(message, way_out, severity=Severity.WARNING)
        yield problem.at(opened.voice_place, opened.lines(opened.voice_place))


class Voiced:
    """Exact lengths, and the clips themselves, decoded on demand."""

    def __init__(self, opened: Opened, speaker: Speaker, *, shared: bool = False) -> None:
        self._opened = opened
        self._pace = opened.settings.words_a_minute
        self._voices = {"": speaker}
        self._speakers = {("", self._pace): speaker}
        self._shared = shared
        self._stand_ins = voices_in(opened.settings.voice or "")[1:]
        self._sounding = SoundLengths(opened)

    @property
    def name(self) -> str:
        """`ENGINE:VOICE`, followed by that of each stand-in that has spoken."""
        names = ("", *self._stand_ins)
        return ", ".join(self._voices[name].voice for name in names if name in self._voices)

    @property
    def credit(self) -> str:
        """Whose voices these are, and by what permission, if they are people's."""
        credits_ = (speaker.credit for speaker in self._voices.values())
        return " ".join(dict.fromkeys(filter(None, credits_)))

    @property
    def languages(self) -> frozenset[str]:
        """The languages that the voice is made for."""
        return self._voices[""].languages

    def prepare(self, words: Iterable[Words], progress: Progress | None = None) -> None:
        """Voice many texts in one batch."""
        by_speaker: dict[Speaker, list[str]] = defaultdict(list)
        for one in words:
            by_speaker[self._speaker(one)].append(one.said)
        for done, (speaker, texts) in enumerate(by_speaker.items()):
            share = 1 / len(by_speaker)
            speaker.prepare(texts, part_of(progress, done * share, share))

    def __call__(self, source: Source) -> int:
        """Return how many samples a source sounds for."""
        if isinstance(source, Words):
            return self._speaker(source).length_of(source.said)
        return self._sounding(source)

    def facts(self, source: Source) -> ClipFacts:
        """Return the facts of a source's clip, without its samples."""
        if isinstance(source, Words):
            return self._speaker(source).facts(source.said)
        return self._sounding.facts(source)

    def clip(self, source: Source) -> Clip:
        """Return the clip of a source."""
        if isinstance(source, Words):
            return self._speaker(source).clip(source.said)
        return self._sounding.sounds.clip(source)

    def close(self) -> None:
        """Close the engines, except a shared one."""
        for name, speaker in self._voices.items():
            if name or not self._shared:
                speaker.close()

    def lacks(self, words: Words) -> bool:
        """Whether a text has no recording, and no other voice was named that could say it."""
        name = words.voice or self._opened.settings.voice
        if not name or read_choice(name).engine != RECORDED:  # other engines need not be opened
            return False
        return self._speaker(words).lacks(words.said)

    def _speaker(self, words: Words) -> Speaker:
        """Return the first voice that has the words, else the first of all."""
        first, *others = voices_in(words.voice) if words.voice else ("", *self._stand_ins)
        speaker = self._at_pace(first, words)
        if not others or not speaker.lacks(words.said):
            return speaker
        stand_ins = (self._at_pace(name, words) for name in others)
        return next((one for one in stand_ins if not one.lacks(words.said)), speaker)

    def _at_pace(self, name: str, words: Words) -> Speaker:
        key = name, slowed(words.words_a_minute or self._pace, words.slowness)
        if key not in self._speakers:
            self._speakers[key] = self._voice(name).at_pace(key[1])
        return self._speakers[key]

    def _voice(self, name: str) -> Speaker:
        """Return the speaker of a voice that prose asks for, opened on first use."""
        if name not in self._voices:
            asking = replace(self._opened, settings=replace(self._opened.settings, voice=name))
            self._voices[name] = make_speaker(asking, _override_place(self._opened, name))
        return self._voices[name]


# ── `LiveNarration`: the clips of a session that is played while its texts are still being spoken


AT_A_TIME = 8
"""Most texts that are spoken in one batch: the first text alone, since somebody waits for it,
then two, then four, …"""

_SOON = 0.5
"""Seconds that a batch may take; if it takes longer, the next one is smaller."""

_CLEAR = samples(2)
"""Samples before unspoken words that may depend on them; earlier sound does not."""


class Lengths:
    """The lengths of a session's sounds: measured if known, else guessed."""

    def __init__(self, known: Mapping[Source, int], guess: Estimated) -> None:
        self._known, self._guess = known, guess

    def __call__(self, source: Source) -> int:
        """Return how many samples a source sounds for."""
        known = self._known.get(source)
        return self._guess(source) if known is None else known


NextVoice = Callable[[str], "Voiced | None"]
"""Returns the stand-in for a voice that failed, given its name; None if there is none."""


class LiveNarration:
    """Speaks a session's texts, in order, in a thread of its own.

    If the voice fails on the way, another one speaks the remaining texts.
    """

    def __init__(
        self,
        voiced: Voiced,
        guess: Estimated,
        words: Iterable[Words],
        next_voice: NextVoice,
        turn: AbstractContextManager[object] | None = None,
    ) -> None:
        """Start to speak; the lock `turn` is held while an engine speaks."""
        self.note = ""
        """What happened to the voice, or empty."""
        self._voiced, self._guess, self._next_voice = voiced, guess, next_voice
        self._at_once, self._turn = 1, turn or nullcontext()
        self._spoken_by: dict[Source, Voiced] = {}
        self._stand_ins: list[Voiced] = []
        self._changed = Condition()
        self._known: dict[Source, int] = {}
        self._waiting = deque(dict.fromkeys(words))
        self._failure: VoiceguideError | None = None
        self._closed = False
        self._speaker = Thread(target=self._speak, name="voiceguide voice", daemon=True)
        self._speaker.start()

    @property
    def count(self) -> int:
        """How many texts have been spoken."""
        return len(self._known)

    @property
    def whole(self) -> bool:
        """Whether no text is left to speak."""
        return not self._waiting

    def wait(self, seconds: float | None) -> bool:
        """Wait until all texts are spoken; return False if it takes longer, with some spoken."""
        with self._changed:
            whole = self._changed.wait_for(lambda: self.whole or self._failure, seconds)
            self._changed.wait_for(lambda: self._known or self.whole or self._failure)
        self.check()
        return bool(whole)

    def wait_for_more(self, count: int, seconds: float) -> None:
        """Wait until more than `count` texts are spoken, for at most `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._known) > count or self._failure, seconds)
        self.check()

    def hurry(self, words: Iterable[Words]) -> None:
        """Speak these before all other remaining texts."""
        with self._changed:
            waiting = set(self._waiting)
            first = (one for one in words if one in waiting)
            self._waiting = deque(dict.fromkeys((*first, *self._waiting)))

    def check(self) -> None:
        """Raise the error of the speaking thread, if there is one."""
        if self._failure:
            raise self._failure

    def lengths(self) -> Lengths:
        """Return a snapshot of the lengths that are known now."""
        with self._changed:
            return Lengths(dict(self._known), self._guess)

    def clip(self, source: Source) -> Clip:
        """Return the clip of a chime, a sound, or a text that has been spoken."""
        return self._spoken_by.get(source, self._voiced).clip(source)

    def facts(self, source: Source) -> ClipFacts:
        """Return the facts of such a clip."""
        return self._spoken_by.get(source, self._voiced).facts(source)

    def blocks(
        self,
        timeline: Timeline,
        bed: Loop | None,
        bed_at: BedAt | None = None,
        *,
        since: int = 0,
    ) -> Blocks:
        """Return the blocks of a timeline that are ready, to be heard from sample `since` on."""
        from voiceguide.player.transport import PartialBlocks
        from voiceguide.render import render

        silent = self._silent(timeline)
        if not silent:
            return render(timeline, self.clip, self.facts, bed=bed, bed_at=bed_at)
        events = tuple(event for event in timeline.events if event not in silent)
        left = replace(timeline, events=events)
        mix = render(left, self.clip, self.facts, bed=bed, bed_at=bed_at)
        missing = (event.position for event in silent if event.end > since)
        return PartialBlocks(mix, max(0, next(missing, mix.length + _CLEAR) - _CLEAR))

    def close(self) -> None:
        """Stop speaking."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._speaker.join()
        for one in self._stand_ins:
            one.close()

    def _silent(self, timeline: Timeline) -> list[Event]:
        """Return the events whose words are not spoken yet; queue texts that the plan adds."""
        with self._changed:
            silent = [
                event
                for event in timeline.events
                if isinstance(event.source, Words) and event.source not in self._known
            ]
            sources = dict.fromkeys(e.source for e in silent if isinstance(e.source, Words))
            self._waiting.extend(one for one in sources if one not in self._waiting)
            self._changed.notify_all()
            return silent

    # ── the thread ───────────────────────────────────────────────────────────

    def _speak(self) -> None:
        try:
            while some := self._next():
                self._speak_somehow(some)
        except VoiceguideError as error:
            with self._changed:
                self._failure = error
                self._changed.notify_all()

    def _next(self) -> tuple[Words, ...]:
        """Wait for texts, and return the next batch; empty once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            return () if self._closed else tuple(islice(self._waiting, self._at_once))

    def _speak_somehow(self, words: tuple[Words, ...]) -> None:
        try:
            self._speak_some(words)
        except MachineError as error:
            self._change_voice(error)

    def _change_voice(self, error: MachineError) -> None:
        """Change to the next voice; raise the error again if there is none."""
        failed = self._voiced.name
        stand_in = self._next_voice(failed)
        if stand_in is None:
            raise error
        self._stand_ins.append(stand_in)
        self._voiced = stand_in
        self.note = f"the voice {failed} failed ({error.message}): {stand_in.name} speaks instead"

    def _speak_some(self, words: tuple[Words, ...]) -> None:
        begun = time.monotonic()
        with self._turn:
            self._voiced.prepare(words)
            lengths: dict[Source, int] = {one: self._voiced(one) for one in words}
        # a large batch is quick; but with a slow voice, its first text has to come soon
        soon = time.monotonic() - begun < _SOON
        self._at_once = min(2 * self._at_once, AT_A_TIME) if soon else max(1, self._at_once // 2)
        with self._changed:
            self._spoken_by.update(dict.fromkeys(lengths, self._voiced))
            self._known.update(lengths)
            for one in words:
                self._waiting.remove(one)
            self._changed.notify_all()
