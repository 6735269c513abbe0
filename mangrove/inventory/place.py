"""Where the inventory is that a command changes, and which names it may use."""

from dataclasses import dataclass
from pathlib import Path

from contract import inventory_folder
from contract.config_file import ConfigError, Loaded, Problem
from contract.inventory import Inventory
from mangrove.inventory.difference import Difference, applied, entries
from mangrove.shipped import shipped_config
from mangrove.words import word


@dataclass(frozen=True, slots=True)
class Place:
    """A folder or file, with the names of the profiles and mappings that there are beside it."""

    path: Path
    profiles: frozenset[str]
    mappings: frozenset[str]

    def read(self) -> Loaded[Inventory]:
        """Read it.

        Raises:
            ConfigError: with every problem.
        """
        return inventory_folder.read(self.path)

    def known(self, inventory: Inventory) -> tuple[frozenset[str], frozenset[str]]:
        """Return the names of profiles and of mappings: those that there are, and those that it uses already."""
        used = {name for device in inventory.devices for name in device.profiles}
        return self.profiles | used, self.mappings | {sensor.mapping for sensor in inventory.sensors}

    def write(self, before: Inventory, table: str, change: Difference) -> None:
        """Put a changed list in the place of the old one, whole or not at all.

        Raises:
            ConfigError: the list is in no table of its own, or it cannot be written.
        """
        there = entries(before, table)
        if not self.path.is_dir() or (there and not (self.path / f"{table}.csv").exists()):
            text = f"the {table} are in no table of their own, which could be changed: put them into {table}.csv"
            raise ConfigError([Problem(str(self.path), 0, "", f"{text} of a folder, or give another one")])
        try:
            inventory_folder.write_table(self.path, table, applied(there, change))
        except OSError as error:
            raise ConfigError([Problem(str(self.path), 0, "", f"cannot be written: {error.strerror}")]) from error


def place(into: Path | None, config: Path) -> Place:
    """Return the inventory in `into`, or else that of a collector's file.

    Raises:
        ConfigError: there is neither.
    """
    shipped = shipped_config()
    if into is not None:
        return Place(into, _names(shipped / "profiles"), _names(shipped / "sensors"))
    if not config.exists():
        raise ConfigError([Problem("--into", 0, "", word("inventory_where", config=config))])
    from collector.config import load_collector_config

    known, _ = load_collector_config(config)
    return Place(known.inventory, _names(known.profiles), _names(known.sensors) if known.sensors else frozenset())


def _names(folder: Path) -> frozenset[str]:
    return frozenset(path.stem for path in folder.glob("*.yaml"))
