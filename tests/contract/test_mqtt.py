"""The MQTT edge against a real broker: it keeps itself up, says why it is down, and ends when it is told to."""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.listener import Listener, until
from hypothesis import given
from hypothesis import strategies as st
from servers.mosquitto import Mosquitto
from servers.ports import HOST, free_port

from contract import mqtt
from contract.mqtt import Connection, Message, backoff

LONGEST_S = mqtt.MAX_DELAY_S  # before the tests make it shorter
CONNACK, REFUSED_SUBACK = b"\x20\x02\x00\x00", b"\x80"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "MAX_DELAY_S", 0.1)


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a listener that takes connections and never says a word."""
    with socket.create_server((HOST, 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def blackhole() -> Iterator[int]:
    """A port to which connecting takes for ever: the listener's queue is full."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind((HOST, 0))
        server.listen(0)
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield int(server.getsockname()[1])


def _cut(connection: Connection) -> None:
    """End the process's socket as its death would: without a farewell."""
    client = connection._client
    assert client is not None
    end = client.socket()
    assert isinstance(end, socket.socket)
    end.shutdown(socket.SHUT_RDWR)


def test_what_is_published_is_received(shared_mosquitto: Mosquitto) -> None:
    with Listener(shared_mosquitto.port, "a/+") as listener:
        listener.up().publish("a/1", b"\x00\xff")
        until(lambda: listener.messages == [Message("a/1", b"\x00\xff", retained=False)])


def test_a_retained_message_is_received_as_retained_by_who_comes_later(shared_mosquitto: Mosquitto) -> None:
    with Listener(shared_mosquitto.port, "b/+") as first:
        first.up().publish("b/1", b"x", retain=True)
        until(lambda: first.payloads == [b"x"])
    with Listener(shared_mosquitto.port, "b/+") as second:
        until(lambda: second.messages == [Message("b/1", b"x", retained=True)])


def test_a_broker_that_is_killed_and_restarted_finds_us_back_with_our_subscriptions(mosquitto: Mosquitto) -> None:
    with Listener(mosquitto.port, "a") as listener:
        listener.up()
        mosquitto.kill()
        until(lambda: not listener.connection.up)
        assert not listener.connection.publish("a", b"while it is down")
        mosquitto.start()
        until(lambda: len(listener.ups) == 2)
        listener.publish("a", b"back")
        until(lambda: listener.payloads == [b"back"])
        assert listener.downs[0].startswith("the connection was lost")


def test_a_broker_that_is_away_is_said_once_however_often_it_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempts: list[int] = []

    def note(attempt: int) -> float:
        attempts.append(attempt)
        return 0.01

    monkeypatch.setattr(mqtt, "backoff", note)
    with Listener(free_port()) as listener:
        until(lambda: len(attempts) > 20)
    assert len(listener.downs) == 1
    assert "cannot be reached" in listener.downs[0]
    assert attempts[:20] == list(range(1, 21))


def test_a_wrong_password_is_said_once_and_tried_until_it_is_right(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Mosquitto(tmp_path / "wrong", users={"agent": "another"}) as broker:
        listener = Listener(broker.port, "a", user="agent", password="hunter2-canary")
        with caplog.at_level(logging.DEBUG), listener:
            until(lambda: broker.log().count("not authorised") >= 3)
            [reason] = listener.downs
            assert reason.startswith("the broker refuses the login of agent: ")
            broker.kill()
            place = {"listener": f"{broker.port} {broker.host}"}
            right = Mosquitto(tmp_path / "right", users={"agent": "hunter2-canary"}, options=place)
            right.port = broker.port
            with right:
                listener.up().publish("a", b"in")
                until(lambda: listener.payloads == [b"in"])
    assert "hunter2" not in f"{listener.downs} {caplog.text} {vars(listener.connection)}"


def test_the_will_is_published_when_the_socket_dies_and_not_at_a_stop(shared_mosquitto: Mosquitto) -> None:
    with Listener(shared_mosquitto.port, "w/+") as watcher:
        watcher.up()
        with Listener(shared_mosquitto.port, will=("w/1", b"dead")) as dying:
            _cut(dying.up().connection)
            until(lambda: watcher.payloads == [b"dead"])
            until(lambda: len(dying.ups) == 2)
            dying.connection.stop([("w/1", b"gone")])
        watcher.publish("w/2", b"after")
        until(lambda: b"after" in watcher.payloads)
        assert watcher.payloads == [b"dead", b"gone", b"after"]


def test_a_handler_that_raises_does_not_end_the_connection(
    shared_mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Message) -> None:
        raise KeyError("a bug of ours")

    with Listener(shared_mosquitto.port, "h", on_message=fail, on_up=fail) as listener:
        for number in range(3):
            listener.up().publish("h", b"%d" % number)
        until(lambda: listener.payloads == [b"0", b"1", b"2"])
        assert len(listener.ups) == 1
    assert caplog.text.count("KeyError") >= 4


def test_nothing_is_taken_before_the_start_or_after_the_stop(shared_mosquitto: Mosquitto) -> None:
    listener = Listener(shared_mosquitto.port)
    assert not listener.connection.publish("a", b"x")
    with listener:
        listener.up()
    assert not listener.connection.publish("a", b"x")
    listener.connection.stop()
    Listener(shared_mosquitto.port).connection.stop()


@pytest.mark.parametrize("qos", [0, 1])
def test_a_full_window_takes_nothing_until_the_broker_has_acknowledged(mosquitto: Mosquitto, qos: int) -> None:
    with Listener(mosquitto.port, "a", window=5) as listener:
        listener.up()
        mosquitto.pause()
        payload = bytes(1 << 20)  # more than the kernel takes for a broker that does not read
        taken = 0
        while listener.connection.publish("a", payload, qos=qos):
            taken += 1
            assert taken <= 100
        assert taken >= 10
        mosquitto.resume()
        until(lambda: len(listener.messages) == taken)
        listener.publish("a", b"again")


def test_the_bytes_that_wait_are_bounded_too(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "MAX_WAITING", 10_000)
    with Listener(mosquitto.port) as listener:
        listener.up()
        mosquitto.pause()
        assert [listener.connection.publish("a", bytes(4000)) for _ in range(4)] == [True, True, False, False]
        mosquitto.resume()
        listener.publish("a", bytes(4000))


def test_a_half_open_connection_is_noticed_by_its_keepalive(mosquitto: Mosquitto) -> None:
    with Listener(mosquitto.port, keepalive_s=1) as listener:
        listener.up()
        mosquitto.pause()
        until(lambda: not listener.connection.up, within=8)
        mosquitto.resume()
        until(lambda: len(listener.ups) == 2)


def test_a_broker_that_takes_the_connection_and_says_nothing_is_given_up_and_said(
    silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "CONNECT_TIMEOUT_S", 0.2)
    with Listener(silent) as listener:
        until(lambda: listener.downs == ["the broker took the connection and says nothing"])


@pytest.mark.parametrize("place", ["silent", "blackhole"])
def test_a_stop_ends_within_its_bound_while_connecting_and_nothing_comes_up_later(
    place: str, request: pytest.FixtureRequest
) -> None:
    listener = Listener(request.getfixturevalue(place))
    listener.connection.start()
    until(listener.connection._thread.is_alive)
    began = time.monotonic()
    listener.connection.stop([("a", b"x")], timeout_s=0.3)
    assert time.monotonic() - began < 0.3 + 2 * mqtt.CLOSE_S + 1
    assert not listener.connection.up
    assert not listener.ups
    assert not listener.downs


def test_a_stop_ends_within_its_bound_when_the_broker_reads_nothing_more(mosquitto: Mosquitto) -> None:
    listener = Listener(mosquitto.port)
    with listener:
        listener.up()
        mosquitto.pause()
        for _ in range(20):
            assert listener.connection.publish("a", bytes(1 << 20))
        began = time.monotonic()
        listener.connection.stop([("a", b"x")] * 3, timeout_s=0.3)
        assert time.monotonic() - began < 2 * 0.3 + 2 * mqtt.CLOSE_S + 1
        until(lambda: not listener.connection._thread.is_alive())
    mosquitto.resume()


def test_what_is_published_at_the_stop_is_the_last_that_is_published(shared_mosquitto: Mosquitto) -> None:
    with Listener(shared_mosquitto.port, "l/1") as watcher:
        watcher.up()
        talker = Listener(shared_mosquitto.port)
        with talker:
            talker.up()
            ended = threading.Event()

            def talk() -> None:
                while not ended.is_set():
                    talker.connection.publish("l/1", b"online", retain=True)

            thread = threading.Thread(target=talk, daemon=True)
            thread.start()
            until(lambda: b"online" in watcher.payloads)
            talker.connection.stop([("l/1", b"offline")], timeout_s=5)
            ended.set()
            thread.join()
        until(lambda: watcher.payloads[-1] == b"offline")
    with Listener(shared_mosquitto.port, "l/1") as later:
        until(lambda: later.payloads == [b"offline"])


def test_a_message_larger_than_any_of_ours_is_ignored(
    shared_mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mqtt, "MAX_PAYLOAD", 10)
    with Listener(shared_mosquitto.port, "x") as listener:
        listener.up().publish("x", bytes(11))
        listener.publish("x", bytes(10))
        until(lambda: listener.payloads == [bytes(10)])
    assert "a message of 11 bytes was ignored" in caplog.text


def test_a_subscription_that_is_refused_is_said_by_its_topic(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(10)
        with Listener(server.getsockname()[1], "mine", "theirs"):
            connection, _ = server.accept()
            with connection:
                connection.settimeout(10)
                assert connection.recv(1000)[0] == 0x10
                connection.sendall(CONNACK)
                subscribe = connection.recv(1000)
                assert subscribe[0] == 0x82
                connection.sendall(b"\x90\x04" + subscribe[2:4] + b"\x01" + REFUSED_SUBACK)
                until(lambda: "refuses us" in caplog.text)
    assert "the broker refuses us theirs: " in caplog.text


@pytest.mark.parametrize("answer", [b"\xff" * 100, b"\x20\x02\x00", b"\x30\x7f" + b"\xff" * 127, b"\x90\x00", b""])
def test_garbage_from_a_broker_ends_one_connection_and_the_next_is_tried(answer: bytes) -> None:
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(10)
        with Listener(server.getsockname()[1], "a") as listener:
            for greeting in (answer, CONNACK + answer):
                connection, _ = server.accept()
                with connection:
                    assert connection.recv(1000)
                    connection.sendall(greeting)
            third, _ = server.accept()
            third.close()
            until(lambda: listener.downs)


def test_both_ends_are_back_within_five_seconds_however_long_the_broker_was_away() -> None:
    assert 2 * LONGEST_S <= 5


@given(st.integers(0, 10_000))
def test_a_delay_is_anywhere_between_nothing_and_the_doubled_or_largest(attempt: int) -> None:
    assert 0 <= backoff(attempt) <= min(mqtt.MAX_DELAY_S, 0.5 * 2 ** min(attempt, 60))
