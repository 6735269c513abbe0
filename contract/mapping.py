"""A mapping: what a sensor's JSON messages mean. Data, with no code in it.

A pattern of topics with named parts, and for each field a JSON pointer (RFC 6901) with what turns the value into the
catalog's. A message is one batch with a row for each table.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping as Names
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contract.catalog import Catalog, FieldSpec, Word
from contract.catalog_check import produced
from contract.config_file import Key, Loaded, Problem, did_you_mean
from contract.config_folder import load_folder, parse_texts

MAX_STEPS = 32
MAX_PATTERN = 500
MAX_TABLES = 64

PART = re.compile(r"\{([a-z][a-z0-9_]{0,63})\}")
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")

Pointer = tuple[str, ...]


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


def _pointer(value: object) -> Pointer:
    if not isinstance(value, str) or not _POINTER.fullmatch(value) or value.count("/") > MAX_STEPS:
        raise ValueError(
            f"a JSON pointer such as /battery/v with at most {MAX_STEPS} steps; '' is the message as a whole"
        )
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in value.split("/")[1:])


def _text_source(value: object) -> Pointer | str:
    if isinstance(value, str) and value.startswith("/"):
        return _pointer(value)
    if not isinstance(value, str) or not value or re.search("[{}]", PART.sub("", value)):
        raise ValueError("a text with named parts of the topic such as '{site}', or a JSON pointer such as /id")
    return value


def _plain(value: object) -> object:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number and not isinstance(value, str):
        raise ValueError("a number or a text; JSON's true and false are the texts 'true' and 'false'")
    return value


JsonPointer = Annotated[Pointer, BeforeValidator(_pointer)]
TextSource = Annotated[Pointer | str, BeforeValidator(_text_source)]
Plain = Annotated[int | float | str, BeforeValidator(_plain)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
State = Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63)]


def pointer_text(pointer: Pointer) -> str:
    """Return a pointer as it is written (RFC 6901 clause 3)."""
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in pointer)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MappedField(_Strict):
    """A field of the catalog. A gauge is the message's number times `scale` plus `offset`; a state is what `enum` says
    of the message's value. A value in `sentinels` is none. JSON's true and false are named as texts."""

    pointer: JsonPointer
    scale: Finite = 1.0
    offset: Finite = 0.0
    enum: dict[int | str, State] = {}
    sentinels: list[Plain] = []

    @model_validator(mode="after")
    def _one(self) -> "MappedField":
        if self.enum and (self.scale, self.offset) != (1.0, 0.0):
            raise ValueError("either `enum` or `scale` and `offset`")
        return self


class MappedTable(_Strict):
    """One row of a measurement."""

    measurement: Word
    tags: dict[Word, TextSource] = {}
    fields: Annotated[dict[Word, MappedField], Field(min_length=1)]


class MessageTime(_Strict):
    """Where a message says when it was true: a number of `unit` since 1970 UTC, or a text of ISO 8601 with its zone."""

    pointer: JsonPointer
    unit: Literal["s", "ms", "us", "iso8601"]


class Mapping(_Strict):
    """Named by its file: `site-power.yaml` is `site-power`. `element` gives the name by which the messages call the
    sensor, its `key` in the inventory; without `time` a message is of the moment when it comes."""

    en: str
    vi: str
    topic: Annotated[str, Field(min_length=1, max_length=MAX_PATTERN), AfterValidator(_topic)]
    element: TextSource
    time: MessageTime | None = None
    tables: Annotated[list[MappedTable], Field(min_length=1, max_length=MAX_TABLES)]

    @model_validator(mode="after")
    def _parts(self) -> "Mapping":
        known = PART.findall(self.topic)
        sources = [self.element, *(source for table in self.tables for source in table.tags.values())]
        for source in sources:
            if isinstance(source, str) and (strange := [name for name in PART.findall(source) if name not in known]):
                raise ValueError(f"the topic has no part {{{strange[0]}}}{did_you_mean(strange[0], known)}")
        rows = [(table.measurement, table.tags) for table in self.tables]
        if twice := [measurement for i, (measurement, _) in enumerate(rows) if rows[i] in rows[:i]]:
            raise ValueError(f"two tables of {twice[0]} with the same tags would be one row")
        return self


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
