"""The inventory as the watcher needs it: which element belongs to which site, which site to which areas, and the cells.

Made once for each inventory version. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collector.versions import Meaning
from collector.watch.sight import holds_ms
from collector.watch.topology import Topology
from contract.inventory import Area, Cell, Device, Element, Sensor, Site
from contract.tag_text import clean

ROUTER = "router"


@dataclass(frozen=True, slots=True)
class Group:
    """The cells of one commune, technology and operator."""

    area: str
    technology: str
    operator: str


class Network:
    """One inventory version, indexed."""

    def __init__(self, meaning: Meaning) -> None:
        inventory = meaning.version.inventory
        self.id = meaning.version.id
        self.elements: Mapping[str, Element] = meaning.elements
        self.sites: Mapping[str, Site] = meaning.sites
        self.areas: Mapping[str, Area] = {area.id: area for area in inventory.areas}
        self.agents: Mapping[str, str | None] = {agent.id: agent.site for agent in inventory.agents}
        self.topology = Topology(inventory)
        self.device_ids = {device.id for device in inventory.devices}
        self.devices: dict[str, list[Device]] = {site: [] for site in self.sites}
        for device in inventory.devices:
            self.devices[device.site].append(device)
        self._routers = {
            site: [device for device in devices if device.role == ROUTER] or devices
            for site, devices in self.devices.items()
        }
        self.sensors: Sequence[Sensor] = inventory.sensors
        self.holds_ms = {sensor.id: holds_ms(int(sensor.interval_s * 1000)) for sensor in self.sensors}
        self.sensors_of: dict[str, list[Sensor]] = {}
        for sensor in inventory.sensors:
            self.sensors_of.setdefault(sensor.site, []).append(sensor)
        self.cells: dict[Group, list[Cell]] = {}
        for cell in inventory.cells:
            group = Group(self.sites[cell.site].area, cell.technology, cell.operator)
            self.cells.setdefault(group, []).append(cell)
        self.reporting = [cell for cell in inventory.cells if cell.agent is not None or cell.device is not None]
        served = {cell.site for cell in inventory.cells}
        self.serving = [router.id for site in served for router in self.routers(site)]  # cells
        self.sites_of: dict[str, list[str]] = {area: [] for area in self.areas}
        for site in self.sites:
            for area in self.areas_of(site):
                self.sites_of[area].append(site)
        self._titles = {area.id: clean(area.name) for area in inventory.areas}
        self._titles |= {site.id: clean(site.name) for site in inventory.sites}

    def routers(self, site: str) -> list[Device]:
        """Return the devices by which a site is judged: its routers, or all its devices where none is called one."""
        return self._routers.get(site, [])

    def at(self, site: str) -> list[Device | Sensor]:
        """Return what stands at a site."""
        return [*self.devices.get(site, ()), *self.sensors_of.get(site, ())]

    def areas_of(self, site: str) -> list[str]:
        """Return the area of a site and those that it lies in, the smallest first."""
        out: list[str] = []
        at: str | None = self.sites[site].area
        while at is not None:
            out.append(at)
            at = self.areas[at].parent
        return out

    def covers(self, subject: str) -> set[str]:
        """Return what lies in a subject, itself included: of an area its sites, of a site its elements and the agents
        that stand there. Nothing where there is no such subject."""
        if not any(subject in known for known in (self.elements, self.sites, self.areas, self.agents)):
            return set()
        sites = {subject} & self.sites.keys() | set(self.sites_of.get(subject, ()))
        elements = {one.id for site in sites for one in self.at(site)}
        agents = {name for name, site in self.agents.items() if site in sites}
        return {subject} | sites | elements | agents

    def around(self, subject: str) -> list[str]:
        """Return what a subject lies in, itself first, the smallest first."""
        element = self.elements.get(subject)
        site = element.site if element else subject if subject in self.sites else self.agents.get(subject) or subject
        if site in self.sites:
            return list(dict.fromkeys((subject, site, *self.areas_of(site))))
        out, at = [subject], self.areas.get(subject)
        while at is not None and at.parent is not None:
            out.append(at.parent)
            at = self.areas.get(at.parent)
        return out

    def sites_with(self, subject: str) -> set[str]:
        """Return the sites that a subject is, has, or lies in."""
        element = self.elements.get(subject)
        return self.covers(subject) & self.sites.keys() | ({element.site} if element else set())

    def title(self, subject: str) -> str:
        """Return the name for people; also fit for a tag."""
        return self._titles.get(subject, subject)
