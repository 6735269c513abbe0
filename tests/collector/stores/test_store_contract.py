"""What every store promises, against the embedded one, a real InfluxDB 1.x and (for the API of 2.x) VictoriaMetrics."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers.influxdb import InfluxDb
from servers.victoria_metrics import VictoriaMetrics

from collector.embedded import EmbeddedStore
from collector.influx import InfluxStore
from collector.influx_config import InfluxConfig
from collector.store import Point, Refused, Retry, Stop, Store, Written
from contract.catalog import Catalog
from contract.tag_text import clean

NOW = int(time.time()) * 1000 - 3_600_000  # what is older than a database's retention it drops in silence
# One value of one field: tag if_name, time in ms, field, value.
Value = tuple[str, int, str, float]


@dataclass
class Subject:
    """A store, and all that is in its `interface` by other means than its own code where there are any."""

    store: Store
    read: Callable[[], list[Value]]


def _embedded(folder: Path, catalog: Catalog) -> Iterator[Subject]:
    store = EmbeddedStore(folder, catalog)

    def read() -> list[Value]:
        found: list[Value] = []
        for row in store.query("SELECT * FROM interface"):
            for field in ("in_bps", "out_bps", "oper_status"):
                value, at = row[field], row["time"]
                if isinstance(value, int | float) and isinstance(at, int):
                    found.append((str(row["if_name"]), at, field, value))
        return found

    yield Subject(store, read)
    store.close()


def _influxdb(server: InfluxDb) -> Iterator[Subject]:
    store = InfluxStore(InfluxConfig(url=server.url, version=1, database=server.database))

    def read() -> list[Value]:
        return [
            (str(row["if_name"]), int(str(row["time"])), field, value)
            for row in server.query("SELECT * FROM interface")
            for field in ("in_bps", "out_bps", "oper_status")
            if isinstance(value := row.get(field), int | float)
        ]

    yield Subject(store, read)
    store.close()


def _victoria_metrics(server: VictoriaMetrics) -> Iterator[Subject]:
    store = InfluxStore(InfluxConfig(url=server.url, version=2, database="any", horizon_s=60))

    def read() -> list[Value]:
        found: list[Value] = []
        for series, samples in server.export().items():
            name, _, tags = series.partition("{if_name=")
            for at, value in samples:
                found.append((json.loads(tags[:-1]), at, name.removeprefix("interface_"), value))
        return found

    yield Subject(store, read)
    store.close()


@pytest.fixture(params=["embedded", "influxdb", "victoria_metrics"])
def subject(request: pytest.FixtureRequest, tmp_path: Path, catalog: Catalog) -> Iterator[Subject]:
    if request.param == "embedded":
        yield from _embedded(tmp_path / "store", catalog)
    elif request.param == "influxdb":
        yield from _influxdb(request.getfixturevalue("influxdb"))
    else:
        yield from _victoria_metrics(request.getfixturevalue("victoria_metrics"))


def _point(name: str, at: int = NOW, **fields: float) -> Point:
    return Point.of("interface", (("if_name", name),), tuple(sorted(fields.items())), at)


def test_what_is_written_is_read_back(subject: Subject) -> None:
    points = [_point("GE0/0/1", in_bps=1.25e9, oper_status=1), _point("GE0/0/1", NOW + 1, in_bps=0.1, oper_status=2)]
    assert subject.store.write(points) == Written()
    assert sorted(subject.read()) == [
        ("GE0/0/1", NOW, "in_bps", 1.25e9),
        ("GE0/0/1", NOW, "oper_status", 1),
        ("GE0/0/1", NOW + 1, "in_bps", 0.1),
        ("GE0/0/1", NOW + 1, "oper_status", 2),
    ]


def test_a_point_written_twice_is_one_point(subject: Subject) -> None:
    points = [_point("GE0/0/1", in_bps=1.5), _point("GE0/0/2", in_bps=2.5)]
    for _ in range(3):
        assert subject.store.write(points) == Written()
    assert sorted(set(subject.read())) == [("GE0/0/1", NOW, "in_bps", 1.5), ("GE0/0/2", NOW, "in_bps", 2.5)]
    if subject.store.horizon_s == 0:  # VictoriaMetrics merges equal samples only when it is told to
        assert len(subject.read()) == 2


def test_fields_of_one_point_may_come_apart(subject: Subject) -> None:
    assert subject.store.write([_point("a", in_bps=1.0), _point("a", out_bps=2.0)]) == Written()
    assert subject.store.write([_point("a", oper_status=1)]) == Written()
    assert sorted(subject.read()) == [
        ("a", NOW, "in_bps", 1.0),
        ("a", NOW, "oper_status", 1),
        ("a", NOW, "out_bps", 2.0),
    ]


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.text("a,= \\\"'\n\r\0_#é\u2028\ud800\u202e{}\U0001f333ắ", max_size=9), min_size=50, max_size=99)
)
def test_any_text_of_a_device_is_read_back_as_cleaned(subject: Subject, names: list[str]) -> None:
    cleaned = {clean(name) for name in names} | {"Nậm Cắn 1", "a, b=c \"d\" 'e'", " x ", "#", "_"}
    assert subject.store.write([_point(name, in_bps=1.0) for name in sorted(cleaned)]) == Written()
    found = {name for name, _, _, _ in subject.read()}
    assert cleaned <= found
    assert all(clean(name) == name for name in found), "no name but those that were sent"


def test_a_value_of_the_wrong_type_is_refused(subject: Subject) -> None:
    assert subject.store.write([_point("a", in_bps=1.0)]) == Written()
    answer = subject.store.write([_point("a", NOW + 1, in_bps=1)])
    if subject.store.horizon_s == 0:  # VictoriaMetrics has one type only
        assert isinstance(answer, Refused)
        assert "in_bps" in answer.reason
    assert ("a", NOW, "in_bps", 1.0) in subject.read()


def test_the_incarnation_stays_while_the_database_runs(subject: Subject) -> None:
    first = subject.store.incarnation()
    assert first
    assert subject.store.incarnation() == first


def test_nothing_to_write_is_written(subject: Subject) -> None:
    assert subject.store.write([]) == Written()


@pytest.mark.parametrize("kind", ["influxdb", "victoria_metrics"])
def test_a_restart_of_the_database_is_seen(kind: str, request: pytest.FixtureRequest) -> None:
    server: InfluxDb | VictoriaMetrics = request.getfixturevalue(kind)
    store = InfluxStore(InfluxConfig(url=server.url, version=1, database="mangrove", timeout_s=5))
    try:
        assert store.write([_point("a", in_bps=1.0)]) == Written()
        before = store.incarnation()
        server.kill()
        assert isinstance(store.write([_point("a", in_bps=1.0)]), Retry)
        assert store.incarnation() is None
        threading.Event().wait(1.1)  # VictoriaMetrics tells its start to the second
        server.start()
        assert store.incarnation() not in (before, None)
        assert store.write([_point("b", in_bps=1.0)]) == Written()
    finally:
        store.close()


def test_a_paused_database_means_retry_within_the_timeout(influxdb: InfluxDb) -> None:
    store = InfluxStore(InfluxConfig(url=influxdb.url, version=1, database=influxdb.database, timeout_s=0.5))
    influxdb.pause()
    started = time.monotonic()
    answer = store.write([_point("a", in_bps=1.0)])
    influxdb.resume()
    store.close()
    assert isinstance(answer, Retry)
    assert "timed out" in answer.reason
    assert time.monotonic() - started < 3


def test_an_unknown_database_means_stop_with_how_to_make_it(influxdb: InfluxDb) -> None:
    store = InfluxStore(InfluxConfig(url=influxdb.url, version=1, database="none"))
    answer = store.write([_point("a", in_bps=1.0)])
    store.close()
    assert isinstance(answer, Stop)
    assert "CREATE DATABASE" in answer.reason


def test_a_query_gives_rows_with_their_tags(influxdb: InfluxDb) -> None:
    store = InfluxStore(InfluxConfig(url=influxdb.url, version=1, database=influxdb.database))
    store.write([_point("a", in_bps=1.0), _point("b", in_bps=2.0)])
    found = store.query("SELECT last(in_bps) AS value FROM interface GROUP BY if_name")
    store.close()
    assert found == [
        {"measurement": "interface", "if_name": "a", "time": NOW, "value": 1},
        {"measurement": "interface", "if_name": "b", "time": NOW, "value": 2},
    ]


def test_a_wrong_password_means_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_RIGHT", "right")
    monkeypatch.setenv("DB_WRONG", "canary")
    with InfluxDb(tmp_path, user="collector", password="right") as server:
        config = {"url": server.url, "version": 1, "database": server.database, "user": "collector"}
        wrong = InfluxStore(InfluxConfig.model_validate({**config, "password": {"env": "DB_WRONG"}}))
        answer = wrong.write([_point("a", in_bps=1.0)])
        wrong.close()
        right = InfluxStore(InfluxConfig.model_validate({**config, "password": {"env": "DB_RIGHT"}}))
        assert right.write([_point("a", in_bps=1.0)]) == Written()
        assert len(right.query("SELECT * FROM interface")) == 1
        right.close()
    assert isinstance(answer, Stop)
    assert "canary" not in answer.reason
