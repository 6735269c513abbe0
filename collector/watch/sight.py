"""What is known right now: the newest reading of each element, its values, when each agent was last heard. In memory.

After a start it is empty: until an agent is heard again, we are blind to what it watches.
"""

from collections import deque
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from typing import Literal, TypeVar

from collector.watch.cells import Reports
from collector.watch.values import Value, values
from contract.batch import Batch, Outcome

Answer = Literal["up", "down", "unclear"]
Ask = Callable[[str], Answer | None]  # how an element answers; None when we cannot see it
ANSWERS: dict[Outcome, Answer] = {
    "ok": "up",
    "partial": "up",
    "timeout": "down",
    "unreachable": "down",
    "refused": "down",  # the host is there, and what should answer on it is not
    "auth": "unclear",  # it answers, but we see nothing
    "error": "unclear",
}
DUE = 1.1  # intervals after which the next reading should be there: until then a fault that was read goes on
HOLDS = 2.5  # intervals for which a reading says what is so now
MIN_HOLDS_MS = 5_000
FRESH = 2  # intervals; what is older corrects history, and wakes nobody
MIN_FRESH_MS = 15_000
MIN_SKEW_MS = 2_000
BEATS = 3  # of which the one that was on its way shortest tells the difference of the clocks
MAX_AHEAD_MS = 30_000
SILENT_MS, MAX_SILENT_MS = 30_000, 900_000


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest reading of an element; times in ms, by our clock. `answered_at`: when it last answered at all;
    `holds_until`: after that it says nothing any more, and neither does it while its `agent` is silent."""

    at: int
    answer: Answer
    interval_ms: int
    answered_at: int | None
    holds_until: int
    agent: str

    @property
    def vouches_until(self) -> int:
        """When another should have confirmed it."""
        return self.at + int(DUE * self.interval_ms)


Kept = TypeVar("Kept")


def answer_of(batch: Batch) -> Answer:
    """Return how an element answered. That a sensor is not reached any more is no word of its own: it is not down, and
    what it said is unknown."""
    answer = ANSWERS[batch.poll.outcome] if batch.poll is not None else "up"
    return "unclear" if batch.kind == "sensor" and answer != "up" else answer


class Sight:
    """Not thread-safe: the watcher's."""

    def __init__(self) -> None:
        self.readings: dict[str, Reading] = {}
        self._values: dict[str, dict[tuple[str, str], Value]] = {}  # by element; of tables without tags
        self._before: dict[str, tuple[Reading | None, dict[tuple[str, str], Value] | None]] = {}
        self._read: set[str] = set()
        self._echoed: dict[str, int] = {}  # device: the begin of the newest round of echoes that it has answered
        self.heard: dict[str, int] = {}  # agent: when it last spoke, ms by our clock
        self.heard_since: dict[str, int] = {}  # agent: since when it does, without a break
        self._silent: set[str] = set()
        self._beat_ms: dict[str, int] = {}
        self._skews: dict[str, deque[int]] = {}  # agent: its clock minus ours at its last beats, ms
        self._offsets: dict[str, int] = {}  # agent: its clock minus its monotonic one at its last beat, ms
        self.newest: int | None = None
        self.cells = Reports()

    def hear(self, agent: str, now_ms: int) -> None:
        """An agent has said something."""
        if self.is_silent(agent, now_ms):
            self.heard_since[agent] = now_ms
        self.heard[agent] = now_ms

    def is_silent(self, agent: str, now_ms: int) -> bool:
        """Whether an agent is not heard, so that we are blind to what it watches."""
        return now_ms - self.heard.get(agent, -MAX_SILENT_MS) >= self.silent_ms(agent)

    def silent_ms(self, agent: str) -> int:
        """Return how long an agent may say nothing: three of its heartbeats, and no less than its health takes."""
        return min(max(SILENT_MS, 3 * self._beat_ms.get(agent, 0)), MAX_SILENT_MS)

    def beat(self, agent: str, time: int, interval_s: float, now_ms: int, mono: int | None = None) -> None:
        """An agent has said what time it is; `mono` is its monotonic clock, by which a clock that was set is known."""
        self.expect(agent, interval_s)
        self.hear(agent, now_ms)
        if mono is not None:
            if abs(time - mono - self._offsets.get(agent, time - mono)) >= MIN_SKEW_MS:
                self._skews.pop(agent, None)
            self._offsets[agent] = time - mono
        self._skews.setdefault(agent, deque(maxlen=BEATS)).append(time - now_ms)

    def expect(self, agent: str, interval_s: float) -> None:
        """An agent has said, at whatever time, how often it speaks."""
        self._beat_ms[agent] = int(interval_s * 1000)

    def ours(self, agent: str, at: int) -> int:
        """Return an agent's time by our clock. A difference that may be the way here is none."""
        skew = max(self._skews.get(agent, (0,)))
        return at - skew if abs(skew) >= MIN_SKEW_MS else at

    def take(self, agent: str, batch: Batch, at: int, interval_ms: int, found: Iterable[Value]) -> bool:
        """Take a fresh reading of `at`, by our clock, with what it found; False when a newer one is known."""
        name = batch.device
        before = self.readings.get(name)
        if before is not None and at <= before.at:
            return False
        known = self._values.get(name)
        self._before.setdefault(name, (before, known))
        answer = answer_of(batch)
        answered_at = at if answer != "down" else before.answered_at if before else None
        self.readings[name] = Reading(at, answer, interval_ms, answered_at, at + holds_ms(interval_ms), agent)
        self._read.add(name)
        self.newest = max(self.newest or at, at)
        is_lost = batch.kind == "sensor" and answer != "up"
        new = {} if is_lost else dict(known or {})
        for value in found:
            key = value.measurement, value.field
            if not value.row and (key not in new or new[key].at <= value.at):
                new[key] = value
        self._values[name] = new
        self.cells.polled(batch, at, self.readings[name].holds_until)
        return True

    def take_echo(self, agent: str, batch: Batch, now_ms: int) -> None:
        """Note of a batch of echoes whether the device answers. It is no reading: what a device tells by SNMP is what
        it is judged by."""
        if batch.kind == "ping" and any(value.field == "received" and value.value for value in values(batch, 0, 0, ())):
            at = min(self.ours(agent, batch.time), now_ms)
            self._echoed[batch.device] = max(at, self._echoed.get(batch.device, at))

    def answers_echo(self, device: str, since: int, now_ms: int) -> bool:
        """Whether a device has answered an echo of after a time, and lately."""
        at, reading = self._echoed.get(device), self.readings.get(device)
        return at is not None and reading is not None and since <= at and now_ms <= at + holds_ms(reading.interval_ms)

    def value(self, element: str, measurement: str, field: str) -> Value | None:
        """Return the newest value of a table without tags."""
        return self._values.get(element, {}).get((measurement, field))

    def answer(self, element: str, now_ms: int) -> Answer | None:
        """Return how an element answers now; None when we cannot see it."""
        reading = self.readings.get(element)
        if reading is None or now_ms > reading.holds_until or self.is_silent(reading.agent, now_ms):
            return None
        return reading.answer

    def turned(self, since: int, now_ms: int) -> set[str]:
        """Return the elements whose reading held at `since` and does so no longer, and those whose agent has fallen
        silent or is heard again since this was last asked."""
        silent = {agent for agent in self.heard if self.is_silent(agent, now_ms)}
        agents, self._silent = silent ^ self._silent, silent
        return {
            name
            for name, reading in self.readings.items()
            if since <= reading.holds_until < now_ms or reading.agent in agents
        }

    def take_read(self) -> set[str]:
        """Return the elements that were read since this was last asked."""
        read, self._read = self._read, set()
        return read

    def begin(self) -> None:
        """Begin what may be put back."""
        self._before.clear()
        self.cells.begin()

    def put_back(self) -> None:
        """What was taken since it was begun was not."""
        for name, (reading, known) in self._before.items():
            _put(self.readings, name, reading)
            _put(self._values, name, known)
        self._before.clear()
        self.cells.put_back()

    def forget_readings(self) -> None:
        """What was seen is to be seen again."""
        self.readings.clear()
        self._values.clear()
        self._before.clear()
        self._echoed.clear()
        self.cells.forget()

    def forget_all_but(self, elements: Set[str]) -> None:
        """Keep to what the inventory has."""
        for name in self.readings.keys() - elements:
            del self.readings[name]
            self._values.pop(name, None)
            self._echoed.pop(name, None)

    def turn_back(self, now_ms: int) -> None:
        """Our clock was put back: what is of a time to come would be the newest for as long."""
        self.newest = None if self.newest is None else min(self.newest, now_ms)
        self.forget_all_but({name for name, reading in self.readings.items() if reading.at <= now_ms})
        for times in (self.heard, self.heard_since):
            times.update({agent: now_ms for agent, at in times.items() if at > now_ms})
        self.cells.forget(after_ms=now_ms)
        self._skews.clear()


def holds_ms(interval_ms: int) -> int:
    """Return how long a reading says what is so now."""
    return max(int(HOLDS * interval_ms), MIN_HOLDS_MS)


def is_fresh(at: int, interval_ms: int, now_ms: int) -> bool:
    """Whether a reading of `at` is of now: what is late is history."""
    return now_ms - at <= max(FRESH * interval_ms, MIN_FRESH_MS)


def _put(known: dict[str, Kept], name: str, value: Kept | None) -> None:
    if value is None:
        known.pop(name, None)
    else:
        known[name] = value
