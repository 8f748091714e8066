"""Pronunciations of words: from a routine's `say:`, from lexicon files, and from voiceguide.

A pronunciation is a respelling, or sounds (IPA), or both. A voice that takes phonemes gets the
sounds, any other voice the respelling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import cache

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.engines import Engine, Phonetic, ReadsIpa, notation_of
from voiceguide.errors import Place, Problem, RoutineError, did_you_mean, quote
from voiceguide.languages import code_of, find_language
from voiceguide.patterns import late

# ── pronunciations ───────────────────────────────────────────────────────────


_PHONEMES = late(r"\[\[.*\]\]", re.S)
_IPA = late(r"/(?P<ipa>[^/]+)/")


class Origin(Enum):
    """Where a pronunciation comes from."""

    ROUTINE = "say"
    """The setting `say`."""
    FILE = "file"
    """A pronunciation lexicon that the setting `lexicon` names."""
    LEXICON = "lexicon"
    """The lexicon that comes with voiceguide."""
    RULES = "rules"
    """The engine's rules; there is no other pronunciation."""


class Pronunciation(Struct, frozen=True):
    """How a word is spoken, in one or more forms; a voice uses the first form that it can."""

    respelling: str | None = None
    """Plain words; an empty string is silence."""
    ipa: str = ""
    """Sounds, in the International Phonetic Alphabet."""
    phonemes: str = ""
    """Words and `[[…]]` in the engine's notation."""
    origin: Origin = Origin.ROUTINE
    source: str = ""
    """The name of the lexicon's file if the pronunciation comes from one."""


def read_pronunciation(written: str) -> Pronunciation:
    """Parse a value of `say:`: a respelling, `/sounds/` in IPA, or the engine's `[[phonemes]]`."""
    if _PHONEMES.search(written):
        return Pronunciation(phonemes=written)
    sounds = _IPA.fullmatch(written.strip())
    return Pronunciation(ipa=sounds["ipa"].strip()) if sounds else Pronunciation(respelling=written)


@cache
def built_in(language: str) -> Mapping[str, Pronunciation]:
    """The lexicon that comes with voiceguide for a language, given by its two-letter code."""
    found = find_language(language)
    rows = found.lexicon if found else {}
    return {
        str(word): Pronunciation(respelling, ipa, origin=Origin.LEXICON)
        for word, (respelling, ipa) in rows.items()
    }


# ── the forms of a pronunciation that a voice can take ───────────────────────


_NOTATION = late(r"\[\[(.*?)\]\]", re.S)


class PhonemeSupport(Struct, frozen=True):
    """The phonemes that a voice supports."""

    phonemes: bool = False
    """Whether the voice takes `[[…]]`."""
    from_ipa: Callable[[str], str | None] = lambda _: None
    """Converts IPA sounds to the engine's phonemes; returns None if it has none for them."""
    unknown: Callable[[str], str | None] = lambda _: None
    """Returns the first of some phonemes that the voice cannot say, or None."""

    def form(self, pronunciation: Pronunciation) -> str | None:
        """The text for the engine for a pronunciation; None if the voice can take no form of it."""
        if pronunciation.phonemes and self.phonemes:
            return pronunciation.phonemes
        sounds = self.from_ipa(pronunciation.ipa) if pronunciation.ipa else None
        return f"[[{sounds}]]" if sounds else pronunciation.respelling

    def fault(self, pronunciation: Pronunciation) -> str | None:
        """The phonemes of a pronunciation that the voice cannot say; None if it can say all.

        A voice that takes no phonemes speaks the word in another way, which is not a fault.
        """
        if not self.phonemes:
            return None
        if pronunciation.ipa and not self.from_ipa(pronunciation.ipa):
            return pronunciation.ipa
        faults = map(self.unknown, _NOTATION.findall(pronunciation.phonemes))
        return next(filter(None, faults), None)


PLAIN = PhonemeSupport()
"""The support of a voice that takes only plain words."""


def phoneme_support(engine: Engine, voice: str) -> PhonemeSupport:
    """The phoneme support of a voice of an engine."""
    notation = notation_of(engine)
    if notation is None:
        return PLAIN

    @cache
    def unknown(phonemes: str) -> str | None:
        return engine.unknown_phoneme(phonemes, voice) if isinstance(engine, Phonetic) else None

    @cache
    def from_ipa(ipa: str) -> str | None:
        return engine.from_ipa(ipa, voice) if isinstance(engine, ReadsIpa) else None

    if notation == "ipa":
        return PhonemeSupport(True, lambda ipa: None if unknown(ipa) else ipa, unknown)
    return PhonemeSupport(True, from_ipa, unknown)


# ── `Lexicon`: replaces the words of a text ───────────────────────────────────


class LexiconPart(Struct, frozen=True):
    """A piece of a text: a word with its pronunciation, or the text between such words."""

    written: str
    said: str | None = None
    """The text for the engine; None if the lexicon has no pronunciation that the voice can take."""
    pronunciation: Pronunciation | None = None


class Lexicon:
    """Replaces whole words by their pronunciations, in any case; the longest match wins.

    `say` are the routine's pronunciations, as written or as read; they override the built-in ones.
    `support` tells which phonemes the voice takes.
    """

    def __init__(
        self,
        language: str = "en",
        say: Mapping[str, str | Pronunciation] | None = None,
        support: PhonemeSupport = PLAIN,
    ) -> None:
        base = code_of(language)
        own = {_key(word): _read(said) for word, said in (say or {}).items() if word.strip()}
        words = {**built_in(base), **own}
        self._words = sorted(words.items(), key=lambda pair: (-len(pair[0]), pair[0]))
        self._ours = built_in(base)
        self._support = support
        self._pattern = _pattern(word for word, _ in self._words)

    def apply(self, text: str, otherwise: Callable[[str], str] = str) -> str:
        """Replace the known words of a text, and apply `otherwise` to the rest.

        A replacement is final: neither `otherwise` nor another pronunciation is applied to it.
        """
        parts = self.parts(text)
        return "".join(otherwise(p.written) if p.said is None else p.said for p in parts)

    def parts(self, text: str) -> Iterator[LexiconPart]:
        """Split a text into known words and the text between them."""
        position = 0
        for found in self._pattern.finditer(text) if self._words else ():
            part = self._part(found)
            if part.said is not None:
                yield from _between(text[position : found.start()])
                yield part
                position = found.end()
        yield from _between(text[position:])

    def _part(self, found: re.Match[str]) -> LexiconPart:
        """The word with the first pronunciation that the voice can take: its own, or built in."""
        word, pronunciation = self._words[(found.lastindex or 1) - 1]
        for choice in (pronunciation, self._ours.get(word)):
            said = self._support.form(choice) if choice else None
            if said is not None:
                return LexiconPart(found[0], said, choice)
        return LexiconPart(found[0])


def _key(word: str) -> str:
    return " ".join(word.lower().split())


def _read(said: str | Pronunciation) -> Pronunciation:
    return said if isinstance(said, Pronunciation) else read_pronunciation(said)


def _between(text: str) -> Iterator[LexiconPart]:
    if text:
        yield LexiconPart(text)


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern with a group for each word; a space in a word matches any whitespace."""
    groups = (r"\s+".join(map(re.escape, word.split())) for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(f'({group})' for group in groups)})(?!\w)", re.I)


# ── lexicons of the W3C (PLS 1.0), a format that other speech programs also read

# <lexicon version="1.0" alphabet="ipa" xml:lang="en"
#          xmlns="http://www.w3.org/2005/01/pronunciation-lexicon">
#   <lexeme>
#     <grapheme>psoas</grapheme>
#     <phoneme>ˈsoʊæs</phoneme>
#     <alias>so us</alias>
#   </lexeme>
# </lexicon>
#
# A document type declaration is refused, and so are entities: a lexicon needs neither.

LARGEST_LEXICON = 1 << 20
"""Largest size of a lexicon's file, in bytes; a larger file is refused."""

_SPACE = "http://www.w3.org/2005/01/pronunciation-lexicon"
_XML = "http://www.w3.org/XML/1998/namespace"
_APART = " "
"""The separator that the parser puts between a namespace and a name."""

_INSIDE = {
    "": {"lexicon"},
    "lexicon": {"lexeme", "meta", "metadata"},
    "lexeme": {"grapheme", "phoneme", "alias", "example"},
}
"""The elements that each element may contain; all others contain only text."""


class Lexeme(Struct, frozen=True):
    """An entry of a lexicon: the spellings of a word, and their pronunciation."""

    graphemes: tuple[str, ...]
    pronunciation: Pronunciation


class LexiconFile(Struct, frozen=True):
    """A lexicon, read from a file."""

    source: str
    language: str
    """The value of `xml:lang`, in lower case."""
    lexemes: tuple[Lexeme, ...]

    def pronunciations(self) -> Mapping[str, Pronunciation]:
        """The pronunciation of each word; if a word has several entries, the first one."""
        return {
            word: entry.pronunciation
            for entry in reversed(self.lexemes)
            for word in entry.graphemes
        }


def read_pls(data: bytes, source: str) -> LexiconFile:
    """Read a lexicon; `source` is the name of the file in messages.

    Raises:
        RoutineError: it is not a valid lexicon; the error has the place of the first mistake.
    """
    if len(data) > LARGEST_LEXICON:
        message = f"a lexicon cannot be larger than {LARGEST_LEXICON >> 20} MiB"
        raise _error(Place(source, 1), message, "divide it into several files")
    return _Reading(source).read(data)


def _error(place: Place, message: str, way_out: str) -> RoutineError:
    return RoutineError([Problem(message, way_out, place)])


class _Open(Struct):
    """An element that is still open."""

    name: str
    place: Place
    attributes: Mapping[str, str]
    pieces: list[str] = field(default_factory=list)
    """Pieces of its text: the parser reports text in pieces of at most a line."""


class _Entry(Struct):
    """The lexeme that is being read."""

    graphemes: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    """The first, or else the preferred, `alias` and `phoneme`."""
    preferred: set[str] = field(default_factory=set)


class _Reading:
    def __init__(self, source: str) -> None:
        from xml.parsers import expat  # late: few routines name a lexicon

        self._file = LexiconFile(source, "", ())
        self._alphabet = ""
        self._stack: list[_Open] = []
        self._entry = _Entry()
        self._lexemes: list[Lexeme] = []
        self._parser = expat.ParserCreate(namespace_separator=_APART)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, data: bytes) -> LexiconFile:
        from xml.parsers import expat

        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as error:
            place = Place(self._file.source, error.lineno, error.offset + 1)
            reason = expat.errors.messages[error.code]
            message = f"this is not XML: {reason}"
            raise _error(place, message, "a lexicon is a PLS file of the W3C") from None
        except (LookupError, ValueError) as error:  # from the encoding that the file declares
            message = f"this encoding cannot be read: {error}"
            raise _error(Place(self._file.source, 1), message, "save the file as UTF-8") from None
        return replace(self._file, lexemes=tuple(self._lexemes))

    def _place(self) -> Place:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber
        return Place(self._file.source, line, column + 1)

    # ── callbacks of the parser ──────────────────────────────────────────────

    def _doctype(self, *_: object) -> None:
        message = "a lexicon has no document type, and no entities"
        raise _error(self._place(), message, "delete the line that begins with `<!DOCTYPE`")

    def _start(self, full_name: str, attributes: dict[str, str]) -> None:
        name = self._own_name(full_name)
        place = self._place()
        if self._is_foreign(name):
            name = ""
        else:
            self._check_place(name, place)
        self._stack.append(_Open(name, place, attributes))
        if name == "lexicon":
            self._begin(attributes, place)
        elif name == "lexeme":
            self._entry = _Entry()

    def _own_name(self, full_name: str) -> str:
        """The local name of a PLS element, with or without namespace; empty for other elements."""
        space, apart, name = full_name.rpartition(_APART)
        return name if not apart or space == _SPACE else ""

    def _is_foreign(self, name: str) -> bool:
        """Whether an element is not part of PLS, or is inside such an element or `metadata`."""
        return not name or any(open_.name in ("", "metadata") for open_ in self._stack)

    def _check_place(self, name: str, place: Place) -> None:
        around = self._stack[-1].name if self._stack else ""
        allowed = _INSIDE.get(around, set())
        if name in allowed:
            return
        where = f"in `<{around}>`" if around else "as a lexicon"
        way_out = did_you_mean(name, allowed) or f"write only text in `<{around}>`"
        raise _error(place, f"{quote(f'<{name}>')} cannot stand {where}", way_out)

    def _text(self, text: str) -> None:
        if self._stack:
            self._stack[-1].pieces.append(text)

    def _end(self, _: str) -> None:
        element = self._stack.pop()
        text = " ".join("".join(element.pieces).split())
        if element.name == "grapheme":
            self._entry.graphemes.append(self._filled(text, element))
        elif element.name == "phoneme":
            self._check_alphabet(element)
            self._say("phoneme", self._filled(text, element), element)
        elif element.name == "alias":
            self._say("alias", self._filled(text, element), element)
        elif element.name == "lexeme":
            self._close_entry(element)

    # ── meaning of the elements ──────────────────────────────────────────────

    def _begin(self, attributes: Mapping[str, str], place: Place) -> None:
        language = attributes.get(f"{_XML}{_APART}lang", "").strip().lower().replace("_", "-")
        if not language:
            way_out = 'write it: `<lexicon … xml:lang="en">`'
            raise _error(place, "this lexicon does not say which language it is for", way_out)
        self._alphabet = attributes.get("alphabet", "")
        self._file = replace(self._file, language=language)

    def _filled(self, text: str, element: _Open) -> str:
        if not text:
            message = f"{quote(f'<{element.name}>')} is empty"
            raise _error(element.place, message, "fill it, or delete it")
        return text

    def _check_alphabet(self, element: _Open) -> None:
        alphabet = element.attributes.get("alphabet", self._alphabet)
        if alphabet.lower() != "ipa":
            what = quote(alphabet) if alphabet else "no alphabet"
            way_out = 'write the sounds in the IPA, and `alphabet="ipa"`, or write an `<alias>`'
            raise _error(element.place, f"these phonemes are in {what}, not in `ipa`", way_out)

    def _say(self, kind: str, text: str, element: _Open) -> None:
        preferred = element.attributes.get("prefer") == "true"
        if kind not in self._entry.said or (preferred and kind not in self._entry.preferred):
            self._entry.said[kind] = text
        if preferred:
            self._entry.preferred.add(kind)

    def _close_entry(self, element: _Open) -> None:
        entry = self._entry
        if not entry.graphemes:
            way_out = "write the word: `<grapheme>psoas</grapheme>`"
            raise _error(element.place, "this lexeme has no word", way_out)
        if not entry.said:
            way_out = "write `<phoneme>` or `<alias>` beside the word"
            raise _error(element.place, "this lexeme does not say how it is spoken", way_out)
        pronunciation = Pronunciation(
            entry.said.get("alias"),
            entry.said.get("phoneme", ""),
            origin=Origin.FILE,
            source=self._file.source,
        )
        self._lexemes.append(Lexeme(tuple(entry.graphemes), pronunciation))
