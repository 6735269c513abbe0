"""What a span of changes amounts to: the figures by which power companies and operators are measured."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contract.inventory import Inventory
from simulator.model.change import BEGINS, Change
from simulator.model.climate import YEAR_S

DIP_S = 300.0  # a shorter interruption is momentary (IEEE 1366)
FAMILIES: Mapping[str, str] = {
    **dict.fromkeys(("mains", "generator", "rectifier", "flood"), "power"),
    **dict.fromkeys(("fibre", "fade"), "transmission"),
    **dict.fromkeys(("device", "silent", "reboot"), "equipment"),
    **dict.fromkeys(("hang",), "telemetry"),
}


@dataclass(frozen=True, slots=True)
class Statistics:
    """`saidi_min`, `saifi`, `maifi`: minutes, cuts and dips of the mains of a site a year without days of storm, as
    power companies count them (IEEE 1366). `lost_min`:
    minutes a year in which the router of a site was not reached, by site; `by_cause`: of all sites, by family.
    `kinds`: how many faults began."""

    saidi_min: float
    saifi: float
    maifi: float
    lost_min: Mapping[str, float]
    by_cause: Mapping[str, float]
    kinds: Mapping[str, int]

    @property
    def availability(self) -> float:
        """Of the whole fleet, 0 to 1."""
        return 1 - sum(self.lost_min.values()) * 60 / YEAR_S / max(1, len(self.lost_min))

    def share(self, family: str) -> float:
        """Return which part of the minutes lost is of that family, telemetry's left out."""
        return self.by_cause.get(family, 0.0) / (sum(self.by_cause.values()) or 1.0)


class _Spells:
    """Times between a beginning and an end, with what was at the bottom of the beginning."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[float, str]] = {}
        self.over: list[tuple[str, float, str]] = []

    def begin(self, name: str, change: Change) -> None:
        self._since.setdefault(name, (change.time, change.root))

    def end(self, name: str, time: float) -> None:
        if name in self._since:
            since, root = self._since.pop(name)
            self.over.append((name, time - since, root))

    def end_all(self, time: float) -> None:
        for name in list(self._since):
            self.end(name, time)


def statistics(inventory: Inventory, changes: Iterable[Change], end: float, years: float) -> Statistics:
    """Return the figures of changes until `end`, seconds since 1970, which last so many years. A site is lost while
    its first cell is not heard."""
    cells = {cell.site: cell.id for cell in reversed(inventory.cells)}
    site_of = {cell: site for site, cell in cells.items()}
    sites = {site.id for site in inventory.sites}
    outages, dark_mains, kinds = _Spells(), _Spells(), Counter[str]()
    cuts_of = defaultdict[str, set[str]](set)  # faults of the mains that last, by site
    storms: set[str] = set()
    for change in changes:
        if change.cause == "storm":
            storms.add(change.root)
        if change.state in _BEGINNINGS and change.cause != "mains_cut":
            kinds[_kind(change.root)] += 1
        if change.element in sites and change.state == "mains_cut":
            cuts_of[change.element].add(change.root)
            dark_mains.begin(change.element, change)
        if change.element in sites and change.state == "mains_back":
            cuts_of[change.element].discard(change.root)
            if not cuts_of[change.element]:
                dark_mains.end(change.element, change.time)
        for cell in site_of.keys() & set(change.down):
            outages.begin(site_of[cell], change)
        for cell in site_of.keys() & set(change.up):
            outages.end(site_of[cell], change.time)
    outages.end_all(end)
    dark_mains.end_all(end)
    lost, by_cause = dict.fromkeys(sites, 0.0), dict.fromkeys([*FAMILIES.values(), "other"], 0.0)
    for site, lasted, root in outages.over:
        lost[site] += lasted / 60 / years
        by_cause[FAMILIES.get(_kind(root), "other")] += lasted / 60 / years
    calm = [lasted for _, lasted, root in dark_mains.over if root not in storms]
    cuts = [lasted for lasted in calm if lasted >= DIP_S]
    each = years * max(1, len(sites))
    dips = len(calm) - len(cuts)
    return Statistics(sum(cuts) / 60 / each, len(cuts) / each, dips / each, lost, by_cause, kinds)


def _kind(root: str) -> str:
    return root.partition(":")[0]


_BEGINNINGS = frozenset(BEGINS.values())
