"""The inventory: areas, sites, agents and devices of a province, and the version that names what it said.

A version is `<number>-<digest>`: the number grows for ever, the digest is of the content, so that two inventories never
share a name. Enrichment is a function of a batch and the version that it names: an edit never re-tags the past.
"""

import hashlib
import json
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contract.config_file import ConfigError, Loaded, Problem, did_you_mean, load
from contract.messages import AssignedDevice, Assignment, Slug


def _numeric(address: str) -> str:
    try:
        return str(ip_address(address))
    except ValueError:
        raise ValueError(
            "a numeric IPv4 or IPv6 address; names are not looked up, which could hold up polling"
        ) from None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Area(_Strict):
    """A province, district or commune, valid from `since` until `until` (excluded); None is open."""

    id: Slug
    name: str
    level: Literal["province", "district", "commune"]
    parent: Slug | None = None
    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _time(self) -> "Area":
        if self.since and self.until and self.since >= self.until:
            raise ValueError(f"is never valid: `since` {self.since} is not before `until` {self.until}")
        return self


class Site(_Strict):
    """A place with equipment."""

    id: Slug
    name: str
    area: Slug
    operator: Slug | None = None


class AgentEntry(_Strict):
    """An agent that may connect."""

    id: Slug
    site: Slug | None = None


class Device(_Strict):
    """A polled element. `credential` is a name: the secret is on the agent's host."""

    id: Slug
    site: Slug
    agent: Slug
    address: Annotated[str, AfterValidator(_numeric)]
    port: Annotated[int, Field(ge=1, le=65535)] = 161
    profiles: Annotated[list[str], Field(min_length=1)]
    credential: str
    interval_s: Annotated[float, Field(ge=0.1, le=86400)] = 60.0
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 2.0
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    level: Slug | None = None
    role: Slug | None = None
    vendor: Slug | None = None


class Inventory(_Strict):
    """All of it."""

    areas: list[Area] = []
    sites: list[Site] = []
    agents: list[AgentEntry] = []
    devices: list[Device] = []
    credentials: list[str] = []


class Version(_Strict):
    """One version as it is archived: the inventory with the profile texts that it was published with."""

    id: str
    number: int
    inventory: Inventory
    profiles: dict[str, str]

    def assignment(self, agent: str) -> Assignment:
        """Return what this version assigns to an agent."""
        mine = [device for device in self.inventory.devices if device.agent == agent]
        names = {name for device in mine for name in device.profiles}
        devices = [AssignedDevice.model_validate(device.model_dump(include=_ASSIGNED)) for device in mine]
        texts = {name: text for name, text in self.profiles.items() if name in names}
        return Assignment(version=self.number, id=self.id, devices=devices, profiles=texts)


_ASSIGNED = set(AssignedDevice.model_fields)
MAX_HINTS = 50  # each is a search through all names


def digest(inventory: Inventory, profiles: dict[str, str]) -> str:
    """Return the digest of a content: 12 hex digits."""
    # As JSON, in which no content can be written as another one.
    body = json.dumps([inventory.model_dump_json(), sorted(profiles.items())])
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def next_version(previous: Version | None, inventory: Inventory, profiles: dict[str, str], now_ms: int) -> Version:
    """Return `previous` when the content is the same, else a new version with a greater number."""
    mark = digest(inventory, profiles)
    if previous and previous.id == f"{previous.number}-{mark}":
        return previous
    number = max(previous.number + 1 if previous else 0, now_ms)
    return Version(id=f"{number}-{mark}", number=number, inventory=inventory, profiles=profiles)


def load_inventory(path: Path, profiles: set[str]) -> Inventory:
    """Read the inventory and check what refers to what.

    Raises:
        ConfigError: with every problem.
    """
    loaded = load(path, Inventory)
    if problems := check(loaded, profiles):
        raise ConfigError(problems)
    return loaded.value


def check(loaded: Loaded[Inventory], profiles: set[str]) -> list[Problem]:
    """Return ids that are given twice and references that lead nowhere."""
    inventory = loaded.value
    out: list[Problem] = []

    def unique(group: str, given: list[str]) -> set[str]:
        first: dict[str, int] = {}
        for i, name in enumerate(given):
            if name in first:
                line = loaded.lines[(group, first[name], "id")]
                out.append(loaded.problem((group, i, "id"), f"{name} is given twice (also in line {line})"))
            first.setdefault(name, i)
        return set(first)

    areas = unique("areas", [area.id for area in inventory.areas])
    sites = unique("sites", [site.id for site in inventory.sites])
    loops = _loops({area.id: area.parent for area in inventory.areas})
    agents = unique("agents", [agent.id for agent in inventory.agents])
    unique("devices", [device.id for device in inventory.devices])

    credentials = set(inventory.credentials)
    hints: dict[tuple[str, str], str] = {}

    def refer(group: str, i: int, key: str, value: str | None, known: set[str], what: str, *below: int) -> None:
        if value is not None and value not in known:
            if len(hints) < MAX_HINTS and (what, value) not in hints:
                hints[what, value] = did_you_mean(value, known)
            hint = hints.get((what, value), "")
            out.append(loaded.problem((group, i, key, *below), f"there is no {what} {value}{hint}"))

    for i, area in enumerate(inventory.areas):
        refer("areas", i, "parent", area.parent, areas, "area")
        if area.id in loops:
            out.append(loaded.problem(("areas", i, "parent"), f"{area.id} lies, by its parents, in itself"))
    for i, site in enumerate(inventory.sites):
        refer("sites", i, "area", site.area, areas, "area")
    for i, agent in enumerate(inventory.agents):
        refer("agents", i, "site", agent.site, sites, "site")
    for i, device in enumerate(inventory.devices):
        refer("devices", i, "site", device.site, sites, "site")
        refer("devices", i, "agent", device.agent, agents, "agent")
        refer("devices", i, "credential", device.credential, credentials, "credential")
        if len(set(device.profiles)) < len(device.profiles):
            out.append(loaded.problem(("devices", i, "profiles"), "a profile is given twice"))
        for j, name in enumerate(device.profiles):
            refer("devices", i, "profiles", name, profiles, "profile", j)
    return out


def _loops(parents: dict[str, str | None]) -> set[str]:
    """Return the areas that are their own ancestors."""
    out: set[str] = set()
    done: set[str] = set()
    for start in parents:
        path: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in done and at not in path:
            path[at] = None
            at = parents.get(at)
        if at in path:
            names = list(path)
            out.update(names[names.index(at) :])
        done.update(path)
    return out
