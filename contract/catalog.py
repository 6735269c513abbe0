"""The catalog: every measurement, tag and field that may exist, with kind, unit and meaning in both languages.

Kinds: a gauge is a float, a state or a delta an integer, for ever (a series whose type changes is refused by InfluxDB).
There are no strings among the fields.
"""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from contract.batch import Table
from contract.columns import Checked, Columns, WrongTypeError
from contract.config_file import load

# What InfluxQL (its specification's keywords) or SQL (DuckDB's reserved words) would need quotes for, and the functions
# and columns that a query would take for its own.
RESERVED = frozenset(
    "all alter analyse analyze and any array as asc asymmetric begin both by case cast check collate column"
    " constraint continuous count create current_time database databases default deferrable delete desc describe"
    " destinations diagnostics distinct do drop duration else end every except explain false fetch field fill first"
    " for foreign from grant grants group groups having in index inf initially insert intersect interval into key"
    " keys kill lambda last lateral leading limit max mean measurement measurements min name not null offset on only"
    " or order password pivot pivot_longer pivot_wider placing policies policy primary privileges qualify queries"
    " query range read references replication resample retention returning revoke select series set shard shards"
    " show slimit soffset some stats subscription subscriptions sum summarize symmetric table tag then time to top"
    " trailing true union unique unpivot user users using values variadic when where window with write".split()
)
MAX_COLUMNS = 1_000  # orders of columns that are remembered: a sender may choose any
ENRICHED_TAGS = ("agent", "device", "site", "area", "level", "role", "vendor", "operator")

Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """A meaning in English and Vietnamese."""

    en: str
    vi: str


class FieldSpec(Text):
    """`unit` is UCUM; `values` names the numbers of a state."""

    kind: Literal["gauge", "state", "delta"]
    unit: str = "1"
    values: dict[int, str] = {}

    @model_validator(mode="after")
    def _values(self) -> "FieldSpec":
        if bool(self.values) != (self.kind == "state"):
            raise ValueError("a state, and only a state, names its `values`")
        return self


class Measurement(Text):
    """`tags` are those beside the ones that enrichment adds. `derived`: the collector works it out, no agent may send
    it."""

    derived: bool = False
    tags: dict[Word, Text] = {}
    fields: Annotated[dict[Word, FieldSpec], Field(min_length=1)]

    @model_validator(mode="after")
    def _names(self) -> "Measurement":
        both = self.tags.keys() & self.fields.keys()
        taken = (self.tags.keys() | self.fields.keys()) & set(ENRICHED_TAGS)
        reserved = (self.tags.keys() | self.fields.keys()) & RESERVED
        for names, why in (
            (both, "tag and field at once"),
            (taken, "a tag that enrichment adds"),
            (reserved, "a reserved word"),
        ):
            if names:
                raise ValueError(f"{', '.join(sorted(names))}: {why}")
        return self


class UnknownError(ValueError):
    """A name that the catalog does not have yet: the batch is held, since the catalog may be what is wrong. `what` says
    of which kind that is which we do not know."""

    def __init__(self, text: str, what: str = "name") -> None:
        super().__init__(text)
        self.what = what


class Catalog(_Strict):
    """All measurements by name."""

    measurements: dict[Word, Measurement]

    @field_validator("measurements")
    @classmethod
    def _reserved(cls, value: dict[str, Measurement]) -> dict[str, Measurement]:
        if bad := value.keys() & RESERVED:
            raise ValueError(f"{', '.join(sorted(bad))}: a reserved word")
        return value

    def field(self, measurement: str, name: str) -> FieldSpec:
        """Return the spec of one field.

        Raises:
            UnknownError: there is none.
        """
        spec = self.measurement(measurement).fields.get(name)
        if spec is None:
            raise UnknownError(f"the catalog has no field {measurement}.{name}")
        return spec

    def measurement(self, name: str) -> Measurement:
        """Return the spec of one measurement.

        Raises:
            UnknownError: there is none.
        """
        spec = self.measurements.get(name)
        if spec is None:
            raise UnknownError(f"the catalog has no measurement {name}")
        return spec

    @cached_property
    def known_columns(self) -> dict[tuple[str, tuple[str, ...], tuple[str, ...]], Columns]:
        """The columns that were found, by measurement, tags and fields."""
        return {}

    def check(self, table: Table) -> Checked:
        """Hold a table against the catalog.

        Raises:
            UnknownError: a name is not in the catalog.
            WrongTypeError: a value has the wrong type for its field, a tag is missing, or the measurement is derived.
        """
        key = table.measurement, tuple(table.tags), tuple(table.fields)
        known = self.known_columns
        columns = known.get(key)
        if columns is None:
            columns = self._find(*key)
            if len(known) >= MAX_COLUMNS:
                known.clear()
            known[key] = columns
        return Checked(columns, columns.check(table.rows))

    def _find(self, measurement: str, tags: tuple[str, ...], fields: tuple[str, ...]) -> Columns:
        spec = self.measurement(measurement)
        if spec.derived:
            raise WrongTypeError(f"{measurement} is worked out by the collector, nobody sends it")
        if unknown := [tag for tag in tags if tag not in spec.tags]:
            raise UnknownError(f"the catalog has no tag {measurement}.{unknown[0]}")
        if lacking := [tag for tag in spec.tags if tag not in tags]:
            # Its rows would all be one series.
            raise WrongTypeError(f"a row of {measurement} lacks the tag {lacking[0]}")
        whole = tuple(self.field(measurement, name).kind != "gauge" for name in fields)
        return Columns(measurement, tags, fields, whole)


def load_catalog(path: Path) -> Catalog:
    """Read the catalog.

    Raises:
        ConfigError: with every problem.
    """
    return load(path, Catalog).value
