"""Lines of line protocol with their mapping, to tables. Pure."""

from collections.abc import Mapping as Parts

from agents.host_clock import Stamp
from agents.sensors import reader
from agents.sensors.line_protocol import Line, Lines
from agents.sensors.rows import Rows, series_of
from agents.sensors.values import RefusedError, at, convert, find
from contract.batch import Table
from contract.mapped_field import MappedTable
from contract.mapping import Mapping


def speakers(mapping: Mapping, parts: Parts[str, str], lines: Lines) -> dict[str, Lines]:
    """Return the lines of each sensor by the name by which they call it; `parts` are those of the topic.

    Raises:
        RefusedError: a line that the mapping reads has no name.
    """
    read = {table.line for table in mapping.tables}
    out: dict[str, Lines] = {}
    for line in lines.lines:
        if line.measurement in read:
            try:
                name = reader.text(mapping.element, parts, line.document)
            except RefusedError as error:
                raise RefusedError(f"line {line.number}: {error}") from None
            out.setdefault(name, Lines([])).lines.append(line)
    if not out:
        raise RefusedError(f"it has no line of {', '.join(sorted(filter(None, read)))[:200]}")
    return out


def tables(mapping: Mapping, parts: Parts[str, str], lines: Lines, stamp: Stamp) -> tuple[list[Table], int | None]:
    """Return the rows of some lines, and the newest of their times, ms since 1970 UTC, if they have some.

    Raises:
        RefusedError: a value is not what the mapping says, or there is none at all.
    """
    rows, newest = Rows(), None
    for line in lines.lines:
        try:
            time = _time(mapping, line, stamp)
            for table in mapping.tables:
                if table.line == line.measurement:
                    _put(rows, table, parts, line, time)
        except RefusedError as error:
            raise RefusedError(f"line {line.number}: {error}") from None
        newest = time if newest is None or time is None else max(newest, time)
    made = rows.tables()
    if not made:
        looked = ", ".join(at(field.pointer) for table in mapping.tables for field in table.fields.values())
        raise RefusedError(f"it has no value at any of {looked[:200]}")
    return made, newest


def _put(rows: Rows, table: MappedTable, parts: Parts[str, str], line: Line, time: int | None) -> None:
    values = {name: convert(field, find(line.document, field.pointer)) for name, field in table.fields.items()}
    found = {name: value for name, value in values.items() if value is not None}
    if found:
        tags = tuple(reader.text(source, parts, line.document) for source in table.tags.values())
        for name, value in found.items():
            rows.put(series_of(table), tags, time, name, value)


def _time(mapping: Mapping, line: Line, stamp: Stamp) -> int | None:
    if mapping.time is not None:
        return reader.own_time(mapping.time, line.document, stamp)
    if "time" in line.document:
        raise RefusedError("it has a time, and the mapping does not say of which unit (`time`)")
    return None
