"""Every setting once: its name, its type and bounds, its default, and a sentence of help.

Front matter, options, the configuration file, `voiceguide config`, the keywords of `load`,
completion and the table in docs/LANGUAGE.md all follow from `TABLE`. A new setting is a field of
`Settings` and a row here; a type that nothing has yet is a reader in `written`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from voiceguide.errors import InputError, did_you_mean, quote
from voiceguide.languages import SPOKEN, addresses, languages, phrases
from voiceguide.lengths import show_seconds
from voiceguide.routine import Side
from voiceguide.script import BUILT_IN_WORDS, is_path, plain_name
from voiceguide.settings.data import (
    BED_LEVEL,
    CHIME_ROLES,
    COUNTDOWN,
    LEVELS,
    LOUDNESS,
    NOTHING,
    PACES,
    Bed,
    BreathPhase,
    Guidance,
    Intro,
    LexiconName,
    Mood,
)
from voiceguide.settings.written import (
    NONE,
    Fields,
    WrittenSetting,
    beside,
    checked_path,
    choice,
    day,
    either,
    number,
    one_length,
    plain,
    signed,
    whole,
    words,
)

SLOWEST, QUICKEST = 80, 450
"""Words a minute that the embedded engine can speak."""

LONGEST_COUNTDOWN = 60
"""Seconds."""

LONGEST_LEAD = 600.0
LONGEST_BREATH = 60.0
LONGEST_FADE = 600.0
MOST_TICKS = re.compile(r"(?:([0-9]{1,9}) )?ticks?")
"""Seconds of silence at an end; of a breath, too."""

QUIETEST_BED = -90.0
"""LUFS."""

QUIETEST, LOUDEST = -30.0, -10.0
"""LUFS of a mono voice: quieter ones drown in a room, louder ones in the limiter."""

_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_WHOLE = r"([0-9]{1,9})"
_VOICE = re.compile(r"[\w-]+(?::\S.*)?")
_BED = re.compile(rf"(?P<name>.*?)\s*,\s*(?P<level>[-−–+]?{_NUMBER}) ?dB", re.IGNORECASE)
_BREATH = re.compile(rf"({_NUMBER}) ?s? (in|hold|out)")
_MARKUP = re.compile(r"[\[\]{}<>*_`|\\]")


# ── readers of one setting each ──────────────────────────────────────────────


def _needs(written: WrittenSetting) -> tuple[str, ...]:
    needs = words(written)
    if NOTHING in needs and len(needs) > 1:
        other = next(word for word in needs if word != NOTHING)
        message = f"`{NOTHING}` and {quote(other)} contradict each other"
        raise InputError(message, f"leave `{NOTHING}` out, or `needs` altogether")
    return () if needs == (NOTHING,) else needs


def _phrases_of(written: WrittenSetting) -> tuple[str, ...]:
    """Some words each, with commas between them, as they were written."""
    value = written.value
    texts = value if isinstance(value, list) else written.text().split(",")
    return tuple(filter(None, (plain(text, written.name).strip() for text in texts)))


def _address(written: WrittenSetting) -> str:
    known = addresses()
    address = written.text()
    if address.lower() not in known:
        message = f"{quote(address)} is not a way to address somebody"
        raise InputError(message, did_you_mean(address, known))
    return address.lower()


def _language(written: WrittenSetting) -> str:
    language = written.text()
    try:
        phrases(language)
    except KeyError:
        message = f"there are no built-in words in the language {quote(language)}"
        raise InputError(message, did_you_mean(language, languages())) from None
    return language


def _voice(written: WrittenSetting) -> str:
    voice = written.text()
    if not _VOICE.fullmatch(voice):
        raise InputError(f"{quote(voice)} is not a voice", "write `ENGINE` or `ENGINE:VOICE`")
    return voice


def _level(written: WrittenSetting) -> float:
    return _percent(written) / 100


def _length(written: WrittenSetting) -> float:
    return one_length(written, "write `length: 10 min`; `level` chooses within ranges").low


def _lead(written: WrittenSetting) -> float:
    if re.fullmatch(r"0 ?s?", written.text()):
        return 0.0
    length = one_length(written, f"write `{written.name}: 2s`")
    if length.low > LONGEST_LEAD:
        message = f"`{written.name}` cannot be longer than {show_seconds(LONGEST_LEAD)}"
        raise InputError(message, "begin or end with prose and `[4s]` instead")
    return length.low


def _ending(written: WrittenSetting) -> float:
    """`fade 1 min`, in seconds; `none` is no fade."""
    text = written.text()
    if text.lower() == NONE:
        return 0.0
    way_out = "write `ending: fade 1 min`, or `none`"
    if not text.lower().startswith("fade "):
        raise InputError(f"{quote(text)} is not an ending", way_out)
    length = one_length(replace(written, value=text[len("fade ") :]), way_out)
    if length.low > LONGEST_FADE:
        message = f"an ending cannot be longer than {show_seconds(LONGEST_FADE)}"
        raise InputError(message, way_out)
    return length.low


def _countdown(written: WrittenSetting) -> Fields:
    """Seconds, or `ticks` in place of numbers: `5 ticks`, or as many as otherwise."""
    ticks = MOST_TICKS.fullmatch(written.text().lower())
    if not ticks:
        return Fields(countdown=_countdown_seconds(written), countdown_ticks=False)
    seconds = _countdown_seconds(replace(written, value=ticks[1])) if ticks[1] else COUNTDOWN
    return Fields(countdown=seconds, countdown_ticks=True)


def _breath(written: WrittenSetting) -> tuple[BreathPhase, ...]:
    text = written.text().lower()
    parts = [_BREATH.fullmatch(" ".join(part.split())) for part in text.split(",")]
    phases = tuple(BreathPhase(part[2], float(part[1])) for part in parts if part)
    names = [phase.word for phase in phases]
    complete = len(phases) == len(parts) and names.count("in") == names.count("out") == 1
    if not complete or not all(phase.seconds for phase in phases):
        way_out = "write seconds: `4 in, 6 out`, or `4 in, 2 hold, 6 out`"
        raise InputError(f"{quote(text)} is not a breath", way_out)
    if sum(phase.seconds for phase in phases) > LONGEST_BREATH:
        raise InputError("a breath cannot be longer than a minute", "write `4 in, 6 out`")
    return phases


def _bed(written: WrittenSetting) -> Bed | None:
    text = written.text()
    if text.lower() == NONE:
        return None
    found = _BED.fullmatch(text)
    name = found["name"] if found else text
    level = signed(found["level"]) if found else BED_LEVEL
    if is_path(name):
        if written.place:  # an option or a configuration may name a file anywhere
            checked_path(name)
    elif name not in written.known.beds:
        way_out = did_you_mean(name, {*written.known.beds, NONE})
        raise InputError(f"unknown bed {quote(name)}", way_out)
    if not QUIETEST_BED <= level <= 0:
        way_out = f"write {QUIETEST_BED:.0f} to 0 dB: `bed: rain, -30 dB`"
        raise InputError(f"a bed cannot have a level of {level:g} dB", way_out)
    return Bed(name, level)


def _chimes(written: WrittenSetting) -> dict[str, str | None]:
    """One family for every role, or roles with a chime each."""
    if isinstance(written.value, Mapping):
        pairs = written.pairs(lambda role, name: _chime(role, name, written))
        return {role: _chime(role, name, written) for role, name in pairs.items()}
    family, known = written.text().lower(), {*written.known.families, NONE}
    if family not in known:
        raise InputError(f"unknown family of chimes {quote(family)}", did_you_mean(family, known))
    return dict.fromkeys(CHIME_ROLES, None if family == NONE else family)


def _chime(role: str, name: str, written: WrittenSetting) -> str | None:
    known = {*written.known.chimes, NONE}
    if role not in CHIME_ROLES:
        raise InputError(f"there is no chime for {quote(role)}", did_you_mean(role, CHIME_ROLES))
    if is_path(name):
        return checked_path(name)
    if name.lower() not in known:
        raise InputError(f"unknown chime {quote(name)}", did_you_mean(name, known))
    return None if name.lower() == NONE else name.lower()


def _lexicons(written: WrittenSetting) -> tuple[LexiconName, ...]:
    """One file or more; those that a routine names come first."""
    value = written.value
    texts = value if isinstance(value, list) else written.text().split(",")
    paths = [plain(text, written.name) for text in texts]
    if [path.lower() for path in paths] == [NONE]:
        return ()
    if not paths or not all(paths):
        way_out = "write files with commas between them: `lexicon: one.pls, another.pls`"
        raise InputError("an empty place is not a file of `lexicon`", way_out)
    named = (LexiconName(path, written.place) for path in paths)
    return (*named, *written.below.lexicons)


def _say(written: WrittenSetting) -> dict[str, str]:
    return written.pairs(_check_respelling)


def _check_respelling(word: str, spoken: str) -> None:
    if not word.strip() or not spoken:
        message = f"{quote(word)} is not told how to be spoken"
        raise InputError(message, "write `word: respelling`")


def _own_words(written: WrittenSetting) -> dict[str, str]:
    pairs = written.pairs(_check_word)
    return {plain_name(name): text for name, text in pairs.items()}


def _check_word(name: str, text: str) -> None:
    if plain_name(name) in BUILT_IN_WORDS:
        raise InputError(f"{quote(name)} is a built-in word", "choose another name")
    if not name.strip() or _MARKUP.search(name):
        raise InputError(f"{quote(name)} cannot be a word's name", "use letters alone")
    if text:  # an empty one is for `--set`: until then its sentences are left out
        _check_plain(name, text)


def _phrases(written: WrittenSetting) -> dict[str, str]:
    """Other built-in words; those that are spoken by themselves may be silenced."""
    known = phrases(written.below.language).words

    def check(name: str, text: str) -> None:
        if name not in known:
            raise InputError(f"there is no phrase {quote(name)}", did_you_mean(name, known))
        if text or name not in SPOKEN:  # an empty one is not spoken at all
            _check_plain(name, text)

    return written.pairs(check)


def _check_plain(name: str, text: str) -> None:
    if not text:
        raise InputError(f"{quote(name)} has no words", "write them after the colon")
    if _MARKUP.search(text):
        message = f"{quote(text)} holds more than plain words"
        raise InputError(message, "stress, tags and braces belong into prose")


def _allow(written: WrittenSetting) -> frozenset[str]:
    rules = words(written)
    for name in rules:
        if name not in written.known.rules:
            way_out = did_you_mean(name, written.known.rules)
            raise InputError(f"there is no rule {quote(name)} to allow", way_out)
    return frozenset(rules)


# ── types that are a table of words, or a number within bounds ───────────────


_percent = number(
    "level",
    rf"({_NUMBER}) ?%",
    (0, 100),
    f"write {either(LEVELS)}, or `0%` to `100%`",
    {name: 100 * point for name, point in LEVELS.items()},
)
_pace = whole(
    number(
        "pace",
        _WHOLE,
        (SLOWEST, QUICKEST),
        f"write {either(PACES)}, or {SLOWEST} to {QUICKEST} words a minute",
        PACES,
    )
)
_countdown_seconds = whole(
    number(
        "countdown",
        _WHOLE,
        (0, LONGEST_COUNTDOWN),
        f"write whole seconds from 0 to {LONGEST_COUNTDOWN}: `countdown: 5`, or `ticks`",
    )
)
_count_in = whole(
    number(
        "count in",
        _WHOLE,
        (0, LONGEST_COUNTDOWN),
        f"write whole seconds from 0 to {LONGEST_COUNTDOWN}: `count in: 3`",
    )
)
_loudness = number(
    "loudness",
    rf"([-−–]{_NUMBER})(?: ?(?:LUFS|dB))?",
    (QUIETEST, LOUDEST),
    f"write {QUIETEST:.0f} to {LOUDEST:.0f} LUFS: `loudness: {LOUDNESS:.0f} LUFS`",
)
_GUIDANCE = {amount.value: amount for amount in Guidance}
_MOODS = {**{mood.value: mood for mood in Mood}, NONE: None}
_ANNOUNCED = {"chapters": True, NONE: False}
_INTROS = {amount.value: amount for amount in Intro}
_PHASE_WORDS = {"always": True, "first": False}
_FINISHES = {"yes": True, NONE: False}
_YES_OR_NO = {"yes": True, "no": False}
_IN_YAML = {"true": True, "on": True, "false": False, "off": False}
_FIRST = {side.value: side for side in Side}


# ── the table ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Definition:
    """What there is to know of a setting."""

    name: str
    """As in front matter; an option and the configuration file write it with hyphens."""
    read: Callable[[WrittenSetting], Any]
    """Its type and bounds: from what was written to the value of its field."""
    help: str
    """For the page of the language, in Markdown; for `config` and completion, too."""
    default: str = ""
    """As one would write it; empty where nothing is set."""
    field: str = ""
    """Of `Settings`, where it is not called as the setting is."""
    words: tuple[str, ...] = ()
    """What may be written, as far as it can be listed: for completion."""
    of_one_routine: bool = False
    """Whether it says nothing about any other routine."""

    @property
    def attribute(self) -> str:
        """The field of `Settings` that holds its value."""
        return self.field or self.name.replace(" ", "_")


TABLE = (
    Definition("title", WrittenSetting.text, "the title, a tag of the file", of_one_routine=True),
    Definition("author", WrittenSetting.text, "the author, a tag of the file"),
    Definition(
        "description", WrittenSetting.text, "what it is for, a tag of the file", of_one_routine=True
    ),
    Definition("cover", beside, "a picture beside it, a tag of the file", of_one_routine=True),
    Definition(
        "date",
        day,
        "when it was made, a tag of the file: `2026`, `2026-11` or `2026-11-30`",
        of_one_routine=True,
    ),
    Definition(
        "needs",
        _needs,
        "what has to be at hand: floor, wall, bed, band, ball, chair, blanket, `nothing`, or words"
        " of your own, with commas between them: for lists of routines and for handouts",
        of_one_routine=True,
    ),
    Definition(
        "for",
        words,
        "what it is for: release, strength, warm-up, rest, break, yoga, pilates, or words of your"
        " own, as under `needs`",
        field="purposes",
        of_one_routine=True,
    ),
    Definition(
        "frequency",
        WrittenSetting.text,
        "how often to practise, `twice a day`, `5 days a week`: on the handout, never spoken",
        of_one_routine=True,
    ),
    Definition(
        "not if",
        _phrases_of,
        "when to leave it, with commas between: on the handout, and spoken once as it begins,"
        " unless the phrase `not if` is switched off",
        of_one_routine=True,
    ),
    Definition("see", WrittenSetting.text, "who to ask: on the handout", of_one_routine=True),
    Definition(
        "address",
        _address,
        "how the program's own words address the reader, where a language has two ways: `du`,"
        " `Sie`; `tu`, `vous`; `tú`, `usted`; `tu`, `Lei`; `je`, `u`",
    ),
    Definition(
        "language",
        _language,
        'the voice\'s language, and that of the built-in words ("Switch sides.", "Halfway.",'
        " numbers): `de`, `en`, `es`, `fr`, `it`, `nl`, `pl`, `pt`, each with a region where you"
        " like: `en-gb`, `pt-br`",
        "en",
    ),
    Definition("voice", _voice, "`ENGINE` or `ENGINE:VOICE`; otherwise the best one installed"),
    Definition(
        "pace",
        _pace,
        f"`calm`, `steady`, `brisk`, or words a minute, {SLOWEST} to {QUICKEST}",
        "calm",
        field="words_a_minute",
        words=tuple(PACES),
    ),
    Definition("length", _length, "the exact length of the session"),
    Definition(
        "level",
        _level,
        "`gentle`, `standard`, `strong`, or 0-100 %",
        "standard",
        field="point",
        words=tuple(LEVELS),
    ),
    Definition(
        "guidance",
        choice(_GUIDANCE),
        "`full`; `brief`: instructions on the first pass alone; `quiet`: names, sides, counts and"
        " chimes",
        "full",
        words=tuple(_GUIDANCE),
    ),
    Definition(
        "mood",
        choice(_MOODS),
        "`wind down`: voice, chimes and bed settle over the session (below)",
        NONE,
        words=tuple(_MOODS),
    ),
    Definition(
        "announce",
        choice(_ANNOUNCED),
        "`chapters`: says each chapter's heading",
        NONE,
        field="announce_chapters",
        words=tuple(_ANNOUNCED),
    ),
    Definition(
        "countdown",
        _countdown,
        f"the seconds counted down at the end of a hold, {LONGEST_COUNTDOWN} at most; `0` for none;"
        " `ticks`, `5 ticks`: ticks, and not numbers. Where nothing is said, there is none in"
        " rest and in holds of 3 minutes and more",
        "3",
    ),
    Definition(
        "count in",
        _count_in,
        "the seconds counted down before a hold, a segment or reps begin; `0` for none",
        "0",
    ),
    Definition(
        "phase words",
        choice(_PHASE_WORDS),
        "`always`: every rep and breath says the words of its phases, not the first two alone",
        "first",
        field="phase_words",
        words=tuple(_PHASE_WORDS),
    ),
    Definition(
        "halfway",
        choice(_YES_OR_NO, _IN_YAML),
        "a soft mark in the middle of holds of 40 s and more that have no `half:` of their own",
        "yes",
        words=tuple(_YES_OR_NO),
    ),
    Definition("first side", choice(_FIRST), "`left`, `right`", "left", words=tuple(_FIRST)),
    Definition(
        "chimes",
        _chimes,
        "a family: `bowl`, `bell`, `wood`, `none`; or a map: `start`, `end`, `switch`, `rest`,"
        " `finish`, `wake` to a name, a file or `none`",
        "bowl",
    ),
    Definition(
        "bed",
        _bed,
        "a quiet sound under it all: `rain`, `waves`, `drone`, `brown`, or a file, with a level:"
        f" `rain, {BED_LEVEL:.0f} dB`, which is the level where none is said",
        NONE,
    ),
    Definition(
        "loudness",
        _loudness,
        f"the voice's, in LUFS of a mono sound (as loud as -16 in stereo), {QUIETEST:.0f} to"
        f" {LOUDEST:.0f}; chimes, sounds and bed follow it",
        f"{LOUDNESS:.0f}",
    ),
    Definition(
        "breath",
        _breath,
        "seconds and `in`, `hold`, `out`: `4 in, 2 hold, 6 out`",
        "4 in, 6 out",
    ),
    Definition(
        "say",
        _say,
        "how words are spoken: a respelling, `psoas: so-as`; sounds in the IPA between slashes,"
        " `psoas: /ˈsoʊæs/`; or phonemes in the engine's own notation, `psoas: \"[[s'oUas]]\"`"
        " ([WORDS.md](WORDS.md))",
    ),
    Definition(
        "lexicon",
        _lexicons,
        "pronunciation lexicons of the W3C (PLS) beside it, for many words: `my.pls`, with commas"
        " between several; `say` comes before them, and they before the words that voiceguide"
        " knows",
        field="lexicons",
    ),
    Definition("words", _own_words, "your own `{names}`, for plain words"),
    # its words are those of the language, which is read before it
    Definition(
        "phrases",
        _phrases,
        "other built-in words: `switch: Now the other side.`; an empty one is not said",
    ),
    Definition(
        "lead in",
        _lead,
        "silence before it all, so that Bluetooth swallows nothing: up to 10 minutes, `0s` for"
        " none",
        "1s",
    ),
    Definition(
        "lead out",
        _lead,
        "silence after it all, so that the next track startles nobody: up to 10 minutes, `0s` for"
        " none; `12s` in the mood `wind down`",
        "4s",
    ),
    Definition(
        "intro",
        choice(_INTROS),
        "what is said before the first heading: `full`, `short` (the sentence that says when to"
        " stop), `none`",
        "full",
        words=tuple(_INTROS),
    ),
    Definition(
        "ending",
        _ending,
        "`fade 1 min`: in the last minute voice, chimes and bed fade to silence",
        NONE,
        field="fade",
    ),
    Definition(
        "finish",
        choice(_FINISHES),
        "`none`: neither words nor a chime say that the session is over",
        "yes",
        words=tuple(_FINISHES),
    ),
    Definition(
        "seed",
        WrittenSetting.text,
        "what `shuffle` draws its order from; otherwise the routine's own text",
    ),
    Definition(
        "allow",
        _allow,
        "rules that `check` does not warn of (below), with commas between them: `no-heading,"
        " long-talk`",
    ),
)
"""In the order of the language's page, in which one may build on another."""

SETTINGS: Mapping[str, Definition] = {row.name: row for row in TABLE}
"""By their names."""
