"""`mangrove ledger`: the books of a collector, read from its state, also while it does not run."""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from collector import ledger
from collector.config import load_collector_config
from collector.database import Database, StateError
from collector.series_guard import crowded
from collector.state import State
from mangrove.words import word

COLUMNS = ("produced", "seen", "stored", "refused", "held", "dropped", "spooled", "earlier")
SHOWN_BOOT = 8  # digits; `--json` has all


def show(config: Path, *, as_json: bool) -> int:
    """Print a row for each agent and boot; return 0 when all balance, 1 when not, 2 when they cannot be read."""
    loaded, _ = load_collector_config(config)
    path = loaded.data / "state.sqlite"
    if not path.exists():
        Console(stderr=True).print(word("no_books"))
        return 0
    try:
        database = Database(path)
        state = State(database)
        books = state.books()
        inventive = crowded(database, loaded.series)
        rows = ledger.rows(books)
        state.close()
    except StateError as error:
        print(error, file=sys.stderr)
        return 2
    if not rows and not as_json:
        Console(stderr=True).print(word("no_books"))
        return 0
    balanced = all(row["balanced"] for row in rows)
    if as_json:
        for row in rows:
            print(json.dumps({**row, "sets": ledger.sets(books[row["agent"], row["boot"]])}))
        return 0 if balanced else 1
    columns = [name for name in COLUMNS if name != "earlier" or any(row["earlier"] for row in rows)]
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))  # 80 characters hold it
    for name in ("agent", "boot", *columns, "missing"):
        # Narrow terminals fold names; a number that is cut would be a lie.
        digits = max(len(str(dict(row)[name])) for row in rows) if name in COLUMNS else SHOWN_BOOT
        table.add_column(word(name), overflow="fold", min_width=digits, justify="right" if name in COLUMNS else "left")
    for row in rows:
        missing = ", ".join(f"{first}-{last}" for first, last in row["missing"])
        table.add_row(row["agent"], row["boot"][:SHOWN_BOOT], *(str(dict(row)[name]) for name in columns), missing)
    console = Console()
    console.print(table)
    console.print(word("balanced" if balanced else "not_balanced"))
    for agent, element, count in inventive:
        console.print(word("crowded", agent=agent, element=element or agent, count=count), markup=False)
    return 0 if balanced else 1
