"""What is true in a province, worked out without any of the watcher's code: by plain sets and paths."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from contract.inventory import Device, Inventory

UNSEEN, UP, DOWN = "unseen", "up", "down"


@dataclass(frozen=True)
class Facts:
    """What is so for one second. `down` have a fault of their own; `alive` answer; `own` do not, though what they are
    reached through does; `suspect` do not, and nothing that can be seen explains it; `blind` are agents that cannot be
    heard, `planned` the ids that lie in maintenance; `deaf`: the collector is cut off from the broker; `restless`: it
    does not run, or was disturbed."""

    down: frozenset[str]
    alive: frozenset[str]
    own: frozenset[str]
    suspect: frozenset[str]
    blind: frozenset[str]
    planned: frozenset[str]
    deaf: bool
    restless: bool


class Map:
    """An inventory as ways between devices."""

    def __init__(self, inventory: Inventory) -> None:
        self.devices: Mapping[str, Device] = {one.id: one for one in inventory.devices}
        self.area_of = {site.id: site.area for site in inventory.sites}
        self.parent = {area.id: area.parent for area in inventory.areas}
        self.agents = {agent.id: agent.site for agent in inventory.agents}
        self._ends = [link.ends for link in inventory.links]
        self._paths: dict[str, list[tuple[str, ...]]] = {}

    def routers(self, site: str) -> list[str]:
        """The routers of a site."""
        return [one.id for one in self.devices.values() if one.site == site and one.role == "router"]

    def paths(self, device: str) -> list[tuple[str, ...]]:
        """All ways from a device to a door of its agent, without the device itself; none when it needs none."""
        if device not in self._paths:
            door = self.agents[self.devices[device].agent]
            doors = {one.id for one in self.devices.values() if door is not None and one.site == door}
            ways = [] if device in doors else [way for way in self._walk(device, (device,)) if way[-1] in doors]
            self._paths[device] = ways
        return self._paths[device]

    def alive(self, down: Collection[str]) -> frozenset[str]:
        """Which devices answer when some have a fault."""
        return frozenset(one for one in self.devices if one not in down and self.is_open(one, down))

    def is_open(self, device: str, down: Collection[str]) -> bool:
        """Whether a device can be reached."""
        ways = self.paths(device)
        return not ways or any(not set(way) & set(down) for way in ways)

    def is_blamed(self, device: str, seen: Mapping[str, str], own: Collection[str]) -> bool:
        """Whether all ways of a device that does not answer end at one that was seen dead. One of another agent is no
        proof but when it has a fault of its `own`."""
        agent = self.devices[device].agent
        here = dict(seen)
        for name, state in seen.items():
            if self.devices[name].agent != agent:
                here[name] = DOWN if state == DOWN and name in own else UNSEEN
        ways = self.paths(device)
        reached = [way for end in self.devices if end != device for way in self._walk(device, (device,), end)]
        proof = any(here[way[-1]] == UP and all(here[one] == UNSEEN for one in way[:-1]) for way in reached)
        doubt = any(all(here[one] == UNSEEN for one in way) for way in ways)
        return bool(ways) and not proof and not doubt

    def suspects(self, down: Collection[str], blind: Collection[str]) -> frozenset[str]:
        """Which devices do not answer, and nothing dead is seen that they are behind."""
        alive = self.alive(down)
        own = {one for one in down if one in self.devices and self.is_open(one, down)}
        seen = {
            name: UNSEEN if device.agent in blind else UP if name in alive else DOWN
            for name, device in self.devices.items()
        }
        return frozenset(one for one in self.devices.keys() - alive if not self.is_blamed(one, seen, own))

    def around(self, subject: str) -> set[str]:
        """A subject and what it lies in."""
        out = {subject}
        site = self.devices[subject].site if subject in self.devices else self.agents.get(subject) or subject
        out.add(site)
        at: str | None = self.area_of.get(site, site)
        while at is not None:
            out.add(at)
            at = self.parent.get(at)
        return out

    def _walk(self, at: str, met: tuple[str, ...], end: str = "") -> Iterator[tuple[str, ...]]:
        for here, there in self._ends:
            for one, other in ((here, there), (there, here)):
                if one == at and other not in met:
                    if not end or other == end:
                        yield (*met[1:], other)
                    if other != end:
                        yield from self._walk(other, (*met, other), end)
