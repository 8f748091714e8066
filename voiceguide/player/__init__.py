"""Play blocks on a sound device, and handle the listener's commands.

    Blocks ─Feed▶ Transport ─pull▶ device
                      ▲
    commands ──▶ Conductor ──▶ LivePlan: replans the remaining session

A `Feed` reads ahead, the `Transport` gives a device the samples it pulls, and the `Conductor`
controls the session. `now` describes the listener's present moment.
"""

from voiceguide.player.conductor import Command, Conductor, State
from voiceguide.player.now import Now
from voiceguide.player.transport import Transport

__all__ = ["Command", "Conductor", "Now", "State", "Transport"]
