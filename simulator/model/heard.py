"""Who is heard: what is dead, cut or hung, and what that takes along."""

from collections import defaultdict
from collections.abc import Iterable

from contract.inventory import Inventory
from simulator.model.reach import Reach


class Heard:
    """Reasons come and go; `changes` says what they have changed. A device may be dead for several reasons at once."""

    def __init__(self, inventory: Inventory) -> None:
        self._reach = Reach(inventory)
        self._sites = {device.id: device.site for device in inventory.devices}
        routers, every = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
        for device in inventory.devices:
            every[device.site].add(device.id)
            if device.role == "router":
                routers[device.site].add(device.id)
        self._routers = {site: routers.get(site) or devices for site, devices in every.items()}
        self._others = defaultdict[str, list[str]](list)
        for sensor in inventory.sensors:
            self._others[sensor.site].append(sensor.id)
        for cell in inventory.cells:
            self._others[cell.site].append(cell.id)
        self._dead, self._cut = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
        self._hung = defaultdict[str, set[str]](set)
        self._gone: frozenset[str] = frozenset()
        self._mute: set[str] = set()  # sites that are not reached
        self._changed = False
        self.unheard: set[str] = set()

    @property
    def cut(self) -> Iterable[str]:
        """The links that carry nothing."""
        return self._cut.keys()

    def kill(self, devices: Iterable[str], reason: str) -> None:
        """Let devices be dead, for that reason among others."""
        for device in devices:
            self._dead[device].add(reason)
        self._changed = True

    def hang(self, device: str, reason: str) -> None:
        """Let a device say nothing, while all that leads over it goes on."""
        self._hung[device].add(reason)
        self._changed = True

    def sever(self, link: str, reason: str) -> None:
        """Let a link carry nothing."""
        self._cut[link].add(reason)
        self._changed = True

    def release(self, reason: str) -> None:
        """Let a reason be over, whatever it was of."""
        for reasons in (self._dead, self._hung, self._cut):
            for element in [element for element, said in reasons.items() if reason in said]:
                reasons[element].remove(reason)
                if not reasons[element]:
                    del reasons[element]
                self._changed = True

    def changes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return who is not heard any more, and who is again, since this was asked last."""
        if not self._changed:
            return (), ()
        self._changed = False
        before, self._gone = self._gone, self._reach.gone(self._dead.keys(), self._cut.keys())
        now = self._gone | self._hung.keys()
        was = {device for device in self.unheard if device in self._sites}
        down, up = set(now - was), set(was - now)
        for site in {self._sites[device] for device in before ^ self._gone}:
            mute = self._routers[site] <= self._gone
            if mute != (site in self._mute):
                (down if mute else up).update(self._others[site])
                (self._mute.add if mute else self._mute.discard)(site)
        self.unheard |= down
        self.unheard -= up
        return tuple(sorted(down)), tuple(sorted(up))
