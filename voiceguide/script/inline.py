"""Scan a paragraph into words, tags, changing words and stress, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import InputError, Place, nearest, quote
from voiceguide.lengths import parse_length
from voiceguide.patterns import late
from voiceguide.routine import Override, PlaySound, Sided, Silence, Strike, Word
from voiceguide.script.decode import plain_name
from voiceguide.script.foreign import (
    STAMP,
    accidents,
    foreign_letters,
    refusal,
    tag_meant,
)
from voiceguide.script.source import Passage, ReadingContext, Scope, read_chime, read_path
from voiceguide.script.synonyms import are_lengths


class Bit(Struct, frozen=True):
    """A piece of plain text, or a changing word with `text` as its placeholder."""

    text: str
    start: int
    """Its offset in the passage."""
    stop: int
    stressed: bool = False
    changing: Word | Sided | None = None
    escaped: bool = False
    """Whether a backslash stands before it; then it cannot end a sentence."""

    def part(self, start: int, stop: int) -> Bit:
        """The characters from `start` to `stop`; a changing word stays whole."""
        if self.changing or (start == 0 and stop == len(self.text)):
            return self
        return replace(
            self, text=self.text[start:stop], start=self.start + start, stop=self.start + stop
        )


class Bar(Struct, frozen=True):
    """`|` between texts that are spoken in turn."""

    place: Place


Inline = Bit | Bar | Silence | Strike | PlaySound | Override

_TOKEN = late(
    r"""
      (?P<escape> \\ (?: [!-/:-@\[-`{-~] | (?=\s|\Z) ) )
    | (?P<image>  !\[ [^\[\]]* \] \( [^()]* \) )
    | (?P<link>   \[ (?P<label> [^\[\]]* ) \] \( [^()\s]* (?: \s+ "[^"]*" )? \) )
    | (?P<tag>    \[ (?P<inside> [^\[\]{}]* ) \] )
    | (?P<word>   \{ (?P<name> [^{}\[\]]* ) \} )
    | (?P<html>   </?[A-Za-z][^<>]*> )
    | (?P<entity> & (?: \#\w+ | [A-Za-z]\w* ) ; )
    | (?P<code>   ` [^`]* ` )
    | (?P<stars>  \*+ )
    | (?P<bar>    \| )
    | (?P<stray>  [\[\]{}_`\\] )
    | (?P<text>   (?: [^\\!\[\]{}<&*`|_] | !(?!\[) )+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)

_STRAY = {
    "[": ("this `[` is never closed", "end the tag with `]`; `\\[` is the sign itself"),
    "]": ("this `]` closes nothing", "delete it; `\\]` is the sign itself"),
    "{": ("this `{` is never closed", "end the word with `}`; `\\{` is the sign itself"),
    "}": ("this `}` closes nothing", "delete it; `\\}` is the sign itself"),
    "_": ("`_` cannot be spoken", "write stress as `*word*`; `\\_` is the sign itself"),
    "`": ("a backtick cannot be spoken", "delete it"),
    "\\": ("this `\\` stands before nothing it could protect", "delete it"),
}
_UNSPEAKABLE = {
    "image": ("a picture cannot be spoken", "put it on a line of its own"),
    "html": ("an HTML tag cannot be spoken", "delete it"),
    "code": ("code cannot be spoken", "delete the backticks"),
}
_BAR = (
    "`|` does not divide anything here",
    "`every` takes texts in turn, and `{left|right}` two forms",
)
OVERRIDES = {"voice": "piper:en_GB-alba", "pace": "brisk", "bed": "waves, -32 dB"}
"""Settings that prose may change for the rest of its chapter, each with an example value."""

_TAG_WORDS = ("chime", "sound", *OVERRIDES)
_STAGED = late(r"(?i)\b(?:music|sounds?|fades?|plays?|background|whisper\w*|voice|softly)\b")
_TAGS = "tags are `[4s]`, `[20-40s]`, `[1 breath]`, `[chime]`, `[chime bowl]`, `[sound waves.flac]`"
_SOME_WORD = "Xxxxx"
_FORM = late(r"[\\*_`<]")


def scan(
    passage: Passage,
    scope: Scope,
    context: ReadingContext,
    *,
    bars: bool = False,
    shown: bool = False,
) -> Iterator[Inline]:
    """The parts of a paragraph in order; what cannot be spoken is reported and left out.

    `bars` says whether `|` may divide it into texts; `shown` says that it is a heading, which may
    be in any script because people read it.
    """
    scanner = _Scanner(passage, scope, context, bars=bars)
    yield from scanner.scan()
    if not shown:
        scanner.refuse_foreign_letters()


class _Scanner:
    def __init__(
        self, passage: Passage, scope: Scope, context: ReadingContext, *, bars: bool
    ) -> None:
        self._passage = passage
        self._scope = scope
        self._known = context.known
        self._language = context.language
        self._report = context.report
        self._bars = bars
        self._open_stars: list[re.Match[str]] = []
        self._readers: dict[str, Callable[[re.Match[str]], Inline | None]] = {
            "text": self._text,
            "escape": self._escape,
            "stars": self._stars,
            "word": self._word,
            "tag": self._tag,
            "bar": self._bar,
            "stray": self._stray,
        }

    def scan(self) -> Iterator[Inline]:
        """Everything in the passage."""
        start = 0
        sided = self._scope.fault_with_sides() is None
        for found, message, way_out, _ in accidents(
            self._passage.text, self._language, sided=sided
        ):
            yield from self._between(start, found.start())
            self._report.error(self._place(found), message, way_out)
            start = found.end()
        yield from self._between(start, len(self._passage.text))
        for stars in self._open_stars:
            self._report_stars(stars)

    def refuse_foreign_letters(self) -> None:
        """Report letters that a voice of the routine's language cannot read."""
        for found in foreign_letters(self._passage.text):
            message = f"no voice of this language has letters for {quote(found[0].strip())}"
            way_out = "write it in Latin letters, as it is said, or make it a note: `> …`"
            self._report.error(self._place(found), message, way_out)

    def _between(self, start: int, stop: int) -> Iterator[Inline]:
        for found in _TOKEN.finditer(self._passage.text, start, stop):
            if found.lastgroup == "link":
                yield from self._label(found)
                continue
            with self._report.catching():
                inline = self._read(found)
                if inline:
                    yield inline

    def _label(self, found: re.Match[str]) -> Iterator[Inline]:
        """Scan the label of a link; report it if it would be spoken by accident."""
        told = [*accidents(found["label"], self._language)]
        for one in told:
            self._report.error(self._place(found), one.message, one.help)
        if not told:
            yield from self._between(*found.span("label"))

    def _read(self, found: re.Match[str]) -> Inline | None:
        kind = found.lastgroup or ""
        if kind in _UNSPEAKABLE:
            raise InputError(*_UNSPEAKABLE[kind], place=self._place(found))
        if kind == "entity":
            sign = unescape(found[0]).strip()
            way_out = f"write {quote(sign) if sign else 'a space'}"
            raise InputError("an HTML entity cannot be spoken", way_out, self._place(found))
        return self._readers[kind](found)

    def _place(self, found: re.Match[str]) -> Place:
        return self._passage.place(*found.span())

    # ── plain text ───────────────────────────────────────────────────────────

    def _text(self, found: re.Match[str]) -> Bit:
        return Bit(found[0], *found.span(), bool(self._open_stars))

    def _escape(self, found: re.Match[str]) -> Bit:
        sign = found[0][1:]
        return Bit(sign, *found.span(), bool(self._open_stars), escaped=bool(sign))

    def _stars(self, found: re.Match[str]) -> None:
        text = self._passage.text
        after_word = not text[found.start() - 1 : found.start()].isspace() and found.start() > 0
        before_word = not text[found.end() : found.end() + 1].isspace() and found.end() < len(text)
        if after_word and self._open_stars and self._open_stars[-1][0] == found[0]:
            self._open_stars.pop()
        elif before_word:
            self._open_stars.append(found)
        else:
            self._report_stars(found)

    def _report_stars(self, found: re.Match[str]) -> None:
        message = f"this {quote(found[0])} has no partner"
        way_out = "put one before and one after the stressed words; `\\*` is the sign itself"
        self._report.error(self._place(found), message, way_out)

    def _bar(self, found: re.Match[str]) -> Bar:
        if not self._bars:
            raise InputError(*_BAR, place=self._place(found))
        return Bar(self._place(found))

    def _stray(self, found: re.Match[str]) -> None:
        raise InputError(*_STRAY[found[0]], place=self._place(found))

    # ── words that change ────────────────────────────────────────────────────

    def _word(self, found: re.Match[str]) -> Bit:
        place = self._place(found)
        forms = found["name"].split("|")
        if len(forms) == 2 and self._scope.may_be_empty(plain_name(forms[0])):
            otherwise = " ".join(forms[1].split())
            word = Word(plain_name(forms[0]), place, otherwise=otherwise)
            return Bit(_SOME_WORD, *found.span(), bool(self._open_stars), changing=word)
        if len(forms) > 1:
            return self._sided(found, forms, place)
        name = plain_name(found["name"])
        if not name:
            raise InputError("these braces are empty", "write a name in them: `{side}`", place)
        fault = self._scope.fault_with(name)
        if fault and are_lengths(name):
            fault = fault[0], f"write `[{name}]`"
        if fault:
            raise InputError(*fault, place=place)
        stressed = bool(self._open_stars)
        return Bit(_SOME_WORD, *found.span(), stressed, changing=Word(name, place))

    def _sided(self, found: re.Match[str], forms: list[str], place: Place) -> Bit:
        if len(forms) != 2 or not any(form.strip() for form in forms):
            message = f"{quote(found[0])} has not two forms"
            raise InputError(message, "write one for the left side and one for the right", place)
        if _FORM.search(found["name"]):
            message = f"{quote(found[0])} holds more than plain words"
            raise InputError(message, "put stress and tags outside the braces", place)
        fault = self._scope.fault_with_sides()
        if fault:
            raise InputError(*fault, place=place)
        left, right = (" ".join(form.split()) for form in forms)
        # the last character of the placeholder decides whether a sentence ends here
        stressed = bool(self._open_stars)
        changing = Sided(left, right, place)
        return Bit(left or right, *found.span(), stressed, changing=changing)

    # ── tags ─────────────────────────────────────────────────────────────────

    def _tag(self, found: re.Match[str]) -> Inline:
        place = self._place(found)
        inside = self._passage.part(*found.span("inside"))
        if not inside.text:
            raise InputError("these brackets are empty", _TAGS, place)
        head, *name = inside.text.lower().split(None, 1)
        rest = inside.part(len(head)) if name else None
        if head == "chime":
            return Strike(read_chime(rest, self._known) if rest else None, place)
        if head == "sound":
            return PlaySound(self._sound_path(rest, place), place)
        if head in OVERRIDES:
            return self._override(head, rest, place)
        return self._silence(found, inside, place)

    def _sound_path(self, path: Passage | None, place: Place) -> str:
        if not path:
            raise InputError("`sound` needs a file", "write `[sound waves.flac]`", place)
        return read_path(path)

    def _override(self, setting: str, value: Passage | None, place: Place) -> Override:
        if not value:
            message = f"`{setting}` needs a value"
            raise InputError(message, f"write `[{setting} {OVERRIDES[setting]}]`", place)
        return Override(setting, value.text, place)

    def _silence(self, found: re.Match[str], inside: Passage, place: Place) -> Silence:
        if _FOOTNOTE.match(self._passage.text, found.start()):
            message = f"{quote(found[0])} would not be heard: it leads to a note"
            raise InputError(message, "delete it, or make the note `> …`", place)
        if STAMP.fullmatch(inside.text):
            told = refusal("STAMPED", f"[{inside.text}] …")
            raise InputError(told.message, told.help, place)
        try:
            return Silence(parse_length(inside.text), place)
        except InputError as error:
            meant = tag_meant(inside.text)
            if inside.text[:1].isdigit() and not meant:
                raise error.at(place) from None
        way_out = f"write `{meant}`" if meant else _tag_help(inside.text)
        raise InputError(f"unknown tag {quote(f'[{inside.text}]')}", way_out, place)


_FOOTNOTE = late(r"\[(?:\^\w+|(?<=[\w.,;!?]\[)\d{1,3}|citation needed)\]")


def _tag_help(text: str) -> str:
    head, *rest = text.lower().split(None, 1)
    if _STAGED.search(text):
        return f"make it a note, on a line of its own: {quote(f'> {text}')}"
    near = nearest(head, _TAG_WORDS, 0.75)
    return f"did you mean `[{' '.join((near, *rest))}]`?" if near else _TAGS
