"""`mangrove poll` and `mangrove record`: one device, asked from where one stands."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from mangrove.commands.options import (
    Address,
    Auth,
    AuthFile,
    Community,
    Context,
    Privacy,
    PrivacyFile,
    ProfileFolder,
    Retries,
    SnmpVersion,
    Timeout,
    User,
)


def poll(
    address: Address,
    profile: Annotated[
        list[str], typer.Option(help="Name of a profile; may be repeated. Those that match when left out.")
    ] = [],  # noqa: B006
    community: Community = "public",
    version: SnmpVersion = None,
    user: User = "",
    auth: Auth = "",
    auth_password_file: AuthFile = None,
    privacy: Privacy = "",
    privacy_password_file: PrivacyFile = None,
    context: Context = "",
    timeout: Timeout = 2.0,
    retries: Retries = 2,
    profiles: ProfileFolder = None,
    watch: Annotated[float | None, typer.Option(help="Poll every so many seconds.", min=0.2, max=86400)] = None,
    count: Annotated[int, typer.Option(help="With --watch: end after so many polls; 0: at Ctrl-C.", min=0)] = 0,
    explain: Annotated[bool, typer.Option("--explain", help="Show every packet, and what is kept and why.")] = False,
) -> None:
    """Poll one device and print what it says, with units."""
    from mangrove.asking import Asking
    from mangrove.login import login
    from mangrove.poll import show

    asked_as = login(
        version, community, user, auth, auth_password_file, privacy, privacy_password_file, context
    )  # fmt: skip
    asking = Asking(address, asked_as, timeout, retries)
    raise typer.Exit(asyncio.run(show(asking, profile, profiles, every_s=watch, count=count, explained=explain)))


def record(
    address: Address,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; stdout when left out.")] = None,
    start: Annotated[str, typer.Option("--from", help="Only objects below this OID.")] = "",
    keep_names: Annotated[bool, typer.Option("--keep-names", help="Do not mask names, places, descriptions.")] = False,
    community: Community = "public",
    version: SnmpVersion = None,
    user: User = "",
    auth: Auth = "",
    auth_password_file: AuthFile = None,
    privacy: Privacy = "",
    privacy_password_file: PrivacyFile = None,
    context: Context = "",
    timeout: Timeout = 2.0,
    retries: Retries = 2,
) -> None:
    """Walk a device into a .snmprec file, secrets, serials, names and addresses masked. Exit code 1 if not all came."""
    from mangrove.asking import Asking
    from mangrove.login import login
    from mangrove.record.command import record

    asked_as = login(
        version, community, user, auth, auth_password_file, privacy, privacy_password_file, context
    )  # fmt: skip
    asking = Asking(address, asked_as, timeout, retries)
    raise typer.Exit(asyncio.run(record(asking, output, start, keep_names=keep_names)))
