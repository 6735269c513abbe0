"""Rows that are said piece by piece, such as by lines and by metrics: pieces of one series and time are one row."""

from dataclasses import dataclass, field

from agents.sensors.values import RefusedError
from contract.batch import Table, Value
from contract.mapped_field import MappedTable

_Series = tuple[str, tuple[str, ...]]  # measurement and names of its tags
_Key = tuple[tuple[str, ...], int | None]  # values of the tags, ms since 1970 UTC


@dataclass(slots=True)
class Rows:
    """Not thread-safe."""

    _rows: dict[_Series, dict[_Key, dict[str, float | int]]] = field(default_factory=dict)

    def put(self, table: MappedTable, tags: tuple[str, ...], time: int | None, name: str, value: float | int) -> None:
        """Take the value of a field; `time` is in ms since 1970 UTC, None for the batch's.

        Raises:
            RefusedError: it was something else at that time already.
        """
        series = table.measurement, tuple(table.tags)
        row = self._rows.setdefault(series, {}).setdefault((tags, time), {})
        if row.setdefault(name, value) != value:
            raise RefusedError(f"{table.measurement}.{name} is {row[name]} and {value} at one time")

    def tables(self) -> list[Table]:
        """Return a table for each measurement; of what was not said, a row has None."""
        return [_table(series, rows) for series, rows in self._rows.items()]


def _table(series: _Series, rows: dict[_Key, dict[str, float | int]]) -> Table:
    measurement, tags = series
    fields = list(dict.fromkeys(name for row in rows.values() for name in row))
    made: list[list[Value]] = [[*key[0], *map(row.get, fields)] for key, row in rows.items()]
    times = [time for _, time in rows if time is not None]
    return Table(measurement=measurement, tags=list(tags), fields=fields, rows=made, times=times or None)
