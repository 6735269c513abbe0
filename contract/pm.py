"""Counters: what the counters of 3GPP performance files (TS 32.435, TS 28.532) mean. Data, with no code in it.

A file is of some technologies. Each field of the catalog is given by the first of its *sources* of which a file has all
counters with values: sums and differences of counters, times a scale. Ratios are of sums: a product of parts `a / b` of
two fields of the same table. What stands in a part is stored only as a pair, so that sums over cells and time of both
sides are of the same periods.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contract.catalog import Catalog, Measurement, Word
from contract.catalog_check import produced
from contract.config_file import ConfigError, Key, Loaded, Problem, did_you_mean
from contract.config_folder import load_folder, parse_texts

PERIOD = "@period"
"""In place of a counter: the length of the period, s."""
SUSPECT = "@suspect"
"""In place of a counter: 1 where one of the period is marked as suspect, and so left out; else 0."""
TAG = "technology"
"""The one tag of every row: that of the cell."""
MAX_TERMS = 32
MAX_SOURCES = 32
_NAME = re.compile(r"[^\s@*]{1,200}\*?|" + f"{PERIOD}|{SUSPECT}")
_PART = re.compile(r"([a-z][a-z0-9_]{0,63}) / ([a-z][a-z0-9_]{0,63})")

Technology = Literal["2g", "3g", "4g", "5g"]
Finite = Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Term:
    """One counter of a sum. With `every`, all whose names begin with `name`, but for those that end in `.sum`: what a
    counter is split into, by cause or quality class (TS 32.404 clause 3.1)."""

    name: str
    sign: Literal[1, -1] = 1
    every: bool = False


def _terms(text: object) -> tuple[Term, ...]:
    words = text.split(" ") if isinstance(text, str) else []
    names, signs = words[::2], words[1::2]
    if not 0 < len(words) == 2 * len(names) - 1 <= 2 * MAX_TERMS or not all(map(_NAME.fullmatch, names)):
        raise ValueError(f"counters such as A.sum, A.* or 'A + B - C', at most {MAX_TERMS}")
    if not set(signs) <= {"+", "-"}:
        raise ValueError("counters are joined by + and - with a space on either side")
    parted = zip(names, ["+", *signs], strict=True)
    return tuple(Term(name.removesuffix("*"), 1 if sign == "+" else -1, name.endswith("*")) for name, sign in parted)


def _source(value: object) -> object:
    return {"counters": value} if isinstance(value, str) else value


def _part(value: object) -> tuple[str, str]:
    found = _PART.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("two fields of this table such as `rrc_successes / rrc_attempts`")
    return found[1], found[2]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Source(_Strict):
    counters: Annotated[tuple[Term, ...], BeforeValidator(_terms)]
    scale: Finite = 1.0


Source = Annotated[_Source, BeforeValidator(_source)]


class Ratio(_Strict):
    """The product of its parts, times `scale`."""

    of: Annotated[list[Annotated[tuple[str, str], BeforeValidator(_part)]], Field(min_length=1, max_length=8)]
    scale: Finite = 1.0


class CounterTable(_Strict):
    """One row of a measurement for each cell and period."""

    measurement: Word
    fields: Annotated[
        dict[Word, Annotated[list[Source], Field(min_length=1, max_length=MAX_SOURCES)]], Field(min_length=1)
    ]
    ratios: dict[Word, Ratio] = {}

    @model_validator(mode="after")
    def _parts(self) -> "CounterTable":
        if both := self.fields.keys() & self.ratios.keys():
            raise ValueError(f"{min(both)} is a field and a ratio")
        first: dict[str, tuple[str, str]] = {}
        for part in self.parts:
            for name in part:
                if name not in self.fields:
                    raise ValueError(f"there is no field {name}{did_you_mean(name, self.fields)}")
                if first.setdefault(name, part) != part:
                    raise ValueError(f"{name} stands in two different parts: give each a field of its own")
        return self

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The different parts of its ratios."""
        return list(dict.fromkeys(part for ratio in self.ratios.values() for part in ratio.of))


class Counters(_Strict):
    """Named by its file: `lte.yaml` is `lte`."""

    en: str
    vi: str
    technologies: Annotated[list[Technology], Field(min_length=1)]
    tables: Annotated[list[CounterTable], Field(min_length=1, max_length=64)]

    @model_validator(mode="after")
    def _once(self) -> "Counters":
        names = [table.measurement for table in self.tables]
        if twice := [name for i, name in enumerate(names) if name in names[:i]]:
            raise ValueError(f"two tables of {twice[0]} would be one row")
        return self


def load_counters(folder: Path, catalog: Catalog) -> tuple[dict[str, Counters], dict[str, str]]:
    """Read every file of a folder: typed, and as texts for the assignments.

    Raises:
        ConfigError: with every problem of every file.
    """
    found, texts = load_folder(folder, Counters, lambda loaded: check(loaded, catalog), "file of counters")
    first: dict[str, str] = {}
    problems = [
        Problem(
            str(folder / f"{name}.yaml"), 0, "technologies", f"{technology} is also read by {first[technology]}.yaml"
        )
        for name, one in found.items()
        for technology in one.technologies
        if first.setdefault(technology, name) != name
    ]
    if problems:
        raise ConfigError(problems)
    return found, texts


def parse_counters(texts: Mapping[str, str]) -> dict[str, Counters]:
    """Return the counters of an assignment.

    Raises:
        ConfigError: a text is none, or they are more than an agent reads at once.
    """
    return parse_texts(texts, Counters, "counters")


def check(loaded: Loaded[Counters], catalog: Catalog) -> list[Problem]:
    """Return what of the file the catalog does not allow."""
    out: list[Problem] = []
    for i, table in enumerate(loaded.value.tables):
        at: Key = ("tables", i)
        spec, problems = produced(loaded, at, table.measurement, [TAG], ("fields", table.fields), catalog)
        out += problems
        if spec is not None:
            out += _misfits(loaded, at, table, spec)
    return out


def _misfits(loaded: Loaded[Counters], at: Key, table: CounterTable, spec: Measurement) -> list[Problem]:
    out: list[Problem] = []
    for name, sources in table.fields.items():
        kind = spec.fields[name].kind if name in spec.fields else "delta"
        is_mark = [term.name for source in sources for term in source.counters] == [SUSPECT]
        if (kind == "state") != is_mark:
            out.append(
                loaded.problem((*at, "fields", name), f"is a {kind}: only {SUSPECT} gives a state, and no other")
            )
    sums = {name for part in table.parts for name in part}
    for name in table.fields.keys() & spec.fields.keys():
        kind = spec.fields[name].kind
        if name in sums and kind != "delta":
            out.append(loaded.problem((*at, "fields", name), f"is a {kind}: what stands in a ratio is a delta"))
        elif name not in sums and kind == "delta":
            out.append(loaded.problem((*at, "fields", name), "is a delta: a ratio of this table must be of it"))
    for name in table.ratios:
        if name not in spec.fields:
            message = f"the catalog has no {table.measurement}.{name}{did_you_mean(name, spec.fields)}"
            out.append(loaded.problem((*at, "ratios", name), message))
        elif spec.fields[name].kind != "gauge":
            out.append(loaded.problem((*at, "ratios", name), f"is a {spec.fields[name].kind}: a ratio is a gauge"))
    return out
