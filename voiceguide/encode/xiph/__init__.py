"""FLAC, Ogg Vorbis and Opus: libsndfile encodes the sound, and voiceguide writes the tags.

libsndfile can write a title and an artist, but no chapters, no cover, and no custom tags; and it
gives each Ogg stream a random number, although equal sessions should give equal files. So `flac`
writes its own blocks in front of the frames, and `ogg` passes on every page: it replaces the
comment header and renumbers the pages. This needs no knowledge of the encoders, and no second
package. The comments of both are in `flac`.

Sources: RFC 9639 (FLAC), RFC 3533 (Ogg), RFC 7845 (Opus in Ogg), the Vorbis I specification, 5
(comments) and its appendix A (Vorbis in Ogg); for chapters,
<https://wiki.xiph.org/Chapter_Extension>.
"""
