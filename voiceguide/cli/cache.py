"""`voiceguide cache`: what is kept so that the next export is quick."""

from __future__ import annotations

import click

from voiceguide.cli import console
from voiceguide.cli.console import counted, size_text
from voiceguide.cli.options import json_option


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def cache(ctx: click.Context, *, as_json: bool) -> None:
    """Show what is kept of earlier work: spoken texts and encoded pieces, for the next export.

    \b
      voiceguide cache
      voiceguide cache clear

    Prints the folder, the number of entries and their size. What was used longest ago is removed
    by itself; the environment variable VOICEGUIDE_CACHE names another folder.
    """
    from voiceguide.store import default_store

    if ctx.invoked_subcommand:
        return
    store = default_store()
    entries, size = store.size()
    if as_json:
        console.put_json({"folder": str(store.folder), "entries": entries, "bytes": size})
    else:
        console.put(f"{store.folder}: {counted(entries, 'entry', 'entries')}, {size_text(size)}")


@cache.command()
def clear() -> None:
    """Remove everything that is kept; the next export makes it anew.

    \b
      voiceguide cache clear

    Prints how much was removed. Nothing but the cache's own files is touched.
    """
    from voiceguide.store import default_store

    entries, size = default_store().clear()
    console.put(f"Removed {counted(entries, 'entry', 'entries')}, {size_text(size)}.")
