"""What the network of the sample is drawn on: devices with their addresses, and links with their lengths."""

from collections import Counter
from typing import Literal

from contract.inventory import Device, Link
from simulator.sample.clusters import CLUSTERS
from simulator.sample.credentials import CREDENTIAL, CREDENTIAL_V3
from simulator.sample.places import Place
from simulator.sample.plane import km

Role = Literal["router", "olt", "microwave", "power"]
Level = Literal["province", "district", "commune"]
Kind = Literal["fibre", "microwave", "other"]

_PROFILES: dict[Role, list[str]] = {
    "router": ["system", "if-mib", "entity-sensor"],
    "olt": ["system", "if-mib", "entity-sensor"],
    "microwave": ["system", "if-mib", "entity-sensor"],
    "power": ["system", "ups-mib"],
}
_POWER_V3 = "cum-mui-ca-mau"  # the cluster whose power controllers speak SNMPv3
_DETOUR = 1.2  # fibre follows roads and canals
_PER_BYTE = 254  # addresses of a commune with one first byte


class Plan:
    """Devices and links in the order in which they were added: of a device's links the first is its way up."""

    def __init__(self, interval_s: float, port: int) -> None:
        """All devices listen on that UDP port."""
        self.devices: list[Device] = []
        self.links: list[Link] = []
        self._interval_s, self._port = interval_s, port
        self._place: dict[str, Place] = {}
        self._used: Counter[str] = Counter()
        self._cluster = {cluster.id: number for number, cluster in enumerate(CLUSTERS, 1)}
        self._commune: dict[str, int] = {}

    def add(self, name: str, place: Place, role: Role, level: Level = "commune") -> str:
        """Put a device there and return its name."""
        secret = level != "commune" or (role == "power" and place.cluster.id == _POWER_V3)
        self._place[name] = place
        self.devices.append(
            Device(
                id=name,
                site=place.site,
                agent=place.cluster.id,
                interval_s=self._interval_s,
                level=level,
                role=role,
                vendor="sample",
                address=self._address(place),
                port=self._port,
                profiles=_PROFILES[role],
                credential=CREDENTIAL_V3 if secret else CREDENTIAL,
                timeout_s=min(2.0, self._interval_s / 4),
                retries=1,
            )
        )
        return name

    def join(self, name: str, above: str, below: str, kind: Kind, mbps: float, ring: str | None = None) -> None:
        """Link two devices; what is at one site is joined by a patch cord."""
        far = km(self._place[above].at, self._place[below].at)
        length = round(far * _DETOUR if kind == "fibre" else far, 2)
        local: Kind = kind if length else "other"
        self.links.append(
            Link(id=name, ends=(above, below), kind=local, capacity_mbps=mbps, length_km=length, ring=ring)
        )

    def hop(self, mark: str, above: str, below: str) -> None:
        """Link two routers by microwave: a radio at each."""
        near = self.add(f"mw-{mark}-1", self._place[above], "microwave")
        far = self.add(f"mw-{mark}-2", self._place[below], "microwave")
        self.join(f"ln-{mark}-1", above, near, "other", 1_000)
        mbps = 400 if km(self._place[above].at, self._place[below].at) < 15 else 200
        self.join(f"ln-{mark}", near, far, "microwave", mbps)
        self.join(f"ln-{mark}-2", far, below, "other", 1_000)

    def _address(self, place: Place) -> str:
        """127.A.B.C: A says the cluster, B the commune, C counts there; when C is used up, A is 10 more."""
        commune = self._commune.setdefault(place.commune.id, len(self._commune) + 1)
        page, last = divmod(self._used[place.commune.id], _PER_BYTE)
        self._used[place.commune.id] += 1
        first = 10 * (page + 1) + self._cluster[place.cluster.id]
        return f"127.{first}.{commune}.{last + 1}"
