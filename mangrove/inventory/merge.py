"""A table of one list put into an inventory: what it says of an entry counts, and what it does not say stays. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contract.config_file import ConfigError, Key, Loaded, Places, Problem, typed
from contract.inventory import Inventory
from contract.inventory_folder import TABLES, columns
from mangrove.inventory.cells import CellError, values
from mangrove.inventory.difference import entries
from mangrove.inventory.sheet import Sheet

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Merged:
    """The inventory as it would be, with the places of its keys; `named` are the ids that the table has."""

    loaded: Loaded[Inventory]
    named: frozenset[str]


def merged(
    loaded: Loaded[Inventory], table: str, keys: Sequence[str], sheet: Sheet, file: str, *, remove: bool
) -> Merged:
    """Put the rows of a sheet, whose columns are `keys`, into the list `table`. An entry that is there keeps what the
    sheet has no column for, and loses what the sheet has an empty cell for; with `remove` those that the sheet does not
    name go.

    Raises:
        ConfigError: with every problem of the sheet by itself.
    """
    given = _given(table, keys, sheet, file)
    before = loaded.value.model_dump()
    rows: list[Row] = []
    lines: dict[Key, int] = {(table,): sheet.line}
    files: dict[Key, str] = {}
    cleared = set(keys)
    for i, (old, entry) in enumerate(zip(before[table], entries(loaded.value, table), strict=True)):
        at: Key = (table, len(rows))
        if found := given.pop(entry.id, None):
            line, new = found
            rows.append({name: value for name, value in old.items() if name not in cleared} | new)
            lines[at], files[at] = line, file
        elif not remove:
            problem = loaded.problem((table, i), "")
            rows.append(old)
            lines[at], files[at] = problem.line, problem.file
    for line, new in given.values():
        at = table, len(rows)
        rows.append(new)
        lines[at], files[at] = line, file
    kept = {key: line for key, line in loaded.places.lines.items() if key[:1] != (table,)}
    places = Places(loaded.places.file, kept | lines, {**loaded.places.tables, table: file}, files)
    named = frozenset(str(row.get("id")) for at, row in enumerate(rows) if files[table, at] == file)
    return Merged(typed({**before, table: rows}, Inventory, places), named)


def _given(table: str, keys: Sequence[str], sheet: Sheet, file: str) -> dict[str, tuple[int, Row]]:
    """Return the rows of a sheet by their ids, with their lines."""
    model, of = TABLES[table], columns(TABLES[table])
    out: dict[str, tuple[int, Row]] = {}
    problems: list[Problem] = []
    for line, cells in sheet.rows:
        said: Mapping[str, str] = dict(zip(keys, cells, strict=True))
        name = said["id"]
        if not name:
            problems.append(Problem(file, line, "id", "is missing"))
        elif name in out:
            problems.append(Problem(file, line, "id", f"{name} is given twice (also in line {out[name][0]})"))
        else:
            try:
                out[name] = line, dict(values(model, of, said, commas=sheet.commas))
            except CellError as error:
                problems.append(Problem(file, line, "", str(error)))
    if problems:
        raise ConfigError(problems)
    return out
