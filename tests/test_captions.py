"""Captions: LRC and WebVTT, read back by readers of their own."""

from __future__ import annotations

import base64
import re
import subprocess
from html import unescape
from pathlib import Path

from mp3_reading import tool

from voiceguide.encode import ChapterTag, Line, Tags
from voiceguide.encode.captions import lrc, vtt

SECOND = 48_000
TAGS = Tags(
    title="Hips [short] & sweet",
    artist="山田",
    chapters=(
        ChapterTag("Knee --> chest", 0, 5 * SECOND),
        ChapterTag("Rest", 5 * SECOND, 9 * SECOND),
    ),
    lines=(
        Line(SECOND + 24, "Draw <your> left knee & breathe.", 3 * SECOND, "left"),
        Line(5 * SECOND + 24_000, "[Now] rest --> deeply,\n\n until it's over.", 8 * SECOND),
        Line(100 * 60 * SECOND, "Und lösen. 🧘", 100 * 60 * SECOND, "right"),
    ),
)
LENGTH = 6_010 * SECOND + 1

Cue = tuple[float, float, str, str]
"""Seconds from and to, class, text."""


def read_vtt(data: bytes) -> tuple[list[Cue], list[str]]:
    """Cues and notes, by the grammar of the standard."""
    first, *blocks = re.split(r"\n\n+", data.decode("utf-8").rstrip("\n"))
    assert first == "WEBVTT"
    cues, notes = [], []
    for block in blocks:
        if block.startswith("NOTE "):
            assert "-->" not in block
            notes.append(unescape(block[5:]))
            continue
        timing, text = block.split("\n")
        clock = r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})"
        found = re.fullmatch(f"{clock} --> {clock}", timing)
        assert found, timing
        numbers = list(map(int, found.groups()))
        start, stop = (
            h * 3600 + m * 60 + s + ms / 1000 for h, m, s, ms in (numbers[:4], numbers[4:])
        )
        sided = re.fullmatch(r"<c\.(\w+)>(.*)</c>", text)
        side, words = sided.groups() if sided else ("", text)
        assert "<" not in words
        assert "-->" not in words
        cues.append((start, stop, side, unescape(words)))
    return cues, notes


def test_webvtt_says_when_and_what() -> None:
    """Every text from its first sample to its last, escaped, on one line; a side is a class."""
    cues, notes = read_vtt(vtt(TAGS))
    assert cues == [
        (1.001, 3.0, "left", "Draw <your> left knee & breathe."),
        (5.5, 8.0, "", "[Now] rest --> deeply, until it's over."),
        (6000.0, 6000.001, "right", "Und lösen. 🧘"),
    ]
    assert notes == ["Made with voiceguide", "Knee --> chest", "Rest"]
    text = vtt(TAGS).decode()
    assert text.index("NOTE Rest") < text.index("00:00:05.500")


def test_lrc_says_when_and_what() -> None:
    """Tags in front, then a time and a text in each line, in hundredths; minutes go on after 59."""
    head, _, body = lrc(TAGS, LENGTH).decode().partition("\n\n")
    tags = dict(row.removeprefix("[").removesuffix("]").split(":", 1) for row in head.split("\n"))
    assert tags == {
        "ti": "Hips (short) & sweet",
        "ar": "山田",
        "length": "100:11",
        "re": "voiceguide",
    }
    rows = body.rstrip("\n").split("\n")
    assert rows == [
        "[00:01.00]Draw <your> left knee & breathe.",
        "[00:05.50](Now) rest --> deeply, until it's over.",
        "[100:00.00]Und lösen. 🧘",
    ]


def test_nothing_spoken_is_still_a_file() -> None:
    """A session of silence has captions without lines."""
    assert read_vtt(vtt(Tags())) == ([], ["Made with voiceguide"])
    assert lrc(Tags(title="Rest"), SECOND).decode().startswith("[ti:Rest]\n[length:00:01]")


def test_times_are_rounded_and_not_cut() -> None:
    """To the nearest hundredth and thousandth, over the minute too."""
    late = Tags(lines=(Line(60 * SECOND - 1, "A", 60 * SECOND),))
    assert "[01:00.00]A" in lrc(late, SECOND * 60).decode()
    assert read_vtt(vtt(late))[0][0][0] == 60.0


PAGE = """<!DOCTYPE html><meta charset="utf-8"><video><track default src="{source}"></video>
<pre></pre><script>
const track = document.querySelector("track");
track.track.mode = "showing";
track.addEventListener("load", () => {{
  const cues = [...track.track.cues].map(c => c.startTime + "|" + c.endTime + "|" +
    c.getCueAsHTML().textContent);
  document.querySelector("pre").textContent = cues.join("\\n");
}});
track.addEventListener("error", () => document.querySelector("pre").textContent = "refused");
</script>"""


def test_a_browser_reads_the_same(tmp_path: Path) -> None:
    """Chromium's own parser, with nothing between."""
    source = "data:text/vtt;base64," + base64.b64encode(vtt(TAGS)).decode()
    page = tmp_path / "page.html"
    page.write_text(PAGE.format(source=source), encoding="utf-8")
    ran = subprocess.run(
        [
            *(tool("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            *("--virtual-time-budget=5000", f"--user-data-dir={tmp_path / 'profile'}"),
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=True,
    )
    shown = re.search(r"<pre>(.*?)</pre>", ran.stdout, re.DOTALL)
    assert shown
    rows = [row.split("|") for row in unescape(shown[1]).split("\n")]
    cues, _ = read_vtt(vtt(TAGS))
    assert [(float(a), float(b), text) for a, b, text in rows] == [
        (start, stop, text) for start, stop, _, text in cues
    ]
