"""What each setting means: one reader for each, from its value to the settings with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from voiceguide.errors import InputError, did_you_mean, quote
from voiceguide.languages import SPOKEN, languages, phrases
from voiceguide.lengths import Length, parse_length
from voiceguide.routine import Side
from voiceguide.script import BUILT_IN_WORDS, Known, is_path, plain_name
from voiceguide.settings.data import (
    BED_LEVEL,
    CHIME_ROLES,
    LEVELS,
    LOUDNESS,
    NOTHING,
    PACES,
    Bed,
    BreathPhase,
    Guidance,
    LexiconName,
    Mood,
    Settings,
)
from voiceguide.settings.written import NONE, Written, checked_path, either, plain

# ── the settings that are maps: chimes by their roles, and words by their names


_MARKUP = re.compile(r"[\[\]{}<>*_`|\\]")


def read_chimes(settings: Settings, written: Written, known: Known) -> Settings:
    """One family for every role, or roles with a chime each."""
    if isinstance(written.value, Mapping):
        pairs = written.pairs(lambda role, name: _chime(role, name, known))
        chimes = {role: _chime(role, name, known) for role, name in pairs.items()}
        return replace(settings, chimes={**settings.chimes, **chimes})
    family = written.text().lower()
    if family not in {*known.families, NONE}:
        way_out = did_you_mean(family, {*known.families, NONE})
        raise InputError(f"unknown family of chimes {quote(family)}", way_out)
    return replace(settings, chimes=dict.fromkeys(CHIME_ROLES, None if family == NONE else family))


def _chime(role: str, name: str, known: Known) -> str | None:
    if role not in CHIME_ROLES:
        raise InputError(f"there is no chime for {quote(role)}", did_you_mean(role, CHIME_ROLES))
    if is_path(name):
        return checked_path(name)
    if name.lower() not in {*known.chimes, NONE}:
        way_out = did_you_mean(name, {*known.chimes, NONE})
        raise InputError(f"unknown chime {quote(name)}", way_out)
    return None if name.lower() == NONE else name.lower()


def read_say(settings: Settings, written: Written, _: Known) -> Settings:
    """How words are spoken."""
    return replace(settings, say={**settings.say, **written.pairs(_check_respelling)})


def _check_respelling(word: str, spoken: str) -> None:
    if not word.strip() or not spoken:
        message = f"{quote(word)} is not told how to be spoken"
        raise InputError(message, "write `word: respelling`")


def read_lexicons(settings: Settings, written: Written, _: Known) -> Settings:
    """Pronunciation lexicons: one file or more; those that a routine names come first."""
    value = written.value
    texts = value if isinstance(value, list) else written.text().split(",")
    paths = [plain(text, written.name) for text in texts]
    if [path.lower() for path in paths] == [NONE]:
        return replace(settings, lexicons=())
    if not paths or not all(paths):
        way_out = "write files with commas between them: `lexicon: one.pls, another.pls`"
        raise InputError("an empty place is no file of `lexicon`", way_out)
    names = tuple(LexiconName(path, written.place) for path in paths)
    return replace(settings, lexicons=(*names, *settings.lexicons))


def read_words(settings: Settings, written: Written, _: Known) -> Settings:
    """The routine's own `{names}`."""
    pairs = written.pairs(_check_word)
    words = {plain_name(name): text for name, text in pairs.items()}
    return replace(settings, words={**settings.words, **words})


def _check_word(name: str, text: str) -> None:
    if plain_name(name) in BUILT_IN_WORDS:
        raise InputError(f"{quote(name)} is a built-in word", "choose another name")
    if not name.strip() or _MARKUP.search(name):
        raise InputError(f"{quote(name)} cannot be a word's name", "use letters alone")
    _check_plain(name, text)


def read_phrases(settings: Settings, written: Written, _: Known) -> Settings:
    """Other built-in words; those that are spoken by themselves may be silenced."""
    known = phrases(settings.language).words

    def check(name: str, text: str) -> None:
        if name not in known:
            raise InputError(f"there is no phrase {quote(name)}", did_you_mean(name, known))
        if text or name not in SPOKEN:  # an empty one is not spoken at all
            _check_plain(name, text)

    return replace(settings, phrases={**settings.phrases, **written.pairs(check)})


def _check_plain(name: str, text: str) -> None:
    if not text:
        raise InputError(f"{quote(name)} has no words", "write them after the colon")
    if _MARKUP.search(text):
        message = f"{quote(text)} holds more than plain words"
        raise InputError(message, "stress, tags and braces belong into prose")


# ── what each setting means: one reader for each, from its value to the settings with it


SLOWEST, QUICKEST = 80, 450
"""Words a minute that the embedded engine can speak."""

LONGEST_COUNTDOWN = 60
"""Seconds."""

LONGEST_LEAD = 60.0
"""Seconds."""

QUIETEST_BED = -90.0
"""LUFS."""

QUIETEST, LOUDEST = -30.0, -10.0
"""LUFS of a mono voice: quieter ones drown in a room, louder ones in the limiter."""

_YES, _NO = ("yes", "true", "on"), ("no", "false", "off")
_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_PERCENT = re.compile(rf"({_NUMBER}) ?%")
_VOICE = re.compile(r"[\w-]+(?::\S.*)?")
_BED = re.compile(rf"(?P<name>.*?)\s*,\s*(?P<level>[-−–+]?{_NUMBER}) ?dB", re.IGNORECASE)
_LUFS = re.compile(rf"([-−–]{_NUMBER})(?: ?(?:LUFS|dB))?", re.IGNORECASE)
_BREATH = re.compile(rf"({_NUMBER}) ?s? (in|hold|out)")

Reader = Callable[[Settings, Written, Known], Settings]


# ── tags of the file ─────────────────────────────────────────────────────────


def _title(settings: Settings, written: Written, _: Known) -> Settings:
    return replace(settings, title=written.text())


def _author(settings: Settings, written: Written, _: Known) -> Settings:
    return replace(settings, author=written.text())


def _description(settings: Settings, written: Written, _: Known) -> Settings:
    return replace(settings, description=written.text())


def _cover(settings: Settings, written: Written, _: Known) -> Settings:
    return replace(settings, cover=checked_path(written.text()))


# ── what a list and a handout say ────────────────────────────────────────────


def _needs(settings: Settings, written: Written, _: Known) -> Settings:
    needs = written.words()
    if NOTHING in needs and len(needs) > 1:
        other = next(word for word in needs if word != NOTHING)
        message = f"`{NOTHING}` and {quote(other)} contradict each other"
        raise InputError(message, f"leave `{NOTHING}` out, or `needs` altogether")
    return replace(settings, needs=() if needs == (NOTHING,) else needs)


def _for(settings: Settings, written: Written, _: Known) -> Settings:
    return replace(settings, purposes=written.words())


# ── the voice ────────────────────────────────────────────────────────────────


def _language(settings: Settings, written: Written, _: Known) -> Settings:
    language = written.text()
    try:
        phrases(language)
    except KeyError:
        message = f"there are no built-in words in the language {quote(language)}"
        raise InputError(message, did_you_mean(language, languages())) from None
    return replace(settings, language=language)


def _voice(settings: Settings, written: Written, _: Known) -> Settings:
    voice = written.text()
    if not _VOICE.fullmatch(voice):
        raise InputError(f"{quote(voice)} is no voice", "write `ENGINE` or `ENGINE:VOICE`")
    return replace(settings, voice=voice)


def _pace(settings: Settings, written: Written, _: Known) -> Settings:
    text = written.text().lower()
    pace = PACES.get(text) or _whole(text)
    if pace is None or not SLOWEST <= pace <= QUICKEST:
        way_out = f"write {either(PACES)}, or {SLOWEST} to {QUICKEST} words a minute"
        raise InputError(f"{quote(text)} is no pace", way_out)
    return replace(settings, words_a_minute=pace)


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


# ── lengths ──────────────────────────────────────────────────────────────────


def _length(settings: Settings, written: Written, _: Known) -> Settings:
    length = _one_length(written, "write `length: 10 min`; `level` chooses within ranges")
    return replace(settings, length=length.low, length_place=written.place)


def _one_length(written: Written, way_out: str) -> Length:
    length = parse_length(written.text())
    if length.elastic or length.in_breaths:
        what = "range" if length.elastic else "number of breaths"
        raise InputError(f"`{written.name}` is one length, not a {what}", way_out)
    return length


def _level(settings: Settings, written: Written, _: Known) -> Settings:
    text = written.text().lower()
    percent = _PERCENT.fullmatch(text)
    point = float(percent[1]) / 100 if percent else LEVELS.get(text)
    if point is None or point > 1:
        raise InputError(f"{quote(text)} is no level", f"write {either(LEVELS)}, or `0%` to `100%`")
    return replace(settings, point=point)


def _lead(written: Written) -> float:
    if re.fullmatch(r"0 ?s?", written.text()):
        return 0.0
    length = _one_length(written, f"write `{written.name}: 2s`")
    if length.low > LONGEST_LEAD:
        message = f"`{written.name}` cannot be longer than {LONGEST_LEAD:.0f}s"
        raise InputError(message, "begin or end with prose and `[4s]` instead")
    return length.low


def _lead_in(settings: Settings, written: Written, _: Known) -> Settings:
    return replace(settings, lead_in=_lead(written))


def _lead_out(settings: Settings, written: Written, _: Known) -> Settings:
    return replace(settings, lead_out=_lead(written))


def _breath(settings: Settings, written: Written, _: Known) -> Settings:
    text = written.text().lower()
    parts = [_BREATH.fullmatch(" ".join(part.split())) for part in text.split(",")]
    phases = tuple(BreathPhase(part[2], float(part[1])) for part in parts if part)
    words = [phase.word for phase in phases]
    whole = len(phases) == len(parts) and words.count("in") == words.count("out") == 1
    if not whole or not all(phase.seconds for phase in phases):
        message = f"{quote(text)} is no breath"
        raise InputError(message, "write seconds: `4 in, 6 out`, or `4 in, 2 hold, 6 out`")
    if sum(phase.seconds for phase in phases) > LONGEST_LEAD:
        raise InputError("a breath cannot be longer than a minute", "write `4 in, 6 out`")
    return replace(settings, breath=phases)


# ── what is said and struck ──────────────────────────────────────────────────


def _mood(settings: Settings, written: Written, _: Known) -> Settings:
    mood = written.one_of((*(mood.value for mood in Mood), NONE))
    return replace(settings, mood=None if mood == NONE else Mood(mood))


def _guidance(settings: Settings, written: Written, _: Known) -> Settings:
    known = [guidance.value for guidance in Guidance]
    return replace(settings, guidance=Guidance(written.one_of(known)))


def _announce(settings: Settings, written: Written, _: Known) -> Settings:
    return replace(settings, announce_chapters=written.one_of(("chapters", NONE)) != NONE)


def _countdown(settings: Settings, written: Written, _: Known) -> Settings:
    text = written.text()
    seconds = _whole(text)
    if seconds is None or seconds > LONGEST_COUNTDOWN:
        message = f"{quote(text)} is no countdown"
        raise InputError(
            message, f"write whole seconds from 0 to {LONGEST_COUNTDOWN}: `countdown: 5`"
        )
    return replace(settings, countdown=seconds, countdown_asked=written.place is not None)


def _halfway(settings: Settings, written: Written, _: Known) -> Settings:
    text = written.text().lower()
    if text not in (*_YES, *_NO):
        raise InputError(f"`halfway` cannot be {quote(text)}", "write `yes` or `no`")
    return replace(settings, halfway=text in _YES)


def _first_side(settings: Settings, written: Written, _: Known) -> Settings:
    return replace(settings, first_side=Side(written.one_of(side.value for side in Side)))


def _bed(settings: Settings, written: Written, known: Known) -> Settings:
    text = written.text()
    if text.lower() == NONE:
        return replace(settings, bed=None)
    found = _BED.fullmatch(text)
    name = found["name"] if found else text
    level = float(re.sub("[−–]", "-", found["level"])) if found else BED_LEVEL
    if is_path(name):
        if written.place:  # an option or a configuration may name a file anywhere
            checked_path(name)
    elif name not in known.beds:
        raise InputError(f"unknown bed {quote(name)}", did_you_mean(name, {*known.beds, NONE}))
    if not QUIETEST_BED <= level <= 0:
        way_out = f"write {QUIETEST_BED:.0f} to 0 dB: `bed: rain, -30 dB`"
        raise InputError(f"a bed cannot have a level of {level:g} dB", way_out)
    return replace(settings, bed=Bed(name, level, written.place))


def _loudness(settings: Settings, written: Written, _: Known) -> Settings:
    text = written.text()
    found = _LUFS.fullmatch(text)
    level = float(re.sub("[−–]", "-", found[1])) if found else 0.0
    if not QUIETEST <= level <= LOUDEST:
        way_out = f"write {QUIETEST:.0f} to {LOUDEST:.0f} LUFS: `loudness: {LOUDNESS:.0f} LUFS`"
        raise InputError(f"{quote(text)} is no loudness", way_out)
    return replace(settings, loudness=level)


# ── what is not warned of ────────────────────────────────────────────────────


def _allow(settings: Settings, written: Written, known: Known) -> Settings:
    rules = written.words()
    for name in rules:
        if name not in known.rules:
            message = f"there is no rule {quote(name)} to allow"
            raise InputError(message, did_you_mean(name, known.rules))
    return replace(settings, allow=frozenset(rules))


READERS: Mapping[str, Reader] = {
    "title": _title,
    "author": _author,
    "description": _description,
    "cover": _cover,
    "needs": _needs,
    "for": _for,
    "language": _language,
    "voice": _voice,
    "pace": _pace,
    "length": _length,
    "level": _level,
    "guidance": _guidance,
    "mood": _mood,
    "announce": _announce,
    "countdown": _countdown,
    "halfway": _halfway,
    "first side": _first_side,
    "chimes": read_chimes,
    "bed": _bed,
    "loudness": _loudness,
    "breath": _breath,
    "say": read_say,
    "lexicon": read_lexicons,
    "words": read_words,
    "phrases": read_phrases,
    "lead in": _lead_in,
    "lead out": _lead_out,
    "allow": _allow,
}
"""In the order of the language's page; `phrases` is checked after `language`."""
