"""The tag of an MP3, read back by others."""

from __future__ import annotations

import json
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import mp3_reading
import mutagen.id3
import pytest
from session_sounds import Session, speech

from voiceguide.encode import ChapterTag, Line, Tags, write
from voiceguide.encode.mp3 import id3
from voiceguide.encode.mp3.frames import Rate
from voiceguide.encode.mp3.id3 import id3_tag
from voiceguide.encode.tags import check_tags, three_letters
from voiceguide.errors import UsageError

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
SECOND = 48_000
FULL = Tags(
    title="Zehn Minuten für den Psoas 🧘🏽",
    artist="山田 花子",
    album="Растяжка",
    album_artist="Dr. Öz",
    track=(3, 12),
    genre="Speech",
    date="2025-11-21",
    comment="Léger étirement.\nArrêtez en cas de douleur.",
    language="de",
    chapters=(
        ChapterTag("Ankommen", 0, 60 * SECOND),
        ChapterTag("Dehnung — links/rechts", 60 * SECOND, 200 * SECOND + 24),
        ChapterTag("كلا الجانبين", 200 * SECOND + 24, 300 * SECOND, level=2),
        ChapterTag("🌙", 300 * SECOND, 600 * SECOND),
    ),
    lines=(Line(SECOND, "Leg dich hin."), Line(61 * SECOND + 25, "Atme ein 🌬️.")),
    cover=PNG,
)


READ: Any = mutagen.id3.ID3
"""It says that it is typed, and is not."""


def read_back(tags: Tags) -> Any:
    return READ(BytesIO(id3_tag(tags, 600 * SECOND, Rate(64))))


def test_every_text_comes_back(tmp_path: Path) -> None:
    """Title to encoder, in any script, with emoji, from the file itself."""
    path = tmp_path / "session.mp3"
    write(Session(48_000, {}), path, tags=FULL)
    raw = READ(path, translate=False)
    assert raw.version == (2, 3, 0)
    assert raw["TIT2"].text == [FULL.title]
    assert raw["TPE1"].text == [FULL.artist]
    assert raw["TALB"].text == [FULL.album]
    assert (raw["TPE2"].text, raw["TRCK"].text) == ([FULL.album_artist], ["3/12"])
    assert raw["TCON"].text == [FULL.genre]
    assert (raw["TYER"].text, raw["TDAT"].text) == (["2025"], ["2111"])
    assert raw["TLAN"].text == ["deu"]
    assert raw["TLEN"].text == ["1000"]
    assert raw["TENC"].text == ["voiceguide"]
    assert raw["TSSE"].text[0].endswith("64 kbps")
    assert raw["COMM::deu"].text == [FULL.comment]


def test_chapters_stand_in_order_with_their_times() -> None:
    """The table of contents lists every chapter once, first to last; times are milliseconds."""
    tag = read_back(FULL)
    (table,) = tag.getall("CTOC")
    assert int(table.flags) == 3
    chapters = [tag[f"CHAP:{name}"] for name in table.child_element_ids]
    assert [c.sub_frames["TIT2"].text[0] for c in chapters] == [c.title for c in FULL.chapters]
    assert [(c.start_time, c.end_time) for c in chapters] == [
        (0, 60_000),
        (60_000, 200_001),
        (200_001, 300_000),
        (300_000, 600_000),
    ]
    assert {c.start_offset for c in chapters} == {0xFFFFFFFF}


@pytest.mark.parametrize(
    ("count", "most", "tables_in_all"),
    [(255, 255, 1), (256, 255, 3), (600, 255, 4), (27, 3, 13), (28, 3, 17)],
)
def test_more_chapters_than_a_table_can_count(
    count: int, most: int, tables_in_all: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables of tables, as deep as need be: from the top one they give all chapters in order."""
    monkeypatch.setattr("voiceguide.encode.mp3.id3._MOST_ENTRIES", most)
    chapters = tuple(ChapterTag(str(n), n * SECOND, (n + 1) * SECOND) for n in range(count))
    tag = read_back(Tags(chapters=chapters))
    tables = {table.element_id: table for table in tag.getall("CTOC")}
    tops = [table for table in tables.values() if int(table.flags) & 2]
    assert len(tops) == 1
    assert all(len(table.child_element_ids) <= most for table in tables.values())

    def titles(name: str) -> list[str]:
        if name in tables:
            return [t for child in tables[name].child_element_ids for t in titles(child)]
        return [tag[f"CHAP:{name}"].sub_frames["TIT2"].text[0]]

    assert titles(tops[0].element_id) == [c.title for c in chapters]
    assert len(tables) == tables_in_all


def test_words_are_lyrics_with_and_without_times() -> None:
    """One text with a line each, and the same lines with the millisecond each begins."""
    tag = read_back(FULL)
    (plain,) = tag.getall("USLT")
    assert (plain.lang, plain.text) == ("deu", "Leg dich hin.\nAtme ein 🌬️.")
    (timed,) = tag.getall("SYLT")
    assert (timed.lang, timed.format, timed.type) == ("deu", 2, 1)
    assert timed.text == [("Leg dich hin.", 1000), ("Atme ein 🌬️.", 61_001)]


@pytest.mark.parametrize(
    ("cover", "kind"), [(PNG, "image/png"), (b"\xff\xd8\xff\xe0....", "image/jpeg")]
)
def test_the_cover_comes_back(cover: bytes, kind: str) -> None:
    """Bytes and kind, as the front cover."""
    (picture,) = read_back(Tags(cover=cover)).getall("APIC")
    assert (picture.data, picture.mime, picture.type) == (cover, kind, 3)


def test_what_is_empty_is_left_out() -> None:
    """No empty frames: only what is always known stands in the tag."""
    assert {frame.FrameID for frame in read_back(Tags()).values()} == {"TLEN", "TENC", "TSSE"}


@pytest.mark.parametrize(
    ("date", "year", "day"),
    [("2025", "2025", None), ("2025-02", "2025", None), ("2024-02-29", "2024", "2902")],
)
def test_dates_as_far_as_they_are_known(date: str, year: str, day: str | None) -> None:
    """A year alone has no day; ID3 cannot say a month alone."""
    tag = READ(BytesIO(id3_tag(Tags(date=date), 1, Rate(64))), translate=False)
    assert tag["TYER"].text == [year]
    assert [text for frame in tag.getall("TDAT") for text in frame.text] == ([day] if day else [])


@pytest.mark.parametrize("date", ["yesterday", "2025-13", "2025-02-29", "21.11.2025", "٢٠٢٥"])
def test_what_is_no_date_is_refused(date: str) -> None:
    """Before anything is written, with the way to write it."""
    with pytest.raises(UsageError, match="is not a date") as caught:
        check_tags(Tags(date=date))
    assert "2026-11-30" in caught.value.help


def test_what_is_no_picture_is_refused() -> None:
    """A cover is PNG or JPEG."""
    with pytest.raises(UsageError, match="neither a PNG nor a JPEG"):
        id3_tag(Tags(cover=b"GIF89a"), 1, Rate(64))


def test_a_tag_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes have 28 bits: what is larger is refused, not written wrong."""
    assert id3._LARGEST == 2**28
    monkeypatch.setattr(id3, "_LARGEST", 2**12)
    with pytest.raises(UsageError, match="too large"):
        id3_tag(Tags(cover=PNG + bytes(2**12)), 1, Rate(64))


def test_texts_that_no_tag_can_hold_do_no_harm() -> None:
    """Zeros would end a text early; half of a character cannot be encoded."""
    tag = read_back(Tags(title="a\0b\ud800c", chapters=(ChapterTag("\0", 0, 1),)))
    assert tag["TIT2"].text == ["ab?c"]
    assert tag["CHAP:ch0"].sub_frames["TIT2"].text == [""]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("en", "eng"),
        ("en-GB", "eng"),
        ("pt_BR", "por"),
        ("DE", "deu"),
        ("yue", "yue"),
        ("zh-Hant-TW", "zho"),
        ("", "XXX"),
        ("qq", "XXX"),
        ("klingon", "XXX"),
    ],
)
def test_languages_have_three_letters(said: str, written: str) -> None:
    """ISO 639-2, from what a routine says; what is not known is said to be unknown."""
    assert three_letters(said) == written


def test_an_unknown_language_is_not_named() -> None:
    """The lyrics need some language; the field for it does not."""
    tag = read_back(Tags(language="klingon", comment="nuqneH"))
    assert "TLAN" not in tag
    assert tag["COMM::XXX"].text == ["nuqneH"]


def test_decoders_skip_the_tag(tmp_path: Path) -> None:
    """The sound behind a tag is the sound without one, sample for sample."""
    session, tagged, plain = Session(90_000, {9_000: speech(60_000)}), "tagged.mp3", "plain.mp3"
    write(session, tmp_path / tagged, tags=FULL)
    write(session, tmp_path / plain)
    for decode in (mp3_reading.by_soundfile, mp3_reading.by_miniaudio):
        assert (decode(tmp_path / tagged) == decode(tmp_path / plain)).all()


def test_ffprobe_reads_the_chapters(tmp_path: Path) -> None:
    """A third reader: titles and times as they were given, and the picture is seen."""
    ffprobe, path = mp3_reading.tool("ffprobe"), tmp_path / "session.mp3"
    write(Session(600 * SECOND, {}), path, tags=FULL)
    asked = ["-v", "error", "-of", "json", "-show_chapters", "-show_format", str(path)]
    shown = json.loads(subprocess.run([ffprobe, *asked], check=True, capture_output=True).stdout)
    assert [c["tags"]["title"] for c in shown["chapters"]] == [c.title for c in FULL.chapters]
    assert [c["start"] for c in shown["chapters"]] == [0, 60_000, 200_001, 300_000]
    assert shown["format"]["tags"]["title"] == FULL.title
