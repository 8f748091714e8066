"""MP3: stitch frames on an exact grid.

At 48 kHz and a constant bit rate, every frame has 1152 samples, exactly 24 ms, and the same number
of bytes: a session is a row of equal boxes. A guided session is mostly silence and repeated words,
so most frames need no encoder, if three things are taken care of:

Overlap. The sound of a frame is the sum of neighbouring frames. So every encoder starts on the
session's frame grid, and gets some frames of sound before and after its piece; these extra frames
are dropped.

The bit reservoir. A frame may store part of its main data in the frames before it;
`main_data_begin`, in its side information, tells how far back. If the first frames of a piece
stored data in dropped frames, the piece is packed anew (`reservoir`), and pieces are joined where
both sides fit (`stitch`).

Delay. Encoder and decoder together delay the sound by 576 + 529 samples. So the Info frame, the
first of the file (`frames`), tells players how many samples to cut off at both ends, and the length
is exact to the sample.

A *region* is a range of frames with clips or moving gains. Between regions is the *ground*: a loop
of whole frames (a bed, a floor of noise, or silence), which is encoded piece by piece and at one
level only, since frames can be turned down by a number in them, in steps of 1.505 dB. So the time
of an export depends on the amount of different sound, not on the session's length. `put_streamed`
encodes the whole session with one encoder, for comparison and as a fallback.

Sources: ISO/IEC 11172-3:1993, 2.4.1.7 (side information), 2.4.3.4 (the decoding, the overlap);
the Mp3 Info Tag revision 1 by G. Bouvigne, <http://gabriel.mp3-tech.org/mp3infotag.html>; LAME
3.100, libmp3lame/VbrTag.c (what its checksums cover) and lame.c (the delays).
"""
