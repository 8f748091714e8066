"""Reading MP3 files back, for tests, without the help of the code that wrote them.

Two decoders come with wheels (libsndfile's and miniaudio's); two more are used where they are
installed. Frames are taken apart here by the bits of ISO/IEC 11172-3, and by nothing else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import miniaudio
import numpy as np
import numpy.typing as npt
import pytest
import soundfile

Sound = npt.NDArray[np.float64]
"""Decoded samples, full scale ±1: shape (n,), or (n, 2) in stereo."""

RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
"""kbit/s by the four bits in a header; the 0 stands for any rate, which nobody uses."""


# ── decoders ─────────────────────────────────────────────────────────────────


def by_soundfile(path: Path) -> Sound:
    samples, rate = soundfile.read(path, dtype="float64")
    assert rate == 48_000
    return np.asarray(samples, np.float64)


def by_miniaudio(path: Path) -> Sound:
    decoded = miniaudio.mp3_read_file_f32(str(path))
    assert decoded.sample_rate == 48_000
    return _channels(np.array(decoded.samples, np.float64), decoded.nchannels)


def by_ffmpeg(path: Path) -> Sound:
    # told that it is MP3: of a few hundred bytes without a tag, ffmpeg may guess anything else
    source = ("-f", "mp3", "-i", str(path))
    heard = _from_pipe("ffmpeg", "-v", "error", *source, "-f", "f32le", "-")
    return _channels(heard, channels_of(path))


def by_mpg123(path: Path) -> Sound:
    heard = _from_pipe("mpg123", "-q", "-e", "f32", "-s", str(path))
    return _channels(heard, channels_of(path))


DECODERS: dict[str, Callable[[Path], Sound]] = {
    "libsndfile": by_soundfile,
    "miniaudio": by_miniaudio,
    "ffmpeg": by_ffmpeg,
    "mpg123": by_mpg123,
}


def tool(name: str) -> str:
    """The path of a program; where it is missing the test is skipped, or fails if `CI` is set."""
    found = shutil.which(name)
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"{name} is not installed, and CI has to have it")
    pytest.skip(f"{name} is not installed")


def _from_pipe(program: str, *arguments: str) -> Sound:
    ran = subprocess.run([tool(program), *arguments], check=True, capture_output=True)
    assert not ran.stderr, ran.stderr.decode()
    return np.frombuffer(ran.stdout, "<f4").astype(np.float64)


def channels_of(path: Path) -> int:
    """1 or 2, as the first frame's header says."""
    return _mode(without_id3(path.read_bytes())[:4])


def _channels(samples: Sound, count: int) -> Sound:
    return samples if count == 1 else samples.reshape(-1, count)


# ── frames ───────────────────────────────────────────────────────────────────


def without_id3(data: bytes) -> bytes:
    """What stands behind an ID3v2 tag."""
    if data[:3] != b"ID3":
        return data
    size = 0
    for byte in data[6:10]:
        assert byte < 128
        size = size << 7 | byte
    return data[10 + size :]


def frames_of(data: bytes) -> list[bytes]:
    """All frames, the Info frame first; fails where something else stands between them."""
    return list(_walk(without_id3(data)))


def _walk(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        bits = int.from_bytes(data[at : at + 4], "big")
        assert bits >> 17 == 0b111_1111_1111_11_01, f"no MPEG-1 layer III frame at byte {at}"
        assert bits >> 16 & 1, "a checksum that nobody asked for"
        assert bits >> 10 & 3 == 1, "not 48 kHz"
        assert bits >> 9 & 1 == 0, "a padded frame, which 48 kHz never needs"
        size = 144 * RATES[bits >> 12 & 15] // 48
        assert size, "no bit rate"
        assert at + size <= len(data), "the last frame is cut short"
        yield data[at : at + size]
        at += size


def _mode(frame: bytes) -> int:
    mode = frame[3] >> 6
    assert mode != 2, "two languages"
    return 1 if mode == 3 else 2


def side_size(frame: bytes) -> int:
    """Bytes of side information."""
    return 17 if _mode(frame) == 1 else 32


@dataclass(frozen=True)
class Side:
    """What a frame's side information says of its main data."""

    reach: int
    """Bytes by which its main data begins before the frame."""
    bits: int
    """Bits of its main data."""


def side_of(frame: bytes) -> Side:
    text = "".join(f"{byte:08b}" for byte in frame[4 : 4 + side_size(frame)])
    granules = (18, 77) if _mode(frame) == 1 else (20, 79, 138, 197)
    return Side(int(text[:9], 2), sum(int(text[at : at + 12], 2) for at in granules))


def main_data(frames: list[bytes]) -> list[bytes]:
    """The main data of each frame, wherever they stand; frames reach back into these alone."""
    area, found = b"", []
    for frame in frames:
        side = side_of(frame)
        start = len(area) - side.reach
        assert start >= 0, "a frame reaches back before the first one"
        area += frame[4 + side_size(frame) :]
        found.append(area[start : start + (side.bits + 7) // 8])
    return found


def faults(frames: list[bytes], silence: bytes = b"") -> list[str]:
    """What is wrong with how frames (without the Info frame) were put together.

    A frame may reach back into what stands since the last silent frame, and no further; and no two
    frames may use the same bytes.
    """
    found = []
    room = used = 0  # bytes of main data since the last silent frame, and those that are taken
    for number, frame in enumerate(frames):
        if frame == silence:
            room = used = 0
            continue
        side = side_of(frame)
        start = room - side.reach
        if start < used:
            found.append(f"frame {number} reaches {side.reach} bytes back, {room - used} are free")
        room += len(frame) - 4 - side_size(frame)
        used = max(used, start + (side.bits + 7) // 8)
        if used > room:
            found.append(f"frame {number} needs {used - room} bytes of the next one")
    return found


@dataclass(frozen=True)
class Info:
    """The fields of an Info frame, read from where LAME's source has them for one channel."""

    frames: int
    size: int
    contents: tuple[int, ...]
    encoder: bytes
    method: int
    kbps: int
    delay: int
    padding: int
    rate: int
    size_again: int
    frames_crc: int
    crc: int


def info_of(frame: bytes) -> Info:
    assert frame[21:25] == b"Info"
    assert frame[25:29] == b"\0\0\0\x0f"

    def number(start: int, stop: int) -> int:
        return int.from_bytes(frame[start:stop], "big")

    return Info(
        frames=number(29, 33),
        size=number(33, 37),
        contents=tuple(frame[37:137]),
        encoder=frame[141:150],
        method=frame[150] & 15,
        kbps=frame[161],
        delay=number(162, 165) >> 12,
        padding=number(162, 165) & 0xFFF,
        rate=frame[165] >> 6,
        size_again=number(169, 173),
        frames_crc=number(173, 175),
        crc=number(175, 177),
    )


def slow_crc(data: bytes) -> int:
    """CRC-16, a bit at a time."""
    crc = 0
    for byte in data:
        for bit in range(8):
            feedback = (crc ^ byte >> bit) & 1
            crc = crc >> 1 ^ (0xA001 if feedback else 0)
    return crc


# ── comparing sound ──────────────────────────────────────────────────────────


def shift(decoded: Sound, sound: npt.NDArray[np.int16], at: int, reach: int = 1500) -> int:
    """By how many samples `sound` comes late in `decoded`, where it should begin at `at`."""
    low, high = max(0, at - reach), min(len(decoded), at + len(sound) + reach)
    window = decoded[low:high]
    size = 1 << (len(window) + len(sound)).bit_length()
    spectrum = np.fft.rfft(window, size) * np.conj(np.fft.rfft(sound / 32768, size))
    match = np.fft.irfft(spectrum, size)
    best = int(np.argmax(match))
    return (best if best < size // 2 else best - size) + low - at


def snr(decoded: Sound, source: npt.NDArray[np.int16]) -> float:
    """Decibels by which the source is louder than the difference."""
    wanted = source / 32768
    noise = np.sum((decoded - wanted) ** 2)
    return float(10 * np.log10(np.sum(wanted**2) / noise))
