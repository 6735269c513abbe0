"""Simulated devices on loopback for the tests of the poller."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from contract.messages import AssignedDevice, Assignment
from simulator.snmp.credential import Community
from simulator.snmp.device import Device
from simulator.snmp.plain import plain_router
from simulator.snmp.server import Address, Network, Server
from simulator.snmp.week import TICKS

PROFILES = {
    path.stem: path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "config/profiles").glob("*")
}
PORTS = 3


def now() -> int:
    """Ticks of the simulated devices."""
    return int(time.time() * TICKS)


@contextmanager
def simulated(network: Network | None = None, *, community: str = "public") -> Iterator[tuple[Device, Address, Server]]:
    """A router that answers on loopback. Needs a running loop."""
    credential = Community(community.encode())
    device = plain_router("rt-nam-can-01", "Năm Căn", ports=PORTS, seed=1, began=now(), credential=credential)
    server = Server(time.time, network)
    try:
        (address,) = server.start([(device, ("127.0.0.1", 0))])
        yield device, address, server
    finally:
        server.close()


def assigned(address: Address, **changes: Any) -> AssignedDevice:
    """The device as an agent knows it: polled often, given up soon."""
    known = AssignedDevice(
        id="rt-nam-can-01",
        address=address[0],
        port=address[1],
        credential="sample",
        profiles=["system", "if-mib"],
        interval_s=0.5,
        timeout_s=0.15,
        retries=0,
    )
    return replace(known, **changes)


def assignment(version: int, *devices: AssignedDevice, **profiles: str) -> Assignment:
    """An assignment with the shipped profiles and more."""
    return Assignment(version=version, id=f"{version}-abcd", devices=list(devices), profiles=PROFILES | profiles)
