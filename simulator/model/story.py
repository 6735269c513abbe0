"""The story that a demo tells: a site loses its mains and goes dark; later a router fails that others are behind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

from contract.inventory import Inventory
from simulator.model.faults import Fault
from simulator.model.power import Power
from simulator.model.topology import cut_off, leaves
from simulator.sensor_messages import speaks

CUT_S = 12.0
GARBLED_S = 20.0
DARK_S = 40.0
BETWEEN_S = 11.0
SILENT_S = 40.0
REST_S = 10.0  # before anything else strikes what it has played with


@dataclass(frozen=True, slots=True)
class Story:
    """Its faults in their order, and until when, in seconds since the start, chance keeps off its elements."""

    faults: list[Fault]
    busy: Mapping[str, float]

    def leaves(self, fault: Fault) -> bool:
        """Whether a fault of chance does not spoil it."""
        return self.busy.get(fault.element, 0.0) <= fault.at_s


def story(
    inventory: Inventory, seed: int, start: float, autonomy_s: Mapping[str, float] | None = None, pace: float = 1.0
) -> Story:
    """Return the story of this inventory; what it has nobody to play for is left out.

    The mains go at a site without generator, if there is one the only site of its commune, and return `DARK_S` after
    the battery is empty, which lasts as `World` has it. One message of a sensor elsewhere is spoilt. Then a router is
    silent that others are behind, and not at an agent's site. `pace`: all times but the battery's are multiplied by it.
    """
    random = Random(f"{seed}/story")
    faults: list[Fault] = []
    busy: dict[str, float] = {}
    back_at = 0.0
    if site := _choice(random, _weakest(inventory)):
        (entry,) = (one for one in inventory.sites if one.id == site)
        lasts = Power(entry, seed, start, autonomy_s=(autonomy_s or {}).get(site)).autonomy_s
        back_at = (CUT_S + DARK_S) * pace + lasts
        faults.append(Fault(CUT_S * pace, back_at - CUT_S * pace, site, "mains", "story"))
        busy |= dict.fromkeys([*_elements(inventory, {site}), str(entry.feeder)], back_at + REST_S)
    sensors = [sensor.id for sensor in inventory.sensors if speaks(sensor) and sensor.id not in busy]
    if sensor := _choice(random, sensors):
        faults.append(Fault(GARBLED_S * pace, 0.0, sensor, "garbled", "story"))
    silent_at = back_at + BETWEEN_S * pace
    if router := _choice(random, _backbone(inventory)):
        faults.append(Fault(silent_at, SILENT_S * pace, router, "silent", "story"))
        gone = cut_off(inventory, {router})
        sites = {device.site for device in inventory.devices if device.id in gone}
        feeders = {str(one.feeder) for one in inventory.sites if one.id in sites}
        over = silent_at + SILENT_S * pace + REST_S
        busy |= dict.fromkeys(_elements(inventory, sites) | feeders, over)
    return Story(sorted(faults, key=lambda fault: fault.at_s), busy)


def _weakest(inventory: Inventory) -> list[str]:
    """Return the sites that can go dark, only those alone in their area if there are such."""
    areas = [site.area for site in inventory.sites]
    read = {device.site for device in inventory.devices}
    weak = [site for site in inventory.sites if site.id in read and not site.generator]
    return [site.id for site in weak if areas.count(site.area) == 1] or [site.id for site in weak]


def _backbone(inventory: Inventory) -> list[str]:
    alone, seats = leaves(inventory), {agent.site for agent in inventory.agents}
    return [device.id for device in inventory.devices if device.id not in alone and device.site not in seats]


def _elements(inventory: Inventory, sites: Iterable[str]) -> set[str]:
    chosen = set(sites)
    read = (*inventory.devices, *inventory.sensors)
    return chosen | {element.id for element in read if element.site in chosen}


def _choice(random: Random, names: list[str]) -> str | None:
    return random.choice(names) if names else None
