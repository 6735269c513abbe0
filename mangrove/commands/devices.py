"""`mangrove poll` and `mangrove record`: one device, asked from where one stands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mangrove.commands.asks import asks
from mangrove.commands.options import CatalogFile, ProfileFolder

if TYPE_CHECKING:
    from mangrove.asking import Asking


@asks
def poll(
    asking: "Asking",
    profile: Annotated[
        list[str], typer.Option(help="Name of a profile; may be repeated. Those that match when left out.")
    ] = [],  # noqa: B006
    profiles: ProfileFolder = None,
    catalog: CatalogFile = None,
    watch: Annotated[float | None, typer.Option(help="Poll every so many seconds.", min=0.2, max=86400)] = None,
    count: Annotated[int, typer.Option(help="With --watch: end after so many polls; 0: at Ctrl-C.", min=0)] = 0,
    explain: Annotated[bool, typer.Option("--explain", help="Show every packet, and what is kept and why.")] = False,
) -> None:
    """Poll one device and print what it says, with units."""
    import asyncio

    from mangrove.poll import show

    raise typer.Exit(
        asyncio.run(show(asking, profile, profiles, catalog, every_s=watch, count=count, explained=explain))
    )


@asks
def record(
    asking: "Asking",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; stdout when left out.")] = None,
    start: Annotated[str, typer.Option("--from", help="Only objects below this OID.")] = "",
    keep_names: Annotated[bool, typer.Option("--keep-names", help="Do not mask names, places, descriptions.")] = False,
) -> None:
    """Walk a device into a .snmprec file, secrets, serials, names and addresses masked. Exit code 1 if not all came."""
    import asyncio

    from mangrove.record.command import record

    raise typer.Exit(asyncio.run(record(asking, output, start, keep_names=keep_names)))
