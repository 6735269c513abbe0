"""What was heard of the agents' clocks, in the collector's file: after a restart of the collector a batch, also a dead
letter that its agent has long freed, has the time that it would have had before."""

from collections.abc import Mapping

from collector.clocks import Clock
from collector.database import Database

MAX_BOOTS = 2_000  # of one agent
MOVED_MS = 1_000  # by less than this the least difference is not written again: it is the way of a heartbeat
_MOST = 2**61  # SQLite has 64 bits, and an agent may say anything

_SCHEMA = """
create table if not exists clock (
  id integer primary key autoincrement, agent text not null, boot text not null,
  anchor_mono integer, anchor_time integer, least integer, unique (agent, boot));
"""
_KEEP = """
insert into clock (agent, boot, anchor_mono, anchor_time, least) values (?, ?, ?, ?, ?)
  on conflict (agent, boot) do update set least = coalesce(excluded.least, clock.least),
    anchor_mono = coalesce(clock.anchor_mono, excluded.anchor_mono),
    anchor_time = coalesce(clock.anchor_time, excluded.anchor_time)
  where (clock.anchor_mono is null and excluded.anchor_mono is not null)
    or (clock.least is null and excluded.least is not null) or abs(excluded.least - clock.least) >= ?
"""
_OLDEST = "select id from clock where agent = ?1 order by id desc limit -1 offset ?2"


class ClockState:
    """Thread-safe, as the file is."""

    def __init__(self, database: Database) -> None:
        """Make the table, or find it.

        Raises:
            StateError: the file is damaged or cannot be written.
        """
        self._db = database
        database.create(_SCHEMA)

    def keep(self, agent: str, clocks: Mapping[str, Clock]) -> None:
        """Note the clocks of an agent's processes, by boot, as a part of the caller's transaction. An anchor that is
        there stands; of too many processes those that were heard of first go."""
        rows = [
            (agent, boot, *(one.anchor or (None, None)), _least(one.beats), MOVED_MS) for boot, one in clocks.items()
        ]
        if rows and self._db.executemany(_KEEP, rows):
            self._db.execute(f"delete from clock where id in ({_OLDEST})", (agent, MAX_BOOTS))  # noqa: S608

    def read(self) -> list[tuple[str, str, Clock]]:
        """Return agent, boot and clock of every process, in the order in which they were first heard of. The least of
        the beats stands for all."""
        with self._db.together(write=False):
            query = "select agent, boot, anchor_mono, anchor_time, least from clock order by id"
            rows = self._db.execute(query).fetchall()
        return [
            (agent, boot, Clock(None if mono is None else (mono, time), () if least is None else (least,)))
            for agent, boot, mono, time, least in rows
        ]


def _least(beats: tuple[int, ...]) -> int | None:
    return max(-_MOST, min(_MOST, *beats)) if beats else None
