"""What is so now, as derived rows: status of all, coverage, service, headline, network. On change, and at a refresh."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from collector.store import Point
from collector.watch import coverage, rows
from collector.watch.coverage import Tally
from collector.watch.network import Group, Network
from collector.watch.picture import BEHIND, DOWN, MAINTENANCE, UNKNOWN, UP, Key, Picture
from collector.watch.planned import Planned
from collector.watch.sight import Sight
from contract.inventory import Cell

MIN_TURN = 100  # fewer are not worth a write of their own
REPEAT = 6  # refreshes after which also what has not changed is said again
MAX_SAID = 1_000  # statuses said at one tick; at a start there are many more, and the others wait for the next ones


@dataclass(frozen=True, slots=True)
class Tallied:
    """How many incidents are open, and how many of them somebody has taken."""

    open: int
    acked: int


class Board:
    """Not thread-safe: the watcher's. `services` is status and since when, by commune and technology; what is blind for
    a while keeps since when it was so before. `tallies` are the cells by state, as of the last tick."""

    def __init__(self, refresh_s: float, services: dict[tuple[str, str], tuple[int, int]]) -> None:
        self._refresh_ms = int(refresh_s * 1000)
        self.services = services
        self.changed_services: set[tuple[str, str]] = set()
        self._unseen: dict[tuple[str, str], int] = {}
        self._said_services: dict[tuple[str, str], int] = {}
        self._unsaid: dict[Key, None] = {}
        self.tallies: dict[Group, Tally] = {}
        self._refreshes = -1
        self._next = 0
        self._turned = 0
        self._picture = Picture()

    @property
    def now(self) -> Mapping[Key, int]:
        """Return the status of every scope and subject, as of the last tick."""
        return self._picture.now

    def rows(
        self, now_ms: int, network: Network, sight: Sight, planned: Planned, incidents: Tallied
    ) -> Iterator[Point]:
        """Yield what is to be said at `now_ms`."""
        refresh = not self._next - self._refresh_ms <= now_ms < self._next  # also when our clock was put back
        if refresh:
            self._next, self._refreshes = now_ms + self._refresh_ms, self._refreshes + 1
        repeat = refresh and self._refreshes % REPEAT == 0
        self._picture.look(now_ms, network, sight, planned)
        yield from self._statuses(now_ms, network, refresh=refresh)
        yield from self._coverage(now_ms, network, sight, repeat=repeat, refresh=refresh)
        if refresh:
            yield rows.network_row(_numbers(self.now, incidents, sight, now_ms), now_ms)

    def _statuses(self, now_ms: int, network: Network, *, refresh: bool) -> Iterator[Point]:
        """Yield the statuses that have changed, then those whose turn it is to be said again."""
        self._unsaid |= dict.fromkeys(self._picture.take_changed())
        changed = list(islice(self._unsaid, MAX_SAID))
        for key in changed:
            del self._unsaid[key]
        for scope, subject in dict.fromkeys([*changed, *self._turn(now_ms, refresh=refresh)]):
            if (value := self.now.get((scope, subject))) is not None:
                yield rows.status(network, scope, subject, value, now_ms)

    def _turn(self, now_ms: int, *, refresh: bool) -> list[Key]:
        """Return whose turn it is: all have theirs once in REPEAT refreshes, so that no tick has to say all of it. Few
        wait for the next refresh."""
        every, round_ms = list(self.now), REPEAT * self._refresh_ms
        since_ms = now_ms - self._turned
        if not refresh and 0 <= since_ms * len(every) < MIN_TURN * round_ms:
            return []
        before, self._turned = self._turned, now_ms
        if not 0 < since_ms < round_ms:
            return []
        first, last = (at % round_ms * len(every) // round_ms for at in (before, now_ms))
        return (every[first:last] if first <= last else every[first:] + every[:last])[:MAX_SAID]

    def _coverage(self, now_ms: int, network: Network, sight: Sight, *, repeat: bool, refresh: bool) -> Iterator[Point]:
        picture = self._picture
        before, self.tallies = self.tallies, coverage.tallies(network.cells, picture.cells, picture.reported)
        for group, tally in self.tallies.items():
            if repeat or before.get(group) != tally:
                age_ms = _age_of(network.cells[group], picture.reported, sight, now_ms)
                yield rows.coverage(network, group, tally, age_ms, now_ms)
        communes = coverage.services(self.tallies)
        for (area, technology), tally in communes.items():
            since, value = self._since(area, technology, tally.status, now_ms), tally.status
            key = "service", f"{area}|{technology}"
            if repeat or self._said_services.get(key) != value:
                yield rows.service(network, area, technology, value, since, now_ms)
            self._said_services[key] = value
        if refresh or before != self.tallies:
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


def _age_of(cells: Iterable[Cell], reported: Container[str], sight: Sight, now_ms: int) -> int | None:
    """Return the age of the oldest report of some cells."""
    names = [name for cell in cells if cell.id in reported for name in (cell.id, cell.device) if name is not None]
    found = [report.at for name in names if (report := sight.cells.of(name, now_ms)) is not None]
    return max(0, now_ms - min(found)) if found else None


def _age(now_ms: int, sight: Sight, network: Network) -> int | None:
    """Return the age of the oldest reading of a router that says how cells are now."""
    held = [sight.readings[router].at for router in network.serving if sight.answer(router, now_ms) is not None]
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
