"""`mangrove inventory import`: a table out of a spreadsheet into an inventory, after a look at what would change."""

from pathlib import Path

from rich.console import Console

from contract.config_file import ConfigError, read_text
from contract.inventory_check import check
from contract.inventory_folder import TABLES
from mangrove.inventory import names, sheet
from mangrove.inventory.difference import difference, entries
from mangrove.inventory.merge import merged
from mangrove.inventory.place import Place
from mangrove.inventory.show import print_difference
from mangrove.login import wrong
from mangrove.words import word, words


def bring(file: Path, place: Place, named: str | None, *, remove: bool, write: bool) -> int:
    """Print what the table would change, and with `write` change it; return the exit code.

    Raises:
        ConfigError: with every problem of the inventory that is there, else of the table, else of both together.
    """
    if named is not None and named not in TABLES:
        raise wrong("--as", f"is one of {', '.join(TABLES)}")
    loaded = place.read()
    known = place.known(loaded.value)
    if problems := check(loaded, *known):
        raise ConfigError(problems)
    read = sheet.read(read_text(file), str(file))
    named = named or (file.stem if file.stem in TABLES else None)
    table, keys = names.columns_of(read.names, _spelled(), str(file), read.line, named)
    found = merged(loaded, table, keys, read, str(file), remove=remove)
    if problems := check(found.loaded, *known):
        raise ConfigError(problems)
    before, after = entries(loaded.value, table), entries(found.loaded.value, table)
    change = difference(before, after)
    console = Console()
    console.print(
        word("import_table", file=file.name, table=table, rows=len(read.rows)),
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    left = sum(one.id not in found.named for one in after)
    same = len(after) - len(change.added) - len(change.changed) - left
    print_difference(console, change, [("difference_same", same), ("difference_left", left)])
    if not change:
        return 0
    if not write:
        print(word("import_not_written"))
        return 0
    place.write(loaded.value, table, change)
    print(word("import_written", folder=place.path, table=table))
    return 0


def _spelled() -> dict[str, set[str]]:
    """Return how each key may be written: as itself, and as people say it where there is a word for it."""
    table = words()
    said: dict[str, list[str]] = {}
    for key in {name for model in TABLES.values() for name in model.model_fields}:
        name = f"column_{key}"
        said[key] = [table.word(name, "en"), table.word(name, "vi")] if name in table else []
    return names.spelled(said)
