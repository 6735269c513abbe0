"""What others said, as a person reads it: a text that the terminal shows and never obeys, and a table with units."""

from collections.abc import Callable, Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contract.batch import Table as BatchTable
from contract.catalog import Catalog, Measurement
from contract.printable import printable
from mangrove.words import language, word

Value = float | str | None
Row = Sequence[Value]
Style = Callable[[Row, str], str]
"""The style of a row's field."""

_EDGES = 3  # of a column: a line and two blanks


def plain(text: str, style: str = "") -> Text:
    """Return a text of others on one line, without any markup of its own."""
    return Text(printable(text), style=style)


def print_tables(
    console: Console, tables: Iterable[BatchTable], catalog: Catalog, *, nothing: str = "no_value"
) -> None:
    """Print tables, and below each which of its fields have no value at all, after the word of `nothing`."""
    for table in tables:
        for part in readable(table, catalog, console.width):
            console.print(part)
        if empty := _empty(table):
            console.print(Text(f"{word(nothing)}: {', '.join(empty)}", style="dim"))


def readable(table: BatchTable, catalog: Catalog, width: int, style: Style = lambda _row, _field: "") -> list[Table]:
    """Return a table as the terminal shows it, in as many pieces below each other as its width asks. A field without
    any value is left out; a table without tags has a line for each field."""
    spec = catalog.measurement(table.measurement)
    at = {name: i for i, name in enumerate(table.fields, len(table.tags))}
    empty = _empty(table)
    shown = [(name, place) for name, place in at.items() if name not in empty]
    return _pieces(table, spec, shown, width, style) if table.tags else [_lines(table, spec, shown, style)]


def number(value: Value, names: dict[int, str]) -> str:
    """Return a value with the name that its number has; of a gauge the digits that a person reads."""
    if isinstance(value, int) and value in names:
        return f"{value} {names[value]}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 or value.is_integer() else f"{value:.5g}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else printable(value)


def _pieces(
    table: BatchTable, spec: Measurement, fields: Sequence[tuple[str, int]], width: int, style: Style
) -> list[Table]:
    cells = {name: [number(row[at], spec.fields[name].values) for row in table.rows] for name, at in fields}
    tags = [[printable(str(row[i])) for row in table.rows] for i in range(len(table.tags))]
    used = 1 + sum(_wide(name, column) for name, column in zip(table.tags, tags, strict=True))
    pieces: list[list[str]] = [[]]
    free = width - used
    for name, _ in fields:
        needs = _wide(_heading(name, spec), cells[name])
        if pieces[-1] and needs > free:
            pieces.append([])
            free = width - used
        pieces[-1].append(name)
        free -= needs
    out: list[Table] = []
    for piece in pieces:
        part = Table(*table.tags, title=None if out else _title(spec), title_justify="left")
        for name in piece:
            part.add_column(Text(_heading(name, spec)), justify="right")
        for place, row in enumerate(table.rows):
            values = [Text(cells[name][place], style(row, name)) for name in piece]
            part.add_row(*(Text(column[place]) for column in tags), *values)
        out.append(part)
    return out


def _lines(table: BatchTable, spec: Measurement, fields: Sequence[tuple[str, int]], style: Style) -> Table:
    out = Table(word("field"), word("value"), word("meaning"), title=_title(spec), title_justify="left")
    out.columns[1].justify = "right"
    for row in table.rows:
        for name, at in fields:
            field = spec.fields[name]
            meaning = field.vi if language() == "vi" else field.en
            value = Text(number(row[at], field.values), style(row, name))
            out.add_row(Text(_heading(name, spec)), value, plain(meaning, "dim"))
    return out


def _empty(table: BatchTable) -> list[str]:
    width = len(table.tags)
    return [name for i, name in enumerate(table.fields, width) if all(row[i] is None for row in table.rows)]


def _title(spec: Measurement) -> str:
    return spec.vi if language() == "vi" else spec.en


def _heading(name: str, spec: Measurement) -> str:
    unit = spec.fields[name].unit.translate({ord("{"): None, ord("}"): None})  # UCUM's marks of what is no unit
    return name if unit == "1" else f"{name} [{unit}]"


def _wide(heading: str, cells: Iterable[str]) -> int:
    return max(map(len, (heading, *cells))) + _EDGES
