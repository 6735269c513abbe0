"""What is so now: the status of every device, sensor, site and agent, and the state of the cells of every site.

It is kept from tick to tick. A site is worked out again where that may change it: an element of it was read, or its
reading has ceased to hold, or its agent has fallen silent or is heard again; maintenance of it, or of what is there,
began or ended; or a device of it has come to be behind another that is dead, or is so no longer.
"""

from collections.abc import Iterable, Iterator, Mapping

from collector.watch import coverage
from collector.watch.blame import Blame
from collector.watch.coverage import CellState, Tally
from collector.watch.network import Group, Network
from collector.watch.planned import Planned
from collector.watch.sight import Answer, Ask, Sight
from contract.inventory import Cell

DOWN, UP, UNKNOWN, MAINTENANCE, BEHIND = range(5)  # the values of status.status in the catalog
LVD_V = 42.0  # below this every low voltage disconnect of a 48 V system has opened (domain facts: 43 to 46 V)
OF_24_V = (21.0, 30.0)  # what a 24 V system has between its disconnect and a boost; one of 48 V is not there for long

Key = tuple[str, str]  # scope and subject


class Picture:
    """Not thread-safe: the watcher's. `now` is the status by scope and subject, `cells` their state by site, `reported`
    that of each cell whose own report counts."""

    def __init__(self) -> None:
        self.now: dict[Key, int] = {}
        self.cells: dict[str, CellState] = {}
        self.reported: dict[str, CellState] = {}
        self._changed: set[Key] = set()
        self._network: Network | None = None
        self._at = 0
        self._answers: dict[str, Answer] = {}  # of the devices that can be seen
        self._behind: set[str] = set()
        self._planned: set[str] = set()

    def look(self, now_ms: int, network: Network, sight: Sight, planned: Planned) -> None:
        """Make it the picture of `now_ms`."""
        turned, active = sight.take_read() | sight.turned(self._at, now_ms), planned.active(now_ms)
        if network is not self._network or now_ms < self._at:  # another inventory, or our clock was put back
            self.now, self.cells, self._answers, self._behind = {}, {}, {}, set()
            touched, sites = set(network.elements), set(network.sites)
        else:
            touched = turned & network.elements.keys()
            sites = {site for subject in active ^ self._planned for site in network.sites_with(subject)}
        self._network, self._at, self._planned = network, now_ms, active
        touched |= self._blame(touched & network.device_ids, network, sight)
        sites.update(network.elements[one].site for one in touched)
        for site in sites:
            for key, value in self._statuses(site, network, sight, planned):
                self._set(key, value)
            self.cells[site] = _cells(site, lambda element: sight.answer(element, now_ms), network, sight)
        if sight.cells.turned(now_ms) or sites:
            self.reported = _reported(network.reporting, self.cells, now_ms, network, sight)
        for agent in network.agents:
            seen = UNKNOWN if sight.is_silent(agent, now_ms) else UP
            self._set(("agent", agent), MAINTENANCE if planned.covers(agent, now_ms, network) else seen)

    def take_changed(self) -> set[Key]:
        """Return whose status has changed since this was last asked; that of all after another inventory has come."""
        changed, self._changed = self._changed, set()
        return changed

    def _blame(self, devices: set[str], network: Network, sight: Sight) -> set[str]:
        """Take what these devices answer; return those that are now behind a dead one and were not, or the reverse."""
        before = {name: self._answers.pop(name) for name in devices if name in self._answers}
        after = {name: answer for name in devices if (answer := sight.answer(name, self._at)) is not None}
        self._answers |= after
        if after == before:
            return set()
        blame = Blame(network.topology, self._answers.get)
        down = [name for name, answer in self._answers.items() if answer == "down"]
        was, self._behind = self._behind, {name for name in down if blame.behind(name) is not None}
        return was ^ self._behind

    def _statuses(self, site: str, network: Network, sight: Sight, planned: Planned) -> Iterator[tuple[Key, int]]:
        """Yield the status of a site and of what is there. That of the site is that of its best router, and it is in
        maintenance when all of them are."""

        def state(name: str, seen: int) -> int:
            return MAINTENANCE if planned.covers(name, self._at, network) else seen

        for sensor in network.sensors_of.get(site, ()):
            heard = sight.answer(sensor.id, self._at) == "up"
            yield ("sensor", sensor.id), state(sensor.id, UP if heard else UNKNOWN)
        seen = {device.id: self._seen(device.id) for device in network.devices[site]}
        said = {name: state(name, value) for name, value in seen.items()}
        for name, value in said.items():
            yield ("device", name), value
        routers = [device.id for device in network.routers(site)]
        is_planned = routers and all(said[name] == MAINTENANCE for name in routers)
        yield ("site", site), state(site, MAINTENANCE if is_planned else _best([seen[name] for name in routers]))

    def _seen(self, device: str) -> int:
        answer = self._answers.get(device)
        if answer == "down":
            return BEHIND if device in self._behind else DOWN
        return UP if answer == "up" else UNKNOWN

    def _set(self, key: Key, value: int) -> None:
        if self.now.get(key) != value:
            self.now[key] = value
            self._changed.add(key)


def tallies_of(area: str, now_ms: int, network: Network, sight: Sight) -> dict[Group, Tally]:
    """Return the cells of a commune by technology and operator."""
    groups = {group: cells for group, cells in network.cells.items() if group.area == area}
    sites = {cell.site for cells in groups.values() for cell in cells}
    states = {site: _cells(site, lambda element: sight.answer(element, now_ms), network, sight) for site in sites}
    mine = [cell for cell in network.reporting if cell.site in sites]
    return coverage.tallies(groups, states, _reported(mine, states, now_ms, network, sight))


def _best(states: list[int]) -> int:
    return next((value for value in (UP, UNKNOWN, BEHIND, DOWN) if value in states), UNKNOWN)


def _cells(site: str, answer: Ask, network: Network, sight: Sight) -> CellState:
    has_power = not any(answer(one.id) == "up" and _is_dark(one.id, sight) for one in network.at(site))
    return coverage.cell_state([answer(router.id) for router in network.routers(site)], has_power=has_power)


def _reported(
    cells: Iterable[Cell], sites: Mapping[str, CellState], now_ms: int, network: Network, sight: Sight
) -> dict[str, CellState]:
    """Return the state of the cells whose report counts; `sites` is what is inferred for the cells of each site. A site
    that was seen dark since overrules what they said before."""
    out: dict[str, CellState] = {}
    for cell in cells:
        report = sight.cells.of(cell.id, now_ms) or (sight.cells.of(cell.device, now_ms) if cell.device else None)
        if report is None or (sites[cell.site] == "down" and _seen_at(cell.site, network, sight) >= report.at):
            continue
        out[cell.id] = "up" if report.is_up else "down"
    return out


def _seen_at(site: str, network: Network, sight: Sight) -> int:
    """Return when something of a site was read last."""
    return max((sight.readings[one.id].at for one in network.at(site) if one.id in sight.readings), default=0)


def _is_dark(element: str, sight: Sight) -> bool:
    """Whether a sensor or a power controller says that the power of its site is used up."""
    charge, bus = sight.value(element, "battery", "charge_pct"), sight.value(element, "rectifier", "volts")
    volts = LVD_V if bus is None else abs(bus.value)  # some controllers tell the bus of a -48 V system with its sign
    is_low = volts < LVD_V and not OF_24_V[0] <= volts <= OF_24_V[1]
    if (charge is None or charge.value > 0) and not is_low:
        return False
    mains = sight.value(element, "mains", "present")
    return mains is None or mains.value == 0
