"""A measurement of the catalog as a table of the embedded store: its SQL, and points as its rows. Pure.

Names are words of the catalog (lower-case letters, digits, `_`), none of them reserved in SQL; still they are quoted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite

from collector.store import Point
from contract.catalog import ENRICHED_TAGS, Measurement

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TYPES = {float: "DOUBLE", int: "BIGINT"}
_Cell = float | int | str | None


class UnfitError(ValueError):
    """A point that no table can hold; the text says why."""


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are time, tags and fields with their SQL types, in the order of a row."""

    name: str
    tags: dict[str, int]
    fields: dict[str, tuple[int, type]]
    columns: dict[str, str]

    @classmethod
    def of(cls, name: str, spec: Measurement) -> "Table":
        """Return the table of a measurement."""
        tags = [*ENRICHED_TAGS, *spec.tags]
        types = {field: float if s.kind == "gauge" else int for field, s in spec.fields.items()}
        return cls(
            name,
            {tag: i for i, tag in enumerate(tags, 1)},
            {field: (i, types[field]) for i, field in enumerate(types, 1 + len(tags))},
            {"time": "TIMESTAMP", **dict.fromkeys(tags, "VARCHAR"), **{f: _TYPES[t] for f, t in types.items()}},
        )

    def row(self, point: Point) -> list[_Cell]:
        """Return the point as a row, its time as whole ms.

        Raises:
            UnfitError: a name that the catalog has not, or a value of the wrong type.
        """
        row: list[_Cell] = [point.time, *[""] * len(self.tags), *[None] * len(self.fields)]
        try:
            for tag, text in point.tags:
                row[self.tags[tag]] = text
            for field, value in point.fields:
                at, kind = self.fields[field]
                if type(value) is not kind or not (isfinite(value) if kind is float else -(2**63) <= value < 2**63):
                    raise UnfitError(f"{self.name}.{field} is {_TYPES[kind]}, {str(value)[:40]} is not")
                row[at] = value
        except KeyError as error:
            raise UnfitError(f"the catalog has no {self.name}.{error.args[0]}") from None
        return row

    def column(self, name: str) -> str:
        """Return the definition of one column."""
        default = " DEFAULT ''" if name in self.tags else ""
        return f'"{name}" {self.columns[name]}{default}'

    def create(self, day: str) -> str:
        """Return the statement that makes the table of a day, where it is not there yet."""
        return f'CREATE TABLE IF NOT EXISTS "{day}".main.{self.name} ({", ".join(map(self.column, self.columns))})'

    def create_new(self) -> str:
        """Return the statement that makes `new_<name>`, into which a request goes first; its time is whole ms."""
        rest = ", ".join(self.column(name) for name in self.columns if name != "time")
        return f"CREATE TEMP TABLE IF NOT EXISTS new_{self.name} (time BIGINT, {rest})"

    def merge(self, day: str) -> str:
        """Return the statement that merges `temp.new_<name>` into a day; its parameters are the first and last time.

        A point that is there keeps what the new one does not say, and is not touched when nothing differs.
        """
        same = " AND ".join(f't."{tag}" = s."{tag}"' for tag in self.tags)
        change = " OR ".join(f'(s."{f}" IS NOT NULL AND t."{f}" IS DISTINCT FROM s."{f}")' for f in self.fields)
        update = ", ".join(f'"{f}" = coalesce(s."{f}", t."{f}")' for f in self.fields)
        rest = [f'"{name}"' for name in self.columns if name != "time"]
        names, values = ", ".join(rest), ", ".join(f"s.{name}" for name in rest)
        target, source = f'"{day}".main.{self.name}', f"temp.new_{self.name}"
        insert = f"INSERT (time, {names}) VALUES (make_timestamp_ms(s.time), {values})"  # noqa: S608 - names of the catalog
        return (
            f"MERGE INTO {target} AS t USING {source} AS s"
            " ON (t.time BETWEEN make_timestamp_ms(?) AND make_timestamp_ms(?)"
            f" AND t.time = make_timestamp_ms(s.time) AND {same})"
            f" WHEN MATCHED AND ({change}) THEN UPDATE SET {update} WHEN NOT MATCHED THEN {insert}"
        )

    def view(self, days: Mapping[str, Collection[str]]) -> str:
        """Return the statement that makes the view over `days`: of each, the columns that it has."""
        none = {n: f"""{"''" if n in self.tags else f"NULL::{t}"} AS "{n}\"""" for n, t in self.columns.items()}
        parts = [f"SELECT {', '.join(none.values())} WHERE false"]
        for day in sorted(days):
            cells = ", ".join(f'"{name}"' if name in days[day] else none[name] for name in self.columns)
            parts.append(f'SELECT {cells} FROM "{day}".main.{self.name}')  # noqa: S608 - names of the catalog
        return f"CREATE TEMP VIEW {self.name} AS {' UNION ALL '.join(parts)}"


class Rows(dict[tuple[tuple[tuple[str, str], ...], int], list[_Cell]]):
    """The rows of one table by series and time."""

    def add(self, table: Table, point: Point) -> None:
        """Add a point; of one that is there already the later fields win, as in InfluxDB.

        Raises:
            UnfitError: see `Table.row`.
        """
        row = table.row(point)
        if self.setdefault((point.tags, point.time), row) is not row:
            there = self[point.tags, point.time]
            for at, _ in table.fields.values():
                if row[at] is not None:
                    there[at] = row[at]

    def range(self) -> list[int]:
        """Return the first and the last time, ms."""
        times = [time for _, time in self]
        return [min(times), max(times)]


def group(points: Sequence[Point], tables: Mapping[str, Table]) -> dict[str, dict[str, Rows]]:
    """Return the points as rows by UTC day (YYYY-MM-DD) and measurement.

    Raises:
        UnfitError: one of them fits no table.
    """
    out: dict[str, dict[str, Rows]] = {}
    names: dict[int, str] = {}
    for point in points:
        table = tables.get(point.measurement)
        if table is None:
            raise UnfitError(f"the catalog has no measurement {point.measurement}")
        number = point.time // 86_400_000
        day = names.get(number) or names.setdefault(number, _day(number))
        out.setdefault(day, {}).setdefault(point.measurement, Rows()).add(table, point)
    return out


def _day(number: int) -> str:
    try:
        return f"{_EPOCH + timedelta(days=number):%Y-%m-%d}"
    except OverflowError:
        raise UnfitError(f"a time of day {number} since 1970 is in no calendar") from None


def unwritable(points: Sequence[Point]) -> str | None:
    """Return why a text among the tags is no Unicode (a lone surrogate), or None."""
    for point in points:
        for tag, text in point.tags:
            try:
                text.encode()
            except UnicodeEncodeError as error:
                return f"{point.measurement}.{tag}: {error}"
    return None
