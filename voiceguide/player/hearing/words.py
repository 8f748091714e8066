"""What can be said to a session, and what else a recogniser may take a sound for."""

from __future__ import annotations

from collections.abc import Mapping

from voiceguide.player.conductor import Command

STOP = "stop"
"""Pauses; said in a pause, it ends the session: a word that was misheard must not end it."""

PHRASES: Mapping[str, Command] = {
    "pause": Command.PAUSE,
    "go on": Command.GO_ON,
    "next": Command.NEXT,
    "back": Command.BACK,
    "repeat": Command.REPEAT,
    "more time": Command.MORE,
    STOP: Command.PAUSE,
}
"""What is said, and what it asks for while a session plays."""

_OTHERS = """
    about arms breath breathe calm chest down each exhale eyes feel feet floor gently hands head
    hello hips hold inhale keep knee left lift little lower minute okay open please press ready
    relax release right roll seconds shoulders side slowly soft stand stay stretch there three
    turn what when with yes water phone sorry thanks good night
"""

FILLERS = tuple(_OTHERS.split())
"""Other words, so that a sound that is no command has something to be. Not among them are words of
two letters, which match anything and make the search a hundred times as long, and words that sound
like a command (`pose`, `stomp`), for which commands are taken more often than the other way."""


def vocabulary() -> frozenset[str]:
    """Every word that is listened for."""
    return frozenset(FILLERS).union(*(phrase.split() for phrase in PHRASES))


def grammar() -> str:
    """What may be said at a time, as a grammar in the JSpeech Grammar Format: a phrase, or one or
    two other words."""
    return (
        "#JSGF V1.0;\ngrammar said;\n"
        "public <said> = <phrase> | <other> [<other>];\n"
        f"<phrase> = {' | '.join(PHRASES)};\n"
        f"<other> = {' | '.join(FILLERS)};\n"
    )
