"""A small province with a device of each kind, and what they see of it."""

from dataclasses import dataclass, field

from simulator.snmp.manager import START

from contract.inventory import Area, Device, Inventory, Link, Site
from simulator.model.reading import Battery, Reading
from simulator.snmp.credential import Community, Credential
from simulator.snmp.kinds import Equipment, build
from simulator.snmp.scene import Scene
from simulator.snmp.week import TICKS, Week

CREDENTIALS: dict[str, Credential] = {"sample": Community(b"public")}
KINDS = {"core": "router", "rt": "router", "far": "router", "olt": "olt", "mw-1": "microwave", "mw-2": "microwave"}
KINDS |= {"ups": "power"}
LINKS = (
    Link(id="ln-rt", ends=("core", "rt"), kind="fibre", capacity_mbps=10_000),
    Link(id="ln-olt", ends=("rt", "olt"), kind="fibre", capacity_mbps=10_000),
    Link(id="ln-ups", ends=("rt", "ups"), kind="other", capacity_mbps=100),
    Link(id="ln-1", ends=("rt", "mw-1"), kind="other", capacity_mbps=1_000),
    Link(id="ln-hop", ends=("mw-1", "mw-2"), kind="microwave", capacity_mbps=400),
    Link(id="ln-2", ends=("mw-2", "far"), kind="other", capacity_mbps=1_000),
)
MAINS = Reading(
    mains=True,
    mains_v=229.4,
    rectifier_v=53.9,
    rectifier_a=18.04,
    battery_v=53.9,
    battery_a=0.0,
    charge=1.0,
    battery_celsius=31.4,
    generator=None,
    fuel=None,
    cabinet_celsius=33.4,
    door_open=False,
)

CALM = Battery(0.0, 8 * 3600.0, 3)


def inventory(credential: str = "sample") -> Inventory:
    """The province; `core` is the root, `far` behind a hop."""
    return Inventory(
        areas=[Area(id="nam-can", name="Xã Năm Căn", level="commune")],
        sites=[Site(id=site, name=f"Trạm {site}", area="nam-can") for site in ("seat", "isle")],
        devices=[
            Device(
                id=name,
                site="isle" if name in ("far", "mw-2") else "seat",
                agent="agent-1",
                address=f"127.9.9.{number}",
                port=1161,
                profiles=["system", "ups-mib"] if role == "power" else ["system", "if-mib", "entity-sensor"],
                credential=credential,
                role=role,
                level="province" if name == "core" else "commune",
            )
            for number, (name, role) in enumerate(KINDS.items(), 1)
        ],
        links=list(LINKS),
        credentials=[credential],
    )


@dataclass
class Told:
    """What the model says, for a test to change."""

    reading: Reading = MAINS
    battery: Battery = CALM
    signals: dict[str, float] = field(default_factory=dict)

    def scene(self, speed: float = 1.0, start: float = START / TICKS) -> Scene:
        """As the devices see it."""
        return Scene(
            Week(START, start, speed),
            lambda _site, _now: self.reading,
            lambda _site, _now: self.reading.cabinet_celsius,
            lambda _site, _now: self.battery,
            lambda link, _now: self.signals.get(link, -12.34),
        )


def equipment(
    told: Told | None = None, *, seed: int = 1, speed: float = 1.0, max_size: int = 65_000, **credentials: Credential
) -> Equipment:
    """The equipment of the province."""
    scene = (told or Told()).scene(speed)
    name = next(iter(credentials), "sample")
    return build(inventory(name), scene, seed=seed, credentials=CREDENTIALS | credentials, max_size=max_size)
