"""Readers, one for each setting: from a `WrittenSetting` to the value of its field."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from msgspec.structs import replace

from voiceguide.errors import InputError, did_you_mean, quote
from voiceguide.languages import SPOKEN, addresses, languages, phrases
from voiceguide.lengths import show_seconds
from voiceguide.patterns import late
from voiceguide.script import BUILT_IN_WORDS, is_path, plain_name
from voiceguide.settings import (
    BED_LEVEL,
    CHIME_ROLES,
    COUNTDOWN,
    LEVELS,
    LOUDNESS,
    NOTHING,
    PACES,
    Bed,
    BreathPhase,
    LexiconName,
)
from voiceguide.settings.written import (
    NONE,
    Fields,
    WrittenSetting,
    checked_path,
    either,
    number,
    one_length,
    plain,
    signed,
    whole,
    words,
)

SLOWEST, QUICKEST = 80, 450
"""The range of words a minute that the embedded engine can speak."""

LONGEST_COUNTDOWN = 60
"""Most seconds of a countdown or a count in."""

LONGEST_LEAD = 600.0
"""Most seconds of silence at either end."""

LONGEST_BREATH = 60.0
"""Most seconds of a breath."""

LONGEST_FADE = 600.0
"""Most seconds of a fade at the end."""

MOST_TICKS = late(r"(?:([0-9]{1,9}) )?ticks?")
"""The value of `countdown` with ticks: `ticks`, `5 ticks`."""

QUIETEST_BED = -90.0
"""Lowest level of a bed, in LUFS."""

QUIETEST, LOUDEST = -30.0, -10.0
"""LUFS of a mono voice: a quieter one is lost in a room, a louder one drives the limiter."""

_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_WHOLE = r"([0-9]{1,9})"
_VOICE = late(r"[\w-]+(?::\S.*)?")
_BED = late(rf"(?P<name>.*?)\s*,\s*(?P<level>[-−–+]?{_NUMBER}) ?dB", re.IGNORECASE)
_LOOSE_BED = late(rf"(?P<name>\w+)[\s,(:@]+[-−–+]?(?P<level>{_NUMBER}) ?(?:dB)?\)?", re.IGNORECASE)
_SECONDS = r"([0-9]{1,9})(?: ?s(?:ec(?:onds?)?)?)?"
_BREATH = late(rf"(?:(?P<word>in|hold|out) )?({_NUMBER}) ?s?(?(word)| (in|hold|out))")
_MARKUP = late(r"[\[\]{}<>*_`|\\]")


def read_needs(written: WrittenSetting) -> tuple[str, ...]:
    """Read `needs`; the word `nothing` gives an empty tuple."""
    needs = words(written)
    if NOTHING in needs and len(needs) > 1:
        other = next(word for word in needs if word != NOTHING)
        message = f"`{NOTHING}` and {quote(other)} contradict each other"
        raise InputError(message, f"leave `{NOTHING}` out, or `needs` altogether")
    return () if needs == (NOTHING,) else needs


def read_phrases_of(written: WrittenSetting) -> tuple[str, ...]:
    """Read phrases with commas between them, or a list of them, as written."""
    value = written.value
    texts = value if isinstance(value, list) else written.text().split(",")
    return tuple(filter(None, (plain(text, written.name).strip() for text in texts)))


def read_address(written: WrittenSetting) -> str:
    """Read a form of address."""
    known = addresses()
    address = written.text()
    if address.lower() not in known:
        message = f"{quote(address)} is not a way to address somebody"
        raise InputError(message, did_you_mean(address, known))
    return address.lower()


def read_language(written: WrittenSetting) -> str:
    """Read a language that has built-in words."""
    language = written.text()
    try:
        phrases(language)
    except KeyError:
        message = f"there are no built-in words in the language {quote(language)}"
        raise InputError(message, did_you_mean(language, languages())) from None
    return language


def read_voice(written: WrittenSetting) -> str:
    """Read `ENGINE` or `ENGINE:VOICE`; whether it is installed is checked later."""
    voice = written.text()
    if not _VOICE.fullmatch(voice):
        raise InputError(f"{quote(voice)} is not a voice", "write `ENGINE` or `ENGINE:VOICE`")
    return voice


def read_level(written: WrittenSetting) -> float:
    """Read a level, a name or a percentage, as a point in every range from 0 to 1."""
    return _percent(written) / 100


def read_length(written: WrittenSetting) -> float:
    """Read one length, in seconds."""
    return one_length(written, "write `length: 10 min`; `level` chooses within ranges").low


def read_lead(written: WrittenSetting) -> float:
    """Read the seconds of silence at an end; `0` is none."""
    if re.fullmatch(r"0 ?s?", written.text()):
        return 0.0
    length = one_length(written, f"write `{written.name}: 2s`")
    if length.low > LONGEST_LEAD:
        message = f"`{written.name}` cannot be longer than {show_seconds(LONGEST_LEAD)}"
        raise InputError(message, "begin or end with prose and `[4s]` instead")
    return length.low


def read_ending(written: WrittenSetting) -> float:
    """Read `fade 1 min`, in seconds; `none` is 0, no fade."""
    text = written.text()
    if text.lower() == NONE:
        return 0.0
    way_out = "write `ending: fade 1 min`, or `none`"
    text = re.sub(r"(?i)^fade out ", "fade ", text)
    if not text.lower().startswith("fade "):
        raise InputError(f"{quote(text)} is not an ending", way_out)
    length = one_length(replace(written, value=text[len("fade ") :]), way_out)
    if length.low > LONGEST_FADE:
        message = f"an ending cannot be longer than {show_seconds(LONGEST_FADE)}"
        raise InputError(message, way_out)
    return length.low


_NO_COUNTDOWN = (NONE, "no", "off", "false")


def read_countdown(written: WrittenSetting) -> Fields:
    """Read the seconds of a countdown; `5 ticks` or `ticks`, for the default number, use ticks."""
    ticks = MOST_TICKS.fullmatch(written.text().lower())
    if not ticks:
        if written.text().lower() in _NO_COUNTDOWN:
            written = replace(written, value="0")
        return Fields(countdown=read_countdown_seconds(written), countdown_ticks=False)
    seconds = read_countdown_seconds(replace(written, value=ticks[1])) if ticks[1] else COUNTDOWN
    return Fields(countdown=seconds, countdown_ticks=True)


def read_breath(written: WrittenSetting) -> tuple[BreathPhase, ...]:
    """Read the phases of a breath."""
    text = written.text().lower()
    parts = [_BREATH.fullmatch(" ".join(part.split())) for part in text.split(",")]
    phases = tuple(BreathPhase(part["word"] or part[3], float(part[2])) for part in parts if part)
    names = [phase.word for phase in phases]
    complete = len(phases) == len(parts) and names.count("in") == names.count("out") == 1
    if not complete or not all(phase.seconds for phase in phases):
        way_out = "write seconds: `4 in, 6 out`, or `4 in, 2 hold, 6 out`"
        raise InputError(f"{quote(text)} is not a breath", way_out)
    if sum(phase.seconds for phase in phases) > LONGEST_BREATH:
        raise InputError("a breath cannot be longer than a minute", "write `4 in, 6 out`")
    return phases


def read_bed(written: WrittenSetting) -> Bed | None:
    """Read a bed with its level; None for `none`."""
    text = written.text()
    if text.lower() == NONE:
        return None
    found = _BED.fullmatch(text)
    name = found["name"] if found else text
    level = signed(found["level"]) if found else BED_LEVEL
    if is_path(name):
        if written.place:  # an option names a file anywhere; `configuration` refuses all files
            checked_path(name)
    elif name not in written.known.beds:
        way_out = _bed_meant(name, written.known.beds)
        way_out = way_out or did_you_mean(name, {*written.known.beds, NONE})
        raise InputError(f"unknown bed {quote(name)}", way_out)
    if not QUIETEST_BED <= level <= 0:
        way_out = f"write {QUIETEST_BED:.0f} to 0 dB: `bed: rain, -30 dB`"
        raise InputError(f"a bed cannot have a level of {level:g} dB", way_out)
    return Bed(name, level)


def _bed_meant(text: str, beds: Collection[str]) -> str:
    """The help for a known bed with its level in another form, `rain -34`; empty if it is not."""
    found = _LOOSE_BED.fullmatch(text)
    if not found or found["name"].lower() not in beds:
        return ""
    return f"write `bed: {found['name'].lower()}, -{found['level']} dB`"


def read_chimes(written: WrittenSetting) -> dict[str, str | None]:
    """Read one family for all roles, or a map of roles to chimes."""
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


def read_lexicons(written: WrittenSetting) -> tuple[LexiconName, ...]:
    """Read one or more files; they come before the lexicons of the settings below."""
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


def read_say(written: WrittenSetting) -> dict[str, str]:
    """Read a map of words to respellings."""
    return written.pairs(_check_respelling)


def _check_respelling(word: str, spoken: str) -> None:
    if not word.strip() or not spoken:
        message = f"{quote(word)} is not told how to be spoken"
        raise InputError(message, "write `word: respelling`")


def read_own_words(written: WrittenSetting) -> dict[str, str]:
    """Read a map of a routine's own names to their words."""
    pairs = written.pairs(_check_word)
    return {plain_name(name): text for name, text in pairs.items()}


def _check_word(name: str, text: str) -> None:
    if plain_name(name) in BUILT_IN_WORDS:
        raise InputError(f"{quote(name)} is a built-in word", "choose another name")
    if not name.strip() or _MARKUP.search(name):
        raise InputError(f"{quote(name)} cannot be a word's name", "use only letters")
    if text:  # an empty one waits for `--set`: without it, its sentences are left out
        _check_plain(name, text)


def read_phrases(written: WrittenSetting) -> dict[str, str]:
    """Read replacements of built-in phrases; those that are whole utterances may be empty."""
    known = phrases(written.below.language).words

    def check(name: str, text: str) -> None:
        if name not in known:
            raise InputError(f"there is no phrase {quote(name)}", did_you_mean(name, known))
        if text or name not in SPOKEN:  # an empty text silences the phrase
            _check_plain(name, text)

    return written.pairs(check)


def _check_plain(name: str, text: str) -> None:
    if not text:
        raise InputError(f"{quote(name)} has no words", "write them after the colon")
    if _MARKUP.search(text):
        message = f"{quote(text)} holds more than plain words"
        raise InputError(message, "stress, tags and braces belong into prose")


def read_allow(written: WrittenSetting) -> frozenset[str]:
    """Read the names of the rules for authors to switch off."""
    rules = words(written)
    for name in rules:
        if name not in written.known.rules:
            way_out = did_you_mean(name, written.known.rules)
            raise InputError(f"there is no rule {quote(name)} to allow", way_out)
    return frozenset(rules)


# ── readers of a number within bounds, or of a name for one ──────────────────


_percent = number(
    "level",
    rf"({_NUMBER}) ?%",
    (0, 100),
    f"write {either(LEVELS)}, or `0%` to `100%`",
    {name: 100 * point for name, point in LEVELS.items()},
)
read_pace = whole(
    number(
        "pace",
        rf"{_WHOLE}(?: ?wpm| words a minute)?",
        (SLOWEST, QUICKEST),
        f"write {either(PACES)}, or {SLOWEST} to {QUICKEST} words a minute",
        PACES,
    )
)
_COUNTED = (0, LONGEST_COUNTDOWN)
_COUNTED_HELP = f"write whole seconds from 0 to {LONGEST_COUNTDOWN}"
read_countdown_seconds = whole(
    number("countdown", _SECONDS, _COUNTED, f"{_COUNTED_HELP}: `countdown: 5`, or `ticks`")
)
read_count_in = whole(number("count in", _SECONDS, _COUNTED, f"{_COUNTED_HELP}: `count in: 3`"))
read_loudness = number(
    "loudness",
    rf"([-−–]{_NUMBER})(?: ?(?:LUFS|dB))?",
    (QUIETEST, LOUDEST),
    f"write {QUIETEST:.0f} to {LOUDEST:.0f} LUFS: `loudness: {LOUDNESS:.0f} LUFS`",
)
