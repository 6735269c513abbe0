"""The counters of one cell to rows of the catalog, and to KPIs as ratios of sums. Pure.

There is no value where a counter is missing, has none or is suspect, none for a ratio over zero, and no row for a
period that no file tells of.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite

from contract.batch import Row, Table
from contract.pm import PERIOD, SUSPECT, TAG, Counters, CounterTable, Ratio, Source, Term

OVER = 0.1  # of a period by which a vendor's clocks may count more of it than there is
LARGEST = 2.0**63


@dataclass(slots=True)
class Period:
    """What a file says of one cell in one period, which ends at `end` (ms since 1970 UTC): its counters as texts. One
    that is suspect has none."""

    end: int
    seconds: int
    values: dict[str, str] = field(default_factory=dict)
    is_suspect: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """A table of counters, ready to be made of many periods. `sums` stand in ratios; `marks` say what is suspect."""

    table: CounterTable
    parts: tuple[tuple[str, str], ...]
    sums: frozenset[str]
    marks: frozenset[str]


def recipes(counters: Counters) -> tuple[Recipe, ...]:
    """Return the recipes of a file of counters."""
    return tuple(_recipe(table) for table in counters.tables)


def tables(recipes: Iterable[Recipe], technology: str, periods: Iterable[Period]) -> list[Table]:
    """Return a row for each table and period that has a value, with the technology of the cell. Of periods with the
    same end the shortest one counts."""
    ordered = sorted(periods, key=lambda one: (one.end, one.seconds))
    return [made for recipe in recipes if (made := _table(recipe, technology, ordered)) is not None]


def _recipe(table: CounterTable) -> Recipe:
    parts = tuple(table.parts)
    sums = frozenset(name for part in parts for name in part)
    marks = frozenset(name for name, sources in table.fields.items() if sources[0].counters[0].name == SUSPECT)
    return Recipe(table, parts, sums, marks)


def _table(recipe: Recipe, technology: str, periods: list[Period]) -> Table | None:
    rows: dict[int, Row] = {}
    for period in periods:
        if period.end not in rows and (row := _row(recipe, period)) is not None:
            rows[period.end] = [technology, *row]
    if not rows:
        return None
    fields = [*recipe.table.fields, *recipe.table.ratios]
    name, given, times = recipe.table.measurement, list(rows.values()), list(rows)
    return Table(measurement=name, tags=[TAG], fields=fields, rows=given, times=times)


def _row(recipe: Recipe, period: Period) -> Row | None:
    found = {name: _first(sources, period) for name, sources in recipe.table.fields.items()}
    for name in recipe.sums:
        if (value := found[name]) is not None:
            found[name] = float(round(value)) if 0 <= value < LARGEST else None
    for above, below in recipe.parts:
        if found[above] is None or found[below] is None:
            found[above] = found[below] = None
    if not period.is_suspect and all(value is None for name, value in found.items() if name not in recipe.marks):
        return None
    row: Row = [
        int(value) if value is not None and (name in recipe.sums or name in recipe.marks) else value
        for name, value in found.items()
    ]
    row += [_ratio(ratio, found) for ratio in recipe.table.ratios.values()]
    return row if any(value is not None for value in row) else None


def _first(sources: Iterable[Source], period: Period) -> float | None:
    values = period.values
    for source in sources:
        first = source.counters[0]
        if len(source.counters) == 1 and first.name in values and not first.every:  # as nearly all are
            total = number(values[first.name])
        else:
            total = _total(source.counters, period)
        if total is not None and isfinite(value := total * source.scale):
            return value
    return None


def _total(terms: tuple[Term, ...], period: Period) -> float | None:
    total, of_period = 0.0, False
    for term in terms:
        value: float | None
        if term.name == PERIOD:
            value, of_period = float(period.seconds), True
        elif term.name == SUSPECT:
            value = float(period.is_suspect)
        elif term.every:
            value = _every(term.name, period.values)
        else:
            value = number(period.values.get(term.name, ""))
        if value is None:
            return None
        total += term.sign * value
    return 0.0 if of_period and -OVER * period.seconds <= total < 0 else total


def _every(beginning: str, values: Mapping[str, str]) -> float | None:
    parts = [
        number(value)
        for name, value in values.items()
        if name.startswith(beginning) and not name.endswith((".sum", ".Sum", ".SUM"))
    ]
    known = [value for value in parts if value is not None]
    return sum(known) if known and len(known) == len(parts) else None


def number(text: str) -> float | None:
    """Return the number that a counter has; None where it says that it has none (NIL), or what is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) and "_" not in text else None


def _ratio(ratio: Ratio, found: Mapping[str, float | None]) -> float | None:
    value = ratio.scale
    for above, below in ratio.of:
        over, under = found[above], found[below]
        if over is None or not under:
            return None
        value *= over / under
    return value if isfinite(value) else None
