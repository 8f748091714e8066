"""Blocks to a sound device, and the listener's commands.

    Blocks ─Feed▶ Transport ─pull▶ device
                      ▲
    commands ──▶ Conductor ──▶ LivePlan: the rest, planned anew

A `Feed` reads ahead, the `Transport` gives a device what it asks for, and the `Conductor` knows the
session. `now` says what a listener is in the middle of.
"""

from voiceguide.player.conductor import Command, Conductor, State
from voiceguide.player.now import Now
from voiceguide.player.transport import Transport

__all__ = ["Command", "Conductor", "Now", "State", "Transport"]
