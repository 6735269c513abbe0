"""The alarms that devices have told, and what they said that no definition knows, in the collector's SQLite file.

They are kept in the transaction in which their batches become *seen*, and a batch that comes again changes nothing. By
event time: what comes late is counted, and does not undo what was said after it.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import TypedDict

from collector.database import Database
from collector.intake import Accepted
from contract.trap_report import Alarm, SaidVarbind, TrapReport

MAX_ALARMS = 20_000
MAX_ALARMS_OF_ONE = 500
MAX_STRANGE = 5_000
MAX_STRANGE_OF_ONE = 50
MAX_SAID = 10
"""Notifications of one device and OID whose objects are kept."""
MAX_SAID_TEXT = 20_000
"""Letters of JSON of them; the newest is kept however long it is."""

_SCHEMA = """
create table if not exists alarm (
  device text, type text, entity text, state text not null, severity text not null, raised integer, cleared integer,
  last integer not null, times integer not null, en text not null, vi text not null,
  primary key (device, type, entity)) without rowid;
create table if not exists strange_trap (
  device text, oid text, version text not null, varbinds text not null, first integer not null, last integer not null,
  times integer not null, primary key (device, oid)) without rowid;
"""
# `varbinds` is a list of SaidThen in JSON; files of before have only the objects of the last one there.
_FROM_BEFORE = """
update strange_trap set varbinds = json_array(json_object('at', last, 'varbinds', json(varbinds)))
  where json_extract(varbinds, '$[0].at') is null
"""
_ALARM = "device = ? and type = ? and entity = ?"
_OLDEST_ALARM = "state = 'raised', last"
_OLDEST_STRANGE = "last"


@dataclass(frozen=True, slots=True)
class AlarmNow:
    """One alarm: `severity` is that with which it was raised last; times in ms since 1970 by the device's agent;
    `times`: how often it was told, with its ends."""

    device: str
    type: str
    entity: str
    state: str
    severity: str
    raised: int | None
    cleared: int | None
    last: int
    times: int
    en: str
    vi: str


class SaidThen(TypedDict):
    """What one notification carried, and when: ms since 1970 by the device's agent."""

    at: int
    varbinds: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class StrangeTrap:
    """Notifications of one OID of a device that no definition knows; `said` are the last of them, the newest first."""

    device: str
    oid: str
    version: str
    said: list[SaidThen]
    first: int
    last: int
    times: int


class AlarmBook:
    """Thread-safe, as the database is. Statements are made in its `together`."""

    def __init__(self, database: Database) -> None:
        """Make the tables, or find them. Raises StateError."""
        self._db = database
        self.counts: Counter[str] = Counter()
        database.create(_SCHEMA + _FROM_BEFORE)

    def take(self, batches: Iterable[Accepted]) -> None:
        """Note what batches say that are seen for the first time."""
        for one in batches:
            report = one.batch.trap
            if report is None:
                continue
            if report.alarm is None:
                self._take_strange(one.batch.device, report, one.batch.time)
            else:
                self._take_alarm(one.batch.device, report.alarm, one.batch.time)

    def alarms(self, *, every: bool = False) -> list[AlarmNow]:
        """Return the alarms that are raised, or `every` one with what is over and events; the newest first."""
        where = "" if every else "where state = 'raised'"
        with self._db.together(write=False):
            rows = self._db.execute(f"select * from alarm {where} order by last desc").fetchall()  # noqa: S608
        return [AlarmNow(*row) for row in rows]

    def strange(self) -> list[StrangeTrap]:
        """Return what no definition knows, the newest first."""
        with self._db.together(write=False):
            rows = self._db.execute("select * from strange_trap order by last desc").fetchall()
        return [
            StrangeTrap(device, oid, version, json.loads(said), first, last, times)
            for device, oid, version, said, first, last, times in rows
        ]

    def _take_alarm(self, device: str, alarm: Alarm, at: int) -> None:
        key = device, alarm.type, alarm.entity
        row = self._db.execute(
            f"select state, severity, raised, cleared, last, times, en, vi from alarm where {_ALARM}",  # noqa: S608
            key,
        ).fetchone()
        before = AlarmNow(*key, *row) if row else None
        if before is None:
            self._make_room("alarm", device, MAX_ALARMS_OF_ONE, MAX_ALARMS, _OLDEST_ALARM)
        after = _told(key, before, alarm, at)
        values = tuple(asdict(after).values())
        self._db.execute("insert or replace into alarm values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        self.counts[alarm.state] += 1

    def _take_strange(self, device: str, report: TrapReport, at: int) -> None:
        key = device, report.oid
        row = self._db.execute(
            "select version, varbinds, first, last, times from strange_trap where device = ? and oid = ?", key
        ).fetchone()
        if row is None:
            self._make_room("strange_trap", device, MAX_STRANGE_OF_ONE, MAX_STRANGE, _OLDEST_STRANGE)
        version, said, first, last, times = row or (report.version, "[]", at, at, 0)
        self._db.execute(
            "insert or replace into strange_trap values (?, ?, ?, ?, ?, ?, ?)",
            (
                *key,
                report.version if at >= last else version,
                _with(said, report.varbinds, at),
                min(first, at),
                max(last, at),
                times + 1,
            ),
        )
        self.counts["unknown"] += 1

    def _make_room(self, table: str, device: str, of_one: int, most: int, order: str) -> None:
        """Let go of the oldest where there would be too many: first of what is over, then of what is not."""
        for where, values, limit in (("where device = ?", (device,), of_one), ("", (), most)):
            (count,) = self._db.execute(f"select count(*) from {table} {where}", values).fetchone()  # noqa: S608
            if count < limit:
                continue
            names = "device, type, entity" if table == "alarm" else "device, oid"
            self._db.execute(
                f"delete from {table} where ({names}) in"  # noqa: S608
                f" (select {names} from {table} {where} order by {order} limit ?)",
                (*values, max(1, limit // 100)),
            )
            self.counts["let_go"] += max(1, limit // 100)


def _told(key: tuple[str, str, str], before: AlarmNow | None, alarm: Alarm, at: int) -> AlarmNow:
    """Return an alarm after something more was told of it."""
    raised, cleared = (before.raised, before.cleared) if before else (None, None)
    if before is not None and at < before.last:  # it comes late, and what came after it is what holds
        if alarm.state == "raised" and before.state != "cleared" and raised is not None:
            raised = min(raised, at)
        return AlarmNow(
            *key, before.state, before.severity, raised, cleared, before.last, before.times + 1, before.en, before.vi
        )
    if alarm.state == "raised" and (before is None or before.state != "raised"):
        raised = at
    if alarm.state == "cleared" and (before is None or before.state != "cleared"):
        cleared = at
    severity = before.severity if before and alarm.state == "cleared" else alarm.severity
    times = before.times + 1 if before else 1
    return AlarmNow(*key, alarm.state, severity, raised, cleared, at, times, alarm.en, alarm.vi)


def _with(kept: str, varbinds: Iterable[SaidVarbind], at: int) -> str:
    """Return, as JSON, what is kept of an OID with one notification more, the newest first."""
    said: list[SaidThen] = json.loads(kept)
    place = next((n for n, one in enumerate(said) if one["at"] <= at), len(said))
    said.insert(place, {"at": at, "varbinds": [one.model_dump() for one in varbinds]})
    texts = [json.dumps(one, ensure_ascii=False) for one in said[:MAX_SAID]]
    ends = list(accumulate(map(len, texts)))
    return f"[{','.join(text for n, text in enumerate(texts) if n == 0 or ends[n] <= MAX_SAID_TEXT)}]"
