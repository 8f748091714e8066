"""Words a minute, made true: an engine's own rate is tried on a passage, and corrected.

What an engine calls 130 words a minute may be 90 or 190, and differs from voice to voice. So a
passage is spoken and measured, and the rate corrected until it lasts as long as it should, by what
the embedded voice takes for it at that pace (voiceguide.engines.espeak.pace). The rate that was
found is kept in the store.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass

from voiceguide.engines import Utterance
from voiceguide.store import Store, default_store

SLOWEST, QUICKEST = 20, 600
"""The rates that are tried."""

_MEASURED_AT = 130
"""Words a minute at which the passages below have the lengths below."""

_NEAR = 0.02
"""So far from the length that is wanted, a rate is right."""

_TRIES = 5
_RATE = struct.Struct("<d")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text, and how long it sounds at 130 words a minute."""

    text: str
    seconds: float


PASSAGES = {
    "en": Passage(
        "Lie on your back, with your knees bent and your feet flat on the floor. Let your hands "
        "rest on your belly, and breathe slowly. There is nothing to do.",
        12.37,
    ),
    "de": Passage(
        "Lege dich auf den Rücken, die Knie gebeugt, die Füße flach auf dem Boden. Lass die "
        "Hände auf dem Bauch ruhen, und atme langsam. Es gibt nichts zu tun.",
        12.84,
    ),
    "fr": Passage(
        "Allongez-vous sur le dos, les genoux pliés, les pieds à plat sur le sol. Laissez vos "
        "mains reposer sur le ventre, et respirez lentement. Il n'y a rien à faire.",
        12.17,
    ),
    "es": Passage(
        "Túmbate boca arriba, con las rodillas dobladas y los pies en el suelo. Deja las manos "
        "sobre el vientre, y respira despacio. No hay nada que hacer.",
        12.45,
    ),
    "it": Passage(
        "Sdraiati sulla schiena, con le ginocchia piegate e i piedi a terra. Lascia le mani "
        "sulla pancia, e respira lentamente. Non c'è niente da fare.",
        11.83,
    ),
    "pt": Passage(
        "Deite-se de costas, com os joelhos dobrados e os pés no chão. Deixe as mãos sobre a "
        "barriga, e respire devagar. Não há nada a fazer.",
        12.11,
    ),
    "nl": Passage(
        "Ga op je rug liggen, met gebogen knieën en je voeten plat op de vloer. Laat je handen "
        "op je buik rusten, en adem langzaam. Er is niets te doen.",
        12.79,
    ),
    "pl": Passage(
        "Połóż się na plecach, z ugiętymi kolanami i stopami na podłodze. Pozwól dłoniom "
        "spocząć na brzuchu, i oddychaj powoli. Nie ma nic do zrobienia.",
        14.21,
    ),
}
ELSEWHERE = Passage("1, 2, 3, 4, 5, 6, 7, 8, 9, 10.", 8.0)
"""Numbers are read in every language, and take about as long."""


class Pacing:
    """The rates at which an engine's voices keep a pace."""

    def __init__(
        self, speak: Callable[[str, str, float], Utterance], store: Store | None = None
    ) -> None:
        """`speak` says a text, with a voice, at a rate of the engine's own."""
        self._speak = speak
        self._store = store or default_store()
        self._known: dict[str, float] = {}
        self._lock = threading.Lock()

    def rate(self, version: str, voice: str, language: str, words_a_minute: int) -> float:
        """The rate at which a voice keeps a pace; `version` names all else that it depends on.

        Raises:
            MachineError: the engine failed.
        """
        key = f"rate {version} {voice} {language} {words_a_minute}"
        with self._lock:  # two threads would measure the same
            if key not in self._known:
                self._known[key] = self._kept(key) or self._found(voice, language, words_a_minute)
                self._store.put(key, _RATE.pack(self._known[key]))
            return self._known[key]

    def _kept(self, key: str) -> float | None:
        kept = self._store.get(key)
        found = _RATE.unpack(kept)[0] if kept and len(kept) == _RATE.size else 0.0
        return found if SLOWEST <= found <= QUICKEST else None

    def _found(self, voice: str, language: str, words_a_minute: int) -> float:
        """The rate that came nearest to the length that is wanted."""
        passage = PASSAGES.get(language.partition("-")[0], ELSEWHERE)
        wanted = passage.seconds * _MEASURED_AT / words_a_minute
        tried: dict[float, float] = {}
        rate = float(words_a_minute)
        for _ in range(_TRIES):
            ratio = _sounding(self._speak(passage.text, voice, rate)) / wanted
            tried[rate] = abs(ratio - 1)
            rate = round(min(QUICKEST, max(SLOWEST, rate * ratio)), 1)
            if not ratio or min(tried.values()) <= _NEAR or rate in tried:
                break
        return min(tried, key=lambda one: tried[one])


def _sounding(said: Utterance) -> float:
    """Seconds from the first sound to the last."""
    from voiceguide.audio import find_sounding

    onset, end = find_sounding(said.samples, said.rate)
    return (end - onset) / said.rate
