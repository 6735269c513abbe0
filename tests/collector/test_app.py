"""The collector as a process: `mangrove collector` with a real broker and a real database."""

import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from collector.kit import AGENT, inventory, poll
from servers.answering import Answering, between
from servers.influxdb import InfluxDb
from servers.mosquitto import Mosquitto
from system.parts import ROOT, CollectorProcess, secret, write_yaml

from agents.folder import Limits
from agents.spool import Spool
from contract import topics
from contract.batch import encode
from contract.broker import BrokerConfig
from contract.inventory import Inventory
from contract.messages import Ack, Assignment, CollectorAlive
from contract.mqtt import Connection, Handlers, Message


def wait_for(condition: Callable[[], object], what: str, within: float = 20.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        threading.Event().wait(0.02)


class PlayedAgent:
    """An agent's spool on a connection: sends what it has when told to, and frees what is stored."""

    def __init__(self, broker: Mosquitto, folder: Path) -> None:
        self.spool = Spool(folder / "spool", 7, Limits(free=0, age_s=0.0))
        self.assignment: Assignment | None = None
        self.alive: CollectorAlive | None = None
        self.seen = 0
        self._connection = Connection(
            BrokerConfig(host=broker.host, port=broker.port),
            f"played-{folder.name}",
            Handlers(on_message=self._on_message, on_up=lambda: None, on_down=lambda _reason: None),
            [topics.acks(AGENT), topics.assignments(AGENT), topics.ALL_COLLECTORS_ALIVE],
        )
        self._connection.start()

    def _on_message(self, one: Message) -> None:
        if one.topic == topics.assignments(AGENT):
            self.assignment = Assignment.model_validate_json(one.payload)
        elif one.topic == topics.acks(AGENT):
            ack = Ack.model_validate_json(one.payload)
            self.seen += len(ack.seen)
            self.spool.free(int(ack.boot, 16), ack.stored)
        else:
            with suppress(ValueError):  # a test says garbage in the collector's name
                self.alive = CollectorAlive.model_validate_json(one.payload)

    def produce(self, count: int) -> None:
        wait_for(lambda: self.assignment, "an assignment")
        assert self.assignment is not None
        now_ms = time.time_ns() // 1_000_000
        self.spool.commit([encode(poll("dev-1", self.assignment.id, now_ms - i)) for i in range(count)])

    def send(self) -> None:
        for one in self.spool.unsettled():
            assert self.publish(topics.batches(AGENT), one.data)

    def publish(self, topic: str, payload: bytes) -> bool:
        wait_for(lambda: self._connection.up, "a connection")
        return self._connection.publish(topic, payload)

    def devices(self) -> set[str]:
        return {device.id for device in self.assignment.devices} if self.assignment else set()

    def stop(self) -> None:
        self._connection.stop()
        self.spool.close()


def write_inventory(folder: Path, *devices: str) -> None:
    given: Inventory = inventory(*devices)
    data = given.model_dump(mode="json", exclude_none=True)
    for device in data["devices"]:
        device["profiles"] = ["system"]
    write_yaml(folder / "inventory.new", data)
    (folder / "inventory.new").replace(folder / "inventory.yaml")


def collector(folder: Path, broker: Mosquitto, store: dict[str, object]) -> CollectorProcess:
    write_inventory(folder, "dev-1")
    config = ROOT / "config"
    return CollectorProcess(
        folder,
        {
            "id": "test",
            "broker": {"host": broker.host, "port": broker.port},
            "inventory": "inventory.yaml",
            "catalog": str(config / "catalog.yaml"),
            "profiles": str(config / "profiles"),
            "store": store,
        },
    )


@pytest.fixture
def agent(mosquitto: Mosquitto, tmp_path: Path) -> Iterator[PlayedAgent]:
    made = PlayedAgent(mosquitto, tmp_path)
    yield made
    made.stop()


def test_a_changed_inventory_reaches_the_agents_by_itself_and_by_sighup_and_a_broken_one_changes_nothing(
    mosquitto: Mosquitto, tmp_path: Path, agent: PlayedAgent
) -> None:
    with collector(tmp_path, mosquitto, {"kind": "embedded"}) as process:
        wait_for(lambda: agent.devices() == {"dev-1"}, "the first assignment")
        agent.produce(50)  # under the first version
        write_inventory(tmp_path, "dev-1", "dev-2")
        wait_for(lambda: agent.devices() == {"dev-1", "dev-2"}, "the assignment of the changed file")
        (tmp_path / "inventory.yaml").write_text("devices: [", encoding="utf-8")
        wait_for(lambda: "mend this" in process.log(), "the broken file is said")
        process._running().send_signal(signal.SIGHUP)
        wait_for(lambda: process.log().count("mend this") == 2, "said again when asked")
        assert agent.devices() == {"dev-1", "dev-2"}
        write_inventory(tmp_path, "dev-3")
        process._running().send_signal(signal.SIGHUP)
        wait_for(lambda: agent.devices() == {"dev-3"}, "the assignment of the mended file")
        agent.send()
        wait_for(lambda: agent.spool.batches() == 0, "what was read before the edits is stored")
        assert process.stats()["intake"] == {"accepted": 50}


def test_garbage_on_every_topic_and_a_payload_of_50_mb_leave_it_working_and_it_ends_in_time(
    mosquitto: Mosquitto, tmp_path: Path, agent: PlayedAgent
) -> None:
    with collector(tmp_path, mosquitto, {"kind": "embedded"}) as process:
        agent.produce(3)
        every = [
            topics.batches(AGENT),
            topics.batches("stranger"),
            topics.numbers(AGENT),
            topics.collector_alive("test"),
            f"{topics.ROOT}/batches/..",
        ]
        for topic in every:
            for garbage in (b"", b"\xff", b"{}", b"[" * 10_000):
                agent.publish(topic, garbage)
        agent.publish(topics.batches(AGENT), b"\x9aMGV" + bytes(50 << 20))
        agent.send()
        wait_for(lambda: agent.spool.batches() == 0, "the good batches are stored")
        assert agent.alive is not None
        assert agent.alive.online
        began = time.monotonic()
        process.stop()
        assert time.monotonic() - began < 8.0
        wait_for(lambda: agent.alive is not None and not agent.alive.online, "it has said that it goes")


def test_presence_is_said_again_to_a_broker_that_has_forgotten_it(
    mosquitto: Mosquitto, tmp_path: Path, agent: PlayedAgent
) -> None:
    with collector(tmp_path, mosquitto, {"kind": "embedded"}):
        wait_for(lambda: agent.alive and agent.alive.online, "presence")
        agent.alive = agent.assignment = None
        mosquitto.kill()
        (mosquitto.directory / "mosquitto.db").unlink(missing_ok=True)
        mosquitto.start()
        wait_for(lambda: agent.alive and agent.alive.online and agent.assignment, "presence and assignment", 40.0)
        assert agent.alive is not None
        late = agent.alive.model_copy(update={"online": False})
        agent.alive = None
        agent.publish(topics.collector_alive("test"), late.to_json())
        wait_for(lambda: agent.alive is not None and agent.alive.online, "the late will is answered")


def test_a_wrong_login_of_the_database_stops_writing_says_so_once_refuses_nothing_and_works_once_mended(
    mosquitto: Mosquitto, tmp_path: Path, agent: PlayedAgent
) -> None:
    with InfluxDb(tmp_path, user="root", password="right") as database:
        secret(tmp_path / "password", "wr0ng-secret")
        store: dict[str, object] = {
            "kind": "influx",
            "url": database.url,
            "version": 1,
            "database": database.database,
            "user": "root",
            "password": {"file": "password"},
        }
        process = collector(tmp_path, mosquitto, store)
        with process:
            agent.produce(20)
            agent.send()
            wait_for(lambda: "nothing can be stored now" in process.log(), "the trouble is said")
            wait_for(lambda: agent.seen, "fresh batches are seen")
            agent.send()
            wait_for(lambda: process.stats()["intake"] == {"accepted": 40}, "the resend is taken in")
            assert process.log().count("nothing can be stored now") == 1
            assert "wr0ng-secret" not in process.log()
            assert agent.spool.batches() == 20
            assert list((process.data / "dead-letters").iterdir()) == []
            assert process.stats()["store_ready"] is False
            process.stop()
            secret(tmp_path / "password", "right")
            process.start()
            wait_for(lambda: agent.alive and agent.alive.online, "presence")
            agent.send()
            wait_for(lambda: agent.spool.batches() == 0, "all is stored")
        (row,) = database.query('SELECT count("took_ms") FROM "poll"')
        assert row["count"] == 20


@pytest.mark.torture
def test_a_proxy_that_says_yes_and_keeps_nothing_pauses_the_store_within_30_s_until_it_is_gone(
    mosquitto: Mosquitto, influxdb: InfluxDb, tmp_path: Path, agent: PlayedAgent
) -> None:
    drops = threading.Event()
    with Answering(between(influxdb.port, drops=drops)) as proxy:
        store: dict[str, object] = {"kind": "influx", "url": proxy.url, "version": 1, "database": influxdb.database}
        with collector(tmp_path, mosquitto, store) as process:
            wait_for(lambda: process.stats()["proof"] == {"canaries_found": 1}, "a canary is read back")
            agent.produce(20)
            agent.send()
            wait_for(lambda: agent.spool.batches() == 0, "all is stored")
            drops.set()
            wait_for(lambda: "canary that cannot be read back" in process.log(), "it is found out", within=30)
            agent.produce(20)
            agent.send()
            wait_for(lambda: agent.alive and agent.alive.store == "paused", "it is said")
            drops.clear()
            wait_for(lambda: "the canary is found again" in process.log(), "it is believed again", within=30)
            agent.send()
            wait_for(lambda: agent.spool.batches() == 0, "all is stored")
    (row,) = influxdb.query('SELECT count("took_ms") FROM "poll"')
    assert row["count"] == 40


def test_a_full_state_file_does_not_end_it_and_frees_nothing(
    mosquitto: Mosquitto, tmp_path: Path, agent: PlayedAgent
) -> None:
    with collector(tmp_path, mosquitto, {"kind": "embedded"}) as process:
        agent.produce(3)
        lock = sqlite3.connect(process.data / "state.sqlite", isolation_level=None)
        lock.execute("begin immediate")  # as good as full: nobody else can write
        agent.send()
        wait_for(lambda: "nothing is acknowledged" in process.log(), "the trouble is said")
        assert (agent.seen, agent.spool.batches()) == (0, 3)
        lock.execute("rollback")
        lock.close()
        wait_for(lambda: agent.spool.batches() == 0, "what came in meanwhile is stored")


def test_a_second_collector_on_the_same_data_ends_with_what_to_do(mosquitto: Mosquitto, tmp_path: Path) -> None:
    import subprocess
    import sys

    with collector(tmp_path, mosquitto, {"kind": "embedded"}) as process:
        command = [sys.executable, "-m", "mangrove", "collector", "-c", str(process.config_path)]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
        assert second.returncode == 2
        assert "in use by another collector" in second.stderr
        assert process.stats()["connected"] in (True, False)
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(process.data / "control.sock"))
