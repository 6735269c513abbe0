"""What others said, as a person reads it: a text that the terminal shows and never obeys, and a table with units."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contract.batch import Table as BatchTable
from contract.catalog import Catalog
from contract.printable import printable
from mangrove.words import language, word


def plain(text: str, style: str = "") -> Text:
    """Return a text of others on one line, without any markup of its own."""
    return Text(printable(text), style=style)


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
        out.add_row(*(plain(str(tag)) for tag in row[:width]), *values)
    return out


def print_tables(console: Console, tables: Iterable[BatchTable], catalog: Catalog) -> None:
    """Print tables, and below each which of its fields have no value at all."""
    for table in tables:
        console.print(readable(table, catalog))
        width = len(table.tags)
        empty = [name for i, name in enumerate(table.fields) if all(row[width + i] is None for row in table.rows)]
        if empty:
            console.print(Text(f"{word('no_value')}: {', '.join(empty)}", style="dim"))


def _text(value: float | str | None, names: dict[int, str]) -> str:
    if isinstance(value, int) and value in names:
        return f"{value} {names[value]}"
    if isinstance(value, float):
        return f"{value:,.10g}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else value
