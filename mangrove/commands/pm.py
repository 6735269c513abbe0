"""`mangrove pm`: for who reads performance files."""

from pathlib import Path
from typing import Annotated

import typer


def pm(
    file: Annotated[Path, typer.Argument(help="A file by TS 32.435 or TS 28.532, XML or packed by gzip.")],
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="A collector's file: its inventory has the cells.", show_default=False),
    ] = None,
    technology: Annotated[str, typer.Option(help="2g, 3g, 4g or 5g: of all objects, without --config.")] = "4g",
    utc_offset: Annotated[str, typer.Option(help="Of times that do not say theirs, such as +07:00.")] = "",
    cells: Annotated[int, typer.Option(help="Show so many cells.", min=0)] = 20,
) -> None:
    """Print what a performance file gives: cells, KPIs, and what of it is not known. Exit code 1 if it is refused."""
    from mangrove.pm import show

    raise typer.Exit(show(file, config, technology, utc_offset, cells))
