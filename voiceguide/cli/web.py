"""`voiceguide serve`, `studio` and `publish`: the pages."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from voiceguide.cli import console
from voiceguide.errors import UsageError, VoiceguideError

folder_argument = click.argument("folder", metavar="[FOLDER]", default=".", type=click.Path())

port_option = click.option(
    "--port", type=click.IntRange(1, 65535), metavar="NUMBER", help="Listen on this port."
)


@click.command(short_help="Show sessions to the phones in this network.")
@folder_argument
@click.option("--host", metavar="ADDRESS", default="0.0.0.0", help="Listen on this address alone.")
@port_option
@click.option("--title", metavar="TEXT", help="What the list is called.  [default: the folder]")
@click.option(
    "--name",
    "names",
    metavar="NAME",
    multiple=True,
    help="Another name by which phones may reach this machine; may be given more than once.",
)
def serve(
    folder: str, *, host: str, port: int | None, title: str | None, names: tuple[str, ...]
) -> None:
    """Show the routines in FOLDER, or one routine's file, to the phones in the same network.

    \b
      voiceguide serve my-sessions
      voiceguide serve my-routine.md

    Prints an address, and a code for a phone's camera: a page with a player for each session, and a
    feed for podcast apps. Whoever knows the address can listen, and do nothing else. The sounds are
    made while the pages are shown already, and made again where a routine changes. Ctrl-C ends it.
    """
    from voiceguide.web import check_installed

    check_installed()
    from voiceguide.web import server
    from voiceguide.web.episodes import Shelf
    from voiceguide.web.register import open_register
    from voiceguide.web.serving import serving_app

    place = Path(folder)
    listener = server.listen(host, port)
    with listener, tempfile.TemporaryDirectory(prefix="voiceguide-") as workspace:
        shelf = Shelf(place, Path(workspace), _tell_failed)
        try:
            token = open_register(place if place.is_dir() else place.parent).token
            name = title or _name_of(place)
            app = serving_app(shelf, token, name, *server.own_names(), *names)
            number = listener.getsockname()[1]
            shown = server.lan_address() if host in ("0.0.0.0", "::") else host
            _tell_address(f"http://{shown}:{number}/{token}/")
            server.run(app, listener)
        finally:
            shelf.close()


@click.command(short_help="Write, see, hear and hand over, in the browser.")
@folder_argument
@port_option
@click.option("--no-open", is_flag=True, help="Only print the address; open no browser.")
def studio(folder: str, *, port: int | None, no_open: bool) -> None:
    """Open the studio for the routines in FOLDER in the browser.

    \b
      voiceguide studio
      voiceguide studio my-sessions --no-open

    Left the text, right what happens: problems, the timeline, the sound, exports, and a code for a
    phone. The files are plain files in FOLDER. It answers this machine alone, and only under the
    address that is printed. Ctrl-C ends it.
    """
    from voiceguide.web import check_installed

    check_installed()
    import secrets
    import webbrowser

    from voiceguide.web import server
    from voiceguide.web.authoring import studio_app
    from voiceguide.web.phone import PhoneServer

    place = Path(folder)
    if not place.is_dir():
        raise UsageError(f"there is no folder `{folder}`", f"make it first: `mkdir {folder}`")
    with server.listen(server.LOOPBACK, port) as listener:
        token = secrets.token_urlsafe(16)
        address = f"http://{server.LOOPBACK}:{listener.getsockname()[1]}/{token}/"
        console.put(address)
        console.tell("Ctrl-C ends it.")
        if not no_open:
            webbrowser.open(address)
        server.run(studio_app(place, token, PhoneServer(_tell_failed)), listener)


def _name_of(place: Path) -> str:
    return place.resolve().stem if place.is_file() else place.resolve().name


def _tell_address(address: str) -> None:
    from voiceguide.web.server import qr_text

    code = qr_text(address)
    if console.encodes(code):
        console.put(code)
    console.put(address)
    console.tell("Ctrl-C ends it.")


def _tell_failed(path: Path, error: VoiceguideError) -> None:
    console.tell(f"{path} is not shown:", *console.error_lines(error))
