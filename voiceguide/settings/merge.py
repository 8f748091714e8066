"""`settle`: merge front matter, options and configuration into one `Settings`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import (
    InputError,
    Problem,
    Severity,
    UsageError,
    blame,
    did_you_mean,
    in_file_order,
    nearest_slip,
    quote,
)
from voiceguide.languages import language_called
from voiceguide.routine import Override, Routine, Setting
from voiceguide.script import Known, plain_name
from voiceguide.settings import Settings
from voiceguide.settings.table import SETTINGS
from voiceguide.settings.written import Fields, WrittenSetting

_V = TypeVar("_V")

WITH = "with"
"""The key in `options` for the names of the routine's `option NAME` clauses to switch on."""


_LEVEL_UNUSED = Problem(
    "`level` means nothing beside `length`, which chooses within all ranges",
    "leave one of the two out",
    severity=Severity.WARNING,
)


class Settled(Struct, frozen=True):
    """The settings that could be understood, and the problems in the front matter."""

    settings: Settings
    problems: tuple[Problem, ...]


def settle(
    front: Iterable[Setting],
    *,
    lines: Sequence[str] = (),
    options: Mapping[str, str | Sequence[str] | Mapping[str, str]] | None = None,
    config: Mapping[str, object] | None = None,
    known: Known,
    option_names: Iterable[str] = (),
) -> Settled:
    """Merge all settings: an option beats the front matter, which beats the configuration.

    Maps are merged key by key. `lines` are the routine's lines, to show in problems. The keys of
    `options` and `config` are names of settings; `options["with"]` lists the routine's options to
    switch on, out of `option_names`.
    """
    asked = dict(options or {})
    with_ = asked.pop(WITH, ())
    settings = _merged(Settings(), config or {}, known, _in_configuration)
    settings = replace(settings, asked=frozenset())  # the configuration was not for this session
    settings, problems = _written_in_front(settings, front, lines, known)
    settings = _merged(settings, asked, known, _as_option)
    if "level" in asked and "length" not in asked:
        # beside the routine's own length, the level of the option would have no effect
        settings = replace(settings, length=None)
    if "level" in asked and "length" in asked:
        problems = (*problems, _LEVEL_UNUSED)
    chosen = _chosen(with_, option_names)
    return Settled(replace(settings, options=chosen), problems)


# ── configuration, front matter and options ──────────────────────────────────


def _merged(
    settings: Settings,
    values: Mapping[str, object],
    known: Known,
    label: Callable[[str, object], str],
) -> Settings:
    """Merge values from outside a routine into the settings; `label` names them in errors."""
    for name, value in _in_order(values).items():
        with blame(None, label=f"{label(name, value)}: "):
            settings = _with(settings, WrittenSetting(name, value, known=known, below=settings))
    return settings


def _in_configuration(name: str, _: object) -> str:
    return f"{quote(name)} in your configuration"


def _as_option(name: str, value: object) -> str:
    return quote(f"--{name.replace(' ', '-')} {value}")


def _written_in_front(
    settings: Settings, front: Iterable[Setting], lines: Sequence[str], known: Known
) -> tuple[Settings, tuple[Problem, ...]]:
    problems: list[Problem] = []
    for name, setting in _in_order({setting.name: setting for setting in front}).items():
        place = setting.value_place or setting.place
        written = WrittenSetting(name, setting.value, place, setting.places, known, settings)
        try:
            settings = _with(settings, written)
        except InputError as error:
            place = place if name in SETTINGS else setting.place
            told = _value_meant(written, error).problems
            problems += [problem.at(place).within(lines) for problem in told]
    return settings, in_file_order(problems)


def _value_meant(written: WrittenSetting, error: InputError) -> InputError:
    """The error, with the line to write where the value is a known one in another spelling."""
    meant = _other_value(written.name, str(written.value))
    if meant is None or (written.place and written.place.source.endswith(".toml")):
        return error  # the configuration is checked by this, too, and is no YAML
    return InputError(error.problems[0].message, f"write `{written.name}: {meant}`")


def _in_order(written: Mapping[str, _V]) -> dict[str, _V]:
    """Sort settings into the order of the table, in which one can build on another.

    Unknown ones come first.
    """
    known = [name for name in SETTINGS if name in written]
    return {name: written[name] for name in (*(n for n in written if n not in known), *known)}


def _with(settings: Settings, written: WrittenSetting) -> Settings:
    """Read one setting and merge it into the settings; a map is merged key by key."""
    definition = SETTINGS.get(written.name)
    if definition is None:
        message = f"unknown setting {quote(written.name)}"
        raise InputError(message, setting_meant(written.name, SETTINGS, written.value))
    value = definition.read(written)
    if isinstance(value, Mapping) and not isinstance(value, Fields):
        value = {**getattr(settings, definition.attribute), **value}
    places = {name: place for name, place in settings.places.items() if name != written.name}
    if written.place:
        places[written.name] = written.place
    changes = value if isinstance(value, Fields) else {definition.attribute: value}
    return replace(settings, places=places, asked=settings.asked | {written.name}, **changes)


# ── settings that prose changes ──────────────────────────────────────────────


def read_override(override: Override, known: Known | None = None) -> Any:
    """Read the value of a tag such as `[pace brisk]` with the reader of that setting.

    Raises:
        InputError: the setting does not allow this value.
    """
    if known is None:  # the value was checked when the routine was opened
        known = Known(beds=frozenset({override.value.partition(",")[0].strip()}))
    written = WrittenSetting(override.setting, override.value, override.place, known=known)
    return SETTINGS[override.setting].read(written)


def override_problems(routine: Routine, known: Known) -> Iterator[Problem]:
    """Report what is wrong with the overrides of a routine."""
    yield from _beds_in_cues(routine)
    for part in routine.spoken():
        if isinstance(part, Override):
            try:
                read_override(part, known)
            except InputError as error:
                written = WrittenSetting(part.setting, part.value, part.place, known=known)
                for problem in _value_meant(written, error).problems:
                    yield _as_tag(problem, part.setting).at(part.place).within(routine.lines)


def _as_tag(problem: Problem, setting: str) -> Problem:
    """The problem with the line of its help written as a tag: `[bed rain, -30 dB]`."""
    line = re.compile(rf"`{setting}: ([^`]*)`")
    return replace(problem, help=line.sub(rf"`[{setting} \1]`", problem.help))


def _beds_in_cues(routine: Routine) -> Iterator[Problem]:
    """Report changes of the bed in cues: a crossfade takes seconds, too long for a cue."""
    texts = (text for step in routine.steps() for cue in step.cues for text in cue.texts)
    for part in (part for text in texts for part in text):
        if isinstance(part, Override) and part.setting == "bed":
            way_out = f"write `[bed {part.value}]` in the prose before the step"
            problem = Problem("a bed cannot change within a cue", way_out, part.place)
            yield problem.within(routine.lines)


# ── options of the routine ───────────────────────────────────────────────────


def _chosen(asked: Iterable[str], there_are: Iterable[str]) -> frozenset[str]:
    names = asked.split(",") if isinstance(asked, str) else asked
    chosen = frozenset(filter(None, map(plain_name, names)))
    known = frozenset(there_are)
    for name in sorted(chosen - known):
        way_out = did_you_mean(name, known) or "it has no options: leave `--with` out"
        raise UsageError(f"this routine has no option {quote(name)}", way_out)
    return chosen


# ── other names of settings: `duration` is `length`, `music` is `bed` ─────────

# The table is tried before any guess by similarity, which would take `time` for `title`. Another
# name remains an error, and its help shows the line to write: with two names for one thing readers
# would have to look up both.

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


_SWITCHED_OFF = dict.fromkeys(("no", "off", "false"), "none")
_OTHER_VALUES: dict[str, dict[str, str]] = {
    "pace": {"slow": "calm", "normal": "steady", "medium": "steady", "fast": "brisk"},
    "level": {
        **dict.fromkeys(("easy", "beginner", "beginners", "low"), "gentle"),
        **dict.fromkeys(("medium", "intermediate", "normal"), "standard"),
        **dict.fromkeys(("hard", "advanced", "high"), "strong"),
        "50": "50%",
        "100": "100%",
    },
    "guidance": {"short": "brief", "minimal": "quiet", "none": "quiet", "silent": "quiet"},
    "mood": dict.fromkeys(("wind-down", "sleep", "calm", "evening", "relax"), "wind down"),
    "announce": dict.fromkeys(("yes", "all", "headings", "true"), "chapters"),
    "phase words": dict.fromkeys(("yes", "all", "every"), "always"),
    "intro": {"brief": "short", **_SWITCHED_OFF},
    "first side": {"l": "left", "r": "right"},
    "chimes": {**dict.fromkeys(("gong", "singing bowl", "tibetan bowl"), "bowl"), **_SWITCHED_OFF},
    "bed": {**dict.fromkeys(("ocean", "sea", "beach"), "waves"), **_SWITCHED_OFF},
    "finish": _SWITCHED_OFF,
    "ending": {"fade": "fade 1 min", "fade out": "fade 1 min", **_SWITCHED_OFF},
    "count in": {**dict.fromkeys((*_SWITCHED_OFF, "none"), "0"), "yes": "3"},
    **dict.fromkeys(("lead in", "lead out"), dict.fromkeys((*_SWITCHED_OFF, "none"), "0s")),
    "breath": {"box": "4 in, 4 hold, 4 out, 4 hold", "4-7-8": "4 in, 7 hold, 8 out"},
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
        return f"write `{own}:`, with its lines under it"
    return f"write `{own}: {_as_meant(_spaced(name), own or '', str(value))}`"


def _no_setting(name: str, names: set[str], value: object) -> str:
    """The help for a name outside the table: a slip, a clause of a step, or anything else."""
    near = nearest_slip(name, names)
    if near:
        return f"did you mean `{near}`?"
    if value is None:
        return did_you_mean(name, names)
    written = f"{name} {value}" if name in _HELD else f"{value} {name}"
    if name in (*_HELD, *_COUNTED):
        return f"it belongs into a bullet, for the steps under it: write `- {written}` there"
    return f"delete it, or keep it as a comment: `# {name}: {value}`; {did_you_mean('', names)}"


_HELD, _COUNTED = ("hold", "rest", "pause", "ready"), ("rounds", "sets", "reps", "breaths")


def _other_value(own: str, value: str) -> str | None:
    """The value that is written otherwise, as the setting takes it; None if it is not known."""
    if own == "language":
        return language_called(value)
    return _OTHER_VALUES.get(own, {}).get(value.lower())


def _as_meant(name: str, own: str, value: str) -> str:
    """The value as the setting `own` takes it: `minutes: 6` becomes the length `6 min`."""
    if own == "length" and value.replace(".", "", 1).isdecimal():
        return f"{value} min"
    if other := _other_value(own, value):
        return other
    if own == "pace" and "." in value:  # a factor of other programs
        return "calm"
    if own == "ending" and value[:1].isdecimal():
        return f"fade {value}"
    if own == "frequency" and value.isdecimal() and name.endswith("day"):
        return f"{value} times a day"
    return value
