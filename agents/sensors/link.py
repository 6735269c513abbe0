"""The connection to the sensors' broker: it hears what it is told to, and says that a host of Sparkplug is there."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence

from pydantic import SecretStr

from agents.host_clock import HostClock
from agents.sensors.sparkplug import host, topic
from agents.to_loop import hand_over
from contract.broker import BrokerConfig
from contract.mqtt import Connection, EdgeCounts, Handlers, Message

log = logging.getLogger(__name__)

OVERLAP_S = 5.0  # for which a connection outlasts the one that takes its place
STOP_S = 0.5


class Link:
    """Lives on the event loop; without a `broker` it hears nothing."""

    def __init__(
        self,
        broker: BrokerConfig | None,
        password: SecretStr | None,
        client_id: str,
        host_id: str,
        clock: HostClock,
        on_message: Callable[[Message], None],
        on_up: Callable[[], None],
    ) -> None:
        """`on_message` is called from the connection's thread; `on_up` on the loop, when nothing was heard before."""
        self._broker, self._password, self._client_id, self._clock = broker, password, client_id, clock
        self._state = topic.state(host_id)
        self._on_heard, self._on_up = on_message, on_up
        self._filters: frozenset[str] = frozenset()
        self._is_host = self._was_host = False
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._connections: list[Connection] = []
        self.edge = EdgeCounts()

    def hear(self, filters: frozenset[str], *, is_host: bool) -> None:
        """Subscribe to these; a host of Sparkplug also says that it is there."""
        if (filters, is_host) != (self._filters, self._is_host):
            self._filters, self._is_host = filters, is_host
            self._changed.set()

    def publish(self, topic: str, payload: bytes) -> bool:
        """Say something once, QoS 0 and not retained. False: nothing was taken."""
        return any(one.publish(topic, payload, qos=0) for one in reversed(self._connections) if one.up)

    async def keep(self) -> None:
        """Keep a connection that hears what it should. A new one is up before the last one ends, so that what is said
        meanwhile is heard, if twice."""
        number = 0
        while True:
            await self._changed.wait()
            self._changed.clear()
            former = list(self._connections)
            if self._broker is not None and self._filters:
                number += 1
                up = asyncio.Event()
                connection = self._connect(self._broker, f"{self._client_id}-{number}", up)
                self._connections.append(connection)
                connection.start()
                if former:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(OVERLAP_S):
                            await up.wait()
            last = () if self._is_host else self._farewell()
            for one in former:
                await asyncio.to_thread(one.stop, last, STOP_S)
                self._connections.remove(one)

    async def stop(self) -> None:
        """Hear nothing more."""
        self._broker = None  # no new connection
        for one in list(self._connections):
            await asyncio.to_thread(one.stop, self._farewell(), STOP_S)

    def _connect(self, broker: BrokerConfig, client_id: str, up: asyncio.Event) -> Connection:
        filters = sorted({*self._filters, self._state} if self._is_host else self._filters)
        at = self._clock.now().time

        def on_up() -> None:
            log.info("connected to the sensors' broker: %d subscriptions", len(filters))
            hand_over(self._loop, self._is_up, connection, up, at)

        connection = Connection(
            broker,
            client_id,
            Handlers(
                on_message=self._on_message,
                on_up=on_up,
                on_down=lambda reason: log.warning("the sensors' broker: %s; no sensor is heard meanwhile", reason),
            ),
            filters,
            password=self._password,
            will=(self._state, host.state(online=False, at_ms=at)) if self._is_host else None,
            counts=self.edge,
        )
        return connection

    def _is_up(self, connection: Connection, up: asyncio.Event, at_ms: int) -> None:
        up.set()
        if self._is_host and self._broker is not None:
            self._was_host = True
            connection.publish(self._state, host.state(online=True, at_ms=at_ms), retain=True)
        if not any(one.up for one in self._connections if one is not connection):
            self._on_up()

    def _on_message(self, message: Message) -> None:
        if message.topic != self._state:
            self._on_heard(message)
        elif host.is_offline(message.payload):  # the late will of a connection of ours that was lost
            hand_over(self._loop, self._say_again)

    def _say_again(self) -> None:
        if self._is_host and self._broker is not None:
            online = host.state(online=True, at_ms=self._clock.now().time)
            for one in self._connections:
                one.publish(self._state, online, retain=True)

    def _farewell(self) -> Sequence[tuple[str, bytes]]:
        return [(self._state, host.state(online=False, at_ms=self._clock.now().time))] if self._was_host else ()
