"""`mangrove ledger`: the books of a collector, read from its state, also while it does not run."""

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from collector import ledger
from collector.config import load_collector_config
from collector.state import State
from mangrove.words import word

COLUMNS = ("produced", "seen", "stored", "refused", "held", "dropped", "spooled", "earlier")


def show(config: Path, *, as_json: bool) -> int:
    """Print a row for each agent and boot; return 0 when all balance, else 1."""
    loaded, _ = load_collector_config(config)
    path = loaded.data / "state.sqlite"
    if not path.exists():
        Console(stderr=True).print(word("no_books"))
        return 0
    state = State(path)
    rows = ledger.rows(state.books())
    state.close()
    balanced = all(row["balanced"] for row in rows)
    if as_json:
        for row in rows:
            print(json.dumps(row))
        return 0 if balanced else 1
    table = Table("agent", "boot", *COLUMNS, "missing")
    for column in table.columns:
        column.header = word(str(column.header))
    for row in rows:
        missing = ", ".join(f"{first}-{last}" for first, last in row["missing"])
        table.add_row(row["agent"], row["boot"], *(str(dict(row)[name]) for name in COLUMNS), missing)
    console = Console()
    console.print(table)
    console.print(word("balanced" if balanced else "not_balanced"))
    return 0 if balanced else 1
