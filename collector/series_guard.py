"""How many series an agent and each of its elements may have, and how fast new ones may come.

A device that invents a name with every reading would fill the database's index, which no database survives. Known
series always pass. Over a limit, the rows with new names are left out, whatever the database would say; beyond the
rate, the batch waits on its agent's disk. A series that was not seen for one to two months makes room.
"""

import logging
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from collector.database import Database
from collector.series import Series
from contract.catalog import ENRICHED_TAGS

log = logging.getLogger(__name__)

PERIOD_MS = 30 * 86_400_000
BURST_S = 1_000.0
SAY_EVERY_S = 60.0
_SCHEMA = """
create table if not exists series (
  agent text, element text, key integer, period integer not null, primary key (agent, element, key)) without rowid;
"""

Verdict = Literal["known", "full", "later"]
_Owner = tuple[str, str]  # agent, and device or sensor; '' for the agent itself


class SeriesConfig(BaseModel):
    """Limits: series of one device or sensor, of one agent with all of its elements, and new ones of an agent per
    second, on average over BURST_S."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_element: Annotated[int, Field(ge=1)] = 10_000
    per_agent: Annotated[int, Field(ge=1)] = 1_000_000
    new_per_s: Annotated[float, Field(gt=0)] = 200.0


def crowded(database: Database, limits: SeriesConfig) -> list[tuple[str, str, int]]:
    """Return the elements that have as many series as they may: agent, device or sensor, and how many.

    Raises:
        StateError: the file cannot be read.
    """
    database.create(_SCHEMA)
    counts = "select agent, element, count(*) from series group by agent, element having count(*) >= ?"
    with database.together(write=False):
        found = database.execute(counts, (limits.per_element,)).fetchall()
    return [(str(agent), str(element), int(count or 0)) for agent, element, count in found]


class SeriesGuard:
    """Used by one thread. What it knows outlasts a restart; 70 bytes of memory a series."""

    def __init__(self, database: Database, limits: SeriesConfig, clock: Callable[[], float]) -> None:
        """`clock` counts seconds.

        Raises:
            StateError: the file cannot be used.
        """
        self._db, self._limits, self._clock = database, limits, clock
        self._period, self._turned = 0, False
        self._known: dict[_Owner, dict[int, int]] = {}  # key: the period in which it was last noted
        self._of_agent: Counter[str] = Counter()
        self._new: list[tuple[str, str, int, int]] = []
        self._buckets: dict[str, tuple[float, float]] = {}  # of an agent: new series that may come, and as of when
        self._said: dict[str, float] = {}
        database.create(_SCHEMA)
        with database.together(write=False):
            for agent, element, key, period in database.execute("select agent, element, key, period from series"):
                self._known.setdefault((str(agent), str(element)), {})[int(key or 0)] = int(period or 0)
                self._of_agent[str(agent)] += 1
                self._period = max(self._period, int(period or 0))

    def turn(self, now_ms: int) -> bool:
        """Take note of the time. True: a new month has begun, and every series is to be asked for again."""
        period = now_ms // PERIOD_MS
        if period <= self._period:  # also when the clock was put back
            return False
        self._period, self._turned = period, True
        for owner, keys in list(self._known.items()):
            old = [key for key, noted in keys.items() if noted < period - 1]
            for key in old:
                del keys[key]
            self._of_agent[owner[0]] -= len(old)
            if not keys:
                del self._known[owner]
        return True

    def judge(self, agent: str, element: str, series: Series) -> Verdict:
        """Say whether a series may be written: it is known (now), its element or agent is at a limit, or it is new and
        others were before it."""
        # Not by what the inventory says of an element: our own edits are not its inventions.
        name = repr((series.measurement, [tag for tag in series.tags if tag[0] not in ENRICHED_TAGS]))
        key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)
        keys = self._known.setdefault((agent, element), {})
        noted = keys.get(key)
        if noted is None:
            if len(keys) >= self._limits.per_element or self._of_agent[agent] >= self._limits.per_agent:
                return "full"
            if not self._take_token(agent):
                return "later"
            self._of_agent[agent] += 1
        if noted != self._period:
            keys[key] = self._period
            self._new.append((agent, element, key, self._period))
        return "known"

    def flush(self) -> None:
        """Keep what is new.

        Raises:
            StateError: the file cannot be written now; it is tried again.
        """
        if self._new:
            with self._db.together():
                self._db.executemany("insert or replace into series values (?, ?, ?, ?)", self._new)
                if self._turned:  # not each time: it looks at the whole table
                    self._db.execute("delete from series where period < ?", (self._period - 1,))
            self._new.clear()
            self._turned = False

    def why_full(self, agent: str, element: str) -> str:
        """Return which limit it is that keeps out new series."""
        if len(self._known.get((agent, element), ())) >= self._limits.per_element:
            return f"{element or agent} has {self._limits.per_element} series, all that `series.per_element` allows"
        return f"agent {agent} has {self._limits.per_agent} series, all that `series.per_agent` allows"

    def counts(self) -> dict[str, int]:
        """Return how many series each agent has."""
        return dict(self._of_agent)

    def _take_token(self, agent: str) -> bool:
        now, most = self._clock(), max(1.0, BURST_S * self._limits.new_per_s)
        left, since = self._buckets.get(agent, (most, now))
        left = min(most, left + (now - since) * self._limits.new_per_s)
        if left < 1.0:
            self._buckets[agent] = left, now
            if now - self._said.get(agent, -SAY_EVERY_S) >= SAY_EVERY_S:
                self._said[agent] = now
                log.warning(
                    "agent %s brings more new series than %g per second (`series.new_per_s`): batches with more of them"
                    " wait on its disk",
                    agent,
                    self._limits.new_per_s,
                )
            return False
        self._buckets[agent] = left - 1.0, now
        return True
