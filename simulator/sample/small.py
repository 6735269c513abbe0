"""A sample of a province: Cà Mau with real communes, and made-up sites and equipment in them.

The communes are those of `communes.py`. All else is generated, and its names say so. In each cluster the routers are a
tree: the seat, where the agent stands; behind it one or two that aggregate; behind these the others.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice, repeat
from random import Random
from typing import NamedTuple

from contract.inventory import AgentEntry, Area, Cell, Device, Inventory, Link, Sensor, Site
from simulator.sample.credentials import CREDENTIAL
from simulator.sample.small_communes import ALONE, CLUSTERS, PROVINCE, SINCE, Commune
from simulator.sensor_messages import CABINET, POWER
from simulator.snmp.device import GENERATED

FIRST_PORT = 16_100
INTERVAL_S = 2.0
OPERATORS = ("mau-a", "mau-b")
_LARGE = 8  # routers of a cluster from which on two aggregate


class _Place(NamedTuple):
    """Where a site is: `mark` is the end of all its names."""

    agent: str
    commune: Commune
    mark: str

    @property
    def site(self) -> str:
        return f"tram-{self.mark}"

    @property
    def router(self) -> str:
        return f"rt-{self.mark}"


def small(devices: int, seed: int, ports: Sequence[int] | None = None) -> Inventory:
    """Return a generated inventory of that many routers on 127.0.0.1, one a site, spread over both clusters, with the
    sensors, links and cells of those sites.

    The seed says which communes come first after the seats, what aggregates, and what each site has. `ports`: the UDP
    port of each device; without it they count from `FIRST_PORT`.

    Raises:
        ValueError: fewer than one device, another number of ports, or more devices than ports are left.
    """
    given = range(FIRST_PORT, FIRST_PORT + devices) if ports is None else ports
    if devices < 1 or len(given) != devices or max(given) > 65_535:
        raise ValueError(f"{devices} devices cannot listen on {len(given)} ports")
    random = Random(f"{seed}/province")
    places = _places(devices, random)
    above = {agent: _tree([place for place in places if place.agent == agent]) for agent in CLUSTERS}
    parents = {child: parent for tree in above.values() for child, parent in tree.items()}
    needed = {parent.site for parent in parents.values()} | {_seat(agent, places) for agent in CLUSTERS}
    sites = [_site(place, random, generator=place.site in needed) for place in places]
    return Inventory(
        areas=_areas(),
        sites=sites,
        agents=[AgentEntry(id=agent, site=_seat(agent, places)) for agent in CLUSTERS],
        devices=[_router(place, port, parents) for place, port in zip(places, given, strict=True)],
        sensors=[sensor for place in places for sensor in _sensors(place)],
        links=[_link(child, parent, random) for child, parent in parents.items()],
        cells=[
            cell
            for place, site in zip(places, sites, strict=True)
            for cell in _cells(place, str(site.operator), random, seat=place.router not in parents)
        ],
        credentials=[CREDENTIAL],
    )


def _areas() -> list[Area]:
    province = Area(id=PROVINCE, name="Cà Mau", level="province", since=SINCE)
    communes = [
        Area(id=one.id, name=one.name, level="commune", parent=PROVINCE, since=SINCE, lat=one.lat, lon=one.lon)
        for communes in CLUSTERS.values()
        for one in communes
    ]
    return [province, *communes]


def _places(count: int, random: Random) -> list[_Place]:
    """Return as many places: first the seats, then the other communes, then all again and again but `ALONE`."""
    seats = [(agent, communes[0]) for agent, communes in CLUSTERS.items()]
    others = [(agent, commune) for agent, communes in CLUSTERS.items() for commune in communes[1:]]
    random.shuffle(others)
    first = seats + others
    again = [one for one in first if one[1].id != ALONE]
    rounds = chain([first], repeat(again))
    endless = (
        _Place(agent, commune, f"{commune.id}-{number:02}")
        for number, one in enumerate(rounds, 1)
        for agent, commune in one
    )
    return list(islice(endless, count))


def _seat(agent: str, places: list[_Place]) -> str | None:
    return next((place.site for place in places if place.agent == agent), None)


def _tree(cluster: list[_Place]) -> dict[str, _Place]:
    """Return the router's place above each router of a cluster but its first."""
    if len(cluster) < 3:
        return {place.router: cluster[0] for place in cluster[1:]}
    able = [place for place in cluster[1:] if place.commune.id != ALONE]
    aggregating = able[: 2 if len(cluster) >= _LARGE else 1]
    others = [place for place in cluster[1:] if place not in aggregating]
    return {place.router: cluster[0] for place in aggregating} | {
        place.router: aggregating[i % len(aggregating)] for i, place in enumerate(others)
    }


def _site(place: _Place, random: Random, *, generator: bool) -> Site:
    number = place.mark.rpartition("-")[2]
    name = f"Trạm {place.commune.name} {number} ({GENERATED})"
    operator = random.choice(OPERATORS)
    return Site(id=place.site, name=name, area=place.commune.id, operator=operator, generator=generator)


def _router(place: _Place, port: int, parents: dict[str, _Place]) -> Device:
    aggregates = any(parent.router == place.router for parent in parents.values())
    return Device(
        id=place.router,
        site=place.site,
        agent=place.agent,
        address="127.0.0.1",
        port=port,
        profiles=["system", "if-mib"],
        credential=CREDENTIAL,
        interval_s=INTERVAL_S,
        timeout_s=0.5,
        retries=1,
        level="province" if place.router not in parents else "district" if aggregates else "commune",
        role="router",
        vendor="sample",
    )


def _sensors(place: _Place) -> Iterator[Sensor]:
    for short, mapping in (("pw", POWER), ("cab", CABINET)):
        yield Sensor(
            id=f"{short}-{place.mark}",
            site=place.site,
            agent=place.agent,
            interval_s=INTERVAL_S,
            mapping=mapping,
            key=place.site,
            vendor="sample",
        )


def _link(child: str, parent: _Place, random: Random) -> Link:
    fibre = random.random() < 0.5
    name = f"ln-{child.removeprefix('rt-')}"
    return Link(id=name, ends=(parent.router, child), kind="fibre" if fibre else "microwave")


def _cells(place: _Place, operator: str, random: Random, *, seat: bool) -> Iterator[Cell]:
    technologies = ("2g", *(("3g",) if random.random() < 0.5 else ()), "4g", *(("5g",) if seat else ()))
    sectors = random.choice((2, 3))
    for technology in technologies:
        for sector in range(1, sectors + 1):
            name = f"cell-{place.mark}-{technology}-{sector}"
            yield Cell(id=name, site=place.site, technology=technology, operator=operator)
