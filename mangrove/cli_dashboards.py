"""The commands `mangrove dashboards ...`, each handed to `mangrove.dashboards`, which is imported only then."""

from pathlib import Path
from typing import Annotated

import typer

dashboards = typer.Typer(no_args_is_help=True, help="Grafana's dashboards, made by code in English and Vietnamese.")


@dashboards.command("build")
def build_command(
    to: Annotated[Path | None, typer.Option(help="Folder; ours, config/grafana, when left out.")] = None,
) -> None:
    """Write every dashboard in both languages as JSON."""
    from mangrove.dashboards import build_files

    raise typer.Exit(build_files(to))


@dashboards.command("check")
def check_command(
    folder: Annotated[Path | None, typer.Option(help="Folder; ours, config/grafana, when left out.")] = None,
) -> None:
    """Hold the JSON files against the code. Exit code 1 if any differs."""
    from mangrove.dashboards import check_files

    raise typer.Exit(check_files(folder))


@dashboards.command("push")
def push_command(
    url: Annotated[str, typer.Option(help="https://HOST[:PORT][/PATH] of Grafana.")],
    token_file: Annotated[Path, typer.Option(help="File with the token of a service account.")],
    ca_file: Annotated[Path | None, typer.Option(help="Who signed its certificate; the system's if none.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
) -> None:
    """Bring folders and dashboards into a running Grafana. Exit code 1 if it refuses."""
    from mangrove.dashboards import push

    raise typer.Exit(push(url, token_file, ca_file, dry=dry_run))


@dashboards.command("verify")
def verify_command(
    store: Annotated[str, typer.Option(help="http://HOST:PORT/DATABASE of InfluxDB.")],
    range_: Annotated[str, typer.Option("--range", help="How far back, e.g. 15m, 6h, 2d.")] = "15m",
    language: Annotated[str, typer.Option(help="vi or en; yours when left out.", show_default=False)] = "",
    slow_s: Annotated[float, typer.Option(help="A panel that takes longer is slow.", min=0.001, max=60)] = 2.0,
    token_file: Annotated[Path | None, typer.Option(help="File with a token of 2.x, or USER:PASSWORD of 1.x.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Ask every query of every panel; name what is empty, slow or wrong. Exit code 1 if anything is."""
    from mangrove.dashboards import verify_panels

    raise typer.Exit(verify_panels(store, range_, language, slow_s, token_file, as_json=as_json))
