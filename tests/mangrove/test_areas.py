"""`mangrove areas`: official outlines find their areas by code or name, and change nothing else."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contract import inventory_folder, outlines
from contract.inventory import Area, Inventory, Site
from contract.inventory_check import load_inventory
from contract.outlines import Feature
from mangrove.area_match import Rule, bare, match
from mangrove.cli import app

OFFICIAL = Path(__file__).parents[3] / "shared/data/ca_mau_communes_2025.geojson"
DAY = date(2025, 7, 1)
AREAS = [
    Area(id="ca-mau", name="Cà Mau", level="province"),
    Area(id="cu", name="Xã Năm Căn", level="commune", until=DAY),
    Area(id="nam-can", name="Xã Năm Căn", level="commune", since=DAY, code="32191", parent="ca-mau"),
    Area(id="dam-doi", name="Xã Đầm Dơi", level="commune", since=DAY, parent="ca-mau"),
]


def square(lon: float, lat: float, **said: object) -> Feature:
    ring = [[lon, lat], [lon + 0.2, lat], [lon + 0.2, lat + 0.2], [lon, lat + 0.2], [lon, lat]]
    return Feature.model_validate({"properties": said, "geometry": {"type": "Polygon", "coordinates": [ring]}})


def folder(path: Path, *features: Feature) -> tuple[Path, Path]:
    """Return a folder of an inventory, and a file of outlines beside it."""
    into, file = path / "province", path / "official.geojson"
    into.mkdir()
    inventory_folder.write(Inventory(areas=AREAS, sites=[Site(id="s", name="S", area="nam-can")]), into, "of ours")
    outlines.write(features, file)
    return into, file


def run(*words: object, language: str = "en") -> tuple[int, str]:
    result = CliRunner().invoke(app, ["areas", *map(str, words)], env={"MANGROVE_LANG": language, "COLUMNS": "120"})
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Xã Năm Căn", "nam can"),
        ("NĂM CĂN", "nam can"),
        ("Thị trấn  Đầm Dơi", "dam doi"),
        ("Thành phố Cà Mau", "ca mau"),
        ("Xã", "xa"),
        ("", ""),
    ],
)
def test_a_name_is_known_without_accents_case_and_kind(name: str, expected: str) -> None:
    assert bare(name) == expected


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        (square(105, 9, name="Nam Can", code="32191"), "nam-can"),
        (square(105, 9, ten_xa="đầm dơi"), "dam-doi"),
        (square(105, 9, TEN_XA="Xã Đầm Dơi", MA_XA="1"), "dam-doi"),
        (square(105, 9, name="Xã Năm Căn", code="9"), None),
        (square(105, 9, name="Xã U Minh"), None),
        (square(105, 9), None),
    ],
    ids=["code", "name", "keys of another office", "name of one with another code", "nobody's name", "no name"],
)
def test_an_outline_is_of_the_area_with_its_code_or_else_its_name(feature: Feature, expected: str | None) -> None:
    (one,) = match([feature], AREAS, Rule("commune"))
    assert (one.area.id if one.area else None) == expected


def test_two_outlines_are_not_of_one_area() -> None:
    found = match([square(105, 9, name="Đầm Dơi"), square(106, 9, name="Đầm Dơi")], AREAS, Rule("commune"))
    assert [one.area is None for one in found] == [False, True]


def test_an_import_sets_outlines_and_middles_and_leaves_all_else(tmp_path: Path) -> None:
    into, file = folder(tmp_path, square(105, 9, name="Xã Năm Căn"), square(105.4, 9, name="Xã Đầm Dơi"))
    sites, main = (into / "sites.csv").read_bytes(), (into / "inventory.yaml").read_bytes()
    code, said = run("import", file, "--into", into)
    assert (code, said.count("gets this outline")) == (0, 2)
    areas = {area.id: area for area in load_inventory(into, set()).areas}
    assert (areas["nam-can"].lat, areas["nam-can"].lon) == (9.1, 105.1)
    assert areas["cu"] == AREAS[1]
    assert ((into / "sites.csv").read_bytes(), (into / "inventory.yaml").read_bytes()) == (sites, main)
    there = outlines.read(into / outlines.FILE)
    assert [one.properties for one in there] == [
        {"id": "nam-can", "name": "Xã Năm Căn", "source": "official.geojson"},
        {"id": "dam-doi", "name": "Xã Đầm Dơi", "source": "official.geojson"},
    ]


def test_a_trial_writes_nothing_and_says_what_would_be(tmp_path: Path) -> None:
    into, file = folder(tmp_path, square(105, 9, name="Xã Năm Căn"), square(105, 9, name="Xã U Minh"))
    before = {path.name: path.read_bytes() for path in into.iterdir()}
    code, said = run("import", file, "--into", into, "--dry-run", language="vi")
    assert code == 1
    assert "không có khu vực này" in said
    assert "không có ranh giới trong tệp" in said
    assert before == {path.name: path.read_bytes() for path in into.iterdir()}


def test_areas_that_are_missing_are_added_when_asked_for(tmp_path: Path) -> None:
    into, file = folder(tmp_path, square(105, 9, name="Xã U Minh", code="32047"))
    code, _ = run("import", file, "--into", into, "--add", "--parent", "ca-mau", "--since", "2025-07-01")
    new = load_inventory(into, set()).areas[-1]
    assert code == 0
    assert (new.id, new.name, new.parent, new.since, new.code) == ("u-minh", "Xã U Minh", "ca-mau", DAY, "32047")
    assert (new.lat, new.lon) == (9.1, 105.1)


def test_a_second_import_takes_the_place_of_the_first(tmp_path: Path) -> None:
    into, file = folder(tmp_path, square(105, 9, name="Xã Năm Căn"))
    run("import", file, "--into", into)
    outlines.write([square(104, 8, name="Xã Năm Căn")], file)
    run("import", file, "--into", into)
    (only,) = outlines.read(into / outlines.FILE)
    assert outlines.middle(only) == pytest.approx((8.1, 104.1))


def test_a_list_has_the_areas_of_a_day(tmp_path: Path) -> None:
    into, _ = folder(tmp_path, square(105, 9))
    assert "cu " in run("list", into, "--at", "2025-06-30")[1]
    assert "dam-doi" not in run("list", into, "--at", "2025-06-30")[1]
    assert "dam-doi" in run("list", into, "--at", "2025-07-01")[1]


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the outlines are not part of the project")
def test_the_communes_of_ca_mau_all_find_their_areas(tmp_path: Path) -> None:
    from simulator.sample.facts import areas

    inventory_folder.write(Inventory(areas=list(areas())), tmp_path)
    code, said = run("import", OFFICIAL, "--into", tmp_path)
    assert (code, said.count("gets this outline")) == (0, 64)
    load_inventory(tmp_path, set())
