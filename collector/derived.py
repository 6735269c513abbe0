"""The outbox of derived rows, in the collector's file: the watcher fills it in its transaction, the storer empties it.

A row leaves only when the database has held it longer than it may forget. A correction of a row that still waits takes
its place. The outbox is bounded: the oldest rows go, counted; they are worked out, not measured.
"""

import json
from collections.abc import Iterable, Sequence

from collector.database import Database
from collector.store import Point

MAX_ROWS = 200_000
_SCHEMA = """
create table if not exists derived (
  id integer primary key autoincrement, measurement text not null, tags text not null, time integer not null,
  fields text not null, unique (measurement, tags, time));
"""


class DerivedOutbox:
    """Thread-safe, as the file is."""

    def __init__(self, database: Database) -> None:
        """Make the table, or find it.

        Raises:
            StateError: the file is damaged or cannot be written.
        """
        self._db = database
        self.made = self.dropped = 0
        database.create(_SCHEMA)

    def add(self, points: Iterable[Point]) -> None:
        """Put rows in, as a part of the caller's transaction."""
        rows = [(one.measurement, json.dumps(one.tags), one.time, json.dumps(one.fields)) for one in points]
        if not rows:
            return
        self.made += len(rows)
        self._db.executemany(
            "insert or replace into derived (measurement, tags, time, fields) values (?, ?, ?, ?)", rows
        )
        first, last = self._db.execute("select min(id), max(id) from derived").fetchone()
        if last - first >= MAX_ROWS:  # ids have gaps, so this is looked at closely only when it may be so
            (count,) = self._db.execute("select count(*) from derived").fetchone()
            if count > MAX_ROWS:
                oldest = "select id from derived order by id limit ?"
                self._db.execute(f"delete from derived where id in ({oldest})", (count - MAX_ROWS,))  # noqa: S608
                self.dropped += count - MAX_ROWS

    def take(self, after: int, limit: int) -> list[tuple[int, Point]]:
        """Return the oldest rows with an id above `after`; they stay."""
        with self._db.together(write=False):
            query = "select id, measurement, tags, time, fields from derived where id > ? order by id limit ?"
            rows = self._db.execute(query, (after, limit)).fetchall()
        return [(row[0], _point(*row[1:])) for row in rows]

    def done(self, ids: Sequence[int]) -> None:
        """Let go of rows that are durable in the database. One that was corrected meanwhile has another id."""
        with self._db.together():
            self._db.executemany("delete from derived where id = ?", [(one,) for one in ids])

    def waiting(self) -> int:
        """Return how many rows are here."""
        with self._db.together(write=False):
            return int(self._db.execute("select count(*) from derived").fetchone()[0])


def _point(measurement: str, tags: str, time: int, fields: str) -> Point:
    return Point.of(
        measurement,
        tuple((name, value) for name, value in json.loads(tags)),
        tuple((name, value) for name, value in json.loads(fields)),
        time,
    )
