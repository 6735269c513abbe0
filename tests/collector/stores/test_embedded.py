"""The embedded store: a file a day, one point per series and time, columns that come with the catalog."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import embedded
from collector.embedded import MAX_OPEN, MAX_QUERY_DAYS, EmbeddedStore
from collector.embedded_table import Rows, Table, UnfitError, group
from collector.store import Point, Refused, Stop, Written
from contract.catalog import Catalog
from contract.tag_text import clean

DAY = 86_400_000
T = 1_700_000_000_000  # 2023-11-14T22:13:20Z
ROOT = Path(embedded.__file__).parents[1]


def _point(name: str, at: int = T, **fields: float) -> Point:
    return Point.of("interface", (("if_name", name),), tuple(sorted(fields.items())), at)


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.sampled_from(["in_bps", "out_bps"]), st.floats(-9, 9))
    )
)
def test_rows_merge_as_influxdb_does(written: list[tuple[str, int, str, float]]) -> None:
    table = Table("m", {"if_name": 1}, {"in_bps": (2, float), "out_bps": (3, float)}, {})
    found = Rows()
    expected: dict[tuple[str, int], dict[str, float]] = {}
    for name, at, field, value in written:
        found.add(table, _point(name, at, **{field: value}))
        expected.setdefault((name, at), {})[field] = value
    assert [row[:2] for row in found.values()] == [[at, name] for name, at in expected]
    assert [row[2:] for row in found.values()] == [[e.get("in_bps"), e.get("out_bps")] for e in expected.values()]


def test_any_value_comes_back_as_it_was(tmp_path: Path, catalog: Catalog) -> None:
    store = EmbeddedStore(tmp_path, catalog)
    values = st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**63), 2**63 - 1)

    @settings(deadline=None)  # it waits for the disk
    @given(st.text(st.characters()).map(clean), st.integers(0, T), *values)
    def check(name: str, at: int, gauge: float, state: int) -> None:
        at = at % 1000 + T  # one day: each day is a file
        assert store.write([_point(name, at, in_bps=gauge, oper_status=state)]) == Written()
        quoted = name.replace("'", "''")
        found = store.query(f"SELECT * FROM interface WHERE if_name = '{quoted}' AND epoch_ms(time) = {at}")  # noqa: S608
        assert [(row["time"], row["in_bps"], row["oper_status"]) for row in found] == [(at, gauge, state)]

    check()
    store.close()


def test_a_field_that_a_point_has_not_is_filled_and_one_that_differs_is_replaced(store: EmbeddedStore) -> None:
    assert store.write([_point("a", in_bps=1.0)]) == Written()
    assert store.write([_point("a", out_bps=2.0), _point("a", in_bps=3.0)]) == Written()
    (row,) = store.query("SELECT in_bps, out_bps, oper_status, device FROM interface")
    assert row == {"in_bps": 3.0, "out_bps": 2.0, "oper_status": None, "device": ""}


def test_each_utc_day_has_a_file_of_its_own_and_few_are_open(store: EmbeddedStore, tmp_path: Path) -> None:
    days = MAX_QUERY_DAYS + 4
    for day in [*range(days), 0, 5]:
        assert store.write([_point("a", T + day * DAY, in_bps=float(day))]) == Written()
    folder = tmp_path / "store"
    assert len(list(folder.glob("????-??-??.duckdb"))) == days
    files = [os.path.realpath(fd) for fd in Path("/proc/self/fd").iterdir()]
    assert len({f for f in files if f.startswith(str(folder)) and f.endswith(".duckdb")}) <= MAX_OPEN
    found = store.query("SELECT min(in_bps) AS low, max(in_bps) AS high, count(*) AS n FROM interface")
    assert found == [{"low": float(days - MAX_QUERY_DAYS), "high": float(days - 1), "n": MAX_QUERY_DAYS}]


def test_one_request_may_reach_over_midnight_and_over_measurements(store: EmbeddedStore) -> None:
    octets = Point.of("traffic", (("device", "rt"),), (("octets", 7),), T)
    assert store.write([_point("a", T + i * DAY // 2, in_bps=1.0) for i in range(9)] + [octets]) == Written()
    assert store.query("SELECT count(*) AS n FROM interface") == [{"n": 9}]
    assert store.query("SELECT device, octets FROM traffic") == [{"device": "rt", "octets": 7}]


def test_columns_come_as_the_catalog_grows(tmp_path: Path, catalog: Catalog, grown_catalog: Catalog) -> None:
    old = EmbeddedStore(tmp_path, catalog)
    assert old.write([_point("a", in_bps=1.0), _point("a", T + DAY, in_bps=1.0)]) == Written()
    old.close()
    new = EmbeddedStore(tmp_path, grown_catalog)
    assert new.write([_point("a", errors_per_s=0.5)]) == Written()
    found = new.query("SELECT in_bps, errors_per_s FROM interface ORDER BY time")
    assert found == [{"in_bps": 1.0, "errors_per_s": 0.5}, {"in_bps": 1.0, "errors_per_s": None}]
    new.close()


def test_a_type_that_the_catalog_changed_means_stop(tmp_path: Path, catalog: Catalog) -> None:
    old = EmbeddedStore(tmp_path, catalog)
    assert old.write([_point("a", in_bps=1.0)]) == Written()
    old.close()
    text = catalog.model_dump()
    text["measurements"]["interface"]["fields"]["in_bps"]["kind"] = "delta"
    new = EmbeddedStore(tmp_path, Catalog.model_validate(text))
    answer = new.write([_point("a", in_bps=1)])
    assert isinstance(answer, Stop)
    assert "in_bps is DOUBLE there and BIGINT in the catalog" in answer.reason
    new.close()


@pytest.mark.parametrize(
    ("point", "words"),
    [
        (Point.of("nothing", (), (("x", 1),), T), "no measurement nothing"),
        (Point.of("interface", (("nothing", "x"),), (("in_bps", 1.0),), T), "no interface.nothing"),
        (_point("a", nothing=1.0), "no interface.nothing"),
        (_point("a", in_bps=1), "in_bps"),
        (_point("a", in_bps=float("nan")), "nan"),
        (_point("a", oper_status=1.0), "oper_status"),
        (_point("a", oper_status=2**63), "oper_status"),
        (_point("a", 10**17, in_bps=1.0), "calendar"),
        (_point("\ud800", in_bps=1.0), "surrogates"),
    ],
    ids=str,
)
def test_a_point_that_fits_no_table_is_refused_and_the_next_is_written(
    store: EmbeddedStore, point: Point, words: str
) -> None:
    answer = store.write([_point("b", in_bps=1.0), point])
    assert isinstance(answer, Refused)
    assert words in answer.reason
    assert store.write([_point("a", in_bps=1.0)]) == Written()
    assert store.query("SELECT if_name FROM interface WHERE if_name = 'a'") == [{"if_name": "a"}]


def test_a_time_outside_the_calendar_is_in_no_day(catalog: Catalog) -> None:
    table = Table.of("interface", catalog.measurements["interface"])
    with pytest.raises(UnfitError):
        group([_point("a", -(10**17), in_bps=1.0)], {"interface": table})
