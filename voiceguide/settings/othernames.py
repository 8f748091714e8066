"""What people call a setting, and its own name: `duration` is `length`, `music` is `bed`.

The table is asked before any guess by likeness, which would take `time` for `title`. A setting by
another name stays an error, answered with the line to write: two names for one thing would be two
things to look up.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from voiceguide.errors import did_you_mean

_OTHER_NAMES = {
    "title": "name, heading, headline, session, routine, titel, titre, título, titolo, tytuł",
    "author": "artist, by, creator, written by, autor, auteur, autore",
    "description": "summary, about, subtitle, abstract, beschreibung, descripción, descrizione",
    "cover": "image, picture, artwork, cover image, thumbnail, bild",
    "date": "created, day, datum, fecha, data",
    "needs": "equipment, props, prop, materials, material, requires, you need, hilfsmittel",
    "for": "category, categories, tags, tag, type, kind, purpose, goal, style, focus, für",
    "frequency": "how often, dose, dosage, times a day, per day, häufigkeit, frecuencia, frequenza",
    "not if": "contraindications, contraindication, avoid if, not for, precautions, caution,"
    " warning, warnings, kontraindikationen, gegenanzeigen, contraindicaciones, contre-indications",
    "see": "doctor, contact, ask, professional, referral, physio, physiotherapist, therapist",
    "address": "formality, salutation, anrede",
    "language": "lang, locale, sprache, idioma, langue, lingua, língua, taal, język",
    "voice": "speaker, narrator, reader, engine, tts, stimme, voz, voix, voce, stem",
    "pace": "speed, tempo, rate, speech rate, speaking rate, wpm, words per minute,"
    " geschwindigkeit, velocidad, vitesse, velocità, velocidade",
    "length": "duration, time, total, total time, total length, running time, session length,"
    " minutes, dauer, länge, duración, durée, durata, duração, duur, czas",
    "level": "intensity, difficulty, stärke, schwierigkeit, intensidad, intensité, intensità",
    "guidance": "detail, details, verbosity, instructions, instruction, talk, talking, anleitung",
    "mood": "atmosphere, feeling, stimmung",
    "announce": "announce chapters, chapters, announcements, say headings",
    "countdown": "count down, countdowns, ticks",
    "count in": "lead-in count, countin, count-in seconds",
    "phase words": "phases, rep words, breath words",
    "halfway": "half way, half, midway, middle, half time",
    "first side": "start side, starting side, side, start with, begin with, beginning side",
    "chimes": "bell, bells, chime, gong, gongs, signal, signals, glocken, klang, campana, cloche",
    "bed": "music, background, background music, background sound, ambience, ambient, sound,"
    " soundscape, nature sounds, noise, musik, hintergrund, música, musique, musica, muziek",
    "loudness": "volume, lufs, gain, lautstärke, volumen",
    "breath": "breathing, breathing pattern, breath length, atem, atmung, respiración, respiration",
    "say": "pronunciation, pronunciations, pronounce, aussprache, pronunciación, prononciation",
    "lexicon": "lexicons, dictionary, pls",
    "words": "variables, vars, placeholders, fields, names",
    "phrases": "built-in words, messages, texts",
    "lead in": "pre roll, preroll, silence before, start silence",
    "lead out": "post roll, postroll, silence after, end silence",
    "intro": "introduction, safety words, opening, preamble",
    "ending": "fade, fade out, fadeout",
    "finish": "outro, end words, closing, completion",
    "seed": "random seed, random",
    "allow": "ignore, disable, suppress, allow rules, noqa",
}
"""By a setting's own name, in the words of the file's languages."""


@cache
def _own_names() -> dict[str, str]:
    return {
        other.strip(): name for name, others in _OTHER_NAMES.items() for other in others.split(",")
    }


def own_name(name: str) -> str | None:
    """The setting that is meant by another name; None where the table has none."""
    return _own_names().get(_spaced(name)) or _own_names().get(name.lower())


def _spaced(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())


def setting_meant(name: str, known: Iterable[str], value: object = None) -> str:
    """A help for an unknown setting: the line to write, with the value as the author has it."""
    names = set(known)
    own = _spaced(name) if _spaced(name) in names else own_name(name)
    if own not in names:
        return did_you_mean(name, names)
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return f"write `{own}:`, with what stands under it"
    return f"write `{own}: {_as_meant(_spaced(name), own or '', str(value))}`"


def _as_meant(name: str, own: str, value: str) -> str:
    """The value under its own name: `minutes: 6` is a length with a unit."""
    if own == "length" and value.replace(".", "", 1).isdecimal():
        return f"{value} min"
    if own == "ending" and value[:1].isdecimal():
        return f"fade {value}"
    if own == "frequency" and value.isdecimal() and name.endswith("day"):
        return f"{value} times a day"
    return value
