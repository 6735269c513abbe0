"""The network, for a person who asks: sites by status, their availability, communes by service, and each area. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.watch import coverage
from collector.watch.by_area import NAMES, AreaNow, by_area
from collector.watch.coverage import Headline, Tally
from collector.watch.network import Group, Network
from collector.watch.periods import of_site
from collector.watch.planned import Planned
from collector.watch.sight import Sight
from collector.watch.spans import Spans, Totals, summed


@dataclass(frozen=True, slots=True)
class Overview:
    """`sites` counts them by status; `uptime` adds up their milliseconds."""

    sites: dict[str, int]
    uptime: Totals
    headlines: dict[str, Headline]
    areas: list[AreaNow]


def overview(
    network: Network | None,
    now: Mapping[tuple[str, str], int],
    tallies: Mapping[Group, Tally],
    spans: Mapping[str, Spans],
    planned: Planned,
    sight: Sight,
    since: int,
    now_ms: int,
) -> Overview:
    """Return it; `now` is the status of each scope and subject, `tallies` are the cells by state."""
    states = [value for (scope, _), value in now.items() if scope == "site"]
    sites = {name: states.count(value) for value, name in NAMES.items()}
    if network is None:
        return Overview(sites, summed([]), {}, [])
    both = summed(of_site(site, since, now_ms, network, spans, planned) for site in network.sites)
    areas = by_area(network, now, tallies, sight, now_ms)
    return Overview(sites, both, coverage.headlines(coverage.services(tallies)), areas)
