"""Presence and assignments: said again at every connect, to a broker that forgets and a connection that may be full."""

from pathlib import Path

import pytest
from collector.kit import AGENT, OTHER_AGENT, inventory

from collector.announcer import Announcer
from collector.versions import Versions
from contract import topics
from contract.messages import Assignment, CollectorAlive, boot_text
from contract.mqtt import Message

HERE = CollectorAlive(online=True, boot=boot_text(1), state="s", store="ready")
TOPIC = topics.collector_alive("c")


class Broker:
    """Takes `room` messages, then nothing."""

    def __init__(self) -> None:
        self.room = 1_000
        self.retained: dict[str, bytes] = {}

    def publish(self, topic: str, payload: bytes) -> bool:
        if self.room <= 0:
            return False
        self.room -= 1
        self.retained[topic] = payload
        return True

    def devices(self, agent: str) -> list[str]:
        found = Assignment.model_validate_json(self.retained[topics.assignments(agent)])
        return [device.id for device in found.devices]


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    made = Versions(tmp_path)
    made.publish(inventory("dev-1"), {}, 1)
    return made


def announcer(broker: Broker, versions: Versions) -> Announcer:
    return Announcer("c", lambda: HERE, versions, broker.publish)


@pytest.mark.parametrize(
    "said",
    [
        HERE.model_copy(update={"online": False}).to_json(),
        HERE.model_copy(update={"boot": boot_text(9)}).to_json(),
        b"",
        b"garbage",
    ],
)
def test_what_is_wrong_in_our_name_is_answered_with_our_presence(
    broker: Broker, versions: Versions, said: bytes
) -> None:
    assert announcer(broker, versions).hear(Message(TOPIC, said, retained=True))
    assert broker.retained == {TOPIC: HERE.to_json()}


def test_our_own_presence_is_not_answered_and_other_topics_are_not_about_us(broker: Broker, versions: Versions) -> None:
    one = announcer(broker, versions)
    assert one.hear(Message(TOPIC, HERE.to_json(), retained=False))
    assert not one.hear(Message(topics.collector_alive("other"), b"", retained=False))
    assert broker.retained == {}


def test_presence_that_the_connection_did_not_take_is_sent_when_it_does(broker: Broker, versions: Versions) -> None:
    one = announcer(broker, versions)
    broker.room = 0
    one.presence()
    one.send_due()
    assert broker.retained == {}
    broker.room = 1
    one.send_due()
    assert broker.retained == {TOPIC: HERE.to_json()}


def test_every_agent_gets_its_assignment_however_slowly_the_connection_takes_them(
    broker: Broker, versions: Versions
) -> None:
    one = announcer(broker, versions)
    one.assign()
    for _ in range(2):
        broker.room = 1
        one.send_due()
    assert (broker.devices(AGENT), broker.devices(OTHER_AGENT)) == (["dev-1"], [])
    broker.retained.clear()
    broker.room = 9
    one.send_due()
    assert broker.retained == {}  # once


def test_an_agent_that_was_removed_gets_an_empty_assignment_also_after_a_restart(
    broker: Broker, versions: Versions, tmp_path: Path
) -> None:
    versions.publish(inventory().model_copy(update={"agents": []}), {}, 2)
    one = announcer(broker, Versions(tmp_path))
    one.assign()
    one.send_due()
    assert broker.devices(AGENT) == []
    assert Assignment.model_validate_json(broker.retained[topics.assignments(AGENT)]).version == 2
