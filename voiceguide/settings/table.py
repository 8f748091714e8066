"""The table of all settings: name, type and bounds, default, and a sentence of help.

Front matter, options, the configuration file, `voiceguide config`, the keywords of `load`,
completion and the table in docs/LANGUAGE.md all use `TABLE`. A new setting is a field of
`Settings` and a row here; the reader of a new type belongs in `written`, or in `readers` if only
one setting uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from voiceguide.routine import Side
from voiceguide.settings import BED_LEVEL, LEVELS, LOUDNESS, PACES, Guidance, Intro, Mood, readers
from voiceguide.settings.readers import LONGEST_COUNTDOWN, LOUDEST, QUICKEST, QUIETEST, SLOWEST
from voiceguide.settings.written import NONE, WrittenSetting, beside, choice, day, words

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


class Definition(Struct, frozen=True):
    """One row of the table: a setting."""

    name: str
    """The name in front matter; options and the configuration file write it with hyphens."""
    read: Callable[[WrittenSetting], Any]
    """The reader, which checks type and bounds and returns the value of the field."""
    help: str
    """The help in Markdown, for the language's page, `config` and completion."""
    default: str = ""
    """The default as a user would write it; empty if there is none."""
    field: str = ""
    """The field of `Settings`, if its name differs from the setting's."""
    words: tuple[str, ...] = ()
    """The possible values that can be listed, for completion."""
    of_one_routine: bool = False
    """Whether it concerns a single routine, so that the configuration cannot set it."""

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
        readers.read_needs,
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
        readers.read_phrases_of,
        "when to leave it, with commas between: on the handout, and spoken once as it begins,"
        " unless the phrase `not if` is switched off",
        of_one_routine=True,
    ),
    Definition("see", WrittenSetting.text, "who to ask: on the handout", of_one_routine=True),
    Definition(
        "address",
        readers.read_address,
        "how the program's own words address the reader, where a language has two ways: `du`,"
        " `Sie`; `tu`, `vous`; `tú`, `usted`; `tu`, `Lei`; `je`, `u`",
    ),
    Definition(
        "language",
        readers.read_language,
        'the voice\'s language, and that of the built-in words ("Switch sides.", "Halfway.",'
        " numbers): `de`, `en`, `es`, `fr`, `it`, `nl`, `pl`, `pt`, each with a region where you"
        " like: `en-gb`, `pt-br`",
        "en",
    ),
    Definition(
        "voice",
        readers.read_voice,
        "`ENGINE` or `ENGINE:VOICE`; otherwise the best one installed",
    ),
    Definition(
        "pace",
        readers.read_pace,
        f"`calm`, `steady`, `brisk`, or words a minute, {SLOWEST} to {QUICKEST}",
        "calm",
        field="words_a_minute",
        words=tuple(PACES),
    ),
    Definition("length", readers.read_length, "the exact length of the session"),
    Definition(
        "level",
        readers.read_level,
        "`gentle`, `standard`, `strong`, or 0-100 %",
        "standard",
        field="point",
        words=tuple(LEVELS),
    ),
    Definition(
        "guidance",
        choice(_GUIDANCE),
        "`full`; `brief`: instructions only on the first pass; `quiet`: names, sides, counts and"
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
        readers.read_countdown,
        f"the seconds counted down at the end of a hold, {LONGEST_COUNTDOWN} at most; `0` for none;"
        " `ticks`, `5 ticks`: ticks, and not numbers. Where nothing is said, there is none in"
        " rest and in holds of 3 minutes and more",
        "3",
    ),
    Definition(
        "count in",
        readers.read_count_in,
        "the seconds counted down before a hold, a segment or reps begin; `0` for none",
        "0",
    ),
    Definition(
        "phase words",
        choice(_PHASE_WORDS),
        "`always`: every rep and breath says the words of its phases, not only the first two",
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
        readers.read_chimes,
        "a family: `bowl`, `bell`, `wood`, `none`; or a map: `start`, `end`, `switch`, `rest`,"
        " `finish`, `wake` to a name, a file or `none`",
        "bowl",
    ),
    Definition(
        "bed",
        readers.read_bed,
        "a quiet sound under it all: `rain`, `waves`, `drone`, `brown`, or a file, with a level:"
        f" `rain, {BED_LEVEL:.0f} dB`, which is the level where none is said",
        NONE,
    ),
    Definition(
        "loudness",
        readers.read_loudness,
        f"the voice's, in LUFS of a mono sound (as loud as -16 in stereo), {QUIETEST:.0f} to"
        f" {LOUDEST:.0f}; chimes, sounds and bed follow it",
        f"{LOUDNESS:.0f}",
    ),
    Definition(
        "breath",
        readers.read_breath,
        "seconds and `in`, `hold`, `out`: `4 in, 2 hold, 6 out`",
        "4 in, 6 out",
    ),
    Definition(
        "say",
        readers.read_say,
        "how words are spoken: a respelling, `psoas: so-as`; sounds in the IPA between slashes,"
        " `psoas: /ˈsoʊæs/`; or phonemes in the engine's own notation, `psoas: \"[[s'oUas]]\"`"
        " ([WORDS.md](WORDS.md))",
    ),
    Definition(
        "lexicon",
        readers.read_lexicons,
        "pronunciation lexicons of the W3C (PLS) beside it, for many words: `my.pls`, with commas"
        " between several; `say` comes before them, and they before the words that voiceguide"
        " knows",
        field="lexicons",
    ),
    Definition("words", readers.read_own_words, "your own `{names}`, for plain words"),
    # the phrases depend on the language, which is read before them
    Definition(
        "phrases",
        readers.read_phrases,
        "other built-in words: `switch: Now the other side.`; an empty one is not said",
    ),
    Definition(
        "lead in",
        readers.read_lead,
        "silence before it all, so that Bluetooth swallows nothing: up to 10 minutes, `0s` for"
        " none",
        "1s",
    ),
    Definition(
        "lead out",
        readers.read_lead,
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
        readers.read_ending,
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
        readers.read_allow,
        "rules that `check` does not warn of (below), with commas between them: `no-heading,"
        " long-talk`",
    ),
)
"""All settings in the order of the language's page; a setting may build on those before it."""

SETTINGS: Mapping[str, Definition] = {row.name: row for row in TABLE}
"""The rows of `TABLE` by name."""
