"""One document of a sensor with its mapping, to tables. Pure."""

from collections.abc import Mapping as Parts
from datetime import datetime

from agents.host_clock import Stamp
from agents.sensors import made
from agents.sensors.values import RefusedError, at, convert, find, number, shown
from contract.batch import Table, Value
from contract.mapped_field import MappedTable, MessageTime, Pointer
from contract.mapping import Mapping

MAX_NAME = 200
MAX_TIME_MS = 2**62
MAX_AHEAD_MS = 10 * 60 * 1000  # the collector would hold it for ever
MAX_AGE_MS = 29 * 86_400_000  # 30 days at the collector, less what it may wait here
PER_MS = {"s": 1e3, "ms": 1.0, "us": 1e-3, "ns": 1e-6}


def tables(mapping: Mapping, parts: Parts[str, str], document: object, time_ms: int | None) -> list[Table]:
    """Return a row for each table of the mapping of which the message has a value; `parts` are those of the topic, and
    `time_ms` is its own time, if it has one.

    Raises:
        RefusedError: a value is not what the mapping says, or there is none at all.
    """
    times = None if time_ms is None else [time_ms]
    out = [made for table in mapping.tables if (made := _table(table, parts, document, times)) is not None]
    if not out:
        looked = ", ".join(at(field.pointer) for table in mapping.tables for field in table.fields.values())
        raise RefusedError(f"it has no value at any of {looked[:200]}")
    return out


def text(source: Pointer | str, parts: Parts[str, str], document: object) -> str:
    """Return a name or a tag.

    Raises:
        RefusedError: the message has none that could be one.
    """
    if isinstance(source, str):
        said: object = source.format_map(parts)  # the mapping has checked that it is names in braces, and only
    else:
        said = find(document, source)
        if said is None:
            raise RefusedError(f"it has nothing at {at(source)}")
    if isinstance(said, bool) or not isinstance(said, str | int):
        raise RefusedError(f"{at(source)} is {shown(said)}: a text or a whole number is expected")
    name = str(said)
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise RefusedError(f"{at(source)} is {shown(name)}: this is no name")
    return name


def own_time(source: MessageTime, document: object, stamp: Stamp) -> int:
    """Return when the message says that it was true, in whole milliseconds since 1970 UTC. `stamp` is when it came: who
    may be in 1970 refuses nobody's later time.

    Raises:
        RefusedError: it does not say, or it cannot be.
    """
    said = find(document, source.pointer)
    if said is None:
        raise RefusedError(f"it has no time at {at(source.pointer)}")
    time = _iso_8601(said, source.pointer) if source.unit == "iso8601" else _since_1970(said, source)
    check_time(time, said, stamp)
    return time


def check_time(time: int, said: object, stamp: Stamp) -> None:
    """Hold a time, ms since 1970 UTC and as it is said, against the moment when it came.

    Raises:
        RefusedError: it cannot be.
    """
    if stamp.synced and time > stamp.time + MAX_AHEAD_MS:
        raise RefusedError(f"its time {shown(said)} is {(time - stamp.time) // 1000} s ahead: check the sensor's clock")
    if time < stamp.time - MAX_AGE_MS:
        raise RefusedError(f"its time {shown(said)} is over 29 days old: check the sensor's clock")
    if time >= MAX_TIME_MS:
        raise RefusedError(f"its time {shown(said)} is none")


def _table(table: MappedTable, parts: Parts[str, str], document: object, times: list[int] | None) -> Table | None:
    values: list[Value] = [convert(field, find(document, field.pointer)) for field in table.fields.values()]
    if values.count(None) == len(values):
        return None
    row = [*(text(source, parts, document) for source in table.tags.values()), *values] if table.tags else values
    return made.table(table.measurement, list(table.tags), list(table.fields), [row], times)


def _since_1970(said: object, source: MessageTime) -> int:
    return round(number(said, source.pointer) * PER_MS[source.unit])


def _iso_8601(said: object, pointer: Pointer) -> int:
    try:
        time = datetime.fromisoformat(said if isinstance(said, str) else "")
        if time.tzinfo is not None:
            return round(time.timestamp() * 1000)
    except (ValueError, OverflowError):
        pass  # said below
    where = at(pointer)
    raise RefusedError(f"{where} is {shown(said)}: a time with its zone such as 2026-01-31T18:00:00Z is expected")
