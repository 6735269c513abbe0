"""Each shipped profile gives of a made walk the rows that the RFCs say (tests/golden)."""

import json
import math
from pathlib import Path

import pytest

from contract.batch import Table
from contract.match import matching
from contract.profiles import parse_profiles
from mangrove.profile_test import decoded
from mangrove.record import snmprec

ROOT = Path(__file__).resolve().parents[2]
PROFILES = parse_profiles({path.stem: path.read_text("utf-8") for path in (ROOT / "config/profiles").glob("*.yaml")})
WALKS = ("walk", "walk-later")
Rows = list[dict[str, object]]


def rows(tables: list[Table]) -> dict[str, Rows]:
    """Rows by measurement, without what has no value."""
    by: dict[str, Rows] = {}
    for table in tables:
        by.setdefault(table.measurement, []).extend(
            {name: value for name, value in zip([*table.tags, *table.fields], row, strict=True) if value is not None}
            for row in table.rows
        )
    return by


def same(found: object, expected: object) -> bool:
    """Whether two values are the same to nine digits."""
    if isinstance(found, int | float) and isinstance(expected, int | float):
        return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12)
    return found == expected


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_a_made_walk_gives_the_rows_that_were_reckoned_by_hand(name: str) -> None:
    folder = ROOT / "tests/golden" / name
    expected: dict[str, dict[str, Rows]] = json.loads((folder / "expected.json").read_text("utf-8"))
    walks = [walk for walk in WALKS if (folder / f"{walk}.snmprec").exists()]
    assert list(expected) == walks
    for count, walk in enumerate(walks, start=1):
        read = [snmprec.read((folder / f"{one}.snmprec").read_bytes()) for one in walks[:count]]
        assert [problems for _, problems in read] == [[]] * count
        result = decoded(PROFILES[name], [varbinds for varbinds, _ in read])
        assert result.complaints == []
        got = rows(result.tables)
        assert got.keys() == expected[walk].keys()
        for measurement, listed in expected[walk].items():
            assert len(got[measurement]) == len(listed), measurement
            for one, other in zip(got[measurement], listed, strict=True):
                assert one.keys() == other.keys(), (measurement, other)
                assert all(same(one[key], other[key]) for key in other), (measurement, one, other)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_a_made_walk_is_known_for_what_it_is_and_for_nothing_of_another_maker(name: str) -> None:
    walk, _ = snmprec.read((ROOT / "tests/golden" / name / "walk.snmprec").read_bytes())
    said = {one.oid: one.value for one in walk}
    descr, object_id = said.get((1, 3, 6, 1, 2, 1, 1, 1, 0)), said.get((1, 3, 6, 1, 2, 1, 1, 2, 0))
    found = matching(
        PROFILES,
        object_id if isinstance(object_id, tuple) else (),
        descr.decode() if isinstance(descr, bytes) else "",
        lambda oid: any(one.oid[: len(oid)] == oid for one in walk),
    )
    assert name in found
    of_makers = {path.stem for path in (ROOT / "tests/contract/oids").glob("*.yaml")}
    assert {one.split("-")[0] for one in of_makers & set(found)} <= {name.split("-", maxsplit=1)[0]}


@pytest.mark.parametrize(
    ("connected", "sends", "alarm", "status"),
    [(1, 1, 0, 1), (0, 1, 0, 0), (1, 0, 0, 0), (1, 0, 1, 0), (0, 1, 1, 0), (0, 0, 1, 0), (1, 1, 1, 0)],
)
def test_a_small_cell_is_in_service_when_it_is_connected_sends_and_has_no_word_against_it(
    connected: int, sends: int, alarm: int, status: int
) -> None:
    walk, _ = snmprec.read((ROOT / "tests/golden/baicells-enb/walk.snmprec").read_bytes())
    said = {(100, 21, 0): connected, (270, 1, 1, 0): sends, (160, 2, 11184, 0): alarm}
    told = [one._replace(value=said.get(one.oid[7:], one.value)) for one in walk]
    got = rows(decoded(PROFILES["baicells-enb"], [told]).tables)
    assert [row["status"] for row in got["cell"]] == [status]
