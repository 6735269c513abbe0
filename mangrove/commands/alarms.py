"""`mangrove alarms`: what devices have told by themselves."""

from typing import Annotated

import typer

from mangrove.commands.options import COLLECTOR_FILE, Config


def alarms(
    config: Config = COLLECTOR_FILE,
    site: Annotated[str, typer.Option(help="Only those of this site.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Also those that are over, and events.")] = False,
    unknown: Annotated[bool, typer.Option("--unknown", help="What no definition of config/traps knows.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show the alarms that devices have told by traps and informs: which, since when, how often."""
    from mangrove.alarms import show

    raise typer.Exit(show(config, site=site, every=every, unknown=unknown, as_json=as_json))
