"""The settings that are maps: chimes by their roles, and words by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from voiceguide.errors import did_you_mean, quote
from voiceguide.phrases import SPOKEN, phrases
from voiceguide.script import BUILT_IN_WORDS, Known, is_path, plain_name
from voiceguide.settings.data import CHIME_ROLES, LexiconName, Settings
from voiceguide.settings.written import NONE, Written, Wrong, checked_path, plain

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
        raise Wrong(f"unknown family of chimes {quote(family)}", way_out)
    return replace(settings, chimes=dict.fromkeys(CHIME_ROLES, None if family == NONE else family))


def _chime(role: str, name: str, known: Known) -> str | None:
    if role not in CHIME_ROLES:
        raise Wrong(f"there is no chime for {quote(role)}", did_you_mean(role, CHIME_ROLES), role)
    if is_path(name):
        return checked_path(name, role)
    if name.lower() not in {*known.chimes, NONE}:
        way_out = did_you_mean(name, {*known.chimes, NONE})
        raise Wrong(f"unknown chime {quote(name)}", way_out, role)
    return None if name.lower() == NONE else name.lower()


def read_say(settings: Settings, written: Written, _: Known) -> Settings:
    """How words are spoken."""
    return replace(settings, say={**settings.say, **written.pairs(_check_respelling)})


def _check_respelling(word: str, spoken: str) -> None:
    if not word.strip() or not spoken:
        message = f"{quote(word)} is not told how to be spoken"
        raise Wrong(message, "write `word: respelling`", word)


def read_lexicons(settings: Settings, written: Written, _: Known) -> Settings:
    """Pronunciation lexicons: one file or more; those that a routine names come first."""
    value = written.value
    texts = value if isinstance(value, list) else written.text().split(",")
    paths = [plain(text, written.name) for text in texts]
    if [path.lower() for path in paths] == [NONE]:
        return replace(settings, lexicons=())
    if not paths or not all(paths):
        way_out = "write files with commas between them: `lexicon: one.pls, another.pls`"
        raise Wrong("an empty place is no file of `lexicon`", way_out)
    names = tuple(LexiconName(path, written.place) for path in paths)
    return replace(settings, lexicons=(*names, *settings.lexicons))


def read_words(settings: Settings, written: Written, _: Known) -> Settings:
    """The routine's own `{names}`."""
    pairs = written.pairs(_check_word)
    words = {plain_name(name): text for name, text in pairs.items()}
    return replace(settings, words={**settings.words, **words})


def _check_word(name: str, text: str) -> None:
    if plain_name(name) in BUILT_IN_WORDS:
        raise Wrong(f"{quote(name)} is a built-in word", "choose another name", name)
    if not name.strip() or _MARKUP.search(name):
        raise Wrong(f"{quote(name)} cannot be a word's name", "use letters alone", name)
    _check_plain(name, text)


def read_phrases(settings: Settings, written: Written, _: Known) -> Settings:
    """Other built-in words; those that are spoken by themselves may be silenced."""
    known = phrases(settings.language).words

    def check(name: str, text: str) -> None:
        if name not in known:
            raise Wrong(f"there is no phrase {quote(name)}", did_you_mean(name, known), name)
        if text or name not in SPOKEN:  # an empty one is not spoken at all
            _check_plain(name, text)

    return replace(settings, phrases={**settings.phrases, **written.pairs(check)})


def _check_plain(name: str, text: str) -> None:
    if not text:
        raise Wrong(f"{quote(name)} has no words", "write them after the colon", name)
    if _MARKUP.search(text):
        message = f"{quote(text)} holds more than plain words"
        raise Wrong(message, "stress, tags and braces belong into prose", name)
