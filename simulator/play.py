"""What comes to pass in the model, played to the devices and the sensors by which it is seen from outside."""

from contract.inventory import Inventory
from simulator.model.change import Change
from simulator.model.world import World
from simulator.sensors import Sensors
from simulator.snmp.kinds import Equipment


class Play:
    """Changes must come in the order of time."""

    def __init__(self, inventory: Inventory, equipment: Equipment, world: World, sensors: Sensors | None) -> None:
        self._equipment, self._world, self._sensors = equipment, world, sensors
        self._at = {site.id: [device.id for device in inventory.devices if device.site == site.id] for site in inventory.sites}

    def take(self, change: Change, now: float, ticks: int) -> None:
        """Let it come to pass at a simulated time, which is `ticks` of the wall."""
        self._devices(change, now, ticks)
        if self._sensors:
            self._sensors.take(change)
        for names, up in ((change.down, False), (change.up, True)):
            for name in names:
                if device := self._equipment.devices.get(name):
                    device.reach(up=up)

    def _devices(self, change: Change, now: float, ticks: int) -> None:
        devices, element = self._equipment.devices, change.element
        match change.state:
            case "link_down" | "link_up":
                self._equipment.link(element, ticks, up=change.state == "link_up")
            case "port_down" | "port_up":
                devices[element].link(int(change.number or 0), ticks, up=change.state == "port_up")
            case "dark":
                for name in self._at[element]:
                    devices[name].off(ticks)
            case "reboot":
                devices[element].off(ticks)
            case "started":
                devices[element].reboot(ticks)
            case "counter_reset":
                devices[element].reset(ticks, told=True)
        if element in self._equipment.radios:
            self._equipment.adapt(element, ticks, self._world.signal(element, now))
