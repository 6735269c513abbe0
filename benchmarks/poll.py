"""What polling costs, with the alternatives beside it in the same run. `python -m benchmarks poll` prints JSON.

Seconds are CPU seconds of the process, user and system, never those of the wall clock. The agent is a process of its
own that runs the product's code from the assignment to the spool on a real disk, at its real pace; so are the devices.
Values are counted, not varbinds: what else is read for their sake (names, sysUpTime) does not count, but costs.
"""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servers.find import MissingServerError, find
from servers.mosquitto import Mosquitto
from servers.snmpd import Snmpd

from benchmarks.poll_devices import Devices, address
from benchmarks.poll_parts import COMMUNITY, PORTS, ROUTER, SNMPD, Objects, assigned, cpu_s, rss_mb, snmpd_lines, write
from benchmarks.poll_peers import Asked, measure
from contract.messages import Assignment

DISK = "/var/tmp"  # /tmp may be memory
FEW_PORTS = 3
ROUTERS, MANY, SOME_DEAD = 100, 10_000, 5_000
SNMPD_TIMES = 40  # one snmpd stands for so many devices
ROUNDS = 4.0, 4  # seconds, and how many; the best counts
DEAD_SHARE = 0.3
INTERVAL_S, TIMEOUT_S = 60.0, 5.0
GOALS = {
    "varbinds_per_cpu_second": (">=", 200_000),
    "v3_varbinds_per_cpu_second": (">=", 100_000),
    "packets_ratio": ("<=", 0.4),
    "core_share": ("<=", 0.1),
    "rss_mb": ("<=", 120),
    "on_time_share": (">=", 0.999),
}
PEERS = ("pysnmp", "gufo_snmp", "net_snmp", "snmp_exporter")


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=DISK) as folder:
        yield Path(folder)


def _agent(assignment: Assignment, warm_s: float, round_s: float, rounds: int = 1) -> dict[str, Any]:
    """Let an agent poll, and return what it noted after `warm_s` seconds."""
    with _folder() as folder:
        arguments = [*write(folder, assignment), warm_s, round_s, rounds]
        command = [sys.executable, "-m", "benchmarks.poll_agent", *map(str, arguments)]
        printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(printed)
    return found


def _program(assignment: Assignment, warm_s: float, measure_s: float) -> dict[str, float]:
    """Let `mangrove agent` poll and publish to a broker that nobody listens to."""
    with _folder() as folder, Mosquitto(folder) as broker:
        agent, fixed = write(folder, assignment, broker_port=broker.port)
        command = [sys.executable, "-m", "mangrove", "agent", "--config", str(agent), "--assignment", str(fixed)]
        with (folder / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
            time.sleep(warm_s)
            before, began = cpu_s(process.pid), time.monotonic()
            time.sleep(measure_s)
            share = (cpu_s(process.pid) - before) / (time.monotonic() - began)
            memory = rss_mb(process.pid)
            process.send_signal(signal.SIGTERM)
        return {"core": round(share, 4), "rss_mb": memory}


def _column_walk(devices: Devices) -> int:
    """Return the requests of a poll as Telegraf does it: each column a walk by GETBULK of 10, each field a GET."""
    before = devices.requests()
    for tool, oid in [
        *(("snmpbulkwalk", column) for column in [ROUTER.name, *ROUTER.columns]),
        ("snmpget", "1.3.6.1.2.1.1.3.0"),
    ]:
        program = find(tool)
        options = ["-Cr10"] if tool == "snmpbulkwalk" else []
        where = ["-v", "2c", "-c", COMMUNITY, f"127.0.0.1:{devices.port}", oid]
        environment = {**os.environ, **program.environment, "MIBS": ""}
        subprocess.run([str(program.path), *options, *where], env=environment, check=True, capture_output=True)
    return devices.requests() - before


def _best(found: dict[str, Any]) -> int:
    """Return values per CPU-second in the best round: what else the machine does only makes them fewer."""
    return int(max(found["rows_per_cpu_s"])) * len(ROUTER.columns)


def _alternatives(port: int, objects: Objects, *, v3: bool) -> dict[str, Any]:
    asked = Asked("127.0.0.1", port, objects.columns, list(range(1, PORTS + 1)), v3)
    return {name: measure(name, asked) for name in PEERS}


def _v2c(report: dict[str, Any]) -> None:
    with Devices(PORTS) as devices:
        everywhere = [address(number) for number in range(ROUTERS)]
        found = _agent(assigned(everywhere, devices.port, interval_s=1), 5, *ROUNDS)
        walk = _column_walk(devices)
        report["varbinds_per_cpu_second"] = _best(found)
        report["packets_ratio"] = round(found["requests"] / found["polls"] / walk, 3)
        report["v2c"] = found | {"requests_of_a_column_by_column_walk": walk}
        report["v2c_alternatives"] = _alternatives(devices.port, ROUTER, v3=False)


def _v3(report: dict[str, Any]) -> None:
    with _folder() as folder, Snmpd(folder, lines=snmpd_lines()) as snmpd:
        everywhere = [snmpd.host] * SNMPD_TIMES
        found = _agent(assigned(everywhere, snmpd.port, interval_s=1, objects=SNMPD, credential="v3"), 5, *ROUNDS)
        report["v3_varbinds_per_cpu_second"] = _best(found)
        report["v3"] = found
        report["v3_alternatives"] = _alternatives(snmpd.port, SNMPD, v3=True)


def _many(report: dict[str, Any]) -> None:
    with Devices(FEW_PORTS) as devices:
        everywhere = [address(number) for number in range(MANY)]
        many = assigned(everywhere, devices.port, interval_s=INTERVAL_S)
        found = _agent(many, 2 * INTERVAL_S + 3, INTERVAL_S)
        report |= {"core_share": found["core"], "rss_mb": found["rss_mb"], "many": found}
        report["many_published"] = _program(many, 2 * INTERVAL_S + 5, INTERVAL_S)


def _dead(report: dict[str, Any]) -> None:
    with Devices(FEW_PORTS) as devices:
        mixed = [address(number, dead=number < DEAD_SHARE * SOME_DEAD) for number in range(SOME_DEAD)]
        found = _agent(assigned(mixed, devices.port, interval_s=INTERVAL_S, timeout_s=TIMEOUT_S), 20, INTERVAL_S)
        report |= {"on_time_share": found["on_time_share"], "some_dead": found}


def short_of_goal(report: dict[str, Any]) -> list[str]:
    """Return the figures that do not reach their goal, or are not there."""
    short = []
    for name, (relation, goal) in GOALS.items():
        value = report.get(name)
        if value is None or (value < goal if relation == ">=" else value > goal):
            short.append(f"{name} {relation} {goal}")
    return short


def main() -> None:
    """Measure, and print."""
    report: dict[str, Any] = {
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "method": " ".join((__doc__ or "").split()),
        "load_before": os.getloadavg(),
    }
    parts = {"v2c": _v2c, "v3": _v3, "many": _many, "dead": _dead}
    for name in sys.argv[1:] or parts:
        print(f"poll: {name} ...", file=sys.stderr)
        try:
            parts[name](report)
        except MissingServerError as error:
            report[f"{name}_lacks"] = str(error)
    report |= {"load_after": os.getloadavg(), "short_of_goal": short_of_goal(report)}
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
