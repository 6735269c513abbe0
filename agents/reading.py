"""The conversation of one poll: what a device is asked, in which order, and what is kept when it breaks off.

What is known is asked for by GET, sysUpTime first; the reply tells whether it is still true. Only then, and only for
tables in doubt, there is a walk. A device that did not answer the last time is asked for sysUpTime alone.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from agents.decode import TableReading
from agents.identity import Recognition
from agents.knowledge import Knowledge, Learned, Round
from agents.layout import SCALAR, Found, Layout, layout, places
from agents.plan import limits
from agents.rate import Counters
from agents.snmp import names
from agents.snmp.ber import Value
from agents.snmp.errors import NoAnswer, SnmpError
from agents.snmp.instances import Fetched
from agents.snmp.oids import Oid
from agents.snmp.session import Session
from agents.snmp.varbinds import Varbind
from contract.profile import ProfileTable

LARGE = 5_000
Tell = Callable[[str], None]
_Sorted = dict[Oid, dict[Oid, Varbind]]


@dataclass(slots=True)
class Reading:
    """What one poll brought: tables with their values, whether the device answered at all, and what ended it early."""

    tables: list[TableReading] = field(default_factory=list)
    answered: bool = False
    error: SnmpError | None = None


@dataclass(slots=True)
class Conversation:
    """One device, asked again and again. `tell` is told before each part what it is for. With `recognition` its
    profiles are found out."""

    session: Session
    knowledge: Knowledge
    counters: Counters
    beat_s: float
    recognition: Recognition | None = None
    tell: Tell = lambda _purpose: None

    async def read(self, *, patient: bool) -> Reading:
        """Read what is due; when not `patient` (it did not answer the last time), ask cheaply first whether it is
        there. Never raises for what the device does."""
        reading = Reading()
        if not patient:
            self.tell("is it there?")
            probe = await self.session.probe()
            if isinstance(probe.error, NoAnswer):
                reading.error = probe.error
                return reading
        now = time.monotonic()
        due = self.knowledge.due(now, self.beat_s)
        asked = self.knowledge.round(due)
        self.tell("what is known")
        fetched = await self.session.fetch(asked.asked)
        reading.error = fetched.error
        reading.answered = any(fetched.tags) or not _is_silent(fetched.error)
        if reading.answered:
            await self._go_on(reading, due, asked, fetched, now)
        return reading

    async def _go_on(self, reading: Reading, due: tuple[int, ...], asked: Round, fetched: Fetched, now: float) -> None:
        knowledge = self.knowledge
        uptime = fetched.values[0]
        restarted = self.counters.begin(uptime if isinstance(uptime, int) else None, int(fetched.first_at * 1000))
        if restarted:
            knowledge.forget()
        if self.recognition and self.recognition.is_due(now, restarted=restarted):
            await self._recognise(self.recognition, reading, now)
            if knowledge is not self.knowledge:
                doubts = dict.fromkeys(self.knowledge.due(now, self.beat_s), "its profiles have just been found")
                await self._learn(reading, doubts, now)
                self._was_read(reading, now)
                return
        doubts = knowledge.doubts(due, asked, fetched.tags, fetched.values, now)
        if restarted:
            doubts = dict.fromkeys(doubts, "the device has restarted")
        for place in asked.parts:
            if place not in doubts:
                reading.tables.append(_known(place, knowledge.learned[place].layout, asked, fetched))
        if doubts and not _is_silent(reading.error):
            await self._learn(reading, doubts, now)
        self._was_read(reading, now)

    def _was_read(self, reading: Reading, now: float) -> None:
        """Note which tables have been read. Of a reading that broke off, those of which nothing came are due again on
        the next beat; one of which something came would only break off there again and again."""
        silent, learned = _is_silent(reading.error), self.knowledge.learned
        came = (table.place for table in reading.tables if not silent or (table.place in learned and _came(table)))
        self.knowledge.was_read(came, now)

    async def _recognise(self, recognition: Recognition, reading: Reading, now: float) -> None:
        """Find out which profiles the device has. Where they are others than before, nothing is known any more."""
        self.tell("which profiles fit?")
        try:
            if await recognition.find(self.session, now):
                wanted = self.knowledge.shared.plan([recognition.profiles[name] for name in recognition.names or ()])
                self.session.bound(**limits(wanted.quirks))
                self.knowledge = Knowledge(wanted, self.knowledge.share, self.knowledge.shared)
                self.counters.forget()
        except SnmpError as error:
            reading.error = reading.error or error

    async def _learn(self, reading: Reading, doubts: dict[int, str], now: float) -> None:
        """Walk the tables in doubt; the markers go first, so that a change meanwhile shows the next time."""
        tables = {place: self.knowledge.plan.tables[place] for place in doubts}
        wanted = {(*oid, *SCALAR): oid for oid in self.knowledge.plan.markers(doubts)}
        for table in tables.values():
            wanted |= table.scalars()
        found: _Sorted = {}
        scalars_whole = True
        if wanted:
            self.tell("scalars, and markers of change")
            got = await self.session.read(list(wanted))
            reading.error = reading.error or got.error
            scalars_whole = got.error is None
            for varbind in got.varbinds:
                if varbind.tag not in names.EMPTY and varbind.oid in wanted:
                    found[wanted[varbind.oid]] = {SCALAR: varbind}
        for place, table in tables.items():
            whole = scalars_whole
            if not table.scalar:
                if _is_silent(reading.error):
                    return
                whole = await self._walk(reading, table, found, doubts[place])
            await self._keep(reading, place, found, doubts[place], now, whole=whole)

    async def _walk(self, reading: Reading, table: ProfileTable, found: _Sorted, why: str) -> bool:
        columns = [oid for oid in table.objects() if oid not in found]
        if not columns:
            return True
        self.tell(f"walk of {table.measurement}: {why}")
        walk = await self.session.walk(columns)
        for column, varbinds in zip(columns, walk.varbinds, strict=True):
            found[column] = {}
            _sort(found, ((column, varbind) for varbind in varbinds))
        reading.error = reading.error or walk.error
        return walk.error is None

    async def _keep(self, reading: Reading, place: int, found: Found, why: str, now: float, *, whole: bool) -> None:
        table = self.knowledge.plan.tables[place]
        silent = _is_silent(reading.error)
        along = not table.scalar and not any(_tells(found, oid) for oid in table.changed)
        # Where a walk broke off once, rows have their first names or none; where it always does, the second ones count.
        old = self.knowledge.learned.get(place)
        second_names = whole or (old is not None and not old.whole)
        make = partial(layout, table, found, along=along, whole=not silent, second_names=second_names)
        # A table of a hundred thousand values takes a second, for which the other devices do not wait.
        large = sum(len(found.get(oid, ())) for oid in table.objects()) > LARGE
        made = await asyncio.to_thread(make) if large else make()
        if not silent:
            markers = tuple((oid, found[oid][SCALAR].value) for oid in table.changed if SCALAR in found.get(oid, {}))
            learned = Learned(made, now, why, along=along, whole=whole, markers=markers)
            self.knowledge.learn(place, learned)
            made = learned.layout
        reading.tables.append(walked(place, made, found, counts=not silent))


def _came(table: TableReading) -> bool:
    """Whether anything came of what was asked for."""
    return any(table.tags[1 + len(table.layout.fixed_tags) :])


def _is_silent(error: SnmpError | None) -> bool:
    return isinstance(error, NoAnswer) or (error is not None and error.outcome == "auth")


def _tells(found: Found, marker: Oid) -> bool:
    """Whether a marker can be relied on: a time, and not one that never was set, as where agents do not keep it."""
    varbind = found.get(marker, {}).get(SCALAR)
    return varbind is not None and varbind.tag == names.TIME_TICKS and varbind.value != 0


def _sort(found: _Sorted, varbinds: Iterable[tuple[Oid, Varbind]]) -> None:
    for column, varbind in varbinds:
        if varbind.tag not in names.EMPTY:
            found.setdefault(column, {})[varbind.oid[len(column) :]] = varbind


def _known(place: int, known: Layout, asked: Round, fetched: Fetched) -> TableReading:
    tags = b"\0" + known.fixed_tags + bytes(asked.take(place, fetched.tags))
    return TableReading(place, known, tags, [None, *known.fixed_values, *asked.take(place, fetched.values)])


def walked(place: int, made: Layout, found: Found, *, counts: bool) -> TableReading:
    """Return the reading of a table whose values the walk has brought already."""
    after = 1 + len(made.fixed_tags)
    tags = bytearray(b"\0" + made.fixed_tags + bytes(len(made.live)))
    values: list[Value] = [None, *made.fixed_values, *[None] * len(made.live)]
    for oid, slots in made.slots.items():
        for index, slot in zip(made.rows.indices, places(slots, len(made.rows)), strict=True):
            if slot >= after:
                varbind = found[oid][index]
                tags[slot], values[slot] = varbind.tag, varbind.value
    return TableReading(place, made, bytes(tags), values, counts)
