"""`voiceguide remote`: commands for a session that is being played."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from voiceguide.cli import console
from voiceguide.cli.options import json_option


def _complete(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from voiceguide.player.remote import requests

    return [CompletionItem(name) for name in requests() if name.startswith(incomplete)]


@click.command
@click.argument("command", metavar="COMMAND", shell_complete=_complete)
@json_option
def remote(command: str, *, as_json: bool) -> None:
    """Send COMMAND to the session that `voiceguide play` is playing.

    \b
      voiceguide remote pause        go-on, toggle
      voiceguide remote next         back, repeat
      voiceguide remote more         ten seconds more; end: end this hold
      voiceguide remote quit
      voiceguide remote status       tell how it stands, and do nothing

    For scripts, stream decks and shortcuts of the desktop. With --json, one object (see
    docs/JSON.md).
    """
    from voiceguide.player.remote import call
    from voiceguide.studio.playing import remote_file

    answer = call(command, remote_file())
    if as_json:
        console.put_json({name: value for name, value in answer.items() if name != "ok"})
    else:
        console.put(_told(answer))


def _told(answer: dict[str, object]) -> str:
    from voiceguide.lengths import show_time

    position, duration = answer.get("position"), answer.get("duration")
    if not isinstance(position, float) or not isinstance(duration, float):
        return "just begun"
    times = f"{show_time(position)} of {show_time(duration)}"
    return f"{answer['title']}: {answer['state']}, {times}"
