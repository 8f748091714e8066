"""Speech engines: a small protocol, and a registry that any package can add an engine to.

An engine is a class that takes no arguments and implements `Engine`. Its entry point registers it:

    [project.entry-points."voiceguide.engines"]
    robot = "my_package:RobotEngine"

The built-in engines are registered in the same way. A complete engine:

    class RobotEngine:
        name = "robot"
        version = "1"

        def voices(self):
            return [Voice("tin", "en")]

        def speak(self, text, voice, words_a_minute):
            return Utterance(my_synthesis(text, speed=words_a_minute / 150), 22_050)

        def close(self):
            pass
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from importlib import import_module
from inspect import getattr_static
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from msgspec import Struct

from voiceguide.errors import MachineError, UsageError, VoiceguideError, did_you_mean, nearest

if TYPE_CHECKING:  # numpy takes longer to import than all the rest
    from importlib.metadata import EntryPoint

    from voiceguide.audio.clip import Samples

GROUP = "voiceguide.engines"
"""The entry point group in which engines are registered."""

DEFAULT = "espeak"
"""The engine of a routine that names none."""

RECORDED = "recorded"
"""The name of the engine that plays recorded lines."""


class MissingLineError(MachineError):
    """A line is not recorded, or not at the requested pace."""


class Voice(Struct, frozen=True):
    """A voice of an engine, and a language that it speaks."""

    name: str
    """Its name in a routine: `voice: ENGINE:NAME`."""
    language: str
    """A language tag in lower case such as `en`, `en-gb`, `zh-cmn`."""


class Utterance(Struct, frozen=True, eq=False):
    """A spoken text, as returned by the engine."""

    samples: Samples
    """Mono, shape (n,), float32, full scale is ±1.0; empty if there is nothing to say."""
    rate: int
    """Hz."""
    words: tuple[tuple[int, int], ...] | None = None
    """The first sample of each word and the sample after its last, in order, a pair for each spoken
    piece of the text between blanks; None if the engine does not know."""


def checked(utterance: Utterance) -> Utterance:
    """Return the utterance; raise a TypeError or ValueError if `speak` must not return it."""
    import numpy as np

    if not isinstance(utterance, Utterance):
        raise TypeError(f"it gave {type(utterance).__name__} in place of an utterance")
    samples = np.asarray(utterance.samples)
    if samples.ndim != 1 or samples.dtype != np.float32:
        raise ValueError("it gave no mono samples of 32 bit floating point")
    if not np.isfinite(samples).all():
        raise ValueError("it gave samples that are not numbers")
    if utterance.rate < 1:
        raise ValueError(f"it gave a sample rate of {utterance.rate} Hz")
    return Utterance(samples, utterance.rate, utterance.words)


class Engine(Protocol):
    """The methods that an engine must have, and the optional attributes.

    `speak` is called by one thread at a time, unless the engine has an attribute `at_once`: the
    number of threads that it supports and gains from.

    An engine that accepts phonemes has an attribute `notation`, see `notation_of`, and may have the
    methods of `Phonetic`. An engine without it only gets plain words.

    An engine that may be chosen if nobody names a voice has an attribute `kind`, see `kind_of`.

    An engine whose voices need no measuring has a method `measured`, see `measured_by`. An engine
    that speaks short calls well on their own has a true attribute `calls_alone`, or a method of
    that name that takes a voice; other neural engines get calls between two sentences.

    An engine that has recordings of texts has a true attribute `written`: it gets texts as they
    are written, not as they are read out.

    An engine whose voices can only say some texts has a method `lacks`, see `lacks`; an engine that
    knows who its speakers are has a method `credit`, see `credit_of`.

    An engine that can stress words has a true attribute `stresses`: it gets `*` before and after
    them. Other engines never get a `*`.
    """

    @property
    def name(self) -> str:
        """The name of its entry point."""

    @property
    def version(self) -> str:
        """Changes with everything that changes its sound; it is part of the cache key of clips."""

    def voices(self) -> Sequence[Voice]:
        """Return all voices, the best of each language first; a voice of two languages comes twice.

        Raises:
            MachineError: the voices cannot be listed.
        """

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        """Speak `text`, plain words of any length; equal arguments always give equal samples.

        The pace is the engine's own count and need not be exact: the sound is measured, and
        another pace is requested. A request for a pace that is higher by some factor must give
        speech that is faster by about that factor.

        `[[…]]` in the text are phonemes in the engine's `notation`, if it has one. A `+` in the
        voice's name is followed by a variant, if the engine has variants.

        Raises:
            UsageError: there is no such voice.
            MachineError: the engine failed.
        """

    def close(self) -> None:
        """Release processes and memory; may be called twice."""


@runtime_checkable
class Phonetic(Protocol):
    """Optional methods of an engine with a `notation`."""

    def unknown_phoneme(self, phonemes: str, voice: str) -> str | None:
        """Return the first part of `phonemes` (without brackets) that the voice cannot say.

        None if it can say everything.

        Raises:
            UsageError: there is no such voice.
            MachineError: the engine failed.
        """

    def transcribe(self, text: str, voice: str) -> str:
        """Return the phonemes, in the engine's notation, that its own rules give for plain words.

        Raises:
            UsageError: there is no such voice.
            MachineError: the engine failed.
        """


@runtime_checkable
class ReadsIpa(Protocol):
    """An engine whose notation is not IPA, but that can convert IPA to its notation."""

    def from_ipa(self, ipa: str, voice: str) -> str | None:
        """Return the phonemes, in the engine's notation, of sounds in IPA (the International
        Phonetic Alphabet); None if the voice has no phoneme for one of them.

        Raises:
            UsageError: there is no such voice.
            MachineError: the engine failed.
        """


def notation_of(engine: Engine) -> str | None:
    """Return the notation of an engine's `[[…]]`; None if it only accepts plain words.

    `ipa` is the International Phonetic Alphabet, `espeak` are espeak-ng's mnemonics; any other name
    is the engine's own notation, which only a routine's `say:` can use.
    """
    notation: str | None = getattr(engine, "notation", None)
    return notation


def sample_by(engine: Engine, voice: str) -> tuple[str, int] | None:
    """Return a text and its words a minute to try a voice with, if it cannot say every text."""
    known: tuple[str, int] | None = getattr(engine, "sample", lambda _voice: None)(voice)
    return known


def measured_by(engine: Engine, voice: str) -> tuple[float, float] | None:
    """Return what an engine knows about a voice in advance; None if the voice must be measured.

    That is the loudness of the calibration text in LUFS, and the words a minute to request divided
    by the words a minute that are then heard.
    """
    known: tuple[float, float] | None = getattr(engine, "measured", lambda _voice: None)(voice)
    return known


def says_calls_alone(engine: Engine, voice: str) -> bool:
    """Whether a voice of an engine speaks short calls well on their own."""
    alone: object = getattr(engine, "calls_alone", False)
    return bool(alone(voice) if callable(alone) else alone)


def lacks(engine: Engine, text: str, voice: str, words_a_minute: int) -> bool:
    """Whether a voice cannot say a text because nobody has recorded it."""
    lacking: bool = getattr(engine, "lacks", lambda *_text: False)(text, voice, words_a_minute)
    return lacking


def credit_of(engine: Engine, voice: str) -> str:
    """Return the speaker and the permission, for the tags of a file; empty if there is none."""
    credit: str = getattr(engine, "credit", lambda _voice: "")(voice)
    return credit


NEURAL, SYSTEM, EMBEDDED = "neural", "system", "embedded"
"""The values of an engine's `kind`, in order of preference; the system's voices are only preferred
on macOS and Windows, because elsewhere they are no better than the embedded one."""


def kind_of(engine: object) -> str | None:
    """Return the `kind` of an engine or its class; None if it must be chosen by name."""
    kind = getattr(engine, "kind", None)
    return kind if kind in (NEURAL, SYSTEM, EMBEDDED) else None


class Choice(Struct, frozen=True):
    """A parsed `ENGINE` or `ENGINE:VOICE`."""

    engine: str = DEFAULT
    voice: str | None = None


def read_choice(text: str | None) -> Choice:
    """Parse `ENGINE` or `ENGINE:VOICE`; None or an empty text gives the default engine.

    Raise a UsageError if a part is missing.
    """
    if not text or not text.strip():
        return Choice()
    engine, colon, voice = (part.strip() for part in text.partition(":"))
    if not engine or (colon and not voice):
        raise UsageError(f"`{text}` names no voice", "write `ENGINE` or `ENGINE:VOICE`")
    return Choice(engine.lower(), voice or None)


def voices_in(text: str) -> tuple[str, ...]:
    """Split a setting into voices: one, or recordings followed by voices for the missing lines.

    `recorded:my-voice, natural` are two; only the recorded engine has such stand-ins.
    """
    if not text.lower().startswith(f"{RECORDED}:"):
        return (text,)
    return tuple(filter(None, (part.strip() for part in text.split(",")))) or (text,)


def names() -> tuple[str, ...]:
    """Return the installed engines in alphabetical order, whether or not they work here."""
    return tuple(sorted(_installed()))


def kinds() -> Mapping[str, str]:
    """Return the `kind` of each installed engine that has one and can be loaded."""
    found: dict[str, str] = {}
    for name, point in _installed().items():
        try:
            kind = kind_of(point.load())
        except Exception:  # third-party code may fail in any way; naming the engine reports why
            continue
        if kind:
            found[name] = kind
    return found


def make(name: str) -> Engine:
    """Create the engine of that name; the caller closes it.

    Raises:
        UsageError: no such engine is installed.
        MachineError: it is installed, but cannot be used here.
    """
    load = _loader(name)
    with engine_failures(name, "cannot be used"):
        engine: Engine = load()()
        for needed in ("name", "version", "voices", "speak", "close"):
            if getattr_static(engine, needed, None) is None:
                raise TypeError(f"it has no `{needed}`")
    return engine


def installed_voices() -> Iterator[tuple[str, Voice]]:
    """Yield the voices that can speak here, each with its engine; skip engines that fail."""
    for name in kinds():
        with suppress(VoiceguideError), closing(make(name)) as engine:
            yield from ((name, voice) for voice in voices_of(engine))


@contextmanager
def engine_failures(engine: str, did: str = "failed") -> Iterator[None]:
    """Turn exceptions of third-party code in a `with` block into a MachineError of the engine."""
    try:
        yield
    except VoiceguideError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise MachineError(
            f"the speech engine `{engine}` {did}: {type(error).__name__}: {reason}",
            "run `voiceguide doctor`, or choose another engine with `--voice`",
        ) from error


def version_of(engine: Engine) -> str:
    """Return the engine's version, which changes with everything that changes its sound.

    Raise a MachineError if the engine fails to tell it.
    """
    with engine_failures(engine.name, "does not tell its version"):
        return str(engine.version)


def voices_of(engine: Engine) -> Sequence[Voice]:
    """Return the engine's voices, the best of each language first.

    Raise a MachineError if they cannot be listed.
    """
    with engine_failures(engine.name, "does not tell its voices"):
        return [Voice(str(voice.name), str(voice.language)) for voice in engine.voices()]


def check_voice(text: str) -> None:
    """Check that a voice, as a setting names it, exists.

    Raises:
        UsageError: there is no such engine or voice.
        MachineError: the engine cannot be used here.
    """
    for voice in voices_in(text):
        choice = read_choice(voice)
        with closing(make(choice.engine)) as engine:
            if choice.voice is not None:
                find_voice(engine, choice.voice, "en")


def find_voice(engine: Engine, wanted: str | None, language: str) -> Voice:
    """Return the voice called `wanted`, or the engine's best voice for `language`.

    A language is matched first by its whole tag (`en-gb`), then by its first part (`en`). Raise a
    UsageError if there is no such voice.
    """
    if wanted is None:
        return _voice_for(engine, language)
    base, plus, variant = wanted.partition("+")
    voices = voices_of(engine)
    for voice in voices:
        if voice.name.lower() == base.lower():
            return Voice(f"{voice.name}{plus}{variant}", voice.language)
    raise missing_voice(engine.name, wanted, {voice.name for voice in voices})


def missing_voice(engine: str, wanted: str, known: Iterable[str]) -> UsageError:
    """Return the error for an unknown voice; it names the nearest voice, and how to install the
    voice if that is possible."""
    from voiceguide.voices.catalogue import find_known, way_to

    base = wanted.partition("+")[0]
    near = "" if find_known(base, engine) else _suggestion(base, known)
    ways = "; ".join(filter(None, (near, way_to(base, engine))))
    return UsageError(
        f"the speech engine `{engine}` has no voice `{wanted}`", ways or _voices_listed(engine)
    )


def _loader(name: str) -> Callable[[], Any]:
    if name == DEFAULT:  # by far the most used engine: searching the entry points takes time
        return lambda: import_module(f"{__name__}.{name}").EspeakEngine
    installed = _installed()
    if name not in installed:
        raise UsageError(f"there is no speech engine `{name}`", did_you_mean(name, installed))
    return installed[name].load


def _installed() -> Mapping[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP)}


def _voice_for(engine: Engine, language: str) -> Voice:
    asked = language.lower().replace("_", "-")
    base = asked.partition("-")[0]
    voices = voices_of(engine)
    for tag in (asked, base):
        exact = [voice for voice in voices if voice.language == tag]
        narrower = [voice for voice in voices if voice.language.startswith(f"{tag}-")]
        if exact or narrower:
            return (exact or narrower)[0]
    spoken = sorted({voice.language for voice in voices if voice.language})
    raise UsageError(
        f"the speech engine `{engine.name}` has no voice for the language `{language}`",
        _suggestion(base, spoken) or _languages_listed(engine.name, spoken, base),
    )


def _suggestion(word: str, known: Iterable[str]) -> str:
    """Suggest only the nearest name: an engine may have a hundred voices, too many to list."""
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else ""


_FEW = 8
"""Most languages that a message lists."""


def _languages_listed(engine: str, spoken: Sequence[str], wanted: str) -> str:
    if not 0 < len(spoken) <= _FEW:
        return _voices_listed(engine)
    named = ", ".join(f"`{tag}`" for tag in spoken)
    return f"it speaks {named}; `voiceguide voices --language {wanted}` lists who else speaks"


def _voices_listed(engine: str) -> str:
    return f"`voiceguide voices --engine {engine}` lists them"
