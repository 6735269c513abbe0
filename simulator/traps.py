"""What the devices say unasked: linkDown and linkUp, coldStart, and a UPS that runs on its battery.

A notification leaves from its device's own address, and it is lost like any datagram when the way is cut. Nothing
repeats it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping

from contract.inventory import Inventory
from simulator.model.change import Change
from simulator.model.world import World
from simulator.snmp import notice
from simulator.snmp.device import Device
from simulator.snmp.server import Address

Send = Callable[[Device, bytes, Address], None]


class Traps:
    """`take` is told each change after it has been played to the devices."""

    def __init__(
        self,
        inventory: Inventory,
        world: World,
        devices: Mapping[str, Device],
        to: Mapping[str, Address],
        send: Send,
        began: int,
    ) -> None:
        """`to`: where each agent listens; the devices of others tell nobody. `began`: the ticks at which all is as it
        is now."""
        self._world, self._devices, self._send = world, devices, send
        self._to = {entry.id: to[entry.agent] for entry in inventory.devices if entry.agent in to}
        ups = (entry for entry in inventory.devices if entry.role == "power" and entry.id in self._to)
        self._ups = {entry.site: entry.id for entry in ups}
        self._near = _near(inventory)
        self._up = {name: devices[name].up(began) for name in self._to}

    def take(self, change: Change, ticks: int) -> None:
        """Let the devices say what they notice of a change; `ticks`: as of `Play.take`."""
        if change.state == "started" and change.element in self._to:
            self._up[change.element] = self._devices[change.element].up(ticks)  # it does not know how they were
            self._say(change.element, ticks, (notice.COLD_START, []))
        for name in self._near.get(change.element, ()):
            if name in self._to:
                self._look(name, ticks)
        if change.state in ("mains_cut", "mains_back") and (ups := self._ups.get(change.element)):
            self._power(ups, change, ticks)

    def _look(self, name: str, ticks: int) -> None:
        before, now = self._up[name], self._devices[name].up(ticks)
        self._up[name] = now
        for port, (was, is_up) in enumerate(zip(before, now, strict=True), 1):
            if was != is_up:
                self._say(name, ticks, notice.link(port, up=is_up))

    def _power(self, ups: str, change: Change, ticks: int) -> None:
        if change.state == "mains_cut":
            battery = self._world.battery(change.element, change.time)
            self._say(ups, ticks, notice.on_battery(battery.left_s, battery.on_s))
        self._say(ups, ticks, notice.alarm(raised=change.state == "mains_cut"))

    def _say(self, name: str, ticks: int, told: notice.Notice) -> None:
        device = self._devices[name]
        if message := device.notify(ticks, *told):
            self._send(device, message, self._to[name])


def _near(inventory: Inventory) -> dict[str, list[str]]:
    """Return, by what a change is of (a site, link or device), the devices whose ports may notice it."""
    ends = {link.id: link.ends for link in inventory.links}
    beside = defaultdict[str, dict[str, None]](dict)
    for near, far in ends.values():
        beside[near][far] = beside[far][near] = None
    out: dict[str, list[str]] = {link: list(both) for link, both in ends.items()}
    sites = defaultdict[str, dict[str, None]](dict)
    for device in inventory.devices:
        out[device.id] = [device.id, *beside[device.id]]
        sites[device.site] |= dict.fromkeys(out[device.id])
    return out | {site: list(them) for site, them in sites.items()}
