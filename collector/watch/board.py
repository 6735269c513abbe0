"""What is so now, as derived rows: status of all, coverage, service, headline, network. On change, and at a refresh."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collector.store import Point
from collector.watch import coverage, rows
from collector.watch.blame import Blame
from collector.watch.coverage import CellState, Tally
from collector.watch.evidence import blame_at
from collector.watch.network import Group, Network
from collector.watch.planned import Planned
from collector.watch.sight import Sight
from contract.inventory import Device

DOWN, UP, UNKNOWN, MAINTENANCE, BEHIND = range(5)  # the values of status.status in the catalog
REPEAT = 6  # refreshes after which also what has not changed is said again
LVD_V = 42.0  # below this every low voltage disconnect of a 48 V system has opened (domain facts: 43 to 46 V)


@dataclass(frozen=True, slots=True)
class Tallied:
    """How many incidents are open, and how many of them somebody has taken."""

    open: int
    acked: int


class Board:
    """Not thread-safe: the watcher's. `services` is status and since when, by commune and technology; what is blind for
    a while keeps since when it was so before."""

    def __init__(self, refresh_s: float, services: dict[tuple[str, str], tuple[int, int]]) -> None:
        self._refresh_ms = int(refresh_s * 1000)
        self.services = services
        self.changed_services: set[tuple[str, str]] = set()
        self._unseen: dict[tuple[str, str], int] = {}
        self._said_services: dict[tuple[str, str], int] = {}
        self._said: dict[tuple[str, str], int] = {}
        self._tallies: dict[Group, Tally] = {}
        self._refreshes = -1
        self._next = 0
        self.now: dict[tuple[str, str], int] = {}  # scope and subject: status

    def rows(
        self, now_ms: int, network: Network, sight: Sight, planned: Planned, incidents: Tallied
    ) -> Iterator[Point]:
        """Yield what is to be said at `now_ms`."""
        refresh = not self._next - self._refresh_ms <= now_ms < self._next  # also when our clock was put back
        if refresh:
            self._next, self._refreshes = now_ms + self._refresh_ms, self._refreshes + 1
        repeat = refresh and self._refreshes % REPEAT == 0
        self.now = dict(_statuses(now_ms, network, sight, planned))
        for (scope, subject), value in self.now.items():
            if repeat or self._said.get((scope, subject)) != value:
                yield rows.status(network, scope, subject, value, now_ms)
        self._said = self.now
        yield from self._coverage(now_ms, network, sight, repeat=repeat, refresh=refresh)
        if refresh:
            yield rows.network_row(_numbers(self.now, incidents, sight, now_ms), now_ms)

    def _coverage(self, now_ms: int, network: Network, sight: Sight, *, repeat: bool, refresh: bool) -> Iterator[Point]:
        before, self._tallies = self._tallies, tallies(now_ms, network, sight)
        for group, tally in self._tallies.items():
            if repeat or before.get(group) != tally:
                yield rows.coverage(network, group, tally, now_ms)
        communes = coverage.services(self._tallies)
        for (area, technology), tally in communes.items():
            since, value = self._since(area, technology, tally.status, now_ms), tally.status
            key = "service", f"{area}|{technology}"
            if repeat or self._said_services.get(key) != value:
                yield rows.service(network, area, technology, value, since, now_ms)
            self._said_services[key] = value
        if refresh or before != self._tallies:
            age_ms = _age(now_ms, sight, network)
            for technology, line in coverage.headlines(communes).items():
                yield rows.headline(technology, line, age_ms, now_ms)

    def _since(self, area: str, technology: str, value: int, now_ms: int) -> int:
        """Return since when a service is as it is."""
        key = area, technology
        if value == coverage.UNSEEN:
            return self._unseen.setdefault(key, now_ms)
        self._unseen.pop(key, None)
        if key not in self.services or self.services[key][0] != value:
            self.services[key] = value, now_ms
            self.changed_services.add(key)
        return self.services[key][1]


def tallies(now_ms: int, network: Network, sight: Sight) -> dict[Group, Tally]:
    """Return the cells of every commune, technology and operator by state."""
    return coverage.tallies(network, {site: _cells(site, now_ms, network, sight) for site in network.sites})


def _statuses(now_ms: int, network: Network, sight: Sight, planned: Planned) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield the status of every device, sensor, site and agent. That of a site is that of its best router, and in
    maintenance it is when all of them are."""
    blame = blame_at(network, sight, now_ms)

    def state(name: str, seen: int) -> int:
        return MAINTENANCE if planned.covers(name, now_ms, network) else seen

    for sensor in network.sensors:
        heard = sight.answer(sensor.id, now_ms) is not None
        yield ("sensor", sensor.id), state(sensor.id, UP if heard else UNKNOWN)
    for site in network.sites:
        seen = {device.id: _seen(device.id, now_ms, sight, blame) for device in network.devices[site]}
        said = {name: state(name, value) for name, value in seen.items()}
        for name, value in said.items():
            yield ("device", name), value
        routers = [device.id for device in network.routers(site)]
        is_planned = routers and all(said[name] == MAINTENANCE for name in routers)
        yield ("site", site), state(site, MAINTENANCE if is_planned else _best([seen[name] for name in routers]))
    for agent in network.agents:
        yield ("agent", agent), state(agent, UNKNOWN if sight.is_silent(agent, now_ms) else UP)


def _seen(device: str, now_ms: int, sight: Sight, blame: Blame) -> int:
    answer = sight.answer(device, now_ms)
    if answer == "down":
        return DOWN if blame.behind(device) is None else BEHIND
    return UP if answer == "up" else UNKNOWN


def _best(states: list[int]) -> int:
    return next((value for value in (UP, UNKNOWN, BEHIND, DOWN) if value in states), UNKNOWN)


def _cells(site: str, now_ms: int, network: Network, sight: Sight) -> CellState:
    routers: list[Device] = network.routers(site)
    return coverage.cell_state(
        [sight.answer(router.id, now_ms) for router in routers], has_power=not _is_dark(site, network, sight, now_ms)
    )


def _is_dark(site: str, network: Network, sight: Sight, now_ms: int) -> bool:
    """Whether a sensor of the site says that its power is used up."""
    for sensor in network.sensors_of.get(site, ()):
        if sight.answer(sensor.id, now_ms) is None:
            continue
        charge = sight.value(sensor.id, "battery", "charge_pct")
        bus = sight.value(sensor.id, "rectifier", "volts")
        mains = sight.value(sensor.id, "mains", "present")
        if (mains is None or mains.value == 0) and (
            (charge is not None and charge.value <= 0) or (bus is not None and bus.value < LVD_V)
        ):
            return True
    return False


def _age(now_ms: int, sight: Sight, network: Network) -> int | None:
    """Return the age of the oldest reading of a router that says how cells are now."""
    held = [
        reading.at
        for router in network.serving
        if (reading := sight.readings.get(router)) is not None and now_ms <= reading.holds_until
    ]
    return max(0, now_ms - min(held)) if held else None


def _numbers(
    now: Mapping[tuple[str, str], int], incidents: Tallied, sight: Sight, now_ms: int
) -> dict[str, float | int | None]:
    sites = [value for (scope, _), value in now.items() if scope == "site"]
    agents = [value for (scope, _), value in now.items() if scope == "agent"]
    return {
        "sites": float(len(sites)),
        "sites_up": float(sites.count(UP)),
        "sites_down": float(sites.count(DOWN) + sites.count(BEHIND)),
        "sites_unknown": float(sites.count(UNKNOWN)),
        "sites_maintenance": float(sites.count(MAINTENANCE)),
        "incidents_open": float(incidents.open),
        "incidents_acked": float(incidents.acked),
        "agents": float(len(agents)),
        "agents_silent": float(agents.count(UNKNOWN)),
        "age_s": None if sight.newest is None else max(0.0, (now_ms - sight.newest) / 1000),
    }
