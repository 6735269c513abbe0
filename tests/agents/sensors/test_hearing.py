"""Sensors on a real broker: heard as the plan says, through its restarts, and a flood or garbage harms nobody."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from agents.sensors.messages import CABINET, POWER, SENSORS, assignment, power, sensor
from agents.sensors.spb import PLAN as NODES
from agents.sensors.spb import VOLTS, metric, nbirth, values
from agents.waiting import until
from contract.listener import Listener
from servers.mosquitto import Mosquitto

from agents.host_clock import HostClock
from agents.sensors import hearing, strict_json
from agents.sensors.hearing import Sensors
from agents.sensors.plan import Plan, plan
from agents.sensors.sparkplug.payload import MAX_PAYLOAD
from agents.sensors.waiting import MAX_OF_ONE
from contract import topics
from contract.batch import Batch
from contract.broker import BrokerConfig

PLAN = plan(assignment(1, *SENSORS))


class Ear(Sensors):
    """Sensors of a plan, with all that they made."""

    def __init__(self, broker: Mosquitto | None, folder: Path | None = None) -> None:
        self.batches: list[Batch] = []
        config = BrokerConfig(host=broker.host, port=broker.port) if broker else None
        super().__init__(config, None, "test-sensors", self.batches.append, HostClock(), folder=folder)

    async def hears(self, wanted: Plan) -> None:
        """Apply a plan and wait until the broker has it."""
        self.apply(wanted)
        await until(lambda: not self._link._changed.is_set() and len(self._link._connections) == 1)
        await self.is_subscribed()

    async def is_subscribed(self, within_s: float = 15.0) -> None:
        """Wait until the broker has the subscriptions: up is who has asked, and it does in turn what a client says."""
        connection = self._link._connections[0]
        await until(lambda: connection.publish(f"{topics.ROOT}/after-subscribing", b""), within_s)
        await until(lambda: all(sent.is_published() for sent, _ in connection._waiting._waiting))


@asynccontextmanager
async def ear(broker: Mosquitto | None, wanted: Plan = PLAN, folder: Path | None = None) -> AsyncIterator[Ear]:
    """An ear that runs."""
    made = Ear(broker, folder)
    tasks = [asyncio.create_task(work) for work in (made.subscribe(), made.read(), made.remember())]
    try:
        if broker is not None:
            await made.hears(wanted)
        yield made
    finally:
        await made.stop()
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def now_power(**changes: object) -> bytes:
    """What a power unit says now."""
    return json.dumps(power(time.time(), **changes)).encode()


async def test_messages_become_batches_of_their_sensors(mosquitto: Mosquitto) -> None:
    with Listener(mosquitto.port) as sensors:
        async with ear(mosquitto) as one:
            sensors.publish(POWER, now_power())
            sensors.publish(CABINET, b'{"time": "2020-01-01T00:00:00Z", "temp_c": 30}')
            await until(lambda: len(one.batches) == 2)
            good, refused = sorted(one.batches, key=lambda batch: batch.refused is not None)
            assert (good.device, len(good.tables)) == ("pw-nam-can-01", 3)
            assert refused.refused is not None
            assert "over 29 days old" in refused.refused.reason
            assert (one.counts.messages, one.counts.refused, one.counts.ignored, one.dropped) == (2, 1, 0, 0)


async def test_it_hears_only_its_own_sensors_of_a_broker_that_all_share(mosquitto: Mosquitto) -> None:
    with Listener(mosquitto.port) as sensors:
        async with ear(mosquitto) as one:
            for topic in ("site/dat-mui-02/power", "site/nam-can-01/fire", POWER):
                sensors.publish(topic, now_power())
            await until(lambda: len(one.batches) == 1)
            assert one.counts.messages == 1


async def test_with_a_filter_of_its_file_what_nobody_understands_is_refused_and_our_own_topics_are_not_heard(
    mosquitto: Mosquitto,
) -> None:
    with Listener(mosquitto.port) as sensors:
        async with ear(mosquitto, plan(assignment(1, *SENSORS), ["#"])) as one:
            for topic in ("mangrove/v1/batches/agent-1", "site/dat-mui-02/power", "site/nam-can-01/fire", POWER):
                sensors.publish(topic, now_power())
            await until(lambda: len(one.batches) == 3)
            reasons = [batch.refused.reason if batch.refused else "" for batch in one.batches]
            assert 'the key "dat-mui-02"' in reasons[0]
            assert "no mapping" in reasons[1]
            assert reasons[2] == ""


async def test_a_new_assignment_is_heard_at_once_and_the_former_no_longer(mosquitto: Mosquitto) -> None:
    with Listener(mosquitto.port) as sensors:
        async with ear(mosquitto) as one:
            await one.hears(plan(assignment(2, sensor("pw-2", "site-power", "dat-mui-02"))))
            sensors.publish(POWER, now_power())
            sensors.publish("site/dat-mui-02/power", now_power())
            await until(lambda: len(one.batches) == 1)
            assert (one.batches[0].device, one.batches[0].assignment) == ("pw-2", "2-abcd")
            one.apply(Plan("3-abcd"))
            await until(lambda: not one._link._connections)


async def test_an_assignment_with_the_same_topics_keeps_the_connection(mosquitto: Mosquitto) -> None:
    with Listener(mosquitto.port) as sensors:
        async with ear(mosquitto) as one:
            [before] = one._link._connections
            await one.hears(plan(assignment(2, *SENSORS)))
            assert one._link._connections == [before]
            sensors.publish(POWER, now_power())
            await until(lambda: len(one.batches) == 1)
            assert one.batches[0].assignment == "2-abcd"


async def test_after_a_restart_of_the_broker_sensors_are_heard_again(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    async with ear(mosquitto) as one:
        mosquitto.kill()
        await until(lambda: "no sensor is heard meanwhile" in caplog.text)
        await asyncio.to_thread(mosquitto.start)
        await one.is_subscribed(40)
        with Listener(mosquitto.port) as sensors:
            sensors.publish(POWER, now_power())
            await until(lambda: len(one.batches) == 1)


async def test_a_retained_message_without_a_time_is_ignored_and_counted(mosquitto: Mosquitto) -> None:
    text = "en: a\nvi: a\ntopic: t/{k}\nelement: '{k}'\n"
    text += "tables: [{measurement: cabinet, fields: {celsius: {pointer: ''}}}]"
    with Listener(mosquitto.port, "t/1") as sensors:
        sensors.publish("t/1", b"21", retain=True)
        await until(lambda: sensors.payloads == [b"21"])  # else it could reach the broker after the ear, and be news
        async with ear(mosquitto, plan(assignment(1, sensor("s", "mine", "1"), mine=text))) as one:
            await until(lambda: one.counts.ignored == 1)
            sensors.publish("t/1", b"22", retain=True)
            await until(lambda: len(one.batches) == 1)
            assert one.batches[0].tables[0].rows == [[22.0]]


async def test_a_sensor_that_goes_mad_is_bounded_counted_and_keeps_out_no_other(mosquitto: Mosquitto) -> None:
    with Listener(mosquitto.port) as mad, Listener(mosquitto.port) as good:
        async with ear(mosquitto) as one:
            for _ in range(2000):
                mad.publish(POWER, b"garbage")
            good.publish(CABINET, b"{}")
            await until(lambda: one.counts.messages + one.dropped == 2001)
            assert one.dropped >= 1000
            assert one.counts.messages >= MAX_OF_ONE
            refused = [batch.refused.topic for batch in one.batches if batch.refused]
            assert sorted(refused) == [CABINET, POWER]  # one of each in a minute


async def test_an_agent_whose_file_names_no_broker_says_so(caplog: pytest.LogCaptureFixture) -> None:
    async with ear(None) as one:
        with caplog.at_level(logging.ERROR):
            one.apply(PLAN)
            one.apply(Plan("2-abcd"))
        assert [record.message for record in caplog.records] == [
            "no sensor is heard: this agent's file names no broker of theirs (`sensors.broker`)"
        ]


async def test_a_bug_costs_one_message(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    with Listener(mosquitto.port) as sensors:
        async with ear(mosquitto) as one:
            with monkeypatch.context() as patched:
                patched.setattr(hearing, "understand", lambda *_: 1 / 0)
                sensors.publish(POWER, now_power())
                await until(lambda: one.counts.refused == 1)
            sensors.publish(POWER, now_power())
            await until(lambda: len(one.batches) == 1)


async def test_a_birth_may_be_larger_than_a_message_of_the_other_formats(mosquitto: Mosquitto) -> None:
    names = [metric(f"{'a' * 150}/{number}", 1.0, 10, alias=number) for number in range(10, 800)]
    birth = nbirth(VOLTS, *names, at=time.time_ns() // 1_000_000)
    assert MAX_PAYLOAD > len(birth) > 2 * strict_json.MAX_PAYLOAD
    with Listener(mosquitto.port) as node:
        async with ear(mosquitto, NODES) as one:
            node.publish("spBv1.0/ca-mau/NBIRTH/nam-can-01", birth)
            await until(lambda: len(one.batches) == 1)
            assert values(one.batches) == {"mains.volts": 228.5}
