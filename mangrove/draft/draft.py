"""From the groups of a walk to measurements with tags and fields, each with its reasons. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from agents.snmp.oids import Oid
from agents.snmp.varbinds import Varbind
from contract.catalog import ENRICHED_TAGS, RESERVED
from mangrove.discover.vendors import VENDORS
from mangrove.draft.groups import ENTERPRISES, Group, Index
from mangrove.draft.guess import Fact, Field, guess
from mangrove.draft.tags import Tag, tag

_MIB_2: Final[Oid] = (1, 3, 6, 1, 2, 1)
_LONGEST: Final = 60  # of a name; a number may have to follow


@dataclass(frozen=True, slots=True)
class Column:
    """A field with its full name, and the object that it is read from."""

    name: str
    oid: Oid
    field: Field


@dataclass(frozen=True, slots=True)
class Table:
    """A measurement: of a table with its tag, or of scalars without. `facts` are objects that can be no field."""

    name: str
    oid: Oid
    tag: Tag | None
    rows: int
    columns: list[Column] = field(default_factory=list)
    facts: list[tuple[Oid, Fact]] = field(default_factory=list)


def tables(some: Sequence[Group], texts: Mapping[Oid, Mapping[Index, str]]) -> list[Table]:
    """Return the measurements that groups make; a group of facts alone has no columns."""
    out: list[Table] = []
    taken: set[str] = set()
    for group in some:
        columns: list[Column] = []
        facts: list[tuple[Oid, Fact]] = []
        for number, objects in sorted(group.columns.items()):
            what = guess(list(objects.values()), is_index=not group.scalar and _is_index(objects))
            if isinstance(what, Fact):
                facts.append((group.column(number), what))
            else:
                columns.append(Column(f"{what.name}_{number}", group.column(number), what))
        rows = _rows(group, {column.oid[-1] for column in columns})
        its = None if group.scalar else tag(group, rows, texts)
        out.append(Table(_name(group, taken), group.oid, its, len(rows), columns, facts))
    return out


def _rows(group: Group, columns: Collection[int]) -> list[Index]:
    return sorted({index for number in columns for index in group.columns[number]})


def _is_index(objects: Mapping[Index, Varbind]) -> bool:
    """Whether each value is the last part of its row's index: of several rows, or of the first column there can be."""
    return all(one.value == index[-1] for index, one in objects.items()) and (
        len(objects) > 1 or all(one.oid[-len(index) - 1] == 1 for index, one in objects.items())
    )


def _name(group: Group, taken: set[str]) -> str:
    """Return a name for a measurement that nobody has yet: the maker, and the numbers of the table or the group."""
    arcs, depth = group.oid if group.scalar else group.oid[:-1], len(ENTERPRISES)
    if len(arcs) > depth and arcs[:depth] == ENTERPRISES:
        maker = VENDORS.get(arcs[depth], f"e{arcs[depth]}").replace("-", "_")
        words = [maker, *map(str, arcs[depth + 1 :])]
    elif arcs[: len(_MIB_2)] == _MIB_2:
        words = ["mib2", *map(str, arcs[len(_MIB_2) :])]
    else:
        words = ["mib", *map(str, arcs[-4:])]
    if group.scalar:
        words.append("group")
    name = stem = "_".join(words)[:_LONGEST]
    number = 2
    while name in taken or name in RESERVED or name in ENRICHED_TAGS:
        name, number = f"{stem}_{number}", number + 1
    taken.add(name)
    return name
