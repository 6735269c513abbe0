"""The command `mangrove`: each subcommand is handed to the file that does it, imported only when it is asked for."""

import json
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from contract.config_file import ConfigError
from contract.secret import SecretError
from mangrove.commands import (
    alarms,
    areas,
    dashboards,
    devices,
    discover,
    incidents,
    inventory,
    letters,
    maintenance,
    oncall,
    pm,
    profiles,
    sample,
    sensors,
    sim,
    users,
)
from mangrove.commands.options import (
    AROUND,
    BROKER,
    COLLECTOR_FILE,
    DATA,
    DEPLOY,
    RUN,
    TRY,
    WATCH,
    Config,
    EitherConfig,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Watches the telecom network of a province.",
    epilog="What asks a collector reads its collector.yaml in this folder; --config or MANGROVE_CONFIG names another.",
)
EXTRAS = {  # package: the extra that brings it
    "amqtt": "demo",
    "apprise": "collector",
    "duckdb": "collector",
    "grafana_api": "dashboards",
    "grafana_foundation_sdk": "dashboards",
    "influxdb_client": "collector",
    "urllib3": "collector",
}


def main() -> None:
    """Run the command. Configuration that cannot be used is printed, and ends with exit code 2."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        app(standalone_mode=True)
    except (ConfigError, SecretError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        print(f"this needs the package {error.name}: pip install 'mangrove-telemetry[{extra}]'", file=sys.stderr)
        sys.exit(2)


@app.command(rich_help_panel=TRY)
def demo(
    seconds: Annotated[float, typer.Option("--for", help="End after so many seconds; 0: at Ctrl-C.", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="No view; one JSON object at the end.")] = False,
    store: Annotated[
        str, typer.Option(help="URL of an InfluxDB 1.x, e.g. http://127.0.0.1:8086/mangrove; embedded if none.")
    ] = "",
    sites: Annotated[int, typer.Option(help="Sites of the sample.", min=1, max=1000)] = 300,
    speed: Annotated[float, typer.Option(help="Simulated seconds in each second.", min=0.1, max=600)] = 60,
    seed: Annotated[int, typer.Option(help="The same seed has the same sample and faults.")] = 1,
    quiet_sky: Annotated[bool, typer.Option("--quiet-sky", help="No faults.")] = False,
) -> None:
    """Run everything on this machine with simulated devices. Exit code 0 only if the books balance."""
    from mangrove.demo.run import Options, run

    raise typer.Exit(run(Options(seconds, as_json, store, sites, speed, seed, quiet_sky)))


app.command(rich_help_panel=TRY)(devices.poll)
app.command(rich_help_panel=TRY)(devices.record)
app.command(rich_help_panel=RUN)(discover.discover)
app.command(rich_help_panel=TRY)(sample.sample)


@app.command(rich_help_panel=RUN)
def check(files: Annotated[list[Path], typer.Argument(help="agent.yaml and collector.yaml files")]) -> None:
    """Validate configuration: everything that is wrong, with file, line and key. Exit code 2 if anything is."""
    from mangrove.check import check_files

    raise typer.Exit(check_files(files))


@app.command(rich_help_panel=RUN)
def agent(
    config: Annotated[Path, typer.Option("--config", "-c", help="The agent's YAML file.")] = Path("agent.yaml"),
    assignment: Annotated[Path | None, typer.Option(help="Poll what this file says, not what the broker says.")] = None,
) -> None:
    """Run an agent: poll, hear sensors, spool, publish."""
    from mangrove.run import run_agent

    run_agent(config, assignment)


@app.command(rich_help_panel=RUN)
def collector(config: Config = COLLECTOR_FILE) -> None:
    """Run a collector: receive, judge, store, acknowledge; watch and page."""
    from mangrove.run import run_collector

    run_collector(config)


@app.command(rich_help_panel=RUN)
def doctor(config: EitherConfig = COLLECTOR_FILE) -> None:
    """Check the host, the broker and the database as an agent or a collector needs them. Exit code 1 if any is bad."""
    from mangrove.doctor import run

    raise typer.Exit(run(config))


@app.command(rich_help_panel=RUN)
def assignment(
    agent: Annotated[str, typer.Argument(help="Id of the agent.")],
    config: Config = COLLECTOR_FILE,
) -> None:
    """Print the assignment of an agent, for `mangrove agent --assignment FILE`."""
    from mangrove.run import print_assignment

    print_assignment(config, agent)


for command in (incidents.incidents, incidents.ack, incidents.why, alarms.alarms):
    app.command(rich_help_panel=WATCH)(command)


@app.command(rich_help_panel=DATA)
def ledger(
    config: Config = COLLECTOR_FILE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show where every batch is. Exit code 1 if the books do not balance."""
    from mangrove.ledger import show

    raise typer.Exit(show(config, as_json=as_json))


@app.command(rich_help_panel=DATA)
def query(
    text: Annotated[str, typer.Argument(help="The query, in quotes.")],
    config: Config = COLLECTOR_FILE,
) -> None:
    """Ask the running collector's store: SQL of DuckDB for the embedded one, InfluxQL for InfluxDB."""
    from collector.config import SOCKET, load_collector_config
    from contract.control import ControlError, ask

    try:
        rows = ask(load_collector_config(config)[0].data / SOCKET, "query", text=text)
    except ControlError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    for row in rows if isinstance(rows, list) else []:
        print(json.dumps(row, ensure_ascii=False))


app.command(rich_help_panel=DATA)(pm.pm)


@app.command(rich_help_panel=DATA)
def tap(
    config: EitherConfig = COLLECTOR_FILE,
    topic: Annotated[str, typer.Option(help="Only topics that contain this.")] = "",
    count: Annotated[int, typer.Option(help="End after so many messages; 0: never.")] = 0,
) -> None:
    """Print what passes on the broker, decoded."""
    from mangrove.tap import run

    raise typer.Exit(run(config, topic, count))


@app.command(rich_help_panel=DATA)
def catalog(
    file: Annotated[Path | None, typer.Argument(help="A catalog; ours when left out.", show_default=False)] = None,
) -> None:
    """Print every measurement, tag and field with unit and meaning, in both languages, as Markdown."""
    from mangrove.catalog_table import show

    show(file)


@app.command(rich_help_panel=BROKER)
def secrets(
    folder: Annotated[Path, typer.Argument(help="Where they are.")] = DEPLOY,
    name: Annotated[list[str], typer.Option(help="Host name or address of this host; may be repeated.")] = [],  # noqa: B006
) -> None:
    """Make the passwords, keys and certificates of docker-compose.yml: what is missing, and nothing anew."""
    from mangrove.deploy import run

    raise typer.Exit(run(folder, name))


@app.command(rich_help_panel=AROUND)
def addresses(folder: Annotated[Path, typer.Argument(help="Where they are.")] = DEPLOY) -> None:
    """Print where the services of docker-compose.yml answer, and in which files the passwords are."""
    from mangrove.deploy import addresses as show

    raise typer.Exit(show(folder))


app.command(rich_help_panel=BROKER)(users.enroll)
app.command(rich_help_panel=BROKER)(users.revoke)
for name, group, panel in (
    ("sim", sim.app, TRY),
    ("profile", profiles.app, TRY),
    ("maintenance", maintenance.app, WATCH),
    ("oncall", oncall.app, WATCH),
    ("dead-letter", letters.app, DATA),
    ("sensor", sensors.app, DATA),
    ("inventory", inventory.app, RUN),
    ("areas", areas.app, AROUND),
    ("dashboards", dashboards.app, AROUND),
):
    app.add_typer(group, name=name, rich_help_panel=panel)
