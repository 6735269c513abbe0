"""A sample of a province: Cà Mau with real communes, and made-up sites and routers in them.

The communes and their names are those in force since 1 July 2025. All else is generated, and its names say so.
"""

from collections.abc import Sequence
from datetime import date
from random import Random

from contract.inventory import AgentEntry, Area, Device, Inventory, Site
from simulator.device import GENERATED

PROVINCE = "ca-mau"
CREDENTIAL = "sample"
COMMUNITY = "public"  # what the sample's devices answer to
FIRST_PORT = 16_100
INTERVAL_S = 2.0
_SINCE = date(2025, 7, 1)
_CLUSTERS: dict[str, tuple[tuple[str, str], ...]] = {  # agent: communes as id and name, its seat first
    "cum-ca-mau": (
        ("an-xuyen", "Phường An Xuyên"),
        ("nam-can", "Xã Năm Căn"),
        ("dat-mui", "Xã Đất Mũi"),
        ("u-minh", "Xã U Minh"),
        ("song-doc", "Xã Sông Đốc"),
        ("thoi-binh", "Xã Thới Bình"),
        ("dam-doi", "Xã Đầm Dơi"),
    ),
    "cum-bac-lieu": (
        ("bac-lieu", "Phường Bạc Liêu"),
        ("gia-rai", "Phường Giá Rai"),
        ("ganh-hao", "Xã Gành Hào"),
        ("hong-dan", "Xã Hồng Dân"),
        ("phuoc-long", "Xã Phước Long"),
        ("vinh-loi", "Xã Vĩnh Lợi"),
    ),
}


def sample(devices: int, seed: int, ports: Sequence[int] | None = None) -> Inventory:
    """Return a generated inventory of that many routers on 127.0.0.1, one a site, spread over both clusters.

    The seed says which communes come first after the seats. `ports`: the UDP port of each device; without it they
    count from `FIRST_PORT`.

    Raises:
        ValueError: fewer than one device, another number of ports, or more devices than ports are left.
    """
    given = range(FIRST_PORT, FIRST_PORT + devices) if ports is None else ports
    if devices < 1 or len(given) != devices or max(given) > 65_535:
        raise ValueError(f"{devices} devices cannot listen on {len(given)} ports")
    random = Random(f"{seed}/province")
    places = _places(random)
    areas = [Area(id=PROVINCE, name="Cà Mau", level="province", since=_SINCE)]
    areas += [
        Area(id=commune, name=name, level="commune", parent=PROVINCE, since=_SINCE)
        for communes in _CLUSTERS.values()
        for commune, name in communes
    ]
    sites: list[Site] = []
    routers: list[Device] = []
    for i in range(devices):
        agent, commune, name = places[i % len(places)]
        number = f"{i // len(places) + 1:02}"
        site = Site(id=f"tram-{commune}-{number}", name=f"Trạm {name} {number} ({GENERATED})", area=commune)
        sites.append(site)
        routers.append(_router(f"rt-{commune}-{number}", site.id, agent, given[i], seat=i < len(_CLUSTERS)))
    agents = [AgentEntry(id=agent, site=_site_of(agent, routers)) for agent in _CLUSTERS]
    return Inventory(areas=areas, sites=sites, agents=agents, devices=routers, credentials=[CREDENTIAL])


def _places(random: Random) -> list[tuple[str, str, str]]:
    """Return agent, commune and its name: first the seats, then the others in turn by cluster."""
    seats = [(agent, *communes[0]) for agent, communes in _CLUSTERS.items()]
    others = [(agent, *commune) for agent, communes in _CLUSTERS.items() for commune in communes[1:]]
    random.shuffle(others)
    return seats + others


def _router(name: str, site: str, agent: str, port: int, *, seat: bool) -> Device:
    return Device(
        id=name,
        site=site,
        agent=agent,
        address="127.0.0.1",
        port=port,
        profiles=["system", "if-mib"],
        credential=CREDENTIAL,
        interval_s=INTERVAL_S,
        timeout_s=0.5,
        retries=1,
        level="province" if seat else "commune",
        role="router",
        vendor="sample",
    )


def _site_of(agent: str, routers: list[Device]) -> str | None:
    return next((router.site for router in routers if router.agent == agent), None)
