"""What every command takes that asks one device: whom, as whom, and how patiently."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from mangrove.asking import Asking

V3 = "SNMP version 3"


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """Make of a command whose first parameter is an `Asking` one that takes the options of `_asking` in its place."""
    whom, *how = inspect.signature(_asking).parameters.values()
    _, *own = inspect.signature(command).parameters.values()

    def run(**given: Any) -> None:
        asking = _asking(**{one.name: given.pop(one.name) for one in (whom, *how)})
        command(asking, **given)

    shown = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (whom, *own, *how)]
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]  # typer reads the options from here
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def _asking(
    address: Annotated[str, typer.Argument(help="HOST or HOST:PORT, an IPv6 one HOST or [HOST]:PORT.")],
    community: Annotated[str, typer.Option(envvar="MANGROVE_COMMUNITY", show_default=False)] = "public",
    version: Annotated[
        str | None, typer.Option("--version", help="v1, v2c or v3; when left out v3 with --user, else v2c.")
    ] = None,
    user: Annotated[str, typer.Option(rich_help_panel=V3, help="As whom to ask.")] = "",
    auth: Annotated[
        str, typer.Option(rich_help_panel=V3, help="Authentication: md5, sha1, sha224, sha256, sha384 or sha512.")
    ] = "",
    auth_password_file: Annotated[
        Path | None,
        typer.Option(rich_help_panel=V3, help="Its password; or MANGROVE_AUTH_PASSWORD, or it is asked for."),
    ] = None,
    privacy: Annotated[
        str, typer.Option(rich_help_panel=V3, help="Encryption: des, aes128, aes192, aes256, aes192c or aes256c.")
    ] = "",
    privacy_password_file: Annotated[
        Path | None,
        typer.Option(rich_help_panel=V3, help="Its password; or MANGROVE_PRIVACY_PASSWORD, or it is asked for."),
    ] = None,
    context: Annotated[str, typer.Option(rich_help_panel=V3, help="Name of a context.")] = "",
    timeout: Annotated[float, typer.Option(help="Seconds for each try.", min=0.05, max=60)] = 2.0,
    retries: Annotated[int, typer.Option(min=0, max=10)] = 2,
) -> "Asking":
    from mangrove.asking import Asking
    from mangrove.login import login

    asked_as = login(
        version, community, user, auth, auth_password_file, privacy, privacy_password_file, context
    )  # fmt: skip
    return Asking(address, asked_as, timeout, retries)
