"""Where the values of one table's rows stand: learned from a walk, and good until the rows may have changed. Pure."""

from collections import Counter as Multiset
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from agents.snmp.ber import Value
from agents.snmp.oids import Oid
from agents.snmp.varbinds import Varbind, encode_name
from agents.tags import index_string, index_text, tag_text
from contract.profile import ProfileTable, Source, TagColumn
from contract.tag_text import MAX_TEXT, clean

Index = tuple[int, ...]
Slots = slice | tuple[int, ...]
"""Places in a sequence, one for each row: evenly spaced ones as a slice, which costs no memory and little time."""
Found = Mapping[Oid, Mapping[Index, Varbind]]
SCALAR: Index = (0,)
MISSING = 0
"""The slot of what the device does not have."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table in the order of their indices, and the values of their tags."""

    indices: tuple[Index, ...]
    names: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.indices)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Layout:
    """The values of a reading stand in one sequence: nothing, the `fixed` ones that were learned, and the ones whose
    encoded names are `live`.

    `slots` says for each object where in it the values of the rows are. `named` are the places of names among the
    live ones, with what they were: where they differ, the rows are no longer these.
    """

    table: ProfileTable
    rows: Rows
    fixed_tags: bytes
    fixed_values: tuple[Value, ...]
    live: tuple[bytes, ...]
    slots: Mapping[Oid, Slots]
    named: tuple[tuple[int, Value], ...]

    def is_named(self, tags: Sequence[int], values: Sequence[Value]) -> bool:
        """Whether the live values, as far as they came, have the names that were learned."""
        return all(values[at] == name or not tags[at] for at, name in self.named)


def layout(table: ProfileTable, found: Found, *, along: bool, whole: bool = True, second_names: bool = True) -> Layout:
    """Return the layout of what was `found`. With `along` the names of the rows are read with every poll.

    Unless the walk was `whole`, only first choices count: what should stand before a second one may just not have
    come. Without `second_names` a row that lacks its first one is left out: it would be another series.
    """
    rows, name_of = _rows(table, found, second_names=whole and second_names)
    live_objects, fixed_objects = _split(table, found, rows, whole=whole)
    slots: dict[Oid, list[int]] = {oid: [MISSING] * len(rows) for oid in (*live_objects, *fixed_objects)}
    fixed: list[Varbind] = []
    live: list[Oid] = []
    named: list[tuple[int, Value]] = []
    for place, index in enumerate(rows.indices):
        for oid, present in fixed_objects.items():
            if index in present:
                fixed.append(found[oid][index])
                slots[oid][place] = len(fixed)
        if along and (name := name_of.get(index)):
            named.append((len(live), name.value))
            live.append(name.oid)
        for oid, present in live_objects.items():
            if index in present:
                live.append(found[oid][index].oid)
                slots[oid][place] = -len(live)
    return Layout(
        table,
        rows,
        bytes(varbind.tag for varbind in fixed),
        tuple(varbind.value for varbind in fixed),
        tuple(map(encode_name, live)),
        {oid: _slots([at if at >= 0 else len(fixed) - at for at in places]) for oid, places in slots.items()},
        tuple(named),
    )


def places(slots: Slots, rows: int) -> Sequence[int]:
    """Return the places of so many rows one by one."""
    return slots if isinstance(slots, tuple) else range(slots.start, slots.start + rows * slots.step, slots.step)


def _slots(of: list[int]) -> Slots:
    step = of[1] - of[0] if len(of) > 1 else 1
    if not of or MISSING in of or step <= 0 or of != list(range(of[0], of[0] + len(of) * step, step)):
        return tuple(of)
    return slice(of[0], of[-1] + 1, step)


def _rows(table: ProfileTable, found: Found, *, second_names: bool) -> tuple[Rows, dict[Index, Varbind]]:
    """Return the rows, and of each the object that gives its first tag."""
    valued = [source.oid for column in table.columns.values() for source in column.sources()]
    indices = sorted({index for oid in valued for index in found.get(oid, {})})
    if table.scalar:
        has = SCALAR in indices
        constants = tuple(tag.constant or "" for tag in table.tags.values())
        return Rows((SCALAR,) if has else (), (constants,) if has else ()), {}
    kept: list[Index] = []
    names: list[list[str]] = []
    by: dict[Index, Varbind] = {}
    for index in indices:
        tags = [_tag(tag, index, found, second_names=second_names) for tag in table.tags.values()]
        if not all(tags):
            continue
        kept.append(index)
        names.append([clean(tag) for tag in tags])
        first = next(iter(table.tags.values()))
        if first.part is None and (name := _named_by(first, index, found)):
            by[index] = name
    # Two rows of one name would be one series: the index tells them apart, also from one that is named like that.
    while len(times := Multiset(map(tuple, names))) < len(names):
        for index, tags in zip(kept, names, strict=True):
            if times[tuple(tags)] > 1:
                tags[0] = _with_index(tags[0], index)
    return Rows(tuple(kept), tuple(map(tuple, names))), by


def _with_index(name: str, index: Index) -> str:
    """Return a name with the index behind it, both within what a tag may have."""
    end = f" ({index_text(index)})"
    if len(end) > MAX_TEXT // 2:
        end = f" ({blake2b(end.encode(), digest_size=8).hexdigest()})"
    return clean(name, MAX_TEXT - len(end)) + end


def _tag(tag: TagColumn, index: Index, found: Found, *, second_names: bool) -> str:
    if tag.constant:
        return tag.constant
    if tag.string is not None:
        return index_string(index, tag.string)
    under = index[slice(*tag.part)] if tag.part else index
    if not second_names and tag.oid and under not in found.get(tag.oid, {}):
        return ""
    return tag_text(_named_by(tag, under, found)) or index_text(under)


def _named_by(tag: TagColumn, under: Index, found: Found) -> Varbind | None:
    for oid in tag.objects():
        if (varbind := found.get(oid, {}).get(under)) and tag_text(varbind):
            return varbind
    return None


def _split(
    table: ProfileTable, found: Found, rows: Rows, *, whole: bool
) -> tuple[dict[Oid, set[Index]], dict[Oid, set[Index]]]:
    """Return the instances to read with every poll and those that stay, by object."""
    live: dict[Oid, set[Index]] = {}
    fixed: dict[Oid, set[Index]] = {}
    inside = set(rows.indices)
    changing = {source.oid for column in table.columns.values() if not column.static for source in column.sources()}

    def add(to: dict[Oid, set[Index]], oid: Oid, among: Iterable[Index]) -> None:
        to.setdefault(oid, set()).update(index for index in among if index in inside)

    for column in table.columns.values():
        to = fixed if column.static else live
        add(to, column.oid, _counting(column, found, changing) if whole else found.get(column.oid, {}))
        if column.otherwise and whole:
            # Where the first object has a value that counts, the second one need not be asked for.
            firsts = () if column.sentinels or column.when else _numbers(found.get(column.oid, {}))
            add(to, column.otherwise.oid, set(_counting(column.otherwise, found, changing)).difference(firsts))
        for oid in column.helpers():
            add(fixed, oid, found.get(oid, {}))
    if table.discontinuity:
        add(live, table.discontinuity, found.get(table.discontinuity, {}))
    return live, {oid: present for oid, present in fixed.items() if oid not in live}


def _counting(source: Source, found: Found, changing: Collection[Oid]) -> Collection[Index]:
    """Return the rows in which an object may count: those in which the conditions that stay as they are hold."""
    kept: Collection[Index] = found.get(source.oid, {}).keys()
    for when in source.when:
        if when.oid not in changing:
            said = found.get(when.oid, {})
            kept = [at for at in kept if (when.holds(said[at].value) if at in said else when.absent)]
    return kept


def _numbers(instances: Mapping[Index, Varbind]) -> Iterable[Index]:
    return (index for index, varbind in instances.items() if isinstance(varbind.value, int))
