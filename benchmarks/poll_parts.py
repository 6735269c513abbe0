"""What the benchmarks of polling hand to an agent: its file, its assignment, and what is asked of each port."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from contract.messages import AssignedDevice, Assignment

PORTS = 48
COMMUNITY = "public"
USER, AUTH, PRIVACY = "bench", "authentic-bench", "private-bench"  # of version 3


@dataclass(frozen=True)
class Objects:
    """What is asked of each port: its name once, four states and six counters in every poll. `changed` tells when names
    may be others."""

    name: str
    states: tuple[str, str, str, str]
    counters: tuple[str, str, str, str, str, str]
    changed: str

    @property
    def columns(self) -> list[str]:
        """The ten columns that every poll reads."""
        return [*self.states, *self.counters]

    def profile(self) -> str:
        """Return the text of a profile for them."""
        columns: dict[str, object] = {f"state_{n}": {"oid": oid} for n, oid in enumerate(self.states)}
        columns |= {f"rate_{n}": {"oid": oid, "rate": 64} for n, oid in enumerate(self.counters)}
        tags = {"if_name": {"oid": self.name}}
        table = {"measurement": "interface", "tags": tags, "changed": [self.changed], "columns": columns}
        return yaml.safe_dump({"en": "ten values a port", "vi": "-", "tables": [table]})


IF, IF_X = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
ROUTER = Objects(
    f"{IF_X}.1",
    (f"{IF}.7", f"{IF}.8", f"{IF}.9", f"{IF_X}.15"),  # ifAdminStatus, OperStatus, LastChange, HighSpeed
    (f"{IF_X}.6", f"{IF_X}.7", f"{IF_X}.10", f"{IF_X}.11", f"{IF}.14", f"{IF}.20"),  # octets, packets, errors
    "1.3.6.1.2.1.31.1.5",  # ifTableLastChange
)
ENTRY = "1.3.6.1.4.1.32473.48.1"  # below the enterprise of examples (RFC 5612)
SNMPD = Objects(
    f"{ENTRY}.1",
    (f"{ENTRY}.2", f"{ENTRY}.3", f"{ENTRY}.4", f"{ENTRY}.5"),
    (f"{ENTRY}.6", f"{ENTRY}.7", f"{ENTRY}.8", f"{ENTRY}.9", f"{ENTRY}.10", f"{ENTRY}.11"),
    "1.3.6.1.4.1.32473.47",
)


DEVICE = "rt-"


def device_id(number: int) -> str:
    """Return the id of a device by its number."""
    return f"{DEVICE}{number:05}"


def snmpd_lines() -> list[str]:
    """Return what makes net-snmp's snmpd a device with `SNMPD` that answers the user."""
    values = [(oid, f"integer {1_000 * place}") for place, oid in enumerate(SNMPD.states)]
    values += [(oid, f"counter {2**31 - place}") for place, oid in enumerate(SNMPD.counters)]
    lines = [f"override {oid}.{row} {value}" for oid, value in values for row in range(1, PORTS + 1)]
    lines += [f"override {SNMPD.name}.{row} octet_str GE0/0/{row}" for row in range(1, PORTS + 1)]
    return [*lines, f'createUser {USER} SHA-256 "{AUTH}" AES "{PRIVACY}"', f"rouser {USER} priv"]


def assigned(
    addresses: Iterable[str],
    port: int,
    *,
    interval_s: float,
    timeout_s: float = 2.0,
    objects: Objects = ROUTER,
    credential: str = "v2c",
) -> Assignment:
    """Return an assignment of devices that are asked for ten values a port."""
    devices = [
        AssignedDevice(
            id=device_id(number),
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
    return Assignment(version=1, id="1-bench", devices=devices, profiles={"ports": objects.profile()})


def write(folder: Path, assignment: Assignment, *, broker_port: int = 1) -> tuple[Path, Path]:
    """Write an agent's file and its assignment; return both paths."""
    for name, secret in (("community", COMMUNITY), ("auth", AUTH), ("privacy", PRIVACY)):
        path = folder / name
        path.write_text(secret, encoding="utf-8")
        path.chmod(0o600)
    user = {"user": USER, "auth": "sha256", "auth_password": {"file": "auth"}}
    user |= {"privacy": "aes128", "privacy_password": {"file": "privacy"}}
    agent = {
        "id": "bench",
        "broker": {"host": "127.0.0.1", "port": broker_port},
        "data": "data",
        "credentials": {"v2c": {"community": {"file": "community"}}, "v3": {"version": "v3", **user}},
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
