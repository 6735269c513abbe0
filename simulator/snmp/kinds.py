"""The equipment of an inventory: a device for each of its devices, of the kind that its role says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from contract.inventory import Device as Entry
from contract.inventory import Inventory, Link
from simulator.snmp import olt, router, ways
from simulator.snmp.clock import Clock
from simulator.snmp.credential import Credential
from simulator.snmp.device import Device
from simulator.snmp.gate import opener
from simulator.snmp.kind import Facts, Made
from simulator.snmp.microwave import microwave, share
from simulator.snmp.parts import Shared
from simulator.snmp.ports import Port
from simulator.snmp.power import ASKED_BPS, power
from simulator.snmp.responder import MAX_SIZE
from simulator.snmp.routes import Routes
from simulator.snmp.scene import Scene
from simulator.snmp.system import system
from simulator.snmp.traffic import Flow
from simulator.snmp.ways import Way
from simulator.snmp.week import TICKS

KINDS = ("router", "olt", "microwave", "power")
_DAY = 24 * 3600 * TICKS


@dataclass(frozen=True, slots=True)
class Equipment:
    """Devices and what passes over the links between them, by their ids."""

    devices: Mapping[str, Device]
    flows: Mapping[str, Flow]
    radios: Mapping[str, Sequence[tuple[Port, int]]]
    routes: Routes

    def link(self, link: str, ticks: int, *, up: bool) -> None:
        """Cut a link, or mend it: the ports at both ends go down, or up when nothing else keeps them down.

        Raises:
            KeyError: there is none.
        """
        flow = self.flows[link]
        if up:
            flow.free("cut", ticks)
        else:
            flow.block("cut", ticks)

    def adapt(self, link: str, ticks: int, dbm: float) -> None:
        """Let the radios of a microwave link be as fast as that received power allows. Other links have none."""
        for port, full_bps in self.radios.get(link, ()):
            port.narrow(ticks, int(full_bps * share(dbm)), share(dbm))


def build(
    inventory: Inventory,
    scene: Scene,
    *,
    seed: int,
    credentials: Mapping[str, Credential],
    max_size: int = MAX_SIZE,
) -> Equipment:
    """Return the equipment as it is when `scene.week` begins: up for some days already. A role that is none of `KINDS`
    is a router's. `max_size`: octets of the largest response.

    Raises:
        KeyError: a device's credential is not there.
    """
    places = {area.id: area.name for area in inventory.areas}
    sites = {site.id: f"{site.name}, {places.get(site.area, site.area)}" for site in inventory.sites}
    randoms = {device.id: Random(f"{seed}/{device.id}") for device in inventory.devices}
    links = ways.by_device(inventory)
    roles = {device.id: device.role for device in inventory.devices}
    behind = {
        device.id: _customers(device, links.get(device.id, ()), roles, randoms[device.id], scene)
        for device in inventory.devices
    }
    asked = {name: sum(way.asked_bps for way in them) for name, them in behind.items()}
    asked |= {device.id: ASKED_BPS for device in inventory.devices if device.role == "power"}
    loads, totals = ways.loads(inventory, asked, {link.id for link in inventory.links})
    flows = ways.flows(inventory, loads, scene.week, seed)
    openers = {name: opener(credential) for name, credential in credentials.items()}
    shared, devices = Shared(), {}
    radios: dict[str, list[tuple[Port, int]]] = {}
    outside: dict[str, Flow] = {}
    for entry in inventory.devices:
        random, began = randoms[entry.id], scene.week.began
        clock = Clock(began - random.randrange(_DAY, 200 * _DAY), random.randint(1, 40))
        facts = Facts(entry.id, sites.get(entry.site, entry.site), entry.site, clock.boot)
        out = [ways.way(link, end, flows[link.id]) for link, end in links.get(entry.id, ())]
        if entry.id in totals and ways.is_core(entry):
            out.append(ways.outside(totals[entry.id], scene.week, random))
            outside[entry.id] = out[-1].flow
        made = _made(entry.role, facts, out, behind[entry.id], scene, random)
        for port, way in zip(made.ports, made.ways, strict=True):
            if way.radio and way.link:
                radios.setdefault(way.link, []).append((port, way.speed_bps))
        kind = entry.role if entry.role in KINDS else "router"
        parts = [system(kind, facts.name, facts.location, clock.uptime), *made.parts]
        mib = shared.mib(parts)
        gate = openers[entry.credential](mib, clock, entry.id, max_size)
        devices[entry.id] = Device(entry.id, mib, made.ports, clock, gate)
    return Equipment(devices, flows, radios, Routes(inventory, asked, flows, outside))


def _customers(
    entry: Entry, links: Sequence[tuple[Link, int]], roles: Mapping[str, str | None], random: Random, scene: Scene
) -> list[Way]:
    match entry.role:
        case "olt":
            return olt.customers(random, scene.week)
        case "microwave" | "power":
            return []
    commune = any(roles.get(link.ends[1 - end]) == "olt" for link, end in links)
    return router.customers(len(links), entry.level, random, scene.week, commune=commune)


def _made(
    role: str | None, facts: Facts, links: Sequence[Way], customers: Sequence[Way], scene: Scene, random: Random
) -> Made:
    match role:
        case "olt":
            return olt.olt(facts, links, customers, scene, random)
        case "microwave":
            return microwave(facts, links, scene, random)
        case "power":
            return power(facts, scene)
    return router.router(facts, [*links, *customers], scene, random)
