"""A generated province of any size, and what its agents send: for `benchmarks.watch`."""

from collections.abc import Iterator, Set

from collector.intake import Accepted
from collector.versions import Meaning
from contract.batch import Batch, PollInfo, Table
from contract.inventory import AgentEntry, Area, Cell, Device, Inventory, Link, Sensor, Site
from contract.messages import BootNumbers, Numbers
from contract.wire import Record

AGENTS, INTERFACES = 8, 8
ROLES = ("microwave", "ups", "switch", "olt")
BOOT = "0" * 16
_RECORD = Record(1, 1, 0, b"")


def province(devices: int, sites: int, communes: int) -> Inventory:
    """Return devices in sites in communes. A trunk site in each commune hangs at the core, the other routers at their
    trunk, all else at the router of its site; a site has two sensors and three cells. The agents stand at the core and
    share the communes."""
    names = [f"s{n}" for n in range(sites)]

    def agent(site: int) -> str:
        return f"a{site % communes % AGENTS}"

    every = [(f"d{n}", names[n % sites], ROLES[n % 4] if n >= sites else "router") for n in range(devices)]
    return Inventory(
        areas=[Area(id="p", name="Tỉnh", level="province")]
        + [Area(id=f"c{n}", name=f"Xã {n}", level="commune", parent="p", lat=9.0, lon=105.0) for n in range(communes)],
        sites=[Site(id=name, name=f"Trạm {name}", area=f"c{n % communes}") for n, name in enumerate(names)],
        agents=[AgentEntry(id=f"a{n}", site="s0") for n in range(AGENTS)],
        devices=[
            Device(
                id=name,
                site=site,
                agent=agent(n % sites),
                address=f"127.3.{n >> 8}.{n & 255}",
                profiles=["p"],
                credential="c",
                role=role,
            )
            for n, (name, site, role) in enumerate(every)
        ],
        sensors=[
            Sensor(id=f"{kind}{n}", site=names[n], agent=agent(n), mapping="m")
            for n in range(sites)
            for kind in ("power", "cabinet")
        ],
        links=[Link(id=f"l{n}", ends=(f"d{n}", f"d{_parent(n, sites, communes)}")) for n in range(1, devices)],
        cells=[
            Cell(id=f"{name}-{technology}", site=name, technology=technology, operator=("mau-a", "mau-b")[n % 2])
            for n, name in enumerate(names)
            for technology in ("2g", "4g", "5g")
        ],
        credentials=["c"],
    )


def _parent(device: int, sites: int, communes: int) -> int:
    if device >= sites:
        return device % sites
    return device % communes if device >= communes else 0


class Readings:
    """What is read of each element once a minute, each at its own second."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        self._seconds: list[list[str]] = [[] for _ in range(60)]
        for place, name in enumerate(meaning.elements):
            self._seconds[place % 60].append(name)

    def at(self, now: int, down: Set[str]) -> Iterator[Accepted]:
        """Yield what comes in a second, as the intake accepts it. The sensors of a site whose router is down are not
        heard."""
        for name in self._seconds[now // 1000 % 60]:
            element = self._meaning.elements[name]
            if isinstance(element, Sensor):
                if f"d{element.site[1:]}" in down:
                    continue
                tables = _POWER if name.startswith("power") else _CABINET
                batch = Batch(kind="sensor", device=name, time=now, assignment=self._meaning.version.id, tables=tables)
            else:
                poll, tables = (_TIMEOUT, []) if name in down else (_OK, _INTERFACES)
                batch = Batch(
                    kind="poll", device=name, time=now, assignment=self._meaning.version.id, poll=poll, tables=tables
                )
            yield Accepted(element.agent, _RECORD, batch, self._meaning, (), 0)

    def beats(self, now: int) -> list[tuple[str, Numbers]]:
        """Return the heartbeats of a second: one in five."""
        said = Numbers(boot=BOOT, n=0, time=now, interval_s=5, boots={BOOT: BootNumbers()})
        return [(f"a{n}", said) for n in range(AGENTS) if n % 5 == now // 1000 % 5]


_OK, _TIMEOUT = PollInfo(outcome="ok", took_ms=40, requests=3), PollInfo(outcome="timeout", took_ms=6000, requests=3)
_GAUGES = ["speed_bps", "in_bps", "out_bps", "in_pps", "out_pps"]
_COUNTS = ["admin_status", "oper_status", "in_octets", "out_octets", "in_errors", "out_errors"]
_INTERFACES = [
    Table(measurement="system", fields=["uptime_s"], rows=[[86_400.0]]),
    Table(
        measurement="interface",
        tags=["if_name"],
        fields=_GAUGES + _COUNTS,
        rows=[[f"GE0/0/{n}", *[1e6] * len(_GAUGES), *[1] * len(_COUNTS)] for n in range(INTERFACES)],
    ),
]
_POWER = [
    Table(measurement="mains", fields=["present", "volts"], rows=[[1, 221.0]]),
    Table(measurement="rectifier", fields=["status", "volts", "amperes"], rows=[[1, 53.5, 11.0]]),
    Table(
        measurement="battery",
        fields=["volts", "amperes", "celsius", "charge_pct"],
        rows=[[53.5, 0.0, 30.0, 100.0]],
    ),
]
_CABINET = [Table(measurement="cabinet", fields=["celsius", "door"], rows=[[31.0, 0]])]
