"""Which device is reached through which, from the links of the inventory. Pure.

An agent's own site is its door to the network: the devices there are the roots of what it polls. A device without
links, and one of a part of the network that no root belongs to, is taken as reached directly.
"""

from collections import deque
from collections.abc import Callable, Mapping

from contract.inventory import Inventory

Answers = Callable[[str], bool]


class Topology:
    """The links of one inventory version, by device."""

    def __init__(self, inventory: Inventory) -> None:
        self._neighbours: dict[str, list[str]] = {}
        for link in inventory.links:
            for here, there in (link.ends, link.ends[::-1]):
                self._neighbours.setdefault(here, []).append(there)
        doors = {agent.site for agent in inventory.agents}
        self._roots = {device.id for device in inventory.devices if device.site in doors}
        self._hops = self._reached({root for root in self._roots if root in self._neighbours})
        self._toward = {
            device: min(self._neighbours[device], key=lambda way: (self._hops[way], way)) for device in self._hops
        }

    def ways(self, device: str) -> list[str]:
        """Return the devices through which this one may be reached; none when it is reached directly."""
        if device in self._roots or device not in self._hops:
            return []
        return self._neighbours[device]

    def behind(self, device: str, answers: Answers) -> str | None:
        """Return which dead device cuts this one, which does not answer, off from its agent; None when the fault is its
        own. Where several in a row are dead it is the one nearest to the agent."""
        found: str | None = None
        at = device
        while (ways := self.ways(at)) and not any(map(answers, ways)):
            at = found = self._toward[at]
            if self._hops[at] == 0:
                break
        return found

    def blame(self, dead: set[str]) -> dict[str, str]:
        """Return the same for all of the dead devices at once; those whose fault is their own are left out."""
        out: dict[str, str] = {}
        for device in sorted(dead & self._hops.keys(), key=self._hops.__getitem__):
            if (ways := self.ways(device)) and dead.issuperset(ways):
                nearer = self._toward[device]
                out[device] = out.get(nearer, nearer)
        return out

    def cut_off_by(self, device: str) -> set[str]:
        """Return the devices that are reached only through this one."""
        cut: set[str] = set()
        for start in self._neighbours.get(device, ()) if device in self._hops else ():
            if start not in cut:
                cut |= self._only_through(device, start)
        return cut

    def _only_through(self, device: str, start: str) -> set[str]:
        """Return what hangs together with `start` when a device is taken away; nothing when some of it is no further
        from a root than the device, for then it has another way."""
        found, todo = {start}, [start]
        while todo:
            at = todo.pop()
            if self._hops[at] <= self._hops[device]:
                return set()
            new = [there for there in self._neighbours[at] if there != device and there not in found]
            found.update(new)
            todo += new
        return found

    def _reached(self, start: set[str]) -> Mapping[str, int]:
        hops = dict.fromkeys(start, 0)
        todo = deque(sorted(start))
        while todo:
            at = todo.popleft()
            for there in self._neighbours.get(at, ()):
                if there not in hops:
                    hops[there] = hops[at] + 1
                    todo.append(there)
        return hops
