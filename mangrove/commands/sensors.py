"""`mangrove sensor`: for who writes mappings."""

from pathlib import Path
from typing import Annotated

import typer

MAX_MESSAGE = 1 << 20

app = typer.Typer(no_args_is_help=True, help="Sensors that speak over MQTT: try a mapping on a message.")


@app.command("test")
def sensor_test(
    mapping: Annotated[Path, typer.Argument(help="The mapping's YAML file.")],
    topic: Annotated[str, typer.Argument(help="The topic of the message, e.g. site/nam-can-01/power.")],
    payload: Annotated[typer.FileBinaryRead, typer.Argument(help="A file with the message; - reads it from stdin.")],
    birth: Annotated[
        typer.FileBinaryRead | None,
        typer.Option(help="Sparkplug: a file with the birth by which the message's aliases are known."),
    ] = None,
    catalog: Annotated[Path | None, typer.Option(help="A catalog; ours when left out.")] = None,
) -> None:
    """Print what a mapping makes of a message. Exit code 1 if it would be refused."""
    from mangrove.sensor import test

    known = birth.read(MAX_MESSAGE) if birth else None
    raise typer.Exit(test(mapping, topic, payload.read(MAX_MESSAGE), catalog, known))
