"""The playlist of a programme: one entry for each session, a file as often as it is used."""

from __future__ import annotations

from voiceguide.encode.playlist import Entry, m3u8
from voiceguide.programme.plan import Plan, Session


def playlist(plan: Plan) -> bytes:
    """The playlist of a plan: its sessions in the order of time."""
    return m3u8(plan.programme.title, map(_entry, plan.sessions))


def _entry(session: Session) -> Entry:
    where = f"Week {session.week}, {session.day_name.capitalize()}"
    title = f"{where}: {session.track.title}"
    return Entry(session.track.duration, title, session.track.file)
