"""What simulated sensors say in each format is what an agent makes of it, with the mappings that are shipped."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agents.sensors.messages import assignment, sensor
from agents.sensors.test_hearing import Ear, ear
from agents.waiting import until
from servers.mosquitto import Mosquitto

from agents.sensors.plan import plan
from contract.broker import BrokerConfig
from contract.handlers import Message
from contract.inventory import Device, Inventory, Sensor, Site
from simulator.clock import Clock
from simulator.model.faults import Fault, Kind
from simulator.model.world import World
from simulator.sensors import CLOSE_S, Sensors, connect

SITE = Site(id="tram-1", name="Trạm 1", area="a", generator=True)
FORMATS = ("site-power", "site-cabinet", "site-line", "site-sparkplug")
SPEAKERS = [
    Sensor(id=f"s-{name}", site=SITE.id, agent="mangrove", mapping=name, interval_s=0.2, key=name) for name in FORMATS
]
ROUTER = Device(id="rt-1", site=SITE.id, agent="a", address="127.0.0.1", credential="c", role="router")
INVENTORY = Inventory(sites=[SITE], devices=[ROUTER], sensors=SPEAKERS)
START = time.time()
POWER = ("s-site-power", "s-site-line", "s-site-sparkplug")
PLAN = plan(assignment(1, *(sensor(one.id, one.mapping, one.name) for one in SPEAKERS)))
EXPECTED = {
    "mains": {"present", "volts"},
    "rectifier": {"status", "volts", "amperes"},
    "battery": {"volts", "amperes", "celsius", "charge_pct", "health_pct"},
    "generator": {"status", "fuel_pct", "run_hours"},
    "cabinet": {"celsius", "humidity_pct", "door", "smoke", "water"},
    "tower": {"light"},
}
Values = dict[str, dict[str, float | int | str]]


def newest(heard: Ear) -> dict[str, Values]:
    """By sensor and measurement, each field as it was said last."""
    out: dict[str, Values] = defaultdict(lambda: defaultdict(dict))
    for batch in heard.batches:
        for table in batch.tables:
            for row in table.rows:
                said = {name: value for name, value in zip(table.fields, row, strict=True) if value is not None}
                out[batch.device][table.measurement] |= said
    return out


def is_whole(found: dict[str, Values]) -> bool:
    """Whether all that a site says was heard in each format."""
    both = found["s-site-power"] | found["s-site-cabinet"]
    every = (both, found["s-site-line"], found["s-site-sparkplug"])
    return all({name: set(fields) for name, fields in one.items()} == EXPECTED for one in every)


@asynccontextmanager
async def speaking(broker: Mosquitto) -> AsyncIterator[tuple[World, Sensors]]:
    """Simulated sensors on a broker, which answer requests for births."""
    loop = asyncio.get_running_loop()
    world = World(INVENTORY, (), START, seed=1)

    def ask(asked: Message) -> None:
        loop.call_soon_threadsafe(sensors.asked, asked, time.time())

    connection = connect(BrokerConfig(host=broker.host, port=broker.port), None, ask)
    sensors = Sensors(INVENTORY, world, connection, Clock(START, START), seed=1)
    running = asyncio.create_task(sensors.run(time.time))
    try:
        yield world, sensors
    finally:
        running.cancel()
        await asyncio.to_thread(connection.stop, timeout_s=CLOSE_S)


def strike(world: World, sensors: Sensors, element: str, kind: Kind) -> None:
    """Let a fault begin now."""
    for change in world.begin(Fault(time.time() - START, 3600, element, kind, "command")):
        sensors.take(change)


async def test_each_format_tells_the_same_of_a_site_and_a_node_waits_for_its_host(mosquitto: Mosquitto) -> None:
    async with speaking(mosquitto) as (world, sensors):
        await until(lambda: sensors.numbers.sent > len(SPEAKERS))
        async with ear(mosquitto, PLAN) as heard:
            await until(lambda: is_whole(newest(heard)))
            assert not [batch.refused for batch in heard.batches if batch.refused]  # the node had waited for us
            strike(world, sensors, SITE.id, "mains")
            await until(lambda: all(newest(heard)[name]["mains"]["present"] == 0 for name in POWER))
            found = newest(heard)
    assert len({round(float(found[name]["battery"]["health_pct"]), 1) for name in POWER}) == 1
    assert {found[name]["generator"]["status"] for name in POWER} <= {0, 1}


async def test_a_node_that_is_cut_off_is_dead_and_is_born_when_it_is_reached_again(mosquitto: Mosquitto) -> None:
    def lives(heard: Ear) -> list[str]:
        return [batch.poll.outcome for batch in heard.batches if batch.device == "s-site-sparkplug" and batch.poll]

    async with speaking(mosquitto) as (world, sensors), ear(mosquitto, PLAN) as heard:
        await until(lambda: is_whole(newest(heard)))
        strike(world, sensors, ROUTER.id, "silent")
        await until(lambda: lives(heard)[-1] == "unreachable")
        for change in world.mend(ROUTER.id, "silent", time.time()):
            sensors.take(change)
        await until(lambda: lives(heard)[-1] == "ok")


async def test_a_node_that_is_asked_says_all_of_it_once_more(mosquitto: Mosquitto) -> None:
    async with speaking(mosquitto) as _, ear(mosquitto, PLAN) as heard:
        await until(lambda: is_whole(newest(heard)))
        async with ear(mosquitto, PLAN) as late:  # it was not there when the node was born
            await until(lambda: is_whole(newest(late)))
            assert late.counts.rebirths >= 1
