"""The speech engines: one small protocol, and a list that anybody's package can join.

An engine is a class that takes no arguments and follows `Engine`. It is found by its entry point:

    [project.entry-points."voiceguide.engines"]
    robot = "my_package:RobotEngine"

The built-in ones are registered in the same way. A whole engine:

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

    from voiceguide.audio import Samples

GROUP = "voiceguide.engines"
"""The entry point group in which engines are registered."""

DEFAULT = "espeak"
"""The engine where a routine names none."""


RECORDED = "recorded"
"""The engine of lines that were spoken beforehand."""


class MissingLineError(MachineError):
    """A line is not among those that are recorded, or not at such a pace."""


class Voice(Struct, frozen=True):
    """One voice of an engine, and a language that it speaks."""

    name: str
    """What a routine calls it: `voice: ENGINE:NAME`."""
    language: str
    """A tag in lower case such as `en`, `en-gb`, `zh-cmn`."""


class Utterance(Struct, frozen=True, eq=False):
    """A spoken text, as the engine made it."""

    samples: Samples
    """Mono, shape (n,), float32, full scale is ±1.0; empty where there was nothing to say."""
    rate: int
    """Hz."""
    words: tuple[tuple[int, int], ...] | None = None
    """The samples from and to which each word sounds, in order, one for each piece of the text
    between blanks that is said; None where the engine does not know."""


def checked(utterance: Utterance) -> Utterance:
    """Return the utterance if it is what `Engine.speak` must give.

    Raises:
        TypeError, ValueError: it is not.
    """
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
    """What an engine must have.

    `speak` is called by one thread at a time, unless the engine has an attribute `at_once`: the
    number of threads it gains from and can stand.

    An engine that takes phonemes has an attribute `notation`, see `notation_of`, and may have the
    methods of `Phonetic`. One without it is given plain words alone.

    One that may be chosen where nobody names a voice has an attribute `kind`, see `kind_of`.

    One whose voices need no measuring has a method `measured`, see `measured_by`. One that says
    short calls well by themselves has an attribute `calls_alone` that is true, or a method that
    tells so of a voice; other neural ones are given them between two sentences.

    One that has recordings of texts has an attribute `written` that is true: it is given texts as
    they are written, and not as they are read.

    One whose voices say some texts alone has a method `lacks`, see `lacks`; one that knows whose
    voice it is a method `credit`, see `credit_of`.

    One that can stress words has an attribute `stresses` that is true: it is given `*` before and
    after them. Others never see one.
    """

    @property
    def name(self) -> str:
        """The name of its entry point."""

    @property
    def version(self) -> str:
        """Names everything that changes its sound: spoken texts are kept under it."""

    def voices(self) -> Sequence[Voice]:
        """Every voice; of each language the best one first. A voice of two languages comes twice.

        Raises:
            MachineError: they cannot be found out.
        """

    def speak(self, text: str, voice: str, words_a_minute: int) -> Utterance:
        """Say `text`, plain words of any length; the same arguments always give the same samples.

        The pace is as the engine counts it, and need not be true: what is heard is measured, and
        another one asked for. It has to be about so much quicker where so much more is asked for.

        `[[…]]` in it are phonemes in the engine's `notation`, if it has one. What stands after a
        `+` in the voice's name is a variant, if the engine has any.

        Raises:
            UsageError: there is no such voice.
            MachineError: the engine failed.
        """

    def close(self) -> None:
        """Let go of processes and memory; harmless when done twice."""


@runtime_checkable
class Phonetic(Protocol):
    """What an engine with a `notation` may tell of its phonemes."""

    def unknown_phoneme(self, phonemes: str, voice: str) -> str | None:
        """What first stands in them (no brackets around) that the voice cannot say; None if all is
        well.

        Raises:
            UsageError: there is no such voice.
            MachineError: the engine failed.
        """

    def transcribe(self, text: str, voice: str) -> str:
        """The phonemes, in its notation, that its own rules make of plain words.

        Raises:
            UsageError: there is no such voice.
            MachineError: the engine failed.
        """


@runtime_checkable
class ReadsIpa(Protocol):
    """What an engine has whose notation is another, and that can turn IPA into it."""

    def from_ipa(self, ipa: str, voice: str) -> str | None:
        """The phonemes, in its notation, of sounds in the International Phonetic Alphabet; None
        where the voice has none for one of them.

        Raises:
            UsageError: there is no such voice.
            MachineError: the engine failed.
        """


def notation_of(engine: Engine) -> str | None:
    """What an engine's `[[…]]` are written in; None where it takes plain words alone.

    `ipa` is the International Phonetic Alphabet, `espeak` are espeak-ng's mnemonics; another name
    is the engine's own, which only a routine's `say:` can be written in.
    """
    notation: str | None = getattr(engine, "notation", None)
    return notation


def sample_by(engine: Engine, voice: str) -> tuple[str, int] | None:
    """What an engine that cannot say every text is tried with: a text, and its words a minute."""
    known: tuple[str, int] | None = getattr(engine, "sample", lambda _voice: None)(voice)
    return known


def measured_by(engine: Engine, voice: str) -> tuple[float, float] | None:
    """What an engine knows of a voice beforehand; None where it has to be measured.

    How loud it says the text on which voices are measured, in LUFS; and the words a minute to ask
    it for, divided by those that are then heard.
    """
    known: tuple[float, float] | None = getattr(engine, "measured", lambda _voice: None)(voice)
    return known


def says_calls_alone(engine: Engine, voice: str) -> bool:
    """Whether a voice of an engine says short calls well by themselves."""
    alone: object = getattr(engine, "calls_alone", False)
    return bool(alone(voice) if callable(alone) else alone)


def lacks(engine: Engine, text: str, voice: str, words_a_minute: int) -> bool:
    """Whether a voice cannot say a text because nobody has recorded it."""
    lacking: bool = getattr(engine, "lacks", lambda *_text: False)(text, voice, words_a_minute)
    return lacking


def credit_of(engine: Engine, voice: str) -> str:
    """Whose voice it is and by what permission, for the tags of a file; empty where nobody's."""
    credit: str = getattr(engine, "credit", lambda _voice: "")(voice)
    return credit


NEURAL, SYSTEM, EMBEDDED = "neural", "system", "embedded"
"""What an engine's `kind` may be, in the order in which they are chosen: the system's voices on
macOS and Windows alone, for elsewhere they are no better than the embedded one."""


def kind_of(engine: object) -> str | None:
    """The `kind` of an engine or of its class; None where it is for those who name it."""
    kind = getattr(engine, "kind", None)
    return kind if kind in (NEURAL, SYSTEM, EMBEDDED) else None


class Choice(Struct, frozen=True):
    """`ENGINE` or `ENGINE:VOICE`, read."""

    engine: str = DEFAULT
    voice: str | None = None


def read_choice(text: str | None) -> Choice:
    """Read `ENGINE` or `ENGINE:VOICE`; nothing at all means the default engine.

    Raises:
        UsageError: a part is missing.
    """
    if not text or not text.strip():
        return Choice()
    engine, colon, voice = (part.strip() for part in text.partition(":"))
    if not engine or (colon and not voice):
        raise UsageError(f"`{text}` names no voice", "write `ENGINE` or `ENGINE:VOICE`")
    return Choice(engine.lower(), voice or None)


def voices_in(text: str) -> tuple[str, ...]:
    """The voices that a setting names: one; and after recordings those that say what is missing.

    `recorded:my-voice, natural` are two; no other engine's voice has a stand-in.
    """
    if not text.lower().startswith(f"{RECORDED}:"):
        return (text,)
    return tuple(filter(None, (part.strip() for part in text.split(",")))) or (text,)


def names() -> tuple[str, ...]:
    """The engines installed, in alphabetical order, whether or not they work here."""
    return tuple(sorted(_installed()))


def kinds() -> Mapping[str, str]:
    """The `kind`s of the installed engines that have one; one that cannot be loaded has none."""
    found: dict[str, str] = {}
    for name, point in _installed().items():
        try:
            kind = kind_of(point.load())
        except Exception:  # a stranger's code may fail in any way; who names it is told how
            continue
        if kind:
            found[name] = kind
    return found


def make(name: str) -> Engine:
    """The engine of that name; the caller closes it.

    Raises:
        UsageError: no such engine is installed.
        MachineError: it is, but cannot be used here.
    """
    load = _loader(name)
    with engine_failures(name, "cannot be used"):
        engine: Engine = load()()
        for needed in ("name", "version", "voices", "speak", "close"):
            if getattr_static(engine, needed, None) is None:
                raise TypeError(f"it has no `{needed}`")
    return engine


def installed_voices() -> Iterator[tuple[str, Voice]]:
    """The voices that can speak here, each with its engine; an engine that fails has none."""
    for name in kinds():
        with suppress(VoiceguideError), closing(make(name)) as engine:
            yield from ((name, voice) for voice in voices_of(engine))


@contextmanager
def engine_failures(engine: str, did: str = "failed") -> Iterator[None]:
    """Give whatever a stranger's code raises in the block to the engine of that name.

    Raises:
        MachineError: it raised what is none of voiceguide's own errors.
    """
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
    """What names everything that changes its sound.

    Raises:
        MachineError: it cannot say.
    """
    with engine_failures(engine.name, "does not tell its version"):
        return str(engine.version)


def voices_of(engine: Engine) -> Sequence[Voice]:
    """Its voices, the best of each language first.

    Raises:
        MachineError: they cannot be found out.
    """
    with engine_failures(engine.name, "does not tell its voices"):
        return [Voice(str(voice.name), str(voice.language)) for voice in engine.voices()]


def check_voice(text: str) -> None:
    """See to it that a voice, as a setting names it, is there.

    Raises:
        UsageError: there is no such engine or voice.
        MachineError: the engine cannot be used here.
    """
    for voice in voices_in(text):
        choice = read_choice(voice)
        engine = make(choice.engine)
        try:
            if choice.voice is not None:
                find_voice(engine, choice.voice, "en")
        finally:
            engine.close()


def find_voice(engine: Engine, wanted: str | None, language: str) -> Voice:
    """The voice called `wanted`, or the engine's best one for `language`.

    A language is matched as a whole tag first (`en-gb`), then by its first part (`en`).

    Raises:
        UsageError: there is none.
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
    """What is said of a voice that is not among those known: the nearest one, and whether the voice
    could be installed."""
    from voiceguide.voices.catalogue import find_known, way_to

    base = wanted.partition("+")[0]
    near = "" if find_known(base, engine) else _suggestion(base, known)
    ways = "; ".join(filter(None, (near, way_to(base, engine))))
    return UsageError(
        f"the speech engine `{engine}` has no voice `{wanted}`", ways or _voices_listed(engine)
    )


def _loader(name: str) -> Callable[[], Any]:
    if name == DEFAULT:  # what nearly everybody hears need not be searched for
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
    """The nearest one alone; an engine may have a hundred voices, so they are not all listed."""
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else ""


_FEW = 8
"""Languages that can be named in a sentence."""


def _languages_listed(engine: str, spoken: Sequence[str], wanted: str) -> str:
    if not 0 < len(spoken) <= _FEW:
        return _voices_listed(engine)
    named = ", ".join(f"`{tag}`" for tag in spoken)
    return f"it speaks {named}; `voiceguide voices --language {wanted}` lists who else speaks"


def _voices_listed(engine: str) -> str:
    return f"`voiceguide voices --engine {engine}` lists them"
