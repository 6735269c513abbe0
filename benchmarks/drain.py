"""How fast a backlog goes to the database beside what is read meanwhile: whole agents, real broker, whole collector,
InfluxDB 1.x. `python -m benchmarks drain --json` prints JSON.
"""

import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from servers.find import MissingServerError
from servers.influxdb import InfluxDb
from servers.mosquitto import Mosquitto
from system.parts import AgentProcess, CollectorProcess, Ours, write_yaml

from agents.folder import Limits
from agents.spool import Spool
from benchmarks.drain_sender import EVERY_S, ROWS
from benchmarks.ingest_traffic import FIELDS, Traffic
from benchmarks.poll_parts import cpu_s, rss_mb
from benchmarks.watch_province import province
from collector.versions import Meaning, Versions
from contract.batch import compressor, encode
from contract.control import ControlError
from contract.inventory import Inventory

VALUES = ROWS * len(FIELDS)  # of a batch
INFLOW = 10_000  # values per second
BACKLOG = 6_000_000
WARM_S = 10.0
HEARTBEAT_S = 1.0
GROUP = 500


@dataclass(frozen=True, slots=True)
class Scene:
    """`backlog` values of the last `span_s` seconds are in the spool of `agent` while a0 reads INFLOW values a second;
    the database is down for the first `down_s` seconds. `patience_s` is how long the drain may take."""

    backlog: int
    agent: str
    span_s: float
    down_s: float
    patience_s: float


class Drain:
    """All processes of a run, and what was noted of them."""

    def __init__(self, folder: Path, broker: Mosquitto, database: InfluxDb) -> None:
        self.folder, self.database = folder, database
        self.at = {"host": broker.host, "port": broker.port}
        write_yaml(folder / "inventory.yaml", _inventory().model_dump(mode="json", exclude_none=True))
        config = Path(__file__).resolve().parents[1] / "config"
        store = {"kind": "influx", "version": 1, "url": database.url, "database": database.database}
        files = {"catalog": str(config / "catalog.yaml"), "profiles": str(config / "profiles")}
        settings: dict[str, object] = {
            "id": "c",
            "broker": self.at,
            "inventory": "inventory.yaml",
            "store": store,
            **files,
        }
        self.collector = CollectorProcess(folder, settings)
        self.peak_mb = 0.0
        self.watch_late_s = 0.0
        self._look_again = 0.0

    def meaning(self) -> Meaning:
        """Return the inventory that the collector has published."""
        found = Versions(self.folder / "versions").current
        assert found
        return found

    def sender(self, agent: str, inflow: int) -> "Sender":
        """Return an agent; with its spool's budget for any backlog."""
        spool = {"budget_mib": 4096}
        file = {"id": agent, "broker": self.at, "spool": spool, "heartbeat_s": HEARTBEAT_S}
        process = AgentProcess(self.folder, dict[str, object](file))
        return Sender(process, Ours(self.folder, f"sender-{agent}", _arguments(self, process, inflow), '"late_s"'))

    def store_ready(self) -> bool:
        """Whether the collector can store."""
        with contextlib.suppress(ControlError):
            return bool(self.collector.stats()["store_ready"])
        return False

    def note(self) -> None:
        """Note how much memory the collector has, and how long ago the newest heartbeat was said that it has judged."""
        self.peak_mb = max(self.peak_mb, rss_mb(self.collector.pid))
        if time.monotonic() < self._look_again:
            return
        self._look_again = time.monotonic() + 1.0
        with contextlib.suppress(ControlError):
            agents = self.collector.stats()["agents"]
            assert isinstance(agents, dict)
            if "a0" in agents:
                self.watch_late_s = max(self.watch_late_s, time.time() - agents["a0"]["time"] / 1000 - HEARTBEAT_S)

    def found(self, end_ms: int) -> int:
        """Return how many values of the backlog are in the database."""
        text = f"SELECT count(*) FROM interface WHERE time < {end_ms}ms"  # noqa: S608  # our own number
        rows = self.database.query(text)
        return sum(int(str(row[f"count_{name}"])) for row in rows for name in FIELDS)

    def wait(self, done: Callable[[], bool], within_s: float) -> bool:
        """Note until `done`; whether it was in time."""
        deadline, pause = time.monotonic() + within_s, threading.Event()
        while not done():
            if time.monotonic() > deadline:
                return False
            self.note()
            pause.wait(0.25)
        return True


@dataclass(frozen=True, slots=True)
class Sender:
    """An agent's process and what it says of itself."""

    agent: AgentProcess
    process: Ours

    def said(self, since: float = 0.0) -> list[dict[str, float]]:
        """Return what it has said since a time."""
        lines = [line for line in self.process.log().splitlines() if line.startswith('{"time"') and line.endswith("}")]
        return [one for one in map(json.loads, lines) if one["time"] >= since]

    def backlog(self) -> int:
        """Return how many batches of earlier processes it has still, when it last said so."""
        return int(self.said()[-1]["backlog"])


def _arguments(drain: Drain, agent: AgentProcess, inflow: int) -> list[str]:
    versions = str(drain.folder / "versions")
    return ["-m", "benchmarks.drain_sender", str(agent.config_path), versions, str(inflow / VALUES)]


def prefill(spool: Path, meaning: Meaning, agent: str, batches: int, span_s: float, end_ms: int) -> None:
    """Put batches of `span_s` seconds until `end_ms` into a spool, as a process of the agent that has ended did."""
    traffic, packing = Traffic(meaning, rows=ROWS), compressor()
    devices = [one.id for one in meaning.version.inventory.devices if one.agent == agent]
    times = (end_ms - int(span_s * 1000 * (batches - n) / batches) - 1 for n in range(batches))
    made = (encode(traffic.batch(devices[n % len(devices)], at), packing) for n, at in enumerate(times))
    filled = Spool(spool, 77, Limits(budget=4 << 30))
    while group := list(islice(made, GROUP)):
        filled.commit(group)
    filled.close()


def measure(folder: Path, scene: Scene) -> dict[str, float]:
    """Play a scene, and return the figures.

    Raises:
        MissingServerError: the machine has no broker or no InfluxDB.
    """
    with Mosquitto(folder) as broker, InfluxDb(folder) as database, ExitStack() as stack:
        drain = Drain(folder, broker, database)
        stack.enter_context(drain.collector)
        live, other = drain.sender("a0", INFLOW), drain.sender("a1", 0)
        holder = live if scene.agent == "a0" else other
        end_ms = time.time_ns() // 1_000_000
        with live.process:
            drain.wait(lambda: False, WARM_S)
        before = drain.peak_mb
        prefill(holder.agent.spool, drain.meaning(), scene.agent, scene.backlog // VALUES, scene.span_s, end_ms)
        if scene.down_s:
            database.kill()
        for sender in {live.process, holder.process}:
            stack.enter_context(sender)
        batches = holder.backlog()
        before_s = cpu_s(drain.collector.pid)
        drain.wait(lambda: False, scene.down_s)
        down_core = (cpu_s(drain.collector.pid) - before_s) / scene.down_s if scene.down_s else 0.0
        if scene.down_s:
            database.start()
            drain.wait(drain.store_ready, 30.0)
            os.kill(live.process.pid, signal.SIGUSR1)
        batches, drain.watch_late_s = max(batches, holder.backlog()), 0.0
        every = {"collector": drain.collector, "agent": holder.process, "database": database, "broker": broker}
        begun, begun_at, used = time.monotonic(), time.time(), {name: cpu_s(one.pid) for name, one in every.items()}
        whole = drain.wait(lambda: not holder.backlog(), scene.patience_s)
        took_s = time.monotonic() - begun
        stored = (batches - holder.backlog()) * VALUES
        cores = {f"{name}_core": round((cpu_s(one.pid) - used[name]) / took_s, 2) for name, one in every.items()}
        late = [one["late_s"] for one in live.said(begun_at + EVERY_S)]
        resent = holder.said()[-1]["resent"]
        sender_mb = max(one["rss_mb"] for one in holder.said())
        found = drain.found(end_ms)
    return {
        "ratio": round(stored / took_s / INFLOW, 2),
        "backlog_values": batches * VALUES,
        "values_left": 0 if whole else batches * VALUES - stored,
        "values_in_spool": scene.backlog // VALUES * VALUES,
        "values_in_database": found,
        "seconds": round(took_s, 1),
        "fresh_late_s_max": round(max(late), 2),
        "fresh_late_s_p99": round(sorted(late)[int(0.99 * len(late))], 2),
        "watch_late_s_max": round(drain.watch_late_s, 2),
        "rss_growth_mb": round(drain.peak_mb - before, 1),
        "rss_mb": round(before, 1),
        "agent_rss_mb": sender_mb,
        "sent_per_stored": round(resent / max(1, batches), 2),
        **cores,
        "load": round(os.getloadavg()[0], 1),
        "collector_core_while_down": round(down_core, 2),
    }


def _inventory() -> Inventory:
    made = province(1_000, 300, 16)
    devices = [one.model_copy(update={"profiles": ["if-mib"]}) for one in made.devices]
    return made.model_copy(update={"devices": devices, "sensors": []})


def main() -> None:
    """Measure, and print."""
    try:
        with tempfile.TemporaryDirectory() as name:
            found: object = measure(Path(name), Scene(BACKLOG, "a0", BACKLOG / INFLOW, 10.0, 120.0))
    except MissingServerError as error:
        found = {"missing": str(error)}
    json.dump(found, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
