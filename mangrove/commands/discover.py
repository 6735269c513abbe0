"""`mangrove discover`: for who builds an inventory of a network that is there."""

from pathlib import Path
from typing import Annotated

import typer

from mangrove.commands.options import CatalogFile, ProfileFolder

NO_FILE = Path("collector.yaml")


def discover(
    cidr: Annotated[list[str], typer.Argument(help="Ranges such as 192.0.2.0/24, or addresses.")],
    credentials: Annotated[
        list[str],
        typer.Option(help="Names in the agent's file, tried in this order; all when left out."),
    ] = [],  # noqa: B006
    config: Annotated[
        Path, typer.Option("--config", "-c", envvar="MANGROVE_CONFIG", help="The agent's YAML file: its credentials.")
    ] = Path("agent.yaml"),
    into: Annotated[
        Path | None, typer.Option(help="The folder of the inventory to compare with.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the rows to this .csv or .yaml file.", show_default=False)
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Put them into the inventory of --into.")] = False,
    links: Annotated[bool, typer.Option("--links", help="With --write also the links that LLDP tells of.")] = False,
    agent: Annotated[str, typer.Option(help="Who is to read them; the agent of the file when left out.")] = "",
    site: Annotated[str | None, typer.Option(help="Where they are; guessed when left out.", show_default=False)] = None,
    profiles: ProfileFolder = None,
    catalog: CatalogFile = None,
    named: Annotated[
        bool, typer.Option("--name-profiles/--no-name-profiles", help="Name the profiles that fit in the rows.")
    ] = True,
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 161,
    rate: Annotated[float, typer.Option(help="Packets a second at most.", min=1, max=10_000)] = 200.0,
    in_flight: Annotated[int, typer.Option(help="Addresses asked at once.", min=1, max=1024)] = 256,
    timeout: Annotated[float, typer.Option(help="Seconds for each try.", min=0.05, max=60)] = 1.0,
    retries: Annotated[int, typer.Option(min=0, max=10)] = 1,
) -> None:
    """Find the devices that answer in a range, and show what an inventory lacks. Nothing is written without being
    told to. Exit code 1 when it was interrupted."""
    import asyncio

    from mangrove.discover.ask import Patience
    from mangrove.discover.command import Request
    from mangrove.discover.command import discover as run
    from mangrove.inventory.place import place
    from mangrove.profile_list import shipped_or

    patience = Patience(port, timeout, retries)
    where = place(into, NO_FILE) if into else None
    request = Request(
        cidr, credentials, config, where, out, agent, site, patience, rate, in_flight, named, write, links
    )
    raise typer.Exit(asyncio.run(run(request, shipped_or(profiles, catalog)[0])))
