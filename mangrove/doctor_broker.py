"""What `mangrove doctor` finds at the brokers: do they take our login, may we say and hear what we must?"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from pydantic import SecretStr

from contract import topics
from contract.broker import BrokerConfig
from contract.mqtt import Connection, Handlers, Message
from mangrove.either import Either
from mangrove.finding import Finding
from mangrove.words import word

WAIT_S = 5.0


def broker(either: Either) -> Iterator[Finding]:
    heard = threading.Event()
    mark = secrets.token_hex(8)
    topic = topics.collector_alive(either.id) if either.collector else topics.agent_alive(either.id)
    probe = f"{topic}-probe-{mark}" if either.collector else topic

    def on_message(message: Message) -> None:
        if mark.encode() in message.payload or message.topic == probe:
            heard.set()

    with _connected(word("doctor_login"), either.broker, either.password, [probe], on_message) as (connection, login):
        yield login
        if login.good and either.collector is not None:
            good = _until(lambda: connection.publish(probe, mark.encode(), qos=1) and heard.wait(0.5), WAIT_S)
            text = word("doctor_may") if good else word("doctor_may_not", topic=probe)
            yield Finding(word("doctor_rights"), good, text)
    if either.sensors is not None:
        with _connected(word("doctor_sensors_login"), *either.sensors) as (_, login):
            yield login


@contextmanager
def _connected(
    check: str,
    broker: BrokerConfig,
    password: SecretStr | None,
    filters: Sequence[str] = (),
    on_message: Callable[[Message], None] = lambda _: None,
) -> Iterator[tuple[Connection, Finding]]:
    """A connection while it is needed, and whether it has come up."""
    up = threading.Event()
    reasons: list[str] = []
    handlers = Handlers(on_message=on_message, on_up=up.set, on_down=reasons.append)
    connection = Connection(broker, f"mangrove-doctor-{secrets.token_hex(4)}", handlers, filters, password=password)
    connection.start()
    where = f"{broker.host}:{broker.port}"
    reached = up.wait(WAIT_S)
    why = reasons[0] if reasons else word("doctor_no_answer", where=where, s=f"{WAIT_S:.0f}")
    try:
        yield connection, Finding(check, reached, where if reached else why)
    finally:
        connection.stop()


def _until(condition: Callable[[], bool], wait_s: float) -> bool:
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        if condition():
            return True
    return False
