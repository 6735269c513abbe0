"""The simulated routers of an inventory."""

from contract.inventory import Inventory
from simulator.model.topology import neighbours
from simulator.snmp.device import Device, Facts
from simulator.snmp.objects import layout


def build(inventory: Inventory, start: int, *, seed: int, ports: int, community: str) -> dict[str, Device]:
    """Return a simulated router for each device, by id. `start`: ticks, see `Device`; its first ports lead where its
    links do, in their order: in the sample port 1 leads towards the agent, but at the agent's own."""
    areas = {area.id: area.name for area in inventory.areas}
    sites = {site.id: f"{site.name}, {areas.get(site.area, site.area)}" for site in inventory.sites}
    ways = neighbours(inventory)
    shared = layout(ports)
    return {
        device.id: Device(
            Facts(device.id, sites.get(device.site, device.site), ways.get(device.id, [])[:ports]),
            shared,
            ports,
            seed,
            start,
            community=community,
        )
        for device in inventory.devices
    }
