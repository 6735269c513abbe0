"""How many requests one device gets at a time, and how fast they follow one another."""

import asyncio
import time

import pytest
from agents.snmp.scripted_device import UPTIME, Send, reply, scripted_device
from hypothesis import given
from hypothesis import strategies as st

from agents.snmp.errors import SnmpTimeout
from agents.snmp.message import Community
from agents.snmp.names import Version
from agents.snmp.pace import Bucket, Pace
from agents.snmp.session import Session
from agents.snmp.transport import Transport


def test_a_device_left_in_peace_gets_a_burst_and_then_its_rate() -> None:
    bucket = Bucket(100)
    assert [bucket.take(5.0) for _ in range(13)] == pytest.approx([0.0] * 10 + [0.01, 0.02, 0.03])
    assert bucket.take(5.04) == pytest.approx(0.0)
    assert bucket.take(5.04) == pytest.approx(0.01)
    assert [bucket.take(99.0) for _ in range(11)] == pytest.approx([0.0] * 10 + [0.01])


def test_less_than_one_request_a_second_is_possible() -> None:
    bucket = Bucket(0.5)
    assert [bucket.take(0.0) for _ in range(3)] == pytest.approx([0.0, 2.0, 4.0])


def test_a_clock_that_falls_gives_nothing() -> None:
    bucket = Bucket(1)
    assert [bucket.take(now) for now in (100.0, 0.0, 100.0)] == pytest.approx([0.0, 1.0, 2.0])


@given(
    st.floats(0.1, 10_000),
    st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test_no_span_of_time_has_more_than_its_burst_and_its_rate(per_second: float, pauses: list[float]) -> None:
    bucket = Bucket(per_second)
    now, starts = 0.0, []
    for pause in pauses:
        now += pause
        starts.append(now + bucket.take(now))
    assert starts == sorted(starts)
    for first, begin in enumerate(starts):
        for last in range(first, len(starts)):
            most = bucket.burst + (starts[last] - begin) * per_second
            assert last - first + 1 <= most * (1 + 1e-6) + 1e-3


@pytest.mark.parametrize(("in_flight", "per_second"), [(0, 1), (17, 1), (1, 0), (1, 10_001), (1, float("nan"))])
def test_a_pace_out_of_range_is_refused(in_flight: int, per_second: float) -> None:
    with pytest.raises(ValueError, match="in_flight"):
        Pace(in_flight, per_second)


@pytest.mark.parametrize("in_flight", [1, 3])
async def test_one_device_has_no_more_requests_in_flight_than_it_may(transport: Transport, in_flight: int) -> None:
    most = 0

    def script(question: object) -> list[Send]:
        nonlocal most
        most = max(most, transport.pending)
        return [Send(reply(device.questions[-1], [UPTIME]), after_s=0.02)]

    async with scripted_device(script) as device:
        community = Community(Version.V2C, b"public")
        asking = Session(transport, device.address, community, in_flight=in_flight, per_second=10_000)
        await asyncio.gather(*(asking.get([UPTIME.oid]) for _ in range(9)))
    assert most == in_flight


async def test_requests_beyond_the_burst_wait_for_their_turn(transport: Transport) -> None:
    async with scripted_device(lambda _: [reply(device.questions[-1], [UPTIME])]) as device:
        asking = Session(transport, device.address, Community(Version.V2C, b"public"), per_second=50)
        began = time.monotonic()
        for _ in range(10):
            await asking.get([UPTIME.oid])
        assert time.monotonic() - began >= 5 / 50 - 0.001


async def test_retries_keep_the_pace_too(transport: Transport) -> None:
    async with scripted_device(lambda _: []) as device:
        community = Community(Version.V2C, b"public")
        asking = Session(transport, device.address, community, timeout_s=0.001, retries=4, per_second=20)
        began = time.monotonic()
        with pytest.raises(SnmpTimeout):
            await asking.get([UPTIME.oid])
        assert time.monotonic() - began >= 3 / 20 - 0.001


async def test_who_is_cancelled_while_waiting_gives_the_place_back() -> None:
    pace = Pace(in_flight=1, per_second=1)
    async with pace:
        waiting = asyncio.ensure_future(pace.__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    for _ in range(2):  # each waits for a token, which takes longer than this
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), pace:
                raise AssertionError("too early")
    assert not pace._places.locked()
