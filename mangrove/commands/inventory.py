"""`mangrove inventory`: for who keeps the inventory in a spreadsheet."""

from pathlib import Path
from typing import Annotated

import typer

from mangrove.commands.options import COLLECTOR_FILE, Config

app = typer.Typer(no_args_is_help=True, help="The inventory: sites, devices, sensors, cells, links out of a table.")
Into = Annotated[
    Path | None,
    typer.Option(help="The folder of the inventory; that of the collector's file when left out.", show_default=False),
]


@app.command("import")
def inventory_import(
    file: Annotated[Path, typer.Argument(help="A CSV table whose first row names keys of the inventory.")],
    into: Into = None,
    config: Config = COLLECTOR_FILE,
    named: Annotated[
        str | None, typer.Option("--as", help="Which list it has, when its columns do not tell.", show_default=False)
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Also take away the entries that it does not name.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Change the inventory; only a preview when left out.")] = False,
) -> None:
    """Show what a table would change in the inventory, field by field, and with --write change it."""
    from mangrove.inventory.bring import bring
    from mangrove.inventory.place import place

    raise typer.Exit(bring(file, place(into, config), named, remove=remove, write=write))
