"""What several commands take, and the headings under which `mangrove --help` lists them."""

from pathlib import Path
from typing import Annotated

import typer

COLLECTOR_FILE = Path("collector.yaml")
Config = Annotated[Path, typer.Option("--config", "-c", envvar="MANGROVE_CONFIG", help="The collector's YAML file.")]
EitherConfig = Annotated[
    Path, typer.Option("--config", "-c", envvar="MANGROVE_CONFIG", help="An agent's or a collector's YAML file.")
]
Address = Annotated[str, typer.Argument(help="HOST or HOST:PORT, an IPv6 one HOST or [HOST]:PORT.")]
Community = Annotated[str, typer.Option(envvar="MANGROVE_COMMUNITY", show_default=False)]
SnmpVersion = Annotated[str, typer.Option("--version", help="v1 or v2c")]
ProfileFolder = Annotated[Path | None, typer.Option(help="Folder of profiles; ours when left out.")]
Timeout = Annotated[float, typer.Option(help="Seconds for each try.", min=0.05, max=60)]
Retries = Annotated[int, typer.Option(min=0, max=10)]

TRY, RUN, WATCH, DATA, AROUND = "Try it", "Run it", "Incidents and people", "Data", "Docker and Grafana"
