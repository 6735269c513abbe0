"""From the moment of a reading until the database shows it: whole agent, real broker, whole collector, InfluxDB."""

import contextlib
import math
import threading
import time
from pathlib import Path

from servers.influxdb import InfluxDb
from servers.mosquitto import Mosquitto
from system.parts import AgentProcess, CollectorProcess, Ours, write_yaml

from benchmarks.ingest_sender import ROWS
from benchmarks.ingest_traffic import FIELDS
from benchmarks.poll_parts import cpu_s
from benchmarks.watch_province import province
from contract.control import ControlError
from contract.inventory import Inventory

AGENT = "a0"
WARM_S, GIVE_UP_S, LOOK_EVERY_S = 3.0, 60.0, 0.02
NEWEST = "SELECT last(in_errors) FROM interface WHERE if_name = 'GigabitEthernet0/0/0' GROUP BY device"


def latencies(folder: Path, *, values_per_s: int, seconds: float) -> dict[str, float]:
    """Return the milliseconds from reading to readable of all batches of `seconds` at that pace, the first WARM_S left
    out, and what of a core agent and collector took.

    Raises:
        MissingServerError: the machine has no broker or no InfluxDB.
    """
    folder.mkdir()
    with Mosquitto(folder) as broker, InfluxDb(folder) as database:
        at = {"host": broker.host, "port": broker.port}
        write_yaml(folder / "inventory.yaml", _inventory().model_dump(mode="json", exclude_none=True))
        config = Path(__file__).resolve().parents[1] / "config"
        store = {"kind": "influx", "version": 1, "url": database.url, "database": database.database}
        files = {"catalog": str(config / "catalog.yaml"), "profiles": str(config / "profiles")}
        collector = CollectorProcess(
            folder, {"id": "c", "broker": at, "inventory": "inventory.yaml", "store": store, **files}
        )
        agent = AgentProcess(folder, {"id": AGENT, "broker": at})
        batches_per_s = values_per_s / ROWS / len(FIELDS)
        arguments = [str(agent.config_path), str(folder / "versions"), str(batches_per_s), str(seconds)]
        with collector:
            before = cpu_s(collector.pid)
            sender = Ours(folder, "sender", ["-m", "benchmarks.ingest_sender", *arguments], "")
            with sender:
                begun = time.monotonic()
                found = _watch(database, seconds)
                wall = time.monotonic() - begun
                cores = {
                    "agent_core": cpu_s(sender.pid) / wall,
                    "collector_core": (cpu_s(collector.pid) - before) / wall,
                }
                lost = int(batches_per_s * seconds) - _stored(collector, int(batches_per_s * seconds))
    found.sort()
    assert found, "nothing could be read"
    return {
        "p50_ms": found[len(found) // 2],
        "p99_ms": found[int(0.99 * len(found))],
        "max_ms": found[-1],
        "batches": len(found),
        "not_stored": lost,
        **{name: round(core, 3) for name, core in cores.items()},
    }


def _watch(database: InfluxDb, seconds: float) -> list[float]:
    """Look again and again which reading of each device is the newest that can be read; return how old each was when it
    was first seen."""
    known: dict[str, int] = {}
    found: list[float] = []
    pause = threading.Event()
    begun, give_up = math.inf, time.monotonic() + GIVE_UP_S
    while time.monotonic() < min(begun + seconds, give_up):
        rows = database.query(NEWEST)
        now = time.time_ns() / 1e6
        for row in rows:
            device, at = str(row["device"]), int(str(row["time"]))
            if known.get(device) != at and time.monotonic() > begun + WARM_S:
                found.append(now - at)
            known[device] = at
        if rows and begun == math.inf:
            begun, give_up = time.monotonic(), math.inf
        pause.wait(LOOK_EVERY_S)
    return found


def _stored(collector: CollectorProcess, wanted: int) -> int:
    """Return how many polls are stored, once all are, or after a while."""
    pause = threading.Event()
    deadline = time.monotonic() + 30
    while True:
        with contextlib.suppress(ControlError):
            stored = collector.stats()["polls"]
            assert isinstance(stored, int)
            if stored >= wanted or time.monotonic() > deadline:
                return stored
        pause.wait(0.2)


def _inventory() -> Inventory:
    made = province(1_000, 300, 16)
    devices = [one.model_copy(update={"profiles": ["if-mib"]}) for one in made.devices]
    return made.model_copy(update={"devices": devices, "sensors": []})
