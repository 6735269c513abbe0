"""The catalog: what it names may be stored, in the type that it says, and under a name that no query must quote."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contract.batch import Table, Value
from contract.catalog import ENRICHED_TAGS, RESERVED, Catalog, UnknownError, load_catalog
from contract.columns import WrongTypeError
from contract.config_file import ConfigError

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "catalog.yaml"
GAUGE: dict[str, object] = {"kind": "gauge", "en": "a", "vi": "a"}
CATALOG = Catalog.model_validate(
    {
        "measurements": {
            "port": {
                "en": "a",
                "vi": "a",
                "tags": {"name_of_port": {"en": "a", "vi": "a"}},
                "fields": {
                    "bps": GAUGE,
                    "octets": {**GAUGE, "kind": "delta"},
                    "status": {**GAUGE, "kind": "state", "values": {1: "up"}},
                },
            }
        }
    }
)


def _catalog(measurement: str = "port", tag: str = "label", field: str = "bps", **spec: object) -> dict[str, object]:
    text = {"en": "a", "vi": "a"}
    return {"measurements": {measurement: {**text, "tags": {tag: text}, "fields": {field: {**GAUGE, **spec}}}}}


def _check(field: str, value: Value) -> None:
    CATALOG.check(Table(measurement="port", tags=["name_of_port"], fields=[field], rows=[["a", value]]))


def test_the_shipped_catalog_loads() -> None:
    assert {"poll", "system", "interface", "agent"} <= load_catalog(SHIPPED).measurements.keys()


@pytest.mark.parametrize("word", sorted(RESERVED))
@pytest.mark.parametrize("place", ["measurement", "tag", "field"])
def test_a_reserved_word_is_refused(word: str, place: str) -> None:
    with pytest.raises(ValidationError, match=f"{word}: a reserved word"):
        Catalog.model_validate(_catalog(**{place: word}))


def test_every_word_that_duckdb_reserves_is_reserved() -> None:
    with duckdb.connect() as database:
        rows = database.execute("select keyword_name from duckdb_keywords() where keyword_category = 'reserved'")
        assert {str(row[0]) for row in rows.fetchall()} <= RESERVED


@pytest.mark.parametrize("word", ENRICHED_TAGS)
@pytest.mark.parametrize("place", ["tag", "field"])
def test_a_tag_of_enrichment_is_refused(word: str, place: str) -> None:
    with pytest.raises(ValidationError, match=f"{word}: a tag that enrichment adds"):
        Catalog.model_validate(_catalog(**{place: word}))


@pytest.mark.parametrize("name", ["", "A", "1a", "a-b", "a b", "é", "a" * 65, "_a", "a\n"])
@pytest.mark.parametrize("place", ["measurement", "tag", "field"])
def test_what_is_no_word_is_refused(name: str, place: str) -> None:
    with pytest.raises(ValidationError, match="should match pattern"):
        Catalog.model_validate(_catalog(**{place: name}))


@pytest.mark.parametrize(
    "wrong",
    [
        _catalog(kind="state"),
        _catalog(values={1: "up"}),
        _catalog(kind="text"),
        _catalog(tag="bps"),
        _catalog(units="By"),
        {"measurements": {"port": {"en": "a", "vi": "a", "fields": {}}}},
        {"measurements": {"port": {"en": "a", "fields": {"bps": GAUGE}}}},
    ],
)
def test_a_measurement_that_contradicts_itself_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Catalog.model_validate(wrong)


def test_every_problem_of_a_catalog_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_text(
        "measurements:\n"
        "  a: {en: a, vi: a, fields: {b: {kind: gauge, en: b, vi: b, untis: s}}}\n"
        "  c: {en: a, vi: a, fields: {time: {kind: gauge, en: b, vi: b}}}\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_catalog(path)
    assert str(caught.value).splitlines() == [
        f"{path}:2: measurements.a.fields.b.untis: is not a known key (did you mean unit?)",
        f"{path}:3: measurements.c: time: a reserved word",
    ]


@given(st.integers(-(2**63), 2**63 - 1))
def test_an_integer_fits_every_kind(value: int) -> None:
    for field in ("bps", "octets", "status"):
        _check(field, value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_fits_a_gauge_only(value: float) -> None:
    _check("bps", value)
    for field in ("octets", "status"):
        with pytest.raises(WrongTypeError, match="is an integer"):
            _check(field, value)


@given(st.text(max_size=200))
def test_a_text_fits_a_tag_only(value: str) -> None:
    for field in ("bps", "octets", "status"):
        with pytest.raises(WrongTypeError) as caught:
            _check(field, value)
        assert len(str(caught.value)) < 400


@pytest.mark.parametrize("value", [1, 1.5, None])
def test_a_tag_without_text_is_a_wrong_type(value: Value) -> None:
    with pytest.raises(WrongTypeError, match="is a tag"):
        CATALOG.check(Table(measurement="port", tags=["name_of_port"], fields=["bps"], rows=[[value, 1]]))


def test_a_missing_value_fits_every_field() -> None:
    for field in ("bps", "octets", "status"):
        _check(field, None)


@pytest.mark.parametrize(
    ("measurement", "tag", "field", "named"),
    [
        ("prot", "name_of_port", "bps", "measurement prot"),
        ("port", "label", "bps", "tag port.label"),
        ("port", "name_of_port", "pps", "field port.pps"),
    ],
)
def test_a_name_that_is_not_there_yet_is_unknown_and_not_wrong(
    measurement: str, tag: str, field: str, named: str
) -> None:
    with pytest.raises(UnknownError, match=named):
        CATALOG.check(Table(measurement=measurement, tags=[tag], fields=[field], rows=[["a", "not a number"]]))


def test_rows_that_lack_a_tag_are_wrong_for_they_would_be_one_series() -> None:
    with pytest.raises(WrongTypeError, match="lacks the tag name_of_port"):
        CATALOG.check(Table(measurement="port", fields=["bps"], rows=[[1.0], [2.0]]))
