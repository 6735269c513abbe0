"""Availability by period, as derived rows: when a period is over, and again when late readings correct it.

A row is a function of the readings alone, so a backlog in any order ends in the same rows. Work is bounded: what is not
done at one tick is done at the next.
"""

from collections.abc import Iterable, Iterator, Mapping

from collector.store import Point
from collector.watch import rows
from collector.watch.network import Network
from collector.watch.planned import Planned
from collector.watch.spans import Spans, Totals, joined, summed, totals
from contract.intervals import Pair
from contract.inventory import Device

GRACE_MS = 5_000  # the last readings of a period are on their way
CATCH_UP_MS = 6 * 3_600_000  # after a stop: older periods have rows only where readings arrive
MAX_SITES = 250  # worked out in one tick
ALL = ""  # in place of a site: all that there are when it is worked out


class Periods:
    """Not thread-safe: the watcher's. `closed` is the number of the last period that was over; `begun` and `done` are
    what became due and what was worked out since the caller last emptied them: pairs of period and site, or ALL. What
    is due of ALL is done when the last site of it is: after a crash it is worked out again."""

    def __init__(self, period_s: float, closed: int | None, dirty: Iterable[tuple[int, str]]) -> None:
        self._length = int(period_s * 1000)
        self.closed = closed
        self._dirty: dict[int, set[str]] = {}  # period: sites
        self._whole: set[int] = set()  # periods of which ALL is noted in the file
        for period, site in dirty:
            self._dirty.setdefault(period, set()).add(site)
        self.begun: set[tuple[int, str]] = set()
        self.done: set[tuple[int, str]] = set()

    def touch(self, site: str, changed: Pair) -> None:
        """A reading vouches for a time: its periods that are over are to be worked out again."""
        last = min(changed[1] // self._length, -1 if self.closed is None else self.closed)
        for period in range(changed[0] // self._length, last + 1):
            self._mark(period, site)

    def close(self, now_ms: int) -> None:
        """Note the periods that are over since."""
        over = (now_ms - min(GRACE_MS, self._length)) // self._length - 1
        first = over if self.closed is None else self.closed + 1
        for period in range(max(first, over - CATCH_UP_MS // self._length), over + 1):
            self._mark(period, ALL)
        self.closed = over if self.closed is None else max(self.closed, over)

    def due(self, network: Network, spans: Mapping[str, Spans], planned: Planned) -> Iterator[Point]:
        """Yield the rows of some periods that are to be worked out, the newest first. An area's are, once all its sites
        are."""
        room = MAX_SITES
        while self._dirty and room > 0:
            period = max(self._dirty)
            sites, areas = self._part(period, room, network)
            known: dict[str, Totals] = {}
            yield from self._rows(period, sites, areas, known, network, spans, planned)
            room -= len(known)

    def _part(self, period: int, room: int, network: Network) -> tuple[list[str], list[str]]:
        """Take some sites of a period, and the areas of which these were the last."""
        left = self._dirty[period]
        if ALL in left:
            left.remove(ALL)
            left.update(network.sites)
            self._whole.add(period)
        gone = left - network.sites.keys()
        left -= gone
        sites = sorted(left)[:room]
        left.difference_update(sites)
        self.done |= {(period, site) for site in (*gone, *sites)}
        if not left:
            del self._dirty[period]
            if period in self._whole:
                self._whole.remove(period)
                self.done.add((period, ALL))
        areas = dict.fromkeys(area for site in (network.sites if gone else sites) for area in network.areas_of(site))
        return sites, [area for area in areas if left.isdisjoint(network.sites_of[area])]

    def _mark(self, period: int, site: str) -> None:
        marked = self._dirty.setdefault(period, set())
        if site not in marked and ALL not in marked:
            marked.add(site)
            self.begun.add((period, site))

    def _rows(
        self,
        period: int,
        sites: list[str],
        areas: list[str],
        known: dict[str, Totals],
        network: Network,
        spans: Mapping[str, Spans],
        planned: Planned,
    ) -> Iterator[Point]:
        """Yield the rows of sites and areas of a period; `known` takes what was worked out."""
        first, last = period * self._length, (period + 1) * self._length - 1
        for site in sites:
            for device in network.devices[site]:
                part = _part(device, first, last, spans)
                own = totals(part, first, last, planned.of(device.id, network))
                yield rows.availability(network, "device", device.id, own, first)
            known[site] = of_site(site, first, last, network, spans, planned)
            yield rows.availability(network, "site", site, known[site], first)
        for area in areas:
            for site in network.sites_of[area]:
                if site not in known:
                    known[site] = of_site(site, first, last, network, spans, planned)
            both = summed(known[site] for site in network.sites_of[area])
            yield rows.availability(network, "area", area, both, first)


def of_site(site: str, first: int, last: int, network: Network, spans: Mapping[str, Spans], planned: Planned) -> Totals:
    """Return the milliseconds of a site from `first` to `last`, both included."""
    parts = [_part(device, first, last, spans) for device in network.routers(site)]
    return totals(joined(parts), first, last, planned.of(site, network))


def _part(device: Device, first: int, last: int, spans: Mapping[str, Spans]) -> Spans:
    known = spans.get(device.id)
    return known.part(first, last) if known is not None else Spans()
