"""A collector without broker, threads and clock: its real parts, a database that a test plays, and batches for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from collector.acks import Named, acks
from collector.database import Database
from collector.dead_letter import DeadLetters, read_letters
from collector.inbox import Inbox
from collector.series_guard import SeriesConfig, SeriesGuard
from collector.state import State
from collector.store import Answer, Point, Refused, Row, Written
from collector.storer import Storer
from collector.versions import Meaning, Versions
from collector.watch.config import WatchConfig
from collector.watch.engine import Engine
from collector.watch.rules import Rules
from collector.watcher import Watcher
from contract import topics
from contract.batch import Batch, PollInfo, Table, encode
from contract.catalog import Catalog
from contract.intervals import IntervalSet
from contract.inventory import AgentEntry, Area, Device, Inventory, Site
from contract.messages import Ack, BootNumbers, Numbers, boot_text
from contract.mqtt import Message
from contract.wire import Record, pack, unpack

AGENT, OTHER_AGENT = "agent-a", "agent-b"
Pairs = list[tuple[int, int]]
_TEXT = {"en": "-", "vi": "-"}

CATALOG = Catalog.model_validate(
    {
        "measurements": {
            "poll": {
                **_TEXT,
                "fields": {
                    "outcome": {**_TEXT, "kind": "state", "values": {0: "ok"}},
                    "took_ms": {**_TEXT, "kind": "gauge"},
                    "requests": {**_TEXT, "kind": "delta"},
                },
            },
            "interface": {
                **_TEXT,
                "tags": {"if_name": _TEXT},
                "fields": {
                    "in_bps": {**_TEXT, "kind": "gauge"},
                    "oper_status": {**_TEXT, "kind": "state", "values": {1: "up"}},
                },
            },
            "agent": {**_TEXT, "fields": {"polls": {**_TEXT, "kind": "delta"}}},
        }
    }
)


def inventory(*devices: str, site: str = "site-1", agent: str = AGENT) -> Inventory:
    """Devices of one agent at one of two sites in two communes."""
    return Inventory(
        areas=[Area(id=name, name=name, level="commune") for name in ("nam-can", "dat-mui")],
        sites=[Site(id="site-1", name="1", area="nam-can"), Site(id="site-2", name="2", area="dat-mui")],
        agents=[AgentEntry(id=AGENT), AgentEntry(id=OTHER_AGENT)],
        devices=[
            Device(id=name, site=site, agent=agent, address=f"192.0.2.{number}", profiles=["p"], credential="c")
            for number, name in enumerate(devices, 1)
        ],
        credentials=["c"],
    )


def poll(device: str, version: str, time_ms: int, *, rows: int = 1) -> Batch:
    """A good reading of `rows` interfaces."""
    return Batch(
        kind="poll",
        device=device,
        time=time_ms,
        assignment=version,
        poll=PollInfo(outcome="ok", took_ms=5, requests=2),
        tables=[
            Table(
                measurement="interface",
                tags=["if_name"],
                fields=["in_bps", "oper_status"],
                rows=[[f"GE0/0/{i}", 1.5 + i, 1] for i in range(rows)],
            )
        ],
    )


def record(batch: Batch | bytes, *, boot: int = 1, seq: int = 0) -> Record:
    """A record of a batch, or of bytes that are none."""
    return unpack(pack(boot, seq, batch if isinstance(batch, bytes) else encode(batch)))


def payload(one: Record) -> bytes:
    """What is sent."""
    return pack(one.boot, one.seq, one.body)


def message(agent: str, data: bytes) -> Message:
    """A batch as it comes from the broker."""
    return Message(topics.batches(agent), data, retained=False)


def named(agent: str, one: Record) -> Named:
    """The name of a batch."""
    return Named(agent, one.boot, one.seq, one.crc)


def beat(state: str, n: int, boots: dict[int, tuple[Pairs, Pairs]], **more: object) -> Numbers:
    """A heartbeat; `boots` are (produced, spooled)."""
    said = {boot_text(b): BootNumbers(produced=produced, spooled=spooled) for b, (produced, spooled) in boots.items()}
    given: dict[str, object] = {
        "boot": boot_text(1),
        "n": n,
        "time": 0,
        "interval_s": 1.0,
        "state": state,
        "boots": said,
    }
    return Numbers.model_validate(given | more)


Key = tuple[str, tuple[tuple[str, str], ...], int]


def key(point: Point) -> Key:
    """Series and time."""
    return point.measurement, point.tags, point.time


@dataclass
class Clock:
    """Seconds, as a test says."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeStore:
    """A database that says yes at once, forgets what is younger than its horizon when it is killed, refuses points of
    `bad` interfaces, and gives `answer` instead as long as there is one."""

    clock: Clock
    horizon_s: float = 0.0
    answer: Answer | None = None
    bad: frozenset[str] = frozenset()
    starts: int = 1
    is_silent: bool = False
    writes: int = 0
    points: dict[Key, tuple[tuple[tuple[str, float | int], ...], float]] = field(default_factory=dict)
    linger_s: float = 0.0

    def write(self, points: Sequence[Point]) -> Answer:
        self.writes += 1
        if self.answer is not None:
            return self.answer
        if any(value in self.bad for point in points for _, value in point.tags):
            return Refused("it is bad")
        for point in points:
            since = self.clock.now if not self.is_durable(key(point)) else self.points[key(point)][1]
            self.points[key(point)] = point.fields, since
        return Written()

    def is_durable(self, one: Key) -> bool:
        return one in self.points and self.points[one][1] <= self.clock.now - self.horizon_s

    def kill(self) -> None:
        self.points = {one: what for one, what in self.points.items() if self.is_durable(one)}
        self.starts += 1

    def incarnation(self) -> str | None:
        return None if self.is_silent else f"start {self.starts}"

    def query(self, _text: str) -> list[Row]:
        return []

    def close(self) -> None:
        pass


class Rig:
    """The collector's parts on one folder; `restart` is a kill and a start."""

    def __init__(
        self, folder: Path, store: FakeStore, *, letters: int = 1 << 20, limits: SeriesConfig | None = None
    ) -> None:
        self.folder, self.store, self._letters_bytes = folder, store, letters
        self.acks: list[tuple[str, Ack]] = []
        self.acked: list[Named] = []
        self.ready: list[bool] = []
        self.rules: Rules = {}
        self.hears = True
        self.limits = limits or SeriesConfig()
        self._open()

    def _open(self) -> None:
        self.versions = Versions(self.folder / "versions")
        database = Database(self.folder / "state.sqlite")
        self.state = State(database)
        self.engine = Engine(
            database, self.state.id, self.rules, None, self.versions, lambda: self.hears, WatchConfig()
        )
        self.letters = DeadLetters(self.folder / "dead-letters", self._letters_bytes)
        self.inbox = Inbox()
        self.guard = SeriesGuard(database, self.limits, self.store.clock)
        self.storer = Storer(
            self.store,
            self.state,
            self.letters,
            self.guard,
            acknowledge=self._acknowledge,
            on_ready=self.ready.append,
            derived=self.engine.derived,
            clock=self.store.clock,
        )
        self.watcher = Watcher(
            self.inbox,
            self.state,
            self.letters,
            self.versions,
            CATALOG,
            engine=self.engine,
            offer=self.storer.offer,
            acknowledge=self._acknowledge,
        )

    def publish(self, given: Inventory, now_ms: int = 1) -> Meaning:
        return self.versions.publish(given, {}, now_ms)

    def restart(self) -> None:
        self.state.close()
        self._open()

    def close(self) -> None:
        self.state.close()

    def give(self, agent: str, *records: Record) -> list[Message]:
        """Give batches to the watcher as one group; returns what it left."""
        return self.watcher.step([message(agent, payload(one)) for one in records])

    def store_all(self) -> None:
        self.storer.step(0.0)

    def seen(self) -> list[int]:
        return [seq for _, ack in self.acks for seq in IntervalSet(ack.seen)]

    def stored(self) -> list[int]:
        return sorted(one.seq for one in self.acked)

    def letter_names(self) -> set[Named]:
        return {named(letter.agent, letter.record) for letter in read_letters(self.folder / "dead-letters")}

    def _acknowledge(self, seen: list[Named], stored: list[Named]) -> None:
        self.acks += acks(self.state.id, seen, stored)
        self.acked += stored
