"""What there is to choose from: voices that are here, and voices that could be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from voiceguide import engines, voices
from voiceguide.errors import UsageError, did_you_mean


@dataclass(frozen=True, slots=True)
class Offer:
    """A voice, or a model with several."""

    engine: str
    name: str
    language: str
    quality: str = ""
    size: int = 0
    """Bytes on the disk, or to be fetched; 0 where nobody fetches it."""
    licence: str = ""
    card: str = ""
    installed: bool = True
    within: tuple[str, ...] = ()
    """The voices in it, where they are named one by one."""
    speakers: int = 1

    def as_dict(self) -> dict[str, object]:
        """The voice as `voices --json` shows it."""
        return {
            "engine": self.engine,
            "name": self.name,
            "language": self.language or None,
            "quality": self.quality or None,
            "bytes": self.size or None,
            "licence": self.licence or None,
            "card": self.card or None,
            "installed": self.installed,
            "speakers": self.speakers,
            "voices": list(self.within),
        }


def offers(engine: str | None, language: str | None, *, here_only: bool) -> list[Offer]:
    """The voices of an engine that speak a language, those that are here first.

    Without an engine, those that are fetched one by one; the other engines bring theirs along.

    Raises:
        UsageError: there is no such engine, or none of its voices speaks that language.
        MachineError: the engine cannot be used here.
    """
    if engine is not None and engine not in engines.names():
        raise UsageError(
            f"there is no speech engine `{engine}`", did_you_mean(engine, engines.names())
        )
    brought = engine is not None and engine not in voices.ENGINES
    found = list(_brought(engine) if brought and engine else _fetched(engine))
    if language is not None:
        found = list(_speaking(found, language))
    return [offer for offer in found if offer.installed or not here_only]


def other_engines() -> list[str]:
    """The engines whose voices are not fetched one by one, but for that which says nothing."""
    return [name for name in engines.names() if name not in (*voices.ENGINES, "silent")]


def _fetched(engine: str | None) -> Iterator[Offer]:
    known = {(voice.engine, voice.name): voice for voice in voices.known()}
    here = voices.installed(engine)
    for voice in here:
        told = known.pop((voice.engine, voice.name), None)
        yield Offer(
            voice.engine,
            voice.name,
            voice.language,
            voice.quality,
            voice.size,
            voice.licence or (told.licence if told else ""),
            told.card if told else "",
            True,
            told.within if told else (),
            told.speakers if told else 1,
        )
    for told in known.values():
        if engine in (None, told.engine):
            about = (told.engine, told.name, told.language, told.quality, told.size)
            more = (told.licence, told.card, False, told.within, told.speakers)
            yield Offer(*about, *more)


def _brought(engine: str) -> Iterator[Offer]:
    made = engines.make(engine)
    try:
        for voice in made.voices():
            yield Offer(engine, voice.name, voice.language)
    finally:
        made.close()


def _speaking(found: Iterable[Offer], language: str) -> Iterator[Offer]:
    """Those of a language; of a model with voices of several languages, those alone.

    Raises:
        UsageError: there are none.
    """
    from voiceguide.engines.kokoro import language_of

    offers = list(found)
    tag = language.lower().replace("_", "-")
    speaking = [
        replace(offer, within=tuple(name for name in offer.within if _is(tag, language_of(name))))
        for offer in offers
        if any(_is(tag, one) for one in _languages(offer))
    ]
    if not speaking:
        known = {one.partition("-")[0] for offer in offers for one in _languages(offer)}
        raise UsageError(f"no voice speaks `{language}`", did_you_mean(tag, known))
    yield from speaking


def _languages(offer: Offer) -> set[str]:
    from voiceguide.engines.kokoro import language_of

    return {offer.language} | {language_of(name) for name in offer.within}


def _is(asked: str, language: str) -> bool:
    return language == asked or language.startswith(f"{asked}-")
