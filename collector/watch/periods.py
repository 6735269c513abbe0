"""Availability by period, as derived rows: when a period is over, and again when late readings correct it.

A row is a function of the readings alone, so a backlog in any order ends in the same rows. Work is bounded: what is not
done at one tick is done at the next, an area after the last of its sites, and a period that everything has to do with
is noted once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from collector.store import Point
from collector.watch import rows
from collector.watch.network import Network
from collector.watch.planned import Planned
from collector.watch.spans import Spans, Totals, joined, summed, totals
from contract.intervals import Pair
from contract.inventory import Device

KEPT_MS = 31 * 86_400_000  # readings are remembered: a day more than the oldest that is accepted
GRACE_MS = 5_000  # the last readings of a period are on their way
CATCH_UP_MS = 6 * 3_600_000  # after a stop: older periods have rows only where readings arrive
MAX_SITES = 250  # worked out in one tick, and those of one area more
EVERYWHERE = ""  # the subject that is all sites


@dataclass(slots=True)
class _Work:
    """A period that is being worked out by one inventory: the subjects of which it is due, the sites that are left,
    and what is known of others. Where one of these is touched it is due again, and then left."""

    network: Network
    subjects: set[str]
    left: set[str] = field(default_factory=set)
    known: dict[str, Totals] = field(default_factory=dict)


class Periods:
    """Not thread-safe: the watcher's. `closed` is the number of the last period that was over; `begun` and `done` are
    what became due and what was worked out since the caller last emptied them: pairs of period and subject."""

    def __init__(self, period_s: float, closed: int | None, dirty: Iterable[tuple[int, str]]) -> None:
        self._length = int(period_s * 1000)
        self.closed = closed
        self._dirty: dict[int, set[str]] = {}  # period: subjects
        self._work: dict[int, _Work] = {}  # period: what is being worked out
        for period, subject in dirty:
            self._dirty.setdefault(period, set()).add(subject)
        self.begun: set[tuple[int, str]] = set()
        self.done: set[tuple[int, str]] = set()

    def touch(self, subject: str, changed: Pair) -> None:
        """A reading or an announcement tells of a time of what lies in a subject: its periods that are over are to be
        worked out again."""
        if self.closed is None:
            return
        oldest = self.closed - KEPT_MS // self._length + 3  # of what is older not all readings are remembered
        last = min(changed[1] // self._length, self.closed)
        for period in range(max(changed[0] // self._length, oldest), last + 1):
            self._mark(period, subject)

    def close(self, now_ms: int) -> None:
        """Note the periods that are over since."""
        over = (now_ms - min(GRACE_MS, self._length)) // self._length - 1
        first = over if self.closed is None else self.closed + 1
        for period in range(max(first, over - CATCH_UP_MS // self._length), over + 1):
            self._mark(period, EVERYWHERE)
        self.closed = over if self.closed is None else max(self.closed, over)

    def due(self, network: Network, spans: Mapping[str, Spans], planned: Planned) -> Iterator[Point]:
        """Yield the rows of some periods that are to be worked out, the newest first."""
        room = MAX_SITES
        while (waiting := self._dirty.keys() | self._work.keys()) and room > 0:
            period = max(waiting)
            work = self._work.get(period)
            if work is None or work.network is not network:
                work = self._work[period] = _Work(network, set() if work is None else work.subjects)
                self._dirty.setdefault(period, set()).update(work.subjects)
            sites, areas = self._part(period, work, room)
            before = len(work.known)
            yield from self._rows(period, sites, areas, work, spans, planned)
            room -= len(sites) + len(work.known) - before + 1

    def _part(self, period: int, work: _Work, room: int) -> tuple[list[str], list[str]]:
        """Take some sites of a period, and the areas of which these were the last. What is due is done when no site of
        the period is left: after a crash, and for another inventory, all of it is worked out again."""
        network, left = work.network, work.left
        subjects = self._dirty.pop(period, set())
        work.subjects |= subjects
        left.update(network.sites if EVERYWHERE in subjects else set().union(*map(network.sites_with, subjects)))
        sites = sorted(left)[:room]
        left.difference_update(sites)
        if not left:
            del self._work[period]
            self.done |= {(period, subject) for subject in work.subjects}
        areas = dict.fromkeys(area for site in sites for area in network.areas_of(site))
        return sites, [area for area in areas if left.isdisjoint(network.sites_of[area])]

    def _mark(self, period: int, subject: str) -> None:
        marked = self._dirty.setdefault(period, set())
        if subject not in marked:
            self.begun.add((period, subject))
            self.done.discard((period, subject))
            marked.add(subject)

    def _rows(
        self,
        period: int,
        sites: list[str],
        areas: list[str],
        work: _Work,
        spans: Mapping[str, Spans],
        planned: Planned,
    ) -> Iterator[Point]:
        network, known = work.network, work.known
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
    return totals(joined(parts), first, last, planned.of_site(site, network))


def _part(device: Device, first: int, last: int, spans: Mapping[str, Spans]) -> Spans:
    known = spans.get(device.id)
    return known.part(first, last) if known is not None else Spans()
