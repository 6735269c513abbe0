"""The collector's state: one SQLite file, `synchronous=FULL`, the only file of the collector that imports sqlite3.

It holds the books of every agent and boot as interval sets, the names `(boot, seq, crc)` of batches that an agent may
still send again, and what each agent process said last. It has an id: a collector with an empty state opens new books.
"""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from collector.acks import Named
from collector.books import Book
from contract.intervals import IntervalSet
from contract.messages import Numbers, boot_text

MAX_CACHED = 5_000
Kind = Literal["produced", "seen", "stored", "refused", "held", "dropped", "earlier"]

_SCHEMA = """
create table if not exists meta (key text primary key, value text not null) without rowid;
create table if not exists book (
  agent text, boot text, kind text, ranges text not null, primary key (agent, boot, kind)) without rowid;
create table if not exists known (
  agent text, boot text, seq integer, crc integer, stored integer not null default 0,
  primary key (agent, boot, seq, crc)) without rowid;
create table if not exists process (
  agent text, boot text, n integer not null, at integer not null, numbers text not null,
  primary key (agent, boot)) without rowid;
"""


class StateError(Exception):
    """The state file cannot be used; the text says what to do."""


class State:
    """Thread-safe. Every method is one transaction, durable on return."""

    def __init__(self, path: Path) -> None:
        """Open or make the file.

        Raises:
            StateError: it is damaged, locked by another collector, or cannot be written.
        """
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
            self._db.execute("pragma journal_mode=wal")
            self._db.execute("pragma synchronous=full")
            self._db.executescript(_SCHEMA)
            with self._transaction():
                self._db.execute("insert or ignore into meta values ('id', ?)", (secrets.token_hex(8),))
            self.id = str(self._db.execute("select value from meta where key = 'id'").fetchone()[0])
        except (sqlite3.Error, OSError) as error:
            raise StateError(f"{path} cannot be used: {error}; move it aside to begin new books") from error
        self._cache: dict[tuple[str, str, Kind], IntervalSet] = {}
        self._touched: set[tuple[str, str, Kind]] = set()

    def see(self, names: Iterable[Named]) -> list[Named]:
        """Note that batches were watched. Returns those that are stored already."""
        with self._transaction():
            stored: list[Named] = []
            for name in names:
                key = (name.agent, boot_text(name.boot), name.seq, name.crc)
                row = self._db.execute(
                    "select stored from known where agent = ? and boot = ? and seq = ? and crc = ?", key
                ).fetchone()
                if row is None:
                    self._db.execute("insert into known (agent, boot, seq, crc) values (?, ?, ?, ?)", key)
                elif row[0]:
                    stored.append(name)
                self._add("seen", name)
            self._write()
            return stored

    def settle(self, kind: Literal["stored", "refused", "dropped"], names: Iterable[Named]) -> list[Named]:
        """Note where batches have ended, and return those that are new there. Only after this they may be acknowledged
        as stored."""
        with self._transaction():
            new: list[Named] = []
            for name in names:
                if name.seq not in self._get(name.agent, boot_text(name.boot), kind):
                    new.append(name)
                self._db.execute(
                    "insert into known values (?, ?, ?, ?, 1)"
                    " on conflict (agent, boot, seq, crc) do update set stored = 1",
                    (name.agent, boot_text(name.boot), name.seq, name.crc),
                )
                self._add(kind, name)
            self._write()
            return new

    def hold(self, names: Iterable[Named]) -> None:
        """Note that batches are held: they stay on the agent's disk."""
        with self._transaction():
            for name in names:
                self._add("held", name)
            self._write()

    def take(self, agent: str, numbers: Numbers, now_ms: int) -> bool:
        """Take a heartbeat. False: it names other books, or is older than one that was taken."""
        if numbers.state != self.id:
            return False
        with self._transaction():
            row = self._db.execute(
                "select n from process where agent = ? and boot = ?", (agent, numbers.boot)
            ).fetchone()
            if row is not None and row[0] >= numbers.n:
                return False
            known = self._db.execute("select 1 from process where agent = ? limit 1", (agent,)).fetchone()
            for boot, said in numbers.boots.items():
                produced, spooled, dropped = (IntervalSet(r) for r in (said.produced, said.spooled, said.dropped))
                self._extend(agent, boot, "produced", produced)
                self._extend(agent, boot, "dropped", dropped)
                if known is None:
                    # Its first heartbeat in these books: what it has freed by now was settled under others or by us.
                    self._extend(
                        agent, boot, "earlier", produced - spooled - dropped - self._get(agent, boot, "stored")
                    )
                self._forget(agent, boot, produced, spooled)
            self._db.executemany(
                "delete from process where agent = ? and boot = ? and boot <> ?",
                [(agent, boot, numbers.boot) for boot in numbers.replaces],
            )
            self._db.execute(
                "insert or replace into process values (?, ?, ?, ?, ?)",
                (agent, numbers.boot, numbers.n, now_ms, numbers.model_dump_json()),
            )
            self._write()
            return True

    def books(self) -> dict[tuple[str, str], Book]:
        """Return the book of every agent and boot."""
        with self._lock:
            out: dict[tuple[str, str], Book] = {}
            for agent, boot, kind, ranges in self._db.execute("select agent, boot, kind, ranges from book"):
                setattr(out.setdefault((agent, boot), Book()), kind, IntervalSet(json.loads(ranges)))
            for agent, numbers in self._heartbeats():
                for boot, said in numbers.boots.items():
                    book = out.setdefault((agent, boot), Book())
                    book.spooled |= IntervalSet(said.spooled)
            return out

    def heartbeats(self) -> list[tuple[str, Numbers]]:
        """Return the last heartbeat of every agent process."""
        with self._lock:
            return self._heartbeats()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                self._cache.clear()
                self._touched.clear()
                raise
            self._db.execute("commit")

    # Below, the lock is held.

    def _get(self, agent: str, boot: str, kind: Kind) -> IntervalSet:
        key = (agent, boot, kind)
        if key not in self._cache:
            row = self._db.execute("select ranges from book where agent = ? and boot = ? and kind = ?", key).fetchone()
            if len(self._cache) >= MAX_CACHED:
                self._write()
                self._cache.clear()
            self._cache[key] = IntervalSet(json.loads(row[0]) if row else ())
        return self._cache[key]

    def _add(self, kind: Kind, name: Named) -> None:
        boot = boot_text(name.boot)
        numbers = self._get(name.agent, boot, kind)
        if name.seq not in numbers:
            numbers.add(name.seq)
            self._touched.add((name.agent, boot, kind))

    def _extend(self, agent: str, boot: str, kind: Kind, more: IntervalSet) -> None:
        numbers = self._get(agent, boot, kind)
        if len(more - numbers):
            self._cache[agent, boot, kind] = numbers | more
            self._touched.add((agent, boot, kind))

    def _write(self) -> None:
        self._db.executemany(
            "insert or replace into book values (?, ?, ?, ?)",
            [(*key, json.dumps(self._cache[key].pairs())) for key in self._touched],
        )
        self._touched.clear()

    def _forget(self, agent: str, boot: str, produced: IntervalSet, spooled: IntervalSet) -> None:
        """What is no longer spooled is not sent again, so its name need not be known."""
        self._db.executemany(
            "delete from known where agent = ? and boot = ? and seq between ? and ?",
            [(agent, boot, first, last) for first, last in (produced - spooled).pairs()],
        )

    def _heartbeats(self) -> list[tuple[str, Numbers]]:
        rows = self._db.execute("select agent, numbers from process order by agent, at").fetchall()
        return [(agent, Numbers.model_validate_json(numbers)) for agent, numbers in rows]
