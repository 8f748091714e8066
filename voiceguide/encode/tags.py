"""The tags of a file, whatever its format: title, chapters, spoken words, cover."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from msgspec import Struct

from voiceguide.errors import UsageError, blame
from voiceguide.lengths import SAMPLE_RATE, date_parts
from voiceguide.patterns import late


class ChapterTag(NamedTuple):
    """A chapter that a player can jump to; `start` and `stop` in samples."""

    title: str
    start: int
    stop: int
    level: int = 1
    """The level of its heading: 1 for `##`, 2 for `###`."""


class Line(NamedTuple):
    """A text and the time at which it is spoken, in samples."""

    at: int
    text: str
    stop: int = 0
    """The position just after its last sample."""
    side: str = ""
    """`left` or `right`, if it is for one side."""


class Tags(Struct, frozen=True):
    """The tags of a file; empty ones are not written. Times are samples of the session."""

    title: str = ""
    artist: str = ""
    album: str = ""
    album_artist: str = ""
    """Keeps an album together if its tracks are by several people."""
    track: tuple[int, int] | None = None
    """The number of the track in the album, from 1, and the number of tracks."""
    genre: str = ""
    date: str | None = None
    """`2025`, `2025-11` or `2025-11-21`."""
    comment: str = ""
    language: str = ""
    """As in a routine: `en`, `pt-BR`."""
    chapters: tuple[ChapterTag, ...] = ()
    """In order of time."""
    lines: tuple[Line, ...] = ()
    """The spoken words, in order of time."""
    cover: bytes | None = None
    """A PNG or JPEG file."""
    timeline: str = ""
    """The timeline that `proof` checks the file against: the JSON of `proof.promise`."""

    @property
    def track_text(self) -> str:
        """The track as `3/12`; empty if there is none."""
        return f"{self.track[0]}/{self.track[1]}" if self.track else ""


class FoundTags(Struct, frozen=True):
    """The tags that were read from a finished file."""

    chapters: tuple[ChapterTag, ...] = ()
    """In order of time, to the nearest millisecond, but in M4B to the sample. If a file only has
    their starts (FLAC, Ogg), each chapter lasts until the next, and the last one has no length."""
    timeline: str | None = None
    """The value of `Tags.timeline`."""


def clock(sample: int) -> str:
    """Format as `00:01:30.500`, to the nearest millisecond."""
    seconds, thousandths = divmod((sample * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"


# ── checks for any format: a real date, a cover that is a picture ────────────


_PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def check_tags(tags: Tags) -> None:
    """Raise a UsageError if the date or the cover cannot be written."""
    with blame(None):
        if tags.date:
            date_parts(tags.date)
    if tags.cover:
        picture_type(tags.cover)


def picture_type(cover: bytes) -> str:
    """Return `image/png` or `image/jpeg`; raise a UsageError if a picture is neither."""
    for start, kind in _PICTURES.items():
        if cover.startswith(start):
            return kind
    raise UsageError("the cover is neither a PNG nor a JPEG picture", "convert it to PNG")


# ── the three-letter codes of ID3, for the two-letter codes of routines ──────


UNKNOWN = "XXX"
"""ID3v2.3's code for an unknown language."""

_ISO_639 = """
aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel
bg:bul bi:bis bm:bam bn:ben bo:bod br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:ces cu:chu
cv:chv cy:cym da:dan de:deu dv:div dz:dzo ee:ewe el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas
ff:ful fi:fin fj:fij fo:fao fr:fra fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb
hi:hin ho:hmo hr:hrv ht:hat hu:hun hy:hye hz:her ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido
is:isl it:ita iu:iku ja:jpn jv:jav ka:kat kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor
kr:kau ks:kas ku:kur kv:kom kw:cor ky:kir la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub
lv:lav mg:mlg mh:mah mi:mri mk:mkd ml:mal mn:mon mr:mar ms:msa mt:mlt my:mya na:nau nb:nob nd:nde
ne:nep ng:ndo nl:nld nn:nno no:nor nr:nbl nv:nav ny:nya oc:oci oj:oji om:orm or:ori os:oss pa:pan
pi:pli pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:ron ru:rus rw:kin sa:san sc:srd sd:snd se:sme
sg:sag si:sin sk:slk sl:slv sm:smo sn:sna so:som sq:sqi sr:srp ss:ssw st:sot su:sun sv:swe sw:swa
ta:tam te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur ts:tso tt:tat tw:twi ty:tah
ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid yo:yor za:zha zh:zho
zu:zul
"""
"""All codes of ISO 639-1, with the terminology codes of ISO 639-2."""

_CODES: dict[str, str] = dict(re.findall(r"(\w\w):(\w{3})", _ISO_639))


def three_letters(language: str) -> str:
    """Return the ISO 639-2 code of a language tag such as `de`, `en-GB` or `yue`; else `XXX`."""
    primary = language.replace("_", "-").split("-")[0].lower()
    if len(primary) == 3 and primary.isascii() and primary.isalpha():
        return primary
    return _CODES.get(primary, UNKNOWN)


# ── file names that every phone, stick and computer accepts ──────────────────


LONGEST_NAME = 120
"""Most bytes in UTF-8, without number and suffix: Windows allows 260 characters for the whole path,
most disks 255 bytes for a name."""

_FORBIDDEN = late(r'[<>:"/\\|?*#%]')
_DEVICE = late(r"con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]", re.IGNORECASE)
_JOINERS = "\u200c\u200d"
"""Invisible characters that are parts of words in some scripts, and of emoji."""


def safe_name(title: str, otherwise: str) -> str:
    """Turn a title into a file name without suffix; return `otherwise` if nothing is left of it."""
    plain = "".join("" if _invisible(c) else c for c in _FORBIDDEN.sub(" ", title))
    composed = unicodedata.normalize("NFC", " ".join(plain.split()))
    name = _cut(composed).strip(" .")
    # Windows rejects the name of a device, whatever follows its first dot
    return f"_{name}" if _DEVICE.fullmatch(name.split(".")[0].strip()) else name or otherwise


def _invisible(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character)[0] == "C"


def _cut(name: str) -> str:
    return name.encode()[:LONGEST_NAME].decode(errors="ignore")
