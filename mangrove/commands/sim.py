"""`mangrove sim`: the simulated province, and faults on command in a demo that runs."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The simulated province: break something in the running demo, and see.")

Element = Annotated[str, typer.Argument(help="Id of a site, device, sensor, link or feeder.")]
Kind = Annotated[str, typer.Argument(help="Kind of the fault, such as mains; a wrong one lists them.")]
Socket = Annotated[
    Path | None, typer.Option(help="The simulator's socket; that of the running demo if none.", show_default=False)
]


@app.command("break")
def sim_break(
    element: Element,
    kind: Kind,
    lasts: Annotated[
        str,
        typer.Option("--for", help="How long, in the province's time: 90s, 30m, 4h, 2d."),
    ] = "2h",
    socket: Socket = None,
) -> None:
    """Break something."""
    from mangrove.sim import break_

    raise typer.Exit(break_(socket, element, kind, lasts))


@app.command("mend")
def sim_mend(element: Element, kind: Kind, socket: Socket = None) -> None:
    """Mend it before its time."""
    from mangrove.sim import mend

    raise typer.Exit(mend(socket, element, kind))


@app.command("state")
def sim_state(
    element: Annotated[str, typer.Argument(help="Only what concerns this one.", show_default=False)] = "",
    socket: Socket = None,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Show what is broken now, as the simulator knows it: the truth, not what Mangrove has found."""
    from mangrove.sim import state

    raise typer.Exit(state(socket, element, as_json=as_json))


@app.command("score")
def sim_score(
    truth: Annotated[
        Path | None, typer.Option(help="The truth file; that of the running demo if none.", show_default=False)
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="The collector's YAML file; the running demo's if none.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Compare what the collector said with the truth."""
    from mangrove.sim_score import show

    raise typer.Exit(show(truth, config, as_json=as_json))


@app.command("run", context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def sim_run(context: typer.Context) -> None:
    """Run the simulator of an inventory; --help tells its options."""
    from simulator.app import main

    raise typer.Exit(main(context.args))


@app.command("walk")
def sim_walk(
    walk: Annotated[Path, typer.Argument(help="A recorded walk (.snmprec), as `mangrove record` writes them.")],
    listen: Annotated[str, typer.Option(help="Address and UDP port; port 0 takes a free one.")] = "127.0.0.1:1161",
    community: Annotated[str, typer.Option(help="What it answers to.")] = "public",
) -> None:
    """Play a recorded walk as a device, until Ctrl-C."""
    from simulator.playback import playback

    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise typer.BadParameter(f"{listen} is not ADDRESS:PORT, such as 127.0.0.1:1161")
    raise typer.Exit(playback(walk, (host, int(port)), community))
