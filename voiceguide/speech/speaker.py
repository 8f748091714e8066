"""`Speaker`: a voice at a pace, which turns texts into clips and knows their lengths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from voiceguide import __version__
from voiceguide.engines import (
    NEURAL,
    Engine,
    Phonetic,
    Utterance,
    Voice,
    credit_of,
    find_voice,
    kind_of,
    lacks,
    make,
    notation_of,
    read_choice,
    says_calls_alone,
    voices_in,
    voices_of,
)
from voiceguide.engines.choosing import best_voice, told
from voiceguide.languages import files_of
from voiceguide.patterns import late
from voiceguide.settings import LOUDNESS
from voiceguide.speech.lexicon import (
    Lexicon,
    Origin,
    Pronunciation,
    phoneme_support,
    read_pronunciation,
)
from voiceguide.speech.pace import MeasuredVoice
from voiceguide.speech.reading import in_words, spoken_form, stressed_form
from voiceguide.speech.reading.patterns import cleaned, tidied, unstressed
from voiceguide.store import Store, state_of

if TYPE_CHECKING:
    from voiceguide.audio import ClipFacts
    from voiceguide.audio.clip import Clip

# ── how a voice speaks a text, word by word, and where each pronunciation comes from


_PHONEMES = late(r"\[\[(.*?)\]\]", re.S)
_AROUND = "\"'.,;:!?()…"


class ExplainedWord(Struct, frozen=True):
    """A word, and how it is spoken."""

    word: str
    """The word as written; numbers and abbreviations are in words."""
    said: str
    """The text that the engine gets."""
    phonemes: str | None
    """The phonemes in the engine's notation; None if the engine does not report them."""
    origin: Origin
    source: str = ""
    """The name of the lexicon's file if the pronunciation comes from one."""


class Explanation(Struct, frozen=True):
    """A text, and how it is spoken."""

    spoken: str
    """The text that the engine gets."""
    notation: str | None
    """The notation of the engine's phonemes; None if it takes only plain words."""
    words: tuple[ExplainedWord, ...]


# ── `Speaker`: turns texts into clips ────────────────────────────────────────


_READERS = (Path(__file__).parent, Path(__file__).parent / "reading")
"""The folders of the code that turns a text into its spoken form."""

_FEW = 3
"""Up to this number of texts, a second child process does not pay."""

_OPEN = 8
"""Number of clips that stay open, so that a clip read piece by piece is opened only once."""


class Speaker(AbstractContextManager["Speaker"]):
    """Turns texts into clips: 48 kHz, trimmed, levelled, each spoken once and kept in the store.

    `loudness` is the target loudness of the voice, in LUFS. `measured` is the same voice, measured
    at another pace; without it, the voice is measured at this one.

    The caller makes the engine; `close` closes it.
    """

    def __init__(
        self,
        engine: Engine,
        voice: str,
        language: str = "en",
        words_a_minute: int = 130,
        say: Mapping[str, str | Pronunciation] | None = None,
        store: Store | None = None,
        loudness: float = LOUDNESS,
        *,
        measured: MeasuredVoice | None = None,
    ) -> None:
        self._engine = engine
        self._voice = voice
        self._language = language.lower().replace("_", "-").partition("-")[0]
        self._pace = words_a_minute
        self._store = store
        self._loudness = float(loudness)
        self._say = say
        self._tag = language
        self._support = phoneme_support(engine, voice)
        self._known: dict[str, ClipFacts] = {}
        """The facts of clips, by their texts as written."""
        self._held: dict[str, bytes] = {}
        """The clips that are not in a store, by their spoken forms."""
        self._measured = measured or MeasuredVoice(
            engine, voice, self._language, words_a_minute, self._loudness, store
        )
        self._open = lru_cache(maxsize=_OPEN)(self._opened)
        self._form = lru_cache(maxsize=None)(self._spoken_form)

    @cached_property
    def identity(self) -> str:
        """A key for everything that the sound of a clip depends on, except its text."""
        return f"{self._measured.identity} {self._pace}"

    @cached_property
    def _reader(self) -> str:
        """A key for everything that a spoken form and its sound depend on, except the text."""
        said = sorted((word, str(how)) for word, how in (self._say or {}).items())
        rules = state_of(*_READERS, files_of(self._language))
        return f"{self.identity} {__version__} {self._tag} {rules} {said}"

    @cached_property
    def _lexicon(self) -> Lexicon:
        return Lexicon(self._tag, self._say, self._support)

    @property
    def voice(self) -> str:
        """The name of the voice in a routine: `ENGINE:VOICE`."""
        return f"{self._engine.name}:{self._voice}"

    @property
    def languages(self) -> frozenset[str]:
        """The languages that the voice was made for, without their regions."""
        name = self._voice.partition("+")[0].lower()
        tags = (one.language for one in voices_of(self._engine) if one.name.lower() == name)
        return frozenset(tag.lower().partition("-")[0] for tag in tags)

    def at_pace(self, words_a_minute: int) -> Speaker:
        """A speaker with the same voice at another pace; the measurement at this pace is reused.

        Both share the engine: closing either closes it.
        """
        settings = (self._language, words_a_minute, self._say, self._store, self._loudness)
        return Speaker(self._engine, self._voice, *settings, measured=self._measured)

    def another(
        self, words_a_minute: int, say: Mapping[str, str | Pronunciation], loudness: float
    ) -> Speaker:
        """A speaker with the same voice and engine, but its own pace, pronunciations, loudness."""
        settings = (self._language, words_a_minute, say, self._store, loudness)
        return Speaker(self._engine, self._voice, *settings)

    def key(self, text: str) -> str:
        """The key of a text's clip: equal keys mean equal samples."""
        return f"{self.identity} {self._form(text)}"

    def clip(self, text: str) -> Clip:
        """The clip of a text.

        Raises:
            MachineError: the engine failed.
            UsageError: the engine does not have the voice, or cannot speak at this pace.
        """
        return self._open(self._form(text))

    def facts(self, text: str) -> ClipFacts:
        """The facts of a text's clip, without opening it; raises what `clip` raises."""
        kept = self._kept_facts(text)
        return self._made_facts(text) if kept is None else kept

    def prepare(
        self, texts: Iterable[str], progress: Callable[[float], None] | None = None
    ) -> None:
        """Make the clips of all texts, each distinct one once; raises what `clip` raises.

        `progress` is called with the share that is done.
        """
        wanted = tuple(dict.fromkeys(texts))
        missing = [text for text in wanted if self._kept_facts(text) is None]
        of_each_form = {self._form(text): text for text in missing}
        kept = len(wanted) - len(missing)
        for done, _ in enumerate(self._all_made(list(of_each_form.values())), kept + 1):
            if progress:
                progress(done / (kept + len(of_each_form)))

    def length_of(self, text: str) -> int:
        """Samples from the start of a text's sound to its end; raises what `clip` raises."""
        return self.facts(text).sounding

    def lacks(self, text: str) -> bool:
        """Whether the voice can only play recordings and has none of this text."""
        form = self._form(text)
        return bool(form) and lacks(self._engine, form, self._voice, self._pace)

    @property
    def credit(self) -> str:
        """Whose voice it is and by what permission; empty if it is not a person's recording."""
        return credit_of(self._engine, self._voice)

    def explain(self, text: str) -> Explanation:
        """Explain how a text is spoken, word by word; raises what `clip` raises."""
        words = tuple(self._explained(text))
        return Explanation(self._form(text), notation_of(self._engine), words)

    def _explained(self, text: str) -> Iterator[ExplainedWord]:
        for part in self._lexicon.parts(unstressed(cleaned(text))):
            said, how = part.said, part.pronunciation
            if said is not None and how is not None:
                phonemes = _PHONEMES.sub(r"\1", said) if "[[" in said else self._transcribed(said)
                yield ExplainedWord(part.written, said, phonemes, how.origin, how.source)
            else:
                words = tidied(in_words(part.written, self._language)).split()
                for plain in filter(None, (word.strip(_AROUND) for word in words)):
                    yield ExplainedWord(plain, plain, self._transcribed(plain), Origin.RULES)

    def _transcribed(self, plain: str) -> str | None:
        """The phonemes of plain words by the engine's rules; None if it does not report them."""
        engine = self._engine
        return engine.transcribe(plain, self._voice) if isinstance(engine, Phonetic) else None

    def faults(self, say: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield the words whose phonemes the voice cannot say, each with its unknown phonemes.

        Raises:
            MachineError: the engine failed.
        """
        for word, written in say.items():
            fault = self._support.fault(read_pronunciation(written))
            if fault is not None:
                yield word, fault

    def close(self) -> None:
        """Close the engine."""
        self._engine.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _spoken_form(self, text: str) -> str:
        if getattr(self._engine, "written", False):
            return self._plain_form(text) and " ".join(text.replace("*", "").split())
        if "*" in text and getattr(self._engine, "stresses", False):
            return stressed_form(text, self._plain_form)
        return self._plain_form(text)

    def _plain_form(self, text: str) -> str:
        return spoken_form(text, self._language, self._lexicon)

    def _all_made(self, texts: list[str]) -> Iterator[ClipFacts]:
        """Make the clips of these texts and yield their facts, in `at_once` threads if many."""
        threads = getattr(self._engine, "at_once", 1) if len(texts) > _FEW else 1
        if threads == 1:
            yield from map(self._made_facts, texts)
            return
        from concurrent.futures import ThreadPoolExecutor

        self._measured.calibration()  # before the pool: all threads but one would wait for it
        pool = ThreadPoolExecutor(threads)
        try:
            yield from pool.map(self._made_facts, texts)
        except BaseException:  # Ctrl-C must neither wait for threads nor start further texts
            pool.shutdown(wait=False, cancel_futures=True)
            self._engine.close()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _kept_facts(self, text: str) -> ClipFacts | None:
        """The facts of a text's clip from memory or the store, without making its spoken form."""
        if text not in self._known and self._store:
            head = self._store.get(f"facts of {text} {self._reader}")
            if head is not None:
                self._remember(text, head)
        return self._known.get(text)

    def _made_facts(self, text: str) -> ClipFacts:
        from voiceguide.audio import FACTS_SIZE

        head = self._kept_clip(self._form(text))[:FACTS_SIZE]
        if self._store:
            self._store.put(f"facts of {text} {self._reader}", head)
        return self._remember(text, head)

    def _remember(self, text: str, head: bytes) -> ClipFacts:
        from voiceguide.audio import ClipFacts

        self._known[text] = ClipFacts.unpacked(head)
        return self._known[text]

    def _opened(self, form: str) -> Clip:
        from voiceguide.speech.carrier import opened

        return opened(self._kept_clip(form))

    def _key(self, what: str, form: str) -> str:
        return f"{self.identity} {what} {form}"

    def _kept_clip(self, form: str) -> bytes:
        """A packed clip, its facts first (see `levels`), from the store or made now."""
        if form in self._held:
            return self._held[form]
        key = self._key("clip", form)
        clip = self._store.get(key) if self._store else None
        if clip is None:
            clip = self._made_clip(form)
            if not (self._store and self._store.put(key, clip)):
                self._held[form] = clip
        return clip

    def _made_clip(self, form: str) -> bytes:
        from voiceguide.speech.carrier import nothing, spoken_clip

        if not form:
            return nothing()
        calibration = self._measured.calibration()
        said = self._said(form, calibration.asked(self._pace))
        return spoken_clip(said, calibration.gain, self._loudness)

    def _said(self, form: str, pace: int) -> Utterance:
        """The engine's utterance of a spoken form, cut from a carrier if the voice needs one."""
        from voiceguide.speech.carrier import carried
        from voiceguide.speech.pace import EngineVoice

        ask = EngineVoice(self._engine, self._voice)
        if kind_of(self._engine) != NEURAL or says_calls_alone(self._engine, self._voice):
            return ask(form, pace)
        return carried(lambda text: ask(text, pace), form, self._language, self._pace)


def open_speaker(
    voice: str | None = None,
    language: str = "en",
    words_a_minute: int = 130,
    say: Mapping[str, str | Pronunciation] | None = None,
    store: Store | None = None,
    loudness: float = LOUDNESS,
) -> Speaker:
    """Open a speaker for `ENGINE` or `ENGINE:VOICE`, or for the best voice if `voice` is None.

    If `voice` lists several, the first is used. If a better voice cannot be used here, a warning
    with the reason is logged.

    `loudness` is the target loudness of the voice, in LUFS.

    Raises:
        UsageError: the engine or voice does not exist, or the engine has no voice for the language.
        MachineError: the engine cannot be used here.
    """
    if voice is None:
        best = best_voice(language, store)
        for sentence in told(best):
            _warn(sentence)
        engine, found = best.engine, best.voice
    else:
        engine, found = _named(voice, language)
    return Speaker(engine, found.name, language, words_a_minute, say, store, loudness)


def _named(voice: str, language: str) -> tuple[Engine, Voice]:
    choice = read_choice(voices_in(voice)[0])
    engine = make(choice.engine)
    try:
        return engine, find_voice(engine, choice.voice, language)
    except BaseException:
        engine.close()
        raise


@cache
def _warn(sentence: str) -> None:
    """Log a warning once per process, even if many sessions are made."""
    import logging

    logging.getLogger("voiceguide").warning("%s", sentence)
