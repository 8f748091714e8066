"""Every format: the same length and the same places, tags that other programs read, equal bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
import soundfile
from file_reading import (
    EVERY_FORMAT,
    NEEDS_PYAV,
    NOT_MP3,
    PYAV_FORMATS,
    TAGGED,
    Sound,
    by_ffmpeg,
    by_libsndfile,
    by_pyav,
    parametrized,
    probed,
)
from mp3_reading import shift
from msgspec.structs import replace
from PIL import Image
from session_sounds import Session, burst

from voiceguide import encode
from voiceguide.encode import (
    FORMATS,
    ChapterTag,
    Format,
    Line,
    Tags,
    check_format,
    format_of,
    formats,
    tags_in,
    write,
)
from voiceguide.encode.formats import kbps_of
from voiceguide.encode.mp4.container import MOST_LISTED
from voiceguide.encode.xiph import OPUS, Relabelled, checksum
from voiceguide.errors import MachineError, UsageError
from voiceguide.render import Block

SECOND = 48_000
LENGTHS = [3 * SECOND, 3 * SECOND + 1, 3 * SECOND + 1023, 3 * SECOND + 517]
"""What is left of a frame differs in each."""

COMPRESSED = (formats.M4B, formats.M4A, formats.OPUS, formats.OGG)

PLACES = (0, 30_001, 2 * SECOND + 7)


@dataclass
class Stereo(Session):
    """A session whose right channel is the left one, half as loud."""

    channels: int = 2

    def _mixed(self, start: int, stop: int) -> Block:
        left = super()._mixed(start, stop)
        return np.stack([left, left // 2], axis=1)


def session(length: int, channels: int = 1) -> Session:
    """Noise at known places, the last of it at the very end."""
    made = Session if channels == 1 else Stereo
    return made(length, {at: burst(9_000, at) for at in (*PLACES, length - 9_000)})


def picture() -> bytes:
    """A PNG file."""
    file = io.BytesIO()
    Image.new("RGB", (40, 40), (10, 120, 90)).save(file, "PNG")
    return file.getvalue()


TAGS = Tags(
    title="Zehn Minuten 🧘",
    artist="山田",
    album="Ö",
    album_artist="The Practice",
    track=(2, 9),
    genre="Speech",
    date="2025-11-21",
    comment="Calmly",
    language="en",
    chapters=(
        ChapterTag("Öne", SECOND // 2, SECOND),
        ChapterTag("Two", SECOND, 2 * SECOND),
        ChapterTag("Three 🧘", 2 * SECOND, 3 * SECOND),
    ),
    lines=(Line(100, "Hello."), Line(SECOND, "Now = rest; breathe.")),
    cover=picture(),
    timeline='{"events": "' + "ß" * 50_000 + '"}',
)
"""A timeline of more bytes than an Ogg page holds."""


# ── places ───────────────────────────────────────────────────────────────────

DECODED = [
    *(pytest.param(by_ffmpeg, *each.values, marks=each.marks) for each in NOT_MP3),
    *(pytest.param(by_libsndfile, each) for each in (".opus", ".ogg", ".flac", ".wav")),
    *(pytest.param(by_pyav, each, marks=NEEDS_PYAV) for each in (".m4b", ".m4a")),
]


@pytest.mark.parametrize(("decode", "suffix"), DECODED)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_sound_is_where_it_should_be(
    tmp_path: Path, decode: Callable[[Path, int], Sound], suffix: str, channels: int
) -> None:
    """The decoded length is exact, and no sound is shifted, the first and the last one included."""
    for length in LENGTHS:
        asked = session(length, channels)
        path = tmp_path / f"session{suffix}"
        write(asked, path, tags=TAGS)
        heard = decode(path, channels)
        assert heard.shape == (length, channels)
        within = 1 if suffix == ".opus" else 0  # it bends phases: the best match may lie beside
        for at, sound in asked.sounds.items():
            assert abs(shift(heard[:, 0].astype(np.float64), sound, at)) <= within


@pytest.mark.parametrize("suffix", NOT_MP3)
def test_left_stays_left(tmp_path: Path, suffix: str) -> None:
    """The right channel is half as loud, in every format."""
    path = tmp_path / f"session{suffix}"
    write(session(3 * SECOND, 2), path)
    heard = by_pyav(path, 2) if format_of(f"x{suffix}") in PYAV_FORMATS else by_libsndfile(path, 2)
    left, right = np.sqrt(np.mean(heard**2, axis=0))
    assert left / right == pytest.approx(2, abs=0.2)  # AAC and Opus join what is alike


@pytest.mark.parametrize("suffix", EVERY_FORMAT)
def test_a_very_short_session(tmp_path: Path, suffix: str) -> None:
    """One sample is a session, too; and whoever has the file can read it."""
    path = tmp_path / f"session{suffix}"
    write(Session(1, {0: burst(1)}), path, tags=replace(TAGS, chapters=(ChapterTag("A", 0, 1),)))
    assert path.stat().st_size > 40
    if format_of(f"x{suffix}") not in PYAV_FORMATS:
        assert soundfile.info(path).frames == 1


# ── what a file says ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("suffix", TAGGED)
def test_ffprobe_reads_tags_chapters_and_cover(tmp_path: Path, suffix: str) -> None:
    """Everything that a player shows, in every format that has tags."""
    path = tmp_path / f"session{suffix}"
    write(session(3 * SECOND), path, tags=TAGS)
    found = probed(path)
    streams = found["streams"]
    everywhere = {**found["format"].get("tags", {}), **streams[0].get("tags", {})}
    tags = {name.lower(): text for name, text in everywhere.items()}
    for name in ("title", "artist", "album", "album_artist", "genre", "comment"):
        assert tags[name] == getattr(TAGS, name)
    assert tags["date"].startswith("2025")
    assert tags["track"].split("/")[0] == "2"
    lyrics = tags.get("lyrics") or tags["lyrics-eng"]
    assert "Now = rest; breathe." in lyrics
    chapters = [(c["tags"]["title"], float(c["start_time"])) for c in found["chapters"]]
    assert chapters == [(c.title, c.start / SECOND) for c in TAGS.chapters]
    assert float(found["chapters"][-1]["end_time"]) == pytest.approx(3, abs=0.05)
    pictures = [s for s in streams if s["disposition"]["attached_pic"]]
    assert [one["codec_name"] for one in pictures] == ["png"]


@pytest.mark.parametrize("suffix", TAGGED)
def test_another_reader_reads_the_same(tmp_path: Path, suffix: str) -> None:
    """mutagen finds the title, the track, and the cover byte for byte."""
    path = tmp_path / f"session{suffix}"
    write(session(3 * SECOND), path, tags=TAGS)
    read: Any = mutagen.File  # it says that it is typed, and is not
    easy = read(path, easy=True)
    assert easy["title"] == ["Zehn Minuten 🧘"]
    assert easy["tracknumber"][0].split("/")[0] == "2"
    assert easy.info.length == pytest.approx(3, abs=0.05)
    assert TAGS.cover
    raw = path.read_bytes()
    if suffix in (".opus", ".ogg"):
        import base64

        from mutagen.flac import Picture

        whole: Any = Picture
        data = base64.b64decode(easy["metadata_block_picture"][0])
        assert whole(data).data == TAGS.cover
    else:
        assert TAGS.cover in raw


@pytest.mark.parametrize("suffix", TAGGED)
def test_what_was_written_is_read_back(tmp_path: Path, suffix: str) -> None:
    """Chapters and timeline, by our own reader, which looks at the content and not at the name."""
    path = tmp_path / f"session{suffix}"
    write(session(3 * SECOND), path, tags=TAGS)
    unnamed = path.replace(tmp_path / "unnamed")
    assert tags_in(unnamed).timeline == TAGS.timeline
    found = tags_in(unnamed).chapters
    assert [(c.title, c.start) for c in found] == [(c.title, c.start) for c in TAGS.chapters]


@pytest.mark.parametrize("suffix", TAGGED)
def test_a_file_that_says_nothing(tmp_path: Path, suffix: str) -> None:
    """Without tags there is nothing to read; cut off anywhere in its head, it stops nobody."""
    path = tmp_path / f"session{suffix}"
    write(session(3 * SECOND), path)
    assert tags_in(path).timeline is None
    assert tags_in(path).chapters == ()
    write(session(3 * SECOND), path, tags=TAGS)
    whole = path.read_bytes()
    for cut in (0, 1, 4, 7, 30, 100, 1000, 5000, 60_000):
        path.write_bytes(whole[:cut])
        assert tags_in(path).timeline in (None, TAGS.timeline) or cut < len(whole)


def test_a_wav_says_nothing(tmp_path: Path) -> None:
    """It has no tags; nor has a file that is no sound at all."""
    path = tmp_path / "session.wav"
    write(session(3 * SECOND), path, tags=TAGS)
    assert tags_in(path).timeline is None
    path.write_text("nothing")
    assert tags_in(path).timeline is None


@NEEDS_PYAV
def test_more_chapters_than_the_list_of_an_m4b_holds(tmp_path: Path) -> None:
    """All of them are in the track that Apple's players read, and ffprobe."""
    path = tmp_path / "session.m4b"
    step = 3 * SECOND // 300
    many = tuple(ChapterTag(f"{n} " + "ü" * 200, n * step, (n + 1) * step) for n in range(300))
    write(session(3 * SECOND), path, tags=Tags(chapters=many))
    assert len(tags_in(path).chapters) == MOST_LISTED
    found = probed(path)["chapters"]
    assert [c["tags"]["title"] for c in found] == [c.title for c in many]
    assert [c["start"] for c in found] == [c.start for c in many]


@pytest.mark.parametrize("suffix", TAGGED)
@pytest.mark.parametrize("wrong", [Tags(date="soon"), Tags(cover=b"GIF89a")])
def test_impossible_tags_are_refused(tmp_path: Path, suffix: str, wrong: Tags) -> None:
    """The file that stood there stays."""
    path = tmp_path / f"session{suffix}"
    path.write_text("old")
    with pytest.raises(UsageError):
        write(session(3 * SECOND), path, tags=wrong)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


# ── equal bytes ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("suffix", EVERY_FORMAT)
def test_the_same_session_is_the_same_file(tmp_path: Path, suffix: str) -> None:
    """No clock and no chance in the file, whatever was written in between."""
    paths = [tmp_path / f"{n}{suffix}" for n in range(3)]
    for path, length in zip(paths, (3 * SECOND, 2 * SECOND, 3 * SECOND), strict=True):
        write(Session(length, {500: burst(50_000)}), path, tags=TAGS)
    assert paths[0].read_bytes() == paths[2].read_bytes()


def test_the_checksum_of_a_page() -> None:
    """A bit at a time, as RFC 3533 describes it, comes to the same."""

    def slow(data: bytes) -> int:
        sum_ = 0
        for byte in data:
            sum_ ^= byte << 24
            for _ in range(8):
                sum_ = (sum_ << 1 ^ (0x04C11DB7 if sum_ & 0x80000000 else 0)) & 0xFFFFFFFF
        return sum_

    for data in (b"", b"\0", b"\1", b"OggS" + bytes(range(256))):
        assert checksum(data) == slow(data)


def relabel(data: bytes, at_a_time: int) -> bytes:
    """What becomes of an Opus file that comes in pieces."""
    out = io.BytesIO()
    relabelled = Relabelled(out, OPUS, [("TITLE", "Hips")])
    for at in range(0, len(data), at_a_time):
        relabelled.write(data[at : at + at_a_time])
    relabelled.check_whole()
    return out.getvalue()


@pytest.mark.parametrize("at_a_time", [1, 27, 28, 4096, 1 << 20])
def test_pages_may_come_in_pieces_of_any_size(tmp_path: Path, at_a_time: int) -> None:
    """A header across two pieces, a page that ends with one, or all at once: the same file."""
    path = tmp_path / "session.opus"
    write(Session(3 * SECOND, {500: burst(50_000)}), path)
    data = path.read_bytes()
    assert relabel(data, at_a_time) == relabel(data, len(data))


def test_a_page_that_got_lost_is_noticed(tmp_path: Path) -> None:
    """Whichever it is: a file with a hole, or without an end, would sound right until there."""
    path = tmp_path / "session.opus"
    write(Session(3 * SECOND, {500: burst(50_000)}), path)
    data = path.read_bytes()
    starts = [found.start() for found in re.finditer(b"OggS", data)]
    pages = [data[at:end] for at, end in pairwise([*starts, len(data)])]
    assert len(pages) > 4
    for lost in range(len(pages)):
        with pytest.raises(AssertionError, match="libsndfile"):
            relabel(b"".join(pages[:lost] + pages[lost + 1 :]), len(data))


# ── bit rates, and what is missing ───────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "kbps", "said"),
    [
        (formats.WAV, 64, "WAV has no bit rate"),
        (formats.FLAC, 64, "FLAC has no bit rate"),
        (formats.OPUS, 6, "OPUS has no bit rate of 6 kbps"),
        (formats.OPUS, 1000, "OPUS has no bit rate of 1000 kbps"),
        (formats.OGG, 32, "OGG has no bit rate of 32 kbps"),
        (formats.M4A, 8, "M4A has no bit rate of 8 kbps"),
        (formats.MP3, 65, "MP3 has no bit rate of 65 kbps"),
    ],
)
def test_impossible_bit_rates(tmp_path: Path, kind: Format, kbps: int, said: str) -> None:
    """They are refused before any work, and told which are possible."""
    with pytest.raises(UsageError, match=said) as caught:
        check_format(kind, kbps)
    assert caught.value.help
    with pytest.raises(UsageError, match=said):
        write(session(3 * SECOND), tmp_path / f"a{kind.ending}", kbps=kbps)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [formats.OPUS, formats.OGG])
def test_a_bit_rate_for_two_channels_alone(kind: Format) -> None:
    """It passes where the number of channels is not known yet, and not where it is one."""
    check_format(kind, 300)
    assert kbps_of(kind, 300, 2) == 300
    with pytest.raises(UsageError, match="no bit rate of 300 kbps"):
        kbps_of(kind, 300, 1)


@pytest.mark.parametrize("suffix", parametrized(*COMPRESSED))
def test_a_higher_bit_rate_is_a_larger_file(tmp_path: Path, suffix: str) -> None:
    """About as large as asked for, in noise."""
    asked = Session(10 * SECOND, {0: burst(10 * SECOND)})
    small = write(asked, tmp_path / f"small{suffix}", kbps=64).stat().st_size
    large = write(asked, tmp_path / f"large{suffix}", kbps=128).stat().st_size
    assert large > 1.3 * small
    if suffix != ".ogg":  # whose bit rates are named after a quality
        assert small * 8 / 10 == pytest.approx(64_000, rel=0.15)


@pytest.mark.parametrize("kind", [formats.M4B, formats.M4A])
def test_without_pyav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Format) -> None:
    """It is said how to bring it, before any work."""
    monkeypatch.setattr("voiceguide.encode.formats.find_spec", lambda name: None)
    asked = session(3 * SECOND)
    with pytest.raises(MachineError, match="PyAV") as caught:
        write(asked, tmp_path / f"a{kind.ending}")
    assert 'pip install "voiceguide[m4b]"' in caught.value.help
    assert asked.reads == []
    assert list(tmp_path.iterdir()) == []


def test_too_long_for_an_m4b(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More bytes than its places can say are refused before any work."""
    monkeypatch.setattr("voiceguide.encode.formats.find_spec", lambda name: True)
    asked = Session(2**33, {})
    with pytest.raises(UsageError, match="too long"):
        encode.write(asked, tmp_path / "a.m4b", kbps=256)
    assert asked.reads == []


# ── what the page says ───────────────────────────────────────────────────────


def page() -> str:
    return (Path(__file__).parent.parent / "docs" / "FORMATS.md").read_text(encoding="utf-8")


def test_the_pages_table_is_the_codes() -> None:
    """Endings, bit rates, tags and needs in docs/FORMATS.md are those of the registry."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for kind in FORMATS:
        bring = f'`pip install "voiceguide[{kind.needs.extra}]"`' if kind.needs else ""
        tags = kind.tags or "none"
        rates = list(kind.bit_rates.values())
        ranges = [f"{one.lowest} to {one.highest}" for one in rates]
        said = f"{ranges[0]}, of a list" if any(one.listed for one in rates) else ", ".join(ranges)
        usual = ", ".join(str(one.usual) for one in rates)
        row = (kind.description, said, usual, tags, bring)
        alike.setdefault((kind.writer, *row), []).append(f"`{kind.ending}`")
    rows = [(", ".join(names), *row) for (_, *row), names in alike.items()]
    wanted = [" ".join(("| " + " | ".join(row) + " |").split()) for row in rows]
    assert [" ".join(row.split()) for row in page().splitlines() if row[:3] == "| `"] == wanted


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind.bit_rates])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_bounds_of_bit_rates(kind: Format, channels: int) -> None:
    """The lowest and the highest are taken, the next ones beyond are not."""
    rates = kind.bit_rates[channels]
    for kbps in (rates.lowest, rates.usual, rates.highest):
        assert kbps_of(kind, kbps, channels) == kbps
    for kbps in (rates.lowest - 1, rates.highest + 1):
        with pytest.raises(UsageError):
            kbps_of(kind, kbps, channels)


def test_the_command_line_and_the_help_know_every_format() -> None:
    """`--format` takes each ending, and `export --help` names it."""
    from voiceguide.cli.export import NAMES, export

    assert [f".{name}" for name in NAMES] == [kind.ending for kind in FORMATS]
    assert export.help
    assert all(re.search(rf"\{kind.ending}\b", export.help) for kind in FORMATS)


@pytest.mark.parametrize("kind", [*FORMATS, *formats.FFMPEG_FORMATS])
def test_every_format_has_its_writer_and_its_reader(kind: Format) -> None:
    """What the table names can be imported."""
    assert callable(formats.writer_of(kind))
    assert (formats.reader_of(kind) is None) == (not kind.reader)


def test_the_page_names_what_ffmpeg_writes() -> None:
    """No ending more, and none less."""
    (sentence,) = re.findall(r"Other endings, (.*?), are written", page(), re.DOTALL)
    assert set(re.findall(r"`(\.\w+)`", sentence)) == {
        kind.ending for kind in formats.FFMPEG_FORMATS
    }
