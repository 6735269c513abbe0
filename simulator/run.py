"""The simulated province over time: its devices answer, its sensors speak, and its faults come to pass."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path

from pydantic import SecretStr

from contract.broker import BrokerConfig
from contract.control import Control
from contract.inventory import Inventory
from simulator.clock import START, Clock
from simulator.control import Commands
from simulator.model.faults import Fault
from simulator.model.story import story
from simulator.model.world import Change, World
from simulator.sample.credentials import AUTH_PASSWORD, COMMUNITY, CREDENTIAL_V3, PRIV_PASSWORD, USER
from simulator.sensors import CLOSE_S, Sensors, connect
from simulator.snmp.credential import Community, Credential, User
from simulator.snmp.kinds import build
from simulator.snmp.scene import Battery, Scene
from simulator.snmp.server import Address, Network, Server
from simulator.snmp.week import TICKS, Week


@dataclass(frozen=True, slots=True)
class Sky:
    """What befalls the province. `quiet`: nothing. `story`: the faults of `story.py` beside those of chance, which are
    `hurry` times as frequent as they are in life."""

    quiet: bool = False
    story: bool = True
    hurry: float = 1.0


async def run(
    inventory: Inventory,
    stop: asyncio.Event,
    *,
    seed: int = 0,
    sky: Sky | None = None,
    start: float = START,
    speed: float = 1.0,
    community: str = COMMUNITY,
    network: Network | None = None,
    broker: BrokerConfig | None = None,
    password: SecretStr | None = None,
    control: Path | None = None,
    on_ready: Callable[[list[Address], Clock], None] | None = None,
    on_change: Callable[[Change], None] | None = None,
) -> None:
    """Answer for all devices, each at the address and port of the inventory, until `stop` is set; with `broker` its
    sensors speak as well.

    `on_ready` gets the addresses when all listen; `on_change` each change of state as it comes to pass.

    Raises:
        ListenError: a device cannot listen.
    """
    offset = time.time() - time.monotonic()  # a step of the host's clock must not turn counters back

    def now() -> float:
        return time.monotonic() + offset

    clock = Clock(now(), start, speed)
    week = Week(int(clock.began_wall * TICKS), start, speed)
    devs: dict = {}
    world = None
    scene = Scene(week, lambda s, t: world.read(s, t), lambda s, t: Battery(0.0, 4 * 3600.0, 0), lambda l, t: -12.0)
    equipment = build(inventory, scene, seed=seed, credentials=_credentials(inventory, community))
    world = World(inventory, equipment.devices, _faults(inventory, sky or Sky(), seed), start, seed=seed)
    server = Server(now, network)
    addresses = server.start((equipment.devices[entry.id], (entry.address, entry.port)) for entry in inventory.devices)
    connection = connect(broker, password) if broker else None
    sensors = Sensors(inventory, world, connection, clock, seed=seed) if connection else None

    def tell(change: Change) -> None:
        if on_change:
            on_change(change)

    listening = Control(control, Commands(clock, now).by_name()) if control else None
    try:
        if on_ready:
            on_ready(addresses, clock)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_live(world, now, clock, tell))]
            if sensors:
                tasks.append(group.create_task(sensors.run(now)))
            await stop.wait()
            for task in tasks:
                task.cancel()
    finally:
        server.close()
        if listening:
            await asyncio.to_thread(listening.close)
        if connection:
            await asyncio.to_thread(connection.stop, timeout_s=CLOSE_S)


def _credentials(inventory: Inventory, community: str) -> Mapping[str, Credential]:
    """Return what opens the devices: the sample's own credentials, and for any other name the community."""
    known: dict[str, Credential] = dict.fromkeys(inventory.credentials, Community(community.encode()))
    return known | {CREDENTIAL_V3: User(USER, "sha256", AUTH_PASSWORD, "aes128", PRIV_PASSWORD)}


def _faults(inventory: Inventory, sky: Sky, seed: int) -> Iterable[Fault]:
    if sky.quiet:
        return ()
    told = story(inventory, seed, autonomy_s=3600, pace=60) if sky.story else None
    return told.faults if told else ()


async def _live(world: World, now: Callable[[], float], clock: Clock, tell: Callable[[Change], None]) -> None:
    while (at := world.next_at) < inf:
        await asyncio.sleep(max(0.0, clock.wall(at) - now()))
        for change in world.advance(clock.simulated(now())):
            tell(change)
