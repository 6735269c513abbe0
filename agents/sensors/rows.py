"""Rows that are said piece by piece, such as by lines and by metrics: pieces of one series and time are one row."""

from dataclasses import dataclass, field
from itertools import chain

from agents.sensors import made
from agents.sensors.values import RefusedError
from contract.batch import Table, Value
from contract.mapped_field import MappedTable

Series = tuple[str, tuple[str, ...]]  # measurement and names of its tags
_Key = tuple[tuple[str, ...], int | None]  # values of the tags, ms since 1970 UTC


@dataclass(slots=True)
class Rows:
    """Not thread-safe."""

    _rows: dict[Series, dict[_Key, dict[str, float | int]]] = field(default_factory=dict)

    def put(self, series: Series, tags: tuple[str, ...], time: int | None, name: str, value: float | int) -> None:
        """Take the value of a field; `tags` are the values of the series' tags, `time` is in ms since 1970 UTC, or None
        for the batch's.

        Raises:
            RefusedError: it was something else at that time already.
        """
        rows = self._rows.get(series)
        if rows is None:
            rows = self._rows[series] = {}
        row = rows.get((tags, time))
        if row is None:
            rows[tags, time] = {name: value}
        elif row.setdefault(name, value) != value:
            raise RefusedError(f"{series[0]}.{name} is {row[name]} and {value} at one time")

    def tables(self) -> list[Table]:
        """Return a table for each measurement; of what was not said, a row has None."""
        return [_table(series, rows) for series, rows in self._rows.items()]


def series_of(table: MappedTable) -> Series:
    """Return which series a table is of."""
    return table.measurement, tuple(table.tags)


def _table(series: Series, rows: dict[_Key, dict[str, float | int]]) -> Table:
    measurement, tags = series
    if len(rows) == 1:
        (((own, time), row),) = rows.items()
        times = None if time is None else [time]
        return made.table(measurement, list(tags), list(row), [[*own, *row.values()]], times)
    fields = list(dict.fromkeys(chain.from_iterable(rows.values())))
    told: list[list[Value]] = [[*key[0], *map(row.get, fields)] for key, row in rows.items()]
    times = [time for _, time in rows if time is not None]
    return made.table(measurement, list(tags), fields, told, times or None)
