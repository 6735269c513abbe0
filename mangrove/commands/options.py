"""What several commands take."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path, typer.Option("--config", "-c", help="The YAML file.", show_default=True)]
COLLECTOR_FILE = Path("collector.yaml")
