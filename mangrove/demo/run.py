"""`mangrove demo`: broker, simulated devices, two agents and a collector on this machine, watched until it ends."""

import json
import logging
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.live import Live

from collector.app import SOCKET
from contract.control import ControlError, ask
from mangrove.demo import files
from mangrove.demo.broker import broker
from mangrove.demo.numbers import Stats, percentile, stats, totals
from mangrove.demo.phone import Phone, phone
from mangrove.demo.process import end, mangrove, rss_mb, started
from mangrove.demo.seen import Seen
from mangrove.demo.view import render
from simulator.sample.credentials import COMMUNITY
from simulator.sample.small import small

REFRESH_S = 0.5
START_S = 20.0
LOG_TAIL = 2_000
SETTLE_S = 1.0
AUTONOMY_S = 12.0  # of a full battery

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for; `seconds` 0 is until Ctrl-C; `store` is the URL of an InfluxDB or empty."""

    seconds: float
    as_json: bool
    store: str
    devices: int
    seed: int
    quiet_sky: bool


class DemoError(Exception):
    """A part of the demo did not start or has ended; the text has the end of its log."""


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
    (port,) = files.free_ports(1, socket.SOCK_STREAM)
    inventory = small(options.devices, options.seed, files.free_ports(options.devices, socket.SOCK_DGRAM))
    with ExitStack() as stack:
        received = stack.enter_context(phone())
        agent_files = list(files.write(folder, inventory, COMMUNITY, port, options.store, received.url))
        broker_name, broker_process = stack.enter_context(broker(folder, port))
        simulate = [sys.executable, "-m", "simulator.app", "--inventory", str(folder / "inventory.yaml")]
        simulate += ["--seed", str(options.seed), *(["--quiet-sky"] if options.quiet_sky else [])]
        simulate += ["--broker", f"127.0.0.1:{port}", "--autonomy", str(AUTONOMY_S)]
        parts = {"mosquitto": broker_process} if broker_process else {}
        parts |= {"simulator": stack.enter_context(started(simulate, folder / "simulator.log"))}
        command = mangrove("collector", "--config", str(folder / "collector.yaml"))
        parts["collector"] = stack.enter_context(started(command, folder / "collector.log"))
        for path in agent_files:
            command = mangrove("agent", "--config", str(path))
            parts[path.stem] = stack.enter_context(started(command, folder / f"{path.stem}.log"))
        watch = _Watch(folder, parts, broker_name, options, received)
        last = watch.until_end(stop)
        memory = {name: rss_mb(process.pid) for name, process in parts.items()}
        agents = [parts[path.stem] for path in agent_files]
        last = watch.settle(agents, last)
        end([process for process in parts.values() if process is not broker_process])
    return _finish(options, last, memory, [path.stem for path in agent_files], watch.seen)


class _Watch:
    """Looks at the collector until the end, drawing if there is a terminal."""

    def __init__(
        self,
        folder: Path,
        parts: dict[str, subprocess.Popen[bytes]],
        broker_name: str,
        options: Options,
        received: Phone,
    ) -> None:
        self._socket, self._folder, self._parts = folder / "collector" / SOCKET, folder, parts
        self._broker, self._options = broker_name, options
        self._began, self._began_at = time.monotonic(), time.time()
        self.seen = Seen(received)

    def until_end(self, stop: threading.Event) -> Stats:
        """Return the last numbers once the time is over or `stop` is set."""
        last = self._first(stop)
        rate, before, then = 0.0, 0, time.monotonic()
        console = Console(quiet=self._options.as_json)
        with Live(console=console, screen=console.is_terminal, auto_refresh=False, transient=True) as live:
            while not stop.wait(REFRESH_S):
                self._check_parts()
                last = self._stats()
                self.seen.look(self._ask, int(self._began_at * 1000))
                now, values = time.monotonic(), last["storer"].get("values", 0)
                rate, before, then = (values - before) / (now - then), values, now
                if not self._options.as_json:
                    height = console.height if console.is_terminal else None
                    screen = render(last, rate, self._broker, now - self._began, self.seen, height)
                    live.update(screen, refresh=console.is_terminal)
                if self._options.seconds and now - self._began >= self._options.seconds:
                    break
        if not self._options.as_json:
            Console().print(render(last, rate, self._broker, time.monotonic() - self._began, self.seen))
        return last

    def settle(self, agents: list[subprocess.Popen[bytes]], last: Stats) -> Stats:
        """End the agents, which say their last numbers, and return the collector's numbers after that."""
        ended_ms = time.time_ns() // 1_000_000
        end(agents)
        deadline = time.monotonic() + SETTLE_S
        try:
            while time.monotonic() < deadline:
                before, last = last, self._stats()
                heard = all(agent["time"] >= ended_ms for agent in last["agents"].values())
                if heard and before["ledger"] == last["ledger"]:
                    break
                time.sleep(0.15)
        except ControlError as error:
            log.warning("the collector ended before the last look: %s", error)
        return last

    def _first(self, stop: threading.Event) -> Stats:
        while True:
            self._check_parts()
            try:
                return self._stats()
            except ControlError as error:
                if time.monotonic() - self._began > START_S:
                    raise DemoError(self._tail("collector")) from error
                if stop.wait(0.1):
                    raise DemoError("ended before it had begun") from error

    def _ask(self, question: str, **more: object) -> object:
        return ask(self._socket, question, **more)

    def _stats(self) -> Stats:
        return stats(self._ask)

    def _check_parts(self) -> None:
        for name, process in self._parts.items():
            if process.poll() is not None:
                raise DemoError(f"{name} has ended with {process.returncode}:\n{self._tail(name)}")

    def _tail(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text(errors="replace")[-LOG_TAIL:]


def _finish(options: Options, last: Stats, memory: dict[str, float], agents: list[str], seen: Seen) -> int:
    sums = totals(last["ledger"])
    if options.as_json:
        report = {
            "devices": len(last["devices"]),
            "polls": last["polls"],
            "values_stored": last["storer"].get("values", 0),
            "batches_produced": sums.produced,
            "batches_stored": sums.stored,
            "batches_refused": sums.refused,
            "batches_held": sums.held,
            "batches_dropped": sums.dropped,
            "batches_spooled": sums.spooled,
            "balanced": sums.balanced,
            "p99_poll_to_store_ms": percentile(last["latencies_ms"], 0.99),
            "agent_rss_mb": round(max(memory[name] for name in agents), 1),
            "collector_rss_mb": round(memory["collector"], 1),
            **seen.report(),
        }
        print(json.dumps(report))
    return 0 if sums.balanced else 1
