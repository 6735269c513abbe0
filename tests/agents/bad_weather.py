"""Polls through a network that loses, delays, reorders and repeats, of a device whose every counter grows by a known
number each hundredth of a second: so any pairing of wrong values, or of values and times, gives a wrong rate.

`python -m agents.bad_weather SECONDS [NETEM ...]` does so in the network namespace that it is started in, whose
loopback it makes what tc-netem(8) is told, and prints one JSON object.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from typing import Any

from agents.polling import assigned, assignment, now
from pydantic import SecretStr
from servers.udp_relay import UdpRelay, Weather

from agents.config import Credential, CredentialSecrets
from agents.host_clock import HostClock
from agents.pollers import Pollers
from agents.snmp.transport import Transport
from contract.batch import Batch
from contract.secret import SecretSource
from simulator.snmp.device import Device
from simulator.snmp.interfaces import IF_X_ENTRY, NUMBERS
from simulator.snmp.plain import plain_router
from simulator.snmp.ports import Port
from simulator.snmp.server import Server
from simulator.snmp.week import TICKS

PORTS = 3
CLOCK_MS = 20  # two steps of sysUpTime
RATES = {"in_bps": 6, "in_pps": 7, "out_bps": 10, "out_pps": 11}  # columns of ifXTable
STATES = {"admin_status": 1, "oper_status": 1, "speed_bps": 1e9}


def per_tick(row: int, column: int) -> int:
    """By how much a counter grows in a hundredth of a second."""
    return row * 100 + column


def truth(row: int, field: str) -> float:
    """Return what a field of a port is, at any time."""
    if field in STATES:
        return float(STATES[field])
    return per_tick(row, RATES[field]) * TICKS * (8 if field.endswith("bps") else 1)


def _grown(port: Port, row: int, ticks: int) -> list[int]:
    numbers = list(port.read(ticks))
    for column in RATES.values():
        numbers[NUMBERS[*IF_X_ENTRY, column][1]] = ticks * per_tick(row, column)
    return numbers


def steady_device() -> Device:
    """Return a router of which all counters that become rates grow steadily."""
    device = plain_router("rt-nam-can-01", "Năm Căn", ports=PORTS, seed=1, began=now())
    uptime, *_ = device.mib.readers
    device.mib.readers = [uptime, *(partial(_grown, port, row) for row, port in enumerate(device._ports, 1))]
    return device


async def polls(seconds: float, weather: Weather | None, **changes: Any) -> list[Batch]:
    """Poll for so long, through a relay with that weather, and return all readings."""
    server = Server(time.time)
    (address,) = server.start([(steady_device(), ("127.0.0.1", 0))])
    relay = UdpRelay(address, weather) if weather else None
    made: list[Batch] = []
    transport = Transport()
    credentials = {"sample": Credential(version="v2c", community=SecretSource(env="UNUSED"))}
    held = {"sample": CredentialSecrets(community=SecretStr("public"))}
    pollers = Pollers(credentials, held, transport, made.append, HostClock())
    try:
        known = assigned(relay.start() if relay else address, profiles=["if-mib"], **changes)
        assert pollers.apply(assignment(1, known))
        polling = asyncio.create_task(pollers.run())
        await asyncio.sleep(seconds)
        polling.cancel()
        pollers.stop()
    finally:
        transport.close()
        server.close()
        if relay:
            relay.close()
    return made


def wrong(batches: list[Batch]) -> list[str]:
    """Return every value that is not the truth, and every outcome that is not honest. A rate may be off by the time
    that its two polls took, as a share of the time between: what is asked for later is over the first one's clock."""
    found: list[str] = []
    last_time = last_took = 0
    for batch in batches:
        assert batch.poll
        rows = [(table, row) for table in batch.tables if table.measurement == "interface" for row in table.rows]
        slack = 1e-6 + (batch.poll.took_ms + last_took + CLOCK_MS) / max(1, batch.time - last_time)
        for table, row in rows:
            port = int(str(row[0]).rpartition("/")[2])
            for field, value in zip(table.fields, row[len(table.tags) :], strict=True):
                if value is not None and (field in RATES or field in STATES):
                    off = abs(float(value) / truth(port, field) - 1)
                    if off > (slack if field in RATES else 0):
                        found.append(f"{field} of port {port} is {value}, not {truth(port, field)}")
        names = {str(row[0]) for _, row in rows}
        outcome = batch.poll.outcome
        if (outcome == "ok" and len(names) < PORTS) or (outcome == "timeout" and names) or len(names) < len(rows):
            found.append(f"{outcome} with {len(rows)} rows of {len(names)} ports")
        if rows:
            last_time, last_took = batch.time, batch.poll.took_ms
    return found


def summary(batches: list[Batch]) -> dict[str, Any]:
    """Return what came of it, in numbers."""
    rates = sum(
        value is not None
        for batch in batches
        for table in batch.tables
        for at, field in enumerate(table.fields)
        if field in RATES
        for value in (row[len(table.tags) + at] for row in table.rows)
    )
    outcomes = Counter(batch.poll.outcome for batch in batches if batch.poll)
    return {"outcomes": dict(outcomes), "rates": rates, "wrong": wrong(batches)}


def main() -> None:
    """Make the weather, poll, and print."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    if netem := sys.argv[2:]:
        subprocess.run(["tc", "qdisc", "add", "dev", "lo", "root", "netem", *netem], check=True)
    made = asyncio.run(polls(float(sys.argv[1]), None, interval_s=3.0, timeout_s=0.8, retries=2))
    print(json.dumps(summary(made)))


if __name__ == "__main__":
    main()
