"""A profile: what to read from one kind of device, by numeric OIDs, and what it means. Data, with no code in it.

A table yields one row per index of its columns; a table with `scalar: true` yields one row of `.0` instances.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contract.catalog import Word
from contract.oid import Expression, Oid

Int64 = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Exponent(_Strict):
    """A power of ten that another object of the row gives: its value, through `map` where there is one, where only
    mapped values count (RFC 3433 EntitySensorDataScale and Precision)."""

    oid: Oid
    map: dict[Int64, Annotated[int, Field(ge=-30, le=30)]] = {}


class When(_Strict):
    """A condition on a row: an object of it has one of these values, or one from `at_least` to `at_most`. With `absent`
    it holds also where the row has no such object."""

    oid: Oid
    values: Annotated[list[Int64], Field(min_length=1)] | None = None
    at_least: Int64 | None = None
    at_most: Int64 | None = None
    absent: bool = False

    @model_validator(mode="after")
    def _one(self) -> "When":
        bounded = self.at_least is not None or self.at_most is not None
        if bounded == (self.values is not None):
            raise ValueError("either `values`, or `at_least`, `at_most` or both")
        return self

    def within(self, value: int) -> bool:
        """Return whether a value is between the bounds that there are."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def holds(self, value: object) -> bool:
        """Return whether it holds where the object has this value; no number meets it."""
        return isinstance(value, int) and (self.within(value) if self.values is None else value in self.values)


class Source(_Strict):
    """One object. `rate` or `delta` says that it is a counter, and how many bits it has where its type does not say:
    a rate is per second, a delta the count of the interval. With `instance` the OID is that of the value itself: one
    cell of a table, in the row of a scalar table. It counts only in rows where all of `when` hold. `map` turns the
    device's numbers into the catalog's; a second choice without one has that of the first. With `decibels` it is a
    power, which becomes 10 lg of itself after all factors: dBm of milliwatts; none where it is not above 0. `offset` is
    added last."""

    oid: Oid
    instance: bool = False
    scale: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    map: dict[Int64, Int64] = {}
    decibels: bool = False
    offset: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    when: list[When] = []
    rate: Literal[32, 64] | None = None
    delta: Literal[32, 64] | None = None

    @model_validator(mode="after")
    def _one(self) -> "Source":
        if self.rate and self.delta:
            raise ValueError("either `rate` or `delta`")
        if (self.rate or self.delta) and (self.when or self.map or self.decibels or self.offset):
            raise ValueError("a counter has no `when`, no `map`, no `decibels` and no `offset`")
        return self


class Column(Source):
    """A field of the catalog. `otherwise` is used in a row where the first object has no value; a value in `sentinels`
    is none. A value is multiplied by `scale`, by the object
    `times` of the same row, and by ten to the sum of `exponents`. A `static` object is read when the rows are learned,
    and again when they may have changed; a `real` one may also be a float within an Opaque, as net-snmp sends them.
    `text` are the units one of which may stand behind a number that is written as text, "" for none; of a value only
    the bits of `mask` count."""

    mask: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    sentinels: list[Int64] = []
    otherwise: Source | None = None
    static: bool = False
    real: bool = False
    text: Annotated[list[Annotated[str, Field(max_length=20)]], Field(max_length=10)] = []
    times: Oid | None = None
    exponents: list[Exponent] = []

    @model_validator(mode="after")
    def _alike(self) -> "Column":
        other = self.otherwise
        if other and (bool(other.rate), bool(other.delta)) != (bool(self.rate), bool(self.delta)):
            raise ValueError("`otherwise` must be a `rate` or `delta` just as the object that it stands in for")
        if (self.rate or self.delta) and (self.static or self.times or self.exponents or self.sentinels):
            raise ValueError("a counter has no `static`, `times`, `exponents` or `sentinels`")
        if (self.rate or self.delta) and (self.mask or self.text):
            raise ValueError("a counter has no `mask` and no `text`")
        return self

    def sources(self) -> "list[Source]":
        """Return the objects whose value it is, the first choice first."""
        return [self, self.otherwise] if self.otherwise else [self]

    def helpers(self) -> list[Oid]:
        """Return the objects that say how the value is to be read; they are as static as the rows, but for those that
        are a value themselves."""
        factors = [self.times] if self.times else []
        conditions = [when.oid for source in self.sources() for when in source.when]
        return [*factors, *(exponent.oid for exponent in self.exponents), *conditions]

    def objects(self) -> list[Oid]:
        """Return every object that the column needs."""
        return [*(source.oid for source in self.sources()), *self.helpers()]


class TagColumn(_Strict):
    """A tag: the text of an object, `otherwise` of another one, and of the index where neither has one; or the same
    `constant` in all rows, for what the device has but one of.

    `part` takes the sub-identifiers [from, to) of the row's index, the first is 0: the objects are those of that index,
    as of a table that this one extends; without an object they are the text themselves. `string` is the number, from 0,
    of a text of the index, which is nothing but texts with their lengths before them (RFC 2578 clause 7.7). Tags are
    static."""

    oid: Oid | None = None
    otherwise: Oid | None = None
    constant: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    part: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(le=128)]] | None = None
    string: Annotated[int, Field(ge=0, le=8)] | None = None

    @model_validator(mode="after")
    def _some(self) -> "TagColumn":
        if self.otherwise and not self.oid:
            raise ValueError("`otherwise` stands in for an `oid`")
        if self.constant and (self.oid or self.part):
            raise ValueError("either `constant`, or what the device says")
        if self.string is not None and (self.oid or self.part or self.constant):
            raise ValueError("a `string` of the index is the text itself")
        if self.part and self.part[0] >= self.part[1]:
            raise ValueError("`part` is [from, to), from 0, and takes at least one sub-identifier")
        return self

    def objects(self) -> list[Oid]:
        """Return every object that the tag needs."""
        return [oid for oid in (self.oid, self.otherwise) if oid]


class Ratio(_Strict):
    """A field worked out from others of the row: `of` / `to` * `scale` + `offset`; none where `to` is 0. Of several
    `to` it is the sum. Of a field that is a column, too, it is the value where the column has none."""

    of: Word
    to: Word | Annotated[list[Word], Field(min_length=1)]
    scale: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    offset: Annotated[float, Field(allow_inf_nan=False)] = 0.0

    def parts(self) -> list[str]:
        """Return the fields whose sum it is a share of."""
        return [self.to] if isinstance(self.to, str) else self.to


class ProfileTable(_Strict):
    """Rows of one measurement, or with `scalar` one row of `.0` instances.

    `discontinuity` is an object (TimeStamp) that changes when the row's counters were reset (RFC 2863
    ifCounterDiscontinuityTime); `changed` are scalars that change when rows come, go or are renamed (ifTableLastChange,
    ifNumber, entLastChangeTime): without them the names are read with every poll. `interval_s` reads the table less
    often than the device."""

    measurement: Word
    scalar: bool = False
    interval_s: Annotated[float, Field(gt=0, le=86400)] | None = None
    tags: dict[Word, TagColumn] = {}
    columns: Annotated[dict[Word, Column], Field(min_length=1)]
    ratios: dict[Word, Ratio] = {}
    discontinuity: Oid | None = None
    changed: list[Oid] = []

    @model_validator(mode="after")
    def _shape(self) -> "ProfileTable":
        if self.scalar and (self.changed or self.discontinuity or not all(tag.constant for tag in self.tags.values())):
            raise ValueError("a scalar table has one row: no tags but constants, and nothing that changes its rows")
        if not self.scalar and not self.tags:
            raise ValueError("a table needs a tag that tells its rows apart")
        for name, ratio in self.ratios.items():
            if lacking := {ratio.of, *ratio.parts()} - self.columns.keys():
                raise ValueError(f"the ratio {name} is of columns of the table; {', '.join(sorted(lacking))} is none")
            if name in (ratio.of, *ratio.parts()):
                raise ValueError(f"the ratio {name} is of itself")
        if not self.scalar and any(source.instance for column in self.columns.values() for source in column.sources()):
            raise ValueError("an `instance` is a value of a scalar table")
        return self

    def objects(self) -> list[Oid]:
        """Return every object that the table needs, each once, in order."""
        found = [oid for tag in self.tags.values() for oid in tag.objects()]
        found += [oid for column in self.columns.values() for oid in column.objects()]
        return list(dict.fromkeys([*found, *([self.discontinuity] if self.discontinuity else [])]))

    def scalars(self) -> dict[Oid, Oid]:
        """Return the values of a scalar table, each with the object that it is of: its `.0`, or the OID itself."""
        whole = {source.oid for column in self.columns.values() for source in column.sources() if source.instance}
        return {oid if oid in whole else (*oid, 0): oid for oid in self.objects()} if self.scalar else {}


class Quirks(_Strict):
    """What a kind of device does not stand, or does its own way. Of several profiles of a device the strictest counts.

    `in_flight` and `per_second` bound the requests to one device, `reply_from_any` takes replies from other addresses
    than the one asked (RFC 3417 section 3 has none of that), without `bulk` tables are walked by GETNEXT."""

    bulk: bool = True
    max_oids: Annotated[int, Field(ge=1, le=90)] | None = None
    max_repetitions: Annotated[int, Field(ge=1, le=1000)] | None = None
    in_flight: Annotated[int, Field(ge=1, le=16)] | None = None
    per_second: Annotated[float, Field(gt=0, le=10_000)] | None = None
    reply_from_any: bool = False


class Match(_Strict):
    """Which devices the profile fits: prefixes of sysObjectID, expressions over sysDescr, and `has`, objects under one
    of which the device has something. Of each key that is given one item must hold; none given: every device. Where
    the profile fits, those of `instead_of` do not: it reads the same from better objects."""

    sys_object_id: list[Oid] = []
    sys_descr: list[Expression] = []
    has: list[Oid] = []
    instead_of: list[str] = []


class Profile(_Strict):
    """Named by its file: `if-mib.yaml` is `if-mib`."""

    en: str
    vi: str
    match: Match = Match()
    quirks: Quirks = Quirks()
    tables: Annotated[list[ProfileTable], Field(min_length=1)]
