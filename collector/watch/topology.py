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
            at = min(ways, key=lambda way: (self._hops[way], way))
            found = at
            if self._hops[at] == 0:
                break
        return found

    def cut_off_by(self, device: str) -> set[str]:
        """Return the devices that are reached only through this one."""
        without = self._reached({root for root in self._hops if self._hops[root] == 0} - {device}, passing_by=device)
        return self._hops.keys() - without.keys() - {device}

    def _reached(self, start: set[str], passing_by: str = "") -> Mapping[str, int]:
        hops = dict.fromkeys(start, 0)
        todo = deque(sorted(start))
        while todo:
            at = todo.popleft()
            for there in self._neighbours.get(at, ()):
                if there not in hops and there != passing_by:
                    hops[there] = hops[at] + 1
                    todo.append(there)
        return hops
