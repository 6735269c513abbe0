"""The MQTT edge: the one file that imports paho. MQTT 3.1.1, clean sessions, QoS 1.

Durability is not the broker's job here (the agents' spools are the buffer), so every connection is a new client object:
no stale message ids, no hidden queue that outlives a connection. A supervisor thread connects, watches the library's
network thread, and connects again after a full-jitter delay.
"""

import logging
import random
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import SecretStr

from contract.broker import BrokerConfig

log = logging.getLogger(__name__)

MAX_DELAY_S = 15.0
CONNECT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Message:
    """What came in."""

    topic: str
    payload: bytes
    retained: bool


@dataclass(frozen=True, slots=True)
class Handlers:
    """Called from the library's thread: they must return at once and hand the work over."""

    on_message: Callable[[Message], None]
    on_up: Callable[[], None]
    on_down: Callable[[str], None]


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
    ) -> None:
        """`will` is (topic, payload), retained; `window` bounds what is in flight and what is queued, each."""
        self._config, self._client_id, self._handlers = config, client_id, handlers
        self._subscriptions, self._password, self._will, self._window = subscriptions, password, will, window
        self._client: paho.Client | None = None
        self._ended = threading.Event()
        self._down = threading.Event()
        self._up = False
        self._thread = threading.Thread(target=self._keep_up, name=f"mqtt {client_id}", daemon=True)

    def start(self) -> None:
        """Begin to connect, in the background."""
        self._thread.start()

    @property
    def up(self) -> bool:
        """Whether the broker has accepted us and our subscriptions were sent."""
        return self._up

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> bool:
        """Hand a message to the network thread. False: not connected or the window is full, so nothing was taken."""
        client = self._client
        if client is None or not self._up:
            return False
        return client.publish(topic, payload, qos=qos, retain=retain).rc == paho.MQTT_ERR_SUCCESS

    def stop(self, last: Sequence[tuple[str, bytes]] = (), timeout_s: float = 2.0) -> None:
        """Publish `last` retained, wait for their acknowledgement at most `timeout_s` each, and disconnect."""
        client = self._client
        if client is not None and self._up:
            for topic, payload in last:
                sent = client.publish(topic, payload, qos=1, retain=True)
                if sent.rc == paho.MQTT_ERR_SUCCESS:
                    sent.wait_for_publish(timeout_s)
        self._ended.set()
        self._down.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s + CONNECT_TIMEOUT_S)

    def _keep_up(self) -> None:
        attempt = 0
        while not self._ended.is_set():
            self._down.clear()
            reached = False
            client = self._new_client()
            try:
                client.connect(self._config.host, self._config.port, keepalive=self._config.keepalive_s)
                self._client = client
                client.loop_start()
                reached = self._watch(client)
            except (OSError, ValueError) as error:
                self._report_down(f"{self._config.host}:{self._config.port} cannot be reached: {error}")
            finally:
                self._up = False
                self._client = None
                client.disconnect()
                client.loop_stop()
            attempt = 0 if reached else attempt + 1
            self._ended.wait(backoff(attempt))

    def _watch(self, client: paho.Client) -> bool:
        """Return once the connection is over: whether it had been up."""
        was_up = False
        for tick in range(1_000_000_000):
            if self._down.wait(0.5):
                return was_up or self._up
            was_up = was_up or self._up
            thread = client._thread  # noqa: SLF001  # the library has no public sign that its thread has died
            if thread is None or not thread.is_alive():
                self._report_down("the library's network thread has ended")
                return was_up
            if not was_up and tick * 0.5 > CONNECT_TIMEOUT_S:
                self._report_down("the broker took the connection and says nothing")
                return False
        return was_up

    def _new_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(self._window)
        client.max_queued_messages_set(2 * self._window)
        if self._config.user is not None:
            client.username_pw_set(self._config.user, self._password.get_secret_value() if self._password else None)
        if self._config.tls is not None:
            tls = self._config.tls
            context = ssl.create_default_context(cafile=str(tls.ca_file) if tls.ca_file else None)
            if tls.cert_file is not None:
                context.load_cert_chain(tls.cert_file, tls.key_file)
            client.tls_set_context(context)
        if self._will is not None:
            client.will_set(self._will[0], self._will[1], qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _on_connect(
        self, client: paho.Client, _data: object, _flags: paho.ConnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        if reason.is_failure:
            self._report_down(f"the broker refuses the login of {self._config.user or 'anonymous'}: {reason}")
            self._down.set()
            return
        for topic in self._subscriptions:
            client.subscribe(topic, qos=1)
        self._up = True
        self._guarded(self._handlers.on_up)

    def _on_disconnect(
        self, _c: paho.Client, _data: object, _flags: paho.DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        if self._up:
            self._up = False
            self._report_down(f"the connection was lost: {reason}")
        self._down.set()

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            log.warning("a topic that is not UTF-8 was ignored")
            return
        self._guarded(lambda: self._handlers.on_message(Message(topic, bytes(message.payload), message.retain)))

    def _report_down(self, reason: str) -> None:
        self._up = False
        if not self._ended.is_set():
            self._guarded(lambda: self._handlers.on_down(reason))

    def _guarded(self, handler: Callable[[], None]) -> None:
        """An exception in a callback would end the library's thread: log it, and go on."""
        try:
            handler()
        except Exception:
            log.exception("a bug in a handler of the MQTT edge; the message was ignored")
