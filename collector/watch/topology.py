"""Which device is reached through which, from the links of the inventory. Pure.

An agent's own site is its door to the network: the devices there are the roots of what it polls. A device without
links, and one of a part of the network that its agent has no root in, is taken as reached directly.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Set

from contract.inventory import Inventory


class Topology:
    """The links of one inventory version. `neighbours` are the other ends of a device's links, `agent_of` is who polls
    it, `roots` are the devices at the door of each agent."""

    def __init__(self, inventory: Inventory) -> None:
        self.neighbours: dict[str, list[str]] = {}
        for link in inventory.links:
            for here, there in (link.ends, link.ends[::-1]):
                self.neighbours.setdefault(here, []).append(there)
        at_site: dict[str, set[str]] = {}
        self._polled_by: dict[str, set[str]] = {}
        for device in inventory.devices:
            at_site.setdefault(device.site, set()).add(device.id)
            self._polled_by.setdefault(device.agent, set()).add(device.id)
        self.agent_of = {device.id: device.agent for device in inventory.devices}
        self.roots = {agent.id: at_site.get(agent.site or "", set()) for agent in inventory.agents}
        self._part_of = self._parts(self.neighbours.keys())
        self._hops: dict[str, Mapping[str, int]] = {}  # by agent, when it is first asked for

    def ways(self, device: str, agent: str) -> list[str]:
        """Return the devices through which an agent may reach this one; none when it is reached directly."""
        if device in self.roots[agent] or device not in self.hops(agent):
            return []
        return self.neighbours[device]

    def is_end(self, devices: Set[str]) -> bool:
        """Whether nothing else can be reached through these: no agent stands at them, and no more than one way leads
        out."""
        out = {there for device in devices for there in self.neighbours.get(device, ()) if there not in devices}
        return len(out) <= 1 and not any(roots & devices for roots in self.roots.values())

    def cut_off_by(self, dead: Set[str]) -> set[str]:
        """Return the devices that are reached only through some of these."""
        part_of = self._parts(self.neighbours.keys() - dead)
        open_parts = {
            agent: {part_of[root] for root in roots if root in part_of} for agent, roots in self.roots.items()
        }
        return {
            device
            for device, part in part_of.items()
            if self.ways(device, self.agent_of[device]) and part not in open_parts[self.agent_of[device]]
        }

    def hops(self, agent: str) -> Mapping[str, int]:
        """Return how far from the roots of an agent devices are, as far as its own are."""
        if agent not in self._hops:
            roots = sorted(self.roots[agent] & self.neighbours.keys())
            here = {self._part_of[root] for root in roots}
            hops = dict.fromkeys(roots, 0)
            mine = self._polled_by.get(agent, set())
            wanted = {one for one in mine - hops.keys() if self._part_of.get(one) in here}
            todo = deque(roots)
            while todo and wanted:
                at = todo.popleft()
                for there in self.neighbours[at]:
                    if there not in hops:
                        hops[there] = hops[at] + 1
                        wanted.discard(there)
                        todo.append(there)
            self._hops[agent] = hops
        return self._hops[agent]

    def _parts(self, devices: Iterable[str]) -> dict[str, str]:
        """Return which connected part of these devices each belongs to, named by one of them."""
        free = set(devices)
        part_of: dict[str, str] = {}
        for name in sorted(free):
            todo = [name] if name not in part_of else []
            while todo:
                at = todo.pop()
                if at in free and at not in part_of:
                    part_of[at] = name
                    todo += self.neighbours[at]
        return part_of
