"""The collector's state of delivery, in its SQLite file.

It is the books of every agent and boot as interval sets, the names `(boot, seq, crc)` of batches that an agent may
still send again, and what each agent process said last. It has an id: a collector with an empty state opens new books.
"""

import json
import logging
import secrets
from collections.abc import Callable, Iterable, Set
from contextlib import AbstractContextManager
from typing import Literal

from pydantic import ValidationError

from collector.acks import Named
from collector.alarms import AlarmBook
from collector.book_cache import BookCache, Key
from collector.books import Book
from collector.clock_state import ClockState
from collector.database import Database
from contract.intervals import IntervalSet
from contract.messages import Numbers, boot_text
from contract.wire import MAX_SEQ

log = logging.getLogger(__name__)

MAX_PROCESSES = 100  # of one agent whose last word is kept
SILENT_BEATS = 10  # of its own, after which a process beside another of its agent no longer vouches for its disk
MAX_BOOTS = 2_000  # of one agent whose books are kept

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
_IS_KNOWN = "select 1 from known where agent = ? and boot = ? and seq = ? and crc = ?"
_IS_STORED = "select stored from known where agent = ? and boot = ? and seq = ? and crc = ?"
_HAS_TWIN = "select 1 from known where agent = ? and boot = ? and seq = ? and crc <> ? and stored = 1"
_NOW_STORED = "update known set stored = 1 where agent = ? and boot = ? and seq = ? and crc = ? and stored = 0"


class State:
    """Thread-safe. Every method is one transaction, or a part of `together`; durable on return. Each may raise
    StateError (disk full, failing): then nothing of the transaction was done, and it may be tried again."""

    def __init__(self, database: Database) -> None:
        """Make the tables, or find them.

        Raises:
            StateError: the file is damaged or cannot be written.
        """
        self._db = database
        self._books = BookCache(self._read_set, self._write_sets)
        self.clocks = ClockState(database)
        self.alarms = AlarmBook(database)
        database.create(_SCHEMA)
        database.hook(before_commit=self._books.write, after_undo=self._books.clear)
        with database.together():
            database.execute("insert or ignore into meta values ('id', ?)", (secrets.token_hex(8),))
            self.id = str(database.execute("select value from meta where key = 'id'").fetchone()[0])

    def unseen(self, names: Iterable[Named]) -> list[Named]:
        """Return those of the names that are not known yet, in their order."""
        with self._db.together(write=False):
            return [
                name
                for name in names
                if not self._db.execute(_IS_KNOWN, (name.agent, boot_text(name.boot), name.seq, name.crc)).fetchone()
            ]

    def see(self, names: Iterable[Named]) -> list[Named]:
        """Note that batches were watched. Returns those that are stored already."""
        new = list(names)
        keys = [(name.agent, boot_text(name.boot), name.seq, name.crc) for name in new]
        with self._db.together():
            inserted = self._db.executemany(
                "insert or ignore into known (agent, boot, seq, crc) values (?, ?, ?, ?)", keys
            )
            for agent, boot, seq, _ in keys:
                self._books.add((agent, boot, "seen"), seq)
            if inserted == len(keys):
                return []
            return [
                name for name, key in zip(new, keys, strict=True) if self._db.execute(_IS_STORED, key).fetchone()[0]
            ]

    def settle(self, kind: Literal["stored", "refused", "dropped"], names: Iterable[Named]) -> list[Named]:
        """Note where batches have ended, and return those that are new there. Only after this they may be acknowledged
        as stored. A copy that comes after its agent has freed the batch is not new, and can no longer be told from a
        clone's twin of it: neither is new then."""
        new: list[Named] = []
        with self._db.together():
            for name in names:
                key = (name.agent, boot_text(name.boot), name.seq, name.crc)
                ended = self._db.execute(_NOW_STORED, key).rowcount
                if not ended:
                    self._db.execute("insert or ignore into known values (?, ?, ?, ?, 1)", key)
                fresh = self._books.add((name.agent, key[1], kind), name.seq)
                if fresh or (ended and self._db.execute(_HAS_TWIN, key).fetchone()):
                    new.append(name)
        return new

    def hold(self, names: Iterable[Named]) -> None:
        """Note that batches are held: they stay on the agent's disk."""
        with self._db.together():
            for name in names:
                self._books.add((name.agent, boot_text(name.boot), "held"), name.seq)

    def take(self, agent: str, numbers: Numbers, now_ms: int) -> bool:
        """Take a heartbeat. False: it names other books, or is older than one that was taken."""
        if numbers.state != self.id:
            return False
        with self._db.together():
            row = self._db.execute(
                "select n from process where agent = ? and boot = ?", (agent, numbers.boot)
            ).fetchone()
            if row is not None and row[0] >= numbers.n:
                return False
            for boot, said in numbers.boots.items():
                produced, spooled, dropped = (IntervalSet(r) for r in (said.produced, said.spooled, said.dropped))
                self._books.extend((agent, boot, "produced"), produced)
                self._books.extend((agent, boot, "dropped"), dropped)
                if row is None:
                    # This process's first heartbeat in these books: what it has freed by now was settled under others
                    # or by us. Each process, for a clone may have learned of these books later than its twin.
                    here = self._books.get((agent, boot, "stored"))
                    self._books.extend((agent, boot, "earlier"), produced - spooled - dropped - here)
                self._forget(agent, boot, (produced - spooled).pairs())
            for boot in set(numbers.replaces) - numbers.boots.keys():
                self._forget(agent, boot, [(0, MAX_SEQ - 1)])  # nothing of it is left on that disk
            if row is None:
                self._replace(agent, numbers)
            self._close_books(agent, numbers.boots.keys())
            # Our own clock was ahead when those were heard: they were not heard later than now.
            self._db.execute("update process set at = ?1 where agent = ?2 and at > ?1", (now_ms, agent))
            self._db.execute(
                "insert or replace into process values (?, ?, ?, ?, ?)",
                (agent, numbers.boot, numbers.n, now_ms, numbers.model_dump_json()),
            )
            return True

    def books(self) -> dict[tuple[str, str], Book]:
        """Return the book of every agent and boot, all of one moment."""
        out: dict[tuple[str, str], Book] = {}
        with self._db.together(write=False):
            for agent, boot, kind, ranges in self._db.execute("select agent, boot, kind, ranges from book"):
                setattr(out.setdefault((agent, boot), Book()), kind, IntervalSet(json.loads(ranges)))
            last_words = self._last_words()
        for agent, numbers, silent_ms in last_words:
            if silent_ms > SILENT_BEATS * numbers.interval_s * 1000:
                continue  # that disk is lost, or of a clone that is away: what only it held is missing until it is back
            for boot, said in numbers.boots.items():
                book = out.setdefault((agent, boot), Book())
                book.spooled |= IntervalSet(said.spooled)
        return out

    def _last_words(self) -> list[tuple[str, Numbers, int]]:
        """Return the last heartbeat of every agent process, and by how many ms its agent's newest is younger."""
        with self._db.together(write=False):
            newest = "max(at) over (partition by agent)"
            query = f"select agent, numbers, {newest} - at from process where numbers <> '' order by agent, at"  # noqa: S608
            rows = self._db.execute(query).fetchall()
        out: list[tuple[str, Numbers, int]] = []
        for agent, numbers, silent_ms in rows:
            try:
                out.append((agent, Numbers.model_validate_json(numbers), silent_ms))
            except ValidationError:
                log.error("agent %s: a heartbeat of an earlier program cannot be read; the next one replaces it", agent)
        return out

    def together(self) -> AbstractContextManager[None]:
        """Make one transaction of all calls inside; see `Database.together`."""
        return self._db.together()

    def part(self, forget: Callable[[], None]) -> AbstractContextManager[None]:
        """Make a part of the present transaction that alone may come to nothing; see `Database.part`."""
        return self._db.part(forget)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # Below, the lock is held.

    def _read_set(self, key: Key) -> str | None:
        row = self._db.execute("select ranges from book where agent = ? and boot = ? and kind = ?", key).fetchone()
        return str(row[0]) if row else None

    def _write_sets(self, sets: list[tuple[Key, str]]) -> None:
        rows = [(*key, text) for key, text in sets]
        self._db.executemany("insert or replace into book values (?, ?, ?, ?)", rows)

    def _forget(self, agent: str, boot: str, ranges: list[tuple[int, int]]) -> None:
        """What is no longer spooled is not sent again, so its name need not be known."""
        self._db.executemany(
            "delete from known where agent = ? and boot = ? and seq between ? and ?",
            [(agent, boot, first, last) for first, last in ranges],
        )

    def _replace(self, agent: str, numbers: Numbers) -> None:
        """A new process has taken over a disk: the last word of those before it is void. Their number stays, so that a
        late copy is known as one; but a machine whose disk was cloned lives on, and is taken at its next word."""
        self._db.executemany(
            "update process set numbers = '' where agent = ? and boot = ? and boot <> ?",
            [(agent, boot, numbers.boot) for boot in numbers.replaces],
        )
        self._db.execute(
            "delete from process where agent = ?1 and boot in"
            " (select boot from process where agent = ?1 order by at desc limit -1 offset ?2)",
            (agent, MAX_PROCESSES),
        )

    def _close_books(self, agent: str, mentioned: Set[str]) -> None:
        """An agent that starts a thousand times has a thousand boots: those that nobody speaks of any more go."""
        (count,) = self._db.execute("select count(distinct boot) from book where agent = ?", (agent,)).fetchone()
        if count <= MAX_BOOTS:
            return
        self._books.write()
        boots = {boot for (boot,) in self._db.execute("select distinct boot from book where agent = ?", (agent,))}
        last = {boot for name, beat, _ in self._last_words() if name == agent for boot in beat.boots}
        closed = [(agent, boot) for boot in boots - last - mentioned]
        log.warning("agent %s has had over %d boots: the books of %d are closed and go", agent, MAX_BOOTS, len(closed))
        self._db.executemany("delete from book where agent = ? and boot = ?", closed)
        self._db.executemany("delete from known where agent = ? and boot = ?", closed)
        self._books.clear()
