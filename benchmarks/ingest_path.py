"""The collector's path in one process: from an MQTT payload to the lines that the database's client is handed."""

import gc
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from benchmarks.ingest_traffic import FIELDS, Traffic
from benchmarks.watch_province import province
from collector.acks import Named
from collector.app import GC_EVERY
from collector.database import Database
from collector.dead_letter import DeadLetters
from collector.inbox import Inbox
from collector.intake import Accepted, judge
from collector.line_protocol import lines
from collector.points import Enricher
from collector.series_guard import SeriesConfig, SeriesGuard
from collector.state import State
from collector.store import Answer, Point, QueryError, Row, Written
from collector.storer import Storer
from collector.versions import Versions
from collector.watch.config import WatchConfig
from collector.watch.engine import Engine
from collector.watch.rules import load_rules
from collector.watcher import GROUP, Watcher
from contract.catalog import load_catalog
from contract.mqtt import Message

CONFIG = Path(__file__).resolve().parents[1] / "config"
ROUNDS = 8


class Sink:
    """A store whose client is handed the lines, and says yes."""

    horizon_s = linger_s = 0.0

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, points: Sequence[Point]) -> Answer:
        """As `Store.write`."""
        self.bytes += len(lines(points))
        return Written()

    def incarnation(self) -> str | None:
        """As `Store.incarnation`."""
        return None

    def query(self, text: str) -> list[Row]:
        """As `Store.query`."""
        raise QueryError(text)

    def close(self) -> None:
        """As `Store.close`."""


class IngestPath:
    """Watcher, engine, rules, state file and storer of a collector for 200 devices in 60 sites, one after the other in
    one thread."""

    def __init__(self, folder: Path) -> None:
        self._versions = versions = Versions(folder / "versions")
        self.meaning = versions.publish(province(200, 60, 16), {}, 1)
        self._catalog = catalog = load_catalog(CONFIG / "catalog.yaml")
        database = Database(folder / "state.sqlite")
        state = State(database)
        rules = load_rules(CONFIG / "rules", catalog)
        engine = Engine(database, state.id, rules, None, versions, lambda: True, WatchConfig())
        letters = DeadLetters(folder / "letters", 1 << 20)
        guard = SeriesGuard(database, SeriesConfig(), time.monotonic)
        self._enricher = Enricher(guard)
        self._stored = 0
        self._storer = Storer(
            Sink(),
            state,
            letters,
            guard,
            acknowledge=self._acknowledge,
            on_ready=lambda _ready: None,
            derived=engine.derived,
        )
        self._watcher = Watcher(
            Inbox(),
            state,
            letters,
            versions,
            catalog,
            engine=engine,
            offer=self._storer.offer,
            acknowledge=self._acknowledge,
        )

    def take(self, messages: Sequence[Message]) -> float:
        """Take messages until all are stored; returns the CPU seconds."""
        before, taken = time.process_time(), self._stored
        for first in range(0, len(messages), GROUP):
            todo = list(messages[first : first + GROUP])
            while todo:
                left = self._watcher.step(todo)
                taken += len(todo) - len(left)
                while self._stored < taken:
                    self._storer.step(0.0)
                todo = left
        return time.process_time() - before

    def points(self, messages: Sequence[Message], now_ms: int) -> list[Point]:
        """Return what messages are as points."""
        made: list[Point] = []
        for message in messages:
            agent = message.topic.rpartition("/")[2]
            judged = judge(agent, message.payload, self._versions, self._catalog, now_ms)
            assert isinstance(judged, Accepted)
            made += self._enricher.points(judged)[0]
        return made

    def _acknowledge(self, _seen: list[Named], stored: list[Named]) -> None:
        self._stored += len(stored)


def rates(folder: Path, *, rows: int, batches: int, what: Literal["values", "messages"]) -> dict[str, float]:
    """Return how many values or messages pass in a CPU-second, in the best of ROUNDS (other work on the machine only
    makes it fewer) and in the middle one."""
    path = IngestPath(folder)
    traffic = Traffic(path.meaning, rows=rows)
    gc.set_threshold(GC_EVERY)  # as the collector does
    gc.freeze()
    rounds = (list(traffic.messages(int(time.time() * 1000) - batches, batches)) for _ in range(ROUNDS + 1))
    took = sorted([path.take(messages) for messages in rounds][1:])  # the first one makes all series
    gc.unfreeze()
    count = batches * rows * len(FIELDS) if what == "values" else batches
    name = f"{what}_per_cpu_second"
    return {name: round(count / took[0]), f"{name}_median": round(count / took[ROUNDS // 2])}


def points(folder: Path, now_ms: int, batches: int = 250) -> list[Point]:
    """Return the points of so many polls of 100 rows."""
    path = IngestPath(folder)
    traffic = Traffic(path.meaning, rows=100)
    return path.points(list(traffic.messages(now_ms - batches, batches)), now_ms)
