"""`voiceguide serve`, `studio` and `publish`: serve and write the web pages."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceguide.cli import console
from voiceguide.errors import UsageError, VoiceguideError, did_you_mean

if TYPE_CHECKING:
    from voiceguide.web.publishing import Publication

folder_argument = click.argument("folder", metavar="[FOLDER]", default=".", type=click.Path())

port_option = click.option(
    "--port", type=click.IntRange(1, 65535), metavar="NUMBER", help="Listen on this port."
)


@click.command
@folder_argument
@click.option("--host", metavar="ADDRESS", default="0.0.0.0", help="Listen only on this address.")
@port_option
@click.option("--title", metavar="TEXT", help="Title of the list.  [default: the folder]")
@click.option(
    "--name",
    "names",
    metavar="NAME",
    multiple=True,
    help="Another name by which phones can reach this machine; may be given more than once.",
)
def serve(
    folder: str, *, host: str, port: int | None, title: str | None, names: tuple[str, ...]
) -> None:
    """Serve the routines in FOLDER, or one routine's file, to phones on the same network.

    \b
      voiceguide serve my-sessions
      voiceguide serve my-routine.md

    Prints an address, and a QR code for a phone's camera. There is a page with a player for each
    session, and a feed for podcast apps. Whoever knows the address can listen, and do nothing else.
    The pages are available while the sounds are still being made; when a routine changes, its sound
    is made again. Ctrl-C ends it.
    """
    from voiceguide.web import check_installed

    check_installed()
    from voiceguide.files import is_folder, temporary_folder
    from voiceguide.web import server
    from voiceguide.web.episodes import Shelf, open_register
    from voiceguide.web.serving import serving_app

    place = Path(folder)
    listener = server.listen(host, port)
    with (
        listener,
        temporary_folder() as workspace,
        closing(Shelf(place, workspace, _tell_failed)) as shelf,
    ):
        token = open_register(place if is_folder(place) else place.parent).token
        name = title or _name_of(place)
        app = serving_app(shelf, token, name, *server.own_names(), *names)
        number = listener.getsockname()[1]
        shown = server.lan_address() if host in ("0.0.0.0", "::") else host
        _tell_address(f"http://{shown}:{number}/{token}/")
        server.make_server(app).run(sockets=[listener])


@click.command
@folder_argument
@port_option
@click.option("--no-open", is_flag=True, help="Only print the address; do not open a browser.")
def studio(folder: str, *, port: int | None, no_open: bool) -> None:
    """Open the studio for the routines in FOLDER in the browser.

    \b
      voiceguide studio
      voiceguide studio my-sessions --no-open

    The text is on the left; the problems, the timeline, the sound, exports, and a QR code for a
    phone are on the right. The routines are plain files in FOLDER. The studio answers only this
    machine, and only at the address that is printed. Ctrl-C ends it.
    """
    from voiceguide.web import check_installed

    check_installed()
    import secrets
    import webbrowser

    from voiceguide.files import is_file, need_folder
    from voiceguide.web import server
    from voiceguide.web.authoring import studio_app
    from voiceguide.web.serving import PhoneServer

    place = Path(folder)
    if is_file(place):
        raise UsageError(f"`{folder}` is a file", f"name the folder it is in: `{place.parent}`")
    need_folder(folder)
    with server.listen(server.LOOPBACK, port) as listener:
        token = secrets.token_urlsafe(16)
        address = f"http://{server.LOOPBACK}:{listener.getsockname()[1]}/{token}/"
        console.put(address)
        console.tell("Ctrl-C ends it.")
        if not no_open:
            webbrowser.open(address)
        server.make_server(studio_app(place, token, PhoneServer(_tell_failed))).run(
            sockets=[listener]
        )


@click.command
@folder_argument
@click.option("-o", "--output", metavar="SITE", required=True, help="Folder for the pages.")
@click.option("--title", metavar="TEXT", help="Title of the list.  [default: the folder]")
@click.option("--language", metavar="LANGUAGE", default="", help="List's language: `en`, `de`.")
@click.option("--address", metavar="URL", help="Address of the pages; also writes a feed.")
@click.option("--private", is_flag=True, help="Give sessions addresses that cannot be guessed.")
@click.option("--check", is_flag=True, help="Only look for dead links and unused files in SITE.")
def publish(
    folder: str,
    *,
    output: str,
    title: str | None,
    language: str,
    address: str | None,
    private: bool,
    check: bool,
) -> None:
    """Write the pages of the routines in FOLDER to SITE, for patients and friends.

    \b
      voiceguide publish my-sessions -o site
      voiceguide publish my-sessions -o site --private
      voiceguide publish -o site --check

    You can upload SITE to any web host with https, or copy it to a USB stick. A session that was
    opened once also plays offline. The old SITE stays until the new one is complete. The paths of
    the sessions' pages are printed.
    """
    from voiceguide.web import check_installed

    check_installed()
    from voiceguide.web.publishing import Publication, check_site

    site = Path(output)
    if check:
        faults = check_site(site)
        console.put(*faults or ("There are no dead links and no unused files.",))
        raise click.exceptions.Exit(int(bool(faults)))
    name = title or _name_of(Path(folder))
    how = Publication(name, _checked_language(language), _checked_address(address), private)
    _publish(Path(folder), site, how)


def _publish(folder: Path, site: Path, how: Publication) -> None:
    from voiceguide.web.publishing import publish as write

    with console.shown_progress("Publishing") as progress:
        episodes = write(folder, site, how, progress)
    for episode in episodes:
        console.put(f"{site / episode.slug / 'index.html'}  {episode.title}")
    feed = how.feed_path(folder)
    if feed and how.private:
        console.put(f"{site / feed}  {how.address}{feed}")
        console.tell("Whoever has the address of the feed hears all of them.")
    elif not feed:
        console.tell("There is no feed: `--address URL` says where the pages will be.")


def _checked_language(language: str) -> str:
    from voiceguide.web.pages import languages

    short = language.replace("_", "-").partition("-")[0].lower()
    if language and short not in languages():
        message = f"the list has no words in the language `{language}`"
        raise UsageError(message, did_you_mean(short, languages()))
    return language


def _checked_address(address: str | None) -> str:
    if not address:
        return ""
    from voiceguide.catalogue import check_address

    check_address(address, "in `--address https://example.org/sessions/`")
    return f"{address.rstrip('/')}/"


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
