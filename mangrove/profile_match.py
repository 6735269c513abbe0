"""`mangrove profile match`: which profiles fit a device, and why."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agents.identity import Identity, identity
from agents.snmp.errors import SnmpError
from agents.snmp.oids import Oid, text
from agents.snmp.transport import Transport
from contract.match import MAX_DESCR
from contract.profile import Match, Profile
from mangrove.asking import Asking
from mangrove.profile_list import shipped_or
from mangrove.readable import plain
from mangrove.words import word


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


async def show(asking: Asking, folder: Path | None, catalog: Path | None) -> int:
    """Print which profiles fit a device and why, and what keeps the others from it; 1 when it does not answer.

    Raises:
        ConfigError: a profile cannot be read, or an option cannot be used.
    """
    profiles, _ = shipped_or(folder, catalog)
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
    console.print(reasons(profiles, known))
    return 0


def reasons(profiles: Mapping[str, Profile], known: Identity) -> Table:
    """Return the profiles that fit and why, then the others and what keeps them from it."""
    fitting = known.fitting(profiles)
    out = Table("", word("profile_profile"), word("profile_why"))
    for name in [*fitting, *(name for name in profiles if name not in fitting)]:
        fits = name in fitting
        conditions = verdict(profiles[name].match, known)
        why = "; ".join(said for holds, said in conditions if holds or not fits)
        lacking = "; ".join(said for holds, said in conditions if not holds)
        better = [other for other in fitting if name in profiles[other].match.instead_of]
        why_not = word("lacks", what=lacking) if lacking else word("read_instead", what=", ".join(better))
        style = "" if fits else "dim"
        mark = plain("✓", "bold green") if fits else plain("-", style)
        out.add_row(mark, plain(name, "bold" if fits else style), plain(why if fits else why_not, style))
    return out
