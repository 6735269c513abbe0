"""What is known of one device from earlier polls, and when it is not to be trusted any more. Pure.

Walking a table costs more than asking for the instances that are known to be there. So a walk is done when there is a
reason, and the reason has a name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from agents.layout import SCALAR, Layout
from agents.plan import SYS_UP_TIME, Plan
from agents.shared import Shared
from agents.snmp.ber import Value
from agents.snmp.instances import Instances
from agents.snmp.names import NO_SUCH_INSTANCE, NO_SUCH_OBJECT
from agents.snmp.oids import Oid
from agents.snmp.varbinds import encode_name

LEARN_AGAIN_S = 3600.0
"""At the latest: a device may have changed without a sign."""
MAX_PATIENCE = 64
"""Polls between two walks of a table whose rows are in doubt again and again, and are always the same."""
GONE, EMPTY, BROKEN = "an instance is gone", "it had no rows", "the last walk was not whole"
"""Doubts that may never come true: some agents never have what their walks show, or always break off."""
Taken = TypeVar("Taken")
_ABSENT = frozenset({NO_SUCH_OBJECT, NO_SUCH_INSTANCE})


@dataclass(slots=True)
class Learned:
    """One table: its layout, when and why it was learned, and how often in vain. `markers` are the scalars that tell of
    changes, as they were before its walk: a change meanwhile, or one that another table has seen, is one for it too."""

    layout: Layout
    at: float
    why: str
    along: bool
    whole: bool
    markers: tuple[tuple[Oid, Value], ...] = ()
    vain: int = 0
    polls: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """What one poll asks for by GET, each once: sysUpTime, the markers, and the live instances of its tables. `parts`
    says where in it those of a table stand: together, or here and there where tables share some."""

    asked: Instances
    markers: tuple[Oid, ...]
    parts: dict[int, slice | tuple[int, ...]]

    def take(self, place: int, values: Sequence[Taken]) -> Sequence[Taken]:
        """Return those of a table."""
        part = self.parts[place]
        return values[part] if isinstance(part, slice) else [values[at] for at in part]


@dataclass(slots=True)
class Knowledge:
    """Tables are known by their place in the plan. `share` (0 to 1) spreads the devices' next walks over time."""

    plan: Plan
    share: float = 0.0
    shared: Shared = field(default_factory=Shared)
    learned: dict[int, Learned] = field(default_factory=dict)
    _read_at: dict[int, float] = field(default_factory=dict)
    _rounds: dict[tuple[int, ...], Round] = field(default_factory=dict)

    def due(self, now: float, beat_s: float) -> tuple[int, ...]:
        """Return the tables to read now, on a device with a beat of so many seconds: those that are read seldom last,
        since they may be so large that they use up the time of a poll."""
        found = (
            place
            for place, table in enumerate(self.plan.tables)
            if table.interval_s is None
            or place not in self._read_at
            or now - self._read_at[place] >= table.interval_s - beat_s / 2
        )
        return tuple(sorted(found, key=lambda place: self.plan.tables[place].interval_s or 0.0))

    def round(self, due: tuple[int, ...]) -> Round:
        """Return what to ask for those tables that are learned."""
        known = tuple(place for place in due if place in self.learned)
        if (kept := self._rounds.get(known)) is None:
            kept = self._rounds[known] = self._round(known)
        return kept

    def _round(self, known: tuple[int, ...]) -> Round:
        there = {oid for place in known for oid, _ in self.learned[place].markers}
        markers = tuple(oid for oid in self.plan.markers(known) if oid in there)
        names = dict.fromkeys(encode_name((*oid, *SCALAR)) for oid in (SYS_UP_TIME, *markers))
        parts: dict[int, slice | tuple[int, ...]] = {}
        for place in known:
            start, live = len(names), self.learned[place].layout.live
            names.update(dict.fromkeys(live))
            parts[place] = slice(start, len(names))
            if len(names) - start < len(live):
                at = {name: position for position, name in enumerate(names)}
                parts[place] = tuple(at[name] for name in live)
        return Round(self.shared.instances(tuple(names)), markers, parts)

    def doubts(
        self, due: Iterable[int], round_: Round, tags: Sequence[int], values: Sequence[Value], now: float
    ) -> dict[int, str]:
        """Return the tables to walk now, each with the reason, given what the round brought."""
        markers = {oid: values[at] for at, oid in enumerate(round_.markers, start=1) if tags[at]}
        return {place: why for place in due if (why := self._doubt(place, round_, markers, tags, values, now))}

    def _doubt(
        self,
        place: int,
        round_: Round,
        markers: dict[Oid, Value],
        tags: Sequence[int],
        values: Sequence[Value],
        now: float,
    ) -> str:
        learned = self.learned.get(place)
        if learned is None:
            return "nothing is known of it yet"
        known = dict(learned.markers)
        of_table = (oid for oid in self.plan.tables[place].changed if oid in markers)
        if marker := next((oid for oid in of_table if markers[oid] != known.get(oid)), None):
            return f"{'.'.join(map(str, marker))} has changed"
        if now - learned.at > LEARN_AGAIN_S * (1 + self.share):
            return f"it was learned {now - learned.at:.0f} s ago"
        mine = round_.take(place, tags)
        if not learned.layout.is_named(mine, round_.take(place, values)):
            return "a row has another name"
        learned.polls += 1
        if learned.polls < min(MAX_PATIENCE, 1 << learned.vain):
            return ""
        if not _ABSENT.isdisjoint(mine):
            return GONE
        if not learned.layout.rows:
            return EMPTY
        return "" if learned.whole else BROKEN

    def learn(self, place: int, learned: Learned) -> None:
        """Take what a walk has found. Where it found the same again, the next doubt waits longer."""
        old = self.learned.get(place)
        if old and old.layout.rows == learned.layout.rows and learned.why in (GONE, EMPTY, BROKEN):
            learned.vain = old.vain + 1
        learned.layout = self.shared.layout(learned.layout)
        self.learned[place] = learned
        self._rounds.clear()

    def forget(self) -> None:
        """The device has restarted: nothing is sure."""
        self.learned.clear()
        self._rounds.clear()

    def was_read(self, places: Iterable[int], now: float) -> None:
        """These tables have been read."""
        for place in places:
            if self.plan.tables[place].interval_s is not None:
                self._read_at[place] = now
