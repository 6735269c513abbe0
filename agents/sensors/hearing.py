"""The sensors of an assignment, heard on the site's broker: each message becomes a batch, also one that is refused."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import SecretStr

from agents.host_clock import HostClock, Stamp
from agents.sensors.plan import Plan
from agents.sensors.refusals import Refusals
from agents.sensors.understand import understand
from agents.sensors.waiting import Heard, Waiting
from agents.to_loop import hand_over
from contract import topics
from contract.batch import Batch
from contract.broker import BrokerConfig
from contract.mqtt import Connection, EdgeCounts, Handlers, Message

log = logging.getLogger(__name__)

GROUP = 50
OVERLAP_S = 5.0  # for which a connection outlasts the one that takes its place
STOP_S = 0.5


@dataclass(slots=True)
class SensorCounts:
    """What became of the messages of sensors, since the start; the rest of them were understood."""

    messages: int = 0
    refused: int = 0
    left_out: int = 0
    """Refused ones that no batch tells of: one of a topic in a minute is enough."""
    ignored: int = 0


class Sensors:
    """Lives on the event loop; without a `broker` it hears nothing, and says so when it should."""

    def __init__(
        self,
        broker: BrokerConfig | None,
        password: SecretStr | None,
        client_id: str,
        put: Callable[[Batch], None],
        clock: HostClock,
    ) -> None:
        self._broker, self._password, self._client_id, self._put = broker, password, client_id, put
        self._clock = clock
        self._plan = Plan("")
        self._waiting = Waiting()
        self._refusals = Refusals()
        self._wake, self._changed = asyncio.Event(), asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._connections: list[Connection] = []
        self.counts, self.edge = SensorCounts(), EdgeCounts()

    @property
    def dropped(self) -> int:
        """How many messages were let go because they came too fast."""
        return self._waiting.let_go

    def apply(self, plan: Plan) -> None:
        """Hear what the plan says."""
        for trouble in plan.troubles:
            log.error("%s", trouble)
        if self._broker is None and plan.mapped:
            log.error("no sensor is heard: this agent's file names no broker of theirs (`sensors.broker`)")
        elif plan.mapped:
            log.info("assignment %s: %d sensors", plan.assignment, sum(len(one.sensors) for one in plan.mapped))
        if plan.filters != self._plan.filters:
            self._changed.set()
        self._plan = plan

    async def subscribe(self) -> None:
        """Keep a connection that hears what the present plan says. A new one is up before the last one ends, so that
        what is said meanwhile is heard, if twice."""
        number = 0
        while True:
            await self._changed.wait()
            self._changed.clear()
            former = list(self._connections)
            if self._broker is not None and self._plan.filters:
                number += 1
                up = asyncio.Event()
                connection = self._connect(self._broker, f"{self._client_id}-{number}", up)
                self._connections.append(connection)
                connection.start()
                if former:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(OVERLAP_S):
                            await up.wait()
            for one in former:
                await asyncio.to_thread(one.stop, timeout_s=STOP_S)
                self._connections.remove(one)

    async def read(self) -> None:
        """Read what is heard, for ever."""
        while True:
            if self._read_some():
                await asyncio.sleep(0)  # polls go on meanwhile
            else:
                await self._wake.wait()
                self._wake.clear()

    async def stop(self) -> None:
        """Hear nothing more, and read what is heard already."""
        self._broker = None  # no new connection
        for one in list(self._connections):
            await asyncio.to_thread(one.stop, timeout_s=STOP_S)
        while self._read_some():
            pass

    def _connect(self, broker: BrokerConfig, client_id: str, up: asyncio.Event) -> Connection:
        filters = sorted(self._plan.filters)

        def on_up() -> None:
            log.info("connected to the sensors' broker: %d subscriptions", len(filters))
            hand_over(self._loop, up.set)

        return Connection(
            broker,
            client_id,
            Handlers(
                on_message=self._on_message,
                on_up=on_up,
                on_down=lambda reason: log.warning("the sensors' broker: %s; no sensor is heard meanwhile", reason),
            ),
            filters,
            password=self._password,
            counts=self.edge,
        )

    def _on_message(self, message: Message) -> None:
        if message.topic.startswith(f"{topics.ROOT}/"):
            return  # a filter may be so wide that it has our own messages: what we say of one would be the next
        if self._waiting.put(message, self._clock.now()):
            hand_over(self._loop, self._wake.set)

    def _read_some(self) -> bool:
        """Read a few of what waits. Returns whether there was anything."""
        group = self._waiting.take(GROUP)
        for heard in group:
            try:
                self._read(heard, heard.stamp)
            except Exception:
                self.counts.refused += 1
                log.exception("a bug: a message on %a was passed over", heard.message.topic)
        return bool(group)

    def _read(self, heard: Heard, stamp: Stamp) -> None:
        self.counts.messages += 1
        batches = understand(self._plan, heard.message, stamp)
        self.counts.ignored += not batches
        for batch in batches:
            if batch.refused is not None:
                self.counts.refused += 1
                if not self._refusals.admit(heard.message.topic, stamp.mono / 1000):
                    self.counts.left_out += 1
                    continue
                log.warning("a message on %s was refused: %s", batch.refused.topic, batch.refused.reason)
            self._put(batch)
