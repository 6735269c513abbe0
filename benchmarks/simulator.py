"""What the simulator costs. `python -m benchmarks simulator` prints JSON.

CPU seconds are those of the devices' process, user and system. What is asked are the very requests of our agent's
second poll of each device of a sample with 300 sites, with the shipped profiles, over and over, from one socket with 64
requests under way; `small` is a GET of sysUpTime at each of them. A year is the
model alone, without SNMP.
"""

import asyncio
import datetime as dt
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr
from servers.ports import free_port

from agents.config import Credential, CredentialSecrets
from agents.credentials import security
from agents.host_clock import HostClock
from agents.poller import poll, target
from agents.snmp.transport import Transport
from benchmarks.simulator_devices import province
from benchmarks.simulator_flood import flood
from benchmarks.simulator_peers import names_of
from benchmarks.simulator_peers import rates as peers
from contract.inventory import Device
from contract.messages import AssignedDevice
from contract.profiles import parse_profiles
from contract.secret import SecretSource
from simulator.model.year import simulate
from simulator.sample import credentials as said
from simulator.sample.province import sample
from simulator.snmp import ber

SITES, MANY = 300, (4_000, 10_000)  # of the second: sites, and the devices of them that are taken
ROUND_S, ROUNDS = 3.0, 5
AT_ONCE = 50  # polls
GOALS = {"responses_per_cpu_second": (">=", 20_000), "devices_10000_rss_mb": ("<=", 400), "year_cpu_s": ("<=", 60)}
_START, _YEAR_S = 1_760_918_400.0, 365 * 24 * 3600.0  # 2025-10-20
PROFILES = Path(__file__).resolve().parents[1] / "config" / "profiles"
Requests = Sequence[tuple[str, bytes]]


class Devices:
    """The process of the devices, for a `with`."""

    def __init__(self, sites: int, devices: int, version: str) -> None:
        self.port = free_port(socket.SOCK_DGRAM)
        self.version, self.inventory = version, province(sites, devices, version, self.port)
        arguments = [str(one) for one in (sites, devices, version, self.port)]
        command = [sys.executable, "-m", "benchmarks.simulator_devices", *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._line()

    def tell(self, command: str) -> Any:
        """Return what it says to that."""
        assert self._process.stdin
        print(command, file=self._process.stdin, flush=True)
        return json.loads(self._line())

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()


async def _poll_all(devices: Devices, *, twice: bool) -> None:
    """Let our agent poll every device; twice: then the process has kept the requests of the second polls."""
    unused = SecretSource(env="UNUSED")
    credential = Credential(version="v2c", community=unused)
    secrets = CredentialSecrets(community=SecretStr(said.COMMUNITY))
    if devices.version == "v3":
        user = {"user": said.USER, "auth": "sha256", "privacy": "aes128"}
        passwords = {"auth_password": unused, "privacy_password": unused}
        credential = Credential.model_validate({"version": "v3", **user, **passwords})
        secrets = CredentialSecrets(
            auth_password=SecretStr(said.AUTH_PASSWORD), privacy_password=SecretStr(said.PRIV_PASSWORD)
        )
    profiles = parse_profiles({path.stem: path.read_text(encoding="utf-8") for path in PROFILES.glob("*.yaml")})
    transport, limit = Transport(), asyncio.Semaphore(AT_ONCE)

    async def ask(entry: Device, clock: HostClock) -> None:
        async with limit:
            polled = targets.get(entry.id)
            if polled is None:
                asked = security(credential, secrets, entry.id)
                said_of_it = entry.model_dump(include=known) | {"timeout_s": 5.0}
                polled = targets[entry.id] = target(AssignedDevice(**said_of_it), profiles, "1-bench", transport, asked)
            batch = await poll(polled, clock)
            if batch.poll is None or batch.poll.outcome != "ok":
                raise ValueError(f"{entry.id}: {batch.poll}")

    known = {field.name for field in fields(AssignedDevice)}
    targets: dict[str, Any] = {}
    for _ in range(1 + twice):
        devices.tell("record")
        async with asyncio.TaskGroup() as group:
            for entry in devices.inventory.devices:
                group.create_task(ask(entry, HostClock()))
    transport.close()


def _rates(devices: Devices, requests: Requests) -> list[int]:
    """Return responses per CPU-second of each round."""
    whole = [(address, devices.port, data) for address, data in requests]
    rates = []
    for _ in range(ROUNDS):
        before = devices.tell("numbers")
        answered = flood(whole, ROUND_S)
        rates.append(int(answered / (devices.tell("numbers")["cpu_s"] - before["cpu_s"])))
    return rates


def _asked(requests: Requests) -> dict[str, float]:
    """Return what a request is."""
    counts = [len(names_of(data)) for _, data in requests]
    return {"requests": len(requests), "varbinds": round(sum(counts) / len(counts), 1), "most_varbinds": max(counts)}


def _version(report: dict[str, Any], version: str) -> None:
    with Devices(SITES, 100_000, version) as devices:
        asyncio.run(_poll_all(devices, twice=True))
        requests = [(address, bytes.fromhex(data)) for address, data in devices.tell("replay")]
        rates = _rates(devices, requests)
        found = report[version] = {"rounds": rates, "devices": len(devices.inventory.devices)}
        report["responses_per_cpu_second" if version == "v2c" else "v3_responses_per_cpu_second"] = max(rates)
        if version == "v2c":
            found["asked"] = _asked(requests)
            uptime = ber.varbind((1, 3, 6, 1, 2, 1, 1, 3, 0), b"\x05\x00")
            head = ber.integer(ber.V2C) + ber.tlv(ber.OCTET_STRING, said.COMMUNITY.encode())
            small = ber.tlv(ber.SEQUENCE, head + ber.response(ber.integer(1), 0, 0, uptime, ber.GET))
            found["small_rounds"] = _rates(devices, [(one.address, small) for one in devices.inventory.devices])
            address, largest = max(requests, key=lambda one: len(one[1]))
            found["largest_rounds"] = _rates(devices, [(address, largest)])
            report["alternatives_of_the_largest"] = peers(largest)


def _many(report: dict[str, Any]) -> None:
    with Devices(*MANY, "v2c") as devices:
        before = devices.tell("numbers")["rss_mb"]
        asyncio.run(_poll_all(devices, twice=False))
        devices.tell("replay")
        report["many"] = {"devices": len(devices.inventory.devices), "rss_mb_before_they_were_asked": before}
        report["devices_10000_rss_mb"] = devices.tell("numbers")["rss_mb"]


def _year(report: dict[str, Any]) -> None:
    inventory, began = sample(SITES, 1), time.process_time()
    report["year_changes"] = sum(1 for _ in simulate(inventory, 1, _START, _YEAR_S))
    report["year_cpu_s"] = round(time.process_time() - began, 2)


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
    parts = {
        "v2c": partial(_version, report, "v2c"),
        "v3": partial(_version, report, "v3"),
        "many": partial(_many, report),
        "year": partial(_year, report),
    }
    for name in sys.argv[1:] or parts:
        print(f"simulator: {name} ...", file=sys.stderr)
        parts[name]()
    report |= {"load_after": os.getloadavg(), "short_of_goal": short_of_goal(report)}
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
