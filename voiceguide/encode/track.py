"""The frames of one session on their way into a file, in order, from the Info frame to the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from voiceguide.encode.mp3.frames import Rate, crc16, frame_count
from voiceguide.encode.mp3.lame import info_frame, info_size

Progress = Callable[[float], None]
"""Is told the share done, from 0 to 1."""

_RUN = 4096
"""Frames of silence written, or of anything summed, at a time: under 4 MB at every rate."""


class Track:
    """An MP3 file's frames, written as they come; `done` of `frames` stand in the file."""

    def __init__(self, file: BinaryIO, length: int, rate: Rate, progress: Progress) -> None:
        """Begin at the place where `file` (open for reading and writing) stands now."""
        self.rate = rate
        self.frames = frame_count(length)
        self.done = 0
        self._file = file
        self._length = length
        self._progress = progress
        self._info_at = file.tell()
        file.write(bytes(info_size(rate)))  # its sums are known at the end
        self._first_at = file.tell()

    def add(self, frames: bytes) -> None:
        """Append whole frames; what lies beyond the end of the session is let go."""
        kept = frames[: (self.frames - self.done) * self.rate.size]
        self._file.write(kept)
        self.done += len(kept) // self.rate.size
        self._progress(self.done / self.frames)

    def silence_until(self, frame: int) -> None:
        """Append silent frames until `frame` is the next one."""
        if frame < self.done:
            raise AssertionError(f"frame {frame} comes after frame {self.done} was written")
        while self.done < frame:
            self.add(self.rate.silence * min(_RUN, frame - self.done))

    def add_again(self, first: int, stop: int) -> None:
        """Append a copy of the frames [first, stop), which stand in the file already."""
        self._file.seek(self._first_at + first * self.rate.size)
        frames = self._file.read((stop - first) * self.rate.size)
        self._file.seek(0, 2)
        self.add(frames)

    def restart(self) -> None:
        """Take all frames away again."""
        self._file.seek(self._first_at)
        self._file.truncate()
        self.done = 0

    def finish(self) -> None:
        """Fill up with silence, then write the Info frame into the place kept for it."""
        self.silence_until(self.frames)
        crc = self._crc()
        self._file.seek(self._info_at)
        self._file.write(info_frame(self.rate, self._length, crc))
        self._file.seek(0, 2)

    def _crc(self) -> int:
        crc = 0
        self._file.seek(self._first_at)
        while run := self._file.read(_RUN * self.rate.size):
            crc = crc16(run, crc)
        return crc
