"""The sensors of an inventory as they speak over a real broker: each at its interval, QoS 1, not retained.

A message that the broker cannot be given now is lost: these sensors keep nothing.
"""

import asyncio
import heapq
import logging
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from pydantic import SecretStr

from contract.broker import BrokerConfig
from contract.handlers import Handlers, Message
from contract.inventory import Inventory, Sensor
from contract.mqtt import Connection
from simulator.clock import Clock
from simulator.model.change import Change
from simulator.model.reading import Reading
from simulator.model.world import World
from simulator.sensor_messages import SPARKPLUG, garbled, message, speaks
from simulator.sparkplug import REBIRTH, Node, filters, host

CLOSE_S = 0.4
MAX_HELD = 1000  # messages that a sensor keeps while they are held back
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Numbers:
    """Messages: handed to the broker's connection; lost for want of one."""

    sent: int = 0
    lost: int = 0


class Sensors:
    """Publishes while `run` runs. Those of other mappings than there are messages for say nothing."""

    def __init__(self, inventory: Inventory, world: World, connection: Connection, clock: Clock, *, seed: int) -> None:
        self.numbers = Numbers()
        self._sensors = [sensor for sensor in inventory.sensors if speaks(sensor)]
        self._nodes = {sensor.name: Node(sensor.name) for sensor in self._sensors if sensor.mapping == SPARKPLUG}
        self._by_id = {sensor.id: sensor for sensor in self._sensors}
        self._world, self._connection, self._clock, self._seed = world, connection, clock, seed
        self._random = Random(f"{seed}/garbled")
        self._last: dict[str, tuple[str, bytes]] = {}
        self._hosts: frozenset[str] = frozenset()
        self._off: dict[str, float] = {}  # s by which clocks are ahead
        self._held: dict[str, deque[tuple[str, bytes]]] = {}

    async def run(self, now: Callable[[], float]) -> None:
        """Speak for ever. `now` gives seconds since 1970 UTC and never goes back; beats that were missed are left
        out."""
        start = now()
        due = [(start + self._phase(sensor), sensor.id) for sensor in self._sensors]
        heapq.heapify(due)
        while due:
            at, name = due[0]
            await asyncio.sleep(max(0.0, at - now()))
            sensor, time = self._by_id[name], now()
            heapq.heapreplace(due, (at + sensor.interval_s * (1 + (time - at) // sensor.interval_s), name))
            if self._world.heard(name) and self._has_host(sensor):
                self._last[name] = self._message(sensor, time)
                self._say(name, *self._last[name])

    def asked(self, asked: Message, now: float) -> None:
        """A host says that it is there or not, or asks a node to say everything once more."""
        if said := host(asked.topic, asked.payload):
            self._hosts = self._hosts | {said[0]} if said[1] else self._hosts - {said[0]}
            return
        node = self._nodes.get(asked.topic.rpartition("/")[2])
        if node and node.alive and REBIRTH.encode() in asked.payload:
            sensor = next(one for one in self._sensors if one.name == node.name)
            self._say(sensor.id, *node.birth(self._reading(sensor, now), now, again=True))

    def take(self, change: Change) -> None:
        """Let a fault of telemetry begin or end. What is held back is said late, in its order, with the times it has;
        of more than `MAX_HELD` messages the oldest are lost."""
        name = change.element
        for gone in change.down:
            if (sensor := self._by_id.get(gone)) and (node := self._nodes.get(sensor.name)) and node.alive:
                self._publish(*node.death(self._clock.wall(change.time)))  # its broker does, at the centre
        match change.state:
            case "garbled" if name in self._last:
                topic, payload = self._last[name]
                self._say(name, topic, garbled(payload, self._random))
            case "repeated" if name in self._last:
                self._say(name, *self._last[name])
            case "clock_off":
                self._off[name] = change.number or 0.0
            case "clock_right":
                self._off.pop(name, None)
            case "held_back":
                self._held.setdefault(name, deque(maxlen=MAX_HELD))
            case "sent_late":
                for topic, payload in self._held.pop(name, ()):
                    self._say(name, topic, payload)

    def _say(self, name: str, topic: str, payload: bytes) -> None:
        if not self._world.heard(name):
            return
        if name in self._held:
            self._held[name].append((topic, payload))
        else:
            self._publish(topic, payload)

    def _publish(self, topic: str, payload: bytes) -> None:
        if self._connection.publish(topic, payload):
            self.numbers.sent += 1
        else:
            self.numbers.lost += 1

    def _message(self, sensor: Sensor, time: float) -> tuple[str, bytes]:
        said, reading = time + self._off.get(sensor.id, 0.0), self._reading(sensor, time)
        node = self._nodes.get(sensor.name)
        if node is None:
            return message(sensor, reading, said)
        return node.data(reading, said) if node.alive else node.birth(reading, said)

    def _has_host(self, sensor: Sensor) -> bool:
        """Whether it has something to speak to: a node's primary host is its agent (Sparkplug 3.0 clause 5.4)."""
        return sensor.name not in self._nodes or sensor.agent in self._hosts

    def _reading(self, sensor: Sensor, time: float) -> Reading:
        return self._world.read(sensor.site, self._clock.simulated(time))

    def _phase(self, sensor: Sensor) -> float:
        return Random(f"{self._seed}/{sensor.id}/phase").uniform(0.0, sensor.interval_s)


def connect(broker: BrokerConfig, password: SecretStr | None, on_message: Callable[[Message], None]) -> Connection:
    """Return a connection that begins to connect; end it with `stop(timeout_s=CLOSE_S)`. `on_message`: what a node is
    asked for, in another thread."""
    handlers = Handlers(
        on_message=on_message,
        on_up=lambda: log.info("sensors speak to %s:%d", broker.host, broker.port),
        on_down=lambda reason: log.warning("sensors are not heard: %s", reason),
    )
    connection = Connection(broker, f"simulator-{secrets.token_hex(4)}", handlers, filters(), password=password)
    connection.start()
    return connection
