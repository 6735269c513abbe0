"""A reading and profiles to tables: pure but for the device's counters, which it is given."""

from collections import Counter as Multiset
from collections.abc import Iterable

from agents.rate import Count, Counters
from agents.reading import SCALAR, Reading
from agents.snmp import names
from agents.snmp.varbinds import Varbind
from contract.batch import Table
from contract.oid import Oid
from contract.profile import Column, Profile, ProfileTable, Source

MAX_TEXT = 512
Index = tuple[int, ...]
Number = float | int


def decode(profiles: Iterable[Profile], reading: Reading, counters: Counters) -> list[Table]:
    """Return the tables of one poll.

    Of a reading that was cut only first choices are taken: what should stand before a second one may just not have
    come, and a row under its second name would be another series.
    """
    counters.begin(reading.uptime, reading.mono_ms)
    tables = [_table(table, reading, counters) for profile in profiles for table in profile.tables]
    return [table for table in tables if table.rows]


def _table(table: ProfileTable, reading: Reading, counters: Counters) -> Table:
    rows: list[list[float | int | str | None]] = []
    for index, tags in _identities(table, reading):
        identity = (table.measurement, *tags)
        values = [
            _value(column, index, (*identity, name), table, reading, counters) for name, column in table.columns.items()
        ]
        if any(value is not None for value in values):
            rows.append([*tags, *values])
    return Table(measurement=table.measurement, tags=list(table.tags), fields=list(table.columns), rows=rows)


def _identities(table: ProfileTable, reading: Reading) -> list[tuple[Index, list[str]]]:
    if table.scalar:
        return [(SCALAR, [])]
    indices = sorted({index for oid in table.objects() for index in reading.columns.get(oid, {})})
    found: list[tuple[Index, list[str]]] = []
    for index in indices:
        tags = [_text(reading, tag.oid, index) for tag in table.tags.values()]
        if reading.is_cut and not all(tags):
            continue
        for at, tag in enumerate(table.tags.values()):
            otherwise = _text(reading, tag.otherwise, index) if tag.otherwise else ""
            tags[at] = tags[at] or otherwise or ".".join(map(str, index))
        found.append((index, tags))
    # Two rows of one name would be one series: the index tells them apart.
    times = Multiset(tuple(tags) for _, tags in found)
    for index, tags in found:
        if times[tuple(tags)] > 1:
            tags[0] = f"{tags[0]} ({'.'.join(map(str, index))})"
    return found


def _value(
    column: Column, index: Index, identity: tuple[str, ...], table: ProfileTable, reading: Reading, counters: Counters
) -> Number | None:
    for source in (column, column.otherwise):
        if source is None:
            continue
        varbind = reading.columns.get(source.oid, {}).get(index)
        if varbind is None and reading.is_cut:
            return None
        number = _number(varbind)
        if varbind is None or number is None or number in column.sentinels:
            continue
        if source.rate or source.delta:
            return _counted(source, varbind, int(number), index, identity, table, reading, counters)
        number = column.map.get(int(number), number) if column.map else number
        return number if source.scale == 1.0 else number * source.scale
    return None


def _counted(
    source: Source,
    varbind: Varbind,
    number: int,
    index: Index,
    identity: tuple[str, ...],
    table: ProfileTable,
    reading: Reading,
    counters: Counters,
) -> Number | None:
    changed = _number(reading.columns.get(table.discontinuity, {}).get(index)) if table.discontinuity else None
    # The type on the wire is surer than the profile: some devices serve 32 bits where the MIB says 64.
    bits = 64 if varbind.tag == names.COUNTER64 else 32
    change = counters.count(identity, Count(number, bits, varbind.oid, None if changed is None else int(changed)))
    if change is None:
        return None
    increase, seconds = change
    return increase if source.delta else increase * source.scale / seconds


def _number(varbind: Varbind | None) -> Number | None:
    if varbind is None or not isinstance(varbind.value, int):
        return None
    return varbind.value


def _text(reading: Reading, oid: Oid | None, index: Index) -> str:
    if oid is None:
        return ""
    varbind = reading.columns.get(oid, {}).get(index)
    if varbind is None or not isinstance(varbind.value, bytes):
        return ""
    return varbind.value[:MAX_TEXT].decode("utf-8", errors="replace").strip("\0 \t\r\n")
