"""Definitions of notifications: what a trap's OID means. Data, with no code in it; one file for each MIB.

Severities are those of X.733. A raised and a cleared alarm find each other by `type` and entity, so both name the
entity by what both of them always carry.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contract.catalog import Text, Word
from contract.config_file import ConfigError, Key, Loaded, Problem, did_you_mean
from contract.config_folder import load_folder, parse_texts
from contract.oid import Oid
from contract.trap_report import MAX_SAID, AlarmState, Severity

MAX_DEFINITIONS = 2_000
MAX_PARTS = 8
PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")

Raised = Literal["critical", "major", "minor", "warning", "indeterminate"]
Words = Annotated[str, Field(min_length=1, max_length=MAX_SAID)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """Where a text comes from: the first varbind at or below `oid`, its value or the index behind `oid`; or a fixed
    `text`; or, with `pair`, the number of the pair that the trap's own last number is of (1 and 2 are pair 1). `map`
    says the value in words."""

    oid: Oid | None = None
    take: Literal["value", "index"] = "value"
    text: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    pair: bool = False
    map: dict[int | str, Annotated[str, Field(min_length=1, max_length=60)]] = {}

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.oid is not None) + (self.text is not None) + self.pair != 1:
            raise ValueError("one of `oid`, `text` and `pair`")
        return self


class SeverityFrom(_Strict):
    """The severity is what `map` makes of a varbind's number; where that says nothing, `severity` of the definition."""

    oid: Oid
    map: Annotated[dict[int, Raised], Field(min_length=1)]


class StateFrom(_Strict):
    """The state is what `map` makes of a varbind's number; where that says nothing, `state` of the definition."""

    oid: Oid
    map: Annotated[dict[int, AlarmState], Field(min_length=1)]


class TrapDefinition(_Strict):
    """One notification. With `last`, all whose OID is one number longer and ends odd or even. `poll`: the device is
    asked at once how it is. `en` and `vi` may have `{entity}` and the names of `values` in braces."""

    oid: Oid
    last: Literal["odd", "even"] | None = None
    type: Word
    state: AlarmState
    state_from: StateFrom | None = None
    severity: Raised
    severity_from: SeverityFrom | None = None
    entity: Annotated[list[Source], Field(max_length=MAX_PARTS)] = []
    values: Annotated[dict[Word, Source], Field(max_length=MAX_PARTS)] = {}
    en: Words
    vi: Words
    poll: bool = False


class StormText(Text):
    """What is said of a device of whose traps some were let go since they were too many; `{count}` of them."""

    severity: Raised = "warning"


class TrapFile(_Strict):
    """A file of definitions. `storm` may be in one of them only."""

    en: str
    vi: str
    storm: StormText | None = None
    traps: Annotated[list[TrapDefinition], Field(max_length=MAX_DEFINITIONS)] = []

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.traps and self.storm is None:
            raise ValueError("a file with `traps`, or with `storm`")
        return self


def load_traps(folder: Path) -> tuple[dict[str, TrapFile], dict[str, str]]:
    """Read every file of a folder: typed, and as texts for the assignments.

    Raises:
        ConfigError: with every problem of every file.
    """
    files, texts = load_folder(folder, TrapFile, check, "definition of traps")
    if problems := list(_said_twice(folder, files)):
        raise ConfigError(problems)
    return files, texts


def parse_traps(texts: Mapping[str, str]) -> dict[str, TrapFile]:
    """Return the files of an assignment.

    Raises:
        ConfigError: a text is none, or they are more than an agent reads at once.
    """
    return parse_texts(texts, TrapFile, "definition of traps")


def check(loaded: Loaded[TrapFile]) -> list[Problem]:
    """Return what of a file cannot be right."""
    out: list[Problem] = []
    traps = loaded.value.traps
    raised = {one.type for one in traps if one.state != "cleared" or one.state_from}
    for i, one in enumerate(traps):
        at: Key = ("traps", i)
        for language, text in (("en", one.en), ("vi", one.vi)):
            known = {"entity", *one.values}
            if strange := [name for name in PLACE.findall(text) if name not in known]:
                said = f"has a place {{{strange[0]}}} that nothing fills{did_you_mean(strange[0], known)}"
                out.append(loaded.problem((*at, language), said))
        if one.type not in raised:
            out.append(loaded.problem((*at, "type"), f"{one.type} is cleared and never raised in this file"))
        pairs = [source for source in (*one.entity, *one.values.values()) if source.pair]
        if pairs and one.last is None:
            out.append(loaded.problem(at, "`pair` is for definitions with `last`"))
    return out


def _said_twice(folder: Path, files: Mapping[str, TrapFile]) -> Iterator[Problem]:
    first: dict[tuple[tuple[int, ...], str | None], str] = {}
    storms = [name for name, file in files.items() if file.storm]
    for name in storms[1:]:
        yield Problem(str(folder / f"{name}.yaml"), 0, "storm", f"is in {storms[0]}.yaml already")
    for name, file in files.items():
        for one in file.traps:
            key = one.oid, one.last
            if key in first:
                dotted = ".".join(map(str, one.oid))
                yield Problem(str(folder / f"{name}.yaml"), 0, "traps", f"{dotted} is in {first[key]}.yaml already")
            first.setdefault(key, name)


__all__ = ["PLACE", "Severity", "Source", "TrapDefinition", "TrapFile", "load_traps", "parse_traps"]
