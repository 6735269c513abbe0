"""What is known right now: the newest reading of each element, its values, when each agent was last heard. In memory.

After a start it is empty: until an agent is heard again, we are blind to what it watches.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from contract.batch import Batch, Outcome, Table

Answer = Literal["up", "down", "unclear"]
Ask = Callable[[str], Answer | None]  # how an element answers now; None when we cannot see it
IsWanted = Callable[[Table, str], bool]  # a table and the name of its field
ANSWERS: dict[Outcome, Answer] = {
    "ok": "up",
    "partial": "up",
    "timeout": "down",
    "unreachable": "down",
    "refused": "down",  # the host is there, and what should answer on it is not
    "auth": "unclear",  # it answers, but we see nothing
    "error": "unclear",
}
HOLDS = 2.5  # intervals for which a reading says what is so now
MIN_HOLDS_MS = 5_000
FRESH = 2  # intervals; what is older corrects history, and wakes nobody
MIN_FRESH_MS = 15_000
MIN_SKEW_MS = 30_000
SILENT_MS, MAX_SILENT_MS = 30_000, 900_000


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest reading of an element; times in ms, by our clock. `answered_at`: when it last answered at all;
    `holds_until`: then it says nothing any more."""

    at: int
    answer: Answer
    interval_ms: int
    answered_at: int | None
    holds_until: int


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an element, with the tags of its row, such as the name of an interface."""

    measurement: str
    field: str
    row: tuple[str, ...]
    value: float
    at: int


class Sight:
    """Not thread-safe: the watcher's."""

    def __init__(self) -> None:
        self.readings: dict[str, Reading] = {}
        self.values: dict[tuple[str, str, str], Value] = {}  # element, measurement, field: of tables without tags
        self.heard: dict[str, int] = {}  # agent: when it last spoke, ms by our clock
        self.heard_since: dict[str, int] = {}  # agent: since when it does, without a break
        self._beat_ms: dict[str, int] = {}
        self._read: set[str] = set()
        self.skew: dict[str, int] = {}  # agent: its clock minus ours, ms
        self.newest: int | None = None

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

    def beat(self, agent: str, time: int, interval_s: float, now_ms: int) -> None:
        """An agent has said what time it is. A difference that may be the way here is none."""
        self._beat_ms[agent] = int(interval_s * 1000)
        self.hear(agent, now_ms)
        skew = time - now_ms
        self.skew[agent] = skew if abs(skew) >= MIN_SKEW_MS else 0

    def ours(self, agent: str, at: int) -> int:
        """Return an agent's time by our clock."""
        return at - self.skew.get(agent, 0)

    def take(self, batch: Batch, at: int, interval_ms: int) -> bool:
        """Take a fresh reading of `at`, by our clock; False when a newer one is known."""
        before = self.readings.get(batch.device)
        if before is not None and at <= before.at:
            return False
        answer = ANSWERS[batch.poll.outcome] if batch.poll is not None else "up"
        answered_at = at if answer != "down" else before.answered_at if before else None
        self.readings[batch.device] = Reading(at, answer, interval_ms, answered_at, at + holds_ms(interval_ms))
        self._read.add(batch.device)
        self.newest = max(self.newest or at, at)
        for value in values(batch, lambda table, _: not table.tags):
            self.values[batch.device, value.measurement, value.field] = value
        return True

    def answer(self, element: str, now_ms: int) -> Answer | None:
        """Return how an element answers now; None when we cannot see it."""
        reading = self.readings.get(element)
        return reading.answer if reading is not None and now_ms <= reading.holds_until else None

    def ended(self, since: int, now_ms: int) -> set[str]:
        """Return the elements whose reading held at `since` and does so no longer."""
        return {name for name, reading in self.readings.items() if since <= reading.holds_until < now_ms}

    def take_read(self) -> set[str]:
        """Return the elements that were read since this was last asked."""
        read, self._read = self._read, set()
        return read

    def forget_readings(self) -> None:
        """What was seen is to be seen again."""
        self.readings.clear()
        self.values.clear()

    def forget_all_but(self, elements: set[str]) -> None:
        """Keep to what the inventory has."""
        for name in self.readings.keys() - elements:
            del self.readings[name]
        for key in [key for key in self.values if key[0] not in elements]:
            del self.values[key]


def holds_ms(interval_ms: int) -> int:
    """Return how long a reading says what is so now."""
    return max(int(HOLDS * interval_ms), MIN_HOLDS_MS)


def is_fresh(at: int, interval_ms: int, now_ms: int) -> bool:
    """Whether a reading of `at` is of now: what is late is history."""
    return now_ms - at <= max(FRESH * interval_ms, MIN_FRESH_MS)


def values(batch: Batch, is_wanted: IsWanted) -> Iterator[Value]:
    """Yield the numbers of a batch that are wanted; those of a row that has a time of its own have that time."""
    for table in batch.tables:
        width = len(table.tags)
        columns = [(place, name) for place, name in enumerate(table.fields, width) if is_wanted(table, name)]
        for number, row in enumerate(table.rows if columns else ()):
            at = batch.time if table.times is None else table.times[number]
            tags = tuple(str(tag) for tag in row[:width])
            for place, name in columns:
                value = row[place]
                if isinstance(value, int | float):
                    yield Value(table.measurement, name, tags, float(value), at)
