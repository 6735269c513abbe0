"""Outlines: GeoJSON in degrees is read, and what else files hold is told with what to do."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.config_file import ConfigError
from contract.inventory import Area
from contract.inventory_folder import write_table
from contract.outlines import Feature, middle, read, write

SQUARE = [[105.0, 9.0], [105.2, 9.0], [105.2, 9.2], [105.0, 9.2], [105.0, 9.0]]
HOLE = [[105.0, 9.0], [105.1, 9.0], [105.1, 9.2], [105.0, 9.2], [105.0, 9.0]]


def polygon(*rings: list[list[float]]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


def collection(geometry: object, **more: object) -> str:
    feature = {"type": "Feature", "properties": {"name": "Xã Năm Căn"}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]} | more)


def problems(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read(path)
    return str(caught.value).removeprefix(f"{path}: ").removeprefix(f"{path}:")


def test_outlines_are_read_and_written_again_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(collection({"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE, HOLE]]}), encoding="utf-8")
    features = read(path)
    write(features, tmp_path / "b.geojson")
    assert read(tmp_path / "b.geojson") == features
    assert features[0].said("name") == "Xã Năm Căn"


def test_the_middle_is_the_centroid_by_area_without_the_holes() -> None:
    def at(*rings: list[list[float]]) -> tuple[float, float]:
        return middle(Feature.model_validate({"geometry": polygon(*rings)}))

    assert at(SQUARE) == pytest.approx((9.1, 105.1))
    assert at(SQUARE, HOLE) == pytest.approx((9.1, 105.15))
    assert at(SQUARE[::-1], HOLE) == pytest.approx((9.1, 105.15))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "1: is not JSON: GeoJSON with polygons is meant"),
        ("[" * 100_000, "is not JSON: GeoJSON with polygons is meant"),
        ('{"a": NaN}', "is not JSON: GeoJSON with polygons is meant"),
        ("[]", "Input should be a valid dictionary or instance of _Collection"),
        ('{"type": "FeatureCollection", "features": []}', "features: List should have at least 1 item"),
        (collection({"type": "Point", "coordinates": [105, 9]}), "features.0.geometry: Input tag 'Point' found"),
        (collection(polygon(SQUARE[:-1])), "features.0: a ring does not end where it begins"),
        (collection(polygon([SQUARE[0]] * 4)), "features.0: has no area"),
        (collection(polygon([[y, x] for x, y in SQUARE])), "features.0: [9, 105] is latitude first"),
        (collection(polygon([[555_000 + x, 1_000_000 + y] for x, y in SQUARE])), "are no degrees but a projection's"),
        (collection(polygon(SQUARE), crs={"properties": {"name": "EPSG:3405"}}), "crs: is EPSG:3405, WGS 84 is meant"),
    ],
    ids=[
        *("no JSON", "deep", "NaN", "a list", "none", "a point"),
        *("open", "no area", "swapped", "VN-2000", "another system"),
    ],
)
def test_what_is_no_outline_in_degrees_is_told(tmp_path: Path, text: str, said: str) -> None:
    assert said in problems(tmp_path / "a.geojson", text)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["Feature", "Polygon", SQUARE]),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "features", "geometry", "coordinates", "crs", "properties"]), below)
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_json_raises_anything_but_a_problem(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = tmp_path_factory.getbasetemp() / "any.geojson"
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(ConfigError):
        read(path)


@pytest.mark.parametrize("said", ["1e999", '"\\ud800"'])
def test_what_could_not_be_written_again_is_not_read(tmp_path: Path, said: str) -> None:
    text = collection(polygon(SQUARE)).replace(json.dumps("Xã Năm Căn"), said)
    assert said in text
    assert "is not JSON" in problems(tmp_path / "outlines.geojson", text)


def test_a_full_disk_leaves_the_outlines_and_the_table_that_were_there(tmp_path: Path) -> None:
    outlines, table = tmp_path / "outlines.geojson", tmp_path / "areas.csv"
    outlines.write_text(collection(polygon(SQUARE)), encoding="utf-8")
    table.write_text("before", encoding="utf-8")
    features = read(outlines)
    for path in (outlines, table):
        path.with_name(f"{path.name}.new").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space"):
        write(features, outlines)
    with pytest.raises(OSError, match="No space"):
        write_table(tmp_path, "areas", [Area(id="ca-mau", name="Cà Mau", level="province")])
    assert read(outlines) == features
    assert table.read_text(encoding="utf-8") == "before"
