"""Rights on the shipped broker, with real certificates: users x topics x verbs x what they claim to be, told by what is
delivered.

What may be is written down here once more and by hand, `MAY`; anything else that is delivered is a breach.
mosquitto acknowledges what it denies (MQTT 3.1.1 §3.3.5), so an acknowledgement says nothing here.
"""

import itertools
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from deploy import logins
from deploy.broker import OBSERVER, ShippedBroker
from deploy.client import Client, RefusedError
from deploy.conftest import GONE, SITE_SENSORS
from system.thread import wait_for

from contract import topics
from mangrove.deploy import SERVICES

A, B, COLLECTOR, LOOKER, SENSORS, HEALTH = "tram-a", "tram-b", "collector-ca-mau", "looker", "sensors", "health"
USERS = (A, B, COLLECTOR, LOOKER, SENSORS, SITE_SENSORS, HEALTH)
NAMES = (*USERS, GONE, "mau")
# Names that the authority would have to sign by mistake: they come in and may do nothing.
STRANGE = (
    "mau",
    "+",
    "#",
    "tram-a/#",
    "+/+",
    "Tram-A",
    "tram-a ",
    "tram-a\n",
    "tram-a,tram-b",
    "x" * 64,
    "$SYS",
    "năm",
)
COLLECTORS = ("ca-mau", "khac")  # ids: ours and a foreign one
PROBE = f"{topics.collector_alive('ca-mau')}-probe-1"  # of `mangrove doctor`
OWN_SITE = ("site/tram-nam-can-01/power", "site/tram-nam-can-01/cabinet", "site/tram-nam-can-01")
SITE = (*OWN_SITE, "site/khac/power", "site")
OF_AGENT = (topics.batches, topics.numbers, topics.agent_alive, topics.acks, topics.assignments)
ALIVE = {topics.collector_alive(one) for one in (*COLLECTORS, A)}
OTHERS = ("mangrove/v1/agents/tram-a/secret", "mangrove/v1", "mangrove/v2/batches/tram-a", "health", "khac")
TOPICS = (*(topic(user) for topic in OF_AGENT for user in NAMES), *sorted(ALIVE), PROBE, *SITE, *OTHERS)
FENCE = "khac/fence"
WILDCARDS = (
    *("#", "+", "+/#", "+/+/+/+", "mangrove/#", topics.ALL, "mangrove/v1/+/tram-a", "mangrove/v1/+/+", "site/+/+"),
    *("mangrove/v1/agents/+/+", "mangrove/v1/acks/+", "mangrove/v1/assignments/+", "mangrove/v1/acks/#"),
    *(topics.ALL_BATCHES, topics.ALL_NUMBERS, topics.agent_alive("+"), topics.ALL_COLLECTORS_ALIVE),
    *("$SYS/#", "$SYS/broker/version", "$SYS/broker/clients/connected", "+/broker/#"),
)
SHARED = (
    *(f"$share/g{i}/{topic}" for i, topic in enumerate(TOPICS)),
    *(f"$share/all{i}/{wild}" for i, wild in enumerate(("#", topics.ALL, topics.ALL_BATCHES, "mangrove/v1/acks/+"))),
)
Rights = tuple[set[str], set[str]]


def _agent(user: str) -> Rights:
    alive = topics.agent_alive(user)
    return {topics.batches(user), topics.numbers(user), alive}, {topics.acks(user), topics.assignments(user), alive} | (
        ALIVE | set(SITE)
    )


def _of_all(*of: int) -> set[str]:
    return {OF_AGENT[i](one) for i in of for one in NAMES}


MAY: dict[str, Rights] = {  # user: topics that it may say, topics that it may hear
    A: _agent(A),
    B: _agent(B),
    COLLECTOR: (
        _of_all(3, 4) | {topics.collector_alive("ca-mau"), PROBE},
        _of_all(0, 1) | {topics.collector_alive("ca-mau"), PROBE},
    ),
    LOOKER: (set(), _of_all(0, 1, 2, 3, 4) | ALIVE | {PROBE, *SITE, "mangrove/v1", OTHERS[0]}),
    SENSORS: (set(SITE), set()),
    SITE_SENSORS: (set(OWN_SITE), set()),
    HEALTH: (set(), set()),
    **dict.fromkeys(STRANGE, (set(), set())),
}
# What a user may claim beside its certificate: client id and user name. None of it gives a right.
CLAIMS = (("", None), ("mangrove-agent-tram-b-0123abcd", B), ("mangrove-collector-ca-mau", COLLECTOR), (OBSERVER, "#"))
_marks = itertools.count()


@pytest.fixture
def observer(shipped: ShippedBroker, deployment: Path) -> Iterator[Client]:
    """One who hears and may say all."""
    with Client(shipped.port, logins.login(deployment, OBSERVER)) as client:
        client.subscribe(["#"])
        yield client


@pytest.fixture(scope="module")
def login(deployment: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ssl.SSLContext]:
    """How each user of the matrix comes in."""
    folder = tmp_path_factory.mktemp("strange")
    made = {user: logins.login(deployment, user) for user in USERS}
    made |= {user: logins.signed(deployment, folder, user) for user in STRANGE}
    return made.__getitem__


Login = Callable[[str], ssl.SSLContext]
every_user = pytest.mark.parametrize("user", MAY)
every_real_user = pytest.mark.parametrize("user", [*USERS, "+"])


def _mark() -> bytes:
    return f"mark-{next(_marks)}".encode()


def _fence(listener: Client, observer: Client, topic: str = FENCE) -> set[tuple[str, bytes]]:
    """What the listener was sent until now."""
    mark = _mark()
    observer.publish([(topic, mark)])
    return listener.until(mark)


def test_the_table_is_about_every_user_that_is_made() -> None:
    assert set(MAY) == {A, B, SITE_SENSORS, *SERVICES, *STRANGE}
    said = (len(MAY) + len(CLAIMS) - 1) * (len(TOPICS) + 1) + 2 * len(USERS) * len(TOPICS)
    heard = len(MAY) * 3 * 2 * len(TOPICS)
    print(f"{said} times something is said, {heard} times it is looked whether it is heard; each breach fails a test")


@pytest.mark.parametrize(("user", "claim"), [*((user, CLAIMS[0]) for user in MAY), *((A, one) for one in CLAIMS[1:])])
def test_a_user_can_say_only_what_is_his(
    shipped: ShippedBroker, login: Login, observer: Client, user: str, claim: tuple[str, str | None]
) -> None:
    mark = _mark()
    with Client(shipped.port, login(user), client_id=claim[0] and f"{claim[0]}-x", user=claim[1]) as client:
        client.publish([(topic, mark) for topic in (*TOPICS, "$SYS/broker/version")])

    assert {topic for topic, payload in _fence(observer, observer) if payload == mark} == MAY[user][0]


@every_real_user
def test_a_user_cannot_clear_what_others_have_retained(
    shipped: ShippedBroker, deployment: Path, login: Login, observer: Client, user: str
) -> None:
    mark = _mark()
    observer.publish([(topic, mark) for topic in TOPICS], retain=True)
    with Client(shipped.port, login(user)) as client:
        client.publish([(topic, b"") for topic in TOPICS], retain=True)

    with Client(shipped.port, logins.login(deployment, OBSERVER)) as after:
        after.subscribe(["#"])
        left = {topic for topic, payload in _fence(after, observer) if payload == mark}
    observer.publish([(topic, b"") for topic in TOPICS], retain=True)
    assert set(TOPICS) - left == MAY[user][0]


@every_real_user
def test_a_will_says_only_what_its_user_may(shipped: ShippedBroker, login: Login, observer: Client, user: str) -> None:
    mark = _mark()
    tried = TOPICS if user in USERS else (topics.batches(A), topics.acks(A), topics.collector_alive("ca-mau"))
    for topic in tried:
        Client(shipped.port, login(user), will=(topic, mark)).cut()
    said: set[str] = set()
    while said < MAY[user][0]:  # a cut is noticed a moment later
        said |= {topic for topic, payload in _fence(observer, observer) if payload == mark}
    with Client(shipped.port, login(SENSORS), will=("site/last", last := _mark())) as client:
        client.cut()
    said |= {topic for topic, payload in observer.until(last) if payload == mark}

    assert said == MAY[user][0]


@pytest.mark.parametrize("filters", [TOPICS, WILDCARDS, SHARED], ids=["by name", "by wildcards", "shared"])
@every_user
def test_a_user_hears_only_what_is_for_him(
    shipped: ShippedBroker, login: Login, observer: Client, user: str, filters: tuple[str, ...]
) -> None:
    kept, live = _mark(), _mark()
    observer.publish([(topic, kept) for topic in TOPICS], retain=True)
    with Client(shipped.port, login(user)) as client:
        client.subscribe(filters)
        observer.publish([(topic, live) for topic in TOPICS])
        heard = _heard(client, observer, user)
    observer.publish([(topic, b"") for topic in TOPICS], retain=True)

    was_kept = {topic for topic, payload in heard if payload == kept}
    assert was_kept == MAY[user][1] or (filters is SHARED and not was_kept)  # MQTT 5 §4.8.2; mosquitto 2.0.11 sends it
    assert {topic for topic, payload in heard if payload == live} == MAY[user][1]
    assert [topic for topic, payload in heard if payload not in (kept, live)] == []  # nothing of $SYS


def _heard(client: Client, observer: Client, user: str) -> set[tuple[str, bytes]]:
    """What was delivered until a message that the user may hear; for one who hears nothing, until he is answered."""
    if MAY[user][1]:
        return _fence(client, observer, min(MAY[user][1]))
    client.subscribe(["nothing"])
    return {client.heard.get()[:2] for _ in range(client.heard.qsize())}


def test_the_observer_sees_what_others_are_denied(shipped: ShippedBroker, deployment: Path) -> None:
    with Client(shipped.port, logins.login(deployment, OBSERVER)) as client:
        client.subscribe(["$SYS/broker/version"])
        assert client.heard.get(timeout=20)[0] == "$SYS/broker/version"


@pytest.mark.parametrize("user", [None, A, OBSERVER, ""])
@pytest.mark.parametrize(
    "kind",
    ["none", "foreign", "self-signed", "ended", "revoked", "of the broker", "of grafana", "with a NUL", "nameless"],
)
def test_nobody_else_comes_in(
    shipped: ShippedBroker, deployment: Path, tmp_path: Path, kind: str, user: str | None
) -> None:
    servers = deployment / "certificates"
    made = {
        "none": lambda: logins.context(deployment),
        "foreign": lambda: logins.signed(deployment, tmp_path, A, foreign=True),
        "self-signed": lambda: logins.self_signed(deployment, tmp_path, A),
        "ended": lambda: logins.signed(deployment, tmp_path, A, ended=True),
        "revoked": lambda: logins.login(deployment, GONE),
        "of the broker": lambda: logins.context(deployment, servers / "broker.crt", servers / "broker.key"),
        "of grafana": lambda: logins.context(deployment, servers / "grafana.crt", servers / "grafana.key"),
        "with a NUL": lambda: logins.signed(deployment, tmp_path, f"{A}\0x"),
        "nameless": lambda: logins.nameless(deployment, tmp_path),
    }
    with pytest.raises((RefusedError, OSError)):
        Client(shipped.port, made[kind](), user=user)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_an_old_version_of_tls_is_refused(shipped: ShippedBroker, deployment: Path) -> None:
    old = logins.login(deployment, A)
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    with socket.create_connection((shipped.host, shipped.port), timeout=5) as connection, pytest.raises(ssl.SSLError):
        old.wrap_socket(connection, server_hostname=shipped.host)
    wait_for(lambda: "unsupported protocol" in shipped.log(), "the broker says why")


def test_without_tls_there_is_no_answer(shipped: ShippedBroker) -> None:
    with socket.create_connection((shipped.host, shipped.port), timeout=5) as connection:
        connection.sendall(b"\x10\x11\x00\x04MQTT\x04\x02\x00\x05\x00\x05plain")
        try:
            answer = connection.recv(16)
        except ConnectionResetError:
            answer = b""
    assert not answer.startswith(b"\x20")
