"""A difference of inventories on the terminal."""

from collections.abc import Collection, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contract.inventory_folder import cell
from mangrove.inventory.difference import Change, Difference, Entry
from mangrove.readable import plain
from mangrove.words import word

MOST = 200
"""Rows that are printed of a kind; of a province's cells there are thousands."""
_MARKS = {"new": ("+", "green"), "other": ("~", "yellow"), "gone": ("-", "red")}


def print_difference(console: Console, change: Difference, counts: Sequence[tuple[str, int]]) -> None:
    """Print what is new, changed by field, and gone; then how many there are of each kind, and of those in `counts`,
    which are keys of words with their numbers."""
    if change:
        table = Table("", *(word(f"difference_{name}") for name in ("id", "what", "before", "after")))
        for entry in change.added[:MOST]:
            _row(table, "new", entry, [(name, None, value) for name, value in _said(entry)])
        for one in change.changed[:MOST]:
            _row(table, "other", one.after, _edits(one))
        for entry in change.removed[:MOST]:
            _row(table, "gone", entry, [(name, value, None) for name, value in _said(entry)])
        console.print(table)
    more = sum(max(0, len(some) - MOST) for some in (change.added, change.changed, change.removed))
    if more:
        print(word("difference_more", count=more))
    kinds = (("new", change.added), ("other", change.changed), ("gone", change.removed))
    parts: list[tuple[str, int]] = [(f"difference_{name}", len(some)) for name, some in kinds]
    console.print(
        ", ".join(word(key, count=count) for key, count in [*parts, *counts]), highlight=False, soft_wrap=True
    )


def _row(table: Table, kind: str, entry: Entry, fields: Collection[tuple[str, object, object]]) -> None:
    mark, style = _MARKS[kind]
    cells = [Text("\n").join(plain(text) for text in column) for column in _columns(fields)]
    table.add_row(plain(mark, style), plain(entry.id, style), *cells)


def _columns(fields: Collection[tuple[str, object, object]]) -> tuple[list[str], list[str], list[str]]:
    names = [name for name, _, _ in fields]
    return names, [cell(before) for _, before, _ in fields], [cell(after) for _, _, after in fields]


def _edits(change: Change) -> list[tuple[str, object, object]]:
    return [(edit.name, edit.before, edit.after) for edit in change.edits()]


def _said(entry: Entry) -> list[tuple[str, object]]:
    """Return the fields that are given."""
    fields = type(entry).model_fields
    return [
        (name, value)
        for name, field in fields.items()
        if name != "id" and (value := getattr(entry, name)) != field.get_default()
    ]
