"""What the sensors say, over a real broker: the exact messages, at their interval, nothing while they are cut off."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from agents.waiting import until
from contract.listener import Listener
from hypothesis import given
from hypothesis import strategies as st
from servers.mosquitto import Mosquitto

from contract.broker import BrokerConfig
from contract.inventory import Inventory, Sensor, Site
from simulator.clock import Clock
from simulator.model.change import Change
from simulator.model.faults import Fault
from simulator.model.power import Power
from simulator.model.world import World
from simulator.options import broker, parse
from simulator.sample.province import sample
from simulator.sensor_messages import garbled, message
from simulator.sensors import CLOSE_S, Sensors, connect

SEAT, LEAF = "tram-tan-thanh-01", "tram-dat-mui-01"
START = 1_800_000_000.25
NOTHING = Sensor(id="x", site="s", agent="a", mapping="other")


def power(*, generator: bool = False) -> Power:
    return Power(Site(id="tram-1", name="1", area="a", generator=generator), 1, START)


def said(sensor: Sensor, site: Power) -> tuple[str, dict[str, object]]:
    topic, payload = message(sensor, site.read(START), START)
    return topic, json.loads(payload)


def is_json(payload: bytes) -> bool:
    try:
        json.loads(payload)
    except ValueError:
        return False
    return True


@pytest.fixture
def inventory() -> Inventory:
    made = sample(14, 1)
    quick = [sensor.model_copy(update={"interval_s": 0.2}) for sensor in made.sensors if sensor.site in (SEAT, LEAF)]
    return made.model_copy(update={"sensors": [*quick, NOTHING]})


@asynccontextmanager
async def speaking(inventory: Inventory, broker: Mosquitto, *faults: Fault) -> AsyncIterator[tuple[World, Sensors]]:
    start = time.time()
    world = World(inventory, faults, start, seed=1)
    connection = connect(BrokerConfig(host=broker.host, port=broker.port), None, lambda _: None)
    sensors = Sensors(inventory, world, connection, Clock(start, start), seed=1)
    task = asyncio.create_task(sensors.run(time.time))
    try:
        yield world, sensors
    finally:
        task.cancel()
        await asyncio.to_thread(connection.stop, timeout_s=CLOSE_S)


def test_a_power_message_has_mains_rectifier_battery_and_a_generator_only_where_there_is_one() -> None:
    sensor = Sensor(id="pw-1", site="tram-1", agent="a", mapping="site-power", key="tram-1")
    topic, without = said(sensor, power())
    assert topic == "site/tram-1/power"
    assert without["ts"] == START
    assert {name: set(part) for name, part in without.items() if isinstance(part, dict)} == {
        "mains": {"on", "v"},
        "rectifier": {"ok", "v", "a"},
        "battery": {"v", "a", "soc", "soh", "t"},
    }
    _, with_one = said(sensor, power(generator=True))
    assert isinstance(with_one["generator"], dict)
    assert with_one["generator"]["state"] == "off"
    assert 1 / 3 <= with_one["generator"]["fuel"] <= 1


def test_a_cabinet_message_has_its_time_in_iso_8601_the_temperature_and_the_door() -> None:
    site = power()
    site.door(is_open=True)
    topic, body = said(Sensor(id="cab-1", site="s", agent="a", mapping="site-cabinet", key="tram-1"), site)
    assert topic == "site/tram-1/cabinet"
    assert body == {
        "time": "2027-01-15T08:00:00.250Z",
        "temp_c": body["temp_c"],
        "humidity": body["humidity"],
        "door": "open",
        "smoke": False,
        "water": False,
        "tower_light": "off",
    }
    assert datetime.fromisoformat(str(body["time"])).timestamp() == START


def test_a_mapping_that_there_is_no_message_for_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match="x: no message is known for the mapping other"):
        message(NOTHING, power().read(START), START)


@given(st.integers(), st.sampled_from(["site-power", "site-cabinet"]))
def test_a_spoilt_message_is_no_json(seed: int, mapping: str) -> None:
    sensor = Sensor(id="x", site="s", agent="a", mapping=mapping)
    _, payload = message(sensor, power().read(START), START)
    assert is_json(payload)
    assert not is_json(garbled(payload, Random(seed)))


async def test_every_sensor_speaks_at_its_interval_and_is_not_retained(
    inventory: Inventory, shared_mosquitto: Mosquitto
) -> None:
    with Listener(shared_mosquitto.port, "site/+/power", "site/+/cabinet") as listener:
        listener.up()
        async with speaking(inventory, shared_mosquitto) as (_, sensors):
            await until(lambda: len(listener.messages) >= 40)
        assert not any(message.retained for message in listener.messages)
        times = [json.loads(m.payload)["ts"] for m in listener.messages if m.topic == f"site/{SEAT}/power"]
    steps = [later - earlier for earlier, later in pairwise(times)]
    assert len(steps) > 5
    assert sum(steps) / len(steps) == pytest.approx(0.2, abs=0.1)
    assert {m.topic for m in listener.messages} == {f"site/{s}/{k}" for s in (SEAT, LEAF) for k in ("power", "cabinet")}
    assert sensors.numbers.sent >= 40


async def test_a_sensor_that_is_cut_off_says_nothing_until_its_router_is_back(
    inventory: Inventory, shared_mosquitto: Mosquitto
) -> None:
    def heard(site: str) -> int:
        return sum(message.topic.startswith(f"site/{site}/") for message in listener.messages)

    with Listener(shared_mosquitto.port, "site/+/power", "site/+/cabinet") as listener:
        listener.up()
        fault = Fault(0.0, 3600.0, "rt-dat-mui", "silent")
        async with speaking(inventory, shared_mosquitto, fault) as (world, _):
            world.advance(time.time())
            before = heard(LEAF)
            await until(lambda: heard(SEAT) > 20)
            assert heard(LEAF) - before <= 2  # what was on its way
            world.advance(time.time() + 3600)
            await until(lambda: heard(LEAF) - before > 4)


async def test_a_spoilt_message_goes_out_beside_the_others(inventory: Inventory, shared_mosquitto: Mosquitto) -> None:
    def spoilt() -> list[bytes]:
        return [message.payload for message in listener.messages if not is_json(message.payload)]

    with Listener(shared_mosquitto.port, f"site/{LEAF}/power") as listener:
        listener.up()
        async with speaking(inventory, shared_mosquitto) as (_, sensors):
            await until(lambda: len(listener.messages) > 2)
            for name in ("pw-dat-mui-01", "unknown"):
                sensors.take(Change(time.time(), name, "garbled", "chance"))
            await until(lambda: len(spoilt()) == 1)


async def test_what_is_held_back_comes_late_with_its_own_times_and_what_is_repeated_twice(
    inventory: Inventory, shared_mosquitto: Mosquitto
) -> None:
    def times() -> list[float]:
        return [json.loads(message.payload)["ts"] for message in listener.messages]

    with Listener(shared_mosquitto.port, f"site/{LEAF}/power") as listener:
        listener.up()
        async with speaking(inventory, shared_mosquitto) as (_, sensors):

            def take(state: str, number: float | None = None) -> None:
                sensors.take(Change(time.time(), "pw-dat-mui-01", state, "chance", number=number))

            await until(lambda: len(times()) > 2)
            take("repeated")
            await until(lambda: len(times()) - len(set(times())) == 1)
            take("held_back")
            said_before, held_at = len(times()), time.time()
            await until(lambda: time.time() - held_at > 1.0)
            assert len(times()) - said_before <= 1  # what was on its way
            take("sent_late")
            await until(lambda: len(times()) - said_before >= 4)
            assert sum(held_at < at < held_at + 1.0 for at in times()) >= 4
            take("clock_off", 120.0)
            await until(lambda: times()[-1] > time.time() + 60)


async def test_without_a_broker_what_is_said_is_lost_and_counted_and_a_broker_that_returns_is_spoken_to(
    inventory: Inventory, mosquitto: Mosquitto
) -> None:
    mosquitto.kill()
    async with speaking(inventory, mosquitto) as (_, sensors):
        await until(lambda: sensors.numbers.lost > 3)
        assert sensors.numbers.sent == 0
        mosquitto.start()
        await until(lambda: sensors.numbers.sent > 3, within_s=30)


async def test_the_sensors_log_in_with_the_password_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("quiet-river\n", encoding="utf-8")
    file.chmod(0o600)
    with Mosquitto(tmp_path, users={"sensors": "quiet-river"}) as server:
        given_as = ["--broker", f"{server.host}:{server.port}", "--user", "sensors", "--password-file", str(file)]
        config, password = broker(parse(["--inventory", "x.yaml", *given_as]))
        assert config
        connection = connect(config, password, lambda _: None)
        try:
            await until(lambda: connection.up)
        finally:
            await asyncio.to_thread(connection.stop, timeout_s=CLOSE_S)
