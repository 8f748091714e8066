"""A playlist: an extended M3U in UTF-8, which every player opens, one entry for each session.

Sources: RFC 8216, 4.1, for the form of the lines; the tags are the older ones of Winamp that all
players know. The files are named alone, for they lie beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from voiceguide.programme.plan import Plan


def playlist(plan: Plan) -> bytes:
    """The playlist of a plan: its sessions in the order of time, a file as often as it is used."""
    return "".join(f"{line}\n" for line in _lines(plan)).encode()


def _lines(plan: Plan) -> Iterator[str]:
    yield "#EXTM3U"
    yield f"#PLAYLIST:{plan.programme.title}"
    for session in plan.sessions:
        where = f"Week {session.week}, {session.day_name.capitalize()}"
        yield f"#EXTINF:{round(session.track.duration)},{where}: {session.track.title}"
        yield session.track.file
