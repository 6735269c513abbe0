"""What the watcher remembers, in the collector's file: availability, alerts, incidents, maintenance, decisions.

Each method is a part of the caller's transaction. What is asked for often is kept by who asks; here is only the file.
"""

import json
from collections.abc import Iterable, Set
from dataclasses import dataclass

from pydantic import TypeAdapter

from collector.database import Database
from collector.watch.alert import Alert
from collector.watch.incident import Incident
from collector.watch.spans import Spans
from contract.intervals import IntervalSet

MAX_DECISIONS = 20_000
MAX_CLOSED = 2_000  # incidents that are over and still known
_SCHEMA = """
create table if not exists span (element text primary key, up text not null, down text not null) without rowid;
create table if not exists alert (id text primary key, alert text not null) without rowid;
create table if not exists incident (number integer primary key, is_open integer not null, incident text not null);
create table if not exists decision (
  id integer primary key autoincrement, at integer not null, about text not null, incident integer, text text not null);
create index if not exists decision_incident on decision (incident);
create table if not exists maintenance (
  id integer primary key autoincrement, subject text not null, since integer not null, until integer not null,
  reason text not null);
create table if not exists due (period integer, subject text, primary key (period, subject)) without rowid;
create table if not exists watch (key text primary key, value integer not null) without rowid;
create table if not exists service (
  area text, technology text, status integer not null, since integer not null, primary key (area, technology))
  without rowid;
"""
_ALERT, _INCIDENT = TypeAdapter(Alert), TypeAdapter(Incident)


@dataclass(frozen=True, slots=True)
class Window:
    """Announced maintenance of a device, sensor, site or area; times in ms since 1970 UTC, `until` excluded."""

    id: int
    subject: str
    since: int
    until: int
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Why something was done or not done: about an alert (`rule|subject`) or an element, with what was known."""

    at: int
    about: str
    incident: int | None
    text: str


class Memory:
    """The tables."""

    def __init__(self, database: Database) -> None:
        """Make them, or find them.

        Raises:
            StateError: the file is damaged or cannot be written.
        """
        self._db = database
        database.create(_SCHEMA)

    def spans(self) -> dict[str, Spans]:
        """Return the availability of every element."""
        rows = self._db.execute("select element, up, down from span").fetchall()
        return {element: Spans(_set(up), _set(down)) for element, up, down in rows}

    def keep_spans(self, spans: Iterable[tuple[str, Spans]]) -> None:
        """Note the availability of some."""
        rows = [(name, json.dumps(one.up.pairs()), json.dumps(one.down.pairs())) for name, one in spans]
        self._db.executemany("insert or replace into span values (?, ?, ?)", rows)

    def forget_spans(self, element: str) -> None:
        """Forget the availability of an element."""
        self._db.execute("delete from span where element = ?", (element,))

    def alerts(self) -> dict[str, Alert]:
        """Return every alert that is not inactive, by `rule|subject`."""
        rows = self._db.execute("select id, alert from alert").fetchall()
        return {name: _ALERT.validate_json(text) for name, text in rows}

    def keep_alert(self, name: str, alert: Alert | None) -> None:
        """Note an alert; None is inactive."""
        if alert is None:
            self._db.execute("delete from alert where id = ?", (name,))
        else:
            text = _ALERT.dump_json(alert).decode()
            self._db.execute("insert or replace into alert values (?, ?)", (name, text))

    def open_incidents(self) -> list[Incident]:
        """Return the incidents that are not over."""
        rows = self._db.execute("select incident from incident where is_open order by number").fetchall()
        return [_INCIDENT.validate_json(text) for (text,) in rows]

    def incidents(self, limit: int) -> list[Incident]:
        """Return the newest incidents, the newest first."""
        rows = self._db.execute("select incident from incident order by number desc limit ?", (limit,)).fetchall()
        return [_INCIDENT.validate_json(text) for (text,) in rows]

    def incident(self, number: int) -> Incident | None:
        """Return an incident that is still known."""
        row = self._db.execute("select incident from incident where number = ?", (number,)).fetchone()
        return _INCIDENT.validate_json(row[0]) if row else None

    def next_number(self) -> int:
        """Return the number of a new incident: never one that was given before."""
        (highest,) = self._db.execute("select max(number) from incident").fetchone()
        return int(highest or 0) + 1

    def keep_incident(self, incident: Incident) -> None:
        """Note an incident."""
        text = _INCIDENT.dump_json(incident).decode()
        row = (incident.number, int(incident.resolved is None), text)
        self._db.execute("insert or replace into incident values (?, ?, ?)", row)
        self._db.execute(
            "delete from incident where not is_open and number <= ? and number < (select max(number) from incident)",
            (incident.number - MAX_CLOSED,),
        )

    def note(self, decision: Decision) -> None:
        """Note a decision; the oldest are forgotten."""
        cursor = self._db.execute(
            "insert into decision (at, about, incident, text) values (?, ?, ?, ?)",
            (decision.at, decision.about, decision.incident, decision.text),
        )
        self._db.execute("delete from decision where id <= ?", ((cursor.lastrowid or 0) - MAX_DECISIONS,))

    def decisions_of(self, incident: int, limit: int) -> list[Decision]:
        """Return the newest decisions of an incident, the oldest first."""
        query = "select at, about, incident, text from decision where incident = ? order by id desc limit ?"
        rows = self._db.execute(query, (incident, limit)).fetchall()
        return [Decision(*row) for row in reversed(rows)]

    def decisions_about(self, elements: Set[str], limit: int) -> list[Decision]:
        """Return the newest decisions about some devices, sensors or agents, the oldest first."""
        rows = self._db.execute("select at, about, incident, text from decision order by id desc").fetchall()
        found = [Decision(*row) for row in rows if row[1].partition("|")[2].partition("/")[0] in elements]
        return found[:limit][::-1]

    def windows(self) -> list[Window]:
        """Return all maintenance."""
        rows = self._db.execute("select id, subject, since, until, reason from maintenance order by since").fetchall()
        return [Window(*row) for row in rows]

    def add_window(self, subject: str, since: int, until: int, reason: str) -> Window:
        """Note maintenance."""
        cursor = self._db.execute(
            "insert into maintenance (subject, since, until, reason) values (?, ?, ?, ?)",
            (subject, since, until, reason),
        )
        return Window(cursor.lastrowid or 0, subject, since, until, reason)

    def remove_window(self, number: int) -> Window | None:
        """Take maintenance back and return it; None: there is none of that number."""
        window = next((one for one in self.windows() if one.id == number), None)
        self._db.execute("delete from maintenance where id = ?", (number,))
        return window

    def forget_windows(self, before: int) -> None:
        """Forget maintenance that was over before."""
        self._db.execute("delete from maintenance where until < ?", (before,))

    def dirty(self) -> list[tuple[int, str]]:
        """Return the periods and subjects whose availability is to be worked out."""
        return [(period, subject) for period, subject in self._db.execute("select period, subject from due")]

    def keep_dirty(self, begun: Iterable[tuple[int, str]], done: Iterable[tuple[int, str]]) -> None:
        """Note what is to be worked out, and then what was."""
        self._db.executemany("insert or ignore into due values (?, ?)", begun)
        self._db.executemany("delete from due where period = ? and subject = ?", done)

    def number(self, key: str) -> int | None:
        """Return a number that was kept."""
        row = self._db.execute("select value from watch where key = ?", (key,)).fetchone()
        return int(row[0]) if row else None

    def keep_number(self, key: str, value: int) -> None:
        """Keep a number."""
        self._db.execute("insert or replace into watch values (?, ?)", (key, value))

    def services(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return status and since when, by commune and technology."""
        rows = self._db.execute("select area, technology, status, since from service").fetchall()
        return {(area, technology): (status, since) for area, technology, status, since in rows}

    def keep_service(self, area: str, technology: str, status: int, since: int) -> None:
        """Note the service of a commune."""
        self._db.execute("insert or replace into service values (?, ?, ?, ?)", (area, technology, status, since))


def _set(pairs: str) -> IntervalSet:
    return IntervalSet(json.loads(pairs))
