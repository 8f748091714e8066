"""Read W3C pronunciation lexicons (PLS 1.0), a format that other speech programs also read.

    <lexicon version="1.0" alphabet="ipa" xml:lang="en"
             xmlns="http://www.w3.org/2005/01/pronunciation-lexicon">
      <lexeme>
        <grapheme>psoas</grapheme>
        <phoneme>ˈsoʊæs</phoneme>
        <alias>so us</alias>
      </lexeme>
    </lexicon>

A document type declaration is refused, and so are entities: a lexicon needs neither.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.errors import Place, Problem, RoutineError, did_you_mean, quote
from voiceguide.speech.lexicon.phonemes import Origin, Pronunciation

MOST_BYTES = 1 << 20
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
    if len(data) > MOST_BYTES:
        message = f"a lexicon cannot be larger than {MOST_BYTES >> 20} MiB"
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
        way_out = did_you_mean(name, allowed) or f"write text alone in `<{around}>`"
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
