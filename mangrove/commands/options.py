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
Address = Annotated[str, typer.Argument(help="HOST or HOST:PORT, an IPv6 one HOST or [HOST]:PORT.")]
Community = Annotated[str, typer.Option(envvar="MANGROVE_COMMUNITY", show_default=False)]
SnmpVersion = Annotated[
    str | None, typer.Option("--version", help="v1, v2c or v3; when left out v3 with --user, else v2c.")
]
V3 = "SNMP version 3"
User = Annotated[str, typer.Option(rich_help_panel=V3, help="As whom to ask.")]
Auth = Annotated[
    str, typer.Option(rich_help_panel=V3, help="Authentication: md5, sha1, sha224, sha256, sha384 or sha512.")
]
AuthFile = Annotated[
    Path | None, typer.Option(rich_help_panel=V3, help="Its password; or MANGROVE_AUTH_PASSWORD, or it is asked for.")
]
Privacy = Annotated[
    str, typer.Option(rich_help_panel=V3, help="Encryption: des, aes128, aes192, aes256, aes192c or aes256c.")
]
PrivacyFile = Annotated[
    Path | None,
    typer.Option(rich_help_panel=V3, help="Its password; or MANGROVE_PRIVACY_PASSWORD, or it is asked for."),
]
Context = Annotated[str, typer.Option(rich_help_panel=V3, help="Name of a context.")]
CatalogFile = Annotated[Path | None, typer.Option("--catalog", help="A catalog; ours when left out.")]
ProfileFolder = Annotated[Path | None, typer.Option(help="Folder of profiles; ours when left out.")]
Timeout = Annotated[float, typer.Option(help="Seconds for each try.", min=0.05, max=60)]
Retries = Annotated[int, typer.Option(min=0, max=10)]

TRY, RUN, WATCH, DATA, BROKER, AROUND = (
    "Try it",
    "Run it",
    "Incidents and people",
    "Data",
    "Broker",
    "Docker and Grafana",
)
