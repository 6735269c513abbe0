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
from contract.handlers import Handlers
from contract.inventory import Inventory, Sensor
from contract.mqtt import Connection
from simulator.clock import Clock
from simulator.model.change import Change
from simulator.model.world import World
from simulator.sensor_messages import garbled, message, speaks

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
        self._by_id = {sensor.id: sensor for sensor in self._sensors}
        self._world, self._connection, self._clock, self._seed = world, connection, clock, seed
        self._random = Random(f"{seed}/garbled")
        self._last: dict[str, tuple[str, bytes]] = {}
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
            reading = self._world.read(sensor.site, self._clock.simulated(time))
            self._last[name] = message(sensor, reading, time + self._off.get(name, 0.0))
            self._say(name, *self._last[name])

    def take(self, change: Change) -> None:
        """Let a fault of telemetry begin or end. What is held back is said late, in its order, with the times it has;
        of more than `MAX_HELD` messages the oldest are lost."""
        name = change.element
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
        elif self._connection.publish(topic, payload):
            self.numbers.sent += 1
        else:
            self.numbers.lost += 1

    def _phase(self, sensor: Sensor) -> float:
        return Random(f"{self._seed}/{sensor.id}/phase").uniform(0.0, sensor.interval_s)


def connect(broker: BrokerConfig, password: SecretStr | None) -> Connection:
    """Return a connection that begins to connect; end it with `stop(timeout_s=CLOSE_S)`."""
    handlers = Handlers(
        on_message=lambda _: None,
        on_up=lambda: log.info("sensors speak to %s:%d", broker.host, broker.port),
        on_down=lambda reason: log.warning("sensors are not heard: %s", reason),
    )
    connection = Connection(broker, f"simulator-{secrets.token_hex(4)}", handlers, password=password)
    connection.start()
    return connection
