"""Our values beside expected ones, and the list of what is different and why."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from recordings.librenms import Expected
from recordings.values import Value

from contract.oid import Oid

UNREAD: Literal["unread"] = "unread"
NOTHING: Literal["nothing"] = "nothing"
Ours = Literal["unread", "nothing"] | float
"""A value; `nothing` where an object is read and gives none here; `unread` where no profile that fits reads it."""


class Difference(BaseModel):
    """Objects, or what is below them, of which we give something else than expected: all of `ours`, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    oids: Annotated[list[Oid], Field(min_length=1)]
    ours: Annotated[list[Ours], Field(min_length=1)]
    why: Annotated[str, Field(min_length=15)]


def read_differences(path: Path) -> Mapping[str, list[Difference]]:
    """Return the differences by recording."""
    return TypeAdapter(dict[str, list[Difference]]).validate_python(yaml.safe_load(path.read_text("utf-8")))


def problems(compared: Iterable[tuple[Expected, Sequence[Value]]], known: Sequence[Difference]) -> list[str]:
    """Return the expected numbers that we neither give nor explain, and the explanations that do not hold."""
    told: list[str] = []
    found: dict[Oid, set[Ours]] = {oid: set() for difference in known for oid in difference.oids}
    for one, given in compared:
        if any(value is not None and math.isclose(value, one.value, rel_tol=1e-6) for value in given):
            continue
        ours: set[Ours] = ({value for value in given if value is not None} or {NOTHING}) if given else {UNREAD}
        over = [oid for oid in found if one.oid[: len(oid)] == oid]
        if len(over) != 1:
            told.append(
                f"{dotted(one.oid)} ({one.about}): {one.value} expected, ours is {said(ours)}, {len(over)} reasons"
            )
        for oid in over:
            found[oid] |= ours
    for difference in known:
        told += [f"{dotted(oid)}: explains nothing any more" for oid in difference.oids if not found[oid]]
        union = set().union(*(found[oid] for oid in difference.oids))
        if union and union != set(difference.ours):
            told.append(f"{dotted(difference.oids[0])}: ours is said to be {said(difference.ours)}, is {said(union)}")
    return told


def dotted(oid: Oid) -> str:
    """Return an OID as it is written."""
    return ".".join(map(str, oid))


def said(ours: Iterable[Ours]) -> str:
    """Return values as they are written in the list."""
    return ", ".join(sorted(map(str, ours)))
