"""The simulated province over time: its devices answer, its sensors speak, and its faults come to pass."""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import SecretStr

from contract.broker import BrokerConfig
from contract.control import Control
from contract.handlers import Message
from contract.inventory import Inventory
from simulator.clock import START, Clock
from simulator.control import Commands
from simulator.life import Life
from simulator.model.change import Change
from simulator.model.world import World
from simulator.play import Play
from simulator.pm.oss import PERIOD_S, Oss
from simulator.sample.credentials import AUTH_PASSWORD, COMMUNITY, CREDENTIAL_V3, PRIV_PASSWORD, USER
from simulator.sensors import CLOSE_S, Sensors, connect
from simulator.sky import Sky, faults
from simulator.snmp.credential import Community, Credential, User
from simulator.snmp.kinds import build
from simulator.snmp.scene import Scene
from simulator.snmp.server import Address, Network, Server
from simulator.snmp.week import TICKS, Week
from simulator.traps import Traps


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
    traps: Mapping[str, Address] | None = None,
    pm: Mapping[str, Path] | None = None,
    pm_period_s: float = PERIOD_S,
    control: Path | None = None,
    on_ready: Callable[[list[Address], Clock], None] | None = None,
    on_change: Callable[[Change], None] | None = None,
) -> None:
    """Answer for all devices, each at the address and port of the inventory, until `stop` is set; with `broker` its
    sensors speak as well, devices tell the agents of `traps` what happens to them, the folders of `pm` get files of
    their cells' counters, and with `control` it listens there for commands.

    The province begins at `start`, seconds since 1970, and its time goes `speed` times as fast. `on_ready` gets the
    addresses when all listen; `on_change` each change of state as it comes to pass.

    Raises:
        ListenError: a device cannot listen.
        OSError: the socket of `control` cannot be made.
    """
    offset = time.time() - time.monotonic()  # a step of the host's clock must not turn counters back

    def now() -> float:
        return time.monotonic() + offset

    clock = Clock(now(), start, speed)
    coming, lasts = faults(inventory, sky or Sky(), seed, start)
    world = World(inventory, coming, start, seed=seed, autonomy_s=lasts)
    week = Week(int(clock.began_wall * TICKS), start, speed)
    scene = Scene(week, world.read, world.celsius, world.battery, world.signal)
    equipment = build(inventory, scene, seed=seed, credentials=_credentials(inventory, community))
    loop = asyncio.get_running_loop()

    def ask(asked: Message) -> None:
        if sensors:
            loop.call_soon_threadsafe(sensors.asked, asked, now())

    connection = connect(broker, password, ask) if broker else None
    sensors = Sensors(inventory, world, connection, clock, seed=seed) if connection else None
    server = Server(now, network)
    told = Traps(inventory, world, equipment.devices, traps, server.tell, week.began) if traps else None
    play = Play(inventory, world, equipment, sensors, told)
    oss = Oss(inventory, world.heard, week, pm, period_s=pm_period_s, seed=seed) if pm else None

    def tell(change: Change) -> None:
        play.take(change, int(now() * TICKS))
        if oss:
            oss.take(change, now())
        if on_change:
            on_change(change)

    life = Life(world, clock, now, tell)
    listening: Control | None = None
    try:
        devices = ((equipment.devices[entry.id], (entry.address, entry.port)) for entry in inventory.devices)
        addresses = server.start(devices)
        listening = Control(control, Commands(inventory, life).by_name()) if control else None
        if on_ready:
            on_ready(addresses, clock)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(life.run())]
            if sensors:
                tasks.append(group.create_task(sensors.run(now)))
            if oss:
                tasks.append(group.create_task(oss.run(now)))
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
    """Return what opens the devices: the sample's user of version 3, and by any other name the community."""
    known: dict[str, Credential] = dict.fromkeys(inventory.credentials, Community(community.encode()))
    return known | {CREDENTIAL_V3: User(USER, "sha256", AUTH_PASSWORD, "aes128", PRIV_PASSWORD)}
