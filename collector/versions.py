"""The archive of published inventory versions.

It is kept beside the inventory and apart from the collector's state, so that a collector with an empty state still
knows what every batch means.
"""

import logging
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from contract import durable
from contract.inventory import Device, Inventory, Site, Version, next_version

log = logging.getLogger(__name__)


class Meaning:
    """One version, ready to look up."""

    def __init__(self, version: Version) -> None:
        self.version = version

    @cached_property
    def devices(self) -> Mapping[str, Device]:
        """Devices by id."""
        return {device.id: device for device in self.version.inventory.devices}

    @cached_property
    def sites(self) -> Mapping[str, Site]:
        """Sites by id."""
        return {site.id: site for site in self.version.inventory.sites}

    @cached_property
    def agents(self) -> frozenset[str]:
        """Ids of the agents."""
        return frozenset(agent.id for agent in self.version.inventory.agents)


class Versions:
    """All versions that were ever published here."""

    def __init__(self, folder: Path) -> None:
        """Read the archive.

        Raises:
            OSError: the folder cannot be used.
        """
        self._folder = folder
        self._known: dict[str, Meaning] = {}
        self._agents: frozenset[str] = frozenset()
        self.current: Meaning | None = None
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.json")):
            try:
                version = Version.model_validate_json(path.read_bytes())
            except (OSError, ValidationError) as error:
                log.error("%s cannot be read: %s; batches of that version are held", path, str(error).splitlines()[0])
                continue
            self._add(version)

    def publish(self, inventory: Inventory, profiles: dict[str, str], now_ms: int) -> Meaning:
        """Return the version of this content, archived and durable: the current one, or a new one.

        Raises:
            OSError: it cannot be archived, and must not be published.
        """
        version = next_version(self.current.version if self.current else None, inventory, profiles, now_ms)
        if self.current is None or version.id != self.current.version.id:
            durable.replace(self._folder / f"{version.id}.json", version.model_dump_json().encode())
            self._add(version)
        assert self.current is not None  # noqa: S101  # _add has set it
        return self.current

    def get(self, version_id: str) -> Meaning | None:
        """Return a version by its id."""
        return self._known.get(version_id)

    def knows_agent(self, agent: str) -> bool:
        """Whether any version has this agent: one that was removed may still have a backlog."""
        return agent in self._agents

    def _add(self, version: Version) -> None:
        meaning = Meaning(version)
        self._known[version.id] = meaning
        self._agents |= meaning.agents
        if self.current is None or version.number > self.current.version.number:
            self.current = meaning
