"""What several commands take, and the headings under which `mangrove --help` lists them."""

from pathlib import Path
from typing import Annotated

import typer

COLLECTOR_FILE = Path("collector.yaml")
DEPLOY = Path(".deploy")
Config = Annotated[Path, typer.Option("--config", "-c", envvar="MANGROVE_CONFIG", help="The collector's YAML file.")]
EitherConfig = Annotated[
    Path, typer.Option("--config", "-c", envvar="MANGROVE_CONFIG", help="An agent's or a collector's YAML file.")
]
CatalogFile = Annotated[Path | None, typer.Option("--catalog", help="A catalog; ours when left out.")]
ProfileFolder = Annotated[Path | None, typer.Option(help="Folder of profiles; ours when left out.")]

TRY, RUN, WATCH, DATA, BROKER, AROUND = (
    "Try it",
    "Run it",
    "Incidents and people",
    "Data",
    "Broker",
    "Docker and Grafana",
)
