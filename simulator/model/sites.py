"""What fails at a site by itself: equipment, rectifier, air conditioning, ports; and doors, which people open."""

from collections import defaultdict
from collections.abc import Iterator
from random import Random

from contract.inventory import Inventory
from simulator.model.arrivals import arrivals, lognormal
from simulator.model.climate import working
from simulator.model.coast import coastal
from simulator.model.faults import Fault, Kind
from simulator.model.rates import Rates

REPAIR_S, REPAIR_MEAN_S = 6 * 3600.0, 9 * 3600.0
SPARE_S, NEEDS_SPARE = 24 * 3600.0, 0.1
BOOT_S = (60.0, 300.0)
PORT_S = (120.0, 6 * 3600.0)
VISIT_S = (600.0, 3 * 3600.0)
WHOLE = 0.1  # of the failures of equipment take a device, the others a part of it
SWITCHES = ("router", "olt")  # roles of what has ports for customers
SALT = 2.0  # times as many failures of fans and power supplies by the sea
_WORKING = 10 / 24 + 0.1 * 14 / 24


def faults(inventory: Inventory, seed: int, start: float, rates: Rates) -> Iterator[Iterator[Fault]]:
    """Yield the processes of each site and device."""
    devices, switches = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for device in inventory.devices:
        devices[device.site].append(device.id)
        yield _momentary("reboot", device.id, seed, start, rates.reboots_per_device)
        if device.role in SWITCHES:
            switches[device.site].append(device.id)
            yield _ports(device.id, seed, start, rates.ports_per_device)
    salty = coastal(inventory)
    for site in inventory.sites:
        salt = SALT if site.id in salty else 1.0
        if devices[site.id]:
            yield _equipment(site.id, devices[site.id], switches[site.id], seed, start, rates.equipment_per_site)
        yield _repaired("rectifier", site.id, seed, start, salt * rates.rectifiers_per_site)
        yield _repaired("cooling", site.id, seed, start, salt * rates.cooling_per_site)
        yield _doors(site.id, seed, start, rates.doors_per_site)


def repair_s(random: Random) -> float:
    """Return how long it takes to repair something, a day longer when a spare must come."""
    spare = SPARE_S if random.random() < NEEDS_SPARE else 0.0
    return lognormal(random, REPAIR_S, REPAIR_MEAN_S) + spare


def _equipment(
    site: str, devices: list[str], switches: list[str], seed: int, start: float, per_year: float
) -> Iterator[Fault]:
    random = Random(f"{seed}/equipment/{site}")
    for at in arrivals(random, per_year, start):
        lasts = repair_s(random)
        if random.random() < WHOLE or not switches:
            yield Fault(at - start, lasts, random.choice(devices), "device")
        else:
            yield Fault(at - start, lasts, random.choice(switches), "port", number=-random.randint(1, 2))


def _repaired(kind: Kind, site: str, seed: int, start: float, per_year: float) -> Iterator[Fault]:
    random = Random(f"{seed}/{kind}/{site}")
    for at in arrivals(random, per_year, start):
        yield Fault(at - start, repair_s(random), site, kind)


def _momentary(kind: Kind, device: str, seed: int, start: float, per_year: float) -> Iterator[Fault]:
    random = Random(f"{seed}/{kind}/{device}")
    for at in arrivals(random, per_year, start):
        yield Fault(at - start, random.uniform(*BOOT_S), device, kind)


def _ports(device: str, seed: int, start: float, per_year: float) -> Iterator[Fault]:
    """Yield ports that go down where customers are: the last ones of a device, never its way to the agent."""
    random = Random(f"{seed}/port/{device}")
    for at in arrivals(random, per_year, start):
        yield Fault(at - start, random.uniform(*PORT_S), device, "port", number=-random.randint(1, 2))


def _doors(site: str, seed: int, start: float, per_year: float) -> Iterator[Fault]:
    random = Random(f"{seed}/door/{site}")
    for at in arrivals(random, per_year, start, working, _WORKING):
        yield Fault(at - start, random.uniform(*VISIT_S), site, "door")
