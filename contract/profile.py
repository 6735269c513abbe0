"""A profile: what to read from one kind of device, by numeric OIDs, and what it means. Data, with no code in it.

A table yields one row per index of its columns; a table with `scalar: true` yields one row of `.0` instances.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contract.catalog import Catalog, Word
from contract.catalog_check import produced
from contract.config_file import Key, Loaded, Problem
from contract.config_folder import load_folder, parse_texts

_OID = re.compile(r"[0-2](\.[0-9]{1,10}){1,127}")
MAX_REPEATS = 3


def _oid(value: object) -> object:
    if isinstance(value, str) and _OID.fullmatch(value):
        numbers = tuple(int(part) for part in value.split("."))
        if max(numbers) < 2**32 and (numbers[0] == 2 or numbers[1] < 40):  # X.690 clause 8.19.4
            return numbers
    raise ValueError("a numeric OID such as 1.3.6.1.2.1.1.3")


def _expression(text: str) -> str:
    """Only what takes at most the third power of a text's length: the texts are a device's, the expression may be the
    broker's."""
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        raise ValueError("a regular expression") from None
    if len(re.findall(r"[*+{]", text)) > MAX_REPEATS or re.search(r"\)[*+{]", text):
        raise ValueError(f"an expression with at most {MAX_REPEATS} repeats, none of them of a group")
    return text


Oid = Annotated[tuple[int, ...], BeforeValidator(_oid)]
Expression = Annotated[str, Field(max_length=200), AfterValidator(_expression)]
Int64 = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """One object. `rate` or `delta` says that it is a counter, and how many bits it has where its type does not say:
    a rate is per second, a delta the count of the interval."""

    oid: Oid
    scale: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    rate: Literal[32, 64] | None = None
    delta: Literal[32, 64] | None = None

    @model_validator(mode="after")
    def _one(self) -> "Source":
        if self.rate and self.delta:
            raise ValueError("either `rate` or `delta`")
        return self


class Column(Source):
    """A field of the catalog. `otherwise` is used in a row where the first object has no value; a value in `sentinels`
    is none; `map` turns the device's numbers into the catalog's."""

    sentinels: list[Int64] = []
    map: dict[Int64, Int64] = {}
    otherwise: Source | None = None

    @model_validator(mode="after")
    def _alike(self) -> "Column":
        other = self.otherwise
        if other and (bool(other.rate), bool(other.delta)) != (bool(self.rate), bool(self.delta)):
            raise ValueError("`otherwise` must be a `rate` or `delta` just as the object that it stands in for")
        return self


class TagColumn(_Strict):
    """A tag: the text of an object, `otherwise` of another one, and of the index where neither has one."""

    oid: Oid
    otherwise: Oid | None = None


class ProfileTable(_Strict):
    """Rows of one measurement. `discontinuity` is an object (TimeStamp) that changes when the row's counters were reset
    (RFC 2863 ifCounterDiscontinuityTime)."""

    measurement: Word
    scalar: bool = False
    tags: dict[Word, TagColumn] = {}
    columns: Annotated[dict[Word, Column], Field(min_length=1)]
    discontinuity: Oid | None = None

    @model_validator(mode="after")
    def _shape(self) -> "ProfileTable":
        if self.scalar and self.tags:
            raise ValueError("a scalar table has one row and so no tags")
        if not self.scalar and not self.tags:
            raise ValueError("a table needs a tag that tells its rows apart")
        return self

    def objects(self) -> list[Oid]:
        """Return every object that the table needs, each once, in order."""
        out: dict[Oid, None] = {}
        for tag in self.tags.values():
            out[tag.oid] = None
            if tag.otherwise:
                out[tag.otherwise] = None
        for column in self.columns.values():
            out[column.oid] = None
            if column.otherwise:
                out[column.otherwise.oid] = None
        if self.discontinuity:
            out[self.discontinuity] = None
        return list(out)


class Match(_Strict):
    """Which devices the profile fits: prefixes of sysObjectID, expressions over sysDescr; none: every device."""

    sys_object_id: list[Oid] = []
    sys_descr: list[Expression] = []


class Profile(_Strict):
    """Named by its file: `if-mib.yaml` is `if-mib`."""

    en: str
    vi: str
    match: Match = Match()
    tables: Annotated[list[ProfileTable], Field(min_length=1)]


def load_profiles(folder: Path, catalog: Catalog) -> tuple[dict[str, Profile], dict[str, str]]:
    """Read every profile of a folder: typed, and as texts for the assignments.

    Raises:
        ConfigError: with every problem of every file.
    """
    return load_folder(folder, Profile, lambda loaded: check(loaded, catalog), "profile")


def parse_profiles(texts: Mapping[str, str]) -> dict[str, Profile]:
    """Return the profiles of an assignment.

    Raises:
        ConfigError: a text is not a profile, or they are more than an agent reads at once.
    """
    return parse_texts(texts, Profile, "profile")


def check(loaded: Loaded[Profile], catalog: Catalog) -> list[Problem]:
    """Return what of the profile the catalog does not allow."""
    out: list[Problem] = []
    for i, table in enumerate(loaded.value.tables):
        at: Key = ("tables", i)
        spec, problems = produced(loaded, at, table.measurement, table.tags, ("columns", table.columns), catalog)
        out += problems
        for name, column in table.columns.items():
            field = spec.fields.get(name) if spec else None
            if field and (field.kind == "delta") != (column.delta is not None):
                out.append(
                    loaded.problem((*at, "columns", name), f"is a {field.kind}: `delta` is for deltas, and only")
                )
            if field and field.kind == "state" and column.rate:
                out.append(loaded.problem((*at, "columns", name), "is a state: no `rate`"))
            scales = {column.scale, column.otherwise.scale if column.otherwise else 1.0}
            if field and field.kind != "gauge" and scales != {1.0}:
                out.append(loaded.problem((*at, "columns", name), f"is a {field.kind}, an integer: no `scale`"))
    return out
