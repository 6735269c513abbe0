"""A table of a batch as a person reads it: with units, and with the names of states."""

from rich.table import Table
from rich.text import Text

from contract.batch import Table as BatchTable
from contract.catalog import Catalog
from mangrove.words import language


def readable(table: BatchTable, catalog: Catalog) -> Table:
    """Return a table as one of the terminal; a field without any value is left out."""
    spec = catalog.measurement(table.measurement)
    width = len(table.tags)
    shown = [(i, name) for i, name in enumerate(table.fields) if any(row[width + i] is not None for row in table.rows)]
    title = spec.vi if language() == "vi" else spec.en
    out = Table(*table.tags, title=title)
    for _, name in shown:
        unit = spec.fields[name].unit
        out.add_column(name if unit == "1" else f"{name} [{unit}]".replace("[", r"\["), justify="right")
    for row in table.rows:
        values = [_text(row[width + i], spec.fields[name].values) for i, name in shown]
        out.add_row(*(Text(str(tag)) for tag in row[:width]), *values)
    return out


def _text(value: float | str | None, names: dict[int, str]) -> str:
    if isinstance(value, int) and value in names:
        return f"{value} {names[value]}"
    if isinstance(value, float):
        return f"{value:,.10g}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else value
