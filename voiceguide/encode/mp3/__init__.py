"""MP3: how frames are stitched on an exact grid.

At 48 kHz and a constant bit rate every frame is 1152 samples, exactly 24 ms, and as many bytes as
the next: a session is a row of equal boxes. A guided session is mostly silence and words that come
again, so most boxes need no encoder, if three things are minded.

Overlap. What is heard in one frame is the sum of neighbouring frames. Hence every encoder begins on
the session's own frame grid and hears some frames of what stands before and after, which are thrown
away.

The bit reservoir. A frame may keep part of its data in the frames before it: `main_data_begin`, in
its side information, says how far back. What the first frames of a piece kept in those that are
thrown away is packed anew (`reservoir`), and pieces are put together where both sides fit
(`stitch`).

Delay. Encoder and decoder together come 576 + 529 samples late. Hence the Info frame, first in the
file (`track`): it tells players how much to cut off at both ends, and the length is right to the
sample.

A *region* is where something sounds. Between regions lies a *ground*: a loop of whole frames, of a
bed, a floor of noise or silence, encoded a piece at a time, and at one level: frames are turned
down by a number in them, in steps of 1.505 dB. So the time an export takes goes with
the different sound in it, not with its length. `put_streamed` does the same by one encoder, for
comparison.

Sources: ISO/IEC 11172-3:1993, 2.4.1.7 (side information), 2.4.3.4 (the decoding, the overlap);
the Mp3 Info Tag revision 1 by G. Bouvigne, <http://gabriel.mp3-tech.org/mp3infotag.html>; LAME
3.100, libmp3lame/VbrTag.c (what its checksums cover) and lame.c (the delays).
"""
