"""`mangrove oncall`: who is told."""

from typing import Annotated

import typer

from mangrove.commands.options import COLLECTOR_FILE, Config

app = typer.Typer(no_args_is_help=True, help="Who is on call, and whether pages reach them.")


@app.command("who")
def oncall_who(
    config: Config = COLLECTOR_FILE,
    at: Annotated[
        str, typer.Option(help='Another time, such as "2026-02-17 08:00", in the local time of the file.')
    ] = "",
) -> None:
    """Print who is on call, and the hand-overs of four weeks."""
    from mangrove.oncall import who

    who(config, at)


@app.command("test")
def oncall_test(
    person: Annotated[str, typer.Argument(help="Whoever is on call when left out.", show_default=False)] = "",
    config: Config = COLLECTOR_FILE,
    wait: Annotated[float, typer.Option(help="Seconds to wait for it.", min=1, max=600)] = 60.0,
) -> None:
    """Have the running collector send a test by every channel of a person. Exit code 1 if any of them fails."""
    from mangrove.oncall import test

    raise typer.Exit(test(config, person, wait))
