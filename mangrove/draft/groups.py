"""Which tables and scalars a walk has, found without any MIB. Pure.

In a MIB the object of a row is `table.1.column.index` (RFC 2578 section 7.7), a scalar `object.0`. So a table shows by
a node that is a 1, below which several columns have the same indices, and each column one type.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from agents.snmp.oids import Oid
from agents.snmp.varbinds import Varbind

Index = tuple[int, ...]
ENTERPRISES: Final[Oid] = (1, 3, 6, 1, 4, 1)
_SHALLOWEST: Final = 7
"""Sub-identifiers of an entry at least: below enterprises the maker's number comes first."""
_ALIKE: Final = 0.5
"""Share of all indices that columns of one table have on average."""


@dataclass(slots=True)
class Group:
    """A table by its entry, `table.1`, or with `scalar` the objects side by side below `oid`. `columns` have their
    objects by index, which of a scalar is 0."""

    oid: Oid
    scalar: bool
    columns: dict[int, dict[Index, Varbind]] = field(default_factory=dict)

    def indices(self) -> list[Index]:
        """Return the indices of all columns, in order."""
        return sorted({index for column in self.columns.values() for index in column})

    def alike(self) -> float:
        """Return the share of all indices that a column has on average, 1 where there are no gaps."""
        return sum(map(len, self.columns.values())) / len(self.columns) / len(self.indices())

    def shows_index(self) -> bool:
        """Whether the first column there can be has the row's index, as those of old MIBs do."""
        first = self.columns.get(1, {})
        return bool(first) and all(one.value == index[-1] for index, one in first.items())

    def column(self, number: int) -> Oid:
        """Return the OID of a column, without an index."""
        return (*self.oid, number)


def groups(walk: Sequence[Varbind]) -> list[Group]:
    """Return the tables and the groups of scalars, in the order of their OIDs. `walk` is in increasing order."""
    found: dict[tuple[Oid, bool], Group] = {}
    left: list[Varbind] = []
    for group, some in _tables(walk, 0):
        if group:
            found[group.oid, False] = group
        left += some
    parents = {one.oid[:-1] for one in left if one.oid[-1] != 0}
    ended = [one for one in left if one.oid[-1] == 0 and len(one.oid) > 2 and one.oid[:-1] not in parents]
    scalars = {one.oid for one in ended}
    for entry, one in _single([one for one in left if one.oid not in scalars]):
        _add(found, one, entry, scalar=False)
    columns = {
        (group.column(number), len(index)): len(group.oid)
        for group in found.values()
        for number, objects in group.columns.items()
        for index in objects
    }
    for one in ended:  # the index of a row may end in 0, too
        size = len(one.oid)
        table = next((n for at in range(size - 1, 0, -1) if (n := columns.get((one.oid[:at], size - at)))), None)
        _add(found, one, table or size - 2, scalar=table is None)
    return sorted(found.values(), key=lambda group: (group.oid, group.scalar))


def _add(found: dict[tuple[Oid, bool], Group], one: Varbind, at: int, *, scalar: bool) -> None:
    """Put an object into the group whose OID has `at` sub-identifiers; the next one is its column."""
    key = one.oid[:at], scalar
    group = found.setdefault(key, Group(key[0], scalar))
    group.columns.setdefault(one.oid[at], {})[one.oid[at + 1 :]] = one


def _tables(walk: Sequence[Varbind], depth: int) -> Iterator[tuple[Group | None, list[Varbind]]]:
    """Yield the tables below the node that all of the walk has in common to this depth, and what is in none."""
    if not walk:
        return
    if depth >= _SHALLOWEST and (table := _as_table(walk, depth)):
        yield from _deeper(walk, depth, table) or [(table, [])]
        return
    yield from _below(walk, depth)


def _below(walk: Sequence[Varbind], depth: int) -> Iterator[tuple[Group | None, list[Varbind]]]:
    for part in _children(walk, depth):
        if len(part) == 1 or len(part[0].oid) <= depth + 1:
            yield None, list(part)
        else:
            yield from _tables(part, depth + 1)


def _deeper(walk: Sequence[Varbind], depth: int, table: Group) -> list[tuple[Group | None, list[Varbind]]]:
    """Return the tables below a node that looks like one, where these explain it better: each shows its own index; or
    most objects are in tables with less gaps, and those differ from column to column. If not, they are pieces of
    rows."""
    found = list(_below(walk, depth))
    inner = [group for group, _ in found if group]
    inside = sum(len(column) for group in inner for column in group.columns.values())
    if not inner or inside < len(walk) / 2:
        return []
    shapes = {(group.oid[depth + 1 :], frozenset(group.columns), tuple(group.indices())) for group in inner}
    better = all(group.alike() > table.alike() for group in inner) and len(shapes) == len(inner)
    return found if better or all(group.shows_index() for group in inner) else []


def _children(walk: Sequence[Varbind], depth: int) -> Iterator[Sequence[Varbind]]:
    """Yield the parts of a walk that have the same sub-identifier at this depth."""
    first = 0
    for at in range(1, len(walk) + 1):
        if at == len(walk) or walk[at].oid[depth : depth + 1] != walk[first].oid[depth : depth + 1]:
            yield walk[first:at]
            first = at


def _as_table(walk: Sequence[Varbind], depth: int) -> Group | None:
    """Return the table whose entry is the node, or None where there are no columns that are alike."""
    first, last = walk[0].oid, walk[-1].oid
    if first[depth - 1] != 1 or min(len(first), len(last)) < depth + 2 or first[depth] == last[depth]:
        return None
    group = Group(walk[0].oid[:depth], scalar=False)
    types: dict[int, int] = {}
    for one in walk:
        if len(one.oid) < depth + 2 or types.setdefault(one.oid[depth], one.tag) != one.tag:
            return None
        group.columns.setdefault(one.oid[depth], {})[one.oid[depth + 1 :]] = one
    indices = group.indices()
    if any(column.keys() == {(0,)} for column in group.columns.values()):
        return None  # a scalar beside other things
    if group.alike() < _ALIKE or all(index[-1] == 0 and len(index) < 3 for index in indices):
        return None  # the latter are scalars, or groups of them side by side
    return group


def _single(walk: Sequence[Varbind]) -> Iterator[tuple[int, Varbind]]:
    """Yield each object of a column that stands alone, with the number of sub-identifiers of its entry."""
    if not walk:
        return
    depth = _common(walk)
    entry = _entry(walk[0].oid, depth)
    if len({one.tag for one in walk}) == 1 and entry and not _is_split(walk, depth):
        for one in walk:
            yield entry, one
    else:
        parts = list(_children(walk, depth))
        if len(parts) == 1:  # the first is alone, or the others are below it, which no MIB allows
            yield max(1, len(walk[0].oid) - 2), walk[0]
            parts = [walk[1:]]
        for part in parts:
            yield from _single(part)


def _is_split(walk: Sequence[Varbind], depth: int) -> bool:
    """Whether the parts below the node are columns: it is an entry, or each part has an entry of its own."""
    parts = list(_children(walk, depth))
    if len(parts) < 2 or any(len(part) < 2 for part in parts):
        return False
    return walk[0].oid[depth - 1] == 1 or all(_entry(part[0].oid, _common(part)) > depth for part in parts)


def _common(walk: Sequence[Varbind]) -> int:
    """Return how many sub-identifiers all have in common, less than any of them has."""
    first, last = walk[0].oid, walk[-1].oid
    most = min(len(first), len(last)) - 1
    return next((at for at in range(most) if first[at] != last[at]), most)


def _entry(oid: Oid, depth: int) -> int:
    """Return the length of the last entry that has its column within the first `depth` sub-identifiers, or 0."""
    return next((at for at in range(depth - 1, _SHALLOWEST - 1, -1) if oid[at - 1] == 1 and at + 1 < len(oid)), 0)
