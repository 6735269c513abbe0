"""The inventory, profiles, mappings, counters and definitions of traps as files: read at the start and on change."""

import logging
import time
from pathlib import Path

from collector.config import CollectorConfig
from collector.versions import Meaning, Versions
from contract.catalog import Catalog
from contract.config_file import ConfigError
from contract.inventory_check import load_inventory
from contract.inventory_folder import files
from contract.mapping import Mapping, load_mappings
from contract.pm import load_counters
from contract.profiles import load_profiles
from contract.trap import load_traps

log = logging.getLogger(__name__)

Mark = tuple[str, int, int, int]


class Reloader:
    """Knows which files were read when."""

    def __init__(self, config: CollectorConfig, catalog: Catalog, versions: Versions) -> None:
        self._config, self._catalog, self._versions = config, catalog, versions
        self._read: tuple[Mark, ...] = ()
        self._trouble = ""

    def load(self) -> Meaning:
        """Read the files and return the version that they are.

        Raises:
            ConfigError: with every problem; what was published stays.
            OSError: a new version cannot be archived.
        """
        self._read = self._marks()
        profiles, texts = load_profiles(self._config.profiles, self._catalog)
        mappings: dict[str, Mapping] = {}
        mapping_texts: dict[str, str] = {}
        if self._config.sensors:
            mappings, mapping_texts = load_mappings(self._config.sensors, self._catalog)
        counters = load_counters(self._config.pm, self._catalog)[1] if self._config.pm else {}
        inventory = load_inventory(self._config.inventory, set(profiles), set(mappings))
        traps = load_traps(self._config.traps)[1] if self._config.traps else {}
        now_ms = time.time_ns() // 1_000_000
        return self._versions.publish(inventory, texts, now_ms, mapping_texts, traps, counters)

    def reload_if(self, *, asked: bool) -> Meaning | None:
        """Load again when asked to, or when a file has changed. None: nothing new, or it cannot be used (said once)."""
        if not asked and self._marks() == self._read:
            return None
        before = self._versions.current
        try:
            meaning = self.load()
        except ConfigError as error:
            self._say(str(error), asked=asked)
            return None
        except OSError as error:
            self._read = ()  # the files are good: tried again
            self._say(f"the version cannot be archived: {error}", asked=asked)
            return None
        except Exception:
            log.exception("a bug: the inventory stays as it was")
            return None
        self._trouble = ""
        if before is not None and meaning.version.id == before.version.id:
            log.info("the inventory was read again, nothing has changed")
            return None
        log.warning("inventory version %s: %d devices and sensors", meaning.version.id, len(meaning.elements))
        return meaning

    def _say(self, trouble: str, *, asked: bool) -> None:
        if asked or trouble != self._trouble:
            log.error("the inventory stays as it was, mend this:\n%s", trouble)
        self._trouble = trouble

    def _marks(self) -> tuple[Mark, ...]:
        optional = [folder for folder in (self._config.sensors, self._config.traps) if folder]
        folders = [self._config.profiles, *optional]
        folders = [folder for folder in (self._config.profiles, self._config.sensors, self._config.pm) if folder]
        found = [path for folder in folders for path in sorted(folder.glob("*.yaml"))]
        return tuple(_mark(path) for path in [*files(self._config.inventory), *found])


def _mark(path: Path) -> Mark:
    try:
        stat = path.stat()
    except OSError:
        return str(path), 0, -1, 0
    return str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino
