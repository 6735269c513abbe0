"""`mangrove dashboards`: Grafana as code."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The dashboards of Grafana: made by code, in English and Vietnamese.")


@app.command("build")
def dashboards_build(
    to: Annotated[Path | None, typer.Option(help="Folder; ours, config/grafana, when left out.")] = None,
) -> None:
    """Write every dashboard in both languages as JSON."""
    from mangrove.dashboards import build_files

    raise typer.Exit(build_files(to))


@app.command("check")
def dashboards_check(
    folder: Annotated[Path | None, typer.Option(help="Folder; ours, config/grafana, when left out.")] = None,
) -> None:
    """Hold the JSON files against the code. Exit code 1 if any differs."""
    from mangrove.dashboards import check_files

    raise typer.Exit(check_files(folder))


@app.command("push")
def dashboards_push(
    url: Annotated[str, typer.Option(help="Of Grafana, e.g. https://grafana.example.vn")],
    token_file: Annotated[Path, typer.Option(help="File with the token of a service account.")],
    ca_file: Annotated[
        Path | None, typer.Option(help="Who signed Grafana's certificate; the system's if none.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
) -> None:
    """Bring folders and dashboards into a running Grafana. Exit code 1 if it refuses."""
    from mangrove.dashboards import push

    raise typer.Exit(push(url, token_file, ca_file, dry=dry_run))


@app.command("verify")
def dashboards_verify(
    store: Annotated[str, typer.Option(help="Of InfluxDB: http://HOST:PORT/DATABASE")],
    range_: Annotated[str, typer.Option("--range", help="How far back, e.g. 15m, 6h, 2d.")] = "15m",
    language: Annotated[str, typer.Option(help="vi or en; yours when left out.", show_default=False)] = "",
    slow_s: Annotated[float, typer.Option(help="A panel that takes longer is slow.", min=0.001, max=60)] = 2.0,
    token_file: Annotated[Path | None, typer.Option(help="File with a token of 2.x, or USER:PASSWORD of 1.x.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Ask every query of every panel; name what is empty, slow or wrong. Exit code 1 if anything is."""
    from mangrove.dashboards import verify_panels

    raise typer.Exit(verify_panels(store, range_, language, slow_s, token_file, as_json=as_json))
