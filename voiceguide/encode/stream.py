"""The whole session through one encoder: slow, and what stitching is measured by."""

from __future__ import annotations

from voiceguide.encode.lame import encoded
from voiceguide.encode.pcm import samples_of
from voiceguide.encode.track import Track
from voiceguide.render import Blocks


def put_streamed(blocks: Blocks, track: Track) -> None:
    """Append the frames of a whole session."""
    for frames in encoded(samples_of(blocks, 0, blocks.length), track.rate):
        track.add(frames)
