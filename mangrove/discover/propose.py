"""What a look at the network says beside an inventory: new, moved, silent, the same. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from contract.inventory import Device, Inventory, Link
from mangrove.discover.ask import Found, Refusal
from mangrove.discover.habits import Habits
from mangrove.discover.hosts import Host, address_slug, hosts, slug
from mangrove.discover.vendors import vendor
from mangrove.inventory.difference import Change, Difference

Row = dict[str, str | int | list[str] | None]
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """Who reads what is new, at which site where that is not guessed, by which `port`; with `profiles` they are named,
    else the agent finds them out."""

    agent: str
    port: int
    site: str | None = None
    profiles: bool = True


@dataclass(frozen=True, slots=True)
class New:
    """A row that is not there yet. `guessed` are its keys that nobody said; without a site it is not whole."""

    row: Row
    host: Host
    guessed: frozenset[str]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.row["id"])

    def device(self) -> Device | None:
        """Return it as the inventory has it, None while it lacks its site."""
        return Device.model_validate(self.row) if self.row["site"] else None


@dataclass(frozen=True, slots=True)
class Proposal:
    """All of it. `silent` devices are in the ranges and did not answer: they are shown, never taken away. `unjudged`
    are those of them that nobody asked by their credential."""

    new: list[New] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    silent: list[Device] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def difference(self) -> Difference:
        """Return what would be written: what is new and whole, and what has changed."""
        return Difference(added=[one for new in self.new if (one := new.device())], changed=self.changed)


def propose(
    found: Sequence[Found],
    refused: Mapping[str, Refusal],
    asked: Collection[str],
    inventory: Inventory | None,
    credentials: Collection[str],
    rule: Rule,
) -> Proposal:
    """Compare. `credentials` are those that were tried: only of these it is known that a device does not take them."""
    every = inventory.devices if inventory else []
    ours = {(one.address, one.port): one for one in every if one.agent == rule.agent}
    by_id = {one.id: one for one in every}
    out = Proposal(refused=list(refused.values()))
    habits, taken = Habits(inventory), set(by_id)
    heard: set[str] = set()
    names: dict[str, str] = {}
    strangers: list[Host] = []
    for host in sorted(hosts(found, ours), key=lambda one: not _is_at_home(one, by_id)):
        device = _meant(host, ours, by_id, heard, rule)
        if device is None or device.id in heard:
            strangers.append(host)
            continue
        heard.add(device.id)
        names[host.found.sys_name] = device.id
        now = _now(device, host.found, credentials)
        if now == device:
            out.same.append(device.id)
        else:
            out.changed.append(Change(device, now))
    for host in strangers:
        new = _new(host, habits, taken, rule)
        taken.add(new.id)
        names[host.found.sys_name] = new.id
        out.new.append(new)
    for (address, port), one in ours.items():
        if address in asked and port == rule.port and one.id not in heard:
            if one.credential in credentials:
                out.silent.append(one)
            else:
                out.unjudged.append(one.id)
    out.links.extend(_links(found, names, taken, inventory.links if inventory else []))
    return out


def _meant(
    host: Host, ours: Mapping[Place, Device], by_id: Mapping[str, Device], heard: Collection[str], rule: Rule
) -> Device | None:
    """Return the device of the inventory that a host is: the one with its name that was not heard yet, or else the one
    at its address."""
    named = by_id.get(slug(host.found.sys_name))
    at = next((one for address in host.addresses if (one := ours.get((address, host.found.port)))), None)
    if named and named.id not in heard and (named.agent == rule.agent or named.address in host.addresses):
        return named
    return at


def _is_at_home(host: Host, by_id: Mapping[str, Device]) -> bool:
    """Whether the device with its name has one of its addresses: it comes before others that call themselves so."""
    named = by_id.get(slug(host.found.sys_name))
    return named is not None and named.address in host.addresses


def _now(device: Device, found: Found, credentials: Collection[str]) -> Device:
    """Return the device as it was found. What another agent reads stays as it is."""
    update: dict[str, object] = {}
    if (device.address, device.port) != (found.address, found.port):
        update |= {"address": found.address, "port": found.port}
    if device.credential != found.credential and device.credential in credentials:
        update["credential"] = found.credential
    return device.model_copy(update=update)


def _new(host: Host, habits: Habits, taken: Collection[str], rule: Rule) -> New:
    found = host.found
    name = slug(found.sys_name) or address_slug(found.address)
    if name in taken:
        name = f"{name[:30].strip('-')}-{address_slug(found.address).removeprefix('ip-')}"[:63].strip("-")
    site = rule.site or habits.site(name)
    guesses = {"role": habits.role(name, found), "level": habits.level(name), "site": None if rule.site else site}
    row: Row = {"id": name, "site": site, "agent": rule.agent, "address": found.address, "port": found.port}
    row |= {"credential": found.credential, "vendor": vendor(found.known.sys_object_id)}
    row |= {"role": guesses["role"], "level": guesses["level"]}
    row["profiles"] = list(found.profiles) if rule.profiles else []
    return New(row, host, frozenset(key for key, value in guesses.items() if value))


def _links(
    found: Iterable[Found], names: Mapping[str, str], known: Collection[str], links: Iterable[Link]
) -> list[Link]:
    """Return the links that neighbours tell of and that are not there: between devices that are, in either order."""
    joined = {frozenset(link.ends) for link in links}
    taken = {link.id for link in links}
    out: list[Link] = []
    for one in found:
        here = names.get(one.sys_name)
        for neighbour in one.neighbours:
            there = names.get(neighbour) or slug(neighbour)
            if here is None or there not in known or there == here or frozenset((here, there)) in joined:
                continue
            joined.add(frozenset((here, there)))
            first, second = sorted((here, there))
            name = f"ln-{first}-{second}"[:60].strip("-")
            while name in taken:
                name = f"{name}-2"[-63:].strip("-")
            taken.add(name)
            out.append(Link(id=name, ends=(first, second)))
    return out
