"""What the benchmarks of polling hand to an agent: its file, its assignment, and what is asked of each port."""

import os
from collections.abc import Iterable
from pathlib import Path

import yaml

from contract.messages import AssignedDevice, Assignment

IF_TABLE, IF_X_TABLE = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
NAME, DISCONTINUITY = f"{IF_X_TABLE}.1", f"{IF_X_TABLE}.19"
LAST_CHANGE = "1.3.6.1.2.1.31.1.5"
STATES = {
    "admin_status": f"{IF_TABLE}.7",
    "oper_status": f"{IF_TABLE}.8",
    "last_change": f"{IF_TABLE}.9",
    "speed_mbps": f"{IF_X_TABLE}.15",
}
COUNTERS = {
    "in_bps": f"{IF_X_TABLE}.6",
    "out_bps": f"{IF_X_TABLE}.10",
    "in_pps": f"{IF_X_TABLE}.7",
    "out_pps": f"{IF_X_TABLE}.11",
    "in_errors": f"{IF_TABLE}.14",
    "out_errors": f"{IF_TABLE}.20",
}
COLUMNS = [*STATES.values(), *COUNTERS.values()]
PROFILE = yaml.safe_dump(
    {
        "en": "ten values a port",
        "vi": "-",
        "tables": [
            {
                "measurement": "interface",
                "tags": {"if_name": {"oid": NAME}},
                "changed": [LAST_CHANGE],
                "columns": {name: {"oid": oid} for name, oid in STATES.items()}
                | {name: {"oid": oid, "rate": 64} for name, oid in COUNTERS.items()},
            }
        ],
    }
)


def assigned(
    addresses: Iterable[str], port: int, *, interval_s: float, timeout_s: float = 2.0, credential: str = "v2c"
) -> Assignment:
    """Return an assignment of devices that are asked for ten values a port."""
    devices = [
        AssignedDevice(
            id=f"rt-{number:05}",
            address=address,
            port=port,
            credential=credential,
            profiles=["ports"],
            interval_s=interval_s,
            timeout_s=timeout_s,
            retries=2,
        )
        for number, address in enumerate(addresses)
    ]
    return Assignment(version=1, id="1-bench", devices=devices, profiles={"ports": PROFILE})


def write(folder: Path, assignment: Assignment, *, broker_port: int = 1) -> tuple[Path, Path]:
    """Write an agent's file and its assignment; return both paths."""
    community = folder / "community"
    community.write_text("public", encoding="utf-8")
    community.chmod(0o600)
    agent = {
        "id": "bench",
        "broker": {"host": "127.0.0.1", "port": broker_port},
        "data": "data",
        "credentials": {"v2c": {"community": {"file": "community"}}},
    }
    paths = folder / "agent.yaml", folder / "assignment.json"
    paths[0].write_text(yaml.safe_dump(agent), encoding="utf-8")
    paths[1].write_bytes(assignment.to_json())
    return paths


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process, user and system, of all its threads (proc_pid_stat(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)
