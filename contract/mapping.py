"""A mapping: what the messages of a sensor mean. Data, with no code in it.

A pattern of topics with named parts, the format of the payload, and for each field where its value is and what turns it
into the catalog's. A message is one batch with a row for each table.
"""

import re
from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping as Names
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contract.catalog import Catalog, FieldSpec
from contract.catalog_check import produced
from contract.config_file import Key, Loaded, Problem, did_you_mean
from contract.config_folder import load_folder, parse_texts
from contract.mapped_field import (
    PART,
    MappedField,
    MappedTable,
    MessageTime,
    Pointer,
    TextSource,
    pointer_text,
)

MAX_PATTERN = 500
MAX_TABLES = 64

__all__ = [
    "PART",
    "MappedField",
    "MappedTable",
    "Mapping",
    "MessageTime",
    "Pointer",
    "check",
    "load_mappings",
    "parse_mappings",
    "pointer_text",
]

SPARKPLUG = "spBv1.0"
_OF_SPARKPLUG = re.compile(rf"{re.escape(SPARKPLUG)}/[^/]+/\{{type\}}/[^/]+(?:/[^/]+)?")

Format = Literal["json", "line-protocol", "sparkplug"]


def _topic(text: str) -> str:
    """Levels are plain words or one named part each, so that a topic is read in one way."""
    for level in text.split("/"):
        if not PART.fullmatch(level) and (re.search(r"[{}+#]", level) or not level.isprintable()):
            raise ValueError("a topic such as site/{site}/power: a named part is a whole level, without + and #")
    if text.startswith("$"):
        raise ValueError("a topic of sensors: those that begin with $ are the broker's own")
    if twice := [name for name, times in Counter(PART.findall(text)).items() if times > 1]:
        raise ValueError(f"a topic with different names: {{{twice[0]}}} is there twice")
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Mapping(_Strict):
    """Named by its file: `site-power.yaml` is `site-power`. `element` gives the name by which the messages call the
    sensor, its `key` in the inventory; without `time` a message is of the moment when it comes."""

    en: str
    vi: str
    format: Format = "json"
    topic: Annotated[str, Field(min_length=1, max_length=MAX_PATTERN), AfterValidator(_topic)]
    element: TextSource
    time: MessageTime | None = None
    tables: Annotated[list[MappedTable], Field(min_length=1, max_length=MAX_TABLES)]

    @model_validator(mode="after")
    def _parts(self) -> "Mapping":
        known = PART.findall(self.topic)
        for source in (self.element, *self._tags()):
            if isinstance(source, str) and (strange := [name for name in PART.findall(source) if name not in known]):
                raise ValueError(f"the topic has no part {{{strange[0]}}}{did_you_mean(strange[0], known)}")
        for i, table in enumerate(self.tables):
            if any(table.measurement == one.measurement and _is_one_row(table, one) for one in self.tables[:i]):
                raise ValueError(f"two tables of {table.measurement} with the same tags would be one row")
        return self

    @model_validator(mode="after")
    def _of_its_format(self) -> "Mapping":
        if wrong := {"json": self._no_json, "line-protocol": self._no_lines, "sparkplug": self._no_node}[self.format]():
            raise ValueError(wrong)
        return self

    def _no_json(self) -> str:
        return "`line` is of the format line-protocol" if any(table.line for table in self.tables) else ""

    def _no_lines(self) -> str:
        if not all(table.line for table in self.tables):
            return "each table of line protocol needs `line`, the measurement of its lines"
        if self.time and (self.time.pointer != ("time",) or self.time.unit == "iso8601"):
            return "the time of a line is `{pointer: /time, unit: ns}`, or another unit of numbers"
        pointers = [source for source in (self.element, *self._tags()) if not isinstance(source, str)]
        pointers += [field.pointer for table in self.tables for field in table.fields.values()]
        strange = [one for one in pointers if len(one) != 2 or one[0] not in ("fields", "tags")]
        return f"`{pointer_text(strange[0])}` is no place in a line: /fields/NAME or /tags/NAME" if strange else ""

    def _no_node(self) -> str:
        if not _OF_SPARKPLUG.fullmatch(self.topic):
            return f"a topic of Sparkplug is {SPARKPLUG}/{{group}}/{{type}}/{{node}}, with /{{device}} for its devices"
        if any(not isinstance(source, str) or "{type}" in source for source in (self.element, *self._tags())):
            return "element and tags of Sparkplug are texts with the group, node and device of the topic"
        if self.time or any(table.line for table in self.tables):
            return "the metrics of Sparkplug have their own times: no `time`, and no `line`"
        if not all(field.pointer for table in self.tables for field in table.fields.values()):
            return "a pointer of Sparkplug is a metric: /Mains/Voltage is Mains/Voltage"
        return ""

    def _tags(self) -> Iterator[Pointer | str]:
        return (source for table in self.tables for source in table.tags.values())


def _is_one_row(table: MappedTable, other: MappedTable) -> bool:
    """Whether both would say the same of the same: what lines say one by one becomes one row with the fields of all."""
    return table.tags == other.tags and (table.line == other.line or not table.fields.keys().isdisjoint(other.fields))


def load_mappings(folder: Path, catalog: Catalog) -> tuple[dict[str, Mapping], dict[str, str]]:
    """Read every mapping of a folder: typed, and as texts for the assignments.

    Raises:
        ConfigError: with every problem of every file.
    """
    return load_folder(folder, Mapping, lambda loaded: check(loaded, catalog), "mapping")


def parse_mappings(texts: Names[str, str]) -> dict[str, Mapping]:
    """Return the mappings of an assignment.

    Raises:
        ConfigError: a text is not a mapping, or they are more than an agent reads at once.
    """
    return parse_texts(texts, Mapping, "mapping")


def check(loaded: Loaded[Mapping], catalog: Catalog) -> list[Problem]:
    """Return what of the mapping the catalog does not allow."""
    out: list[Problem] = []
    for i, table in enumerate(loaded.value.tables):
        at: Key = ("tables", i)
        spec, problems = produced(loaded, at, table.measurement, table.tags, ("fields", table.fields), catalog)
        out += problems
        for name, field in table.fields.items():
            if spec and name in spec.fields and (wrong := _misfit(field, spec.fields[name])):
                out.append(loaded.problem((*at, "fields", name), wrong))
    return out


def _misfit(field: MappedField, spec: FieldSpec) -> str:
    if spec.kind == "delta":
        return "is a delta: messages of sensors give gauges and states"
    if (spec.kind == "state") != bool(field.enum):
        return f"is a {spec.kind}: `enum` is for states, and only"
    if strange := sorted(set(field.enum.values()) - spec.values.keys()):
        known = ", ".join(f"{number} {meaning}" for number, meaning in spec.values.items())
        return f"has no value {strange[0]} (known: {known})"
    return ""
