"""What is known of devices and agents right now, for people who look: the last outcome, the last word. In memory."""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from collector.intake import Accepted
from contract.messages import Numbers


@dataclass(frozen=True, slots=True)
class DeviceNow:
    """The newest poll of a device."""

    agent: str
    time: int
    outcome: str
    reason: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class AgentNow:
    """The newest heartbeat of an agent. `skew_ms` is its clock minus ours, when it arrived; None of a
    retained one, which is of any time; `anchored` whether it has
    known the time since its host was started."""

    time: int
    skew_ms: int | None
    synced: bool
    anchored: bool
    assignment: str
    devices: int


class Fleet:
    """Thread-safe. Bounded by the inventory: only batches of known devices are accepted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._devices: dict[str, DeviceNow] = {}
        self._agents: dict[str, AgentNow] = {}
        self._began = time.monotonic()
        self.polls = 0
        self.kinds: Counter[str] = Counter()
        """Batches by kind, resent ones each time."""

    def watch(self, accepted: Iterable[Accepted]) -> None:
        """Note the polls of a group that are newer than the device's last one, and count them."""
        with self._lock:
            for one in accepted:
                batch = one.batch
                self.kinds[batch.kind] += 1
                if batch.poll is None or batch.kind != "poll":
                    continue
                last = self._devices.get(batch.device)
                if last is None or last.time < batch.time:  # one that is sent again is no news
                    self.polls += 1
                    self._devices[batch.device] = DeviceNow(
                        one.agent, batch.time, batch.poll.outcome, batch.poll.reason, batch.poll.took_ms
                    )

    def beat(self, agent: str, numbers: Numbers, now_ms: int, *, fresh: bool) -> None:
        """Note a heartbeat."""
        own = numbers.boots.get(numbers.boot)
        skew_ms = numbers.time - now_ms if fresh else None
        anchored = own is not None and own.anchor is not None
        with self._lock:
            self._agents[agent] = AgentNow(
                numbers.time, skew_ms, numbers.synced, anchored, numbers.assignment, numbers.devices
            )

    def devices(self) -> dict[str, DeviceNow]:
        """Return the devices."""
        with self._lock:
            return dict(self._devices)

    def agents(self) -> dict[str, AgentNow]:
        """Return the agents."""
        with self._lock:
            return dict(self._agents)
