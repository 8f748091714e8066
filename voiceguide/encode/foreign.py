"""The formats that nothing here writes, but an ffmpeg on the path does.

It is handed a temporary WAV file and not pydub's segment, so that memory stays flat, and what stops
it leaves no file behind. `Session.to_pydub` is for programs that go on with pydub from there.
"""

from __future__ import annotations

import shutil
import subprocess
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from voiceguide.encode.formats import Foreign, endings
from voiceguide.encode.pcm import check_fits_wav, samples_of, write_wav
from voiceguide.encode.tags import Tags
from voiceguide.encode.track import Progress
from voiceguide.errors import MachineError, UsageError
from voiceguide.files import told
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.render import Blocks

if TYPE_CHECKING:
    from pydub import AudioSegment


# ── the formats that nothing here writes, but an ffmpeg on the path does ─────


_PROGRAM = "ffmpeg"

_THE_SAME_BYTES = ("-fflags", "+bitexact", "-flags:a", "+bitexact")
"""It otherwise writes its version, and numbers by chance."""


def check_ffmpeg(kind: Foreign) -> None:
    """See to it that there is an ffmpeg.

    Raises:
        UsageError: there is none on the path.
    """
    if shutil.which(_PROGRAM) is None:
        raise UsageError(
            f"`{kind.value}` is written by ffmpeg, and there is none on the path",
            f"end the name in {endings()}, or install ffmpeg",
        )


def write_foreign(
    blocks: Blocks, file: BinaryIO, progress: Progress, *, kind: Foreign, tags: Tags, kbps: int
) -> None:
    """Write a whole session by ffmpeg, with plain tags; a `kbps` of 0 leaves the rate to it.

    Raises:
        UsageError: the session is too long for a WAV file.
        MachineError: ffmpeg cannot write it.
    """
    check_fits_wav(blocks.length, blocks.channels)
    with TemporaryDirectory() as folder:
        wav, made = Path(folder, "session.wav"), Path(folder, f"session{kind.value}")
        with told(wav), wav.open("w+b") as sound:
            write_wav(blocks, sound, lambda share: progress(share / 2))
        _run(kind, [*_arguments(wav, kind, tags, kbps), str(made)])
        with made.open("rb") as sound:
            shutil.copyfileobj(sound, file)
    progress(1.0)


def _arguments(wav: Path, kind: Foreign, tags: Tags, kbps: int) -> Iterator[str]:
    yield from (_PROGRAM, "-nostdin", "-v", "error", "-i", str(wav), *_THE_SAME_BYTES)
    for name, text in _plain(tags).items():
        yield from ("-metadata", f"{name}={text}")
    if kbps:
        yield from ("-b:a", f"{kbps}k")
    yield from ("-f", kind.muxer)


def _run(kind: Foreign, command: list[str]) -> None:
    ran = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if ran.returncode:
        said = ran.stderr.decode(errors="replace").strip().splitlines()
        reason = said[0] if said else f"it ended with {ran.returncode}"
        raise MachineError(
            f"ffmpeg cannot write `{kind.value}`: {reason}", f"end the name in {endings()}"
        )


def _plain(tags: Tags) -> dict[str, str]:
    said = {
        "title": tags.title,
        "artist": tags.artist,
        "album": tags.album,
        "album_artist": tags.album_artist,
        "track": f"{tags.track[0]}/{tags.track[1]}" if tags.track else "",
        "genre": tags.genre,
        "date": tags.date or "",
        "comment": tags.comment,
    }
    return {name: text.replace("\0", "") for name, text in said.items() if text}


# ── pydub: a session as an `AudioSegment`, for programs that work with those ─


def segment_of(blocks: Blocks, progress: Progress) -> AudioSegment:
    """A whole session as a segment: 48 kHz, 16 bit, one channel or two.

    Raises:
        MachineError: pydub is not installed.
    """
    segment = _audio_segment()
    pieces = []
    done = 0
    for block in samples_of(blocks, 0, blocks.length):
        pieces.append(np.asarray(block, "<i2").tobytes())
        done += len(block)
        progress(done / blocks.length)
    form = {"sample_width": 2, "frame_rate": SAMPLE_RATE, "channels": blocks.channels}
    return segment(data=b"".join(pieces), **form)


def check_pydub() -> None:
    """See to it that pydub is installed.

    Raises:
        MachineError: it is not.
    """
    if find_spec("pydub") is None:
        raise MachineError(
            "a segment needs the package pydub, which is not installed here",
            'bring it by `pip install "voiceguide[pydub]"`',
        )


def _audio_segment() -> Any:
    check_pydub()
    with warnings.catch_warnings():
        # a segment needs no ffmpeg
        warnings.filterwarnings("ignore", "Couldn't find ff", RuntimeWarning)
        # pydub uses the standard library's audioop as long as there is one, and `audioop-lts` then
        warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
        # in pydub's patterns, told once, when Python 3.12 and later compile them
        warnings.filterwarnings("ignore", ".*invalid escape sequence", SyntaxWarning)
        warnings.filterwarnings("ignore", ".*invalid escape sequence", DeprecationWarning)
        from pydub import AudioSegment
    return AudioSegment
