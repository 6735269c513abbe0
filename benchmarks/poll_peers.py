"""The alternatives of `poll`: pysnmp, gufo-snmp, net-snmp's commands and snmp_exporter ask for the same values.

`python -m benchmarks.poll_peers NAME ASKED` prints one JSON object: varbinds per CPU-second by the way of asking. ASKED
is JSON, see `Asked`. Each only fetches; none works out rates or keeps anything, but snmp_exporter, which renders its
page. CPU seconds are those of the process; of net-snmp's commands with what starting them costs, as in scripts.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gufo.snmp import Aes128Key, Sha256Key, User
from gufo.snmp.sync import SnmpSession
from pysnmp.hlapi.v3arch import asyncio as pysnmp  # type: ignore[import-untyped]
from servers.find import find

from benchmarks.poll_exporter import Exporter
from benchmarks.poll_parts import AUTH, COMMUNITY, PRIVACY, USER

ROUND_CPU_S, ROUND_WALL_S = 1.0, 5.0


@dataclass(frozen=True)
class Asked:
    """A device and what of it: `columns` in all `rows` (the indices). With `v3`: USER, SHA-256, AES-128."""

    host: str
    port: int
    columns: list[str]
    rows: list[int]
    v3: bool = False

    @property
    def values(self) -> int:
        """How many there are in one poll."""
        return len(self.columns) * len(self.rows)

    def gets(self) -> list[list[str]]:
        """Return the instances, a column for each request."""
        return [[f"{column}.{row}" for row in self.rows] for column in self.columns]


def measure(name: str, asked: Asked) -> dict[str, Any]:
    """Return what an alternative does, measured in a process of its own; or why it cannot."""
    command = [sys.executable, "-m", "benchmarks.poll_peers", name, json.dumps(asdict(asked))]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        return {"error": (ended.stderr.strip().splitlines() or ["it ended without a word"])[-1][:300]}
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


class _Round:
    """Polls one after another for a second of CPU time, or a few by the wall clock."""

    def __init__(self, asked: Asked, clock: Callable[[], float]) -> None:
        self._values, self._clock = asked.values, clock
        self._polls = 0
        self._since, self._began = clock(), time.monotonic()

    def goes_on(self) -> bool:
        return self._clock() - self._since < ROUND_CPU_S and time.monotonic() - self._began < ROUND_WALL_S

    def count(self, values: int) -> None:
        """Note a poll. Raises ValueError when not all came."""
        if values != self._values:
            raise ValueError(f"{values} values came instead of {self._values}")
        self._polls += 1

    def rate(self) -> int:
        """Return varbinds per CPU-second."""
        return int(self._polls * self._values / (self._clock() - self._since))


def _rate(poll: Callable[[], int], asked: Asked, clock: Callable[[], float] = time.process_time) -> int:
    """`poll` returns how many values came."""
    poll()
    polls = _Round(asked, clock)
    while polls.goes_on():
        polls.count(poll())
    return polls.rate()


async def _async_rate(poll: Callable[[], Awaitable[int]], asked: Asked) -> int:
    await poll()
    polls = _Round(asked, time.process_time)
    while polls.goes_on():
        polls.count(await poll())
    return polls.rate()


async def _pysnmp(asked: Asked) -> dict[str, int]:
    security = pysnmp.CommunityData(COMMUNITY)
    if asked.v3:
        security = pysnmp.UsmUserData(USER, AUTH, PRIVACY, pysnmp.USM_AUTH_HMAC192_SHA256, pysnmp.USM_PRIV_CFB128_AES)
    target = await pysnmp.UdpTransportTarget.create((asked.host, asked.port))
    device = (pysnmp.SnmpEngine(), security, target, pysnmp.ContextData())
    requests = [[pysnmp.ObjectType(pysnmp.ObjectIdentity(one)) for one in names] for names in asked.gets()]
    columns = [pysnmp.ObjectType(pysnmp.ObjectIdentity(column)) for column in asked.columns]

    async def get() -> int:
        return sum([len((await pysnmp.get_cmd(*device, *names, lookupMib=False))[3]) for names in requests])

    async def bulk() -> int:
        answers = [await pysnmp.bulk_cmd(*device, 0, len(asked.rows), one, lookupMib=False) for one in columns]
        return sum(len(answer[3]) for answer in answers)

    return {"get": await _async_rate(get, asked), "getbulk": await _async_rate(bulk, asked)}


def _gufo(asked: Asked) -> dict[str, int]:
    user = User(USER, auth_key=Sha256Key(AUTH.encode()), priv_key=Aes128Key(PRIVACY.encode())) if asked.v3 else None
    requests = asked.gets()
    with SnmpSession(asked.host, port=asked.port, community=COMMUNITY, user=user) as session:

        def get() -> int:
            return sum(len(session.get_many(names)) for names in requests)

        def bulk() -> int:
            return sum(len(list(session.getbulk(column, len(asked.rows)))) for column in asked.columns)

        return {"get": _rate(get, asked), "getbulk": _rate(bulk, asked)}


def _net_snmp(asked: Asked) -> dict[str, int]:
    security = ["-v", "2c", "-c", COMMUNITY]
    if asked.v3:
        security = ["-v", "3", "-l", "authPriv", "-u", USER, "-a", "SHA-256", "-A", AUTH, "-x", "AES", "-X", PRIVACY]
    where = f"{asked.host}:{asked.port}"

    def run(tool: str, options: list[str], oids: list[str]) -> int:
        program = find(tool)
        command = [str(program.path), *options, *security, "-O", "nq", where, *oids]
        environment = {**os.environ, **program.environment, "MIBS": "", "SNMPCONFPATH": "/nonexistent"}
        return subprocess.run(command, env=environment, check=True, capture_output=True).stdout.count(b"\n")

    def get() -> int:
        return sum(run("snmpget", [], names) for names in asked.gets())

    def bulk() -> int:
        return sum(run("snmpbulkwalk", [f"-Cr{len(asked.rows)}"], [column]) for column in asked.columns)

    return {"snmpget": _rate(get, asked, _childrens_cpu_s), "snmpbulkwalk": _rate(bulk, asked, _childrens_cpu_s)}


def _childrens_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _snmp_exporter(asked: Asked) -> dict[str, int]:
    security: dict[str, object] = {"version": 2, "auth": {"community": COMMUNITY}}
    if asked.v3:
        keys = {"auth_protocol": "SHA256", "password": AUTH, "priv_protocol": "AES", "priv_password": PRIVACY}
        security = {"version": 3, "auth": {"username": USER, "security_level": "authPriv", **keys}}
    with tempfile.TemporaryDirectory() as folder, Exporter(Path(folder), asked.columns, security) as server:
        return {"scrape": _rate(lambda: server.scrape(asked.host, asked.port), asked, server.cpu_s)}


def _main(name: str, asked: Asked) -> dict[str, int]:
    match name:
        case "pysnmp":
            return asyncio.run(_pysnmp(asked))
        case "gufo_snmp":
            return _gufo(asked)
        case "net_snmp":
            return _net_snmp(asked)
    return _snmp_exporter(asked)


if __name__ == "__main__":
    print(json.dumps(_main(sys.argv[1], Asked(**json.loads(sys.argv[2])))))
