"""What users, devices and strangers get wrong: they get a clear error, and nobody else notices."""

import random
from pathlib import Path

import paho.mqtt.client as paho
import pytest
import yaml
from paho.mqtt.enums import CallbackAPIVersion
from servers.mosquitto import Mosquitto
from system import provinces
from system.oracle import as_points, differences
from system.parts import AgentProcess, offline_collector, secret, write_yaml
from system.test_commands import mangrove
from system.test_real_values import embedded_rows
from system.thread import Thread, running, wait_for

from contract import topics
from contract.wire import pack

MIB = 1 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A collector's files that are right."""
    offline_collector(tmp_path)
    write_yaml(tmp_path / "inventory.yaml", provinces.real(161).model_dump(mode="json", exclude_none=True))
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    """Change a file as a careless editor would."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("- if-mib", "- if-mbi", "there is no profile if-mbi (did you mean if-mib?)"),
        ("credential: sample", "credential: sampel", "there is no credential sampel (did you mean sample?)"),
        ("interval_s: 0.3", "interval: 0.3", "is not a known key (did you mean interval_s?)"),
        ("port: 161", "port: 161000", "is 161000, expected: less than or equal to 65535"),
    ],
)
def test_a_slip_in_the_inventory_is_named_with_file_line_and_key(folder: Path, old: str, new: str, words: str) -> None:
    inventory = folder / "inventory.yaml"
    edit(inventory, old, new)
    line = next(i for i, text in enumerate(inventory.read_text(encoding="utf-8").splitlines(), 1) if new in text)

    for command in ("check", "collector"):
        said = mangrove(*([command] if command == "check" else [command, "-c"]), str(folder / "collector.yaml"))
        assert said.returncode == 2, said.stderr
        assert words in said.stderr
        assert f"inventory.yaml:{line}:" in said.stderr


def test_two_devices_with_one_id_are_both_named(folder: Path) -> None:
    inventory = folder / "inventory.yaml"
    content = yaml.safe_load(inventory.read_text(encoding="utf-8"))
    content["devices"] *= 2
    inventory.write_text(yaml.dump(content, Dumper=yaml.SafeDumper), encoding="utf-8")

    said = mangrove("check", str(folder / "collector.yaml"))

    assert said.returncode == 2
    assert "device-real is given twice (also in line" in said.stderr


def test_all_that_is_wrong_is_said_at_once(folder: Path) -> None:
    inventory = folder / "inventory.yaml"
    edit(inventory, "- if-mib", "- if-mbi")
    edit(inventory, "credential: sample", "credential: sampel")
    edit(inventory, "site: site-real", "site: site-rael")

    said = mangrove("check", str(folder / "collector.yaml"))

    assert len(said.stderr.strip().splitlines()) == 3


def test_a_data_folder_that_cannot_be_used_is_said_and_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    config = {"id": "agent-a", "broker": {"host": "127.0.0.1"}, "data": "taken"}
    write_yaml(tmp_path / "agent.yaml", config)

    said = mangrove("agent", "-c", str(tmp_path / "agent.yaml"))

    assert said.returncode == 2
    assert "cannot be used as a spool" in said.stderr


def test_an_agent_whose_login_is_refused_says_so_and_keeps_spooling(tmp_path: Path) -> None:
    secret(tmp_path / "password", "wrong")
    secret(tmp_path / "community", "public")
    with Mosquitto(tmp_path, users={"agent-real": "right"}) as broker:
        assigned = provinces.assignment(tmp_path, provinces.real(9))
        agent = AgentProcess(
            tmp_path,
            {
                "id": "agent-real",
                "broker": {
                    "host": broker.host,
                    "port": broker.port,
                    "user": "agent-real",
                    "password": {"file": "password"},
                },
                "credentials": {"sample": {"community": {"file": "community"}}},
            },
            "--assignment",
            str(assigned),
        )
        with agent:
            wait_for(lambda: "refuses the login of agent-real" in agent.log(), "the refusal is said")
            wait_for(lambda: spooled(agent) > 3, "batches go to the spool")
            assert agent.is_running


def spooled(agent: AgentProcess) -> int:
    """Return how many records are in the spool's files."""
    return sum(path.read_bytes().count(b"\x9aMGV") for path in agent.spool.glob("*.seg"))


def test_garbage_on_every_topic_and_a_huge_payload_change_nothing(shared_mosquitto: Mosquitto, tmp_path: Path) -> None:
    with running(tmp_path, shared_mosquitto, provinces.busy(), {"kind": "embedded"}) as thread:
        wait_for(lambda: thread.stored() > 0, "the first batch is stored")
        throw_garbage(thread, random.Random(5))
        before = thread.stored()
        wait_for(lambda: thread.stored() > before + 10, "batches are stored as before")
        assert thread.agent.is_running
        assert thread.collector.is_running
        thread.settle()
        assert differences(thread.wanted(), as_points(embedded_rows(thread))) == []
        assert "malformed" in str(thread.collector.stats()["intake"])


def throw_garbage(thread: Thread, chance: random.Random) -> None:
    """Publish all kinds of nonsense on every topic, 50 MB among it."""
    agent = thread.agent.config_path.stem
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect(thread.broker.host, thread.broker.port)
    client.loop_start()
    nonsense = [
        b"",
        b"\0",
        b"null",
        b"[]",
        b'{"boot": 5}',
        b'{"state":"x","boot":"00000000000000aa","stored":[[5,1,0]]}',
        b"\x9aMGV" + b"\xff" * 40,
        b"[" * 100_000,
        chance.randbytes(3_000),
        pack(chance.randrange(2**64), 0, b"no json"),
        pack(chance.randrange(2**64), 1, b"\x28\xb5\x2f\xfd" + chance.randbytes(50)),
    ]
    names = [
        topics.batches(agent),
        topics.batches("nobody"),
        topics.numbers(agent),
        topics.numbers("nobody"),
        topics.acks(agent),
        topics.assignments(agent),
        topics.collector_alive("test"),
        topics.collector_alive("other"),
        topics.agent_alive(agent),
        f"{topics.ROOT}/batches/../x",
        f"{topics.ROOT}/unheard/of",
    ]
    for name in names:
        for payload in nonsense:
            client.publish(name, payload, qos=1).wait_for_publish(10)
    huge = client.publish(topics.batches(agent), b"\x9aMGV" + bytes(50 * MIB), qos=1)
    huge.wait_for_publish(30)
    assert huge.is_published()
    client.disconnect()
    client.loop_stop()
