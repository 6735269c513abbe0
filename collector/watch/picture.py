"""What is so now: the status of every device, sensor, site and agent, and the cells by state.

It is kept from tick to tick. A site is worked out again where that may change it: an element of it was read, or its
reading has ceased to hold; maintenance of one began or ended; or a device of it is now behind a dead one, or no longer.
"""

from collections.abc import Iterator, Set

from collector.watch import coverage
from collector.watch.coverage import CellState, Tally
from collector.watch.network import Group, Network
from collector.watch.planned import Planned
from collector.watch.sight import Answer, Ask, Sight

DOWN, UP, UNKNOWN, MAINTENANCE, BEHIND = range(5)  # the values of status.status in the catalog
LVD_V = 42.0  # below this every low voltage disconnect of a 48 V system has opened (domain facts: 43 to 46 V)

Status = tuple[tuple[str, str], int]  # of a scope and subject


class Picture:
    """Not thread-safe: the watcher's. `now` is the status by scope and subject, `cells` their state by site."""

    def __init__(self) -> None:
        self.now: dict[tuple[str, str], int] = {}
        self.cells: dict[str, CellState] = {}
        self._changed: set[tuple[str, str]] = set()
        self._network: Network | None = None
        self._at = 0
        self._down: set[str] = set()
        self._behind: set[str] = set()
        self._planned: Set[str] = set()

    def look(self, now_ms: int, network: Network, sight: Sight, planned: Planned) -> None:
        """Make it the picture of `now_ms`."""

        def answer(element: str) -> Answer | None:
            return sight.answer(element, now_ms)

        read, in_maintenance = sight.take_read(), planned.at(now_ms, network)
        anew = network is not self._network or now_ms < self._at  # another inventory, or a clock that was put back
        if anew:
            self.now, self.cells, self._down, self._behind = {}, {}, set(), set()
            touched = set(network.elements)
        else:
            touched = read | sight.ended(self._at, now_ms) | (in_maintenance ^ self._planned)
        down = (self._down - touched) | {one for one in touched & network.device_ids if answer(one) == "down"}
        if down != self._down:
            behind = set(network.topology.blame(down))
            touched |= behind ^ self._behind
            self._down, self._behind = down, behind
        self._network, self._at, self._planned = network, now_ms, in_maintenance
        for site in network.sites if anew else {network.elements[one].site for one in touched}:
            for key, value in _statuses(site, answer, network, self._behind, in_maintenance):
                self._set(key, value)
            self.cells[site] = _cells(site, answer, network, sight)
        for agent in network.agents:
            self._set(("agent", agent), UNKNOWN if sight.is_silent(agent, now_ms) else UP)

    def take_changed(self) -> set[tuple[str, str]]:
        """Return whose status has changed since this was last asked; all after another inventory has come."""
        changed, self._changed = self._changed, set()
        return changed

    def _set(self, key: tuple[str, str], value: int) -> None:
        if self.now.get(key) != value:
            self.now[key] = value
            self._changed.add(key)


def tallies_of(area: str, now_ms: int, network: Network, sight: Sight) -> dict[Group, Tally]:
    """Return the cells of a commune by technology and operator."""
    groups = {group: cells for group, cells in network.cells.items() if group.area == area}
    sites = {cell.site for cells in groups.values() for cell in cells}

    def answer(element: str) -> Answer | None:
        return sight.answer(element, now_ms)

    return coverage.tallies(groups, {site: _cells(site, answer, network, sight) for site in sites})


def _statuses(site: str, answer: Ask, network: Network, behind: Set[str], in_maintenance: Set[str]) -> Iterator[Status]:
    """Yield the status of a site and of what is there. That of the site is that of its best router."""
    for sensor in network.sensors_of.get(site, ()):
        heard = answer(sensor.id) is not None
        yield ("sensor", sensor.id), MAINTENANCE if sensor.id in in_maintenance else UP if heard else UNKNOWN
    found: dict[str, int] = {}
    for device in network.devices[site]:
        said = answer(device.id)
        if device.id in in_maintenance:
            found[device.id] = MAINTENANCE
        elif said == "down":
            found[device.id] = BEHIND if device.id in behind else DOWN
        else:
            found[device.id] = UP if said == "up" else UNKNOWN
        yield ("device", device.id), found[device.id]
    yield ("site", site), _of_site([found[router.id] for router in network.routers(site)])


def _of_site(routers: list[int]) -> int:
    for value in (MAINTENANCE, UP, UNKNOWN, BEHIND):
        if value in routers:
            return value
    return DOWN if routers else UNKNOWN


def _cells(site: str, answer: Ask, network: Network, sight: Sight) -> CellState:
    has_power = not any(
        _is_dark(sensor.id, sight) for sensor in network.sensors_of.get(site, ()) if answer(sensor.id) is not None
    )
    return coverage.cell_state([answer(router.id) for router in network.routers(site)], has_power=has_power)


def _is_dark(sensor: str, sight: Sight) -> bool:
    """Whether a sensor says that the power of its site is used up."""
    charge, bus = sight.values.get((sensor, "battery", "charge_pct")), sight.values.get((sensor, "rectifier", "volts"))
    if (charge is None or charge.value > 0) and (bus is None or bus.value >= LVD_V):
        return False
    mains = sight.values.get((sensor, "mains", "present"))
    return mains is None or mains.value == 0
