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
from simulator.model.chance import chance
from simulator.model.change import Change
from simulator.model.faults import Fault
from simulator.model.rates import Rates
from simulator.model.story import story
from simulator.model.world import World
from simulator.routers import build
from simulator.sample.credentials import COMMUNITY
from simulator.sensors import CLOSE_S, Sensors, connect
from simulator.snmp.server import Address, Network, Server
from simulator.snmp.week import TICKS

PORTS = 8  # of each device
AUTONOMY_S = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class Sky:
    """What befalls the province. `quiet`: nothing. `story`: the faults of `story.py` beside those of chance.
    `autonomy_s`: how long a full battery lasts; `pace`: see `story`."""

    quiet: bool = False
    story: bool = True
    autonomy_s: float = AUTONOMY_S
    pace: float = 1.0
    hurry: float = 1.0


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
    world = World(inventory, _faults(inventory, sky, seed, start), start, seed=seed, autonomy_s=_lasts(inventory, sky))
    connection = connect(broker, password) if broker else None
    sensors = Sensors(inventory, world, connection, seed=seed) if connection else None

    def tell(change: Change) -> None:
        ticks = int(change.time * TICKS)
        if change.state == "started":
            devices[change.element].reboot(ticks)
        for name in devices.keys() & {*change.down, *change.up}:
            devices[name].reach(up=name in change.up)
        if change.state in ("port_down", "port_up") and change.number:
            port = int(change.number) % (ports + 1)
            devices[change.element].link(port, ticks, up=change.state == "port_up")
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


def _faults(inventory: Inventory, sky: Sky, seed: int, start: float) -> Iterable[Fault]:
    """Return the faults in the order of their start."""
    if sky.quiet:
        return ()
    rates = Rates().times(sky.hurry)
    if not sky.story:
        return chance(inventory, seed, start, rates)
    told = story(inventory, seed, start, _lasts(inventory, sky), sky.pace)
    by_chance = filter(told.leaves, chance(inventory, seed, start, rates))
    return heapq.merge(told.faults, by_chance, key=lambda fault: fault.at_s)


def _lasts(inventory: Inventory, sky: Sky) -> dict[str, float]:
    return dict.fromkeys((site.id for site in inventory.sites), sky.autonomy_s)


async def _live(world: World, now: Callable[[], float], tell: Callable[[Change], None]) -> None:
    while (at := world.next_at) < inf:
        await asyncio.sleep(max(0.0, at - now()))
        for change in world.advance(now()):
            tell(change)
