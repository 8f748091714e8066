"""Which engines speak here, and whose voice is taken where none is named."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from importlib.metadata import entry_points

from voiceguide import engines
from voiceguide.cli.examining.trying import Fault, fault_of, in_time
from voiceguide.engines.choosing import Refused, best_voice
from voiceguide.errors import VoiceguideError
from voiceguide.settings import PACES
from voiceguide.settings.configuration import read_configuration
from voiceguide.store import Store

PATIENCE = 20.0
"""Seconds that an engine has for one word: a neural one reads its model first."""

WORD = "Hello"


@dataclass(frozen=True, slots=True)
class EngineReport:
    """A speech engine that is installed, after it was asked to say one word."""

    name: str
    version: str | None = None
    voices: tuple[engines.Voice, ...] = ()
    voice: str | None = None
    """The one that spoke: the best one for English, or else the first."""
    seconds: float | None = None
    """From the start of the engine to the word."""
    audible: bool = False
    """Whether there was any sound: `silent` works, and makes none."""
    absent: bool = False
    """Whether the engine says itself that something of it was never brought here."""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class ChoiceReport:
    """The voice that speaks where a routine names none."""

    voice: str | None = None
    """`ENGINE:VOICE`."""
    reason: str = ""
    refused: tuple[Refused, ...] = ()
    """Better ones, that were tried in vain."""
    fault: Fault | None = None


# ── engines ──────────────────────────────────────────────────────────────────


def try_engine(name: str, patience: float = PATIENCE) -> EngineReport:
    """Let an engine say one word, for at most `patience` seconds."""
    began = time.perf_counter()
    try:
        report = in_time(lambda: _say_a_word(name, began), patience)
    except Exception as error:  # a stranger's code may fail in any way
        return EngineReport(name, fault=_engine_fault(name, error))
    return report


def _engine_fault(name: str, error: Exception) -> Fault:
    """What went wrong, with a way out that does not lead back to where we are."""
    fault = fault_of(error)
    if fault.help and "voiceguide doctor" not in fault.help:
        return fault
    packages = {p.name: p.dist for p in entry_points(group=engines.GROUP)}
    package = packages.get(name)
    bring = f"run `pip install --force-reinstall {package.name}`" if package else None
    return replace(fault, help=bring)


def _say_a_word(name: str, began: float) -> EngineReport:
    try:
        engine = engines.make(name)
    except VoiceguideError as error:
        if error.__cause__ is not None:
            raise
        return EngineReport(name, absent=True, fault=_engine_fault(name, error))
    try:
        voices = tuple(engine.voices())
        if not voices:
            fault = Fault("it has no voice here", "`voiceguide voices` lists those to install")
            return EngineReport(name, engine.version, absent=True, fault=fault)
        voice = _english(engine) or voices[0]
        said = engine.speak(WORD, voice.name, PACES["calm"])
        seconds = time.perf_counter() - began
        audible = bool(said.samples.any())
        return EngineReport(name, engine.version, voices, voice.name, seconds, audible)
    finally:
        engine.close()


def _english(engine: engines.Engine) -> engines.Voice | None:
    try:
        return engines.find_voice(engine, None, "en")
    except VoiceguideError:
        return None


# ── the choice ───────────────────────────────────────────────────────────────


_WHY = {
    engines.NEURAL: "neural, and it speaks here",
    engines.SYSTEM: "the system's own, and no neural one is installed",
    engines.EMBEDDED: "the embedded one, for no better one is installed",
}
"""Why a voice of each kind is taken."""

_WHY_LEFT = "no better one works here"


def try_choice(store: Store, patience: float = 4 * PATIENCE) -> ChoiceReport:
    """Find out anew which voice is taken; what is found out is kept for the next export."""
    try:
        settings = read_configuration().checked().settings
        language = str(settings.get("language", "en"))
        voice = settings.get("voice")
        if voice is not None:
            return in_time(lambda: _named(str(voice), language), patience)
        return in_time(lambda: _choose(language, store), patience)
    except Exception as error:  # a stranger's code may fail in any way
        return ChoiceReport(fault=fault_of(error))


def _named(voice: str, language: str) -> ChoiceReport:
    choice = engines.read_choice(voice)
    engine = engines.make(choice.engine)
    try:
        found = engines.find_voice(engine, choice.voice, language)
    finally:
        engine.close()
    return ChoiceReport(f"{engine.name}:{found.name}", "your configuration names it")


def _choose(language: str, store: Store) -> ChoiceReport:
    best = best_voice(language, store, again=True)
    kind = engines.kind_of(best.engine)
    best.engine.close()
    reason = _WHY_LEFT if best.refused else _WHY.get(kind or "", "")
    return ChoiceReport(f"{best.engine.name}:{best.voice.name}", reason, best.refused)
