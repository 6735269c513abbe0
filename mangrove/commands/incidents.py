"""`mangrove incidents`, `ack` and `why`: for who is on call."""

import os
from typing import Annotated

import typer

from mangrove.commands.options import COLLECTOR_FILE, Config

Id = Annotated[str, typer.Argument(help="Key of an incident, as its page has it.")]


def incidents(
    config: Config = COLLECTOR_FILE,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show the open incidents: where, since when, why, and who takes care."""
    from mangrove.incidents import show

    raise typer.Exit(show(config, every=every, as_json=as_json))


def ack(
    incident: Id,
    who: Annotated[
        str, typer.Option("--as", help="Who takes it; your user name when left out.", show_default=False)
    ] = "",
    config: Config = COLLECTOR_FILE,
) -> None:
    """Take an incident: nobody else is woken for it. Its end is told all the same."""
    from mangrove.incidents import acknowledge

    raise typer.Exit(
        acknowledge(config, incident, who or os.environ.get("SUDO_USER") or os.environ.get("USER", "operator"))
    )


def why(
    about: Annotated[str, typer.Argument(help="Key of an incident, or id of a device, sensor, site, area or agent.")],
    config: Config = COLLECTOR_FILE,
) -> None:
    """Tell what was decided about an incident or a device, when, and on what: also why nobody was woken."""
    from mangrove.incidents import explain

    raise typer.Exit(explain(config, about))
