"""`voiceguide` itself: its commands, its version, and suggestions for mistyped commands."""

from __future__ import annotations

import shlex
from importlib import import_module

import click

from voiceguide import __version__
from voiceguide.cli import console
from voiceguide.errors import UsageError, did_you_mean


@click.command
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script with which a shell completes commands, options and routines.

    \b
    Turn it on permanently:
      bash  echo 'eval "$(voiceguide completion bash)"' >> ~/.bashrc
      zsh   echo 'eval "$(voiceguide completion zsh)"' >> ~/.zshrc
      fish  voiceguide completion fish > ~/.config/fish/completions/voiceguide.fish

    zsh needs `autoload -Uz compinit && compinit` before that line. Then open a new terminal.
    """
    from click.shell_completion import get_completion_class

    root = ctx.find_root()
    name = root.info_name or ""
    made = get_completion_class(shell)
    assert made, "click knows all that can be chosen"
    script = made(root.command, {}, name, f"_{name.upper()}_COMPLETE")
    console.put(script.source().strip("\n"))


NAME = "voiceguide"

COMMANDS = {
    "export": ("export", "Write a routine as an audio file."),
    "play": ("play", "Play a routine through the loudspeakers."),
    "remote": ("play", "Send a command to the session that is playing."),
    "verify": ("verify", "Decode a finished file and check it against its timeline."),
    "check": ("check", "Find every problem in a routine."),
    "plan": ("plan", "Show the timeline of a session."),
    "programme": ("programme", "Write several weeks of sessions as an album and a calendar."),
    "catalogue": ("catalogue", "Make a session for each row of a table, on one machine or many."),
    "studio": ("web", "Write, preview and share routines in the browser."),
    "serve": ("web", "Serve sessions to the phones on this network."),
    "publish": ("web", "Write the pages of sessions as a folder for a web host."),
    "list": ("library", "List the routines that come with voiceguide."),
    "show": ("handout", "Show the handout of a routine, or its text."),
    "handout": ("handout", "Write a routine as a page to print."),
    "copy": ("library", "Copy a routine from the library to make it your own."),
    "new": ("formatting", "Start a routine from a template."),
    "import": ("formatting", "Convert text from another program to a routine."),
    "fmt": ("formatting", "Format routines in the standard form."),
    "voices": ("voices", "List, install, remove and try neural voices."),
    "record": ("record", "Record the lines of a routine in your own voice."),
    "say": ("say", "Show how words are spoken, and why."),
    "doctor": ("doctor", "Test what an export needs on this machine."),
    "config": ("config", "Show or change your own settings."),
    "cache": ("config", "Show or clear the cache of earlier work."),
    "completion": ("app", "Print a script that adds completion to a shell."),
    "lsp": ("check", "Run the language server for an editor."),
}
"""Every command in the order of `--help`: its module and a line of help.

A command's module is imported only when the command is run, to start fast."""


class Commands(click.Group):
    """The commands of the table, each imported when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The command names in the order of `--help`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None if there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module, help_line = COMMANDS[cmd_name]
        found = vars(import_module(f"voiceguide.cli.{module}"))
        name = f"{cmd_name}_" if cmd_name in ("list", "import") else cmd_name  # builtin, keyword
        command: click.Command = found[name]
        command.short_help = help_line
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table for `--help` without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or raise a UsageError with a suggestion."""
        known = args[0] in COMMANDS or args[0].startswith("-")
        if known or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        raise UsageError(f"there is no command `{args[0]}`", _way_out(args[0]))


def _way_out(word: str) -> str:
    from voiceguide import library
    from voiceguide.files import is_file

    if word in library.routines() or is_file(word):
        return f"say what to do with it: `{NAME} export {shlex.quote(word)}`"
    return did_you_mean(word, COMMANDS)


@click.group(
    NAME,
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", prog_name=NAME)
@click.pass_context
def app(ctx: click.Context) -> None:
    """Turn a routine (a text file) into a spoken audio file, timed to the sample.

    \b
    Make a first export, and copy a routine to change it:
      voiceguide list
      voiceguide export ten-minute-psoas-relief
      voiceguide copy constructive-rest

    ROUTINE is a path, `-` for standard input, or a name that `voiceguide list` shows.

    With --debug, a command that fails shows its traceback.

    Exit codes: 0 done, 1 a problem in the routine, 2 wrong usage, 3 a fault of the machine
    or of voiceguide, 130 stopped by Ctrl-C.
    """
    if ctx.invoked_subcommand is None:
        console.put(ctx.get_help())
