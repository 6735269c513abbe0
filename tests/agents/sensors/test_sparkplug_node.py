"""A node that others have written, on a real broker: its births, data and deaths become batches, and it is asked."""

from pathlib import Path

import pytest
from agents.sensors.messages import assignment, sensor
from agents.sensors.test_hearing import Ear, ear
from agents.waiting import until
from contract.listener import Listener
from servers.mosquitto import Mosquitto
from servers.sparkplug_node import SparkplugNode

from agents.sensors.plan import plan
from agents.sensors.sparkplug.host import is_offline
from contract.batch import Batch

POWER = """
en: a
vi: a
format: sparkplug
topic: spBv1.0/ca-mau/{type}/{node}/power
element: '{node}'
tables:
  - {measurement: mains, fields: {volts: {pointer: /Mains/Voltage}}}
  - {measurement: battery, fields: {celsius: {pointer: /Battery/Temperature}}}
"""
CABINET = """
en: a
vi: a
format: sparkplug
topic: spBv1.0/ca-mau/{type}/{node}
element: '{node}'
tables: [{measurement: cabinet, fields: {celsius: {pointer: /Cabinet/Temperature}}}]
"""
PLAN = plan(
    assignment(
        1, sensor("pw", "power", "nam-can-01"), sensor("cab", "cabinet", "nam-can-01"), power=POWER, cabinet=CABINET
    )
)


def outcomes(one: Ear, name: str) -> list[str]:
    """How the readings of a sensor went, those that say it."""
    return [batch.poll.outcome for batch in one.batches if batch.device == name and batch.poll]


async def born(one: Ear) -> None:
    """Wait until both sensors of the node were born."""
    await until(lambda: "ok" in outcomes(one, "pw") and "ok" in outcomes(one, "cab"))


def values(batches: list[Batch], name: str, measurement: str) -> list[float]:
    """The values of the first field of a sensor's measurement, in the order in which they came."""
    tables = [table for batch in batches if batch.device == name for table in batch.tables]
    return [float(row[0] or 0) for table in tables if table.measurement == measurement for row in table.rows]


async def test_a_node_is_born_speaks_dies_and_comes_again(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with ear(mosquitto, PLAN) as one:
        with SparkplugNode(tmp_path, mosquitto.port) as node:
            await until(lambda: len(values(one.batches, "pw", "mains")) > 3)
            await until(lambda: len(values(one.batches, "cab", "cabinet")) > 3)
            assert values(one.batches, "pw", "mains")[:3] == [228.0, 229.0, 230.0]
            assert values(one.batches, "pw", "battery") == [-5.0]
            assert values(one.batches, "cab", "cabinet")[:2] == [34.5, 35.5]
            table = next(table for batch in one.batches for table in batch.tables if table.measurement == "mains")
            assert table.times
            assert abs(table.times[0] - one.batches[0].time) < 60_000
            node.kill()  # its will is said
            await until(lambda: outcomes(one, "pw") == ["ok", "unreachable"])
            await until(lambda: outcomes(one, "cab") == ["ok", "unreachable"])
            node.start()
            await until(lambda: outcomes(one, "pw")[2:] == ["ok"])
            node.stop()  # it says its death itself, and its will is not said
            await until(lambda: outcomes(one, "pw")[3:] == ["unreachable"])
            assert outcomes(one, "cab") == ["ok", "unreachable"] * 2
            assert one.counts.refused == 0
            assert one.counts.rebirths == 1  # of a node that the mapping names, when the connection came up


async def test_a_node_that_was_there_before_us_is_asked_for_its_births(mosquitto: Mosquitto, tmp_path: Path) -> None:
    with SparkplugNode(tmp_path, mosquitto.port) as node, Listener(mosquitto.port, "spBv1.0/#") as heard:
        await until(lambda: any("DDATA" in message.topic for message in heard.messages))
        async with ear(mosquitto, PLAN) as one:
            await born(one)
            await until(lambda: "asked for its births" in node.log())
            assert -5.0 in values(one.batches, "pw", "battery")  # which its data do not repeat


async def test_an_agent_that_is_started_anew_asks_a_quiet_node_whose_group_no_mapping_says(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    sensors = (sensor("pw", "power", "nam-can-01"), sensor("cab", "cabinet", "nam-can-01"))
    power, cabinet = (text.replace("/ca-mau/", "/{group}/") for text in (POWER, CABINET))
    wide = plan(assignment(1, *sensors, power=power, cabinet=cabinet))
    node = SparkplugNode(tmp_path, mosquitto.port, quiet=True)
    async with ear(mosquitto, wide, tmp_path) as one:
        node.start()
        await born(one)
        assert one.counts.rebirths == 0
    with node:
        for _ in range(2):
            async with ear(mosquitto, wide, tmp_path) as one:
                await born(one)
                assert one.counts.rebirths == 1
        assert node.log().count("asked for its births") == 2


async def test_a_host_says_that_it_is_there_and_when_it_goes(mosquitto: Mosquitto) -> None:
    with Listener(mosquitto.port, "spBv1.0/STATE/+") as heard:
        async with ear(mosquitto, PLAN):
            await until(lambda: len(heard.messages) > 0)
            assert heard.messages[0].topic == "spBv1.0/STATE/mangrove"
            assert not is_offline(heard.payloads[0])
            heard.publish("spBv1.0/STATE/mangrove", b'{"online": false, "timestamp": 1}', retain=True)
            await until(lambda: len(heard.messages) == 3 and not is_offline(heard.payloads[2]))
        await until(lambda: is_offline(heard.payloads[-1]))
    with Listener(mosquitto.port, "spBv1.0/STATE/+") as late:
        await until(lambda: len(late.messages) > 0)
        assert late.messages[0].retained


@pytest.mark.parametrize("said", [b"", b"[" * 100_000, b"\xff", b"1", b'{"online": true}'])
def test_whatever_is_no_offline_is_none(said: bytes) -> None:
    assert not is_offline(said)
