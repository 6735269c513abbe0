"""A client of a test: it says, hears, and can be cut off."""

import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

WITHIN_S = 20.0


class RefusedError(Exception):
    """The broker does not let us in."""


class Client:
    """Connected over TLS when made; `heard` has topic, payload and whether retained. Use it as a context manager.

    `client_id` and `user` are what it claims to be. Raises RefusedError, or OSError when the handshake fails.
    """

    def __init__(
        self,
        port: int,
        login: ssl.SSLContext,
        *,
        client_id: str = "",
        user: str | None = None,
        will: tuple[str, bytes] | None = None,
    ) -> None:
        self.heard: queue.SimpleQueue[tuple[str, bytes, bool]] = queue.SimpleQueue()
        self._answer: queue.SimpleQueue[ReasonCode] = queue.SimpleQueue()
        self._subscribed = threading.Event()
        self.lost = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id, clean_session=True, reconnect_on_failure=False
        )
        self._client.max_inflight_messages_set(1000)
        if user is not None:
            self._client.username_pw_set(user, "secret")
        if will is not None:
            self._client.will_set(*will, qos=1)
        self._client.tls_set_context(login)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = lambda _c, _d, message: self.heard.put(
            (message.topic, bytes(message.payload), message.retain)
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        answer = self._answer.get(timeout=WITHIN_S)
        if answer.is_failure:
            self.close()
            raise RefusedError(str(answer))

    def subscribe(self, filters: Iterable[str]) -> None:
        """Return when the broker has answered."""
        self._subscribed.clear()
        self._client.subscribe([(name, 1) for name in filters])
        assert self._subscribed.wait(WITHIN_S)

    def publish(self, messages: Sequence[tuple[str, bytes]], *, retain: bool = False) -> None:
        """Return when all are acknowledged, which those that the ACL denies are, too (MQTT 3.1.1 §3.3.5)."""
        for sent in [self._client.publish(topic, payload, qos=1, retain=retain) for topic, payload in messages]:
            sent.wait_for_publish(WITHIN_S)
            assert sent.is_published()

    def until(self, mark: bytes) -> set[tuple[str, bytes]]:
        """Topic and payload of all that was heard before the message `mark`."""
        found: set[tuple[str, bytes]] = set()
        deadline = time.monotonic() + WITHIN_S
        while True:
            topic, payload, _ = self.heard.get(timeout=max(0.01, deadline - time.monotonic()))
            if payload == mark:
                return found
            found.add((topic, payload))

    def cut(self) -> None:
        """End the connection without a word, so that the will is said."""
        sock = self._client.socket()
        assert isinstance(sock, ssl.SSLSocket)
        sock.shutdown(socket.SHUT_RDWR)
        self._client.loop_stop()

    def close(self) -> None:
        """Disconnect; a broker that ended it before is no error."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self, _c: paho.Client, _d: object, _f: paho.ConnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        self._answer.put(reason)

    def _on_disconnect(
        self, _c: paho.Client, _d: object, _f: paho.DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        self.lost.set()
        self._answer.put(reason)

    def _on_subscribe(
        self, _c: paho.Client, _d: object, _m: int, _reasons: list[ReasonCode], _p: Properties | None
    ) -> None:
        self._subscribed.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
