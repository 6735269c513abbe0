"""The network as a whole, for a person who asks: sites by status, their availability, communes by service. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.watch import coverage
from collector.watch.board import BEHIND, DOWN, MAINTENANCE, UNKNOWN, UP, tallies
from collector.watch.coverage import Headline
from collector.watch.network import Network
from collector.watch.periods import of_site
from collector.watch.planned import Planned
from collector.watch.sight import Sight
from collector.watch.spans import Spans, Totals

NAMES = {UP: "up", DOWN: "down", BEHIND: "behind", UNKNOWN: "unknown", MAINTENANCE: "maintenance"}


@dataclass(frozen=True, slots=True)
class Overview:
    """`sites` counts them by status; `uptime` adds up their milliseconds."""

    sites: dict[str, int]
    uptime: Totals
    headlines: dict[str, Headline]


def overview(
    network: Network | None,
    now: Mapping[tuple[str, str], int],
    spans: Mapping[str, Spans],
    planned: Planned,
    sight: Sight,
    since: int,
    now_ms: int,
) -> Overview:
    """Return it; `now` is the status of each scope and subject."""
    states = [value for (scope, _), value in now.items() if scope == "site"]
    sites = {name: states.count(value) for value, name in NAMES.items()}
    both = Totals(0, 0, 0, 0)
    if network is None:
        return Overview(sites, both, {})
    for site in network.sites:
        both += of_site(site, since, now_ms, network, spans, planned)
    return Overview(sites, both, coverage.headlines(coverage.services(tallies(now_ms, network, sight))))
