"""The outbox: notices wait here, in the collector's file, until a channel of their person has taken them.

Added in the transaction of what caused them, settled in one of their own after they were sent: a crash between the two
sends one again, with the same key. Of one key a person gets one notice at a time, in the order in which they were
added. Waiting is counted from a moment on, and a clock that was put back ends it.
"""

import logging
from collections.abc import Collection, Mapping, Sequence

from collector.database import Database, Row
from collector.oncall.notice import MAX_KEY, Delivery, Entry, Notice, Outcome, clean, one_line, wait_ms

log = logging.getLogger(__name__)

MAX_WAITING = 10_000
MAX_SETTLED = 100_000
MAX_ERROR = 200
GIVE_UP_MS = 24 * 3_600_000
KEEP_MS = 30 * 24 * 3_600_000

_SCHEMA = """
create table if not exists notice (
  id integer primary key autoincrement, key text not null, action text not null, person text not null,
  title text not null, body text not null, added integer not null, outcome text not null default 'waiting',
  settled integer, channel text not null default '', tries integer not null default 0, error text not null default '');
create index if not exists notice_key on notice (key, person);
create index if not exists notice_waiting on notice (action) where settled is null;
create table if not exists delivery (
  notice integer not null, channel text not null, since integer not null, wait integer not null,
  tries integer not null default 0, primary key (notice, channel)) without rowid;
create index if not exists delivery_channel on delivery (channel);
"""
_ENTRY = "select id, key, action, person, title, body, added, outcome, settled, channel, tries, error from notice "
_ADD = "insert into notice (key, action, person, title, body, added) values (?, ?, ?, ?, ?, ?)"
_TOO_MANY = "delete from notice where settled is not null and id <= (select max(id) from notice) - ?"
_MERGED = (("page", "page"), ("repeat", "page"), ("repeat", "repeat"))  # what is added, and what waits
# What was tried least comes first, so that a new page does not queue behind those that fail.
_DUE = """
select n.id, d.channel, n.key, n.action, n.person, n.title, n.body from delivery d join notice n on n.id = d.notice
where d.channel = ?1 and not (d.since <= ?2 and ?2 < d.since + d.wait) and not exists (
  select 1 from notice e where e.key = n.key and e.person = n.person and e.id < n.id and e.settled is null)
order by d.tries, n.id limit 1
"""


class Outbox:
    """Thread-safe. Every method is one transaction, or a part of the caller's, and may raise StateError."""

    def __init__(self, database: Database, people: Mapping[str, Sequence[str]], failover_ms: int) -> None:
        """`people` has the channels of each person, in order of preference.

        Raises:
            StateError: the file is damaged or cannot be written.
        """
        self._db, self._people, self._failover_ms = database, people, failover_ms
        database.create(_SCHEMA)

    def begin(self, now_ms: int) -> None:
        """Plan anew what waits, for a process that begins: the file of people may be another, and time in which nobody
        sent is no failure of a channel."""
        with self._db.together():
            for entry in self._entries("where settled is null order by id"):
                kept = {
                    name for (name,) in self._db.execute("select channel from delivery where notice = ?", (entry.id,))
                }
                self._db.execute("delete from delivery where notice = ?", (entry.id,))
                channels = self._people.get(entry.notice.person, ())
                only = [name for name in channels if name in kept] if entry.notice.action == "test" else channels
                self._plan(entry.id, entry.notice, only, now_ms)

    def add(self, notice: Notice, now_ms: int, channels: Sequence[str] | None = None) -> int:
        """Add a notice and return its id; with `channels` only those are tried. A page is merged into one that still
        waits for the same person, a repeat into either, and a resolve takes the place of repeats that wait."""
        one = clean(notice)
        with self._db.together():
            waiting = self._entries(
                "where key = ? and person = ? and settled is null order by id", (one.key, one.person)
            )
            values = (one.key, one.action, one.person, one.title, one.body, now_ms)
            added = self._db.execute(_ADD, values).lastrowid or 0
            if waiting and (one.action, waiting[-1].notice.action) in _MERGED:
                self._settle(added, "merged", now_ms)
                return added
            if one.action == "resolve":
                for entry in waiting:
                    if entry.notice.action == "repeat":
                        self._settle(entry.id, "merged", now_ms)
            self._plan(added, one, self._people.get(one.person, ()) if channels is None else channels, now_ms)
            self._keep_bound(now_ms)
        return added

    def due(self, channels: Collection[str], now_ms: int) -> list[Delivery]:
        """Return what is to be tried now, at most one notice for each of `channels`."""
        with self._db.together(write=False):
            rows = [self._db.execute(_DUE, (channel, now_ms)).fetchone() for channel in channels]
        return [Delivery(row[0], row[1], Notice(*row[2:])) for row in rows if row]

    def sent(self, notice: int, channel: str, now_ms: int) -> None:
        """A channel has taken it; this holds whatever was noted before."""
        with self._db.together():
            self._db.execute("update notice set tries = tries + 1 where id = ?", (notice,))
            self._settle(notice, "sent", now_ms, channel)

    def failed(self, notice: int, channel: str, now_ms: int, error: str) -> None:
        """A channel has not taken it: it is tried again later, or given up when it is a test, or a day old and was
        tried on every channel."""
        with self._db.together():
            entry = self.entry(notice)
            if entry is None or entry.settled_ms is not None:
                return
            why = one_line(f"{channel}: {error}", MAX_ERROR)
            self._db.execute("update notice set tries = tries + 1, error = ? where id = ?", (why, notice))
            key = (notice, channel)
            row = self._db.execute("select tries from delivery where notice = ? and channel = ?", key).fetchone()
            tries = (row[0] if row else 0) + 1
            self._db.execute(
                "update delivery set tries = ?, since = ?, wait = ? where notice = ? and channel = ?",
                (tries, now_ms, wait_ms(tries), *key),
            )
            untried = self._db.execute("select 1 from delivery where notice = ? and tries = 0", (notice,)).fetchone()
            if entry.notice.action == "test" or (now_ms - entry.added_ms >= GIVE_UP_MS and not untried):
                self._give_up(notice, entry.notice, now_ms, why)

    def told(self, key: str) -> list[str]:
        """Return who was paged with this key or is about to be: they get its resolve."""
        rows = self._read(
            "select person from notice where key = ? and action in ('page', 'repeat')"
            " and outcome in ('sent', 'waiting') group by person order by min(id)",
            (one_line(key, MAX_KEY),),
        )
        return [str(person) for (person,) in rows]

    def entry(self, notice: int) -> Entry | None:
        """Return one notice."""
        with self._db.together(write=False):
            return next(iter(self._entries("where id = ?", (notice,))), None)

    def of(self, key: str) -> list[Entry]:
        """Return the notices of a key, oldest first."""
        with self._db.together(write=False):
            return self._entries("where key = ? order by id", (one_line(key, MAX_KEY),))

    def recent(self, limit: int) -> list[Entry]:
        """Return the newest notices, newest first."""
        with self._db.together(write=False):
            return self._entries("order by id desc limit ?", (limit,))

    def counts(self) -> dict[str, int]:
        """Return how many notices of the last 30 days ended how, and how many wait."""
        return {
            str(outcome): int(str(n)) for outcome, n in self._read("select outcome, count(*) from notice group by 1")
        }

    def prune(self, now_ms: int) -> None:
        """Forget what was settled long ago, or has too many after it."""
        with self._db.together():
            self._db.execute("delete from notice where settled < ?", (now_ms - KEEP_MS,))
            self._db.execute(_TOO_MANY, (MAX_SETTLED,))

    # Below, the caller is in a transaction.

    def _plan(self, notice: int, one: Notice, channels: Sequence[str], now_ms: int) -> None:
        if not channels:
            self._give_up(notice, one, now_ms, f"{one.person} is not in the on-call file")
        self._db.executemany(
            "insert into delivery (notice, channel, since, wait) values (?, ?, ?, ?)",
            [(notice, channel, now_ms, place * self._failover_ms) for place, channel in enumerate(channels)],
        )

    def _keep_bound(self, now_ms: int) -> None:
        (waiting,) = self._db.execute("select count(*) from notice where settled is null").fetchone()
        if waiting <= MAX_WAITING:
            return
        oldest = "where settled is null order by action <> 'repeat', id limit 1"
        for entry in self._entries(oldest):
            log.error("%d notices wait: the %s of %s was dropped", waiting, entry.notice.action, entry.notice.key)
            self._settle(entry.id, "dropped", now_ms)

    def _give_up(self, notice: int, one: Notice, now_ms: int, why: str) -> None:
        log.error("the %s of %s to %s was given up: %s", one.action, one.key, one.person, why)
        self._db.execute("update notice set error = ? where id = ?", (why, notice))
        self._settle(notice, "given up", now_ms)

    def _settle(self, notice: int, outcome: Outcome, now_ms: int, channel: str = "") -> None:
        self._db.execute(
            "update notice set outcome = ?, settled = ?, channel = ? where id = ?", (outcome, now_ms, channel, notice)
        )
        self._db.execute("delete from delivery where notice = ?", (notice,))

    def _entries(self, where: str, values: Row = ()) -> list[Entry]:
        rows = self._db.execute(_ENTRY + where, values).fetchall()
        return [Entry(row[0], Notice(*row[1:6]), *row[6:]) for row in rows]

    def _read(self, query: str, values: Row = ()) -> list[Row]:
        with self._db.together(write=False):
            return self._db.execute(query, values).fetchall()
