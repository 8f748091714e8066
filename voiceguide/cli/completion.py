"""`voiceguide completion`: what a shell must be told to complete commands and routines."""

from __future__ import annotations

import click

from voiceguide.cli import console
from voiceguide.errors import UsageError


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
