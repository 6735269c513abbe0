"""What in an inventory refers to what there is, and yet cannot be so: times of areas, rings, addresses."""

from collections import defaultdict
from collections.abc import Iterator

from contract.config_file import Loaded, Problem
from contract.inventory import Area, Inventory, Link


def check(loaded: Loaded[Inventory]) -> list[Problem]:
    """Return the problems. What refers to nothing is passed over: that is a problem of its own."""
    return [*_times(loaded), *_former(loaded), *_rings(loaded), *_addresses(loaded)]


def _times(loaded: Loaded[Inventory]) -> Iterator[Problem]:
    areas = {area.id: area for area in loaded.value.areas}
    for i, area in enumerate(loaded.value.areas):
        parent = areas.get(area.parent or "")
        if parent and parent.since and area.since and area.since < parent.since:
            text = f"{area.id} is valid from {area.since} on, its parent {parent.id} only from {parent.since}"
            yield loaded.problem(("areas", i, "since"), text)
        if parent and parent.until and (area.until is None or area.until > parent.until):
            text = f"its parent {parent.id} ends on {parent.until}: give {area.id} another, or an `until`"
            yield loaded.problem(("areas", i, "until"), text)


def _former(loaded: Loaded[Inventory]) -> Iterator[Problem]:
    areas: dict[str, Area] = {area.id: area for area in loaded.value.areas}
    for i, area in enumerate(loaded.value.areas):
        former = areas.get(area.former or "")
        if former and former.level != "district":
            yield loaded.problem(("areas", i, "former"), f"{former.id} is a {former.level}, a district is meant")


def _rings(loaded: Loaded[Inventory]) -> Iterator[Problem]:
    """Each ring is one way round: every device on it has two of its links, and all hang together."""
    rings = defaultdict[str, list[tuple[int, Link]]](list)
    for i, link in enumerate(loaded.value.links):
        if link.ring is not None:
            rings[link.ring].append((i, link))
    for name, links in rings.items():
        ways = defaultdict[str, list[str]](list)
        for _, link in links:
            one, other = link.ends
            ways[one].append(other)
            ways[other].append(one)
        key = ("links", links[0][0], "ring")
        if loose := sorted(device for device, others in ways.items() if len(others) != 2):
            yield loaded.problem(key, f"{name} is no ring: {loose[0]} has {len(ways[loose[0]])} of its links, not two")
        elif len(_round(ways)) < len(ways):
            yield loaded.problem(key, f"{name} is more than one ring: give each a name of its own")


def _round(ways: dict[str, list[str]]) -> set[str]:
    """Return what is met from one device on."""
    waiting, met = [next(iter(ways))], set[str]()
    while waiting:
        device = waiting.pop()
        if device not in met:
            met.add(device)
            waiting += ways[device]
    return met


def _addresses(loaded: Loaded[Inventory]) -> Iterator[Problem]:
    """An agent asks one device at an address by one credential: what two say there is one and the same."""
    first: dict[tuple[str, str, int, str], str] = {}
    for i, device in enumerate(loaded.value.devices):
        place = (device.agent, device.address, device.port, device.credential)
        other = first.setdefault(place, device.id)
        if other != device.id:
            text = f"{device.id} has the address, port and credential of {other}"
            yield loaded.problem(("devices", i, "address"), text)
