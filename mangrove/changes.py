"""What has changed between the polls of one device. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from contract.batch import Table
from contract.catalog import Catalog
from mangrove.readable import Row, Style, Value, number

_STATE = "bold black on yellow"
_MOVED = "bold"
_KEPT = 5

Key = tuple[str | float | None, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A state that is another one since `at`."""

    at: datetime
    text: str


@dataclass(slots=True)
class Changes:
    """States are marked where they changed last, other values in the poll in which they differ from the one before."""

    catalog: Catalog
    latest: list[Change] = field(default_factory=list)
    _values: dict[Key, Value] = field(default_factory=dict)
    _moved: set[Key] = field(default_factory=set)
    _states: dict[Key, datetime] = field(default_factory=dict)

    def take(self, tables: Iterable[Table], at: datetime) -> None:
        """Compare a poll with the last one that had the value."""
        self._moved.clear()
        for table in tables:
            fields = self.catalog.measurement(table.measurement).fields
            for row in table.rows:
                tags = row[: len(table.tags)]
                for name, value in zip(table.fields, row[len(table.tags) :], strict=True):
                    if value is None:
                        continue
                    key = (table.measurement, *tags, name)
                    before = self._values.get(key)
                    self._values[key] = value
                    if before is None or before == value:
                        continue
                    self._moved.add(key)
                    if names := fields[name].values:
                        self._states[key] = at
                        where = " ".join(str(tag) for tag in tags)
                        text = f"{where} {name}: {number(before, names)} -> {number(value, names)}".strip()
                        self.latest = [*self.latest, Change(at, text)][-_KEPT:]

    def style(self, table: Table) -> Style:
        """Return how the cells of a table are shown."""
        newest = max(self._states.values(), default=None)

        def of(row: Row, name: str) -> str:
            key = (table.measurement, *row[: len(table.tags)], name)
            if key in self._states:
                return _STATE if self._states[key] == newest else "yellow"
            return _MOVED if key in self._moved else ""

        return of
