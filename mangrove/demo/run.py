"""`mangrove demo`: a whole province on this machine: a broker, the simulator, an agent for each operating cluster and a
collector, watched until it ends."""

import json
import logging
import signal
import socket
import sys
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from contract.control import ControlError
from contract.inventory import Inventory
from mangrove.demo import files
from mangrove.demo.broker import broker
from mangrove.demo.files import Places
from mangrove.demo.measures import Measures
from mangrove.demo.numbers import totals
from mangrove.demo.phone import phone
from mangrove.demo.place import CONTROL, TRUTH, named
from mangrove.demo.process import end, mangrove, started
from mangrove.demo.report import report
from mangrove.demo.screen import Screen
from mangrove.demo.seen import Seen
from mangrove.demo.usage import began
from mangrove.demo.view import Frame
from mangrove.demo.watching import DemoError, Watching
from mangrove.words import word
from simulator.sample.province import sample
from simulator.snmp.server import free_ports

INTERVAL_S, OFTENEST_S = 20.0, 2.0  # between readings of 300 sites, and of few
PM_PERIOD_S = 30.0  # of radio counters: half an hour of the province
HURRY = 20.0  # times as many faults as in life: about five a minute
QUERY = "'SELECT time, site, remaining_min FROM ups ORDER BY time DESC LIMIT 5'"


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for; `seconds` 0 is until Ctrl-C; `store` is the URL of an InfluxDB or empty."""

    seconds: float
    as_json: bool
    store: str
    sites: int
    speed: float
    seed: int
    quiet_sky: bool


def run(options: Options) -> int:
    """Run the demo; return 0 when the books balance at the end, else 1."""
    logging.getLogger().setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with tempfile.TemporaryDirectory(prefix="mangrove-demo-") as name:
        try:
            return _run(options, Path(name), stop)
        except (DemoError, ControlError) as error:
            print(error, file=sys.stderr)
            return 1


def _run(options: Options, folder: Path, stop: threading.Event) -> int:
    with ExitStack() as stack:
        short = stack.enter_context(named(folder))
        received = stack.enter_context(phone())
        screen = stack.enter_context(Screen(draw=not options.as_json))
        port = files.free_port(socket.SOCK_STREAM)
        broker_name, process = stack.enter_context(broker(folder, port))
        interval_s = max(OFTENEST_S, INTERVAL_S * options.sites / 300)
        inventory = sample(options.sites, options.seed, interval_s=interval_s, port=files.free_port(socket.SOCK_DGRAM))
        measures, seen = Measures(began()), Seen(received, inventory)
        watching = Watching(folder, stop, screen, measures, seen, _frame(inventory, broker_name, short))
        watching.parts |= {broker_name: process} if process else {}
        watching.show_start()
        names = [agent.id for agent in inventory.agents]
        places = Places(port, dict(zip(names, free_ports(len(names)), strict=True)), options.store, received.url)
        agents = files.write(folder, inventory, places)

        def start(name: str, command: list[str]) -> None:
            watching.parts[name] = stack.enter_context(started(command, folder / f"{name}.log"))
            watching.show_start()

        start("simulator", _simulator(options, folder, places))
        start("collector", mangrove("collector", "--config", str(folder / "collector.yaml")))
        watching.wait("simulator", watching.lives)  # an agent that asks before it answers sees faults
        for path in agents:
            start(path.stem, mangrove("agent", "--config", str(path)))
        watching.wait("collector", watching.answers)
        watching.until_end(options.seconds)
        watching.settle(names)
        end([process for name, process in watching.parts.items() if name != broker_name])
    if options.as_json:
        print(json.dumps(report(watching.last, seen, measures, names)))
    return 0 if totals(watching.last["ledger"]).balanced else 1


def _simulator(options: Options, folder: Path, places: Places) -> list[str]:
    command = [sys.executable, "-m", "simulator.app", "--inventory", str(folder / files.PROVINCE)]
    command += ["--seed", str(options.seed), "--speed", str(options.speed), "--broker", f"127.0.0.1:{places.broker}"]
    command += ["--control", str(folder / CONTROL), "--truth", str(folder / TRUTH), "--pm-period", str(PM_PERIOD_S)]
    for agent, port in places.traps.items():
        command += ["--pm", f"{agent}={files.pm_folder(folder, agent)}", "--trap", f"{agent}=127.0.0.1:{port}"]
    return command + (["--quiet-sky"] if options.quiet_sky else ["--hurry", str(HURRY)])


def _breakable(inventory: Inventory) -> str:
    """Return the router of the last site, behind which nothing else is."""
    return [device.id for device in inventory.devices if device.role == "router"][-1]


def _frame(inventory: Inventory, broker_name: str, folder: Path) -> Frame:
    """Return what stands around the numbers; `folder` is how the demo's is called by who wants to look on."""
    size = {"sites": len(inventory.sites), "devices": len(inventory.devices), "agents": len(inventory.agents)}
    config = f"--config {folder / 'collector.yaml'}"
    commands = (
        f"mangrove incidents {config}",
        f"mangrove sim break {_breakable(inventory)} device --for 1h",
        "mangrove sim state",
        "mangrove sim score",
        f"mangrove query {config} {QUERY}",
    )
    return Frame(broker_name, word("demo_size", **size), commands)
