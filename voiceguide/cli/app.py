"""`voiceguide` itself: its commands, its version, and a suggestion for a mistyped command."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

import click

from voiceguide import __version__, library
from voiceguide.cli import console
from voiceguide.cli.cache import cache
from voiceguide.cli.check import check
from voiceguide.cli.config import config
from voiceguide.cli.doctor import doctor
from voiceguide.cli.export import export
from voiceguide.cli.library import copy, handout, list_, show
from voiceguide.cli.new import new
from voiceguide.cli.plan import plan
from voiceguide.cli.play import play
from voiceguide.cli.programme import programme
from voiceguide.cli.remote import remote
from voiceguide.cli.say import say
from voiceguide.cli.verify import verify
from voiceguide.cli.voices import voices
from voiceguide.cli.web import publish, serve, studio
from voiceguide.errors import UsageError, did_you_mean
from voiceguide.files import is_file

# ── `voiceguide completion`: what a shell must be told to complete commands and routines


@click.command(short_help="Print what makes a shell complete commands and names.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete commands, options and routines.

    \b
    Switch it on for good:
      bash  echo 'eval "$(voiceguide completion bash)"' >> ~/.bashrc
      zsh   echo 'eval "$(voiceguide completion zsh)"' >> ~/.zshrc
      fish  voiceguide completion fish > ~/.config/fish/completions/voiceguide.fish

    zsh needs `autoload -Uz compinit && compinit` before that line. Then open a new terminal.
    """
    from click.shell_completion import get_completion_class

    root = ctx.find_root()
    name = root.info_name or ""
    made = get_completion_class(shell)
    if made is None:
        raise UsageError(f"there is no completion for `{shell}`", "use bash, zsh or fish")
    script = made(root.command, {}, name, f"_{name.upper()}_COMPLETE")
    console.put(script.source().strip("\n"))


# ── `voiceguide` itself: its commands, its version, and a suggestion for a mistyped command


NAME = "voiceguide"


class Commands(click.Group):
    """Commands in the order they are wanted, not in that of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names as `--help` lists them."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant.

        Raises:
            UsageError: there is none; the nearest one is suggested.
        """
        known = args[0] in self.commands or args[0].startswith("-")
        if known or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        raise UsageError(f"there is no command `{args[0]}`", _way_out(args[0], self.commands))


def _way_out(word: str, commands: Iterable[str]) -> str:
    if word in library.routines() or is_file(word):
        return f"say what to do with it: `{NAME} export {shlex.quote(word)}`"
    return did_you_mean(word, commands)


@click.group(
    NAME,
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", prog_name=NAME)
@click.pass_context
def app(ctx: click.Context) -> None:
    """Turn a routine, a text file, into an audio file that guides it, right to the sample.

    \b
    A first export, and a routine of your own:
      voiceguide list
      voiceguide export ten-minute-psoas-relief
      voiceguide copy constructive-rest

    ROUTINE is a path, `-` for standard input, or a name that `voiceguide list` shows.

    With --debug, a command that fails shows its traceback.

    Exit codes: 0 done, 1 a problem in the routine, 2 wrong usage, 3 the machine's fault.
    """
    if ctx.invoked_subcommand is None:
        console.put(ctx.get_help())


READING = (list_, show, handout, copy, new)
for command in (
    export,
    play,
    remote,
    verify,
    check,
    plan,
    programme,
    studio,
    serve,
    publish,
    *READING,
    voices,
    say,
    doctor,
    config,
    cache,
    completion,
):
    app.add_command(command)
