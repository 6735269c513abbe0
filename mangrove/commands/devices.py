"""`mangrove poll` and `mangrove record`: one device, asked from where one stands."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from mangrove.commands.options import Address, Community, ProfileFolder, Retries, SnmpVersion, Timeout


def poll(
    address: Address,
    profile: Annotated[
        list[str], typer.Option(help="Name of a profile; may be repeated. Those that match when left out.")
    ] = [],  # noqa: B006
    community: Community = "public",
    version: SnmpVersion = "v2c",
    timeout: Timeout = 2.0,
    retries: Retries = 2,
    profiles: ProfileFolder = None,
    watch: Annotated[float | None, typer.Option(help="Poll every so many seconds.", min=0.2, max=86400)] = None,
    count: Annotated[int, typer.Option(help="With --watch: end after so many polls; 0: at Ctrl-C.", min=0)] = 0,
    explain: Annotated[bool, typer.Option("--explain", help="Show every packet, and what is kept and why.")] = False,
) -> None:
    """Poll one device and print what it says, with units."""
    from mangrove.asking import Asking, Login
    from mangrove.poll import show

    asking = Asking(address, Login(version, community), timeout, retries)
    raise typer.Exit(asyncio.run(show(asking, profile, profiles, every_s=watch, count=count, explained=explain)))


def record(
    address: Address,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; stdout when left out.")] = None,
    start: Annotated[str, typer.Option("--from", help="Only objects below this OID.")] = "",
    keep_names: Annotated[bool, typer.Option("--keep-names", help="Do not mask names, places, descriptions.")] = False,
    community: Community = "public",
    version: SnmpVersion = "v2c",
    timeout: Timeout = 2.0,
    retries: Retries = 2,
) -> None:
    """Walk a device into a .snmprec file, secrets, serials, names and addresses masked. Exit code 1 if not all came."""
    from mangrove.asking import Asking, Login
    from mangrove.record.command import record

    asking = Asking(address, Login(version, community), timeout, retries)
    raise typer.Exit(asyncio.run(record(asking, output, start, keep_names=keep_names)))
