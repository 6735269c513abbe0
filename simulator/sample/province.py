"""A sample of a province: Cà Mau with real communes, and made-up sites and equipment in them.

The communes and districts are facts (`facts.py`). All else is generated, and its names say so. The backbone is a core
pair, in each operating cluster a fibre ring through the seats of its former districts, and behind each the communes.
"""

from collections.abc import Iterator, Sequence

from contract.inventory import AgentEntry, Inventory, Sensor
from simulator.sample.access import access
from simulator.sample.backbone import backbone
from simulator.sample.cells import cells
from simulator.sample.credentials import CREDENTIAL, CREDENTIAL_V3
from simulator.sample.facts import areas
from simulator.sample.places import Place, places
from simulator.sample.plan import Plan
from simulator.sample.sites import described
from simulator.sensor_messages import CABINET, LINE, POWER, SPARKPLUG
from simulator.snmp.parts import GENERATED

MOST_SITES = 10_000
_SENSORS = {  # of a site, by what it speaks: the beginnings of their ids, and their mappings
    "json": (("pw", POWER), ("cab", CABINET)),
    "line-protocol": (("pw", LINE),),
    "sparkplug": (("pw", SPARKPLUG),),
}


def sample(sites: int = 300, seed: int = 1, *, interval_s: float = 60.0, port: int = 1161) -> Inventory:
    """Return a generated inventory of that many sites. With 64 or more every commune has one. All devices listen on
    loopback, each at its own address, on that UDP port; they and the sensors are read every `interval_s`.

    The same numbers give the same inventory. More sites leave those of fewer as they were, but for their feeders.

    Raises:
        ValueError: no sites, or more than `MOST_SITES`.
    """
    if not 1 <= sites <= MOST_SITES:
        raise ValueError(f"a sample has 1 to {MOST_SITES} sites")
    where = places(sites, seed)
    made = described(where, seed)
    plan = Plan(interval_s, port)
    backbone(plan, where)
    access(plan, where, made, seed)
    return Inventory(
        areas=list(areas()),
        sites=made,
        agents=list(_agents(where)),
        devices=plan.devices,
        sensors=[sensor for place in where for sensor in _sensors(place, interval_s)],
        links=plan.links,
        cells=[cell for place, site in zip(where, made, strict=True) for cell in cells(place, site, seed)],
        credentials=[CREDENTIAL, CREDENTIAL_V3],
    )


def _agents(where: Sequence[Place]) -> Iterator[AgentEntry]:
    """Yield an agent for each cluster that has a site, its seat being the first of it."""
    for place in where:
        if place.agent:
            yield AgentEntry(id=place.cluster.id, name=f"Cụm {place.cluster.name} ({GENERATED})", site=place.site)


def _sensors(place: Place, interval_s: float) -> Iterator[Sensor]:
    for short, mapping in _SENSORS[place.cluster.speaks]:
        yield Sensor(
            id=f"{short}-{place.mark}",
            site=place.site,
            agent=place.cluster.id,
            interval_s=interval_s,
            mapping=mapping,
            key=place.site,
            vendor="sample",
        )
