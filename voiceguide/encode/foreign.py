"""Write the formats that only an ffmpeg on the path writes; and convert a session to pydub.

ffmpeg gets a temporary WAV file, not a pydub segment, so that memory stays flat, and an interrupted
export leaves no file behind. `Session.to_pydub` is for programs that continue with pydub.
"""

from __future__ import annotations

import shutil
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from voiceguide.encode.formats import FFMPEG, EncodeJob, Format, Progress, endings
from voiceguide.encode.pcm import samples_of, write_wav
from voiceguide.encode.tags import Tags
from voiceguide.errors import MachineError
from voiceguide.files import told
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.render import Blocks

if TYPE_CHECKING:
    from pydub import AudioSegment


_THE_SAME_BYTES = ("-fflags", "+bitexact", "-flags:a", "+bitexact")
"""Options without which ffmpeg writes its version, and random numbers."""


def write_foreign(blocks: Blocks, file: BinaryIO, progress: Progress, job: EncodeJob) -> None:
    """Write a whole session with ffmpeg, with plain tags.

    Raises:
        UsageError: the session is too long for a WAV file.
        MachineError: ffmpeg fails.
    """
    kind = job.format
    with TemporaryDirectory() as folder:
        wav, made = Path(folder, "session.wav"), Path(folder, f"session{kind.ending}")
        with told(wav), wav.open("w+b") as sound:
            write_wav(blocks, sound, lambda share: progress(share / 2), job)
        _run(kind, [*_arguments(wav, job), str(made)])
        with made.open("rb") as sound:
            shutil.copyfileobj(sound, file)
    progress(1.0)


def _arguments(wav: Path, job: EncodeJob) -> Iterator[str]:
    yield from (FFMPEG, "-nostdin", "-v", "error", "-i", str(wav), *_THE_SAME_BYTES)
    for name, text in _plain(job.tags or Tags()).items():
        yield from ("-metadata", f"{name}={text}")
    if job.kbps:
        yield from ("-b:a", f"{job.kbps}k")
    yield from ("-f", job.format.muxer)


def _run(kind: Format, command: list[str]) -> None:
    ran = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if ran.returncode:
        said = ran.stderr.decode(errors="replace").strip().splitlines()
        reason = said[0] if said else f"it ended with {ran.returncode}"
        raise MachineError(
            f"ffmpeg cannot write `{kind.ending}`: {reason}", f"end the name in {endings()}"
        )


def _plain(tags: Tags) -> dict[str, str]:
    said = {
        "title": tags.title,
        "artist": tags.artist,
        "album": tags.album,
        "album_artist": tags.album_artist,
        "track": tags.track_text,
        "genre": tags.genre,
        "date": tags.date or "",
        "comment": tags.comment,
    }
    return {name: text.replace("\0", "") for name, text in said.items() if text}


# ── pydub: a session as an `AudioSegment` ────────────────────────────────────


def segment_of(blocks: Blocks, progress: Progress) -> AudioSegment:
    """Return a whole session as a segment: 48 kHz, 16 bit, one channel or two."""
    segment = _audio_segment()
    pieces = []
    done = 0
    for block in samples_of(blocks, 0, blocks.length):
        pieces.append(np.asarray(block, "<i2").tobytes())
        done += len(block)
        progress(done / blocks.length)
    form = {"sample_width": 2, "frame_rate": SAMPLE_RATE, "channels": blocks.channels}
    return segment(data=b"".join(pieces), **form)


def _audio_segment() -> Any:
    with warnings.catch_warnings():
        # a segment needs no ffmpeg
        warnings.filterwarnings("ignore", "Couldn't find ff", RuntimeWarning)
        # pydub uses the standard library's audioop while it exists, and then `audioop-lts`
        warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
        # from pydub's patterns, once, when Python 3.12 or later compiles them
        warnings.filterwarnings("ignore", ".*invalid escape sequence", SyntaxWarning)
        warnings.filterwarnings("ignore", ".*invalid escape sequence", DeprecationWarning)
        from pydub import AudioSegment
    return AudioSegment
