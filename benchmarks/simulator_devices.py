"""The simulated devices of `simulator`: one process that serves a sample of the province.

`python -m benchmarks.simulator_devices SITES DEVICES VERSION PORT` serves the first so many devices of a sample with so
many sites, all in version `v2c` or `v3`, each at its own address of 127.0.0.0/8. It prints a line when they listen, and
for each line on stdin one JSON object: CPU seconds, memory, and the datagrams that were answered. On `record` it begins
to keep what it is asked; on `replay` it says what that was, and serves anew without keeping anything. It ends with its
stdin.
"""

import asyncio
import json
import os
import sys
import time

from benchmarks.poll_parts import rss_mb
from contract.inventory import Inventory
from simulator.model.world import World
from simulator.sample import credentials as said
from simulator.sample.province import sample
from simulator.snmp.credential import Community, Credential, User
from simulator.snmp.device import Device
from simulator.snmp.kinds import Equipment, build
from simulator.snmp.scene import Scene
from simulator.snmp.server import Server
from simulator.snmp.week import TICKS, Week

CREDENTIALS: dict[str, Credential] = {
    said.CREDENTIAL: Community(said.COMMUNITY.encode()),
    said.CREDENTIAL_V3: User(said.USER, "sha256", said.AUTH_PASSWORD, "aes128", said.PRIV_PASSWORD),
}
NAMES = {"v2c": said.CREDENTIAL, "v3": said.CREDENTIAL_V3}


def province(sites: int, devices: int, version: str, port: int) -> Inventory:
    """Return the inventory, all in one version and on one port."""
    whole = sample(sites, 1)
    kept = [
        device.model_copy(update={"credential": NAMES[version], "port": port}) for device in whole.devices[:devices]
    ]
    there = {device.id for device in kept}
    links = [link for link in whole.links if there.issuperset(link.ends)]
    return whole.model_copy(update={"devices": kept, "links": links})


def equipment(inventory: Inventory) -> Equipment:
    """Return its devices, in a calm province."""
    began = time.time()
    world = World(inventory, (), began, seed=1)
    scene = Scene(Week(int(began * TICKS), began), world.read, world.celsius, world.battery, world.signal)
    return build(inventory, scene, seed=1, credentials=CREDENTIALS)


class Recorder:
    """A device that keeps what it is asked."""

    def __init__(self, device: Device, address: str, kept: list[tuple[str, str]]) -> None:
        self._device, self._address, self._kept = device, address, kept

    def answer(self, data: bytes, ticks: int) -> bytes | None:
        """Answer as the device does."""
        self._kept.append((self._address, data.hex()))
        return self._device.answer(data, ticks)


async def _serve(inventory: Inventory) -> None:
    made = equipment(inventory)
    kept: list[tuple[str, str]] = []
    server = Server(time.time)
    server.start(
        (Recorder(made.devices[one.id], one.address, kept), (one.address, one.port)) for one in inventory.devices
    )
    print("ready", flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while command := (await reader.readline()).strip():
        if command == b"record":
            kept.clear()
        if command == b"replay":
            print(json.dumps(kept), flush=True)
            kept.clear()
            server.close()
            server = Server(time.time)
            server.start((made.devices[one.id], (one.address, one.port)) for one in inventory.devices)
        else:
            found = {"cpu_s": time.process_time(), "rss_mb": rss_mb(os.getpid()), "answered": server.numbers.answered}
            print(json.dumps(found), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(province(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))))
