"""`mangrove sample`: a province to try things out with, and to begin one's own from."""

from pathlib import Path
from typing import Annotated

import typer


def sample(
    into: Annotated[Path, typer.Option(help="Folder to write; it is made where there is none.")],
    sites: Annotated[int, typer.Option(help="Sites; with 64 or more every commune has one.", min=1, max=10_000)] = 300,
    seed: Annotated[int, typer.Option(help="The same seed has the same sample.")] = 1,
    interval: Annotated[float, typer.Option(help="Seconds between two readings.", min=0.1, max=86_400)] = 60.0,
    port: Annotated[
        int, typer.Option(help="UDP port of all devices, each at its own 127.x address.", min=1, max=65_535)
    ] = 1161,
    force: Annotated[bool, typer.Option("--force", help="Also into a folder that is not empty.")] = False,
) -> None:
    """Write a generated province: communes that are real, with made-up sites, devices, links and cells."""
    from mangrove.sample import write

    raise typer.Exit(write(into, sites, seed, interval, port, force=force))
