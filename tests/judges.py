"""Judges from outside: what other people's programs say of the files that voiceguide makes.

Those of Debian are found by their names, those of npm in `.judges`, where `make judges` puts them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from live_services import need

NPM = Path(__file__).parents[1] / ".judges" / "node_modules"


@dataclass(frozen=True)
class Verdict:
    """What a judge said of a sound file."""

    complaints: Sequence[str] = ()
    title: str | None = None
    """As the judge read it; None for a judge that reads none."""

    chapters: Sequence[str] | None = None
    """Their titles; the same."""

    seconds: float | None = None
    """How long the file is; the same."""


@dataclass(frozen=True)
class Cues:
    """What the WebVTT parser made of captions."""

    errors: Sequence[str] = ()
    texts: Sequence[str] = field(default_factory=tuple)


def need_npm(package: str, program: str) -> Path:
    """The folder of a package; the test is skipped where it is missing, in CI it must not be."""
    need(program)
    found = NPM / package
    if not found.is_dir():
        assert not os.environ.get("CI"), f"CI has to bring {package}: make judges"
        pytest.skip(f"without {package}: make judges")
    return found


def ask(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a judge."""
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=600, check=False)


def failing(done: subprocess.CompletedProcess[str], complaint: str) -> list[str]:
    """The lines that match, and what was said by a judge who failed."""
    lines = (done.stdout + done.stderr).splitlines()
    found = [line for line in lines if re.search(complaint, line)]
    return found + ([done.stderr or "a bad exit code"] if done.returncode and not found else [])


def first(pattern: str, text: str) -> str | None:
    """What the pattern's group found."""
    found = re.search(pattern, text, re.MULTILINE)
    return found[1] if found else None


FFPROBE_SAYS_OF_ITS_OWN = (
    "timescale not set",  # of any cover in an MP4, those that ffmpeg wrote among them
    "Unsupported codec with id 98314",  # of any chapter track in an MP4: it decodes no text
)


def ffprobe(path: Path) -> Verdict:
    """FFmpeg's look at the container, at tags and chapters."""
    asked = ["-v", "warning", "-show_chapters", "-show_entries", "format:stream_tags"]
    done = ask("ffprobe", *asked, "-of", "json", path)
    if done.returncode:
        return Verdict(failing(done, "."))
    said = json.loads(done.stdout)
    own = [line for line in done.stderr.splitlines() if line.strip()]
    own = [line for line in own if not any(known in line for known in FFPROBE_SAYS_OF_ITS_OWN)]
    tags: dict[str, str] = {}
    for part in (said["format"], *said["streams"]):  # Ogg has its tags in the stream
        tags = {name.lower(): value for name, value in part.get("tags", {}).items()} | tags
    chapters = [chapter.get("tags", {}).get("title", "") for chapter in said["chapters"]]
    length = float(said["format"].get("duration", 0))
    return Verdict(own, tags.get("title"), chapters, length)


def decode(path: Path) -> Verdict:
    """FFmpeg decodes all of it, stops at nothing, and says how long it was."""
    asked = ["-v", "error", "-xerror", "-nostats", "-progress", "-", "-i"]
    done = ask("ffmpeg", *asked, path, "-map", "0:a", "-f", "null", os.devnull)
    microseconds = re.findall(r"^out_time_us=(\d+)", done.stdout, re.MULTILINE)
    wrong = done.stderr.splitlines() or (["a bad exit code"] if done.returncode else [])
    return Verdict(wrong, seconds=int(microseconds[-1]) / 1e6 if microseconds else 0)


def mediainfo(path: Path) -> Verdict:
    """MediaInfo's look, with what it finds against the formats' standards."""
    done = ask("mediainfo", "--Output=JSON", path)
    tracks = json.loads(done.stdout)["media"]["track"]
    against = [
        f"{track['@type']}: {name} {value}"
        for track in tracks
        for name, value in {**track, **track.get("extra", {})}.items()
        if "conformance" in name.lower() or name == "IsTruncated"
    ]
    length = float(tracks[0].get("Duration", 0))
    return Verdict(against + failing(done, "^$a"), tracks[0].get("Title"), seconds=length)


def mp3val(path: Path) -> Verdict:
    """Every frame of an MP3, and its tags."""
    return Verdict(failing(ask("mp3val", path), "WARNING|ERROR|PROBLEM"))


def atomicparsley(path: Path) -> Verdict:
    """The atoms of an MP4, and the tags of iTunes."""
    tree, tags = ask("AtomicParsley", path, "-T"), ask("AtomicParsley", path, "-t")
    # with ~ after those it does not know: sgpd (ISO 14496-12) and chpl (Nero's) it does not
    strange = r"Atom (?!sgpd|chpl).*~$|[Ee]rror|[Ww]arning"
    wrong = failing(tree, strange) + failing(tags, "^$a")
    return Verdict(wrong, first('"©nam" contains: (.*)', tags.stdout))


def opusinfo(path: Path) -> Verdict:
    """The pages and packets of an Opus file."""
    done = ask("opusinfo", path)
    return Verdict(failing(done, "^(?i:warning|error)"), first("^\tTITLE=(.*)", done.stdout))


def ogginfo(path: Path) -> Verdict:
    """The same of Ogg Vorbis."""
    done = ask("ogginfo", path)
    return Verdict(failing(done, "^(?i:warning|error)"), first("^\tTITLE=(.*)", done.stdout))


def flac(path: Path) -> Verdict:
    """FLAC's own decoder, with its checksums; no warning is let through."""
    done = ask("flac", "--test", "--silent", "--warnings-as-errors", path)
    title = ask("metaflac", "--show-tag=TITLE", path)
    return Verdict(failing(done, "."), first("^TITLE=(.*)", title.stdout))


def as_ucs2(text: str) -> str:
    """What MediaInfo makes of characters beyond U+FFFF in ID3's UTF-16: two marks for each."""
    return "".join(letter if ord(letter) < 0x10000 else "??" for letter in text)


Judge = Callable[[Path], Verdict]

ALWAYS: Sequence[Judge] = (ffprobe, decode, mediainfo)

JUDGES: Mapping[str, Sequence[Judge]] = {
    "mp3": (*ALWAYS, mp3val),
    "m4b": (*ALWAYS, atomicparsley),
    "m4a": (*ALWAYS, atomicparsley),
    "opus": (*ALWAYS, opusinfo),
    "ogg": (*ALWAYS, ogginfo),
    "flac": (*ALWAYS, flac),
    "wav": ALWAYS,
}
"""Who judges which format."""

PROGRAMS: Mapping[Judge, Sequence[str]] = {
    decode: ["ffmpeg"],
    atomicparsley: ["AtomicParsley"],
    flac: ["flac", "metaflac"],
}
"""What a judge runs, where that is not its own name."""


def judge(judging: Judge, path: Path) -> Verdict:
    """The verdict; the test is skipped where the judge is missing, in CI it must not be."""
    need(*PROGRAMS.get(judging, [judging.__name__]))
    return judging(path)


NU_DOES_NOT_KNOW = (
    # it never lets `img-src data:` hold, which browsers do; the tests in Chromium see the pictures
    "Resource violates Content Security Policy (meta tag): image “data:",
    "Property “vector-effect” doesn't exist",  # SVG 2 has it, section 8.10; so have all browsers
)


def nu(pages: Sequence[Path]) -> dict[Path, list[str]]:
    """What the Nu HTML checker finds in pages and pictures, warnings among it."""
    jar = need_npm("vnu-jar", "java") / "build" / "dist" / "vnu.jar"
    done = ask("java", "-jar", jar, "--format", "json", "--also-check-svg", *pages)
    found: dict[Path, list[str]] = {page: [] for page in pages}
    for message in json.loads(done.stderr)["messages"]:
        if not any(known in message["message"] for known in NU_DOES_NOT_KNOW):
            page = Path(unquote(urlsplit(message["url"]).path))
            found[page].append(f"line {message.get('lastLine')}: {message['message']}")
    return found


READ_CAPTIONS = """
const {WebVTTParser} = require('webvtt-parser'), fs = require('fs');
const entities = JSON.parse(fs.readFileSync(require.resolve('webvtt-parser/html-entities.json')));
const plain = node => node.value ?? node.children.map(plain).join('');
const read = file => {
  const text = fs.readFileSync(file, 'utf8');
  const {cues, errors} = new WebVTTParser(entities).parse(text, 'subtitles');
  const said = errors.map(e => `line ${e.line}: ${e.message}`);
  return {errors: said, texts: cues.map(c => plain(c.tree))};
};
console.log(JSON.stringify(read(process.argv[1])));
"""


def webvtt(captions: Path) -> Cues:
    """What the W3C's parser and validator makes of captions."""
    need_npm("webvtt-parser", "node")
    done = subprocess.run(
        ["node", "-e", READ_CAPTIONS, captions],
        env={**os.environ, "NODE_PATH": str(NPM)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return Cues(**said)
