"""`mangrove profile match`: which profiles fit a device, and why."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agents.snmp.errors import SnmpError
from agents.snmp.oids import Oid, text
from agents.snmp.session import Session
from agents.snmp.transport import Transport
from contract.match import MAX_DESCR, matching
from contract.profile import Match, Profile
from mangrove.asking import Asking
from mangrove.profile_list import shipped_or
from mangrove.readable import plain
from mangrove.words import word

SYS_DESCR: Oid = (1, 3, 6, 1, 2, 1, 1, 1, 0)
SYS_OBJECT_ID: Oid = (1, 3, 6, 1, 2, 1, 1, 2, 0)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says of itself, and which of the objects it has by which profiles know it."""

    sys_object_id: Oid
    sys_descr: str
    present: Mapping[Oid, bool]

    def has(self, oid: Oid) -> bool:
        """Whether the device has something under an OID."""
        return self.present.get(oid, False)

    def fitting(self, profiles: Mapping[str, Profile]) -> list[str]:
        """Return the names of the profiles that fit, the most specific first."""
        return matching(profiles, self.sys_object_id, self.sys_descr, self.has)


async def identity(session: Session, profiles: Mapping[str, Profile]) -> Identity:
    """Ask a device who it is, and for the objects by which the profiles that else fit would know it.

    Raises:
        SnmpError: it does not say.
    """
    descr, object_id = (varbind.value for varbind in await session.get([SYS_DESCR, SYS_OBJECT_ID]))
    said = descr.decode("utf-8", errors="replace") if isinstance(descr, bytes) else ""
    named = object_id if isinstance(object_id, tuple) else ()
    present: dict[Oid, bool] = {}
    for oid in _wanted(profiles, named, said):
        walk = await session.successors(oid, oid, 1)
        if walk.error:
            raise walk.error
        present[oid] = bool(walk.varbinds[0])
    return Identity(named, said, present)


def verdict(match: Match, known: Identity) -> list[tuple[bool, str]]:
    """Return each condition of a profile: whether the device meets it, and what it is."""

    def held(key: str, some: Iterable[Oid | str], holds: Callable[[Oid | str], bool]) -> list[tuple[bool, str]]:
        every = list(some)
        holding = [one for one in every if holds(one)]
        what = ", ".join(one if isinstance(one, str) else text(one) for one in holding or every)
        return [(bool(holding), word(key, what=what))] if every else []

    descr = known.sys_descr[:MAX_DESCR]
    return [
        *held("fits_object_id", match.sys_object_id, lambda oid: known.sys_object_id[: len(oid)] == oid),
        *held("fits_descr", match.sys_descr, lambda one: re.search(str(one), descr) is not None),
        *held("fits_has", match.has, lambda oid: not isinstance(oid, str) and known.has(oid)),
    ] or [(True, word("fits_every"))]


async def show(asking: Asking, folder: Path | None) -> int:
    """Print which profiles fit a device and why, and what keeps the others from it; 1 when it does not answer.

    Raises:
        ConfigError: a profile cannot be read, or an option cannot be used.
    """
    profiles = shipped_or(folder)
    transport = Transport()
    try:
        known = await identity(await asking.session(transport), profiles)
    except SnmpError as error:
        Console(stderr=True).print(plain(f"{word(error.outcome)}: {error}"), soft_wrap=True)
        return 1
    finally:
        transport.close()
    console = Console()
    console.print(plain(f"sysDescr     {known.sys_descr}"), soft_wrap=True)
    console.print(plain(f"sysObjectID  {text(known.sys_object_id)}"), soft_wrap=True)
    console.print(_table(profiles, known))
    return 0


def _table(profiles: Mapping[str, Profile], known: Identity) -> Table:
    fitting = known.fitting(profiles)
    out = Table("", word("profile_profile"), word("profile_why"))
    for name in [*fitting, *(name for name in profiles if name not in fitting)]:
        fits = name in fitting
        conditions = verdict(profiles[name].match, known)
        why = "; ".join(said for holds, said in conditions if holds or not fits)
        lacking = "; ".join(said for holds, said in conditions if not holds)
        style = "" if fits else "dim"
        mark = plain("✓", "bold green") if fits else plain("-", style)
        out.add_row(
            mark, plain(name, "bold" if fits else style), plain(why if fits else word("lacks", what=lacking), style)
        )
    return out


def _wanted(profiles: Mapping[str, Profile], sys_object_id: Oid, sys_descr: str) -> list[Oid]:
    wanted: list[Oid] = []

    def note(oid: Oid) -> bool:
        wanted.append(oid)
        return False

    matching(profiles, sys_object_id, sys_descr, note)
    return wanted
