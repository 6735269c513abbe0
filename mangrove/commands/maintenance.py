"""`mangrove maintenance`: time that is planned, and so is no outage."""

from typing import Annotated

import typer

from mangrove.commands.options import COLLECTOR_FILE, Config

app = typer.Typer(no_args_is_help=True, help="Announced maintenance: it wakes nobody and is no downtime.")


@app.command("add")
def maintenance_add(
    subject: Annotated[str, typer.Argument(help="Id of a device, sensor, site, area or agent.")],
    since: Annotated[
        str,
        typer.Option("--from", help='Local time such as "2026-02-17 22:00"; now if none.', show_default=False),
    ] = "",
    until: Annotated[str, typer.Option(help="Local time, or how long it lasts: 90m, 4h, 2d.")] = "2h",
    reason: Annotated[str, typer.Option(help="For those who look at it later.")] = "",
    config: Config = COLLECTOR_FILE,
) -> None:
    """Announce maintenance to the running collector. Time that is past is corrected too."""
    from mangrove.incidents import plan

    raise typer.Exit(plan(config, subject, since, until, reason))


@app.command("list")
def maintenance_list(config: Config = COLLECTOR_FILE) -> None:
    """List the maintenance that is announced and not over."""
    from mangrove.incidents import planned

    raise typer.Exit(planned(config))


@app.command("remove")
def maintenance_remove(
    number: Annotated[int, typer.Argument(help="As in the list.")], config: Config = COLLECTOR_FILE
) -> None:
    """Take maintenance back, as if it had not been announced: its time is worked out again."""
    from mangrove.incidents import unplan

    raise typer.Exit(unplan(config, number))
