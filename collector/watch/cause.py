"""Why a site does not answer, as far as its sensors and power controllers say, and what its silence takes down. Pure:
for the page's text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from collector.watch.alert import Alert
from collector.watch.alerts import by_site
from collector.watch.coverage import Tally
from collector.watch.network import Network
from collector.watch.rules import Rules, Unreachable
from collector.watch.sight import Sight
from collector.watch.values import Value

Kind = Literal["management", "mains", "power", "link", "silent", "unknown"]


@dataclass(frozen=True, slots=True)
class Cause:
    """`management`: a device that does not answer answers echo; `mains`: mains is lost since `since`; `power`: another
    alert of the power since then; `link`: a sensor or power controller that is heard says that the site has mains;
    `silent`: it said so at last, and fell silent too; `unknown`: none says anything of it. `charge` is the battery's
    last word."""

    kind: Kind
    since: int | None = None
    charge: Value | None = None


def of_site(site: str, network: Network, sight: Sight, rules: Rules, active: Mapping[str, Alert], now_ms: int) -> Cause:
    """Return the cause of a fault at a site. Newest values count also when the site has fallen silent since: they are
    its last words."""
    if any(
        isinstance(rules.get(name), Unreachable) and sight.answers_echo(device, alert.since, now_ms)
        for name, device, alert in by_site(active, network, site)
    ):
        return Cause("management")
    mains, by = _newest(site, network, sight, "mains", "present")
    charge, _ = _newest(site, network, sight, "battery", "charge_pct")
    power = [
        alert.since
        for name, _, alert in by_site(active, network, site)
        if name in rules and rules[name].cause == "power"
    ]
    if mains is not None and mains.value == 0:
        return Cause("mains", min(power, default=mains.at), charge)
    if power:
        return Cause("power", min(power), charge)
    if mains is None:
        return Cause("unknown")
    return Cause("link" if sight.answer(by, now_ms) == "up" else "silent")


def lost_with(site: str, network: Network, sight: Sight, now_ms: int) -> tuple[int, int]:
    """Return how many devices, in how many communes, are reached only through the devices of a site that are dead."""
    here = {one.id for one in network.devices.get(site, ())}
    if network.topology.is_end(here):
        return 0, 0
    dead = {name for name in here if sight.answer(name, now_ms) == "down"}
    cut = {name for name in network.topology.cut_off_by(dead) if network.elements[name].site != site} if dead else set()
    return len(cut), len({network.sites[network.elements[name].site].area for name in cut})


def cells_of(area: str, services: Mapping[tuple[str, str], Tally]) -> list[tuple[str, Tally]]:
    """Return the cells of a commune by technology."""
    return sorted((technology, tally) for (name, technology), tally in services.items() if name == area)


def _newest(site: str, network: Network, sight: Sight, measurement: str, field: str) -> tuple[Value | None, str]:
    """Return the newest value of a site's sensors and devices, and which one said it."""
    said = [(sight.value(one.id, measurement, field), one.id) for one in network.at(site)]
    found = [(value, by) for value, by in said if value is not None]
    return max(found, key=lambda one: one[0].at, default=(None, ""))
