"""`mangrove demo`: a whole province on this machine: a broker, the simulator, an agent for each operating cluster and a
collector, watched until it ends."""

import json
import logging
import signal
import socket
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from contract.control import ControlError
from mangrove.demo import files
from mangrove.demo.broker import broker
from mangrove.demo.numbers import totals
from mangrove.demo.phone import phone
from mangrove.demo.process import mangrove, started
from mangrove.demo.report import report
from mangrove.demo.watching import DemoError, Watching
from simulator.sample.province import sample

INTERVAL_S = 10.0  # of polls and of sensors
HURRY = 60.0  # times as many faults as in life


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
    began = time.monotonic()
    logging.getLogger().setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with tempfile.TemporaryDirectory(prefix="mangrove-demo-") as name:
        try:
            return _run(options, Path(name), stop, began)
        except (DemoError, ControlError) as error:
            print(error, file=sys.stderr)
            return 1


def _run(options: Options, folder: Path, stop: threading.Event, began: float) -> int:
    port, udp = files.free_port(socket.SOCK_STREAM), files.free_port(socket.SOCK_DGRAM)
    with ExitStack() as stack:
        received = stack.enter_context(phone())
        broker_name, broker_process = stack.enter_context(broker(folder, port))
        inventory = sample(options.sites, options.seed, interval_s=INTERVAL_S, port=udp)
        agents = files.write(folder, inventory, port, options.store, received.url)
        commands = {"collector": mangrove("collector", "--config", str(folder / "collector.yaml"))}
        commands |= {"simulator": _simulator(options, folder, port)}
        commands |= {path.stem: mangrove("agent", "--config", str(path)) for path in agents}
        parts = {"mosquitto": broker_process} if broker_process else {}
        parts |= {
            name: stack.enter_context(started(command, folder / f"{name}.log")) for name, command in commands.items()
        }
        watching = Watching(folder, parts, broker_name, received, began)
        watching.until_end(stop, options.seconds, draw=not options.as_json)
        watching.settle([path.stem for path in agents])
    if options.as_json:
        print(json.dumps(report(watching.last, watching.seen, watching.measures, agents=[path.stem for path in agents])))
    return 0 if totals(watching.last["ledger"]).balanced else 1


def _simulator(options: Options, folder: Path, port: int) -> list[str]:
    command = [sys.executable, "-m", "simulator.app", "--inventory", str(folder / files.INVENTORY)]
    command += ["--seed", str(options.seed), "--speed", str(options.speed), "--broker", f"127.0.0.1:{port}"]
    return command + (["--quiet-sky"] if options.quiet_sky else [])
