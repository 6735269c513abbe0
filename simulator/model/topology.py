"""What a dead device takes with it: an agent reaches the devices one through another, from its own site on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set

from contract.inventory import Inventory


def cut_off(inventory: Inventory, dead: Set[str]) -> frozenset[str]:
    """Return the devices that their agents do not reach: the dead, and those to which every way leads over a dead one.

    A way begins at any device of the agent's site. What no links join to it is reached directly.
    """
    ways = neighbours(inventory)
    sites = {agent.id: agent.site for agent in inventory.agents}
    roots, mine = defaultdict(set), defaultdict(set)
    for device in inventory.devices:
        mine[device.agent].add(device.id)
        if device.site == sites.get(device.agent):
            roots[device.agent].add(device.id)
    out = set(dead)
    for agent, devices in mine.items():
        out |= devices & (_reached(roots[agent], ways, frozenset()) - _reached(roots[agent], ways, dead))
    return frozenset(out)


def neighbours(inventory: Inventory) -> dict[str, list[str]]:
    """Return the other ends of each device's links, in the order of the inventory."""
    out: dict[str, list[str]] = defaultdict(list)
    for link in inventory.links:
        one, other = link.ends
        out[one].append(other)
        out[other].append(one)
    return out


def leaves(inventory: Inventory) -> frozenset[str]:
    """Return the devices that take no other with them."""
    names = (device.id for device in inventory.devices)
    return frozenset(name for name in names if cut_off(inventory, {name}) == {name})


def _reached(roots: Iterable[str], ways: Mapping[str, Iterable[str]], dead: Set[str]) -> set[str]:
    waiting = [root for root in roots if root not in dead]
    out = set(waiting)
    while waiting:
        for name in ways.get(waiting.pop(), ()):
            if name not in out and name not in dead:
                out.add(name)
                waiting.append(name)
    return out
