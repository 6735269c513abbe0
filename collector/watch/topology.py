"""Which device is reached through which, from the links of the inventory. Pure.

An agent's own site is its door to the network: the devices there are the roots of what it polls. A device without
links, and one of a part of the network that its agent has no root in, is taken as reached directly.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Set

from contract.inventory import Inventory

Answers = Callable[[str], str | None]  # how a device answers now: up, down or unclear; None: it cannot be seen


class Topology:
    """The links of one inventory version, by device."""

    def __init__(self, inventory: Inventory) -> None:
        self._neighbours: dict[str, list[str]] = {}
        for link in inventory.links:
            for here, there in (link.ends, link.ends[::-1]):
                self._neighbours.setdefault(here, []).append(there)
        at_site: dict[str, set[str]] = {}
        for device in inventory.devices:
            at_site.setdefault(device.site, set()).add(device.id)
        self._agent_of = {device.id: device.agent for device in inventory.devices}
        self._polled_by: dict[str, set[str]] = {}
        for device in inventory.devices:
            self._polled_by.setdefault(device.agent, set()).add(device.id)
        self._roots = {agent.id: at_site.get(agent.site or "", set()) for agent in inventory.agents}
        self._part_of = self._parts(self._neighbours.keys())
        self._hops: dict[str, Mapping[str, int]] = {}  # by agent, when it is first asked for

    def ways(self, device: str) -> list[str]:
        """Return the devices through which this one may be reached; none when it is reached directly."""
        return self._ways(device, self._agent_of[device])

    def blame(self, answer: Answers) -> Callable[[str], str | None]:
        """Return a function that names, for a device that does not answer, the dead one that cuts it off from its
        agent; None when the fault is its own. Where several in a row are dead it is the one nearest to the agent. What
        cannot be seen is no proof: a way through it may be open as long as something behind it may be. The function
        remembers: it is good for one moment only."""
        known: dict[tuple[str, str], str | None] = {}

        def behind(device: str) -> str | None:
            agent = self._agent_of[device]
            hops = self._hops_from(agent)
            row: list[tuple[str, str]] = []
            at = agent, device
            while at not in known:
                dead = self._dead_around(at[1], agent, answer)
                if not dead:
                    known[at] = None
                    break
                row.append(at)
                at = agent, min(dead, key=lambda one: (hops.get(one, len(hops)), one))
            known.update(dict.fromkeys(row, known[at] or at[1]))
            return known[agent, device]

        return behind

    def cut_off_by(self, dead: Set[str]) -> set[str]:
        """Return the devices that are reached only through some of these."""
        part_of = self._parts(self._neighbours.keys() - dead)
        open_parts = {
            agent: {part_of[root] for root in roots if root in part_of} for agent, roots in self._roots.items()
        }
        return {
            device
            for device, part in part_of.items()
            if self.ways(device) and part not in open_parts[self._agent_of[device]]
        }

    def _ways(self, device: str, agent: str) -> list[str]:
        if device in self._roots[agent] or device not in self._hops_from(agent):
            return []
        return self._neighbours[device]

    def _dead_around(self, device: str, agent: str, answer: Answers) -> set[str]:
        """Return the dead devices at which all ways to a device end, on the way back from it to its agent; none when
        one of the ways may be open."""
        dead: set[str] = set()
        met, todo = {device}, list(self._ways(device, agent))
        while todo:
            way = todo.pop()
            if way in met:
                continue
            met.add(way)
            said = answer(way)
            if said == "down":
                dead.add(way)
            elif said is not None or way in self._roots[agent]:
                return set()
            else:
                todo += self._neighbours[way]
        return dead

    def _hops_from(self, agent: str) -> Mapping[str, int]:
        """Return how far from the roots of an agent devices are, as far as its own are."""
        if agent not in self._hops:
            roots = sorted(self._roots[agent] & self._neighbours.keys())
            here = {self._part_of[root] for root in roots}
            hops = dict.fromkeys(roots, 0)
            mine = self._polled_by.get(agent, set())
            wanted = {one for one in mine - hops.keys() if self._part_of.get(one) in here}
            todo = deque(roots)
            while todo and wanted:
                at = todo.popleft()
                for there in self._neighbours[at]:
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
                    todo += self._neighbours[at]
        return part_of
