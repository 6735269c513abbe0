"""What of a walk the profiles that ship read already, and which of them fit the device. Pure."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.identity import SYS_DESCR, SYS_OBJECT_ID
from agents.snmp.oids import Oid
from agents.snmp.varbinds import Varbind
from agents.tags import tag_text
from contract.match import matching
from contract.profile import Profile


@dataclass(frozen=True, slots=True)
class Parted:
    """A walk taken apart: what fitting profiles read, by their names with the number of objects, and what is left."""

    sys_object_id: Oid
    sys_descr: str
    read: dict[str, int]
    left: list[Varbind]


def parted(walk: Sequence[Varbind], profiles: Mapping[str, Profile]) -> Parted:
    """Take a walk, in increasing order, apart. A profile reads all of a table of which it reads something, and all
    scalars side by side."""
    oids = [one.oid for one in walk]

    def has(oid: Oid) -> bool:
        at = bisect_left(oids, oid)
        return at < len(oids) and oids[at][: len(oid)] == oid

    said = {one.oid: one for one in walk if one.oid in (SYS_DESCR, SYS_OBJECT_ID)}
    named = said[SYS_OBJECT_ID].value if SYS_OBJECT_ID in said else ()
    object_id = named if isinstance(named, tuple) else ()
    descr = tag_text(said.get(SYS_DESCR))
    tables: dict[Oid, str] = {}
    scalars: dict[Oid, str] = {}
    for name in reversed(matching(profiles, object_id, descr, has)):  # what many fit reads its own tables
        for table in profiles[name].tables:
            for oid in table.objects():
                (scalars if table.scalar else tables).setdefault(oid[:-1], name)
    lengths = sorted({len(prefix) for prefix in tables}, reverse=True)
    read: dict[str, int] = {}
    left: list[Varbind] = []
    for one in walk:
        entry = next((found for n in lengths if (found := tables.get(one.oid[:n]))), None)
        owner = entry or (scalars.get(one.oid[:-2]) if one.oid[-1] == 0 else scalars.get(one.oid[:-1]))
        if owner is None:
            left.append(one)
        else:
            read[owner] = read.get(owner, 0) + 1
    return Parted(object_id, descr, read, left)
