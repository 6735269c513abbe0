"""`mangrove dead-letter`: what could not be stored."""

from typing import Annotated

import typer

from mangrove.commands.options import COLLECTOR_FILE, Config

app = typer.Typer(no_args_is_help=True, help="Batches that could not be stored, with the reason of each.")


@app.command("list")
def letters_list(config: Config = COLLECTOR_FILE) -> None:
    """List the dead letters."""
    from mangrove.dead_letter import list_letters

    list_letters(config)


@app.command("show")
def letters_show(
    letter: Annotated[str, typer.Argument(help="Its id, as `list` prints it.")], config: Config = COLLECTOR_FILE
) -> None:
    """Print one dead letter: its reason, and as much of it as can be read."""
    from mangrove.dead_letter import show_letter

    raise typer.Exit(show_letter(config, letter))


@app.command("replay")
def letters_replay(
    ids: Annotated[list[str], typer.Argument(help="Their ids, as `list` prints them.")], config: Config = COLLECTOR_FILE
) -> None:
    """Give dead letters to the running collector again, once what was wrong is mended. Exit code 1 if not all pass."""
    from mangrove.dead_letter import replay

    raise typer.Exit(replay(config, ids))
