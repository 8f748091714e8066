"""What sentences that keep people safe have in common, by language, as data.

A listener is told when to stop where one sentence, or two in a row, say that something may hurt,
and what to do then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SafetyWords:
    """Words, or a few in a row, in lower case."""

    hurts: tuple[str, ...]
    heeds: tuple[str, ...]


SAFETY: Mapping[str, SafetyWords] = {
    "en": SafetyWords(
        hurts=(
            *("pain", "pains", "painful", "hurt", "hurts", "hurting", "ache", "aches"),
            *("dizzy", "dizziness", "numb", "numbness", "unwell"),
        ),
        heeds=(
            *("stop", "stops", "stopping", "skip", "leave", "avoid", "never", "without"),
            *("come out", "back off", "ease off", "ease back"),
        ),
    ),
    "de": SafetyWords(
        hurts=(
            *("schmerz", "schmerzen", "schmerzt", "schmerzhaft", "schmerzhaften", "weh"),
            *("schwindlig", "schwindelig", "schwindel", "taub", "taubheit", "unwohl"),
        ),
        heeds=(
            *("höre auf", "hör auf", "hören sie auf", "aufhören", "beende", "beenden", "stopp"),
            *("stoppe", "abbrechen", "brich", "brechen", "lass", "lasse", "lassen", "vermeide"),
            *("vermeiden", "nie", "niemals", "ohne", "geh zurück", "gehe zurück", "weniger"),
        ),
    ),
    "fr": SafetyWords(
        hurts=(
            *("douleur", "douleurs", "douloureux", "mal", "vertige", "vertiges", "engourdi"),
            *("engourdissement", "malaise"),
        ),
        heeds=(
            *("arrêtez", "arrête", "arrêter", "cessez", "cesse", "évitez", "évite", "jamais"),
            *("sans", "sortez", "sors", "relâchez", "relâche", "revenez", "reviens"),
        ),
    ),
    "es": SafetyWords(
        hurts=(
            *("dolor", "dolores", "duele", "doloroso", "dolorosa", "mareo", "mareos", "mareas"),
            *("hormigueo", "entumecimiento", "mal"),
        ),
        heeds=(
            *("para", "pare", "detente", "deténgase", "deja", "deje", "evita", "evite", "nunca"),
            *("sin", "sal", "salga", "afloja", "afloje"),
        ),
    ),
    "it": SafetyWords(
        hurts=(
            *("dolore", "dolori", "doloroso", "dolorosa", "male", "vertigini", "capogiro"),
            *("formicolio", "intorpidimento"),
        ),
        heeds=(
            *(
                "fermati",
                "fermatevi",
                "smetti",
                "smettete",
                "interrompi",
                "evita",
                "evitate",
                "mai",
            ),
            *("senza", "esci", "uscite", "allenta", "torna"),
        ),
    ),
    "pt": SafetyWords(
        hurts=(
            *("dor", "dores", "dói", "doer", "doloroso", "dolorosa", "tontura", "tonturas"),
            *("formigueiro", "formigamento", "dormência", "mal"),
        ),
        heeds=(
            *("pare", "para", "interrompa", "interrompe", "evite", "evita", "nunca", "sem"),
            *("saia", "sai", "alivie", "volte"),
        ),
    ),
    "nl": SafetyWords(
        hurts=(
            *("pijn", "pijnlijk", "pijnlijke", "zeer", "duizelig", "duizeligheid", "gevoelloos"),
            *("tintelingen", "onwel"),
        ),
        heeds=(
            *("stop", "stopt", "stoppen", "vermijd", "nooit", "zonder", "laat", "ga terug"),
            *("kom terug", "minder"),
        ),
    ),
    "pl": SafetyWords(
        hurts=(
            *("ból", "bólu", "bóle", "boli", "zaboli", "bolesne", "bolesny", "zawroty"),
            *("drętwienie", "drętwieje", "słabo"),
        ),
        heeds=(
            *("przerwij", "zatrzymaj", "przestań", "zakończ", "unikaj", "nigdy", "bez", "wróć"),
            *("wyjdź", "odpuść", "nie"),
        ),
    ),
}
"""Of a language that is not here, nothing is asked."""
