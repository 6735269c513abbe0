"""`mangrove enroll` and `mangrove revoke`: who may come in at the broker."""

from pathlib import Path
from typing import Annotated

import typer

from mangrove.commands.options import DEPLOY

Folder = Annotated[Path, typer.Option(help="What `mangrove secrets` has made.")]


def enroll(
    agent: Annotated[str, typer.Argument(help="Id of the agent.", show_default=False)] = "",
    folder: Folder = DEPLOY,
    days: Annotated[int, typer.Option(help="How long the certificate is valid.", min=1, max=3_650)] = 825,
    host: Annotated[str, typer.Option(help="How the agent calls the broker's host.", show_default=False)] = "",
    inventory: Annotated[
        Path | None, typer.Option(help="An inventory that must have the agent.", show_default=False)
    ] = None,
    renew: Annotated[bool, typer.Option("--renew", help="A new key and certificate, though there is one.")] = False,
    service: Annotated[
        bool, typer.Option("--service", help="It is no agent: collector-<id>, looker, sensors, sensors-<id>, health.")
    ] = False,
    everyone: Annotated[bool, typer.Option("--list", help="Print who is enrolled, and until when.")] = False,
) -> None:
    """Let an agent in at the broker: a certificate of its own, and the rights to speak as itself."""
    from mangrove import enroll as commands

    if everyone and agent:
        raise typer.BadParameter("--list prints everybody: leave the name out")
    if everyone:
        raise typer.Exit(commands.show(folder))
    if not agent:
        raise typer.BadParameter("name an agent, or say --list")
    request = commands.Request(agent, host, days=days, renew=renew, service=service)
    raise typer.Exit(commands.run(folder, request, inventory))


def revoke(
    agent: Annotated[str, typer.Argument(help="Id of the agent, or the name of another user.")],
    folder: Folder = DEPLOY,
) -> None:
    """Take back an agent's certificates and rights: its key is lost, or it is gone."""
    from mangrove import enroll as commands

    raise typer.Exit(commands.revoke(folder, agent))
