"""The simulated routers of an inventory."""

from contract.inventory import Inventory
from simulator.model.topology import neighbours
from simulator.snmp.credential import Community
from simulator.snmp.device import Device
from simulator.snmp.parts import Shared
from simulator.snmp.plain import plain_router


def build(inventory: Inventory, start: int, *, seed: int, ports: int, community: str) -> dict[str, Device]:
    """Return a simulated router for each device, by id. `start`: ticks, see `plain_router`; its first ports lead where
    its links do, in their order: in the sample port 1 leads towards the agent, but at the agent's own."""
    areas = {area.id: area.name for area in inventory.areas}
    sites = {site.id: f"{site.name}, {areas.get(site.area, site.area)}" for site in inventory.sites}
    ways, shared = neighbours(inventory), Shared()
    return {
        device.id: plain_router(
            device.id,
            sites.get(device.site, device.site),
            ways.get(device.id, [])[:ports],
            ports=ports,
            seed=seed,
            began=start,
            credential=Community(community.encode()),
            shared=shared,
        )
        for device in inventory.devices
    }
