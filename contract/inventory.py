"""The inventory: areas, sites, agents, devices, sensors, links, cells, and the version that names what it said.

A version is `<number>-<digest>`: the number grows for ever, the digest is of the content, so that two inventories never
share a name. Enrichment is a function of a batch and the version that it names: an edit never re-tags the past.
"""

import hashlib
import json
import operator
from dataclasses import fields
from datetime import date
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contract.messages import MAX_ECHO, AssignedCell, AssignedDevice, AssignedSensor, Assignment, Slug


def _numeric(address: str) -> str:
    try:
        return str(ip_address(address))
    except ValueError:
        raise ValueError(
            "a numeric IPv4 or IPv6 address; names are not looked up, which could hold up polling"
        ) from None


Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Area(_Strict):
    """A province, district or commune, valid from `since` until `until` (excluded); None is open. `code`: the official
    one. `former`: the district of the past that a commune of today lay in. `lat` and `lon` are its middle in degrees
    (WGS 84), where the map marks it."""

    id: Slug
    name: str
    level: Literal["province", "district", "commune"]
    parent: Slug | None = None
    since: date | None = None
    until: date | None = None
    code: Text | None = None
    former: Slug | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None

    @model_validator(mode="after")
    def _time(self) -> "Area":
        if self.since and self.until and self.since >= self.until:
            raise ValueError(f"is never valid: `since` {self.since} is not before `until` {self.until}")
        return self


class Site(_Strict):
    """A place with equipment.

    `tower_owner` may be another than the operator; `height_m`: of the tower above ground. `access`: how people get
    there. `feeder`: the line of the power grid that feeds it, under a name that its neighbours share.
    `customer_number`: what to tell the power company. `battery_ah`: at 10 h, all strings together, in service since
    `battery_since`. `generator`: one stands there and starts by itself. `contact`: whom to ring for the key.
    """

    id: Slug
    name: str
    area: Slug
    operator: Slug | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    tower_owner: Slug | None = None
    height_m: Annotated[float, Field(ge=0, le=500)] | None = None
    access: Literal["road", "boat"] | None = None
    feeder: Slug | None = None
    customer_number: Text | None = None
    battery_ah: Annotated[float, Field(gt=0, le=20_000)] | None = None
    battery_since: date | None = None
    generator: bool = False
    contact: Text | None = None


class AgentEntry(_Strict):
    """An agent that may connect; `name`: what people call its cluster."""

    id: Slug
    name: Text | None = None
    site: Slug | None = None


class Element(_Strict):
    """What an agent reads at a site: it is heard of at least once in each interval."""

    id: Slug
    site: Slug
    agent: Slug
    interval_s: Annotated[float, Field(ge=0.1, le=86400)] = 60.0
    level: Slug | None = None
    role: Slug | None = None
    vendor: Slug | None = None


class Device(Element):
    """A polled element. `credential` is a name: the secret is on the agent's host. Without `profiles` it is read by
    those that fit it, as the agent finds out. `echo`: ICMP echo requests in each interval; 0 is not written, so that an
    inventory from before there were any keeps its version."""

    address: Annotated[str, AfterValidator(_numeric)]
    port: Annotated[int, Field(ge=1, le=65535)] = 161
    profiles: list[str] = []
    credential: str
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 2.0
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    echo: Annotated[int, Field(ge=0, le=MAX_ECHO, exclude_if=operator.not_)] = 0


class Sensor(Element):
    """An element that speaks by itself over MQTT. `mapping` names the file that reads its messages, `key` is what they
    call it; its id when not given."""

    mapping: str
    key: Text | None = None

    @property
    def name(self) -> str:
        """What its messages call it."""
        return self.key if self.key is not None else self.id


class Link(_Strict):
    """A way between two devices over which one is reached through the other. `ring`: the name that the links of a ring
    share."""

    id: Slug
    ends: tuple[Slug, Slug]
    kind: Literal["fibre", "microwave", "other"] = "other"
    capacity_mbps: Annotated[float, Field(gt=0, le=1e7)] | None = None
    length_km: Annotated[float, Field(ge=0, le=1000)] | None = None
    ring: Slug | None = None


class Cell(_Strict):
    """One radio sector of one technology and operator. `band`: such as `b3`, `n78`, `gsm900`. `azimuth_deg`: clockwise
    from north; `tilt_deg`: downwards; `power_dbm`: at the antenna's connector.

    `agent` reads its counters in performance files, which call it `key`: the last parts of the name of its object, or
    all of it. `device`: the polled element that says whether it is in service.
    """

    id: Slug
    site: Slug
    technology: Literal["2g", "3g", "4g", "5g"]
    operator: Slug
    band: Slug | None = None
    azimuth_deg: Annotated[float, Field(ge=0, lt=360)] | None = None
    tilt_deg: Annotated[float, Field(ge=-90, le=90)] | None = None
    power_dbm: Annotated[float, Field(ge=-30, le=80)] | None = None
    agent: Slug | None = None
    key: Text | None = None
    device: Slug | None = None

    @property
    def name(self) -> str:
        """What performance files call it."""
        return self.key if self.key is not None else self.id


class Inventory(_Strict):
    """All of it."""

    areas: list[Area] = []
    sites: list[Site] = []
    agents: list[AgentEntry] = []
    devices: list[Device] = []
    sensors: list[Sensor] = []
    links: list[Link] = []
    cells: list[Cell] = []
    credentials: list[str] = []


class Version(_Strict):
    """One version as it is archived: the inventory with the texts of profiles, mappings, definitions of traps and
    counters that it was published with."""

    id: str
    number: int
    inventory: Inventory
    profiles: dict[str, str]
    mappings: dict[str, str] = {}
    traps: dict[str, str] = {}
    counters: dict[str, str] = {}

    def assignment(self, agent: str) -> Assignment:
        """Return what this version assigns to an agent."""
        mine = [device for device in self.inventory.devices if device.agent == agent]
        names = {name for device in mine for name in device.profiles or self.profiles}
        devices = [AssignedDevice(**device.model_dump(include=_ASSIGNED)) for device in mine]
        heard = [sensor for sensor in self.inventory.sensors if sensor.agent == agent]
        read_by = {sensor.mapping for sensor in heard}
        cells = [cell for cell in self.inventory.cells if cell.agent == agent]
        return Assignment(
            version=self.number,
            id=self.id,
            devices=devices,
            profiles={name: text for name, text in self.profiles.items() if name in names},
            sensors=[AssignedSensor(id=sensor.id, mapping=sensor.mapping, key=sensor.name) for sensor in heard],
            mappings={name: text for name, text in self.mappings.items() if name in read_by},
            traps=self.traps if devices else {},
            cells=[AssignedCell(id=cell.id, key=cell.name, technology=cell.technology) for cell in cells],
            counters=self.counters if cells else {},
        )


_ASSIGNED = {field.name for field in fields(AssignedDevice)}


def digest(inventory: Inventory, *texts: dict[str, str]) -> str:
    """Return the digest of a content, an inventory with the texts of each kind that it is published with: 12 hex
    digits."""
    # As JSON, in which no content can be written as another one.
    body = json.dumps([inventory.model_dump_json(), *(sorted(kind.items()) for kind in texts)])
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def next_version(
    previous: Version | None,
    inventory: Inventory,
    profiles: dict[str, str],
    now_ms: int,
    mappings: dict[str, str] | None = None,
    traps: dict[str, str] | None = None,
    counters: dict[str, str] | None = None,
) -> Version:
    """Return `previous` when the content is the same, else a new version with a greater number."""
    mappings, traps, counters = mappings or {}, traps or {}, counters or {}
    mark = digest(inventory, profiles, mappings, traps, counters)
    if previous and previous.id == f"{previous.number}-{mark}":
        return previous
    number = max(previous.number + 1 if previous else 0, now_ms)
    texts = {"profiles": profiles, "mappings": mappings, "traps": traps, "counters": counters}
    return Version(id=f"{number}-{mark}", number=number, inventory=inventory, **texts)
