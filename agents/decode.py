"""A reading to tables: pure but for the device's counters, which it is given.

Works column by column: what all rows have in common is found out once, so that a row costs little.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from agents.layout import MISSING, Layout, places
from agents.number import INT64_MAX, Number, number, written
from agents.rate import BITS_32, BITS_64, TICKS_PER_S, Counters, Increase, Read
from agents.snmp import names
from agents.snmp.ber import Value
from agents.snmp.instances import NOT_HERE
from agents.snmp.oids import Oid
from contract.batch import Table
from contract.profile import Column, Ratio, Source, When

Numbers = list[Number | None]

_NOTHING = frozenset({NOT_HERE, *names.EMPTY})
_COUNTERS = frozenset({names.COUNTER32, names.COUNTER64}) | _NOTHING
_SMALL = (frozenset({names.INTEGER, *names.UNSIGNED_MAX}) | _NOTHING) - {names.COUNTER64}  # an int64 holds them
_BITS = [bytes((BITS_64 if tag == names.COUNTER64 else BITS_32) + choice for tag in range(256)) for choice in (0, 1)]


@dataclass(frozen=True, slots=True)
class TableReading:
    """The values of one table, in the sequence that its layout describes. Without `counts` the reading was cut: rates
    are left out, the next one says what passed, and so is what depends on something not being there."""

    place: int
    layout: Layout
    tags: bytes
    values: Sequence[Value]
    counts: bool = True


@dataclass(slots=True)
class Decoded:
    """The tables of one poll, and what of it could not be read: an object, and why."""

    tables: list[Table] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def decode(readings: Iterable[TableReading], counters: Counters) -> Decoded:
    """Return the rows that have any value."""
    decoded = Decoded()
    for reading in readings:
        made = _Rows(reading, counters, decoded.complaints)
        if rows := made.rows():
            table = reading.layout.table
            columns = list(dict.fromkeys([*table.columns, *table.ratios]))
            decoded.tables.append(
                Table(measurement=table.measurement, tags=list(table.tags), fields=columns, rows=rows)
            )
    return decoded


class _Rows:
    def __init__(self, reading: TableReading, counters: Counters, complaints: list[str]) -> None:
        self._reading, self._counters, self._complaints = reading, counters, complaints
        self._layout = reading.layout
        self._increases: dict[Oid, Increase] = {}

    def rows(self) -> list[list[Number | str | None]]:
        table = self._layout.table
        columns = {
            name: self._counted(name, column) if column.rate or column.delta else self._plain(name, column)
            for name, column in table.columns.items()
        }
        nothing: Numbers = [None] * len(self._layout.rows)
        ratios = {name: _ratio(ratio, columns) for name, ratio in table.ratios.items()}
        columns |= {name: _filled(columns.get(name, nothing), values) for name, values in ratios.items()}
        return [
            [*tags, *values]
            for tags, values in zip(self._layout.rows.names, zip(*columns.values(), strict=True), strict=True)
            if values.count(None) < len(values)
        ]

    def _of(self, oid: Oid) -> tuple[bytes, Sequence[Value]]:
        """Return tag and value of an object in every row."""
        slots, tags, values = self._layout.slots.get(oid), self._reading.tags, self._reading.values
        if isinstance(slots, slice):
            return tags[slots], values[slots]
        slots = slots or (MISSING,) * len(self._layout.rows)
        return bytes([tags[slot] for slot in slots]), [values[slot] for slot in slots]

    def _places(self, oid: Oid) -> Sequence[int]:
        count = len(self._layout.rows)
        return places(self._layout.slots.get(oid) or (MISSING,) * count, count)

    def _numbers(self, name: str, oid: Oid, *, real: bool = False, text: Sequence[str] = ()) -> Numbers:
        """Return the numbers of an object, None where a row has none that a batch can carry."""
        tags, values = self._of(oid)
        if text and names.OCTET_STRING in tags:
            return [
                written(value, text) if tag == names.OCTET_STRING else number(tag, value)
                for tag, value in zip(tags, values, strict=True)
            ]
        kinds = set(tags)
        if kinds <= _SMALL:
            return values  # type: ignore[return-value]  # these tags have an int
        numbers = [number(tag, value, real=real) for tag, value in zip(tags, values, strict=True)]
        if wrong := [tag for tag, one in zip(tags, numbers, strict=True) if one is None and tag not in _NOTHING]:
            kind = names.TYPES.get(wrong[0], f"type {wrong[0]:#04x}")
            where = f"{self._layout.table.measurement}.{name}"
            self._complaints.append(f"{where}: {kind} that is no number for it, in {len(wrong)} rows")
        return numbers

    def _plain(self, name: str, column: Column) -> Numbers:
        numbers = self._meant(name, column, column)
        # Of a cut reading nobody knows why the first choice, or what it depends on, is not there.
        if column.otherwise and self._reading.counts and None in numbers:
            others = self._meant(name, column, column.otherwise)
            # A first choice that was asked for and did not come says nothing of the second one.
            lost = [self._lost(oid) for oid in (column.oid, *(when.oid for when in column.when))]
            numbers = [
                other if one is None and not any(gone) else one
                for one, other, gone in zip(numbers, others, zip(*lost, strict=True), strict=True)
            ]
        return numbers

    def _lost(self, oid: Oid) -> list[bool]:
        """Return of which rows an object was asked for and did not come."""
        return [slot != MISSING and not self._reading.tags[slot] for slot in self._places(oid)]

    def _holds(self, when: When) -> list[bool]:
        """Return in which rows a condition holds."""
        present = self._of(when.oid)[1]
        if when.values is not None:
            allowed = frozenset(when.values)
            holds = [value in allowed for value in present]
        else:
            holds = [isinstance(value, int) and when.within(value) for value in present]
        if not (when.absent and self._reading.counts):
            return holds
        return [held or slot == MISSING for held, slot in zip(holds, self._places(when.oid), strict=True)]

    def _meant(self, name: str, column: Column, source: Source) -> Numbers:
        """Return what the catalog calls it of what the device says."""
        numbers = self._numbers(name, source.oid, real=column.real, text=column.text)
        for when in source.when:
            numbers = [one if holds else None for one, holds in zip(numbers, self._holds(when), strict=True)]
        if (mask := column.mask) is not None:
            numbers = [None if one is None else int(one) & mask for one in numbers]
        if column.sentinels:
            numbers = [None if one in column.sentinels else one for one in numbers]
        if meaning := source.map or column.map:
            numbers = [None if one is None else meaning.get(int(one), one) for one in numbers]
        if source.scale != 1.0:
            numbers = [None if one is None else one * source.scale for one in numbers]
        if column.times:
            numbers = _multiplied(numbers, self._numbers(name, column.times))
        for exponent in column.exponents:
            numbers = _multiplied(numbers, [_power(value, exponent.map) for value in self._of(exponent.oid)[1]])
        if source.decibels:
            numbers = [None if one is None or one <= 0 else 10.0 * math.log10(one) for one in numbers]
        if source.offset:
            numbers = [None if one is None else one + source.offset for one in numbers]
        return _finite(numbers) if column.real or column.times or column.exponents else numbers

    def _counted(self, name: str, column: Column) -> Numbers:
        increase = self._increase(name, column)
        if column.delta:
            return [None if amount is None or amount > INT64_MAX else amount for amount in increase.amounts]
        scale = column.scale * TICKS_PER_S  # `otherwise` is a counter of the same thing, in the same unit
        if isinstance(increase.ticks, int):
            factor = scale / increase.ticks if increase.ticks else 0.0
            return [None if amount is None else amount * factor for amount in increase.amounts]
        return [
            None if amount is None else amount * scale / ticks
            for amount, ticks in zip(increase.amounts, increase.ticks, strict=True)
        ]

    def _increase(self, name: str, column: Column) -> Increase:
        """Return the increase of a counter, which a rate and a delta share."""
        if (known := self._increases.get(column.oid)) is None:
            known = self._increases[column.oid] = self._count(name, column)
        return known

    def _count(self, name: str, column: Column) -> Increase:
        layout = self._layout
        if not self._reading.counts or not layout.rows:
            return Increase([None] * len(layout.rows), 0)
        values, sources = self._counts(name, column, 0)
        if column.otherwise and None in values:
            others, other_sources = self._counts(name, column.otherwise, 1)
            asked = self._places(column.otherwise.oid)
            sources = bytes(b if slot else a for a, b, slot in zip(sources, other_sources, asked, strict=True))
            values = [b if slot else a for a, b, slot in zip(values, others, asked, strict=True)]
        # The plan keeps the column, and with it its id, for as long as the counters are of use.
        return self._counters.count(id(column), layout.rows, Read(values, sources, self._marks))

    @cached_property
    def _marks(self) -> list[int | None]:
        """The discontinuity times of the rows."""
        oid = self._layout.table.discontinuity
        marks = self._of(oid)[1] if oid else [None] * len(self._layout.rows)
        return [mark if isinstance(mark, int) else None for mark in marks]

    def _counts(self, name: str, source: Source, choice: int) -> tuple[Sequence[int | None], bytes]:
        tags, values = self._of(source.oid)
        # The type on the wire is surer than the profile: some devices serve 32 bits where the MIB says 64.
        sources = _sources(tags, choice)
        if set(tags) <= _COUNTERS:
            return values, sources  # type: ignore[return-value]  # ints, and None of nothing
        numbers = self._numbers(name, source.oid)
        return [one if isinstance(one, int) and one >= 0 else None for one in numbers], sources


@lru_cache(maxsize=1 << 12)  # the rows of a column mostly have one type, and so have those of the next device
def _sources(tags: bytes, choice: int) -> bytes:
    return tags.translate(_BITS[choice])


def _filled(numbers: Numbers, others: Numbers) -> Numbers:
    return [other if one is None else one for one, other in zip(numbers, others, strict=True)]


def _multiplied(numbers: Numbers, factors: Numbers) -> Numbers:
    return [None if a is None or b is None else a * b for a, b in zip(numbers, factors, strict=True)]


def _power(value: Value, mapped: dict[int, int]) -> Number | None:
    if not isinstance(value, int):
        return None
    power = mapped.get(value) if mapped else value
    return None if power is None or abs(power) > 30 else 10.0**power


def _finite(numbers: Numbers) -> Numbers:
    return [one if one is None or math.isfinite(one) else None for one in numbers]


def _ratio(ratio: Ratio, columns: dict[str, Numbers]) -> Numbers:
    first, *others = (columns[name] for name in ratio.parts())
    wholes = first
    for other in others:
        wholes = [None if a is None or b is None else a + b for a, b in zip(wholes, other, strict=True)]
    return _finite(
        [
            None if part is None or not whole else part / whole * ratio.scale + ratio.offset
            for part, whole in zip(columns[ratio.of], wholes, strict=True)
        ]
    )
