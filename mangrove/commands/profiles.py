"""`mangrove profile`: for who writes profiles."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mangrove.commands.asks import asks
from mangrove.commands.options import CatalogFile, ProfileFolder

if TYPE_CHECKING:
    from mangrove.asking import Asking

app = typer.Typer(
    no_args_is_help=True, help="Profiles of devices: which there are, which fit, what they make of a walk."
)


@app.command("list")
def profile_list(profiles: ProfileFolder = None, catalog: CatalogFile = None) -> None:
    """Print every profile: its meaning, what it reads, which devices it fits."""
    from mangrove.profile_list import show

    raise typer.Exit(show(profiles, catalog))


@app.command("match")
@asks
def profile_match(asking: "Asking", profiles: ProfileFolder = None, catalog: CatalogFile = None) -> None:
    """Ask a device who it is, and print which profiles fit it and why. Exit code 1 if it does not answer."""
    import asyncio

    from mangrove.profile_match import show

    raise typer.Exit(asyncio.run(show(asking, profiles, catalog)))


@app.command("test")
def profile_test(
    profile: Annotated[str, typer.Argument(help="Name of one of ours, or a YAML file.")],
    walk: Annotated[Path, typer.Argument(help="A recorded walk, as mangrove record writes it.")],
    later: Annotated[Path | None, typer.Argument(help="A later one of the same device: for rates.")] = None,
    expected: Annotated[Path | None, typer.Option(help="What --json must print: differences are shown.")] = None,
    catalog: CatalogFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: rows by measurement.")] = False,
) -> None:
    """Print what a profile makes of a recorded walk, without a network. Exit code 1 if nothing, or not as expected."""
    from mangrove.profile_test import test

    raise typer.Exit(test(profile, [walk, later] if later else [walk], expected, catalog, as_json=as_json))


@app.command("new")
def profile_new(
    walk: Annotated[
        Path, typer.Option("--from-walk", help="A recorded walk: of mangrove record, snmpsim or snmpwalk -On.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="File ending in .yaml; stdout when left out.", show_default=False)
    ] = None,
    below: Annotated[
        list[str], typer.Option(help="Only objects below this OID; may be repeated. The maker's own when left out.")
    ] = [],  # noqa: B006
    profiles: ProfileFolder = None,
    catalog: CatalogFile = None,
) -> None:
    """Draft a profile of what no profile reads yet: tables, kinds, units, each guess with its reason. Exit code 1 if
    nothing is left."""
    from mangrove.draft.command import new

    raise typer.Exit(new(walk, below, out, profiles, catalog))
