"""Map other names of settings to their own: `duration` is `length`, `music` is `bed`.

The table is tried before any guess by similarity, which would take `time` for `title`. Another
name remains an error, and its help shows the line to write: with two names for one thing readers
would have to look up both.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from voiceguide.errors import did_you_mean, nearest

_OTHER_NAMES = {
    "title": "name, heading, headline, session, routine, titel, titre, título, titolo, tytuł",
    "author": "artist, by, creator, written by, teacher, instructor, publisher,"
    " autor, auteur, autore",
    "description": "summary, about, subtitle, abstract, beschreibung, descripción, descrizione",
    "cover": "image, picture, artwork, cover image, thumbnail, bild",
    "date": "created, updated, modified, year, day, datum, fecha, data",
    "needs": "equipment, props, prop, materials, material, requires, you need, hilfsmittel",
    "for": "category, categories, tags, tag, type, kind, purpose, goal, goals, style, focus, genre,"
    " keywords, subject, target, body part, für",
    "frequency": "how often, dose, dosage, times a day, per day, häufigkeit, frecuencia, frequenza",
    "not if": "contraindications, contraindication, avoid if, not for, precautions, caution,"
    " warning, warnings, kontraindikationen, gegenanzeigen, contraindicaciones, contre-indications",
    "see": "doctor, contact, ask, professional, referral, physio, physiotherapist, therapist",
    "address": "formality, salutation, anrede",
    "language": "lang, locale, sprache, idioma, langue, lingua, língua, taal, język",
    "voice": "speaker, narrator, reader, engine, tts, voice over, sprecher,"
    " stimme, voz, voix, voce, stem",
    "pace": "speed, tempo, rate, speech rate, speaking rate, voice speed, speaking speed, wpm,"
    " words per minute,"
    " geschwindigkeit, velocidad, vitesse, velocità, velocidade",
    "length": "duration, time, timer, total,"
    " total time, total length, running time, session length,"
    " minutes, dauer, länge, duración, durée, durata, duração, duur, czas",
    "level": "intensity, difficulty, stärke, schwierigkeit, intensidad, intensité, intensità",
    "guidance": "detail, details, verbosity, instructions, instruction, talk, talking, anleitung",
    "mood": "atmosphere, feeling, stimmung",
    "announce": "announce chapters, chapters, announcements, say headings",
    "countdown": "count down, countdowns, ticks",
    "count in": "lead-in count, countin, count-in seconds",
    "phase words": "phases, rep words, breath words",
    "halfway": "half way, half, midway, middle, half time, halftime",
    "first side": "start side, starting side, side, start with, begin with, beginning side",
    "chimes": "bell, bells, chime, gong, gongs, signal, signals, glocken, klang, campana, cloche",
    "bed": "music, background, bg music, soundtrack, ambient sound, background music,"
    " background sound, ambience, ambient, sound,"
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
"""Other names by a setting's own name, in the languages that routines are written in."""


_OTHER_VALUES = {
    "pace": {"slow": "calm", "normal": "steady", "medium": "steady", "fast": "brisk"},
    "level": {
        **dict.fromkeys(("easy", "beginner", "beginners", "low"), "gentle"),
        **dict.fromkeys(("medium", "intermediate", "normal"), "standard"),
        **dict.fromkeys(("hard", "advanced", "high"), "strong"),
    },
}
"""Other spellings of values, by the setting's own name."""


@cache
def _own_names() -> dict[str, str]:
    return {
        other.strip(): name for name, others in _OTHER_NAMES.items() for other in others.split(",")
    }


def own_name(name: str) -> str | None:
    """The setting that another name stands for; None if the table does not contain it."""
    return _own_names().get(_spaced(name)) or _own_names().get(name.lower())


def _spaced(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())


def setting_meant(name: str, known: Iterable[str], value: object = None) -> str:
    """The help for an unknown setting: the line to write, with the author's value if possible."""
    names = set(known)
    own = _spaced(name) if _spaced(name) in names else own_name(name)
    if own not in names:
        return _no_setting(name, names, value)
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return f"write `{own}:`, with what stands under it"
    return f"write `{own}: {_as_meant(_spaced(name), own or '', str(value))}`"


def _no_setting(name: str, names: set[str], value: object) -> str:
    """The help for a name outside the table: a slip, a clause of a step, or anything else."""
    like = (known for known in names if abs(len(known) - len(name)) <= _SLIP)
    near = nearest(name, like, _LIKENESS)
    if near:
        return f"did you mean `{near}`?"
    if value is None:
        return did_you_mean(name, names)
    written = f"{name} {value}" if name in _HELD else f"{value} {name}"
    if name in (*_HELD, *_COUNTED):
        return f"it belongs into a bullet, for the steps under it: write `- {written}` there"
    return f"delete it, or keep it as a comment: `# {name}: {value}`; {did_you_mean('', names)}"


_SLIP, _LIKENESS = 2, 0.75
"""The limits of a slip: letters that it may be longer or shorter, and its least similarity."""

_HELD, _COUNTED = ("hold", "rest", "pause", "ready"), ("rounds", "sets", "reps", "breaths")


def _as_meant(name: str, own: str, value: str) -> str:
    """The value as the setting `own` takes it: `minutes: 6` becomes the length `6 min`."""
    if own == "length" and value.replace(".", "", 1).isdecimal():
        return f"{value} min"
    if value.lower() in _OTHER_VALUES.get(own, {}):
        return _OTHER_VALUES[own][value.lower()]
    if own == "ending" and value[:1].isdecimal():
        return f"fade {value}"
    if own == "frequency" and value.isdecimal() and name.endswith("day"):
        return f"{value} times a day"
    return value
