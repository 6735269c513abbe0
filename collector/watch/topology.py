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
        self._doors: dict[str, set[str]] = {}  # root: the agents that stand there
        for name, roots in self.roots.items():
            for root in roots & self.neighbours.keys():
                self._doors.setdefault(root, set()).add(name)
        self._standing = len(set().union(*self._doors.values()))
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
        cut: set[str] = set()
        met: set[str] = set()
        for start in {there for device in dead for there in self.neighbours.get(device, ())} - dead:
            if start not in met:
                part, agents = self._beside(start, dead)
                met |= part
                cut |= {one for one in part if self.agent_of[one] not in agents and self.ways(one, self.agent_of[one])}
        return cut

    def _beside(self, start: str, dead: Set[str]) -> tuple[set[str], set[str]]:
        """Return what hangs together with a device when the dead are taken away, and the agents that stand there; not
        all of it where all agents do, for then nothing of it is cut off."""
        part, todo = {start}, [start]
        agents: set[str] = set()
        while todo and len(agents) < self._standing:
            at = todo.pop()
            agents |= self._doors.get(at, set())
            new = [there for there in self.neighbours[at] if there not in dead and there not in part]
            part.update(new)
            todo += new
        return part, agents

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
