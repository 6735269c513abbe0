"""A device is polled over real UDP; each poll is a batch, also a failed one."""

import time
from collections.abc import AsyncIterator, Callable

import pytest
from agents.polling import PORTS, PROFILES, assigned, now, simulated
from agents.waiting import until

from agents import poller as module
from agents.decode import decode
from agents.host_clock import HostClock
from agents.poller import Target, poll, target
from agents.snmp.message import Community
from agents.snmp.names import Version
from agents.snmp.oids import Oid
from agents.snmp.results import Walk
from agents.snmp.session import Session
from agents.snmp.transport import Transport
from contract.batch import Batch, Table
from contract.messages import AssignedDevice
from contract.profiles import parse_profiles
from simulator.snmp.server import Network

Make = Callable[[AssignedDevice], Target]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Makes targets over one transport."""
    transport = Transport()
    profiles = parse_profiles(PROFILES)
    yield lambda device: target(device, profiles, "1-abcd", transport, Community(Version.V2C, b"public"))
    transport.close()


def outcome(batch: Batch) -> str:
    """How it went."""
    assert batch.poll is not None
    return batch.poll.outcome


def interfaces(batch: Batch) -> Table:
    """The table of ports."""
    return next(table for table in batch.tables if table.measurement == "interface")


async def test_two_polls_bring_states_and_then_rates(make: Make) -> None:
    with simulated() as (_, address, _):
        polled = make(assigned(address))
        first = await poll(polled, HostClock())
        later = time.monotonic() + 0.3
        await until(lambda: time.monotonic() > later)
        then = await poll(polled, HostClock())
    assert outcome(first) == outcome(then) == "ok"
    assert (first.kind, first.device, first.assignment) == ("poll", "rt-nam-can-01", "1-abcd")
    assert abs(first.time - time.time() * 1000) < 10_000
    place = 1 + interfaces(first).fields.index("in_bps")
    assert [row[0] for row in interfaces(first).rows] == [f"GE0/0/{n}" for n in range(1, PORTS + 1)]
    assert [row[place] for row in interfaces(first).rows] == [None] * PORTS
    for row in interfaces(then).rows:
        rate = row[place]
        assert isinstance(rate, float)
        assert 0 < rate < 1e9


async def test_a_silent_device_is_a_timeout_and_back_within_one_interval(make: Make) -> None:
    with simulated() as (device, address, _):
        polled = make(assigned(address))
        assert outcome(await poll(polled, HostClock())) == "ok"
        device.silence(now() + 1_000_000)
        for _ in range(2):
            began = time.monotonic()
            batch = await poll(polled, HostClock())
            assert outcome(batch) == "timeout"
            assert batch.tables == []
            assert time.monotonic() - began < 0.45
        device._silent_until = 0
        back = await poll(polled, HostClock())
    assert outcome(back) == "ok"
    assert interfaces(back).rows[0][1 + interfaces(back).fields.index("in_octets")] is not None  # over both beats


async def test_a_device_that_falls_silent_midway_is_partial(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    with simulated() as (device, address, _):
        polled = make(assigned(address))
        true_walk = Session.walk

        async def walk(session: Session, columns: list[Oid]) -> Walk:
            device.silence(now() + 1_000_000)
            return await true_walk(session, columns)

        monkeypatch.setattr(Session, "walk", walk)
        batch = await poll(polled, HostClock())
    assert outcome(batch) == "partial"
    assert [table.measurement for table in batch.tables] == ["system"]


async def test_a_rebooted_device_has_no_rates_and_then_has_them_again(make: Make) -> None:
    with simulated() as (device, address, _):
        polled = make(assigned(address))
        await poll(polled, HostClock())
        device.reboot(now())
        rebooted = await poll(polled, HostClock())
        device._clock.boot -= 10
        place = 1 + interfaces(rebooted).fields.index("in_octets")
        assert {row[place] for row in interfaces(rebooted).rows} == {None}
        again = await poll(polled, HostClock())
    assert all(isinstance(row[place], int) for row in interfaces(again).rows)


async def test_a_closed_port_is_refused_and_a_wrong_community_a_timeout(make: Make) -> None:
    with simulated(community="other") as (_, address, _):
        assert outcome(await poll(make(assigned(address)), HostClock())) == "timeout"
    assert outcome(await poll(make(assigned(address)), HostClock())) == "refused"
    assert outcome(await poll(make(assigned(("no.such.host", 161))), HostClock())) == "unreachable"


async def test_a_poll_ends_before_the_next_beat_whatever_the_device_does(make: Make) -> None:
    with simulated(Network(delay_s=5)) as (_, address, _):
        began = time.monotonic()
        batch = await poll(make(assigned(address, timeout_s=3, retries=9)), HostClock())
    assert outcome(batch) == "timeout"
    assert time.monotonic() - began < 0.5


async def test_a_bug_in_a_poll_is_an_outcome_and_the_next_one_is_right(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    true_decode, calls = decode, iter(range(1_000_000))

    def bug_once(*args: object) -> object:
        if next(calls) == 0:
            raise ZeroDivisionError
        return true_decode(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "decode", bug_once)
    with simulated() as (_, address, _):
        polled = make(assigned(address))
        assert outcome(await poll(polled, HostClock())) == "error"
        assert outcome(await poll(polled, HostClock())) == "ok"
    assert "a bug in a poll of rt-nam-can-01" in caplog.text
