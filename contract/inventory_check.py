"""An inventory read from its file, and what in it refers to nothing or is there twice."""

from collections.abc import Iterable, Set
from pathlib import Path

from contract import shape_check
from contract.config_file import ConfigError, Loaded, Problem, did_you_mean
from contract.inventory import Inventory
from contract.inventory_folder import read

MAX_HINTS = 50  # each is a search through all names


def load_inventory(path: Path, profiles: Set[str], mappings: Set[str] = frozenset()) -> Inventory:
    """Read the inventory, a file or a folder, and check what refers to what; `profiles` and `mappings` are the names
    that there are.

    Raises:
        ConfigError: with every problem.
    """
    loaded = read(path)
    if problems := check(loaded, profiles, mappings):
        raise ConfigError(problems)
    return loaded.value


def check(loaded: Loaded[Inventory], profiles: Set[str], mappings: Set[str] = frozenset()) -> list[Problem]:
    """Return ids that are given twice and references that lead nowhere."""
    inventory = loaded.value
    out: list[Problem] = []

    def unique(*groups: tuple[str, Iterable[str]]) -> set[str]:
        first: dict[str, tuple[str, int]] = {}
        for group, given in groups:
            for i, name in enumerate(given):
                if name in first:
                    also = loaded.places.where((*first[name], "id"))
                    out.append(loaded.problem((group, i, "id"), f"{name} is given twice (also in {also})"))
                first.setdefault(name, (group, i))
        return set(first)

    areas = unique(("areas", (area.id for area in inventory.areas)))
    sites = unique(("sites", (site.id for site in inventory.sites)))
    loops = _loops({area.id: area.parent for area in inventory.areas})
    agents = unique(("agents", (agent.id for agent in inventory.agents)))
    unique(
        ("devices", (one.id for one in inventory.devices)),
        ("sensors", (one.id for one in inventory.sensors)),
        ("cells", (one.id for one in inventory.cells)),
    )
    unique(("links", (link.id for link in inventory.links)))
    devices = {device.id for device in inventory.devices}
    credentials = set(inventory.credentials)
    hints: dict[tuple[str, str], str] = {}

    def refer(group: str, i: int, key: str, value: str | None, known: Set[str], what: str, *below: int) -> None:
        if value is not None and value not in known:
            if len(hints) < MAX_HINTS and (what, value) not in hints:
                hints[what, value] = did_you_mean(value, known)
            hint = hints.get((what, value), "")
            out.append(loaded.problem((group, i, key, *below), f"there is no {what} {value}{hint}"))

    for i, area in enumerate(inventory.areas):
        refer("areas", i, "parent", area.parent, areas, "area")
        refer("areas", i, "former", area.former, areas, "area")
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
    for i, sensor in enumerate(inventory.sensors):
        refer("sensors", i, "site", sensor.site, sites, "site")
        refer("sensors", i, "agent", sensor.agent, agents, "agent")
        refer("sensors", i, "mapping", sensor.mapping, mappings, "mapping")
    for i, link in enumerate(inventory.links):
        if link.ends[0] == link.ends[1]:
            out.append(loaded.problem(("links", i, "ends"), f"{link.id} joins {link.ends[0]} to itself"))
        for j, end in enumerate(link.ends):
            refer("links", i, "ends", end, devices, "device", j)
    for i, cell in enumerate(inventory.cells):
        refer("cells", i, "site", cell.site, sites, "site")
        refer("cells", i, "agent", cell.agent, agents, "agent")
        refer("cells", i, "device", cell.device, devices, "device")
    return out + _same_key(loaded) + _same_cell(loaded) + shape_check.check(loaded)


def _same_key(loaded: Loaded[Inventory]) -> list[Problem]:
    """Return the sensors that an agent could not tell apart: one mapping, one name in its messages."""
    first: dict[tuple[str, str, str], str] = {}
    out: list[Problem] = []
    for i, sensor in enumerate(loaded.value.sensors):
        other = first.setdefault((sensor.agent, sensor.mapping, sensor.name), sensor.id)
        if other != sensor.id:
            text = f"{sensor.id} and {other} have the same agent, mapping and key: their messages are the same"
            out.append(loaded.problem(("sensors", i, "key"), text))
    return out


def _same_cell(loaded: Loaded[Inventory]) -> list[Problem]:
    """Return the cells that an agent could not tell apart in performance files."""
    first: dict[tuple[str, str], str] = {}
    out: list[Problem] = []
    for i, cell in enumerate(loaded.value.cells):
        if cell.agent is not None:
            other = first.setdefault((cell.agent, cell.name), cell.id)
            if other != cell.id:
                text = f"{cell.id} and {other} have the same agent and key: their counters are the same"
                out.append(loaded.problem(("cells", i, "key"), text))
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
