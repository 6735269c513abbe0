"""The MQTT edge: the one file that imports paho. MQTT 3.1.1, clean sessions, QoS 1.

Durability is not the broker's job here (the agents' spools are the buffer), so every connection is a new client object:
no stale message ids, no hidden queue that outlives a connection. A supervisor thread connects, watches the library's
network thread, and connects again after a full-jitter delay. Nothing that a broker, a network or a file does ends it.
"""

import contextlib
import logging
import random
import socket
import threading
import time
from collections.abc import Sequence

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import SecretStr

from contract import tls
from contract.broker import BrokerConfig
from contract.handlers import EdgeCounts, Handlers, Message, guarded
from contract.secret import SecretError
from contract.window import Window

__all__ = ["Connection", "EdgeCounts", "Handlers", "Message", "backoff"]

log = logging.getLogger(__name__)

MAX_DELAY_S = 2.5  # two ends wait for a broker, and what comes new is to be readable 5 s after its return
CONNECT_TIMEOUT_S = 10.0
LAST = 16
STABLE_S = 2.0  # a connection that lasts less does not count as a success: two clients with one id end each other's
CLOSE_S = 1.0
MAX_WAITING = 64 << 20  # bytes
MAX_PAYLOAD = 16 << 20  # the largest of ours is the assignment of ten thousand devices


def backoff(attempt: int) -> float:
    """Return a full-jitter delay in seconds for the attempt, counted from 0."""
    return random.uniform(0, min(MAX_DELAY_S, 0.5 * 2 ** min(attempt, 10)))  # noqa: S311  # jitter, not a secret


class Connection:
    """A connection that keeps itself up. Thread-safe."""

    def __init__(
        self,
        config: BrokerConfig,
        client_id: str,
        handlers: Handlers,
        subscriptions: Sequence[str] = (),
        *,
        password: SecretStr | None = None,
        will: tuple[str, bytes] | None = None,
        window: int = 200,
        counts: EdgeCounts | None = None,
    ) -> None:
        """`will` is (topic, payload), retained; `window` bounds the messages in flight and those queued, each. `counts`
        are for connections that follow one another."""
        self._config, self._client_id, self._handlers = config, client_id, handlers
        self._subscriptions, self._password, self._will, self._window = subscriptions, password, will, window
        self.counts = counts or EdgeCounts()
        self._client: paho.Client | None = None
        self._waiting = Window(2 * window, MAX_WAITING)
        self._publishing = threading.Lock()
        self._ended = threading.Event()
        self._down = threading.Event()
        self._up = False
        self._up_since: float | None = None
        self._said = ""
        self._alert = ""  # by which the broker ended the last connection
        self._thread = threading.Thread(target=self._keep_up, name=f"mqtt {client_id}", daemon=True)

    def start(self) -> None:
        """Begin to connect, in the background."""
        self._thread.start()

    @property
    def up(self) -> bool:
        """Whether the broker has accepted us and our subscriptions were sent."""
        return self._up

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> bool:
        """Hand a message to the network thread. False: not connected, stopped or the window is full, so nothing was
        taken."""
        with self._publishing:
            client = self._client
            if client is not None and self._up and not self._ended.is_set() and self._waiting.has_room(len(payload)):
                sent = client.publish(topic, payload, qos=qos, retain=retain)
                if sent.rc == paho.MQTT_ERR_SUCCESS:
                    self._waiting.add(sent, len(payload))
                    return True
            self.counts.not_taken += 1
            return False

    def stop(self, last: Sequence[tuple[str, bytes]] = (), timeout_s: float = 2.0) -> None:
        """Publish `last` retained and nothing after it, wait for the acknowledgements at most `timeout_s` in all, and
        disconnect. Returns within `timeout_s` twice and `CLOSE_S` twice; an attempt to connect is not waited for, and
        comes to nothing."""
        with self._publishing:
            self._ended.set()
            client, up = self._client, self._up
        deadline = time.monotonic() + timeout_s
        if client is not None and up:
            sent = [client.publish(topic, payload, qos=1, retain=True) for topic, payload in last]
            for info in sent:
                with contextlib.suppress(RuntimeError, ValueError):  # it was not taken, or is lost with the connection
                    info.wait_for_publish(max(0.01, deadline - time.monotonic()))
        self._down.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s + 2 * CLOSE_S if self._client is not None else timeout_s)

    def _keep_up(self) -> None:
        attempt = 0
        while True:
            self._down.clear()
            if self._ended.is_set():  # looked at after clearing: `stop` sets it before it sets `_down`
                return
            self._up_since = None
            try:
                self._connect()
            except (OSError, ValueError, SecretError) as error:
                self._report_down(f"{self._config.host}:{self._config.port} cannot be reached: {error}")
            except Exception:
                log.exception("a bug in the MQTT edge; it connects again")
            lasted = self._up_since is not None and time.monotonic() - self._up_since >= STABLE_S
            attempt = 0 if lasted else attempt + 1
            self._ended.wait(backoff(attempt))

    def _connect(self) -> None:
        """One connection, from its begin to its end."""
        self._alert = ""
        client = self._new_client()
        try:
            client.connect(self._config.host, self._config.port, keepalive=self._config.keepalive_s)
            self._waiting = Window(2 * self._window, MAX_WAITING)
            self._client = client
            client.loop_start()
            self._watch(client)
        finally:
            with self._publishing:
                self._up = False
                self._client = None
            _close(client)

    def _watch(self, client: paho.Client) -> None:
        """Return once the connection is over."""
        silent = time.monotonic() + CONNECT_TIMEOUT_S
        while not self._down.wait(0.5):
            thread = client._thread  # noqa: SLF001  # the library has no public sign that its thread has died
            if (thread is None or not thread.is_alive()) and not self._down.is_set():
                self._report_down("the library's network thread has ended")
                return
            if not self._up and time.monotonic() > silent:
                self._report_down("the broker took the connection and says nothing")
                return

    def _new_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(self._window)
        client.max_queued_messages_set(2 * self._window + LAST)  # room for the last words when the window is full
        if self._config.user is not None:
            client.username_pw_set(self._config.user, self._password.get_secret_value() if self._password else None)
        if self._config.tls is not None:
            client.tls_set_context(tls.context(self._config.tls, self._on_alert))
        if self._will is not None:
            client.will_set(self._will[0], self._will[1], qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        return client

    def _on_connect(
        self, client: paho.Client, _data: object, _flags: paho.ConnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        if client is not self._client or self._ended.is_set():
            return  # one that is being given up
        if reason.is_failure:
            self._report_down(f"the broker refuses the login of {self._config.user or 'anonymous'}: {reason}")
            self._down.set()
            return
        if self._subscriptions:
            client.subscribe([(topic, 1) for topic in self._subscriptions])
        with self._publishing:
            if client is not self._client or self._ended.is_set():
                return
            self._said, self._up_since, self._up = "", time.monotonic(), True
        self.counts.connects += 1
        guarded(self._handlers.on_up, self.counts)

    def _on_subscribe(
        self, _c: paho.Client, _data: object, _mid: int, reasons: list[ReasonCode], _p: Properties | None
    ) -> None:
        refused = [topic for topic, reason in zip(self._subscriptions, reasons, strict=False) if reason.is_failure]
        if refused:
            log.error("the broker refuses us %s: give this user the right to read it", ", ".join(refused))

    def _on_disconnect(
        self, client: paho.Client, _d: object, _flags: paho.DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        if client is not self._client or self._down.is_set():
            return  # we end it ourselves, or have said why
        was_up, self._up = self._up, False
        self._report_down(f"the {'connection was lost' if was_up else 'broker closes the connection'}: {reason}")
        self._down.set()

    def _on_message(self, client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        if client is not self._client:
            return
        if len(message.payload) > MAX_PAYLOAD:
            self.counts.ignored += 1
            log.warning("a message of %d bytes was ignored: more than any of ours has", len(message.payload))
            return
        try:
            topic = message.topic
        except UnicodeDecodeError:
            self.counts.ignored += 1
            log.warning("a topic that is not UTF-8 was ignored")
            return
        heard = Message(topic, bytes(message.payload), message.retain)
        guarded(lambda: self._handlers.on_message(heard), self.counts)

    def _on_alert(self, alert: str) -> None:
        self._alert = alert

    def _report_down(self, reason: str) -> None:
        """Say why, once for each change: a broker that is away for a day fails thousands of attempts."""
        self._up = False
        if self._alert:
            reason = tls.refusal(self._alert)
        if not self._ended.is_set() and reason != self._said:
            self._said = reason
            guarded(lambda: self._handlers.on_down(reason), self.counts)


def _close(client: paho.Client) -> None:
    """End a connection and its thread. On a half-open one the library would wait for its keepalive, twice."""
    client.disconnect()
    thread = client._thread  # noqa: SLF001  # its `loop_stop` waits for ever
    if thread is None:
        return
    thread.join(CLOSE_S)
    if thread.is_alive() and isinstance(sock := client.socket(), socket.socket):
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        thread.join(CLOSE_S)
