"""Why a site does not answer, as far as its sensors say, and what its silence takes down. Pure: for the page's text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from collector.watch.alert import Alert
from collector.watch.alerts import by_site
from collector.watch.coverage import Tally
from collector.watch.network import Network
from collector.watch.rules import Rules
from collector.watch.sight import Sight, Value

Kind = Literal["mains", "power", "link", "silent", "unknown"]


@dataclass(frozen=True, slots=True)
class Cause:
    """`mains`: mains is lost since `since`; `power`: another alert of the power since then; `link`: the site has mains;
    `silent`: its sensors fell silent with it; `unknown`: it has none. `charge` is the battery's last word."""

    kind: Kind
    since: int | None = None
    charge: Value | None = None


def of_site(site: str, network: Network, sight: Sight, rules: Rules, active: Mapping[str, Alert], now_ms: int) -> Cause:
    """Return the cause of a fault at a site. Newest values count also when the site has fallen silent since: they are
    its last words."""
    mains, charge = (
        _value(site, network, sight, "mains", "present"),
        _value(site, network, sight, "battery", "charge_pct"),
    )
    power = [
        alert.since
        for name, _, alert in by_site(active, network, site)
        if name in rules and rules[name].cause == "power"
    ]
    if mains is not None and mains.value == 0:
        return Cause("mains", min(power, default=mains.at), charge)
    if power:
        return Cause("power", min(power), charge)
    sensors = network.sensors_of.get(site, ())
    if any(sight.answer(sensor.id, now_ms) for sensor in sensors):
        return Cause("link" if mains is not None else "unknown")
    return Cause("silent" if sensors else "unknown")


def lost_with(site: str, network: Network) -> tuple[int, int]:
    """Return how many devices, in how many communes, are reached only through a site's devices."""
    cut: set[str] = set()
    for device in network.devices.get(site, ()):
        cut |= network.topology.cut_off_by(device.id)
    cut = {name for name in cut if network.elements[name].site != site}
    return len(cut), len({network.sites[network.elements[name].site].area for name in cut})


def cells_of(area: str, services: Mapping[tuple[str, str], Tally]) -> list[tuple[str, Tally]]:
    """Return the cells of a commune by technology."""
    return sorted((technology, tally) for (name, technology), tally in services.items() if name == area)


def _value(site: str, network: Network, sight: Sight, measurement: str, field: str) -> Value | None:
    found = (sight.values.get((sensor.id, measurement, field)) for sensor in network.sensors_of.get(site, ()))
    return max((value for value in found if value is not None), key=lambda value: value.at, default=None)
