"""The simulated province over time: its routers answer, its sensors speak, and its faults come to pass."""

import asyncio
import heapq
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf

from pydantic import SecretStr

from contract.broker import BrokerConfig
from contract.inventory import Inventory
from simulator.model.faults import Fault, schedule, targets
from simulator.model.power import AUTONOMY_S
from simulator.model.story import story
from simulator.model.world import Change, World
from simulator.routers import build
from simulator.sample.credentials import COMMUNITY
from simulator.sensors import CLOSE_S, Sensors, connect
from simulator.snmp.server import Address, Network, Server
from simulator.snmp.week import TICKS

PORTS = 8  # of each device


@dataclass(frozen=True, slots=True)
class Sky:
    """What befalls the province. `quiet`: nothing. `story`: the faults of `story.py` beside those of chance.
    `autonomy_s`: how long a full battery lasts; `pace`: see `story`."""

    quiet: bool = False
    story: bool = True
    autonomy_s: float = AUTONOMY_S
    pace: float = 1.0


async def run(
    inventory: Inventory,
    stop: asyncio.Event,
    *,
    seed: int = 0,
    sky: Sky | None = None,
    ports: int = PORTS,
    community: str = COMMUNITY,
    network: Network | None = None,
    broker: BrokerConfig | None = None,
    password: SecretStr | None = None,
    on_ready: Callable[[list[Address]], None] | None = None,
    on_change: Callable[[Change], None] | None = None,
) -> None:
    """Answer for all devices, each at the address and port of the inventory, until `stop` is set; with `broker` its
    sensors speak as well.

    `ports`: interfaces of each device. `on_ready` gets the addresses when all listen; `on_change` each change of state
    as it comes to pass.

    Raises:
        ListenError: a device cannot listen.
    """
    sky = sky or Sky()
    offset = time.time() - time.monotonic()  # a step of the host's clock must not turn counters back

    def now() -> float:
        return time.monotonic() + offset

    start = now()
    devices = build(inventory, int(start * TICKS), seed=seed, ports=ports, community=community)
    server = Server(now, network)
    addresses = server.start((devices[entry.id], (entry.address, entry.port)) for entry in inventory.devices)
    faults = _faults(inventory, sky, seed, ports, sensors=broker is not None)
    world = World(inventory, devices, faults, start, seed=seed, autonomy_s=sky.autonomy_s)
    connection = connect(broker, password) if broker else None
    sensors = Sensors(inventory, world, connection, seed=seed) if connection else None

    def tell(change: Change) -> None:
        if sensors and change.state == "garbled":
            sensors.garble(change.element, now())
        if on_change:
            on_change(change)

    try:
        if on_ready:
            on_ready(addresses)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_live(world, now, tell))]
            if sensors:
                tasks.append(group.create_task(sensors.run(now)))
            await stop.wait()
            for task in tasks:
                task.cancel()
    finally:
        server.close()
        if connection:
            await asyncio.to_thread(connection.stop, timeout_s=CLOSE_S)


def _faults(inventory: Inventory, sky: Sky, seed: int, ports: int, *, sensors: bool) -> Iterable[Fault]:
    """Return the faults in the order of their start; no message is spoilt where no sensor speaks."""
    if sky.quiet:
        return ()
    told = story(inventory, seed, autonomy_s=sky.autonomy_s, pace=sky.pace) if sky.story else None
    chance = schedule(seed, targets(inventory, ports), ports, told.busy if told else None)
    faults = heapq.merge(told.faults if told else (), chance, key=lambda fault: fault.at_s)
    return (fault for fault in faults if sensors or fault.kind != "garbled")


async def _live(world: World, now: Callable[[], float], tell: Callable[[Change], None]) -> None:
    while (at := world.next_at) < inf:
        await asyncio.sleep(max(0.0, at - now()))
        for change in world.advance(now()):
            tell(change)
