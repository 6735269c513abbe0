"""Each way that a reading, a batch or a message can go at an agent has a counter."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from random import Random

import pytest
from agents.polling import assigned, assignment, simulated
from agents.spooling import bodies, close_by_age, opened, segments
from agents.waiting import until
from pydantic import SecretStr

from agents import publisher as publishing
from agents.app import Agent
from agents.beats import Beats
from agents.config import AgentConfig, Credential, CredentialSecrets, Secrets
from agents.counters import METRICS
from agents.host_clock import HostClock
from agents.pollers import Pollers
from agents.snmp.transport import Counters, Transport
from contract import topics
from contract.batch import Batch, PollInfo, Table
from contract.broker import BrokerConfig
from contract.handlers import Message
from contract.messages import Ack, AssignedDevice, Assignment, boot_text
from contract.secret import SecretSource

ID = "cum-ca-mau"


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Agent]:
    """An agent that was not started: its broker is nowhere."""
    made = Agent(AgentConfig(id=ID, broker=BrokerConfig(host="192.0.2.1"), data=tmp_path), Secrets(broker=None), None)
    yield made
    made._transport.close()
    made._spool.close()


def numbers(agent: Agent) -> dict[str, float]:
    """All that are not 0, by name and label."""
    out: dict[str, float] = {}
    for metric in METRICS:
        value = metric.read(agent.parts)
        each = value if isinstance(value, Mapping) else {(): value}
        out |= {" ".join([metric.name, *labels]): number for labels, number in each.items() if number}
    return out


def say(agent: Agent, topic: str, payload: bytes) -> None:
    agent._on_message(Message(topic, payload, retained=False))


async def test_an_agent_that_does_nothing_has_nothing_to_tell(agent: Agent) -> None:
    assert numbers(agent) == {}


async def test_batches_that_the_disk_damages_are_told_apart_from_those_that_go_for_room(agent: Agent) -> None:
    spool = agent._spool
    spool.commit(bodies(5))
    close_by_age(spool)
    spool.commit(bodies(3))
    spool.drop_oldest()
    (path,) = segments(spool._folder)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert len(list(spool.unsettled())) == 2
    found = numbers(agent)
    assert (found["batches_spooled"], found["batches_dropped"], found["batches_damaged"]) == (8, 6, 1)
    assert found["spool_batches"] == 2
    path.unlink()
    path.mkdir()  # it cannot be read any more
    assert list(spool.unsettled()) == []
    assert numbers(agent)["spool_unreadable"] == 1


def test_what_a_start_finds_damaged_or_cannot_read_is_counted(tmp_path: Path) -> None:
    first = opened(tmp_path)
    for count in (3, 2):
        first.commit(bodies(count))
        close_by_age(first)
    first.close()
    damaged, unreadable = segments(tmp_path)
    damaged.write_bytes(damaged.read_bytes()[:-1])
    unreadable.rename(tmp_path / "aside")
    unreadable.mkdir()
    second = opened(tmp_path, 1)
    assert (second.dropped(), second.damaged, second.unreadable) == (1, 1, 1)
    second.close()


async def test_a_batch_is_counted_in_memory_on_disk_as_fresh_as_put_off_and_as_sent(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "MAX_FRESH", 2)
    for body in bodies(3):
        agent._committers[0].put(body)
    assert numbers(agent) == {"batches_waiting": 3}
    await agent._committers[0]._commit()
    found = {"batches_spooled": 3, "batches_fresh": 2, "batches_put_off": 1, "spool_batches": 3}
    assert numbers(agent) == found | {"spool_bytes": agent._spool.size}
    await agent._publisher.step(0.0)
    assert numbers(agent)["messages_not_taken"] == 1  # there is no broker
    monkeypatch.setattr(agent._publisher, "_send", lambda _: True)
    await agent._publisher.step(1.0)
    assert numbers(agent)["batches_sent"] == 2


async def test_a_disk_that_takes_nothing_shows(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError("failing")

    monkeypatch.setattr(agent._spool, "commit", fails)
    agent._committers[0].put(b"x")
    await agent._committers[0]._commit()
    assert numbers(agent) == {"batches_waiting": 1, "spool_failing": 1}


async def test_what_comes_from_the_broker_and_is_of_no_use_is_counted_by_what_it_is(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(agent, "mangrove/v1/x", b"{}")
    say(agent, topics.acks(ID), b"nonsense")
    say(agent, topics.assignments(ID), b"")  # said by a broker that is told to forget: nothing is wrong
    assert numbers(agent) == {"messages_ignored": 2}
    say(agent, topics.assignments(ID), b"nonsense")
    say(agent, topics.assignments(ID), Assignment(version=1, id="1-a", profiles={"x": "no: profile"}).to_json())
    assert numbers(agent) == {"messages_ignored": 2, "assignments_refused": 2}
    say(agent, topics.acks(ID), Ack(state="other", boot=boot_text(1)).to_json())
    assert numbers(agent)["acks_waiting"] == 1
    work = asyncio.create_task(agent._desk.work_off())
    await until(lambda: numbers(agent).get("acks_ignored") == 1)
    work.cancel()
    monkeypatch.setattr(agent._desk, "ack", lambda _: 1 / 0)
    say(agent, topics.acks(ID), Ack(state="other", boot=boot_text(1)).to_json())
    assert numbers(agent)["bugs"] == 1


async def test_devices_that_cannot_be_polled_and_a_collector_that_is_ready_show(agent: Agent) -> None:
    device = AssignedDevice(id="a", address="192.0.2.1", credential="none", interval_s=60, timeout_s=1, retries=0)
    say(agent, topics.assignments(ID), assignment(1, device).to_json())
    assert numbers(agent) == {"devices_not_polled": 1, "acks_waiting": 1}
    say(agent, topics.collector_alive("x"), b'{"online": true, "boot": "%s", "store": "ready"}' % (b"c" * 16))
    assert numbers(agent)["collector_ready"] == 1


async def test_whatever_begins_ends_as_a_poll_or_is_counted_as_cancelled_or_as_a_bug() -> None:
    beats = Beats()
    blocked = asyncio.Event()

    async def bug() -> None:
        raise KeyError("a bug of ours")

    async def wait() -> None:
        await blocked.wait()

    beats.set("bug", 0.05, bug)
    beats.set("wait", 0.05, wait)
    running = asyncio.create_task(beats.run())
    await until(lambda: beats.counts.bugs > 1 and beats.counts.missed > 1)
    beats.end("bug")
    beats.end("wait")
    await until(lambda: beats.counts.begun == beats.counts.bugs + beats.counts.cancelled)
    assert beats.counts.cancelled == 1
    running.cancel()


async def test_a_reading_that_ends_is_a_poll_and_one_that_goes_on_is_begun_only() -> None:
    transport = Transport()
    made: list[Batch] = []
    key = CredentialSecrets(community=SecretStr("public"))
    pollers = Pollers(
        {"sample": Credential(community=SecretSource(env="X"))}, {"sample": key}, transport, made.append, HostClock()
    )
    with simulated() as (_, address, server):
        pollers.apply(assignment(1, assigned(address, id="a"), assigned(address, id="b")))
        running = asyncio.create_task(pollers.run())
        await until(lambda: pollers.counts.by_outcome["ok"] > 3)
        server.close()
        await until(lambda: pollers.counts.by_outcome.total() > pollers.counts.by_outcome["ok"])
        pollers.stop()
        await until(lambda: not any(task.get_name().startswith("poll ") for task in asyncio.all_tasks()))
    ended, counts = pollers.counts.by_outcome.total(), pollers.beats
    running.cancel()
    transport.close()
    assert counts.begun == ended + counts.cancelled + counts.bugs
    assert (len(made), counts.bugs) == (ended, 0)


async def test_rows_that_no_record_can_hold_and_polls_by_outcome_are_counted(agent: Agent) -> None:
    random = Random(1)
    texts = [random.randbytes(30_000).hex() for _ in range(60)]
    wide = Table(measurement="wide", tags=[f"t{n}" for n in range(60)], fields=["f"], rows=[[*texts, 1.0]])
    info = PollInfo(outcome="partial", took_ms=1)
    agent._outlet.put(Batch(kind="poll", device="a", time=1, poll=info, tables=[wide]))
    agent._pollers.counts.by_outcome.update(["ok", "ok", "timeout"])
    found = {"polls ok": 2, "polls timeout": 1, "polls_failed": 1, "rows_left_out": 1, "batches_waiting": 1}
    assert numbers(agent) == found


async def test_the_reasons_by_which_datagrams_are_ignored_are_all_there(agent: Agent) -> None:
    for number, name in enumerate(Counters.__dataclass_fields__, 1):
        setattr(agent._transport.counters, name, 1 << number)
    seen = agent._transport.counters
    ignored = {name: value for name, value in numbers(agent).items() if name.startswith("datagrams_ignored")}
    wanted = {seen.undecodable, seen.unknown, seen.wrong_source, seen.late, seen.duplicate}
    assert set(ignored.values()) == wanted
    shown = set(numbers(agent).values()) | {seen.delivered}
    assert {getattr(seen, name) for name in Counters.__dataclass_fields__} <= shown
