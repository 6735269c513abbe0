"""Which devices their agents do not reach: as `topology.cut_off`, with links that are cut, and quick."""

from collections import defaultdict
from collections.abc import Collection, Set
from functools import lru_cache

from contract.inventory import Inventory


class Reach:
    """The network of an inventory. What nothing joins to its agent's site is reached directly."""

    def __init__(self, inventory: Inventory) -> None:
        self._ways = defaultdict[str, list[tuple[str, str]]](list)
        for link in inventory.links:
            one, other = link.ends
            self._ways[one].append((other, link.id))
            self._ways[other].append((one, link.id))
        sites = {agent.id: agent.site for agent in inventory.agents}
        self._roots, mine = defaultdict[str, list[str]](list), defaultdict[str, set[str]](set)
        for device in inventory.devices:
            mine[device.agent].add(device.id)
            if device.site == sites.get(device.agent):
                self._roots[device.agent].append(device.id)
        whole = self._parts(frozenset(), frozenset())
        self._led_to = {agent: devices & _met(self._roots[agent], whole) for agent, devices in mine.items()}
        self._known = lru_cache(maxsize=64)(self._found)  # what begins and ends leaves all as it was: half are known

    def gone(self, dead: Set[str], cut: Collection[str]) -> frozenset[str]:
        """Return the devices that are not reached when these are dead and these links cut; the dead among them."""
        return self._known(frozenset(dead), frozenset(cut))

    def _found(self, dead: frozenset[str], cut: frozenset[str]) -> frozenset[str]:
        parts = self._parts(dead, cut)
        out = set(dead)
        for agent, devices in self._led_to.items():
            out |= devices - _met(self._roots[agent], parts)
        return frozenset(out)

    def _parts(self, dead: Set[str], cut: Collection[str]) -> dict[str, set[str]]:
        """Return, for each device that hangs together with a root, what it hangs together with."""
        out: dict[str, set[str]] = {}
        for roots in self._roots.values():
            for root in roots:
                if root not in out and root not in dead:
                    out.update(dict.fromkeys(part := self._part(root, dead, cut), part))
        return out

    def _part(self, root: str, dead: Set[str], cut: Collection[str]) -> set[str]:
        part, waiting = {root}, [root]
        while waiting:
            for name, link in self._ways.get(waiting.pop(), ()):
                if name not in part and name not in dead and link not in cut:
                    part.add(name)
                    waiting.append(name)
        return part


def _met(roots: Collection[str], parts: dict[str, set[str]]) -> set[str]:
    return set().union(*(parts[root] for root in roots if root in parts))
