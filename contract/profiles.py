"""A folder of profiles, or those of an assignment: read, and held against the catalog."""

from collections.abc import Mapping
from pathlib import Path

from contract.catalog import Catalog
from contract.catalog_check import produced
from contract.config_file import Key, Loaded, Problem
from contract.config_folder import load_folder, parse_texts
from contract.profile import Profile


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
            real = bool(column.exponents or column.real or column.text)
            real = real or any(one.decibels or one.offset for one in column.sources())
            if field and field.kind != "gauge" and (scales != {1.0} or real):
                none = "no `scale`, `exponents`, `real`, `text`, `decibels` or `offset`"
                message = f"is a {field.kind}, an integer: {none}"
                out.append(loaded.problem((*at, "columns", name), message))
            mapped = {number for source in column.sources() for number in source.map.values()}
            if field and field.kind == "state" and (unnamed := sorted(mapped - field.values.keys())):
                message = f"maps to {unnamed[0]}, which {table.measurement}.{name} of the catalog does not name"
                out.append(loaded.problem((*at, "columns", name, "map"), message))
        for name in table.ratios:
            field = spec.fields.get(name) if spec else None
            if spec and (field is None or field.kind != "gauge"):
                out.append(
                    loaded.problem((*at, "ratios", name), f"{table.measurement}.{name} is no gauge of the catalog")
                )
    return out
