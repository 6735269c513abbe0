"""Tables as JSON that people write by hand, and how one differs from another. Pure."""

import math
from collections.abc import Iterable
from typing import Final

from pydantic import TypeAdapter

from contract.batch import Table

Cell = int | float | str
Rows = dict[str, list[dict[str, Cell]]]
"""By measurement, each row by column; no value is no key."""

_TOLERANCE: Final = 1e-9
_ADAPTER: Final = TypeAdapter(Rows)


def as_rows(tables: Iterable[Table]) -> Rows:
    """Return what tables hold."""
    out: Rows = {}
    for table in tables:
        columns = [*table.tags, *table.fields]
        rows = [
            {name: value for name, value in zip(columns, row, strict=True) if value is not None} for row in table.rows
        ]
        out.setdefault(table.measurement, []).extend(rows)
    return out


def parse(text: str) -> Rows:
    """Read what `as_rows` has become as JSON. Raises ValueError."""
    return _ADAPTER.validate_json(text, strict=True)


def differences(expected: Rows, found: Rows) -> list[str]:
    """Return each difference on a line. Rows are paired by their texts, which are tags; numbers are equal to nine
    digits."""
    out: list[str] = []
    for measurement in sorted(expected.keys() | found.keys()):
        wanted, have = (_by_tags(rows.get(measurement, [])) for rows in (expected, found))
        for key in sorted(wanted.keys() | have.keys()):
            name = f"{measurement}[{', '.join(f'{tag}={value}' for tag, value in key)}]" if key else measurement
            if key not in have:
                out.append(f"- {name}")
            elif key not in wanted:
                out.append(f"+ {name}")
            else:
                out += _cells(name, wanted[key], have[key])
    return out


def _by_tags(rows: Iterable[dict[str, Cell]]) -> dict[tuple[tuple[str, str], ...], dict[str, Cell]]:
    return {tuple((name, value) for name, value in row.items() if isinstance(value, str)): row for row in rows}


def _cells(name: str, wanted: dict[str, Cell], have: dict[str, Cell]) -> list[str]:
    out: list[str] = []
    for column in dict.fromkeys([*wanted, *have]):
        expected, found = wanted.get(column), have.get(column)
        if not _same(expected, found):
            out.append(f"{name}.{column}: {_said(expected)} -> {_said(found)}")
    return out


def _same(one: Cell | None, other: Cell | None) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=_TOLERANCE)
    return one == other


def _said(value: Cell | None) -> str:
    return "-" if value is None else str(value)
