"""Texts that a voice is measured on, and how long they take: one for each language.

The lengths are what the embedded voice takes for them, whose own pace was measured on many more
words (`voiceguide.engines.espeak.pace`).
"""

from __future__ import annotations

from dataclasses import dataclass

MEASURED_AT = 130
"""Words a minute at which the passages have their lengths."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text, and how long it sounds at `MEASURED_AT`."""

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


def passage_for(language: str) -> Passage:
    """The passage of a language, named by the first part of its tag."""
    return PASSAGES.get(language, ELSEWHERE)
