"""M4B and M4A: AAC in MP4, with chapters, exact to the sample.

PyAV only encodes AAC; the file around it is written here. So its length, its edit list, both kinds
of chapters and our own tags are correct, and it contains no time of creation.

AAC is a sequence of frames of 1024 samples, and its encoder has a delay of 1024 samples, because
the sound of one frame is the sum of two windows. Silence before the session lets its last sample
end a frame. The edit list describes this: it begins with the session's first sample, and is as
long as the session. The sizes of all tables follow from the session's length; so their place at
the front of the file, which lets players stream it, is kept free and filled at the end.

Frames are independent, and are stitched as those of an MP3 are (`stitch`).

Read `movie` first, which writes the whole file; then `container` (boxes, sample tables, tags and
chapters) and `stitch` (the encoder).

Sources: ISO/IEC 14496-12 (the boxes; 8.6.6 the edit list, 10.1 the roll group), ISO/IEC 14496-14
and 14496-1, 7.2.6 (the contents of `esds`); Apple's QuickTime File Format Specification (chapter
tracks, text samples, tags). The list of chapters that Nero introduced, `chpl`, has no public
document; ffmpeg and most players for Android read it.
"""
