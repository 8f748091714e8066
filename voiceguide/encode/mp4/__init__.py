"""M4B and M4A: AAC in MP4, with chapters, exact to the sample.

PyAV is asked for nothing but AAC; the file around it is written here. So its length, its edit list,
both kinds of chapters and tags of our own are as they have to be, and no clock stands in it.

AAC is a row of frames of 1024 samples, and its encoder comes 1024 samples late, for what is heard
in one frame is the sum of two. Silence before the session lets its last sample end a frame. The
edit list says all that: it begins with the session's first sample, and lasts as long as it. The
sizes of all tables follow from the session's length; so the place in front, from which players
stream, is kept free, and filled at the end.

Frames stand alone, and are stitched as those of an MP3 are (`stitch`).

Read `movie` first, the whole file from above; then `tables` (where each frame is), `chapters`,
`items` (the tags) and `aac` (the encoder).

Sources: ISO/IEC 14496-12 (the boxes; 8.6.6 the edit list, 10.1 the roll group), ISO/IEC 14496-14
and 14496-1, 7.2.6 (what stands in `esds`); Apple's QuickTime File Format Specification (chapter
tracks, text samples, tags). The list of chapters that Nero began, `chpl`, has no public document;
it is what ffmpeg and most players for Android read.
"""
