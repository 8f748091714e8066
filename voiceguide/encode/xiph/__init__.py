"""FLAC, Ogg Vorbis and Opus: libsndfile makes the sound, and what a file says of itself is ours.

libsndfile can say a title and an artist, but no chapters, no cover, and nothing of one's own; and
it gives each Ogg stream a number by chance, where the same session should be the same file. So
`flac` writes its own blocks in front of the frames, and `ogg` has every page pass through it: the
comment header is put in, and the pages are numbered anew. That needs to know no encoder, and no
second package. `comments` is what both say.

Sources: RFC 9639 (FLAC), RFC 3533 (Ogg), RFC 7845 (Opus in Ogg), the Vorbis I specification, 5
(comments) and its appendix A (Vorbis in Ogg); chapters as
<https://wiki.xiph.org/Chapter_Extension> has them.
"""
