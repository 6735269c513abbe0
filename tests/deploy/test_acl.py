"""The shipped ACL on a real broker over TLS: who may say and hear what, told by what is delivered.

What may be is written down here once more and by hand; anything else that is delivered is a breach.
"""

import itertools
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from deploy.broker import OBSERVER, ShippedBroker, passwords
from deploy.client import Client, RefusedError

from contract import topics
from mangrove.deploy import SERVICES

A, B, COLLECTOR, LOOKER, SENSORS, HEALTH = "tram-a", "tram-b", "collector-ca-mau", "looker", "sensors", "health"
USERS = (A, B, COLLECTOR, LOOKER, SENSORS, HEALTH)
COLLECTORS = ("ca-mau", "khac")  # ids: ours and a foreign one
PROBE = f"{topics.collector_alive('ca-mau')}-probe-1"  # of `mangrove doctor`
SITE = ("site/tram-nam-can-01/power", "site/tram-nam-can-01/cabinet", "site/khac/power")
OF_AGENT = (topics.batches, topics.numbers, topics.agent_alive, topics.acks, topics.assignments)
TOPICS = (
    *(topic(user) for topic in OF_AGENT for user in (*USERS, "mau")),
    *map(topics.collector_alive, (*COLLECTORS, A)),
    PROBE,
    *SITE,
    "mangrove/v1/agents/tram-a/secret",
    "mangrove/v1",
    "mangrove/v2/batches/tram-a",
    "site",
    "health",
    "khac",
)
FENCE = "khac/fence"
WILDCARDS = (
    *(
        "#",
        "+",
        "+/#",
        "+/+/+/+",
        "mangrove/#",
        topics.ALL,
        "mangrove/v1/+/tram-a",
        "mangrove/v1/agents/+/+",
        "site/+/+",
    ),
    *(topics.ALL_BATCHES, topics.ALL_NUMBERS, topics.ALL_AGENTS_ALIVE, topics.ALL_COLLECTORS_ALIVE),
    *("$SYS/#", "$SYS/broker/version", "$share/all/#", "$share/them/mangrove/v1/#"),
)


def _agent(user: str) -> tuple[set[str], set[str]]:
    alive = topics.agent_alive(user)
    says = {topics.batches(user), topics.numbers(user), alive}
    heard = {topics.acks(user), topics.assignments(user), alive}
    return says, heard | {topics.collector_alive(one) for one in (*COLLECTORS, A)} | {*SITE, "site"}


def _of_others(user: str, *of: int) -> set[str]:
    return {OF_AGENT[i](one) for i in of for one in (*USERS, "mau") if one != user}


MAY: dict[str, tuple[set[str], set[str]]] = {  # user: topics that it may say, topics that it may hear
    A: _agent(A),
    B: _agent(B),
    COLLECTOR: (
        _of_others(COLLECTOR, 3, 4) | {topics.collector_alive("ca-mau"), PROBE},
        _of_others(COLLECTOR, 0, 1, 2) | {PROBE} | {topics.collector_alive(one) for one in (*COLLECTORS, A)},
    ),
    LOOKER: (
        set(),
        _of_others(LOOKER, 0, 1, 2, 3, 4)
        | {topics.collector_alive(one) for one in (*COLLECTORS, A)}
        | {PROBE, *SITE, "site", "mangrove/v1", "mangrove/v1/agents/tram-a/secret"},
    ),
    SENSORS: ({*SITE, "site"}, {*SITE, "site"}),
    HEALTH: (set(), set()),
}
_marks = itertools.count()


@pytest.fixture
def observer(shipped: ShippedBroker, deployment: Path) -> Iterator[Client]:
    """One who hears and may say all."""
    with _client(shipped, deployment, OBSERVER) as client:
        client.subscribe(["#"])
        yield client


def _client(shipped: ShippedBroker, deployment: Path, user: str, will: tuple[str, bytes] | None = None) -> Client:
    return Client(shipped.port, shipped.ca, user, passwords(deployment, [user])[user], will=will)


def _mark() -> bytes:
    return f"mark-{next(_marks)}".encode()


def _fence(listener: Client, observer: Client, topic: str = FENCE) -> set[tuple[str, bytes]]:
    """What the listener was sent until now."""
    mark = _mark()
    observer.publish([(topic, mark)])
    return listener.until(mark)


def test_the_table_is_about_every_user_that_is_made() -> None:
    assert set(MAY) == {A, B, *SERVICES}


@pytest.mark.parametrize("user", USERS)
def test_a_user_can_say_only_what_is_his(shipped: ShippedBroker, deployment: Path, observer: Client, user: str) -> None:
    mark = _mark()
    with _client(shipped, deployment, user) as client:
        client.publish([(topic, mark) for topic in (*TOPICS, "$SYS/broker/version")])

    assert {topic for topic, payload in _fence(observer, observer) if payload == mark} == MAY[user][0]


@pytest.mark.parametrize("user", USERS)
def test_a_user_cannot_clear_what_others_have_retained(
    shipped: ShippedBroker, deployment: Path, observer: Client, user: str
) -> None:
    mark = _mark()
    observer.publish([(topic, mark) for topic in TOPICS], retain=True)
    with _client(shipped, deployment, user) as client:
        client.publish([(topic, b"") for topic in TOPICS], retain=True)

    with _client(shipped, deployment, OBSERVER) as after:
        after.subscribe(["#"])
        left = {topic for topic, payload in _fence(after, observer) if payload == mark}
    observer.publish([(topic, b"") for topic in TOPICS], retain=True)
    assert set(TOPICS) - left == MAY[user][0]


@pytest.mark.parametrize("user", USERS)
def test_a_will_says_only_what_its_user_may(
    shipped: ShippedBroker, deployment: Path, observer: Client, user: str
) -> None:
    mark = _mark()
    for topic in TOPICS:
        _client(shipped, deployment, user, will=(topic, mark)).cut()
    said: set[str] = set()
    while said < MAY[user][0]:  # a cut is noticed a moment later
        said |= {topic for topic, payload in _fence(observer, observer) if payload == mark}
    with _client(shipped, deployment, SENSORS, will=("site/last", last := _mark())) as client:
        client.cut()
    said |= {topic for topic, payload in observer.until(last) if payload == mark}

    assert said == MAY[user][0]


@pytest.mark.parametrize("filters", [TOPICS, WILDCARDS], ids=["by name", "by wildcards"])
@pytest.mark.parametrize("user", USERS)
def test_a_user_hears_only_what_is_for_him(
    shipped: ShippedBroker, deployment: Path, observer: Client, user: str, filters: tuple[str, ...]
) -> None:
    kept, live = _mark(), _mark()
    observer.publish([(topic, kept) for topic in TOPICS], retain=True)
    with _client(shipped, deployment, user) as client:
        client.subscribe(filters)
        observer.publish([(topic, live) for topic in TOPICS])
        heard = _heard(client, observer, user)
    observer.publish([(topic, b"") for topic in TOPICS], retain=True)

    assert {topic for topic, payload in heard if payload == kept} == MAY[user][1]
    assert {topic for topic, payload in heard if payload == live} == MAY[user][1]
    assert [topic for topic, payload in heard if payload not in (kept, live)] == []  # nothing of $SYS


def _heard(client: Client, observer: Client, user: str) -> set[tuple[str, bytes]]:
    """What was delivered until a message that the user may hear; for one who hears nothing, until he is answered."""
    if MAY[user][1]:
        return _fence(client, observer, min(MAY[user][1]))
    client.subscribe(["nothing"])
    return {client.heard.get()[:2] for _ in range(client.heard.qsize())}


def test_the_observer_sees_what_others_are_denied(shipped: ShippedBroker, deployment: Path, observer: Client) -> None:
    with _client(shipped, deployment, OBSERVER) as client:
        client.subscribe(["$SYS/broker/version"])
        assert client.heard.get(timeout=20)[0] == "$SYS/broker/version"


@pytest.mark.parametrize(
    ("user", "password"),
    [(None, None), (A, None), (A, ""), (A, "wrong"), ("stranger", "wrong"), ("", ""), ("Tram-A", None), ("+", "x")],
)
def test_nobody_else_comes_in(shipped: ShippedBroker, user: str | None, password: str | None) -> None:
    with pytest.raises(RefusedError):
        Client(shipped.port, shipped.ca, user, password)


def test_the_password_of_one_is_not_that_of_another(shipped: ShippedBroker, deployment: Path) -> None:
    known = passwords(deployment, USERS)
    assert len(set(known.values())) == len(USERS)
    with pytest.raises(RefusedError):
        Client(shipped.port, shipped.ca, A, known[B])


def test_without_tls_there_is_no_answer(shipped: ShippedBroker) -> None:
    with socket.create_connection((shipped.host, shipped.port), timeout=5) as connection:
        connection.sendall(b"\x10\x11\x00\x04MQTT\x04\x02\x00\x05\x00\x05plain")
        try:
            answer = connection.recv(16)
        except ConnectionResetError:
            answer = b""
    assert not answer.startswith(b"\x20")
