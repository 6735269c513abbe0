"""The network by area, for a person who asks: what stands in each commune, how it is, and whose battery runs. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collector.watch import coverage
from collector.watch.coverage import FULL, NONE, PARTIAL, UNSEEN, Tally
from collector.watch.network import Group, Network
from collector.watch.picture import BEHIND, DOWN, MAINTENANCE, UNKNOWN, UP
from collector.watch.sight import Sight

NAMES = {UP: "up", DOWN: "down", BEHIND: "behind", UNKNOWN: "unknown", MAINTENANCE: "maintenance"}
SERVICES = {NONE: "none", PARTIAL: "partial", FULL: "full", UNSEEN: "unseen"}
ON_BATTERY = 5  # upsOutputSource (RFC 1628)
RUNNING = 1  # generator.status in the catalog


@dataclass(frozen=True, slots=True)
class AreaNow:
    """An area in which sites stand. `sites` and `devices` are counted by status; `services` is the service by
    technology. `on_battery`: sites whose load a battery carries, `left_min`: how long the first of them to go dark will
    last, as far as one says. `agents`: by whom it is watched, the one with most devices first."""

    id: str
    name: str
    agents: list[str]
    sites: dict[str, int]
    devices: dict[str, int]
    services: dict[str, str]
    on_battery: int
    left_min: float | None


def by_area(
    network: Network, now: Mapping[tuple[str, str], int], tallies: Mapping[Group, Tally], sight: Sight, now_ms: int
) -> list[AreaNow]:
    """Return the areas in the order of the inventory; `now` is the status of each scope and subject, `tallies` are the
    cells by state."""
    sites: dict[str, list[str]] = {}
    for site in network.sites.values():
        sites.setdefault(site.area, []).append(site.id)
    services: dict[str, dict[str, str]] = {}
    for (area, technology), tally in coverage.services(tallies).items():
        services.setdefault(area, {})[technology] = SERVICES[tally.status]
    return [
        _area(area, sites[area], services.get(area, {}), network, now, sight, now_ms)
        for area in network.areas
        if area in sites
    ]


def _area(
    area: str,
    sites: list[str],
    services: dict[str, str],
    network: Network,
    now: Mapping[tuple[str, str], int],
    sight: Sight,
    now_ms: int,
) -> AreaNow:
    devices = [device for site in sites for device in network.devices[site]]
    running = {site: _left(site, network, sight, now_ms) for site in sites if _on_battery(site, network, sight, now_ms)}
    return AreaNow(
        id=area,
        name=network.title(area),
        agents=[name for name, _ in Counter(device.agent for device in devices).most_common()],
        sites=_counted(now.get(("site", site)) for site in sites),
        devices=_counted(now.get(("device", device.id)) for device in devices),
        services=services,
        on_battery=len(running),
        left_min=min((left for left in running.values() if left is not None), default=None),
    )


def _counted(states: Iterator[int | None]) -> dict[str, int]:
    """Count those of each status; what has none yet is unknown."""
    counts = Counter(NAMES[UNKNOWN if state is None else state] for state in states)
    return dict(counts)


def _on_battery(site: str, network: Network, sight: Sight, now_ms: int) -> bool:
    """Whether a UPS says so, or a sensor or power controller that the mains are gone where no generator runs. What has
    been on battery for no time at all is an inverter that always takes its power from there."""
    sources = list(_values(site, "ups", "output_source", network, sight, now_ms))
    if ON_BATTERY in sources and max(_values(site, "ups", "on_battery_s", network, sight, now_ms), default=1) == 0:
        sources = []
    mains = list(_values(site, "mains", "present", network, sight, now_ms))
    generator = list(_values(site, "generator", "status", network, sight, now_ms))
    return ON_BATTERY in sources if sources else 0 in mains and RUNNING not in generator


def _left(site: str, network: Network, sight: Sight, now_ms: int) -> float | None:
    said = (_values(site, name, "remaining_min", network, sight, now_ms) for name in ("ups", "battery"))
    return min((left for values in said for left in values), default=None)


def _values(site: str, measurement: str, field: str, network: Network, sight: Sight, now_ms: int) -> Iterator[float]:
    """Yield the newest values of what stands at a site and can be seen."""
    for element in network.at(site):
        value = sight.value(element.id, measurement, field)
        if value is not None and sight.answer(element.id, now_ms) == "up":
            yield value.value
