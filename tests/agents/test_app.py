"""An agent process with a real broker and a simulated device."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml
from agents.polling import assigned, assignment, simulated
from agents.waiting import until
from servers.find import Program
from servers.mosquitto import Mosquitto
from servers.ports import free_port
from servers.process import Server

from agents.app import Agent
from agents.config import AgentConfig, Secrets
from agents.desk import MAX_ACKS
from contract import topics
from contract.batch import decode
from contract.broker import BrokerConfig
from contract.messages import Ack, AgentAlive, Assignment, CollectorAlive, Numbers, boot_text
from contract.mqtt import Connection, Handlers, Message
from contract.wire import Record, unpack
from simulator.snmp.server import Address

ROOT = Path(__file__).parents[2]
ID = "cum-ca-mau"
READY = CollectorAlive(online=True, boot="c" * 16, state="books-1", store="ready")


class AgentProcess(Server):
    """`mangrove agent` on a folder and a broker."""

    def __init__(self, folder: Path, broker: Mosquitto, **login: object) -> None:
        self.data = folder / "data"
        path, community = folder / "agent.yaml", folder / "community"
        community.touch(mode=0o600)
        community.write_text("public")
        config = {
            "id": ID,
            "broker": {"host": broker.host, "port": broker.port} | login,
            "data": "data",
            "credentials": {"sample": {"community": {"file": "community"}}},
            "spool": {"age_s": 0.5, "free_mib": 0},
            "heartbeat_s": 0.2,
            "resend_s": 1,
        }
        path.write_text(yaml.safe_dump(config))
        arguments = ["-m", "mangrove", "agent", "-c", str(path)]
        super().__init__(Program(Path(sys.executable), {}), arguments, folder, {"PYTHONPATH": str(ROOT)})

    def is_ready(self) -> bool:
        """Whether it has its spool."""
        return (self.data / "spool" / "boot").exists()

    @property
    def boot(self) -> str:
        """The boot of this start."""
        return (self.data / "spool" / "boot").read_text()

    def segments(self) -> list[Path]:
        """The files of its spool."""
        return list((self.data / "spool").glob("*.seg"))


class Collector:
    """The other end: hears all that the agent says, and says what the test wants."""

    def __init__(self, broker: Mosquitto) -> None:
        self.heard: list[Message] = []
        self._connection = Connection(
            BrokerConfig(host=broker.host, port=broker.port),
            f"test-{id(self)}",
            Handlers(on_message=self.heard.append, on_up=lambda: None, on_down=lambda _: None),
            [topics.ALL_BATCHES, topics.ALL_NUMBERS, topics.agent_alive("+")],
        )
        self._connection.start()

    async def up(self) -> "Collector":
        """Return itself once it is connected."""
        await until(lambda: self._connection.up)
        return self

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish."""
        assert self._connection.publish(topic, payload, retain=retain)

    def announce(self, alive: CollectorAlive = READY) -> None:
        """Say that a collector is here."""
        self.say(topics.collector_alive("test"), alive.to_json(), retain=True)

    def assign(self, new: Assignment) -> None:
        """Hand out an assignment."""
        self.say(topics.assignments(ID), new.to_json(), retain=True)

    def records(self) -> list[Record]:
        """The batches so far."""
        return [unpack(message.payload) for message in self.on(topics.batches(ID))]

    def polls(self) -> list[Record]:
        """Those that are polls."""
        return [record for record in self.records() if decode(record.body).kind == "poll"]

    def numbers(self) -> list[Numbers]:
        """The heartbeats so far."""
        return [Numbers.model_validate_json(message.payload) for message in self.on(topics.numbers(ID))]

    def alive(self) -> list[AgentAlive]:
        """The presences so far."""
        return [AgentAlive.model_validate_json(message.payload) for message in self.on(topics.agent_alive(ID))]

    def on(self, topic: str) -> list[Message]:
        """What came on a topic."""
        return [message for message in list(self.heard) if message.topic == topic]

    def store(self, records: list[Record], state: str = READY.state) -> None:
        """Say that these are stored."""
        for record in records:
            ack = Ack(state=state, boot=boot_text(record.boot), stored=[(record.seq, record.seq, record.crc)])
            self.say(topics.acks(ID), ack.to_json())

    def close(self) -> None:
        """Leave."""
        self._connection.stop(timeout_s=0.5)


@asynccontextmanager
async def running(process: AgentProcess) -> AsyncIterator[AgentProcess]:
    """Start it in a thread, so that the simulated device goes on meanwhile, and kill it at the end."""
    await asyncio.to_thread(process.start)
    try:
        yield process
    finally:
        process.kill()


@pytest.fixture
async def collector(mosquitto: Mosquitto) -> AsyncIterator[Collector]:
    """Connected to the test's broker."""
    made = await Collector(mosquitto).up()
    yield made
    made.close()


@pytest.fixture
async def device() -> AsyncIterator[Address]:
    """Where a simulated router answers."""
    with simulated() as (_, address, _):
        yield address


async def test_presence_and_heartbeats_are_retained_and_numbered_and_a_kill_leaves_the_will(
    mosquitto: Mosquitto, collector: Collector, tmp_path: Path
) -> None:
    async with running(AgentProcess(tmp_path, mosquitto)) as agent:
        await until(lambda: len(collector.numbers()) >= 4)
        boot = agent.boot
        assert collector.alive() == [AgentAlive(online=True, boot=boot)]
        counted = [numbers.n for numbers in collector.numbers()]
        assert counted == sorted(set(counted))
        assert {numbers.boot for numbers in collector.numbers()} == {boot}
        late = await Collector(mosquitto).up()
        await until(lambda: bool(late.numbers() and late.alive()))
        assert late.on(topics.numbers(ID))[0].retained
        assert late.on(topics.agent_alive(ID))[0].retained
        late.close()
        agent.kill()
        await until(lambda: collector.alive()[-1] == AgentAlive(online=False, boot=boot))
        assert collector.numbers()[-1].boot == boot  # the will is not in their place


async def test_an_ordered_end_says_so_and_is_quick(
    mosquitto: Mosquitto, collector: Collector, device: Address, tmp_path: Path
) -> None:
    async with running(AgentProcess(tmp_path, mosquitto)) as agent:
        collector.assign(assignment(1, assigned(device)))
        await until(lambda: len(collector.polls()) >= 2)
        os.kill(agent.pid, signal.SIGTERM)
        await until(lambda: not agent.is_running, 6)
        assert agent._process is not None
        assert agent._process.returncode == 0
        await until(lambda: not collector.alive()[-1].online)
        last = collector.numbers()[-1].boots[collector.numbers()[-1].boot]
        on_disk = b"".join(path.read_bytes() for path in agent.segments())
        assert last.produced == last.spooled == [(0, on_disk.count(b"\x9aMGV") - 1)]
        assert "Traceback" not in agent.log()


async def test_an_assignment_is_applied_kept_and_replaced_only_by_a_newer_one(
    mosquitto: Mosquitto, collector: Collector, device: Address, tmp_path: Path
) -> None:
    agent = AgentProcess(tmp_path, mosquitto)
    async with running(agent):
        collector.assign(assignment(5, assigned(device)))
        await until(lambda: len(collector.polls()) >= 1)
        assert decode(collector.polls()[0].body).assignment == "5-abcd"
        collector.assign(assignment(4))
        collector.say(topics.assignments(ID), b"", retain=True)  # forgotten by the broker
        await until(lambda: len(collector.polls()) >= 3)
        assert collector.numbers()[-1].assignment == "5-abcd"
        agent.stop()
        collector.heard.clear()
        await asyncio.to_thread(agent.start)
        await until(lambda: len(collector.polls()) >= 1)
        assert decode(collector.polls()[0].body).assignment == "5-abcd"
        collector.assign(assignment(6))
        await until(lambda: collector.numbers()[-1].assignment == "6-abcd")
        assert collector.numbers()[-1].devices == 0


async def test_garbage_on_its_topics_changes_nothing(
    mosquitto: Mosquitto, collector: Collector, device: Address, tmp_path: Path
) -> None:
    async with running(AgentProcess(tmp_path, mosquitto)) as agent:
        collector.announce()
        collector.assign(assignment(1, assigned(device)))
        await until(lambda: bool(collector.polls()) and collector.numbers()[-1].state == READY.state)
        record = collector.polls()[0]
        kept = (agent.data / "assignment.json").read_bytes()
        for topic in (topics.acks(ID), topics.assignments(ID), topics.collector_alive("other"), "mangrove/v1/acks/x"):
            for payload in (
                b"",
                b"{",
                b"null",
                b"\xff" * 1000,
                b"[" * 100_000,
                b'{"state": 3, "boot": "x"}',
                b'{"boot":',
            ):
                collector.say(topic, payload)
        broken = assignment(9, assigned(device), broken="tables: [")
        collector.say(topics.assignments(ID), broken.to_json())
        for wrong in (
            Ack(state=READY.state, boot=agent.boot, stored=[(record.seq, record.seq, record.crc ^ 1)]),
            Ack(state=READY.state, boot=agent.boot, stored=[(10**6, 10**6, 0)]),
            Ack(state=READY.state, boot="0" * 16, stored=[(record.seq, record.seq, record.crc)]),
            Ack(state="former books", boot=agent.boot, stored=[(record.seq, record.seq, record.crc)]),
        ):
            collector.say(topics.acks(ID), wrong.to_json())
        polls, beats = len(collector.polls()), len(collector.numbers())
        await until(lambda: len(collector.polls()) > polls + 2 and len(collector.numbers()) > beats + 2)
        last = collector.numbers()[-1]
        assert (last.boot, last.assignment, last.state) == (agent.boot, "1-abcd", READY.state)
        assert last.boots[agent.boot].spooled == last.boots[agent.boot].produced
        assert (agent.data / "assignment.json").read_bytes() == kept
        assert agent.is_running
        assert "Traceback" not in agent.log()


async def test_acks_free_the_spool_and_what_is_not_acked_comes_again(
    mosquitto: Mosquitto, collector: Collector, device: Address, tmp_path: Path
) -> None:
    async with running(AgentProcess(tmp_path, mosquitto)) as agent:
        collector.announce()
        collector.assign(assignment(1, assigned(device)))
        await until(lambda: len({record.seq for record in collector.records()}) >= 4)
        collector.assign(assignment(2))
        seen = len(collector.records())
        await until(lambda: len(collector.records()) >= seen + 4)  # again, without new ones
        await until(lambda: settled(collector, agent))
        assert collector.numbers()[-1].boots[agent.boot].produced[0][0] == 0
        assert not any(path.stat().st_size for path in agent.segments())


def settled(collector: Collector, agent: AgentProcess) -> bool:
    """Acknowledge all that came; whether the spool is empty by now."""
    known = {(record.boot, record.seq): record for record in collector.records()}
    collector.store(list(known.values()))
    boots = collector.numbers()[-1].boots
    return all(not numbers.spooled for numbers in boots.values()) and not agent.segments()


@pytest.mark.parametrize("gone", ["killed", "never there"])
async def test_batches_wait_for_the_broker_and_go_out_once_it_is_back(
    mosquitto: Mosquitto, collector: Collector, device: Address, tmp_path: Path, gone: str
) -> None:
    if gone == "never there":
        await asyncio.to_thread(mosquitto.kill)
    agent = AgentProcess(tmp_path, mosquitto)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "assignment.json").write_bytes(assignment(1, assigned(device)).to_json())
    async with running(agent):
        if gone == "killed":
            await until(lambda: len(collector.polls()) >= 1)
            await asyncio.to_thread(mosquitto.kill)
        size = sum(path.stat().st_size for path in agent.segments())
        await until(lambda: sum(path.stat().st_size for path in agent.segments()) > size + 1000)
        assert "batches stay in the spool" in agent.log()
        await asyncio.to_thread(mosquitto.start)
        await until(lambda: collector._connection.up, 30)
        collector.announce()
        await until(lambda: whole(collector), 30)


def whole(collector: Collector) -> bool:
    """Whether every batch that a heartbeat told of has come."""
    got = {record.seq for record in collector.records()}
    if not collector.numbers():
        return False
    last = collector.numbers()[-1]
    return any(got >= set(range(stop)) for _, stop in last.boots[last.boot].produced)


async def test_a_refused_login_is_said_without_its_password_and_batches_are_kept(
    device: Address, tmp_path: Path
) -> None:
    (tmp_path / "broker").mkdir()
    with Mosquitto(tmp_path / "broker", users={ID: "right"}) as broker:
        secret = tmp_path / "password"
        secret.touch(mode=0o600)
        secret.write_text("wr0ng-secret")
        agent = AgentProcess(tmp_path, broker, user=ID, password={"file": "password"})
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "assignment.json").write_bytes(assignment(1, assigned(device)).to_json())
        async with running(agent):
            await until(lambda: "refuses the login" in agent.log())
            await until(lambda: sum(path.stat().st_size for path in agent.segments()) > 1000)
            assert agent.is_running
        assert "wr0ng-secret" not in agent.log()


async def test_a_folder_of_another_agent_ends_it_with_a_clear_error(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with running(AgentProcess(tmp_path, mosquitto)):
        second = AgentProcess(tmp_path, mosquitto)
        second.log_path = tmp_path / "second.log"
        second.launch()
        await until(lambda: not second.is_running)
        assert second.ended(0) == 2
        assert "is in use by another agent: give each agent a folder of its own" in second.log()
        assert "Traceback" not in second.log()


@pytest.mark.timeout(30)
async def test_a_disk_that_hangs_holds_up_no_poll(tmp_path: Path) -> None:
    config = AgentConfig(id=ID, broker=BrokerConfig(host="127.0.0.1", port=free_port()), data=tmp_path)
    agent = Agent(config, Secrets(broker=None), None)
    stop = asyncio.Event()
    running = asyncio.create_task(agent.run(stop))
    agent._on_collector(READY)
    with agent._spool._lock:  # as while an fsync takes its time
        agent._desk.ack(Ack(state=READY.state, boot="0" * 16, stored=[(0, 0, 0)]))
        agent._desk.send_numbers()
        await until(lambda: len(agent._desk) == 1)  # the loop goes on
        for _ in range(5000):
            agent._desk.ack(Ack(state=READY.state, boot="0" * 16))
            agent._desk.send_numbers()
        assert len(agent._desk) <= MAX_ACKS + 1
        let_go = agent._desk.acks_put_off
        assert 5000 - MAX_ACKS <= let_go < 5000  # each that found no room is counted
    await until(lambda: len(agent._desk) == 0 and agent._desk.acks_ignored == 1)
    assert agent._desk.acks_put_off == let_go
    stop.set()
    await running
