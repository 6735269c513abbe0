"""What several commands take, and the headings under which `mangrove --help` lists them."""

from pathlib import Path
from typing import Annotated

import typer

COLLECTOR_FILE = Path("collector.yaml")
Config = Annotated[Path, typer.Option("--config", "-c", envvar="MANGROVE_CONFIG", help="The collector's YAML file.")]
EitherConfig = Annotated[
    Path, typer.Option("--config", "-c", envvar="MANGROVE_CONFIG", help="An agent's or a collector's YAML file.")
]

TRY, RUN, WATCH, DATA, AROUND = "Try it", "Run it", "Incidents and people", "Data", "Docker and Grafana"
