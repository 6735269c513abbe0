"""Which values a profile gives from one object: its row is decoded with the object and without it."""

from collections.abc import Iterable, Iterator, Mapping

from agents.snmp.oids import Oid
from agents.snmp.varbinds import Varbind
from contract.match import matching
from contract.profile import Profile, ProfileTable
from mangrove.profile_test import decoded

Walk = Mapping[Oid, Varbind]
Value = float | None


def fitting(profiles: Mapping[str, Profile], walk: Walk) -> list[str]:
    """Return the names of the profiles that fit the device that was walked."""
    descr, object_id = (said.value if (said := walk.get((1, 3, 6, 1, 2, 1, 1, arc, 0))) else None for arc in (1, 2))
    return matching(
        profiles,
        object_id if isinstance(object_id, tuple) else (),
        descr.decode(errors="replace") if isinstance(descr, bytes) else "",
        lambda oid: any(one[: len(oid)] == oid for one in walk),
    )


def values(profiles: Iterable[Profile], walk: Walk, oid: Oid) -> list[Value]:
    """Return the value of each field that is of the object, None of one to which it gives none here; nothing where no
    profile reads it."""
    return [
        _given(profile.model_copy(update={"tables": [table]}), name, walk, row, oid)
        for profile in profiles
        for table in profile.tables
        for name, row in _fields(table, oid)
    ]


def _fields(table: ProfileTable, oid: Oid) -> Iterator[tuple[str, list[Oid]]]:
    """Yield the fields that are of the object, and all objects of its row."""
    scalars = {of: instance for instance, of in table.scalars().items()}
    for name, column in table.columns.items():
        for source in column.sources():
            if table.scalar:
                if scalars[source.oid] == oid:
                    yield name, list(scalars.values())
            elif oid[: len(source.oid)] == source.oid:
                yield name, [(*one, *oid[len(source.oid) :]) for one in table.objects()]


def _given(profile: Profile, name: str, walk: Walk, row: list[Oid], oid: Oid) -> Value:
    with_it = [walk[one] for one in row if one in walk]
    value = _value(profile, name, with_it)
    return value if value != _value(profile, name, [one for one in with_it if one.oid != oid]) else None


def _value(profile: Profile, name: str, row: list[Varbind]) -> Value:
    for table in decoded(profile, [row]).tables:
        found = dict(zip([*table.tags, *table.fields], table.rows[0], strict=True))[name]
        return found if isinstance(found, int | float) else None
    return None
