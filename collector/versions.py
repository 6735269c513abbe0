"""The archive of published inventory versions.

It is kept beside the inventory and apart from the collector's state, so that a collector with an empty state still
knows what every batch means.
"""

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from contract import durable
from contract.inventory import Cell, Element, Inventory, Site, Version, next_version

log = logging.getLogger(__name__)

MAX_READY = 16  # versions in memory: a year of daily edits of a province would be gigabytes
_NAME = re.compile(r"(\d{1,18})-[0-9a-f]{12}")


class Meaning:
    """One version, ready to look up."""

    def __init__(self, version: Version) -> None:
        self.version = version

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """Devices and sensors by id."""
        inventory = self.version.inventory
        return {element.id: element for element in (*inventory.devices, *inventory.sensors)}

    @cached_property
    def cells(self) -> Mapping[str, Cell]:
        """Cells of which an agent reads the counters, by id."""
        return {cell.id: cell for cell in self.version.inventory.cells if cell.agent is not None}

    @cached_property
    def sites(self) -> Mapping[str, Site]:
        """Sites by id."""
        return {site.id: site for site in self.version.inventory.sites}

    @cached_property
    def agents(self) -> frozenset[str]:
        """Ids of the agents."""
        return frozenset(agent.id for agent in self.version.inventory.agents)


class Versions:
    """All versions that were ever published here. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        """Read the archive.

        Raises:
            OSError: the folder cannot be used.
        """
        self._folder = folder
        self._lock = threading.Lock()
        self._ids: set[str] = set()
        self._ready: OrderedDict[str, Meaning] = OrderedDict()
        self._highest = 0
        self.agents: frozenset[str] = frozenset()
        """Every agent that any version has: one that was removed may still have a backlog."""
        self.current: Meaning | None = None
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.json")):
            if named := _NAME.fullmatch(path.stem):
                # Also of a file that cannot be read: agents ignore a number below one that they have seen.
                self._highest = max(self._highest, int(named[1]))
            if version := _read(path):
                self._add(version)

    def publish(
        self,
        inventory: Inventory,
        profiles: dict[str, str],
        now_ms: int,
        mappings: dict[str, str] | None = None,
        traps: dict[str, str] | None = None,
        counters: dict[str, str] | None = None,
    ) -> Meaning:
        """Return the version of this content, archived and durable: the current one, or a new one.

        Raises:
            OSError: it cannot be archived, and must not be published.
        """
        previous = self.current.version if self.current else None
        texts = mappings, traps, counters
        version = next_version(previous, inventory, profiles, max(now_ms, self._highest + 1), *texts)
        if self.current is None or version.id != self.current.version.id:
            durable.replace(self._folder / f"{version.id}.json", version.model_dump_json().encode())
            self._add(version)
        assert self.current is not None  # noqa: S101  # _add has set it
        return self.current

    def get(self, version_id: str) -> Meaning | None:
        """Return a version by its id."""
        with self._lock:
            if found := self._ready.get(version_id):
                self._ready.move_to_end(version_id)
                return found
            if version_id not in self._ids:
                return None
            version = _read(self._folder / f"{version_id}.json")
            if version is None:
                self._ids.discard(version_id)  # said once, not for every batch
                return None
            return self._keep(Meaning(version))

    def knows_agent(self, agent: str) -> bool:
        """Whether any version has this agent."""
        return agent in self.agents

    def _add(self, version: Version) -> None:
        meaning = Meaning(version)
        with self._lock:
            self._ids.add(version.id)
            self.agents |= meaning.agents
            self._highest = max(self._highest, version.number)
            self._keep(meaning)
        if self.current is None or version.number > self.current.version.number:
            self.current = meaning

    def _keep(self, meaning: Meaning) -> Meaning:
        self._ready[meaning.version.id] = meaning
        while len(self._ready) > MAX_READY:
            self._ready.popitem(last=False)
        return meaning


def _read(path: Path) -> Version | None:
    try:
        return Version.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        log.error(
            "%s cannot be read: %s; its batches are held until a start finds it whole", path, str(error).splitlines()[0]
        )
        return None
