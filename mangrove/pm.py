"""`mangrove pm`: what a performance file gives, so that keys and counters can be tried at a desk. Touches nothing."""

import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from agents.host_clock import Stamp
from agents.pm.config import PmConfig
from agents.pm.drop import Mark
from agents.pm.errors import PmError
from agents.pm.gather import Gather
from agents.pm.plan import Plan, plan_of
from agents.pm.read import Terms, read
from agents.pm.unpack import ChangedError
from contract.batch import Batch, Row, Table
from contract.catalog import load_catalog
from contract.inventory import Cell
from contract.inventory_folder import read as read_inventory
from contract.messages import AssignedCell
from contract.pm import load_counters
from mangrove.readable import plain, print_tables
from mangrove.shipped import shipped_config
from mangrove.words import word

ANY_TIME = Stamp(0, 0, synced=False)  # a file at a desk may be of any day
MAX_NAMED = 12


def show(path: Path, collector: Path | None, technology: str, offset: str, most: int) -> int:
    """Print the KPIs of up to `most` cells of a file, and what of it is not known. With the file of a collector the
    cells are those of its inventory, else each object is taken for one of `technology`. Return 1 when it cannot be
    read.

    Raises:
        ConfigError: the collector's file, or one that it leads to, cannot be used.
    """
    folder, catalog_file, cells = shipped_config() / "pm", shipped_config() / "catalog.yaml", None
    if collector is not None:
        from collector.config import load_collector_config

        config, _ = load_collector_config(collector)
        folder, catalog_file = config.pm or folder, config.catalog
        cells = read_inventory(config.inventory).value.cells
    catalog = load_catalog(catalog_file)
    files, _ = load_counters(folder, catalog)
    zone = PmConfig(folder=path, utc_offset=offset).utc_offset if offset else None  # type: ignore[arg-type]
    terms = Terms(4 << 30, zone)
    try:
        found = _read(path, plan_of("", _assigned(cells or []), files), terms)
        if cells is None:
            objects = [AssignedCell(id="x", key=name, technology=technology) for name in found.unknown]
            named = [one.model_copy(update={"id": f"cell-{n}"}) for n, one in enumerate(objects, 1)]
            found = _read(path, plan_of("", named, files), terms)
    except (PmError, OSError, ChangedError) as error:
        print(f"{word('refused')}: {error}", file=sys.stderr)
        return 1
    console = Console()
    batches = list(found.batches())
    console.print(plain(word("pm_file", vendor=found.vendor or "-", version=found.version or "-", cells=len(batches))))
    tables = _together(batches[:most], found if cells is None else None)
    print_tables(console, tables, catalog, nothing="pm_nothing")
    if len(batches) > most:
        console.print(plain(word("pm_more", count=len(batches) - most), "dim"))
    _left_over(console, found, has_inventory=cells is not None)
    return 0


def _read(path: Path, plan: Plan, terms: Terms) -> Gather:
    stat = path.stat()
    mark = Mark(path.name, stat.st_size, stat.st_mtime_ns)
    return read(path.resolve(), mark, plan, ANY_TIME, terms, threading.Event()).gathered


def _assigned(cells: Iterable[Cell]) -> list[AssignedCell]:
    return [AssignedCell(id=cell.id, key=cell.name, technology=cell.technology) for cell in cells]


def _together(batches: Iterable[Batch], tried: Gather | None) -> list[Table]:
    """Return one table for each measurement, with the cells and the ends of their periods in its first columns; those
    that are only `tried` as cells by the end of their names."""
    rows: dict[str, list[Row]] = {}
    first: dict[str, Table] = {}
    for batch in batches:
        name = ",".join(tried.names[batch.device].split(",")[-2:]) if tried else batch.device
        for table in batch.tables:
            first.setdefault(table.measurement, table)
            for row, at in zip(table.rows, table.times or (), strict=True):
                end = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%MZ")
                rows.setdefault(table.measurement, []).append([name, end, *row[len(table.tags) :]])
    tags = ["cell", "until"]
    return [Table(measurement=name, tags=tags, fields=table.fields, rows=rows[name]) for name, table in first.items()]


def _left_over(console: Console, found: Gather, *, has_inventory: bool) -> None:
    unread = [name for name, is_read in found.counters.items() if not is_read]
    lines = [("pm_unread", len(unread), unread), ("pm_suspect", found.suspect, []), ("pm_clashes", found.twice, [])]
    if has_inventory:
        lines.insert(0, ("pm_unknown", found.unknown_objects, list(found.unknown)))
    for key, count, names in lines:
        if count:
            shown = "; ".join(name[:100] for name in names[:MAX_NAMED]) + ("; ..." if count > MAX_NAMED else "")
            console.print(plain(f"{word(key, count=count)}{': ' if names else ''}{shown if names else ''}", "yellow"))
