"""The sensors of an assignment, heard on the site's broker: each message becomes a batch, also one that is refused."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from agents.host_clock import HostClock
from agents.sensors.link import Link
from agents.sensors.plan import Plan
from agents.sensors.refusals import Refusals
from agents.sensors.sparkplug import host, topic
from agents.sensors.sparkplug.nodes import Nodes
from agents.sensors.sparkplug.remembered import Remembered
from agents.sensors.understand import understand
from agents.sensors.waiting import Heard, Waiting
from agents.to_loop import hand_over
from contract import topics
from contract.batch import Batch
from contract.broker import BrokerConfig
from contract.mqtt import EdgeCounts, Message

log = logging.getLogger(__name__)

GROUP = 50


@dataclass(slots=True)
class SensorCounts:
    """What became of the messages of sensors, since the start; the rest of them were understood."""

    messages: int = 0
    refused: int = 0
    left_out: int = 0
    """Refused ones that no batch tells of: one of a topic in a minute is enough."""
    ignored: int = 0
    rebirths: int = 0
    """Times that a node of Sparkplug was asked for its births."""


class Sensors:
    """Lives on the event loop; without a `broker` it hears nothing, and says so when it should."""

    def __init__(
        self,
        broker: BrokerConfig | None,
        password: SecretStr | None,
        client_id: str,
        put: Callable[[Batch], None],
        clock: HostClock,
        host_id: str = "mangrove",
        folder: Path | None = None,
    ) -> None:
        """`host_id` is what nodes of Sparkplug know us by; `folder` is where they are remembered."""
        self._has_broker, self._put, self._clock = broker is not None, put, clock
        self._link = Link(broker, password, client_id, host_id, clock, self.take, self._on_up)
        self._plan = Plan("")
        self._nodes = Nodes()
        self._remembered = Remembered(folder)
        self._waiting = Waiting()
        self._refusals = Refusals()
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.counts = SensorCounts()

    @property
    def edge(self) -> EdgeCounts:
        """What became of the connections."""
        return self._link.edge

    @property
    def dropped(self) -> int:
        """How many messages were let go because they came too fast."""
        return self._waiting.let_go

    @property
    def old_values(self) -> int:
        """How many values of births were too old to be kept."""
        return self._nodes.old_values

    def apply(self, plan: Plan) -> None:
        """Hear what the plan says."""
        for trouble in plan.troubles:
            log.error("%s", trouble)
        sensors = sum(len(one.sensors) for one in (*plan.mapped, *plan.nodes))
        if not self._has_broker and sensors:
            log.error("no sensor is heard: this agent's file names no broker of theirs (`sensors.broker`)")
        elif sensors:
            log.info("assignment %s: %d sensors", plan.assignment, sensors)
        self._plan = plan
        self._nodes.apply(plan)
        self._link.hear(plan.filters, is_host=bool(plan.nodes))

    async def subscribe(self) -> None:
        """Keep a connection that hears what the present plan says."""
        await self._link.keep()

    async def read(self) -> None:
        """Read what is heard, for ever."""
        while True:
            if self._read_some():
                await asyncio.sleep(0)  # polls go on meanwhile
                continue
            due = self._nodes.due_in_ms(self._clock.now().mono)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if due is None else due / 1000):
                    await self._wake.wait()
            self._wake.clear()
            if due is not None:
                self._put_all(self._nodes.overdue(self._clock.now().mono))
                self._ask()

    async def remember(self) -> None:
        """Keep on the disk which nodes of Sparkplug there are, for ever."""
        await self._remembered.keep()

    async def stop(self) -> None:
        """Hear nothing more, and read what is heard already."""
        await self._link.stop()
        while self._read_some():
            pass
        await self._remembered.write()

    def _on_up(self) -> None:
        self._put_all(self._nodes.begin(self._clock.now().mono, self._remembered.nodes()))
        self._ask()
        self._wake.set()  # not all may be asked at once

    def take(self, message: Message) -> None:
        """A message has come. Called from any thread."""
        if message.topic.startswith(f"{topics.ROOT}/"):
            return  # a filter may be so wide that it has our own messages: what we say of one would be the next
        if self._waiting.put(message, self._clock.now()):
            hand_over(self._loop, self._wake.set)

    def _read_some(self) -> bool:
        """Read a few of what waits. Returns whether there was anything."""
        group = self._waiting.take(GROUP)
        for heard in group:
            try:
                self._read(heard)
            except Exception:
                self.counts.refused += 1
                log.exception("a bug: a message on %a was passed over", heard.message.topic)
        self._remembered.note(self._nodes.take_born())
        self._ask()
        return bool(group)

    def _read(self, heard: Heard) -> None:
        self.counts.messages += 1
        if self._plan.nodes and topic.is_sparkplug(heard.message.topic):
            batches = self._nodes.hear(heard.message, heard.stamp)
        else:
            batches = understand(self._plan, heard.message, heard.stamp) or None
        self.counts.ignored += batches is None
        self._put_all(batches or ())

    def _put_all(self, batches: Iterable[Batch]) -> None:
        for batch in batches:
            if batch.refused is not None:
                self.counts.refused += 1
                if not self._refusals.admit(batch.refused.topic, self._clock.now().mono / 1000):
                    self.counts.left_out += 1
                    continue
                log.warning("a message on %s was refused: %s", batch.refused.topic, batch.refused.reason)
            self._put(batch)

    def _ask(self) -> None:
        """Ask for the births that lack."""
        now = self._clock.now()
        for node in self._nodes.take_asks(now.mono):
            self.counts.rebirths += self._link.publish(topic.rebirth(node), host.rebirth(now.time))
