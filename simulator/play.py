"""What comes to pass in the model, played to the devices and the sensors by which it is seen from outside."""

from collections import defaultdict

from contract.inventory import Inventory
from simulator.model.change import Change
from simulator.model.world import OFF_CM, World
from simulator.sensors import Sensors
from simulator.snmp.device import Device
from simulator.snmp.kinds import Equipment
from simulator.traps import Traps


class Play:
    """Plays changes in the order of their times."""

    def __init__(
        self,
        inventory: Inventory,
        world: World,
        equipment: Equipment,
        sensors: Sensors | None = None,
        traps: Traps | None = None,
    ) -> None:
        """`sensors` and `traps` are None where nothing speaks by itself."""
        self._world, self._equipment, self._sensors, self._traps = world, equipment, sensors, traps
        self._at = defaultdict[str, list[str]](list)
        for device in inventory.devices:
            self._at[device.site].append(device.id)
        self._ports: dict[str, int] = {}  # those that are down, by root
        self._cut: set[str] = set()

    def take(self, change: Change, ticks: int) -> None:
        """Let a change come to pass; `ticks`: the time by the wall, in hundredths of a second since 1970."""
        device = self._equipment.devices.get(change.element)
        if device:
            self._device(device, change, ticks)
        elif change.element in self._equipment.flows:
            self._link(change.element, change.time, ticks)
        elif change.state == "dark" or (change.state == "flooded" and (change.number or 0.0) >= OFF_CM):
            for name in self._at[change.element]:
                self._equipment.devices[name].off(ticks)
            self._equipment.routes.adapt(ticks)
        if self._sensors:
            self._sensors.take(change)
        for names, up in ((change.down, False), (change.up, True)):
            for name in names:
                if other := self._equipment.devices.get(name):
                    other.reach(up=up)
        if self._traps:
            self._traps.take(change, ticks)

    def _device(self, device: Device, change: Change, ticks: int) -> None:
        match change.state:
            case "broken" | "reboot":
                device.off(ticks)
            case "started":
                device.reboot(ticks)
            case "counter_reset":
                device.reset(ticks, told=False)
            case "port_down" if device.ports:
                self._ports[change.root] = port = _port(int(change.number or -1), device.ports)
                device.link(port, ticks, up=False)
            case "port_up" if change.root in self._ports:
                device.link(self._ports.pop(change.root), ticks, up=True)
        self._equipment.routes.adapt(ticks)

    def _link(self, link: str, time: float, ticks: int) -> None:
        if self._world.carries(link) == (link in self._cut):
            self._cut ^= {link}
            self._equipment.link(link, ticks, up=link not in self._cut)
            self._equipment.routes.adapt(ticks)
        self._equipment.adapt(link, ticks, self._world.signal(link, time))


def _port(number: int, ports: int) -> int:
    """Return an ifIndex that a device has; below zero it is counted from the last one."""
    return max(1, min(number if number > 0 else ports + 1 + number, ports))
