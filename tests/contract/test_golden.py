"""The walks of tests/golden and what they are read as hold together: whoever decodes them can trust them."""

import json
from pathlib import Path

import pytest

from contract.batch import Table, Value
from contract.catalog import load_catalog
from contract.oid import Oid
from contract.profile import Column, Profile
from contract.profiles import load_profiles

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
CATALOG = load_catalog(ROOT / "config" / "catalog.yaml")
PROFILES, _ = load_profiles(ROOT / "config" / "profiles", CATALOG)
UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
TYPES = {"2", "4", "4x", "6", "64", "65", "66", "67", "68", "70"}

Rows = list[dict[str, float | str]]


def _walk(name: str, walk: str) -> list[tuple[Oid, str, str]]:
    first, *lines = (GOLDEN / name / f"{walk}.snmprec").read_text(encoding="utf-8").splitlines()
    assert first.startswith("# generated")
    parts = [line.split("|", 2) for line in lines]
    return [(tuple(map(int, oid.split("."))), tag, value) for oid, tag, value in parts]


def _expected(name: str) -> dict[str, dict[str, Rows]]:
    found: dict[str, dict[str, Rows]] = json.loads((GOLDEN / name / "expected.json").read_text(encoding="utf-8"))
    return found


def _columns(profile: Profile) -> list[Column]:
    return [column for table in profile.tables for column in table.columns.values()]


def test_every_shipped_profile_has_a_walk() -> None:
    assert {path.name for path in GOLDEN.iterdir() if path.is_dir()} == PROFILES.keys()


@pytest.mark.parametrize("name", PROFILES)
def test_there_is_a_second_walk_where_there_are_counters(name: str) -> None:
    counts = any(column.rate or column.delta for column in _columns(PROFILES[name]))
    names = ["walk", "walk-later"] if counts else ["walk"]
    assert list(_expected(name)) == names
    assert sorted(path.stem for path in (GOLDEN / name).glob("*.snmprec")) == sorted(names)


@pytest.mark.parametrize("name", PROFILES)
def test_a_walk_is_in_order_and_the_second_one_is_60_s_later(name: str) -> None:
    uptimes = []
    for walk in _expected(name):
        lines = _walk(name, walk)
        oids = [oid for oid, _, _ in lines]
        assert oids == sorted(set(oids))
        assert {tag for _, tag, _ in lines} <= TYPES
        uptimes += [int(value) for oid, tag, value in lines if oid == UPTIME and tag == "67"]
    assert [later - uptimes[0] for later in uptimes] == [0, 6000][: len(_expected(name))]


@pytest.mark.parametrize("name", PROFILES)
def test_what_is_expected_is_what_the_profile_may_give_and_all_of_it(name: str) -> None:
    seen: set[tuple[str, str]] = set()
    for tables in _expected(name).values():
        for measurement, rows in tables.items():
            seen |= {(measurement, key) for row in rows for key in row}
    given = set()
    for table in PROFILES[name].tables:
        given |= {(table.measurement, key) for key in [*table.tags, *table.columns, *table.ratios]}
    assert seen == given


@pytest.mark.parametrize("name", PROFILES)
def test_what_is_expected_is_what_the_catalog_allows(name: str) -> None:
    for tables in _expected(name).values():
        for measurement, rows in tables.items():
            spec = CATALOG.measurement(measurement)
            tags, fields = list(spec.tags), list(spec.fields)
            values: list[list[Value]] = [[row.get(key) for key in (*tags, *fields)] for row in rows]
            CATALOG.check(Table(measurement=measurement, tags=tags, fields=fields, rows=values))
            for state in (field for field in fields if spec.fields[field].kind == "state"):
                assert {row[state] for row in rows if state in row} <= spec.fields[state].values.keys()


@pytest.mark.parametrize("name", PROFILES)
def test_rows_of_a_measurement_are_told_apart(name: str) -> None:
    for tables in _expected(name).values():
        for measurement, rows in tables.items():
            tags = CATALOG.measurement(measurement).tags
            assert len({tuple(row[tag] for tag in tags) for row in rows}) == len(rows)


@pytest.mark.parametrize("name", PROFILES)
def test_every_object_of_a_profile_is_in_its_walks(name: str) -> None:
    oids = {oid for walk in _expected(name) for oid, _, _ in _walk(name, walk)}
    wanted = {oid for table in PROFILES[name].tables for oid in [*table.objects(), *table.changed]}
    missing = [want for want in wanted if not any(oid[: len(want)] == want for oid in oids)]
    assert missing == []
